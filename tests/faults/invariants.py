"""What must hold whatever has happened: the invariants A to H, looked up in Kafka and in the databases of a quiet world.

A every committed fact has its events. B no event without its fact. C events of an aggregate first arrive in its order. D every event
has each effect once, in order. E no offset is committed for a record that was not taken in. G nothing is parked but what was made bad.
(F, back to normal without anybody's help, and H, memory and files as before, are seen by whoever runs a scenario.)
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module

from deploy.local.options import SERVICES
from shared.contracts import COMPACTED
from shared.reactions import Reactions
from tests.faults.book import Book, Outcome
from tests.faults.topics import Told, committed_offsets
from tests.faults.witness import EFFECTS
from tests.faults.world import World

CONSUMERS = tuple(service for service in SERVICES if service != "portal")
SHOWN = 3


@dataclass
class Findings:
    """What was counted, and in plain words whatever is not as it must be."""

    events: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    repeated_on_topics: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, invariant: str, what: str, examples: Sequence[object]) -> int:
        """Note a breach with a few examples; how many there are."""
        if examples:
            shown = ", ".join(map(str, examples[:SHOWN]))
            self.problems.append(f"{invariant}: {len(examples)} {what}: {shown}")
        return len(examples)


def reactions_of(service: str) -> Reactions:
    return import_module(f"services.{service}.consumers").reactions  # type: ignore[no-any-return] # every service has them


async def look(world: World, book: Book, told: Sequence[Told], bad: int) -> Findings:
    """Hold a quiet world against all invariants. `bad` records were made to be parked."""
    findings = Findings(events=len({one.id for one in told if one.id}))
    aggregates = {service: await _aggregates(world, service) for service in SERVICES}
    _facts_and_events(aggregates, told, findings)
    _first_arrivals(told, findings)
    for service in CONSUMERS:
        await _effects(world, service, told, findings)
        await _offsets(world, service, told, findings)
    await _letters(world, bad, findings)
    await _acknowledged(world, book, findings)
    await _mails(world, findings)
    return findings


# ---------------------------------------------------------------- A, B and C: facts and their events


async def _aggregates(world: World, service: str) -> dict[str, int]:
    """The aggregates of a service: how many events each has recorded."""
    database = world.database(service)
    found: dict[str, int] = {}
    for collection in await database.list_collection_names():
        where = {"sequence": {"$gt": 0}, "stamp": {"$gt": 0}, "version": {"$gt": 0}}
        async for row in database[collection].find(where, {"sequence": 1}):
            found[f"{collection}/{row['_id']}"] = row["sequence"]
    return found


def _facts_and_events(aggregates: Mapping[str, Mapping[str, int]], told: Iterable[Told], findings: Findings) -> None:
    sequences: dict[tuple[str, str], dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for one in (one for one in told if not one.made_by_test):
        sequences[one.topic.split(".")[0], one.key][one.topic].add(one.sequence)
    missing, unfounded = [], []
    for service, recorded in aggregates.items():
        for name, number in recorded.items():
            topics = sequences.get((service, name.partition("/")[2]), {})
            whole = any(
                seen == set(range(1, number + 1)) if topic not in COMPACTED else max(seen) == number for topic, seen in topics.items()
            )
            if not whole:
                missing.append(f"{service} {name} has recorded {number}, Kafka has {[sorted(seen) for seen in topics.values()]}")
        most = defaultdict(int, {name.partition("/")[2]: 0 for name in recorded})
        for name, number in recorded.items():
            most[name.partition("/")[2]] = max(most[name.partition("/")[2]], number)
        unfounded += [
            f"{topic} {key} of {max(seen)}"
            for (of, key), topics in sequences.items()
            if of == service
            for topic, seen in topics.items()
            if max(seen) > most[key]
        ]
    findings.lost += findings.add("A", "facts without all their events", missing)
    findings.add("B", "events without their fact", unfounded)


def _first_arrivals(told: Iterable[Told], findings: Findings) -> None:
    """Each event's first arrival comes after those before it; what a relay sends again later does not count."""
    last: dict[tuple[str, str], int] = {}
    seen: set[str] = set()
    disordered = []
    for one in told:
        if one.id in seen:
            findings.repeated_on_topics += 1
            continue
        seen.add(one.id)
        before = last.get((one.topic, one.key), 0)
        if one.sequence != before + 1 and one.topic not in COMPACTED and not one.made_by_test:
            disordered.append(f"{one.topic} {one.key}: {one.sequence} after {before}")
        last[one.topic, one.key] = max(before, one.sequence)
    findings.disordered += findings.add("C", "events overtook others", disordered)


# ---------------------------------------------------------------- D and E: effects


async def _effects(world: World, service: str, told: Sequence[Told], findings: Findings) -> None:
    database, wanted = world.database(service), reactions_of(service).events
    rows = [row async for row in database[EFFECTS].find().sort("moment", 1)]
    times = Counter(row["event"] for row in rows)
    parked = {row["id"] async for row in database.dead_letters.find({}, {"id": 1})}
    events = {one.id: one for one in told if one.type in wanted and one.readable}
    newest: dict[str, int] = {}
    for row in rows:
        if (event := events.get(row["event"])) is not None:
            newest[event.aggregate] = max(newest.get(event.aggregate, 0), event.sequence)
    lost = [
        f"{service} {one.type} {one.aggregate}/{one.sequence}"
        for one in events.values()
        if one.id not in times and one.id not in parked and not (one.topic in COMPACTED and newest.get(one.aggregate, 0) > one.sequence)
    ]
    findings.lost += findings.add("D", "events without their effect", lost)
    twice = [f"{service} {event} x{number}" for event, number in times.items() if number > 1]
    findings.doubled += findings.add("D", "effects came twice", twice)
    reached: dict[str, int] = {}
    swapped = []
    for row in rows:
        event = events.get(row["event"])
        if event is None:
            continue
        if event.sequence < reached.get(event.aggregate, 0):
            swapped.append(f"{service} {event.aggregate}: {event.sequence} after {reached[event.aggregate]}")
        reached[event.aggregate] = max(event.sequence, reached.get(event.aggregate, 0))
    findings.disordered += findings.add("D", "effects out of order", swapped)


async def _offsets(world: World, service: str, told: Iterable[Told], findings: Findings) -> None:
    cursors = {row["_id"]: row["sequence"] async for row in world.database(service).cursors.find()}
    parked = {row["_id"] async for row in world.database(service).dead_letters.find({}, {"_id": 1})}
    committed = await committed_offsets(world.kafka.bootstrap_servers, service)
    skipped = [
        f"{service} {one.topic}/{one.partition}/{one.offset}"
        for one in told
        if one.offset < committed.get((one.topic, one.partition), 0)
        and not (one.sequence and cursors.get(one.aggregate, 0) >= one.sequence)
        and one.letter_id not in parked
    ]
    findings.lost += findings.add("E", "records skipped", skipped)


# ---------------------------------------------------------------- G, and what people were told


async def _letters(world: World, bad: int, findings: Findings) -> None:
    letters = [
        f"{service} {row['reason']}"
        for service in CONSUMERS
        async for row in world.database(service).dead_letters.find({"state": {"$in": ["parked", "gap"]}}, {"reason": 1})
    ]
    if len(letters) != bad:
        findings.add("G", f"letters, and {bad} were made bad", letters or ["none"])


async def _acknowledged(world: World, book: Book, findings: Findings) -> None:
    """What was answered with yes is there, once; what was answered with no is not."""
    goals = {row["_id"]: row async for row in world.database("goals").goals.find()}
    kept = Counter(row["revisions"][0]["words"]["title"] for row in goals.values())
    charters = world.database("goals").charters.find()
    kept += Counter([version["agreement"]["needs"]["success"] async for row in charters for version in row["versions"]])
    kept += Counter([one["text"] async for row in world.database("scheduling").agendas.find() for one in row["items"]])
    kept += Counter([row["place"] async for row in world.database("scheduling").meetings.find()])
    removed = {attempt.subject for attempt in book.of("removal")}
    tried = [one for kind in ("goal", "charter", "item", "meeting") for one in book.of(kind)]
    gone = [one.mark for one in tried if one.outcome is Outcome.DONE and not kept[one.mark] and one.subject not in removed]
    findings.lost += findings.add("A", "things people were told are done are not there", gone)
    findings.doubled += findings.add("A", "things were done twice", [one.mark for one in tried if kept[one.mark] > 1])
    refused = [one.mark for one in tried if one.outcome is Outcome.REFUSED and kept[one.mark]]
    findings.add("B", "things people were told are not done are there", refused)
    said = Counter(one.subject for one in book.of("progress") if one.outcome is Outcome.DONE)
    unsure = Counter(one.subject for one in book.of("progress") if one.outcome is Outcome.UNKNOWN)
    for goal_id, row in goals.items():
        if not said[goal_id] <= len(row["progress"]) <= said[goal_id] + unsure[goal_id]:
            findings.lost += len(row["progress"]) < said[goal_id]
            findings.doubled += len(row["progress"]) > said[goal_id]
            findings.add("A", "goals of which progress was lost or doubled", [f"{said[goal_id]} said, {len(row['progress'])} kept"])


async def _mails(world: World, findings: Findings) -> None:
    """What counts as sent was taken by the mail server."""
    arrived = {"".join(message_id.split()).strip("<>").rpartition("@")[0] for message_id in world.letterbox.arrived}
    lost = [
        f"{service} {row['_id']}"
        for service, channel in (("notifications", "mail"), ("scheduling", "invitation"))
        async for row in world.database(service).deliveries.find({"channel": channel, "state": "sent"}, {"_id": 1})
        if row["_id"].replace("/", ".") not in arrived
    ]
    findings.lost += findings.add("D", "letters that were sent have not arrived", lost)
