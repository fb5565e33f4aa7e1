"""The clouds an operator has registered Tandem at, wired once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from services.scheduling.domain import Calendar, CalendarKind, VideoKind
from services.scheduling.store.clouds.asking import Asking
from services.scheduling.store.clouds.caller import Caller, Pacing
from services.scheduling.store.clouds.consent import Cloud
from services.scheduling.store.clouds.google import GoogleCalendar
from services.scheduling.store.clouds.grants import Grants
from services.scheduling.store.clouds.graph import GraphCalendar
from services.scheduling.store.provider import CalendarProvider, CalendarServerError
from shared.mongo import Database
from shared.secrets import Safe

VIDEO_OF: Final = {CalendarKind.GOOGLE: VideoKind.MEET, CalendarKind.MICROSOFT: VideoKind.TEAMS}
VideoCalendar = GoogleCalendar | GraphCalendar
"""Calendars that make video calls."""


@dataclass(frozen=True, kw_only=True)
class Clouds:
    """`hooks`: below which public address the clouds can call us; None where they cannot."""

    offered: Mapping[CalendarKind, Cloud]
    database: Callable[[], Database]
    safe: Safe
    hooks: str | None
    pacing: Pacing = field(default_factory=Pacing)

    @property
    def grants(self) -> Grants:
        return Grants(self.database, self.safe, self.offered)

    @property
    def asking(self) -> Asking:
        return Asking(self.database, self.safe, self.offered)

    def open(self, calendar: Calendar, _secret: str) -> CalendarProvider:
        """A connected calendar. Raises CalendarServerError when the cloud is not offered any more."""
        cloud = self.offered.get(calendar.kind)
        if cloud is None:
            raise CalendarServerError("This calendar service is not offered here any more.", lasting=True)
        caller = Caller(cloud=cloud, grants=self.grants, pacing=self.pacing, calendar_id=calendar.id)
        writes = calendar.target_url is not None
        adapter = GoogleCalendar if calendar.kind is CalendarKind.GOOGLE else GraphCalendar
        return adapter(caller, writes=writes, pushes=self.hooks is not None and (writes or not cloud.calls))
