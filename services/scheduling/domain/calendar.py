"""Where a person's busy time is read from, and where their meetings are written to."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from pydantic import Field

from shared.aggregate import Aggregate, new_id
from shared.errors import Invalid, NotFound, Rejected

MOST_CALENDARS = 8
# After so long without a look there may be more than is known; a publisher may ask not to be looked at for a day.
STALE, STALE_FEED = timedelta(hours=3), timedelta(days=2)
THE_FILE = "file"
"""The one place in a calendar that is a file."""


class CalendarKind(StrEnum):
    NONE = "none"
    CALDAV = "caldav"
    FEED = "feed"
    ICS = "ics"
    GOOGLE = "google"
    MICROSOFT = "microsoft"


class NotACalendar(Invalid):
    """This is not a calendar file that can be read."""


class CalendarUnreachable(Invalid):
    """The calendar server could not be used as you described it."""


class NotOffered(NotFound):
    """This calendar service cannot be connected here."""


class ConsentExpired(Rejected):
    """This took too long, or was begun by somebody else or in another browser. Begin again."""


class ConsentRefused(Rejected):
    """The calendar was not connected."""


class TooManyCalendars(Rejected):
    """You have connected as many calendars as Tandem reads for one person."""


class NoSuchPlace(Invalid):
    """This is not one of the calendars in your account."""


class Calendar(Aggregate):
    """One account, feed or file of a person; they may have several.

    `reads`: the places in it whose busy time counts. `target_url`: the place our meetings are written to; only one of a person's calendars
    has one. `secret`: a password, an address or tokens, sealed. `generation` grows whenever it is connected anew.
    """

    person_id: str
    kind: CalendarKind = CalendarKind.NONE
    url: str | None = None
    username: str | None = None
    secret: bytes | None = None
    reads: list[str] = Field(default_factory=list)
    target_url: str | None = None
    file: str | None = None
    refreshed_at: datetime | None = None
    problem: str | None = None
    reconnect: bool = False
    unread_entries: int = 0
    generation: int = 0

    @classmethod
    def new(cls, person_id: str) -> Self:
        """Nothing is connected yet."""
        return cls(id=new_id(), person_id=person_id)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """As it was saved; when everybody had one calendar at most, under their own id, its one place was read and written."""
        fields = dict(document)
        if "person_id" not in fields:
            fields["person_id"] = fields["_id"]
            fields["secret"] = fields.pop("password", None)
            one = fields.get("target_url") or (THE_FILE if fields["kind"] == CalendarKind.ICS else None)
            fields["reads"] = [one] if one else []
        return super().from_document(fields)

    @property
    def names_entries_itself(self) -> bool:
        """Our meetings stand in it under UIDs of its own, so an invitation by mail would not be known for the same meeting."""
        return self.target_url is not None and not self.reconnect and self.kind in {CalendarKind.GOOGLE, CalendarKind.MICROSOFT}

    def connect(
        self,
        kind: CalendarKind,
        *,
        secret: bytes | None,
        reads: Sequence[str],
        target_url: str | None,
        url: str | None = None,
        username: str | None = None,
    ) -> None:
        """Use an account at a provider; what opens it comes sealed, or lies with the consents."""
        self._start_over(kind)
        self.url, self.username, self.secret, self.target_url = url, username, secret, target_url
        self.reads = list(reads)

    def upload(self, file: str) -> None:
        """Use a calendar file, of which only the times are kept."""
        self._start_over(CalendarKind.ICS)
        self.file, self.reads = file, [THE_FILE]

    def must_be_of(self, person_id: str) -> None:
        """Raises NotFound: nobody is told of another's calendars."""
        if self.person_id != person_id:
            raise NotFound

    def choose(self, reads: Sequence[str], target_url: str | None) -> None:
        """Read these places of the account, and write meetings to that one or to none."""
        if not reads and target_url is None:
            raise NoSuchPlace("Choose at least one calendar.", field="reads")
        self.reads, self.target_url = list(reads), target_url
        self.generation += 1

    def keep_secret(self, secret: bytes) -> None:
        """What opens it has been exchanged for another, or is sealed with a newer key."""
        self.secret = secret

    def _start_over(self, kind: CalendarKind) -> None:
        self.kind = kind
        self.url = self.username = self.secret = self.target_url = self.file = self.problem = self.refreshed_at = None
        self.reads = []
        self.reconnect = False
        self.unread_entries = 0
        self.generation += 1

    def was_read(self, at: datetime, unread_entries: int) -> None:
        """Its busy time is known as of `at`."""
        self.refreshed_at, self.unread_entries, self.problem, self.reconnect = at, unread_entries, None, False

    def could_not_be_read(self, problem: str, *, reconnect: bool = False) -> None:
        """What was known stays, with its age and with the problem beside it. `reconnect`: only the person can mend it."""
        self.problem, self.reconnect = problem, reconnect


class Knowledge(StrEnum):
    """How far somebody's busy time can be relied on."""

    NONE = "none"
    """No calendar is connected: only working hours are known."""
    FRESH = "fresh"
    HOURS_OLD = "hours_old"
    """What a publisher says may be hours behind."""
    UNSURE = "unsure"
    """One of the calendars cannot be read, or has not been for too long: there may be more than is known."""


def knowledge_of(calendars: Sequence[Calendar], at: datetime) -> tuple[Knowledge, datetime | None]:
    """What all calendars of one person amount to, and as of when: of the one that was read the longest ago."""
    connected = [calendar for calendar in calendars if calendar.kind is not CalendarKind.NONE]
    read = [calendar.refreshed_at for calendar in connected if calendar.refreshed_at is not None]
    oldest = min(read, default=None)
    if not connected:
        return Knowledge.NONE, None
    if any(
        calendar.problem or calendar.refreshed_at is None or at - calendar.refreshed_at > _stale_after(calendar) for calendar in connected
    ):
        return Knowledge.UNSURE, oldest
    return Knowledge.HOURS_OLD if any(calendar.kind is CalendarKind.FEED for calendar in connected) else Knowledge.FRESH, oldest


def _stale_after(calendar: Calendar) -> timedelta:
    if calendar.kind is CalendarKind.ICS:
        return timedelta.max  # it says what it said when it was uploaded
    return STALE_FEED if calendar.kind is CalendarKind.FEED else STALE
