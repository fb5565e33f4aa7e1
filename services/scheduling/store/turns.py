"""Whose turn it is: which calendar is to be read next, and by whom alone, by the server's clock."""

import asyncio
from dataclasses import dataclass
from typing import Any

from services.scheduling.store.provider import CalendarServerError
from services.scheduling.store.units import connected
from shared.aggregate import new_id
from shared.mongo import Database, Document, ReturnDocument, later, still

LEASE_SECONDS = 300.0
"""Longer than a calendar may take to be read."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 300.0, 3_600.0
# Where asking again does not help by itself, and where asking again may lock the person out.
LASTING_PAUSE_SECONDS, RECONNECT_PAUSE_SECONDS = 6 * 3_600.0, 24 * 3_600.0
ASK_EVERY_SECONDS = 0.1


@dataclass(frozen=True)
class Turn:
    """The right to read one calendar, until it is given back or the lease is over."""

    database: Database
    calendar_id: str
    holder: str
    failures: int

    async def done(self, pause: float) -> None:
        """It was read; it is due again after so many seconds."""
        called_for = {"$gt": ["$due_at", "$held_since"]}  # somebody has said since that it has changed
        await self._give_back({"$cond": [called_for, "$due_at", later(pause * 1000)]}, 0)

    async def failed(self, problem: CalendarServerError) -> None:
        """It could not be read; it is due again when that may have changed, and never before the server wants to be asked again."""
        pause = min(FIRST_PAUSE_SECONDS * 2**self.failures, LONGEST_PAUSE_SECONDS)
        if problem.lasting:
            pause = RECONNECT_PAUSE_SECONDS if problem.reconnect else LASTING_PAUSE_SECONDS
        await self._give_back(later(max(pause, problem.retry_after or 0.0) * 1000), min(self.failures + 1, 10))

    async def drop(self) -> None:
        """There is nothing to read any more."""
        await self.database.refreshes.delete_one(self._mine)

    @property
    def _mine(self) -> dict[str, Any]:
        return {"_id": self.calendar_id, "holder": self.holder}

    async def _give_back(self, due_at: Document, failures: int) -> None:
        row = {"due_at": due_at, "held_until": None, "holder": None, "failures": failures}
        await self.database.refreshes.update_one(self._mine, [{"$set": row}])


class Turns:
    """A row for each calendar: when it is due, and who reads it."""

    def __init__(self, database: Database) -> None:
        self._rows = database.refreshes
        self._database = database

    async def next(self) -> Turn | None:
        """The one that is due the longest; None when none is."""
        while True:
            turn = await self._claim({"$and": [still("due_at", over=True), still("held_until", over=True)]})
            if turn is not None or not await self._enlist_new():
                return turn

    async def of(self, calendar_id: str) -> Turn:
        """This one, due or not, as soon as nobody else reads it. Raises TimeoutError."""
        await self._enlist(calendar_id)
        async with asyncio.timeout(LEASE_SECONDS):
            while (turn := await self._claim({"_id": calendar_id, **still("held_until", over=True)})) is None:  # noqa: ASYNC110 - others' process
                await asyncio.sleep(ASK_EVERY_SECONDS)
        return turn

    async def _claim(self, free: dict[str, Any]) -> Turn | None:
        holder = new_id()
        row = await self._rows.find_one_and_update(
            free,
            [{"$set": {"held_until": later(LEASE_SECONDS * 1000), "holder": holder, "due_at": "$$NOW", "held_since": "$$NOW"}}],
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return None if row is None else Turn(self._database, row["_id"], holder, row.get("failures", 0))

    async def _enlist_new(self) -> bool:
        """Make a row for each calendar that has none; whether there was one."""
        known = await self._rows.distinct("_id")
        missing = [row["_id"] async for row in self._database.calendars.find({"_id": {"$nin": known}, **connected()}, {"_id": 1})]
        for calendar_id in missing:
            await self._enlist(calendar_id)
        return bool(missing)

    async def _enlist(self, calendar_id: str) -> None:
        await self._rows.update_one({"_id": calendar_id}, [{"$set": {"due_at": {"$ifNull": ["$due_at", "$$NOW"]}}}], upsert=True)
