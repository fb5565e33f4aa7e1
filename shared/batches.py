"""One pass over a batch of records: in order, against one unit of work, each one taken in, laid aside or passed over."""

from datetime import UTC, datetime
from typing import Any

from shared.contracts import COMPACTED
from shared.errors import OwnWords, StaleAggregate
from shared.hearing import Heard, prefetch, react
from shared.mongo import Database, Document, InsertOne, Session, UpdateOne
from shared.records import Incoming
from shared.unit import Unit

# blocked: an event of the key is parked, later ones wait. gap: an earlier event is still to come. healing: the queue is to be replayed.
FLAGS = ("blocked", "gap", "healing")


class Batch:
    """What one pass has found out so far, and writes at its end."""

    def __init__(self, database: Database, session: Session, unit: Unit) -> None:
        self._database = database
        self._session = session
        self._unit = unit
        self._cursors: dict[str, Document] = {}
        self._moved: dict[str, Document] = {}
        # How many records the pass has got to.
        self.taken = 0
        self.letters: list[Document] = []
        self.healed: set[str] = set()
        # Letters whose handler failed: the next try may go better.
        self.faults: set[str] = set()

    async def read(self, incoming: list[Heard]) -> None:
        """Read the cursors of all keys, and what the handlers will want."""
        keys = sorted({heard.record.aggregate for heard in incoming if heard.record.sequenced})
        found = self._database.cursors.find({"_id": {"$in": keys}}, session=self._session)
        self._cursors = {row["_id"]: row async for row in found}
        await prefetch(incoming, self._unit)

    async def take(self, heard: Heard) -> None:
        """Take one record in, after those before it."""
        record = heard.record
        if not record.sequenced:
            self._lay_aside(record, "parked", heard.problem)
            return
        cursor = self._cursor(record.aggregate)
        if record.sequence <= cursor["sequence"]:
            return  # Taken in before: a repeat, a replay, a late duplicate of the relay.
        if record.topic not in COMPACTED and record.sequence > cursor["sequence"] + 1:
            # An earlier event is still to come. The cursor stays, so that it is not taken for an old one.
            self._lay_aside(record, "gap", OwnWords(f"waits for event {cursor['sequence'] + 1}"))
            self._moved[record.aggregate] = {**cursor, "gap": True}
            return
        cursor["sequence"] = record.sequence
        self._moved[record.aggregate] = cursor
        if cursor.get("blocked"):
            self._lay_aside(record, "waiting", OwnWords("an earlier event of this aggregate is parked"))
            return
        problem = await react(heard, self._unit)
        if problem is not None:
            cursor["blocked"] = True
            self._lay_aside(record, "parked", problem.reason)
            if problem.fault:
                self.faults.add(record.letter_id)
        elif cursor.get("gap"):
            # What waited for this event goes on in a replay, which needs the key blocked; `healing` has it done even if we die.
            cursor.update(blocked=True, healing=True, gap=False)
            self.healed.add(record.aggregate)

    async def write(self, attempt: int) -> None:
        """Write the effects, the letters and the cursors. Raises StaleAggregate when another has moved a cursor."""
        await self._unit.flush()
        await self._write_letters(attempt)
        await self._write_cursors()

    def _cursor(self, aggregate: str) -> Document:
        """The aggregate's cursor as this pass would leave it."""
        return self._moved.get(aggregate) or dict(self._cursors.get(aggregate) or {"_id": aggregate, "sequence": 0})

    def _lay_aside(self, record: Incoming, state: str, reason: OwnWords | None) -> None:
        self.letters.append(
            {
                "_id": record.letter_id,
                "aggregate": record.aggregate if record.sequenced else None,
                "state": state,
                "reason": reason,
                "attempts": 1,
                "parked_at": datetime.now(UTC),
                **record.to_document(),
            }
        )

    async def _write_letters(self, attempt: int) -> None:
        if not self.letters:
            return
        for letter in self.letters:
            if letter["_id"] in self.faults:
                letter["attempts"] = attempt
        writes = [UpdateOne({"_id": letter["_id"]}, {"$setOnInsert": letter}, upsert=True) for letter in self.letters]
        await self._database.dead_letters.bulk_write(writes, session=self._session, ordered=False)

    async def _write_cursors(self) -> None:
        """Every batch and every replay writes the cursor of each key it touches: so two of them cannot interleave."""
        if not self._moved:
            return
        writes = [self._cursor_write(key, row) for key, row in self._moved.items()]
        result = await self._database.cursors.bulk_write(writes, session=self._session, ordered=False)
        if result.matched_count + result.inserted_count != len(writes):
            raise StaleAggregate("cursors")

    def _cursor_write(self, key: str, row: Document) -> Any:
        before = self._cursors.get(key)
        if before is None:
            return InsertOne({"touched": 1, **row})
        return UpdateOne(
            {"_id": key, "sequence": before["sequence"], "touched": before.get("touched", 0)},
            {"$set": {"sequence": row["sequence"], **{flag: row.get(flag, False) for flag in FLAGS}}, "$inc": {"touched": 1}},
        )
