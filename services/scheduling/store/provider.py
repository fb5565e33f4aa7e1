"""The port to people's calendars: what Tandem asks of a provider, whichever it is. Each adapter is a module of its own beside this one.

An adapter is opened for one connected account (`Calendar`) and speaks of its single calendars by `place`: whatever the provider calls one,
an address or an id. It keeps no state of its own. Every call has a time limit and raises CalendarServerError, never what its client raises.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn, Protocol

from services.scheduling.domain import Appointment
from services.scheduling.domain.items import Item
from services.scheduling.slots import Span

__all__ = [
    "Busy",
    "CalendarProvider",
    "CalendarServerError",
    "Capabilities",
    "ChangedMeanwhile",
    "Changes",
    "Channel",
    "Item",
    "Place",
    "PushingProvider",
    "ReadOnly",
    "Scope",
]


class CalendarServerError(Exception):
    """The calendar could not be used. The message says why, in plain words that a person may read.

    `field`: what of the person's own input it is about. `lasting`: asking again will not help.
    `reconnect`: we are not let in any more, only the person can change that.
    `retry_after`: seconds the server wants to be left alone.
    """

    def __init__(
        self, message: str, *, field: str = "url", lasting: bool = False, reconnect: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.field = field
        self.lasting = lasting or reconnect
        self.reconnect = reconnect
        self.retry_after = retry_after


class ChangedMeanwhile(CalendarServerError):  # noqa: N818 - says what has happened
    """The entry is not at the version it was to be changed at: read it again."""


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a provider can do.

    `itemised`: `changes` tells the busy time of single entries, so `busy` need not be asked.
    `changes`: it tells what has changed since a cursor. `writes`: our meetings can be kept there. `pushes`: it can call us.
    `hours_old`: what it publishes may be hours old. `poll_seconds`: how often it is to be asked.
    """

    itemised: bool
    poll_seconds: float = 300.0
    changes: bool = False
    writes: bool = False
    pushes: bool = False
    hours_old: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """One calendar of an account."""

    place: str
    name: str
    writable: bool


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What is wanted: the time between two instants, by the owner's clock; what they have declined as one of `addresses` is free."""

    start: int
    end: int
    zone: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What has changed since a cursor.

    `reset`: these items are all there is, whatever was known before. `stays_seconds`: how long its publisher says that it stays as it is.
    """

    items: Sequence[Item]
    cursor: str | None
    reset: bool
    stays_seconds: float = 0.0

    @property
    def unread(self) -> int:
        """How many entries nobody can read."""
        return sum(item.unread for item in self.items)


@dataclass(frozen=True, kw_only=True)
class Busy:
    """All busy time in the window, where a provider tells no more than that. `unread`: how many entries nobody can read."""

    spans: Sequence[Span]
    unread: int = 0


@dataclass(frozen=True, kw_only=True)
class Channel:
    """By which a provider tells us that something has changed. `secret` is what it must show when it calls."""

    id: str
    secret: str
    resource: str
    expires_at: datetime


class CalendarProvider(Protocol):
    """One person's account at a provider."""

    @property
    def capabilities(self) -> Capabilities:
        """What can be asked of it."""
        ...

    async def discover(self) -> Sequence[Place]:
        """The calendars in the account, the usual one first. Raises CalendarServerError when it does not let us in or has none."""
        ...

    async def busy(self, place: str, scope: Scope) -> Busy:
        """When a calendar is busy, asked as a whole."""
        ...

    async def changes(self, place: str, scope: Scope, cursor: str | None) -> Changes:
        """What has changed since the cursor; without one, or when it is too old, all there is."""
        ...

    async def get(self, place: str, key: str) -> Item | None:
        """One of our meetings as it stands there; None when it does not."""
        ...

    async def upsert(self, place: str, key: str, appointment: Appointment, *, if_version: str | None) -> str | None:
        """Write one of our meetings, over exactly this version; without one it must not be there yet. The new version, where it is told.

        Raises ChangedMeanwhile. To write the same again does no harm.
        """
        ...

    async def cancel(self, place: str, key: str, *, if_version: str | None) -> None:
        """Take one of our meetings away; all is well when it is gone already. Raises ChangedMeanwhile."""
        ...


class PushingProvider(CalendarProvider, Protocol):
    """A provider that can call us when something has changed. What it says then is only a hint: `changes` tells the truth."""

    async def watch(self, place: str, *, url: str, secret: str) -> Channel:
        """Have it call `url`."""
        ...

    async def renew(self, place: str, channel: Channel, *, url: str) -> Channel:
        """Go on before the channel expires; the same one, or another where channels cannot be prolonged."""
        ...

    async def stop(self, channel: Channel) -> None:
        """Be called no more; all is well when the channel is gone already."""
        ...


class ReadOnly:
    """The half of the port that writes, for calendars nobody can write to."""

    async def get(self, _place: str, _key: str) -> Item | None:
        """Nothing of ours can be there."""
        return None

    async def upsert(self, _place: str, _key: str, _appointment: Appointment, *, if_version: str | None) -> NoReturn:  # noqa: ARG002 - the port's own
        """Raises CalendarServerError."""
        raise CalendarServerError("This calendar can only be read.", lasting=True)

    async def cancel(self, _place: str, _key: str, *, if_version: str | None) -> None:
        """Nothing of ours can be there."""
