"""Reactions: which event, timer or record becomes which command, taken in exactly once and in order for each aggregate."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import prometheus_client
import structlog
from pydantic import ValidationError

from shared.contracts import COMPACTED
from shared.errors import Rejected, StaleAggregate, place_of
from shared.event import Event
from shared.mongo import Document, Index, InsertOne, PyMongoError, Session, UpdateOne, is_outage
from shared.records import Incoming
from shared.timers import Timer
from shared.transactions import Transactions
from shared.unit import Cause, Unit

INDEXES = [
    Index("cursors", "blocked", partial={"blocked": True}),
    Index("dead_letters", "aggregate", "sequence"),
    Index("dead_letters", "state", "parked_at"),
]

ATTEMPTS, WRITE_TRIES = 5, 3
FIRST_PAUSE = 0.05
OUTAGE_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)

# blocked: an event of the key is parked, later ones wait. gap: an earlier event is still to come. healing: the queue is to be replayed.
_FLAGS = ("blocked", "gap", "healing")

E = TypeVar("E", bound=Event)
EventHandler = Callable[[Any, Unit], Awaitable[None]]
TimerHandler = Callable[[Timer, Unit], Awaitable[None]]
Loads = Callable[[Any], Iterable[tuple[str, str]]]

log = structlog.get_logger()
taken = prometheus_client.Counter("tandem_events_taken", "Events taken in.", ["topic"])
parked = prometheus_client.Counter("tandem_events_parked", "Events parked in dead_letters.", ["topic", "state"])


@dataclass(frozen=True)
class Reaction:
    """What a service does when it hears of one kind of event, and the documents it will want to read."""

    event: type[Event]
    handle: EventHandler
    loads: Loads | None


@dataclass
class Reactions:
    """The table that a service's `consumers.py` fills."""

    service: str
    events: dict[str, Reaction] = field(default_factory=dict)
    timers: dict[str, TimerHandler] = field(default_factory=dict)

    def to(
        self, event: type[E], *, loads: Loads | None = None
    ) -> Callable[[Callable[[E, Unit], Awaitable[None]]], Callable[[E, Unit], Awaitable[None]]]:
        """React to an event. The handler writes only documents of the event's own aggregate, or new ones."""

        def register(handle: Callable[[E, Unit], Awaitable[None]]) -> Callable[[E, Unit], Awaitable[None]]:
            self.events[event.event_type] = Reaction(event, handle, loads)
            return handle

        return register

    def when(self, kind: str) -> Callable[[TimerHandler], TimerHandler]:
        """React to a timer of this kind."""

        def register(handle: TimerHandler) -> TimerHandler:
            self.timers[kind] = handle
            return handle

        return register

    @property
    def topics(self) -> list[str]:
        """The topics on which these events live."""
        return sorted({reaction.event.topic for reaction in self.events.values()})


class _Again(Exception):  # noqa: N818 - what is to be done
    """Some handlers failed in a way that may pass; the batch has tries left."""


@dataclass(frozen=True)
class _Heard:
    """A record and what it says: an event somebody here wants, a problem, or neither."""

    record: Incoming
    reaction: Reaction | None = None
    event: Event | None = None
    problem: str | None = None


@dataclass
class _Batch:
    """What one pass over a batch has found out so far."""

    unit: Unit
    cursors: dict[str, Document]
    moved: dict[str, Document] = field(default_factory=dict)
    letters: list[Document] = field(default_factory=list)
    healed: set[str] = field(default_factory=set)
    again: bool = False

    def cursor(self, aggregate: str) -> Document:
        """The aggregate's cursor as this pass would leave it."""
        return self.moved.get(aggregate) or dict(self.cursors.get(aggregate) or {"_id": aggregate, "sequence": 0})


class Consumer:
    """Takes records in, batch by batch: one unit of work and one transaction for each batch."""

    def __init__(self, reactions: Reactions, transactions: Transactions) -> None:
        self._reactions = reactions
        self._transactions = transactions
        self._database = transactions.database
        self._failures: Counter[str] = Counter()
        self._last_batch_parked = False

    async def take(self, records: Sequence[Any]) -> None:
        """Take a batch in. Comes back when its effects, or its dead letters, are in the database."""
        await self._take([self._hear(Incoming.of(record)) for record in records])

    async def _take(self, incoming: Sequence[_Heard]) -> None:
        tries = outages = 0
        while True:
            try:
                batch = await self._transactions.run(partial(self._pass, incoming))
                break
            except _Again:
                tries += 1
                await asyncio.sleep(FIRST_PAUSE * 2**tries)
            except Exception as error:  # noqa: BLE001 - whatever it is, the record must not be lost and the others not be held up
                if is_outage(error):
                    log.warning("a batch waits for the database", problem=repr(error))
                    await asyncio.sleep(OUTAGE_PAUSES[min(outages, len(OUTAGE_PAUSES) - 1)])
                    outages += 1
                elif isinstance(error, StaleAggregate) or tries < WRITE_TRIES:
                    tries += 1
                    log.info("a batch met another's writes and is taken again", problem=type(error).__name__, tries=tries)
                    await asyncio.sleep(random.uniform(0, FIRST_PAUSE))  # noqa: S311 - to part those who collided
                elif len(incoming) > 1:
                    # The writing itself fails and names no record: it is found by halving.
                    middle = len(incoming) // 2
                    await self._take(incoming[:middle])
                    await self._take(incoming[middle:])
                    return
                else:
                    incoming = [_Heard(incoming[0].record, problem=f"{type(error).__name__} when it was written")]
        self._failures.clear()
        self._last_batch_parked = tries > 0 and any(letter["state"] == "parked" for letter in batch.letters)
        self._report(incoming, batch)
        for aggregate in batch.healed:
            await self.replay(aggregate)

    def _hear(self, record: Incoming) -> _Heard:
        reaction = self._reactions.events.get(record.type)
        if record.problem is not None or reaction is None:
            return _Heard(record, problem=record.problem)
        try:
            return _Heard(record, reaction, reaction.event.read(record.value))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            return _Heard(record, problem=f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}")

    def _report(self, incoming: Sequence[_Heard], batch: _Batch) -> None:
        for topic, number in Counter(heard.record.topic for heard in incoming).items():
            taken.labels(topic).inc(number)
        if batch.letters:
            first = batch.letters[0]
            log.error("events were parked", number=len(batch.letters), first=first["_id"], state=first["state"], reason=first["reason"])
            for letter in batch.letters:
                parked.labels(letter["topic"], letter["state"]).inc()

    # ---------------------------------------------------------------- one pass over a batch

    async def _pass(self, incoming: Sequence[_Heard], session: Session) -> _Batch:
        keys = sorted({heard.record.aggregate for heard in incoming if heard.record.sequenced})
        cursors = {row["_id"]: row async for row in self._database.cursors.find({"_id": {"$in": keys}}, session=session)}
        batch = _Batch(self._transactions.unit(session), cursors)
        await self._prefetch(incoming, batch.unit)
        for heard in incoming:
            await self._take_one(heard, batch)
        if batch.again:
            raise _Again
        await batch.unit.flush()
        await self._write_letters(batch, session)
        await self._write_cursors(batch, session)
        return batch

    @staticmethod
    async def _prefetch(incoming: Iterable[_Heard], unit: Unit) -> None:
        wanted: dict[str, set[str]] = defaultdict(set)
        for heard in incoming:
            if heard.reaction is not None and heard.reaction.loads is not None:
                for collection, key in heard.reaction.loads(heard.event):
                    wanted[collection].add(key)
        await unit.prefetch(wanted)

    async def _take_one(self, heard: _Heard, batch: _Batch) -> None:
        record = heard.record
        if not record.sequenced:
            batch.letters.append(self._letter(record, "parked", record.problem))
            return
        cursor = batch.cursor(record.aggregate)
        if record.sequence <= cursor["sequence"]:
            return  # Taken in before: a repeat, a replay, a late duplicate of the relay.
        if record.topic not in COMPACTED and record.sequence > cursor["sequence"] + 1:
            # An earlier event is still to come. The cursor stays, so that it is not taken for an old one.
            batch.letters.append(self._letter(record, "gap", f"waits for event {cursor['sequence'] + 1}"))
            batch.moved[record.aggregate] = {**cursor, "gap": True}
            return
        cursor["sequence"] = record.sequence
        batch.moved[record.aggregate] = cursor
        if cursor.get("blocked"):
            batch.letters.append(self._letter(record, "waiting", "an earlier event of this aggregate is parked"))
            return
        problem = await self._react(heard, batch)
        if problem is not None:
            cursor["blocked"] = True
            batch.letters.append(self._letter(record, "parked", problem))
        elif cursor.get("gap"):
            # What waited for this event goes on in a replay, which needs the key blocked; `healing` has it done even if we die.
            cursor.update(blocked=True, healing=True, gap=False)
            batch.healed.add(record.aggregate)

    async def _react(self, heard: _Heard, batch: _Batch) -> str | None:
        """Run the handler; None when all is well, else why the event is to be parked."""
        record = heard.record
        if heard.reaction is None or heard.event is None:
            return heard.problem
        batch.unit.at = heard.event.at
        batch.unit.cause = Cause(record.headers.get("correlationid") or record.id, record.id, record.headers.get("traceparent"))
        try:
            await heard.reaction.handle(heard.event, batch.unit)
        except Rejected as refusal:
            batch.unit.discard()
            return f"{type(refusal).__name__}: {refusal.title()}"
        except PyMongoError:
            raise
        except Exception as error:  # noqa: BLE001 - a handler's fault is the one record's, never the batch's
            batch.unit.discard()
            self._failures[record.letter_id] += 1
            # While batches keep ending with parked events, five tries for each would hold up the good ones.
            batch.again |= self._failures[record.letter_id] < (1 if self._last_batch_parked else ATTEMPTS)
            return f"{type(error).__name__} at {place_of(error)}"
        batch.unit.keep()
        return None

    def _letter(self, record: Incoming, state: str, reason: str | None) -> Document:
        return {
            "_id": record.letter_id,
            "aggregate": record.aggregate if record.sequenced else None,
            "sequence": record.sequence,
            "state": state,
            "reason": reason,
            "attempts": self._failures.get(record.letter_id, 0) or 1,
            "parked_at": datetime.now(UTC),
            **record.to_document(),
        }

    async def _write_letters(self, batch: _Batch, session: Session) -> None:
        if batch.letters:
            writes = [UpdateOne({"_id": letter["_id"]}, {"$setOnInsert": letter}, upsert=True) for letter in batch.letters]
            await self._database.dead_letters.bulk_write(writes, session=session, ordered=False)

    async def _write_cursors(self, batch: _Batch, session: Session) -> None:
        """Every batch and every replay writes the cursor of each key it touches: so two of them cannot interleave."""
        if not batch.moved:
            return
        writes = [
            UpdateOne(
                {"_id": key, "sequence": batch.cursors[key]["sequence"], "touched": batch.cursors[key].get("touched", 0)},
                {
                    "$set": {"sequence": row["sequence"], **{flag: row.get(flag, False) for flag in _FLAGS}},
                    "$inc": {"touched": 1},
                },
            )
            if key in batch.cursors
            else InsertOne({"touched": 1, **row})
            for key, row in batch.moved.items()
        ]
        result = await self._database.cursors.bulk_write(writes, session=session, ordered=False)
        if result.matched_count + result.inserted_count != len(writes):
            raise StaleAggregate("cursors")

    # ---------------------------------------------------------------- replay

    async def replay(self, aggregate: str, limit: int = 200) -> int:
        """Run the queue of a blocked aggregate in order, until one fails again or none is left; the number that went through."""
        done = 0
        while True:
            went, finished = await self._transactions.run(lambda session: self._replay_some(aggregate, limit, session))
            done += went
            if finished:
                return done

    async def _replay_some(self, aggregate: str, limit: int, session: Session) -> tuple[int, bool]:
        cursor = await self._database.cursors.find_one_and_update(
            {"_id": aggregate, "blocked": True}, {"$inc": {"touched": 1}}, session=session, return_document=True
        )
        if cursor is None:
            return 0, True
        queue = self._database.dead_letters.find({"aggregate": aggregate}, session=session).sort("sequence", 1)
        letters = await queue.limit(limit + 1).to_list(limit + 1)
        queue_heard = [self._hear(Incoming.from_document(letter)) for letter in letters[:limit]]
        batch = _Batch(self._transactions.unit(session), {})
        await self._prefetch(queue_heard, batch.unit)
        done: list[str] = []
        sequence, problem, waits = cursor["sequence"], None, False
        for letter, heard in zip(letters, queue_heard, strict=False):
            record = heard.record
            if letter["state"] == "gap" and record.sequence > sequence + 1:
                waits = True
                break
            problem = await self._react(heard, batch)
            if problem is not None:
                await self._database.dead_letters.update_one(
                    {"_id": letter["_id"]}, {"$set": {"state": "parked", "reason": problem}, "$inc": {"attempts": 1}}, session=session
                )
                break
            sequence = max(sequence, record.sequence)
            done.append(letter["_id"])
        await batch.unit.flush()
        await self._database.dead_letters.delete_many({"_id": {"$in": done}}, session=session)
        finished = problem is not None or waits or len(letters) <= limit
        change: Document = {"sequence": sequence}
        if finished:
            change |= {"healing": False, "blocked": problem is not None, "gap": waits}
        await self._database.cursors.update_one({"_id": aggregate}, {"$set": change}, session=session)
        return len(done), finished

    async def heal(self) -> None:
        """Replay what a process that died had still to replay."""
        async for cursor in self._database.cursors.find({"blocked": True, "healing": True}):
            await self.replay(cursor["_id"])

    async def discard(self, letter_id: str, reason: str, by: str) -> Document | None:
        """Give a letter up, with the reason in an audit row; then let what waits behind it go on."""

        async def work(session: Session) -> Document | None:
            letter = await self._database.dead_letters.find_one_and_delete({"_id": letter_id}, session=session)
            if letter is not None:
                row = {
                    "letter": letter_id,
                    "action": "discarded",
                    "reason": reason,
                    "by": by,
                    "at": datetime.now(UTC),
                    "type": letter["type"],
                }
                await self._database.audit.insert_one(row, session=session)
            return letter  # type: ignore[no-any-return] # a document or None

        letter = await self._transactions.run(work)
        if letter is not None and letter["aggregate"] is not None:
            await self.replay(letter["aggregate"])
        return letter

    # ---------------------------------------------------------------- timers

    async def fire(self, timer: Timer, claim: Document) -> None:
        """Fire a timer in a transaction that removes it; nothing happens when it was moved meanwhile."""

        async def work(session: Session) -> None:
            removed = await self._database.timers.delete_one(claim, session=session)
            if not removed.deleted_count:
                return
            unit = self._transactions.unit(session)
            try:
                await self._reactions.timers[timer.kind](timer, unit)
            except Rejected as refusal:
                unit.discard()
                log.info("a timer had nothing to do", timer=timer.id, reason=type(refusal).__name__)
            await unit.flush()

        await self._transactions.run(work)
