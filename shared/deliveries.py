"""Deliveries: effects outside the database (mail, calendars), written down first and sent after the commit."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import structlog
from prometheus_client import Counter

from shared.aggregate import new_id
from shared.errors import Operational, OwnWords
from shared.mongo import Database, Document, Index, PyMongoError, ReturnDocument, later

INDEXES = [
    Index("deliveries", "due_at", partial={"state": "waiting"}),
    Index("deliveries", "ended_at", expire_after=90 * 24 * 3600),
]

LEASE_MS = 120_000
SEND_SECONDS = 60.0
LOOK_EVERY_SECONDS = 5.0
AT_ONCE = 4
FIRST_PAUSE_MS, LONGEST_PAUSE_MS, ATTEMPTS = 2_000, 3_600_000, 20

log = structlog.get_logger()
outcomes = Counter("tandem_deliveries", "Deliveries that have ended.", ["channel", "state"])


class Later(Operational):
    """It could not be sent now; it may be later."""


class Undeliverable(Operational):
    """It can never be sent."""


class Unneeded(Operational):
    """Nobody wants it any more; nothing has failed."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Something to send out over a channel. `id` is its idempotency key; after `expires_at` nobody wants it any more."""

    id: str
    channel: str
    payload: Mapping[str, Any]
    expires_at: datetime

    def to_document(self, at: datetime) -> Document:
        return {
            "_id": self.id,
            "channel": self.channel,
            "payload": dict(self.payload),
            "expires_at": self.expires_at,
            "created_at": at,
            "due_at": at,
            "state": "waiting",
            "attempts": 0,
        }


class Sender(Protocol):
    """A channel: sends one delivery, outside any transaction. Raises Later, Undeliverable or Unneeded."""

    async def send(self, delivery: Delivery) -> None: ...


class DeliveryLoop:
    """Claims deliveries, has them sent, and writes down what came of it."""

    def __init__(self, database: Database, senders: Mapping[str, Sender]) -> None:
        self._deliveries = database.deliveries
        self._senders = senders
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something was committed: look at once."""
        self._wake.set()

    async def run(self) -> None:
        while True:
            self._wake.clear()
            try:
                while await self.send_next():
                    await asyncio.gather(*(self.send_next() for _ in range(AT_ONCE)))
            except PyMongoError as error:
                log.warning("deliveries wait", problem=error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_SECONDS):
                    await self._wake.wait()

    async def send_next(self) -> bool:
        """Send one delivery; False when none is due."""
        row = await self._deliveries.find_one_and_update(
            {"state": "waiting", "$expr": {"$and": [{"$lte": ["$due_at", "$$NOW"]}, {"$lte": [{"$ifNull": ["$until", 0]}, "$$NOW"]}]}},
            [{"$set": {"token": new_id(), "until": later(LEASE_MS), "attempts": {"$add": ["$attempts", 1]}, "claimed_at": "$$NOW"}}],
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        if row is None:
            return False
        if row["claimed_at"] > row["expires_at"]:
            await self._end(row, "expired")
            return True
        delivery = Delivery(id=row["_id"], channel=row["channel"], payload=row["payload"], expires_at=row["expires_at"])
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._senders[row["channel"]].send(delivery)
        except Undeliverable as problem:
            await self._end(row, "failed", OwnWords(problem))
        except Unneeded as reason:
            await self._end(row, "dropped", OwnWords(reason))
        except PyMongoError:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever a channel raises, the row must say so and be tried again
            await self._postpone(row, problem)
        else:
            await self._end(row, "sent")
        return True

    async def _postpone(self, row: Document, problem: Exception) -> None:
        words = OwnWords(problem if isinstance(problem, Later) else type(problem).__name__)
        if row["attempts"] >= ATTEMPTS:
            await self._end(row, "failed", words)
            return
        pause = min(FIRST_PAUSE_MS * 2 ** row["attempts"], LONGEST_PAUSE_MS)
        log.warning("a delivery is tried again", delivery=row["_id"], channel=row["channel"], attempts=row["attempts"], problem=words)
        await self._deliveries.update_one(
            {"_id": row["_id"], "token": row["token"]}, [{"$set": {"until": later(pause), "problem": {"$literal": words}}}]
        )

    async def _end(self, row: Document, state: str, problem: OwnWords | None = None) -> None:
        """Nothing private stays once a delivery has ended."""
        outcomes.labels(row["channel"], state).inc()
        if state == "failed":
            log.error("a delivery has failed for good", delivery=row["_id"], channel=row["channel"], problem=problem)
        await self._deliveries.update_one(
            {"_id": row["_id"], "token": row["token"]},
            {"$set": {"state": state, "problem": problem}, "$currentDate": {"ended_at": True}, "$unset": {"payload": "", "until": ""}},
        )
