"""Asks people's calendars about one time just before it is given away: what is remembered of them may be minutes old."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog

from services.scheduling.domain import Calendar, CalendarKind
from services.scheduling.handlers import KnowSlot, know_slot
from services.scheduling.slots import Span
from services.scheduling.store.calendars import CalendarBook
from services.scheduling.store.provider import CalendarServerError, Scope
from services.scheduling.store.units import UNKNOWN_ZONE, of_person
from shared.service import Service

ASK_SECONDS = 2.0
# A file says no more than it did when it was uploaded.
SILENT = [CalendarKind.NONE.value, CalendarKind.ICS.value]

log = structlog.get_logger()


class Recheck:
    """Looks at one stretch of time in the calendars of those who would meet then."""

    def __init__(self, book: CalendarBook) -> None:
        self._book = book

    async def look(self, service: Service, people: Sequence[str], starts_at: datetime, ends_at: datetime, at: datetime) -> list[str]:
        """Remember what their calendars say of this time; those who have a calendar that did not say it within two seconds."""
        slot = int(starts_at.timestamp()), int(ends_at.timestamp())
        answers = await asyncio.gather(*(self._look(service, person, slot, at) for person in people))
        return [person for person, answered in zip(people, answers, strict=True) if not answered]

    async def _look(self, service: Service, person_id: str, slot: Span, at: datetime) -> bool:
        cursor = service.database.calendars.find({**of_person(person_id), "kind": {"$nin": SILENT}})
        calendars = [Calendar.from_document(document) async for document in cursor]
        if not calendars:
            return True
        person = await service.database.people.find_one({"_id": person_id}) or {}
        availability = await service.database.availability.find_one({"_id": person_id}, {"zone": 1}) or person
        scope = Scope(
            start=slot[0],
            end=slot[1],
            zone=availability.get("zone", UNKNOWN_ZONE),
            addresses=(person["email"],) if person else (),
        )
        try:
            async with asyncio.timeout(ASK_SECONDS):
                found = await asyncio.gather(*(self._busy(calendar, scope) for calendar in calendars))
        except (CalendarServerError, TimeoutError) as problem:
            log.info("a calendar could not be asked about a time", problem=problem)
            return False
        generations = {calendar.id: calendar.generation for calendar in calendars}
        spans = [span for spans in found for span in spans]
        await service.run(know_slot, KnowSlot(person_id=person_id, generations=generations, slot=slot, spans=spans, at=at))
        return True

    async def _busy(self, calendar: Calendar, scope: Scope) -> list[Span]:
        provider = self._book.open(calendar)
        return [span for place in calendar.reads for span in (await provider.busy(place, scope)).spans]
