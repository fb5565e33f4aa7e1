"""The channel `calendar`: our meetings in people's own calendars."""

from datetime import UTC, datetime

from services.scheduling.consumers.news import Newsroom
from services.scheduling.domain import CalendarKind, MeetingState
from services.scheduling.domain.invitation import calendar_entry
from services.scheduling.store import CalendarBook, CalendarServerError, Queries
from shared.deliveries import Delivery, Later, Undeliverable, Unneeded
from shared.mongo import Database


class CalendarSender:
    """Sends deliveries of the channel `calendar`: writes the meeting as it is now, or takes it away."""

    def __init__(self, database: Database, book: CalendarBook, portal_url: str) -> None:
        self._queries = Queries(database)
        self._newsroom = Newsroom(database, portal_url)
        self._book = book

    async def send(self, delivery: Delivery) -> None:
        """Raises Later, Undeliverable or Unneeded."""
        calendar = await self._queries.calendar(delivery.payload["person_id"])
        if calendar.kind is not CalendarKind.CALDAV:
            raise Unneeded("no calendar is connected that can be written to")
        news = await self._newsroom.about(delivery)
        try:
            if news.meeting.state is MeetingState.CANCELLED:
                await self._book.delete(calendar, news.meeting.id)
            else:
                text = calendar_entry(news.meeting, news.words.wording(), datetime.now(UTC))
                await self._book.put(calendar, news.meeting.id, text, revision=news.meeting.revision)
        except CalendarServerError as problem:
            raise (Undeliverable if problem.lasting else Later)(str(problem)) from problem
