"""The calendars of people, whatever their kind: reading busy time, writing our meetings."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.scheduling.domain import UID_HOST, Calendar, CalendarKind, CalendarUnreachable
from services.scheduling.slots import Reading, Span, merged, read_busy
from services.scheduling.store.caldav import CalDav, CalendarServerError
from shared.http import Guard
from shared.secrets import CannotOpen, Safe

__all__ = ["CalendarBook", "CalendarSecrets", "Known"]

FIND_SECONDS = 20.0
_STAMP = "%Y%m%dT%H%M%SZ"


class CalendarSecrets:
    """Passwords of calendar servers, each sealed for the one person."""

    def __init__(self, safe: Safe) -> None:
        self._safe = safe

    def seal(self, person_id: str, password: str) -> bytes:
        """The password as it may be stored."""
        return self._safe.seal(password, place=_place(person_id))

    def open(self, calendar: Calendar) -> str:
        """The password of a connected calendar. Raises CalendarServerError when it was sealed with another key."""
        try:
            return self._safe.open(bytes(calendar.password or b""), place=_place(calendar.id))
        except CannotOpen as problem:
            raise CalendarServerError(
                "The stored password cannot be read any more. Connect the calendar again.", field="password", lasting=True
            ) from problem


def _place(person_id: str) -> str:
    return f"calendars/{person_id}/password"


@dataclass(frozen=True)
class Known:
    """Busy time as of a state of the calendar. `spans` is None when that state was known before."""

    spans: Sequence[Span] | None
    unread_entries: int
    token: str | None


class CalendarBook:
    """Opens people's calendars."""

    def __init__(self, secrets: CalendarSecrets, guard: Guard) -> None:
        self.secrets = secrets
        self._guard = guard

    async def find(self, *, url: str, username: str, password: str) -> str:
        """The calendar a person means by this address. Raises CalendarUnreachable."""
        for field, given in (("url", url), ("username", username), ("password", password)):
            if not given:
                raise CalendarUnreachable("This is needed to reach your calendar.", field=field)
        try:
            async with asyncio.timeout(FIND_SECONDS):
                return await CalDav(username, password, self._guard).find_calendar(url)
        except CalendarServerError as problem:
            raise CalendarUnreachable(str(problem), field=problem.field) from problem
        except TimeoutError as problem:
            raise CalendarUnreachable("The calendar server takes too long to answer.", field="url") from problem

    async def busy(
        self, calendar: Calendar, zone: str, *, addresses: Collection[str], start: int, end: int, known_token: str | None
    ) -> Known:
        """When its owner is busy between two instants. Raises CalendarServerError."""
        if calendar.kind is CalendarKind.ICS:
            return _together([await _read(calendar.file or "", zone, start, end, addresses)], None)
        account, target = self._account(calendar), calendar.target_url or ""
        token = await account.state(target)
        if token is not None and token == known_token:
            return Known(None, calendar.unread_entries, token)
        texts = await account.entries(target, _stamp(start), _stamp(end))
        return _together([await _read(text, zone, start, end, addresses) for text in texts], token)

    async def put(self, calendar: Calendar, name: str, text: str, *, revision: int) -> None:
        """Write a meeting. Raises CalendarServerError."""
        await self._account(calendar).put(calendar.target_url or "", name, text, revision=revision)

    async def delete(self, calendar: Calendar, name: str) -> None:
        """Take a meeting away. Raises CalendarServerError."""
        await self._account(calendar).delete(calendar.target_url or "", name)

    def _account(self, calendar: Calendar) -> CalDav:
        return CalDav(calendar.username or "", self.secrets.open(calendar), self._guard)


async def _read(text: str, zone: str, start: int, end: int, addresses: Collection[str]) -> Reading:
    """Off the event loop: a heavy calendar takes seconds."""
    return await asyncio.to_thread(read_busy, text, zone, start, end, addresses=addresses, own_uids=f"@{UID_HOST}")


def _together(readings: Sequence[Reading], token: str | None) -> Known:
    spans = merged(span for reading in readings for span in reading.busy)
    return Known(spans, sum(reading.unreadable for reading in readings), token)


def _stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(_STAMP)
