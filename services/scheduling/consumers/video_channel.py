"""The channel `video`: a call for a meeting without a place. The two are invited once there is one, or once that takes longer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from services.scheduling.consumers.calendar_channel import CalendarSender
from services.scheduling.consumers.news import News, Newsroom
from services.scheduling.domain import MeetingState, VideoKind
from services.scheduling.handlers import AddLink, GoWithoutLink, add_link, go_without_link
from services.scheduling.store import CalendarBook, CalendarServerError, Queries
from services.scheduling.store.clouds import VIDEO_OF, VideoCalendar
from services.scheduling.store.video import Call, NoVideoCall, VideoProvider
from shared.deliveries import Delivery, Later, Undeliverable, Unneeded
from shared.errors import NotFound
from shared.service import Service

# A cloud makes a call beside the event: mostly within a second or two.
LOOKS: Final = 4
PAUSE_SECONDS: Final = 1.0


class VideoSender:
    """Sends deliveries of the channel `video`."""

    def __init__(
        self,
        service: Service,
        *,
        book: CalendarBook,
        calendars: CalendarSender,
        providers: Mapping[VideoKind, VideoProvider],
        portal_url: str,
    ) -> None:
        """`calendars` writes the entry first to which a call belongs."""
        self._service = service
        self._queries = Queries(service.database)
        self._newsroom = Newsroom(service.database, portal_url)
        self._book = book
        self._calendars = calendars
        self._providers = providers

    async def send(self, delivery: Delivery) -> None:
        """Raises Later, Undeliverable or Unneeded."""
        news = await self._newsroom.about(delivery)
        meeting = news.meeting
        if meeting.state is not MeetingState.BOOKED or meeting.place:
            raise Unneeded("the meeting has a place, or does not take place")
        try:
            link = await self._link(news, VideoKind(delivery.payload["kind"]), delivery)
        except (NoVideoCall, CalendarServerError, Later, Undeliverable) as problem:
            lasting = isinstance(problem, Undeliverable) or (not isinstance(problem, Later) and problem.lasting)
            await self._tell(go_without_link, GoWithoutLink(meeting_id=meeting.id, follows=not lasting, at=datetime.now(UTC)))
            raise (Undeliverable if lasting else Later)(str(problem)) from problem
        await self._tell(add_link, AddLink(meeting_id=meeting.id, link=link, at=datetime.now(UTC)))

    async def _tell(self, handler: Callable[..., Awaitable[Any]], command: object) -> None:
        try:
            await self._service.run(handler, command)
        except NotFound as error:
            raise Unneeded("the meeting is gone") from error

    async def _link(self, news: News, kind: VideoKind, delivery: Delivery) -> str:
        """Raises NoVideoCall, CalendarServerError, Later, Undeliverable, Unneeded."""
        meeting = news.meeting
        if meeting.starts_at is None or meeting.ends_at is None:
            raise Unneeded("the meeting has no time")
        if kind in self._providers:
            title = news.words.wording().summary
            call = Call(key=meeting.id, title=title, starts_at=meeting.starts_at, ends_at=meeting.ends_at, host_email=news.reader.email)
            return await self._providers[kind].link(call)
        calendars = await self._queries.calendars(news.reader.person_id)
        calendar = next((one for one in calendars if one.target_url and VIDEO_OF.get(one.kind) is kind), None)
        if calendar is None:
            raise NoVideoCall("The calendar that made the calls is not connected any more.", lasting=True)
        provider = self._book.open(calendar)
        if not isinstance(provider, VideoCalendar):
            raise NoVideoCall("This calendar makes no calls.", lasting=True)
        await self._calendars.send(delivery)
        for _ in range(LOOKS):
            if (link := await provider.video_link(calendar.target_url or "", meeting.id)) is not None:
                return link
            await asyncio.sleep(PAUSE_SECONDS)
        raise NoVideoCall("The call is still being made.")
