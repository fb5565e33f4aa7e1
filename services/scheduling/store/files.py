"""Calendars that are one file: uploaded ones are read as they lie, published ones (webcal) are fetched, and only when they have changed."""

import json
import re
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

from services.scheduling.domain import Calendar
from services.scheduling.domain.calendar import THE_FILE
from services.scheduling.slots import Unreadable, decoded, merged
from services.scheduling.slots.ical import what_it_is
from services.scheduling.slots.moments import BadValue, read_length
from services.scheduling.store.busy import name_of
from services.scheduling.store.fetching import GONE, ask, refusal_of
from services.scheduling.store.parsing import read_file
from services.scheduling.store.provider import Busy, CalendarServerError, Capabilities, Changes, Item, Place, ReadOnly, Scope
from shared.http import Guard, Response, open_client

WHOLE_SECONDS = 15.0
# Its publisher's own word on how long it stays as it is counts between these.
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 15 * 60.0, 24 * 3600.0
_SECONDS_A_DAY = 86_400
_STAYS = re.compile(r"^(?:REFRESH-INTERVAL|X-PUBLISHED-TTL)[^:\r\n]{0,100}:([^\r\n]{1,40})\r?$", re.MULTILINE | re.IGNORECASE)


class UploadedFile(ReadOnly):
    """A file a person has uploaded, of which only the times were kept. It never changes, but the window over it does."""

    capabilities = Capabilities(itemised=True, changes=True, poll_seconds=6 * 3600.0)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def opened(cls, calendar: Calendar, _secret: str) -> "UploadedFile":
        """The file that is kept in the calendar itself."""
        return cls(calendar.file or "")

    async def discover(self) -> Sequence[Place]:
        """The file itself."""
        return [_THE_FILE]

    async def busy(self, _place: str, scope: Scope) -> Busy:
        """All busy time."""
        return _sum(await _read(self._text, scope))

    async def changes(self, _place: str, scope: Scope, cursor: str | None) -> Changes:
        """All of it, once."""
        name = name_of(self._text)
        return (
            Changes(items=[], cursor=cursor, reset=False)
            if name == cursor
            else Changes(items=await _read(self._text, scope), cursor=name, reset=True)
        )


class Feed(ReadOnly):
    """A calendar published under an address that whoever knows it may read. What it says may be hours old."""

    capabilities = Capabilities(itemised=True, changes=True, hours_old=True, poll_seconds=SHORTEST_PAUSE_SECONDS)

    def __init__(self, address: str, guard: Guard) -> None:
        self._address = address_of(address)
        self._guard = guard

    async def discover(self) -> Sequence[Place]:
        """The file itself, when there is a calendar."""
        text = _text_of(await self._fetch({}))
        if "BEGIN:VCALENDAR" not in text[:100_000].upper():
            raise CalendarServerError(what_it_is(text), lasting=True)
        return [_THE_FILE]

    async def busy(self, _place: str, scope: Scope) -> Busy:
        """All busy time."""
        return _sum(await _read(_text_of(await self._fetch({})), scope))

    async def changes(self, _place: str, scope: Scope, cursor: str | None) -> Changes:
        """Nothing while it is the same: by its ETag or date, where the server knows such, else by what is in it."""
        known = _known(cursor)
        conditions = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
        answer = await self._fetch({conditions[name]: known[name] for name in conditions if name in known})
        if answer.status_code == HTTPStatus.NOT_MODIFIED:
            return Changes(items=[], cursor=cursor, reset=False, stays_seconds=float(known.get("stays", 0)))
        text = _text_of(answer)
        stays = _stays_seconds(text)
        found = {name: answer.headers[name] for name in conditions if name in answer.headers}
        mark = json.dumps({**found, "content": name_of(text), "stays": str(stays)})
        if known.get("content") == name_of(text):
            return Changes(items=[], cursor=mark, reset=False, stays_seconds=stays)
        return Changes(items=await _read(text, scope), cursor=mark, reset=True, stays_seconds=stays)

    async def _fetch(self, headers: dict[str, str]) -> Response:
        async with open_client(self._guard, whole_seconds=WHOLE_SECONDS) as client:
            answer = await ask(client, "GET", self._address, headers={"Accept": "text/calendar, */*;q=0.5", **headers})
        if answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, *GONE}:
            raise CalendarServerError("The calendar is not published at this address any more. Give its new address.", reconnect=True)
        if answer.status_code not in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
            raise refusal_of(answer)
        return answer


_THE_FILE = Place(place=THE_FILE, name="", writable=False)


def address_of(typed: str) -> str:
    """The address to fetch: `webcal:` says only that a calendar is meant."""
    scheme, colon, rest = typed.strip().partition(":")
    return f"https:{rest}" if colon and scheme.lower() in {"webcal", "webcals"} else typed.strip()


def shown_address(typed: str) -> str:
    """As much of an address as may be shown: who knows the rest may read the calendar."""
    return f"https://{urlsplit(address_of(typed)).hostname or ''}/…"


def _known(cursor: str | None) -> dict[str, str]:
    """What a cursor of ours tells; nothing where it is none."""
    try:
        told = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in told.items()} if isinstance(told, dict) else {}


def _text_of(answer: Response) -> str:
    try:
        return decoded(answer.content, lenient=True)
    except Unreadable as problem:
        raise CalendarServerError(str(problem), lasting=True) from problem


async def _read(text: str, scope: Scope) -> list[Item]:
    try:
        return await read_file(text, scope)
    except Unreadable as problem:
        raise CalendarServerError(str(problem), lasting=True) from problem


def _sum(items: Sequence[Item]) -> Busy:
    return Busy(spans=merged(span for item in items for span in item.busy), unread=sum(item.unread for item in items))


def _stays_seconds(text: str) -> float:
    """How long its publisher says that it stays as it is, within our own bounds."""
    found = _STAYS.search(text[:10_000])
    try:
        length = read_length(found[1].strip()) if found else None
    except BadValue:
        length = None
    seconds = length.days * _SECONDS_A_DAY + length.seconds if length else 0
    return min(max(float(seconds), SHORTEST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
