"""Timers: what is to happen at a time, once, by whichever replica is free.

`due_at` of a row is when to look at it next: once it was claimed or has failed, that is the end of the lease or of the pause, and
`set_for` keeps the time it was meant for. All of it is compared with the server's clock alone.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from prometheus_client import Counter, Histogram

from shared.aggregate import new_id
from shared.mongo import Database, Document, Index, PyMongoError, ReturnDocument, is_outage, later
from shared.tracing import span

INDEXES = [
    Index("timers", "due_at"),
    Index("timers", "kind", "due_at"),
    Index("timers", "attempts", partial={"attempts": {"$gt": 0}}),
]

LEASE_MS = 60_000
LOOK_EVERY_SECONDS = 5.0
# In one turn of a kind: so many at the same time, as often as this.
AT_ONCE, TIMES = 4, 5
FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 1_000, 3_600_000

log = structlog.get_logger()
lateness = Histogram("tandem_timer_lateness_seconds", "How late timers fire.", buckets=(1, 5, 10, 30, 60, 300, 1800, 3600, 86400))
failed = Counter("tandem_timers_failed", "Timers whose handler failed; each is tried again.", ["kind"])


@dataclass(frozen=True, kw_only=True)
class Timer:
    """Fires `kind` for `subject` at `due_at`. `details` hold ids, never words."""

    id: str
    kind: str
    due_at: datetime
    subject: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_document(self) -> Document:
        """A new row; whoever is firing an earlier one under this id loses its lease with it."""
        return {
            "_id": self.id,
            "kind": self.kind,
            "due_at": self.due_at,
            "subject": self.subject,
            "details": dict(self.details),
            "attempts": 0,
        }

    @classmethod
    def from_document(cls, document: Document) -> "Timer":
        return cls(
            id=document["_id"], kind=document["kind"], due_at=document["set_for"], subject=document["subject"], details=document["details"]
        )


class TimerLoop:
    """Claims timers that are due and has them fired, each in a transaction that removes it."""

    def __init__(self, database: Database, fire: Callable[[Timer, Document], Awaitable[None]], kinds: Iterable[str]) -> None:
        self._timers = database.timers
        self._fire = fire
        self._kinds = tuple(kinds)

    async def run(self) -> None:
        while True:
            try:
                while await self.fire_next():
                    await self._give_turns()
            except PyMongoError as error:
                log.warning("timers wait", problem=error)
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def fire_next(self, kind: str | None = None, *, at: datetime | None = None) -> bool:
        """Fire one timer (of this kind) that is due by the server's clock, or that is set for `at` or before; False when there is none."""
        token = new_id()
        row = await self._timers.find_one_and_update(
            {**({} if kind is None else {"kind": kind}), "$expr": _set_for(at) if at else {"$lte": ["$due_at", "$$NOW"]}},
            [{"$set": {"token": token, "set_for": _SET_FOR, "due_at": later(LEASE_MS), "claimed_at": "$$NOW"}}],
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        if row is None:
            return False
        lateness.observe((row["claimed_at"] - row["set_for"]).total_seconds())
        try:
            # The transaction removes the row only under this token: a timer moved meanwhile is not fired.
            with span(f"timer {row['kind']}", parent=row.get("traceparent"), timer=row["_id"]):
                await self._fire(Timer.from_document(row), {"_id": row["_id"], "token": token})
        except Exception as error:
            if is_outage(error):
                raise
            # Any fault of a handler must leave the timer visible and the loop alive.
            await self._postpone(row, token, error)
        return True

    async def _give_turns(self) -> None:
        """A flood of one kind must not hold up the others: each kind has its turn. Raises the driver's error when the database is away."""
        outcomes = await asyncio.gather(*(self._turn(kind) for kind in self._kinds for _ in range(AT_ONCE)), return_exceptions=True)
        for fault in outcomes:
            if fault is not None:
                raise fault

    async def _turn(self, kind: str) -> None:
        for _ in range(TIMES):
            if not await self.fire_next(kind):
                return

    async def _postpone(self, row: Document, token: str, error: Exception) -> None:
        pause = min(FIRST_PAUSE_MS * 4 ** row["attempts"], LONGEST_PAUSE_MS) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
        failed.labels(row["kind"]).inc()
        log.error(
            "a timer failed and is tried again",
            timer=row["_id"],
            kind=row["kind"],
            attempts=row["attempts"] + 1,
            problem=error,
        )
        with contextlib.suppress(PyMongoError):
            await self._timers.update_one(
                {"_id": row["_id"], "token": token},
                [{"$set": {"due_at": later(pause), "attempts": row["attempts"] + 1, "problem": type(error).__name__}}],
            )


_SET_FOR: Document = {"$ifNull": ["$set_for", "$due_at"]}


def _set_for(at: datetime) -> Document:
    """Those set for this time or before that nobody has in hand."""
    free = {"$or": [{"$eq": [{"$type": "$set_for"}, "missing"]}, {"$lte": ["$due_at", "$$NOW"]}]}
    return {"$and": [{"$lte": [_SET_FOR, at]}, free]}
