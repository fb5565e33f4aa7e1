"""A calendar on a CalDAV server (RFC 4791): finding it, reading busy entries, writing our own. Every call has a time limit."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

from shared.http import AddressRefused, Client, Guard, HTTPError, Response, open_client

WHOLE_SECONDS = 20.0
MOST_REDIRECTS = 3
TRIES = 3
MULTI_STATUS = 207

_DAV, _CALDAV, _SERVER = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}", "{http://calendarserver.org/ns/}"

_WHO = """<?xml version="1.0" encoding="utf-8"?>
<propfind xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop>
<resourcetype/><current-user-principal/><C:calendar-home-set/><C:supported-calendar-component-set/></prop></propfind>"""
_STATE = """<?xml version="1.0" encoding="utf-8"?>
<propfind xmlns="DAV:" xmlns:S="http://calendarserver.org/ns/"><prop><sync-token/><S:getctag/></prop></propfind>"""
_QUERY = """<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><getetag/><C:calendar-data/></prop>
<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
<C:time-range start="{start}" end="{end}"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"""


class CalendarServerError(Exception):
    """The calendar server could not be used. The message says why in plain words; `lasting`: asking again will not help."""

    def __init__(self, message: str, *, field: str = "url", lasting: bool = False) -> None:
        super().__init__(message)
        self.field = field
        self.lasting = lasting


@dataclass(frozen=True)
class Found:
    """What a server says stands under an address."""

    address: str
    is_calendar: bool
    home: str | None
    principal: str | None


class CalDav:
    """One person's account on a calendar server."""

    def __init__(self, username: str, password: str, guard: Guard) -> None:
        self._auth = (username, password)
        self._guard = guard

    async def find_calendar(self, address: str) -> str:
        """The first calendar of the account, from whatever address was typed in. Raises CalendarServerError."""
        async with self._client() as client:
            found = await self._look(client, address)
            if found is None:
                found = await self._look(client, urljoin(address, "/.well-known/caldav"))
            if found is None:
                raise CalendarServerError("There is no calendar server at this address.", lasting=True)
            if found.is_calendar:
                return found.address
            if found.home is None and found.principal is not None:
                found = await self._look(client, found.principal)
            if found is None or found.home is None:
                raise CalendarServerError("The server names no calendar of yours. Give the address of the calendar itself.", lasting=True)
            return await self._first_in(client, found.home)

    async def _look(self, client: Client, address: str) -> Found | None:
        """What stands there; None when the server knows nothing of it."""
        answer = await self._ask(client, "PROPFIND", address, _WHO, {"Depth": "0"})
        if answer.status_code != MULTI_STATUS:
            return None
        here = str(answer.url)
        for node in _parsed(answer).iter(f"{_DAV}response"):
            kinds = node.find(f".//{_DAV}resourcetype")
            return Found(
                address=here if here.endswith("/") else f"{here}/",
                is_calendar=kinds is not None and kinds.find(f"{_CALDAV}calendar") is not None,
                home=_href(here, node, f".//{_CALDAV}calendar-home-set/{_DAV}href"),
                principal=_href(here, node, f".//{_DAV}current-user-principal/{_DAV}href"),
            )
        return None

    async def _first_in(self, client: Client, home: str) -> str:
        answer = await self._ask(client, "PROPFIND", home, _WHO, {"Depth": "1"})
        _must_be(answer, MULTI_STATUS)
        for node in _parsed(answer).iter(f"{_DAV}response"):
            kinds, address = node.find(f".//{_DAV}resourcetype"), _href(str(answer.url), node, f"{_DAV}href")
            parts = [part.get("name") for part in node.iter(f"{_CALDAV}comp")]
            if address and kinds is not None and kinds.find(f"{_CALDAV}calendar") is not None and (not parts or "VEVENT" in parts):
                return address
        raise CalendarServerError("There is no calendar in your account yet. Make one there first.", lasting=True)

    async def state(self, calendar: str) -> str | None:
        """A mark that changes whenever the calendar does; None where the server has none."""
        async with self._client() as client:
            answer = await self._ask(client, "PROPFIND", calendar, _STATE, {"Depth": "0"})
            _must_be(answer, MULTI_STATUS)
            root = _parsed(answer)
            marks = [root.find(f".//{name}") for name in (f"{_DAV}sync-token", f"{_SERVER}getctag")]
            return next((mark.text for mark in marks if mark is not None and mark.text), None)

    async def entries(self, calendar: str, start: str, end: str) -> list[str]:
        """The calendar objects with an event between two times (written as in iCalendar, in UTC)."""
        async with self._client() as client:
            answer = await self._ask(client, "REPORT", calendar, _QUERY.format(start=start, end=end), {"Depth": "1"})
            _must_be(answer, MULTI_STATUS)
            return [node.text for node in _parsed(answer).iter(f"{_CALDAV}calendar-data") if node.text]

    async def put(self, calendar: str, name: str, text: str, *, revision: int) -> None:
        """Write an event of ours, unless a newer revision of it is there. Raises CalendarServerError."""
        address = urljoin(calendar, f"{name}.ics")

        async def write(client: Client, there: Response | None) -> Response | None:
            if there is not None and _revision(there.text) > revision:
                return None
            condition = {"If-Match": there.headers["etag"]} if there is not None and "etag" in there.headers else {}
            if there is None:
                condition = {"If-None-Match": "*"}
            headers = {"Content-Type": "text/calendar; charset=utf-8", **condition}
            return await self._ask(client, "PUT", address, text, headers)

        await self._change(address, write)

    async def delete(self, calendar: str, name: str) -> None:
        """Take away an event of ours; all is well when it is gone already. Raises CalendarServerError."""
        address = urljoin(calendar, f"{name}.ics")

        async def remove(client: Client, there: Response | None) -> Response | None:
            if there is None:
                return None
            headers = {"If-Match": there.headers["etag"]} if "etag" in there.headers else {}
            answer = await self._ask(client, "DELETE", address, "", headers)
            return None if answer.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE} else answer

        await self._change(address, remove)

    async def _change(self, address: str, change: Callable[[Client, Response | None], Any]) -> None:
        """Read what is there and change exactly that; again when somebody else was quicker."""
        async with self._client() as client:
            for _ in range(TRIES):
                there = await self._ask(client, "GET", address, "", {})
                gone = there.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
                if not gone:
                    _must_be(there, HTTPStatus.OK)
                answer = await change(client, None if gone else there)
                if answer is None or answer.is_success:
                    return
                if "no-uid-conflict" in answer.text:
                    return  # The person's mail program has put the invitation into this calendar: it is there.
                if answer.status_code != HTTPStatus.PRECONDITION_FAILED:
                    raise _error_of(answer)
        raise CalendarServerError("The event was changed by somebody else again and again.")

    def _client(self) -> Client:
        return open_client(self._guard, whole_seconds=WHOLE_SECONDS)

    async def _ask(self, client: Client, method: str, address: str, body: str, headers: dict[str, str]) -> Response:
        """One request, following a few redirects that stay on the same server. Raises CalendarServerError."""
        kind = {} if "Content-Type" in headers else {"Content-Type": "application/xml; charset=utf-8"}
        origin = urlsplit(address)[:2]
        for _ in range(MOST_REDIRECTS + 1):
            try:
                answer = await client.request(method, address, content=body.encode(), headers={**kind, **headers}, auth=self._auth)
            except AddressRefused as problem:
                raise CalendarServerError(str(problem), lasting=True) from problem
            except (HTTPError, ValueError, TypeError) as problem:
                raise CalendarServerError("The calendar server does not answer. Is the address right?") from problem
            if answer.status_code == HTTPStatus.UNAUTHORIZED:
                raise CalendarServerError("The calendar server does not take this user name and password.", field="password", lasting=True)
            if not answer.has_redirect_location:
                return answer
            address = urljoin(address, answer.headers["location"])
            if urlsplit(address)[:2] != origin:
                raise CalendarServerError("The server sends us on to another one. Give that one's address.", lasting=True)
        raise CalendarServerError("The server sends us round in circles.", lasting=True)


def _must_be(answer: Response, status: int) -> None:
    if answer.status_code != status:
        raise _error_of(answer)


def _error_of(answer: Response) -> CalendarServerError:
    """A refusal in plain words; the server's own are left out, for they may repeat what is private."""
    if answer.status_code in {HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.CONFLICT}:
        return CalendarServerError("The calendar server does not allow this.", lasting=True)
    if answer.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return CalendarServerError("The calendar is not there any more.", lasting=True)
    return CalendarServerError(f"The calendar server answered with {answer.status_code}.")


def _parsed(answer: Response) -> Any:
    """The answer's XML, without declarations of its own: no entity can be made in it."""
    text = answer.text
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise CalendarServerError("The server answers in a way we do not read.", lasting=True)
    try:
        return ET.fromstring(text.encode())  # noqa: S314 - refused above if it declares anything
    except ET.ParseError as problem:
        raise CalendarServerError("This is not the answer of a calendar server.", lasting=True) from problem


def _href(base: str, node: Any, path: str) -> str | None:
    """An address out of the answer; only one on the server we speak to."""
    found = node.find(path)
    if found is None or not found.text:
        return None
    address = urljoin(base, found.text.strip())
    return address if urlsplit(address)[:2] == urlsplit(base)[:2] else None


def _revision(text: str) -> int:
    found = re.search(r"^SEQUENCE:(\d+)", text, re.MULTILINE)
    return int(found.group(1)) if found else -1
