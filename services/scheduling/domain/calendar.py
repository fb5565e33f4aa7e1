"""Where a person's busy time is read from."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from shared.aggregate import Aggregate
from shared.errors import Invalid


class CalendarKind(StrEnum):
    NONE = "none"
    CALDAV = "caldav"
    ICS = "ics"


class NotACalendar(Invalid):
    """This is not a calendar file that can be read."""


class CalendarUnreachable(Invalid):
    """The calendar server could not be used as you described it."""


class Calendar(Aggregate):
    """One person's calendar; its id is the person's. `target_url` is the collection our meetings are written to."""

    kind: CalendarKind = CalendarKind.NONE
    url: str | None = None
    username: str | None = None
    password: bytes | None = None
    target_url: str | None = None
    file: str | None = None
    refreshed_at: datetime | None = None
    problem: str | None = None
    unread_entries: int = 0
    generation: int = 0

    @classmethod
    def none_of(cls, person_id: str) -> Self:
        """Nobody has connected one: only working hours are known."""
        return cls(id=person_id)

    def connect(self, *, url: str, username: str, password: bytes, target_url: str) -> None:
        """Use a calendar on a CalDAV server; the password comes sealed."""
        self._start_over(CalendarKind.CALDAV)
        self.url, self.username, self.password, self.target_url = url, username, password, target_url

    def upload(self, file: str) -> None:
        """Use a calendar file, of which only the times are kept."""
        self._start_over(CalendarKind.ICS)
        self.file = file

    def disconnect(self) -> None:
        """Use working hours alone; what was known is forgotten."""
        self._start_over(CalendarKind.NONE)

    def _start_over(self, kind: CalendarKind) -> None:
        self.kind = kind
        self.url = self.username = self.password = self.target_url = self.file = self.problem = self.refreshed_at = None
        self.unread_entries = 0
        self.generation += 1

    def was_read(self, at: datetime, unread_entries: int) -> None:
        """Its busy time is known as of `at`."""
        self.refreshed_at, self.unread_entries, self.problem = at, unread_entries, None

    def could_not_be_read(self, problem: str) -> None:
        """What was known stays, with its age and with the problem beside it."""
        self.problem = problem
