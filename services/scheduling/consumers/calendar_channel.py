"""The channel `calendar`: our meetings in people's own calendars."""

from dataclasses import replace
from datetime import UTC, datetime

from services.scheduling.consumers.news import News, Newsroom
from services.scheduling.domain import Appointment, Calendar, MeetingState
from services.scheduling.handlers import NoteWritten, note_written
from services.scheduling.store import CalendarBook, CalendarServerError, Queries, connection, mark_of
from shared.deliveries import Delivery, Later, Undeliverable, Unneeded
from shared.service import Service


class CalendarSender:
    """Sends deliveries of the channel `calendar`: writes the meeting as it is now, or takes it away."""

    def __init__(self, service: Service, book: CalendarBook, portal_url: str) -> None:
        self._service = service
        self._queries = Queries(service.database)
        self._newsroom = Newsroom(service.database, portal_url)
        self._book = book

    async def send(self, delivery: Delivery) -> None:
        """Raises Later, Undeliverable or Unneeded."""
        calendars = await self._queries.calendars(delivery.payload["person_id"])
        calendar = next((one for one in calendars if one.target_url), None)
        if calendar is None:
            raise Unneeded("no calendar is connected that can be written to")
        try:
            await self._write_until_it_is_so(calendar, delivery)
        except CalendarServerError as problem:
            raise (Undeliverable if problem.lasting else Later)(str(problem)) from problem

    async def _write_until_it_is_so(self, calendar: Calendar, delivery: Delivery) -> None:
        """Another replica may write what is newer at the same time, and we what is older over it."""
        while True:
            news = await self._newsroom.about(delivery)
            await self._service.run(note_written, await self._write(calendar, news))
            now = await self._service.database.meetings.find_one({"_id": news.meeting.id}, {"revision": 1})
            if now is None or now["revision"] == news.meeting.revision:
                return
            delivery = replace(delivery, payload={**delivery.payload, "revision": now["revision"]})

    async def _write(self, calendar: Calendar, news: News) -> NoteWritten:
        meeting, person_id = news.meeting, news.reader.person_id
        entry, text, mark = None, "", None
        if meeting.state is MeetingState.CANCELLED:
            await self._book.take_away(calendar, meeting.id)
        else:
            words, copy = news.words.wording(), await self._queries.copy(meeting.id, person_id)
            copy.look_into(connection(calendar))
            appointment = Appointment.of(meeting, title=words.summary, description=words.description)
            written = await self._book.write(calendar, meeting.id, appointment, text=copy.text)
            if written.item is not None and written.item.ours is not None:
                entry, mark = written.item.ours, mark_of(written.item)
                text = copy.text if written.own_words and copy.text is not None else entry.text
        return NoteWritten(
            meeting_id=meeting.id,
            person_id=person_id,
            calendar=connection(calendar),
            starts_at=entry.starts_at if entry else None,
            ends_at=entry.ends_at if entry else None,
            text=text,
            mark=mark,
            at=datetime.now(UTC),
        )
