"""Timers: what is to happen at a time, once, by whichever replica is free."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from prometheus_client import Gauge

from shared.aggregate import new_id
from shared.mongo import Database, Document, Index, PyMongoError, ReturnDocument, later

INDEXES = [Index("timers", "due_at")]

LEASE_MS = 60_000
LOOK_EVERY_SECONDS = 5.0
FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 1_000, 3_600_000

log = structlog.get_logger()
lateness = Gauge("tandem_timer_lateness_seconds", "How late the last timer fired.")


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
            id=document["_id"], kind=document["kind"], due_at=document["due_at"], subject=document["subject"], details=document["details"]
        )


class TimerLoop:
    """Claims timers that are due and has them fired, each in a transaction that removes it."""

    def __init__(self, database: Database, fire: Callable[[Timer, Document], Awaitable[None]]) -> None:
        self._timers = database.timers
        self._fire = fire

    async def run(self) -> None:
        while True:
            try:
                while await self.fire_next():
                    pass
            except PyMongoError as error:
                log.warning("timers wait", problem=repr(error))
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def fire_next(self, at: datetime | None = None) -> bool:
        """Fire one timer that is due by the server's clock (or at `at`); False when there is none."""
        token = new_id()
        due: Any = {"$lte": ["$due_at", at or "$$NOW"]}
        free = {"$lte": [{"$ifNull": ["$until", 0]}, "$$NOW"]}
        row = await self._timers.find_one_and_update(
            {"$expr": {"$and": [due, free]}},
            [{"$set": {"token": token, "until": later(LEASE_MS), "claimed_at": "$$NOW"}}],
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        if row is None:
            return False
        lateness.set((row["claimed_at"] - row["due_at"]).total_seconds())
        try:
            # The transaction removes the row only under this token: a timer moved meanwhile is not fired.
            await self._fire(Timer.from_document(row), {"_id": row["_id"], "token": token})
        except PyMongoError:
            raise
        except Exception as error:  # noqa: BLE001 - any fault of a handler must leave the timer visible and the loop alive
            await self._postpone(row, token, error)
        return True

    async def _postpone(self, row: Document, token: str, error: Exception) -> None:
        pause = min(FIRST_PAUSE_MS * 4 ** row["attempts"], LONGEST_PAUSE_MS)
        log.error(
            "a timer failed and is tried again",
            timer=row["_id"],
            kind=row["kind"],
            attempts=row["attempts"] + 1,
            problem=type(error).__name__,
        )
        with contextlib.suppress(PyMongoError):
            await self._timers.update_one(
                {"_id": row["_id"], "token": token},
                [{"$set": {"until": later(pause), "attempts": row["attempts"] + 1, "problem": type(error).__name__}}],
            )
