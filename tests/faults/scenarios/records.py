"""Records that are wrong, late, repeated or newer than their reader, and handlers that take too long."""

import asyncio
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import aiokafka
from aiokafka.admin import AIOKafkaAdminClient

from shared.contracts.goals import GoalWritten
from shared.contracts.scheduling import AgendaChanged
from shared.event import Event
from shared.kafka import partition_of
from shared.outbox import headers_of
from tests.faults.invariants import CONSUMERS, reactions_of
from tests.faults.scenario import PLAIN, Trial, scenario

HURRIED = replace(PLAIN, changes=("short-polls",))
MOST_LINES_OF_A_FLOOD = 50


def a_record(event: Event, sequence: int, **changes: Any) -> dict[str, Any]:
    """An event as its producer would send it, but for the changes."""
    row = {
        "id": str(uuid.uuid4()),
        "type": event.event_type,
        "topic": event.topic,
        "key": event.subject,
        "sequence": sequence,
        "time": event.at,
        "correlation_id": "made-by-test",
        "causation_id": None,
        "traceparent": None,
    }
    record = {"topic": event.topic, "key": event.subject.encode(), "value": event.body(), "headers": headers_of(row)}
    return {**record, "partition": partition_of(event.subject), **changes}


def an_agenda() -> AgendaChanged:
    """An event of an aggregate that no service has."""
    key = f"made-by-test-{uuid.uuid4()}"
    return AgendaChanged(partnership_id=key, protege_id="none", mentor_id="none", open_items=1, at=datetime.now(UTC))


def a_goal() -> GoalWritten:
    """An event of a goal that no service has."""
    key = f"made-by-test-{uuid.uuid4()}"
    return GoalWritten(goal_id=key, partnership_id="none", protege_id="none", mentor_id="none", shared=False, at=datetime.now(UTC))


async def send(trial: Trial, *records: dict[str, Any]) -> None:
    """Put records on the topics as somebody might who is not one of us."""
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=trial.world.kafka.bootstrap_servers.split(","))
    await producer.start()
    try:
        for record in records:
            await producer.send_and_wait(**record)
    finally:
        await producer.stop()


def hearers_of(topic: str) -> list[str]:
    """The services that take in this topic."""
    return [service for service in CONSUMERS if topic in reactions_of(service).topics]


# ---------------------------------------------------------------- bad ones


@scenario("17", "a set of poisoned records, each several times", without="total-parser", quick=True)
async def poison(trial: Trial) -> None:
    def goal(**changes: Any) -> dict[str, Any]:
        return a_record(a_goal(), 1, **changes)

    good = goal()
    bad = [
        goal(value=b"{not json"),
        goal(value=b'{"goal_id": 7}'),
        goal(value=None),
        goal(headers=[*good["headers"][:3], ("odd", b"\xff\xfe"), *good["headers"][3:]]),
        goal(headers=[*good["headers"], ("nothing", None)]),
        goal(headers=[]),
        goal(headers=[(name, text) for name, text in good["headers"] if name != "ce_sequence"]),
        goal(key=None),
    ]
    bad = [{**record, "headers": _own_id(record["headers"])} for record in bad]
    lines = {replica.name: replica.lines() for replica in trial.world.of("notifications")}
    async with trial.load():
        for _ in range(3):
            await send(trial, *bad, goal(headers=_of_type(goal()["headers"], "goals.goal.sparkled.v1")))
            trial.faults += len(bad)
            bad = [{**record, "key": record["key"] and f"made-by-test-{uuid.uuid4()}".encode()} for record in bad]
        await asyncio.sleep(2)
    letters = await trial.world.letters("notifications")
    trial.expect(len(letters) == trial.faults, f"{trial.faults} bad records, {len(letters)} letters: {letters}")
    trial.world.bad += trial.faults
    said = sum(replica.lines() - lines.get(replica.name, 0) for replica in trial.world.of("notifications"))
    trial.expect(said < trial.faults + MOST_LINES_OF_A_FLOOD, f"{said} lines in the logs about {trial.faults} bad records")


def _own_id(headers: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [(name, str(uuid.uuid4()).encode() if name == "ce_id" else text) for name, text in headers]


def _of_type(headers: list[tuple[str, Any]], kind: str) -> list[tuple[str, Any]]:
    return [(name, kind.encode() if name == "ce_type" else text) for name, text in headers]


# ---------------------------------------------------------------- repeats and other orders


@scenario("18", "everything again from offset zero, and the newest three times", without="cursor", quick=True)
async def full_replay(trial: Trial) -> None:
    world = trial.world
    again = [a_record(an_agenda(), 1) for _ in range(20)]
    async with trial.load():
        await send(trial, *again, *again, *again)
        for replica in world.of("notifications"):
            replica.held = True
            replica.terminate()
        for replica in world.of("notifications"):
            await replica.ended()
        await _back_to_zero(world.kafka.bootstrap_servers, "notifications")
        trial.faults += 1
        for replica in world.of("notifications"):
            replica.held = False
        for replica in world.of("notifications"):
            await replica.ready()


async def _back_to_zero(bootstrap_servers: str, group: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers.split(","))
    await admin.start()
    places = list(await admin.list_consumer_group_offsets(group))
    await admin.close()
    consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=bootstrap_servers.split(","), group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(places)
        await consumer.commit(dict.fromkeys(places, 0))
    finally:
        await consumer.stop()


@scenario("19", "events in another order than they happened", without="gaps-wait", quick=True)
async def swapped(trial: Trial) -> None:
    async with trial.load():
        for order in ((1, 3, 2), (2, 1, 3), (3, 2, 1), (1, 2, 2, 4, 3, 3, 1)):
            agenda = an_agenda()
            same = {sequence: a_record(agenda, sequence) for sequence in order}
            await send(trial, *(same[sequence] for sequence in order))
            trial.faults += 1


@scenario("28", "two versions of a service at once", without="reads-open", quick=True)
async def two_versions(trial: Trial) -> None:
    newer = trial.world.of("goals")[1]
    newer.changes = ("newer-version",)
    async with trial.load():
        newer.kill()
        trial.faults += 1
        await newer.ended()
        await newer.ready()
        sparkled = a_record(a_goal(), 1)
        await send(trial, {**sparkled, "headers": _of_type(sparkled["headers"], "goals.goal.sparkled.v1")})
        await asyncio.sleep(3)
    newer.changes = ()
    newer.kill()


# ---------------------------------------------------------------- slow handlers


@scenario("16", "a handler slower than the poll interval, once and always", without="handlers-have-a-limit", plan=HURRIED)
async def slow_handler(trial: Trial) -> None:
    world = trial.world
    slow = "handler-slow-goals.charter.proposed.v1"
    async with trial.load():
        for replica in world.of("notifications"):
            replica.arm("handler-slow", "wait 20")
        trial.faults += 2
        await asyncio.sleep(8)
        for replica in world.of("notifications"):
            replica.arm(slow, "wait 20", "always")
        trial.faults += 1

        async def some() -> bool:
            return bool(await world.letters("notifications", "parked"))

        await trial.eventually(some, "a letter of the handler that never comes back")
        for replica in world.of("notifications"):
            replica.disarm()
    await trial.rest()
    for aggregate in sorted({str(letter["aggregate"]) for letter in await world.letters("notifications", "parked")}):
        await world.company.root("notifications").post("/dead-letters/replay", {"aggregate": aggregate})
