"""Keeps the busy cache fresh: every calendar every few minutes, one at a time for each replica, and any of them when asked."""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from services.scheduling.domain import Calendar, CalendarUnreachable
from services.scheduling.handlers import KnowBusyTime, NoteProblem, know_busy_time, note_problem
from services.scheduling.slots import merged
from services.scheduling.store.calendars import CalendarBook
from services.scheduling.store.provider import CalendarServerError, Scope
from services.scheduling.store.units import UNKNOWN_ZONE, connected, of_person
from shared.mongo import ReturnDocument, later, still
from shared.service import Service

EVERY = timedelta(minutes=5)
LOOK_EVERY_SECONDS = 5.0
READ_SECONDS = 60.0
LOOK_BACK, LOOK_AHEAD = timedelta(days=7), timedelta(days=100)
# Far enough ahead that a known state is good for a week before it must be read anew.
STILL_ENOUGH = timedelta(days=93)

log = structlog.get_logger()


class Refresher:
    """Reads calendars into the busy cache."""

    def __init__(self, book: CalendarBook) -> None:
        self._book = book

    async def run(self, service: Service) -> None:
        """Read what is due, for as long as the process runs."""
        while True:
            while await self.refresh_next(service):
                pass
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def refresh_next(self, service: Service) -> bool:
        """Read the calendar that is due the longest; False when none is. The row is claimed, so replicas share the work."""
        row = await service.database.refreshes.find_one_and_update(
            still("due_at", over=True),
            [{"$set": {"due_at": later(EVERY / timedelta(milliseconds=1))}}],
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        if row is None:
            return await self._enlist(service)
        document = await service.database.calendars.find_one({"_id": row["_id"], **connected()})
        if document is None:
            await service.database.refreshes.delete_one({"_id": row["_id"]})
        else:
            await self._refresh(service, Calendar.from_document(document))
        return True

    async def _enlist(self, service: Service) -> bool:
        """Make a row for each calendar that has none."""
        known = await service.database.refreshes.distinct("_id")
        missing = [row["_id"] async for row in service.database.calendars.find({"_id": {"$nin": known}, **connected()}, {"_id": 1})]
        for calendar_id in missing:
            await service.database.refreshes.update_one({"_id": calendar_id}, [{"$set": {"due_at": "$$NOW"}}], upsert=True)
        return bool(missing)

    async def refresh(self, service: Service, person_id: str) -> None:
        """Read a person's calendars now. Raises CalendarUnreachable."""
        documents = [document async for document in service.database.calendars.find({**of_person(person_id), **connected()})]
        for document in documents:
            problem = await self._refresh(service, Calendar.from_document(document))
            if problem is not None:
                raise CalendarUnreachable(problem, field="url")

    async def _refresh(self, service: Service, calendar: Calendar) -> str | None:
        """Read it and remember what it says; else remember, and return, what is wrong."""
        now = datetime.now(UTC)
        known = await service.database.busy.find_one({"_id": calendar.person_id}, {"token": 1, "until": 1}) or {}
        reaches = known.get("until", 0) >= (now + STILL_ENOUGH).timestamp()
        scope = await self._scope(service, calendar.person_id, now)
        place = next(iter(calendar.reads), "file")
        try:
            async with asyncio.timeout(READ_SECONDS):
                provider = self._book.open(calendar)
                found = await provider.changes(place, scope, known.get("token") if reaches else None)
                if found.items and not found.reset:
                    found = await provider.changes(place, scope, None)  # what is kept of a calendar is its busy time as a whole
        except (CalendarServerError, TimeoutError) as error:
            problem = str(error) or "The calendar takes too long to read."
            log.info("a calendar could not be read", kind=calendar.kind.value, problem=error)
            command = NoteProblem(
                calendar_id=calendar.id,
                generation=calendar.generation,
                problem=problem,
                reconnect=isinstance(error, CalendarServerError) and error.reconnect,
                at=now,
            )
            await service.run(note_problem, command)
            return problem
        news = KnowBusyTime(
            calendar_id=calendar.id,
            generation=calendar.generation,
            spans=merged(span for item in found.items for span in item.busy) if found.reset else None,
            until=scope.end,
            token=found.cursor,
            unread_entries=found.unread if found.reset else calendar.unread_entries,
            at=now,
        )
        await service.run(know_busy_time, news)
        return None

    async def _scope(self, service: Service, person_id: str, now: datetime) -> Scope:
        person = await service.database.people.find_one({"_id": person_id}) or {}
        availability = await service.database.availability.find_one({"_id": person_id}, {"zone": 1}) or person
        return Scope(
            start=int((now - LOOK_BACK).timestamp()),
            end=int((now + LOOK_AHEAD).timestamp()),
            zone=availability.get("zone", UNKNOWN_ZONE),
            addresses=(person["email"],) if person else (),
        )
