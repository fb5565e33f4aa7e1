"""Deliveries: effects outside the database (mail, calendars), written down first and sent after the commit.

`due_at` of a row is when to look at it next: the end of the lease of whoever sends it, or of its pause, by the server's clock.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import structlog
from prometheus_client import Counter

from shared.aggregate import new_id
from shared.errors import Operational, OwnWords
from shared.mongo import Database, Document, Index, PyMongoError, ReturnDocument, Session, later
from shared.tracing import span

INDEXES = [
    Index("deliveries", "due_at", partial={"state": "waiting"}),
    Index("deliveries", "channel", "due_at", partial={"state": "waiting"}),
    Index("deliveries", "state", "created_at"),
    Index("deliveries", "ended_at", expire_after=90 * 24 * 3600),
]

LEASE_MS = 120_000
# Of the two seconds that a part of a service has to stop.
FINISH_SECONDS = 1.5
SEND_SECONDS = 60.0
LOOK_EVERY_SECONDS = 5.0
# In one turn of a channel: so many at the same time, as often as this.
AT_ONCE, TIMES = 4, 5
FIRST_PAUSE_MS, LONGEST_PAUSE_MS, ATTEMPTS = 2_000, 3_600_000, 20
# While what a channel needs is away.
FIRST_REST_SECONDS, LONGEST_REST_SECONDS = 5.0, 300.0

log = structlog.get_logger()
outcomes = Counter("tandem_deliveries", "Deliveries that have ended.", ["channel", "state"])


class Later(Operational):
    """It could not be sent now; it may be later."""


class Away(Later):
    """Nothing can be sent over this channel now: what it needs is away, and this delivery is not to blame."""


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
    """A channel: sends one delivery, outside any transaction. Raises Later, Away, Undeliverable or Unneeded."""

    async def send(self, delivery: Delivery) -> None: ...


class Channel:
    """A sender, and how long to leave it alone while what it needs is away: thousands wait for it, one goes to see."""

    def __init__(self, name: str, sender: Sender) -> None:
        self.name = name
        self.sender = sender
        self._rest = 0.0
        self._rests_until = 0.0

    @property
    def rests(self) -> bool:
        return time.monotonic() < self._rests_until

    @property
    def tries(self) -> bool:
        """Whether it was away when it was last tried."""
        return self._rest > 0

    def is_away(self, problem: Away) -> None:
        """Leave it alone for a while, longer each time."""
        if self.rests:  # another of those sent at the same time has said so
            return
        self._rest = min(self._rest * 2 or FIRST_REST_SECONDS, LONGEST_REST_SECONDS)
        self._rests_until = time.monotonic() + self._rest * _some()
        log.warning("a channel is away and is left alone for a while", channel=self.name, seconds=self._rest, problem=problem)

    def is_back(self) -> None:
        if self._rest:
            log.info("a channel is back", channel=self.name)
        self._rest = self._rests_until = 0.0


class DeliveryLoop:
    """Claims deliveries, has them sent, and writes down what came of it."""

    def __init__(self, database: Database, senders: Mapping[str, Sender]) -> None:
        self._deliveries = database.deliveries
        self._channels = {name: Channel(name, sender) for name, sender in senders.items()}
        self._wake = asyncio.Event()
        self._in_hand: set[asyncio.Task[bool]] = set()

    def wake(self) -> None:
        """Something was committed: look at once."""
        self._wake.set()

    async def run(self) -> None:
        """Send what is due until cancelled; what is in hand then is finished, or it would wait until its lease ends."""
        try:
            while True:
                self._wake.clear()
                await self._send_all()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_SECONDS):
                        await self._wake.wait()
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FINISH_SECONDS):
                    await asyncio.gather(*self._in_hand, return_exceptions=True)

    async def _send_all(self) -> None:
        try:
            while await self.send_next():
                await self._give_turns()
        except PyMongoError as error:
            log.warning("deliveries wait", problem=error)

    async def send_next(self, *names: str) -> bool:
        """Send one delivery over one of these channels (or over any) that is not resting; False when none is due."""
        sending = asyncio.create_task(self._send_next(*names))
        self._in_hand.add(sending)
        sending.add_done_callback(self._in_hand.discard)
        return await asyncio.shield(sending)

    async def _send_next(self, *names: str) -> bool:
        ready = [name for name in names or self._channels if not self._channels[name].rests]
        # From before it is claimed: a process that was frozen since then must not send what may be another's by now.
        until = time.monotonic() + SEND_SECONDS
        row = await self._claim(ready) if ready else None
        if row is None:
            return False
        if row["claimed_at"] > row["expires_at"]:
            await self._end(row, "expired")
            return True
        channel = self._channels[row["channel"]]
        delivery = Delivery(id=row["_id"], channel=row["channel"], payload=row["payload"], expires_at=row["expires_at"])
        try:
            with span(
                f"deliver {row['channel']}", parent=row.get("traceparent"), kind="CLIENT", delivery=row["_id"], channel=row["channel"]
            ):
                async with asyncio.timeout_at(until):  # the event loop's clock is the monotonic one
                    await channel.sender.send(delivery)
        except Away as problem:
            channel.is_away(problem)
            await self._put_back(row, OwnWords(problem))
            return True
        except Undeliverable as problem:
            await self._end(row, "failed", OwnWords(problem))
        except Unneeded as reason:
            await self._end(row, "dropped", OwnWords(reason))
        except PyMongoError:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever a channel raises, the row must say so and be tried again
            await self._postpone(row, problem)
        else:
            channel.is_back()
            await self._end(row, "sent")
        return True

    async def _give_turns(self) -> None:
        """A flood on one channel must not hold up the others: each has its turn. Raises the driver's error when the database is away."""
        turns = [self._turn(channel) for channel in self._channels.values() for _ in range(1 if channel.tries else AT_ONCE)]
        outcomes = await asyncio.gather(*turns, return_exceptions=True)
        for fault in outcomes:
            if fault is not None:
                raise fault

    async def _turn(self, channel: Channel) -> None:
        for _ in range(TIMES):
            if not await self.send_next(channel.name):
                return

    async def _claim(self, channels: list[str]) -> Document | None:
        row: Document | None = await self._deliveries.find_one_and_update(
            {"state": "waiting", "channel": {"$in": channels}, "$expr": {"$lte": ["$due_at", "$$NOW"]}},
            [{"$set": {"token": new_id(), "due_at": later(LEASE_MS), "attempts": {"$add": ["$attempts", 1]}, "claimed_at": "$$NOW"}}],
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return row

    async def _put_back(self, row: Document, problem: OwnWords) -> None:
        """Not tried at all, as far as this delivery is concerned; but others go first."""
        await self._wait(row, FIRST_PAUSE_MS, problem, attempts=row["attempts"] - 1)

    async def _postpone(self, row: Document, problem: Exception) -> None:
        words = OwnWords(problem if isinstance(problem, Later) else type(problem).__name__)
        if row["attempts"] >= ATTEMPTS:
            await self._end(row, "failed", words)
            return
        log.warning("a delivery is tried again", delivery=row["_id"], channel=row["channel"], attempts=row["attempts"], problem=words)
        await self._wait(row, min(FIRST_PAUSE_MS * 2 ** row["attempts"], LONGEST_PAUSE_MS), words, attempts=row["attempts"])

    async def _wait(self, row: Document, pause_ms: float, problem: OwnWords, *, attempts: int) -> None:
        change = {"due_at": later(pause_ms * _some()), "attempts": attempts, "problem": {"$literal": problem}}
        await self._deliveries.update_one({"_id": row["_id"], "token": row["token"]}, [{"$set": change}])

    async def _end(self, row: Document, state: str, problem: OwnWords | None = None) -> None:
        """What has failed may be tried again by hand, so it keeps what to send; of all others only the outcome stays."""
        outcomes.labels(row["channel"], state).inc()
        if state == "failed":
            log.error("a delivery has failed for good", delivery=row["_id"], channel=row["channel"], problem=problem)
        await self._deliveries.update_one(
            {"_id": row["_id"], "token": row["token"]},
            {
                "$set": {"state": state, "problem": problem},
                "$currentDate": {"ended_at": True},
                "$unset": {"token": ""} if state == "failed" else {"token": "", "payload": ""},
            },
        )


async def retry(database: Database, delivery_id: str, session: Session | None = None) -> bool:
    """Have a delivery that has failed tried again, as if for the first time; False when there is no such one."""
    changed = await database.deliveries.update_one(
        {"_id": delivery_id, "state": "failed", "payload": {"$exists": True}},
        {"$set": {"state": "waiting", "attempts": 0}, "$currentDate": {"due_at": True}, "$unset": {"ended_at": "", "problem": ""}},
        session=session,
    )
    return bool(changed.matched_count)


def _some() -> float:
    """More or less, so that what was put off together does not come back together."""
    return random.uniform(0.75, 1.25)  # noqa: S311 - no secret
