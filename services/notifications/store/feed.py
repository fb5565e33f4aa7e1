"""What is new in an inbox, told at once to whoever has it open.

One change stream for each process wakes those it concerns; they look for themselves. The clock is the truth: who was not
woken looks anyway, so without a change stream the news is only slower.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from services.notifications.store.inbox import Counts, Entry, Inbox
from shared.mongo import Database, PyMongoError, watch
from shared.service import Service

LOOK_ANYWAY_SECONDS = 15.0
PAUSE_AFTER_FAULT = 2.0
# Two transactions may end in another order than they began in, but not further apart than this.
OVERLAP = timedelta(seconds=10)

CHANGES: list[dict[str, Any]] = [
    {"$match": {"ns.coll": {"$in": ["notices", "closings"]}, "operationType": {"$in": ["insert", "replace", "update"]}}},
    {"$project": {"ns": 1, "documentKey": 1, "fullDocument.person_id": 1, "fullDocument.concerns": 1}},
]

log = structlog.get_logger()


@dataclass(frozen=True)
class Arrived:
    """What has come, and how many there are now. Empty when nothing has: the sign that somebody is still looking."""

    entries: list[Entry]
    counts: Counts | None
    """None: as before."""


class Feed:
    """Wakes the open inboxes of this process."""

    def __init__(self) -> None:
        self._open: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._ended = False

    async def run(self, service: Service) -> None:
        """Wake whoever a change concerns, until the service stops."""
        ending = asyncio.create_task(self._end_with(service))
        try:
            while True:
                try:
                    await self._watch(service.database)
                except PyMongoError as error:
                    log.warning("inboxes are told late", problem=error)
                    await asyncio.sleep(PAUSE_AFTER_FAULT)
        finally:
            ending.cancel()
            self.end()

    async def _end_with(self, service: Service) -> None:
        await service.stopping.wait()
        self.end()

    def end(self) -> None:
        """Have every open inbox closed: the service stops."""
        self._ended = True
        for event in [event for events in self._open.values() for event in events]:
            event.set()

    async def _watch(self, database: Database) -> None:
        async with watch(database, CHANGES) as changes:
            async for change in changes:
                for person_id in await self._concerned(database, change):
                    for event in self._open.get(person_id, ()):
                        event.set()

    async def _concerned(self, database: Database, change: dict[str, Any]) -> list[str]:
        if not self._open:
            return []
        written = change.get("fullDocument", {})
        if change["ns"]["coll"] == "notices":
            return [written["person_id"]] if written else []
        closed = {"closed_by": change["documentKey"]["_id"], "person_id": {"$in": list(self._open)}}
        return [*written.get("concerns", ()), *(await database.notices.distinct("person_id", closed))]

    @contextlib.contextmanager
    def _listen(self, person_id: str) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._open[person_id].add(event)
        try:
            yield event
        finally:
            self._open[person_id].discard(event)
            if not self._open[person_id]:
                del self._open[person_id]

    async def news(
        self, database: Database, person_id: str, *, after: str | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> AsyncIterator[Arrived]:
        """First the counts, and what has come after the notice `after`; then, as it comes, what comes.

        Ends when the service stops or the person has left. After a break a notice of the last seconds before it may be
        told again, with the same id: a repeat can be put right by whoever shows it, a gap cannot.
        """
        inbox = Inbox(database)
        with self._listen(person_id) as woken:
            told, since = await _start(inbox, person_id, after, now())
            counts: Counts | None = None
            while not self._ended:
                woken.clear()
                at = now()
                came = await inbox.arrived_since(person_id, since - OVERLAP, told.keys(), at=at)
                told |= {entry.notice_id: arrived_at for arrived_at, entry in came}
                since = max([since, *(arrived_at for arrived_at, _ in came)])
                told = {notice_id: arrived_at for notice_id, arrived_at in told.items() if arrived_at >= since - OVERLAP}
                counted = await inbox.count(person_id, at=at)
                yield Arrived([entry for _, entry in came], counted if counted != counts else None)
                counts = counted
                await _wait(woken)
                if await database.people.find_one({"_id": person_id, "active": False}) is not None:
                    return


async def _start(inbox: Inbox, person_id: str, after: str | None, at: datetime) -> tuple[dict[str, datetime], datetime]:
    """What counts as told, and from when on to look."""
    arrived_at = await inbox.arrival_of(after, person_id) if after else None
    if after is None or arrived_at is None:
        return await inbox.latest(person_id, at - 2 * OVERLAP), at
    return {after: arrived_at}, arrived_at


async def _wait(woken: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOOK_ANYWAY_SECONDS):
            await woken.wait()
