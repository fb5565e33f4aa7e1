"""The dead letters of one aggregate, in their order: run again, tried out, or given up."""

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import structlog

from shared.aggregate import new_id
from shared.errors import OwnWords, Rejected, StaleAggregate
from shared.hearing import Hearing, no_longer_than_a_handler_may, prefetch, react, reason_of
from shared.mongo import Database, Document, Index, Session, is_outage
from shared.records import Incoming
from shared.transactions import Pace, Transactions
from shared.unit import Unit

INDEXES = [
    Index("cursors", "blocked", partial={"blocked": True}),
    Index("dead_letters", "aggregate", "sequence"),
    Index("dead_letters", "state", "parked_at"),
    Index("dead_letters", "parked_at", "_id"),
    Index("audit", "-at", "-_id"),
]

AT_ONCE = 200
STALE_TRIES, LONGEST_PAUSE = 20, 0.5

T = TypeVar("T")

log = structlog.get_logger()


class StillToCome(Rejected):
    """It waits for an earlier event. Let its queue go on without the missing one first."""


@dataclass(frozen=True)
class Order:
    """Who has something done to dead letters, and why."""

    by: str
    reason: str = ""


@dataclass
class Outcome:
    """What became of a queue: how many went through, how many are left, and what stopped it."""

    done: int = 0
    left: int = 0
    problem: OwnWords | None = None
    missing: int | None = None


@dataclass
class _Run:
    """A piece of a queue, run against a unit."""

    sequence: int
    done: list[str] = field(default_factory=list)
    stopped_at: str | None = None
    problem: OwnWords | None = None
    waits: bool = False


class Queues:
    """Runs and gives up dead letters of a service, through the same handlers as every event."""

    def __init__(self, hearing: Hearing, transactions: Transactions) -> None:
        self._hearing = hearing
        self._transactions = transactions
        self._database: Database = transactions.database

    async def replay(self, aggregate: str, order: Order | None = None, *, limit: int = AT_ONCE, without_missing: bool = False) -> Outcome:
        """Run the queue of an aggregate in order, until one fails again or none is left.

        `without_missing` no longer waits for events that have never come. Ordered by a person, it leaves an audit row; in the
        same transactions as its effects, so the row tells the truth even of a replay that was killed.
        """
        audit = None if order is None else audit_row("replayed", order, aggregate=aggregate)
        return await self._replay(aggregate, audit, limit, without_missing=without_missing)

    async def _replay(self, aggregate: str, audit: Document | None, limit: int = AT_ONCE, *, without_missing: bool = False) -> Outcome:
        outcome, pace = Outcome(), Pace()
        while True:
            try:
                work = partial(self._replay_some, aggregate, limit, audit, pace, without_missing=without_missing)
                run, finished = await self._committed(work)
                pace.done()
            except StaleAggregate:
                raise
            except Exception as error:
                if is_outage(error):
                    raise
                # The writing fails, not a handler: the letter that cannot be written is found by going one by one.
                if limit > 1:
                    limit = 1
                    continue
                reason = reason_of(error)
                run, finished = await self._committed(partial(self._stop_at_first, aggregate, reason, audit))
            outcome.done += len(run.done)
            if finished:
                outcome.problem = run.problem
                outcome.missing = run.sequence + 1 if run.waits else None
                outcome.left = await self._database.dead_letters.count_documents({"aggregate": aggregate})
                return outcome

    async def rehearse(self, aggregate: str, *, without_missing: bool = False) -> Outcome:
        """What a replay would do, as far as handlers can tell. Writes nothing."""
        cursor = await self._database.cursors.find_one({"_id": aggregate}) or {"sequence": 0}
        letters = await self._database.dead_letters.find({"aggregate": aggregate}).sort("sequence", 1).to_list(None)
        run = await self._run(letters, self._transactions.unit(None), cursor["sequence"], math.inf, without_missing=without_missing)
        missing = run.sequence + 1 if run.waits else None
        return Outcome(done=len(run.done), left=len(letters) - len(run.done), problem=run.problem, missing=missing)

    async def heal(self) -> None:
        """Replay what a process that died had still to replay."""
        async for cursor in self._database.cursors.find({"blocked": True, "healing": True}):
            try:
                await self.replay(cursor["_id"])
            except Exception as error:  # noqa: BLE001 - one that cannot go on must not hold up the others; it is tried again
                log.warning("healing waits", problem=error)

    async def discard(self, letter_id: str, order: Order) -> Document | None:
        """Give a letter up and let what waits behind it go on; the letter, or None. Raises StillToCome."""

        async def work(session: Session) -> tuple[Document | None, Document]:
            letter = await self._database.dead_letters.find_one_and_delete({"_id": letter_id}, session=session)
            if letter is None:
                return None, {}
            if letter["state"] == "gap":
                raise StillToCome
            row = audit_row("discarded", order, aggregate=letter["aggregate"], letter=letter_id, type=letter["type"])
            await self._database.audit.insert_one({**row, "done": 0}, session=session)
            return letter, row

        letter, row = await self._transactions.run(work)
        if letter is not None and letter["aggregate"] is not None:
            await self._replay(letter["aggregate"], row)
        return letter

    # ---------------------------------------------------------------- one transaction

    async def _committed(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Run work in a transaction; again when others have changed what it read."""
        for tries in range(STALE_TRIES):
            try:
                return await self._transactions.run(work)
            except StaleAggregate:
                await asyncio.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.01 * 2**tries)))  # noqa: S311 - to part those who collided
        return await self._transactions.run(work)

    async def _replay_some(
        self, aggregate: str, limit: int, audit: Document | None, pace: Pace, session: Session, *, without_missing: bool
    ) -> tuple[_Run, bool]:
        until = pace.begin()
        cursor = await self._touch(aggregate, session)
        if cursor is None:
            await self._note(audit, _Run(0), session)
            return _Run(0), True
        queue = self._database.dead_letters.find({"aggregate": aggregate}, session=session).sort("sequence", 1)
        letters = await queue.limit(limit + 1).to_list(limit + 1)
        unit = self._transactions.unit(session)
        run = await self._run(letters[:limit], unit, cursor["sequence"], until, without_missing=without_missing)
        await unit.flush()
        await self._database.dead_letters.delete_many({"_id": {"$in": run.done}}, session=session)
        if run.problem is not None:
            await self._blame(run.stopped_at, run.problem, session)
        finished = run.problem is not None or run.waits or len(run.done) == len(letters)
        # Until the queue is empty, what arrives stays behind it, and whoever is left goes on with it if we die.
        flags = {"blocked": run.problem is not None, "gap": run.waits, "healing": False} if finished else {"blocked": True, "healing": True}
        await self._database.cursors.update_one({"_id": aggregate}, {"$set": {"sequence": run.sequence, **flags}}, session=session)
        await self._note(audit, run, session)
        return run, finished

    async def _touch(self, aggregate: str, session: Session) -> Document | None:
        """Write the cursor of a queue, so that no batch can pass it by; None when there is no queue."""
        found: Document | None = await self._database.cursors.find_one_and_update(
            {"_id": aggregate, "$or": [{"blocked": True}, {"gap": True}]}, {"$inc": {"touched": 1}}, session=session, return_document=True
        )
        return found

    async def _run(self, letters: Sequence[Document], unit: Unit, sequence: int, until: float, *, without_missing: bool) -> _Run:
        """Run letters in order until one fails, one is to be waited for, or it is `until`; the first in any case."""
        queue = [self._hearing.hear(Incoming.from_document(letter)) for letter in letters]
        await prefetch(queue, unit)
        run = _Run(sequence)
        for letter, heard in zip(letters, queue, strict=True):
            number = heard.record.sequence
            if run.done and time.monotonic() > until:
                return run
            if letter["state"] == "gap" and number <= run.sequence:
                run.done.append(letter["_id"])  # It came again while it waited, and was taken in then.
                continue
            if letter["state"] == "gap" and number > run.sequence + 1 and not without_missing:
                run.waits = True
                return run
            async with no_longer_than_a_handler_may():
                problem = await react(heard, unit)
            if problem is not None:
                run.stopped_at, run.problem = letter["_id"], problem.reason
                # Its cursor goes to it, so that what comes next waits behind it and is no gap.
                run.sequence = max(run.sequence, number)
                return run
            run.sequence = max(run.sequence, number)
            run.done.append(letter["_id"])
        return run

    async def _stop_at_first(self, aggregate: str, reason: OwnWords, audit: Document | None, session: Session) -> tuple[_Run, bool]:
        cursor = await self._touch(aggregate, session)
        first = await self._database.dead_letters.find_one({"aggregate": aggregate}, sort=[("sequence", 1)], session=session)
        run = _Run(cursor["sequence"] if cursor else 0, stopped_at=first and first["_id"], problem=reason)
        if cursor is not None and first is not None:
            await self._blame(first["_id"], reason, session)
            change = {"blocked": True, "healing": False, "sequence": max(run.sequence, first["sequence"])}
            await self._database.cursors.update_one({"_id": aggregate}, {"$set": change}, session=session)
        await self._note(audit, run, session)
        return run, True

    async def _blame(self, letter_id: str | None, problem: OwnWords, session: Session) -> None:
        change = {"$set": {"state": "parked", "reason": problem}, "$inc": {"attempts": 1}}
        await self._database.dead_letters.update_one({"_id": letter_id}, change, session=session)

    async def _note(self, audit: Document | None, run: _Run, session: Session) -> None:
        if audit is not None:
            rest = {name: value for name, value in audit.items() if name != "_id"}
            change = {"$setOnInsert": rest, "$inc": {"done": len(run.done)}, "$set": {"stopped_by": run.problem}}
            await self._database.audit.update_one({"_id": audit["_id"]}, change, upsert=True, session=session)


def audit_row(action: str, order: Order, **about: str | None) -> Document:
    """What somebody had done, to whom and why, as it is kept."""
    return {"_id": new_id(), "action": action, "by": order.by, "reason": order.reason, "at": datetime.now(UTC), **about}
