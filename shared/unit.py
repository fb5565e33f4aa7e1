"""The unit of work: what a handler reads and changes, written with its events in one transaction or not at all."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from shared.aggregate import Aggregate, new_id
from shared.deliveries import Delivery
from shared.errors import NotFound, Rejected, StaleAggregate
from shared.event import Event
from shared.mongo import BulkWriteError, Database, DeleteMany, DeleteOne, Document, InsertOne, ReplaceOne, Session, UpdateOne, breathing
from shared.outbox import outbox_rows
from shared.timers import Timer
from shared.tracing import current

LARGEST_EVENT = 800_000

# What is released must be gone before it is claimed anew; writes of one kind in a row travel together.
_ORDER = (DeleteMany, DeleteOne, ReplaceOne, UpdateOne, InsertOne)

A = TypeVar("A", bound=Aggregate)
Write = Any


@dataclass(frozen=True)
class Cause:
    """Why a unit runs: what its events carry so that one can follow a click through all services."""

    correlation_id: str = field(default_factory=new_id)
    causation_id: str | None = None
    traceparent: str | None = field(default_factory=current)


@dataclass(frozen=True)
class _Staged:
    """A document as the unit will leave it. None: removed."""

    document: Document | None
    kind: str
    taken: Rejected | None = None
    over: Document = field(default_factory=dict)


class Unit:
    """One transaction's reads and writes. Reads see what the unit has saved; nothing is written before `flush`."""

    def __init__(self, database: Database, session: Session | None, *, at: datetime, writer: str, cause: Cause | None = None) -> None:
        self.at = at
        self.cause = cause or Cause()
        self._database = database
        self._session = session
        self._writer = writer
        self._read: dict[tuple[str, str], Document | None] = {}
        self._kept: dict[tuple[str, str], _Staged] = {}
        self._step: dict[tuple[str, str], _Staged] = {}
        self._releases: list[tuple[str, Document]] = []
        self._step_releases: list[tuple[str, Document]] = []
        self._events: list[Document] = []
        self._step_events: list[Document] = []

    # ---------------------------------------------------------------- reading

    async def prefetch(self, wanted: Mapping[str, Iterable[str]]) -> None:
        """Read many documents with one `find` a collection; `get`, `find` and `row` of them cost nothing then."""
        for collection, ids in wanted.items():
            missing = [key for key in set(ids) if (collection, key) not in self._read]
            self._read.update(dict.fromkeys((collection, key) for key in missing))
            async for document in breathing(self._database[collection].find({"_id": {"$in": missing}}, session=self._session)):
                self._read[collection, document["_id"]] = document

    async def row(self, collection: str, key: str) -> Document | None:
        """A plain document, as the unit would leave it."""
        staged = self._staged(collection, key)
        if staged is not None:
            return None if staged.document is None else dict(staged.document)
        if (collection, key) not in self._read:
            self._read[collection, key] = await self._database[collection].find_one({"_id": key}, session=self._session)
        document = self._read[collection, key]
        return None if document is None else dict(document)

    async def find(self, collection: str, kind: type[A], key: str) -> A | None:
        """The aggregate, or None."""
        document = await self.row(collection, key)
        return None if document is None else kind.from_document(document)

    async def get(self, collection: str, kind: type[A], key: str) -> A:
        """The aggregate. Raises NotFound."""
        found = await self.find(collection, kind, key)
        if found is None:
            raise NotFound
        return found

    async def query(
        self, collection: str, kind: type[A], where: Mapping[str, Any], sort: list[tuple[str, int]] | None = None, limit: int = 0
    ) -> list[A]:
        """The aggregates that the database finds; those the unit has changed already come as it would leave them."""
        cursor = self._database[collection].find(dict(where), session=self._session)
        if sort:
            cursor = cursor.sort(sort)
        found = []
        async for document in breathing(cursor.limit(limit)):
            self._read.setdefault((collection, document["_id"]), document)
            aggregate = await self.find(collection, kind, document["_id"])
            if aggregate is not None:
                found.append(aggregate)
        return found

    async def rows(
        self,
        collection: str,
        where: Mapping[str, Any],
        fields: Iterable[str] = (),
        sort: list[tuple[str, int]] | None = None,
        limit: int = 0,
    ) -> list[Document]:
        """Plain documents, or some fields of them, as the database finds them: what the unit has changed is not among them yet."""
        cursor = self._database[collection].find(dict(where), dict.fromkeys(fields, 1) or None, session=self._session)
        if sort:
            cursor = cursor.sort(sort)
        return [document async for document in breathing(cursor.limit(limit))]

    def _staged(self, collection: str, key: str) -> _Staged | None:
        return self._step.get((collection, key)) or self._kept.get((collection, key))

    # ---------------------------------------------------------------- changing

    def save(self, collection: str, aggregate: Aggregate) -> None:
        """Save the aggregate at the version it was read, and publish what it has recorded."""
        for event in aggregate.unpublished:
            self._step_events.append(self._outgoing(aggregate, event))
        aggregate.published()
        aggregate.version += 1
        self._step[collection, aggregate.id] = _Staged(aggregate.to_document(), "aggregate")

    def _outgoing(self, aggregate: Aggregate, event: Event) -> Document:
        """The event as it lies in the outbox, with the next ordinal and stamp of its aggregate."""
        if event.subject != aggregate.id:
            raise ValueError(f"{type(event).__name__} is about {event.subject}, recorded by {aggregate.id}")
        value = event.body()
        if len(value) > LARGEST_EVENT:
            raise ValueError(f"{type(event).__name__} holds {len(value)} bytes, more than {LARGEST_EVENT}")
        aggregate.sequence += 1
        aggregate.stamp = max(time.time_ns() // 1_000_000, aggregate.stamp + 1)
        return {
            "id": new_id(),
            "type": event.event_type,
            "topic": event.topic,
            "key": aggregate.id,
            "sequence": aggregate.sequence,
            "stamp": aggregate.stamp,
            "time": event.at,
            "value": value,
            "correlation_id": self.cause.correlation_id,
            "causation_id": self.cause.causation_id,
            "traceparent": self.cause.traceparent,
            **({"beside": event.beside} if event.beside else {}),
        }

    def put(self, collection: str, document: Document) -> None:
        """Leave a plain document in this form, whatever it was before."""
        self._step[collection, document["_id"]] = _Staged(document, "row")

    def remove(self, collection: str, key: str) -> None:
        """Leave no such document."""
        self._step[collection, key] = _Staged(None, "row")

    def claim(self, collection: str, document: Document, taken: Rejected, *, over: Document | None = None) -> None:
        """Take something only one can have: `taken` is raised when its id or a unique index says somebody has it.

        A claim that the filter `over` finds does not count any more and is taken over, in the same write that looks.
        """
        self._step[collection, document["_id"]] = _Staged(document, "claim", taken, over or {})

    def release(self, collection: str, where: Document) -> None:
        """Give back what a filter finds, before anything is claimed."""
        self._step_releases.append((collection, where))

    def remind(self, timer: Timer) -> None:
        """Have a timer fire when it is due. The same id again moves it."""
        self.put("timers", self._traced(timer.to_document()))

    def forget(self, timer_id: str) -> None:
        """Have a timer not fire."""
        self.remove("timers", timer_id)

    def deliver(self, delivery: Delivery) -> None:
        """Have something sent out after the commit. The same id again is the same delivery."""
        self._step["deliveries", delivery.id] = _Staged(self._traced(delivery.to_document(self.at)), "delivery")

    def _traced(self, row: Document) -> Document:
        """The row, as part of the trace we are in."""
        return {**row, "traceparent": self.cause.traceparent} if self.cause.traceparent else row

    # ---------------------------------------------------------------- steps of a batch

    def keep(self) -> None:
        """What was done since the last step stays."""
        self._kept.update(self._step)
        self._releases += self._step_releases
        self._events += self._step_events
        self._forget_step()

    def discard(self) -> None:
        """What was done since the last step has never been."""
        self._forget_step()

    def _forget_step(self) -> None:
        self._step, self._step_releases, self._step_events = {}, [], []

    # ---------------------------------------------------------------- writing

    async def flush(self) -> None:
        """Write everything: one `bulk_write` a collection. Raises StaleAggregate, or what a claim was to raise."""
        self.keep()
        rows = outbox_rows(self._events, self._writer)
        self._remember_stamps(rows)
        for collection, writes in self._writes().items():
            await self._write(collection, writes)
        if rows:
            await self._database.outbox.insert_many(rows, session=self._session, ordered=False)

    def _remember_stamps(self, rows: list[Document]) -> None:
        """A row's stamp must lie above every earlier row of each key in it, so the aggregates remember it."""
        stamps = {event["key"]: row["stamp"] for row in rows for event in row["events"]}  # of rows with one key the last is the highest
        for (_, key), staged in self._kept.items():
            if staged.kind == "aggregate" and staged.document is not None:
                staged.document["stamp"] = max(staged.document["stamp"], stamps.get(key, 0))

    def _writes(self) -> dict[str, list[tuple[Write, Rejected | None]]]:
        writes: dict[str, list[tuple[Write, Rejected | None]]] = defaultdict(list)
        for collection, where in self._releases:
            writes[collection].append((DeleteMany(where), None))
        for (collection, key), staged in self._kept.items():
            writes[collection].append((self._write_of(collection, key, staged), staged.taken))
        for of_collection in writes.values():
            of_collection.sort(key=lambda write: _ORDER.index(type(write[0])))
        return writes

    def _write_of(self, collection: str, key: str, staged: _Staged) -> Write:
        before = self._read.get((collection, key))
        if staged.document is None:
            return DeleteOne({"_id": key})
        if staged.kind == "row":
            return ReplaceOne({"_id": key}, staged.document, upsert=True)
        if staged.over:
            return ReplaceOne({"_id": key, **staged.over}, staged.document, upsert=True)
        if staged.kind == "delivery":
            return UpdateOne({"_id": key}, {"$setOnInsert": staged.document}, upsert=True)
        if staged.kind == "aggregate" and before is not None:
            return ReplaceOne({"_id": key, "version": before["version"]}, staged.document)
        return InsertOne(staged.document)

    async def _write(self, collection: str, writes: list[tuple[Write, Rejected | None]]) -> None:
        try:
            result = await self._database[collection].bulk_write([write for write, _ in writes], session=self._session, ordered=True)
        except BulkWriteError as error:
            refusal = _refusal(error, writes)
            if refusal is None:
                raise
            raise refusal from error
        guarded = sum(isinstance(write, ReplaceOne) and not write._upsert for write, _ in writes)  # noqa: SLF001 - the driver has no other way to tell
        upserts = sum(isinstance(write, ReplaceOne | UpdateOne) and bool(write._upsert) for write, _ in writes)  # noqa: SLF001 - see above
        if result.matched_count + result.upserted_count < guarded + upserts:
            raise StaleAggregate(collection)


def _refusal(error: BulkWriteError, writes: list[tuple[Write, Rejected | None]]) -> Exception | None:
    """What the first failed write means: somebody else has it, or somebody else has made it."""
    first = (error.details.get("writeErrors") or [{}])[0]
    duplicate_key = 11000
    if first.get("code") != duplicate_key:
        return None
    return writes[first["index"]][1] or StaleAggregate(str(first.get("errmsg", "")))
