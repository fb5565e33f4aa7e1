"""The channel `calendar`: our meetings in people's own calendars."""

from services.scheduling.consumers.news import Newsroom
from services.scheduling.domain import Appointment, MeetingState
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
        calendars = await self._queries.calendars(delivery.payload["person_id"])
        calendar = next((one for one in calendars if one.target_url), None)
        if calendar is None:
            raise Unneeded("no calendar is connected that can be written to")
        news = await self._newsroom.about(delivery)
        try:
            if news.meeting.state is MeetingState.CANCELLED:
                await self._book.take_away(calendar, news.meeting.id)
            else:
                words = news.words.wording()
                appointment = Appointment.of(news.meeting, title=words.summary, description=words.description)
                await self._book.write(calendar, news.meeting.id, appointment)
        except CalendarServerError as problem:
            raise (Undeliverable if problem.lasting else Later)(str(problem)) from problem
