"""Calendars on a CalDAV server (RFC 4791): finding them, reading busy entries, writing our own. Every call has a time limit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit
from xml.etree import ElementTree as ET

from services.scheduling.domain import Appointment
from services.scheduling.slots import Unreadable, merged
from services.scheduling.store.parsing import read_objects
from services.scheduling.store.provider import (
    Busy,
    CalendarServerError,
    Capabilities,
    ChangedMeanwhile,
    Changes,
    Item,
    Place,
    Scope,
)
from shared.http import AddressRefused, Client, Guard, HTTPError, Response, open_client

WHOLE_SECONDS = 20.0
MOST_REDIRECTS = 3
MULTI_STATUS = 207
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})

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


@dataclass(frozen=True)
class Found:
    """What a server says stands under an address."""

    address: str
    is_calendar: bool
    home: str | None
    principal: str | None


class CalDavAccount:
    """`CalendarProvider` on one person's account at a calendar server."""

    capabilities = Capabilities(itemised=True, changes=True, writes=True)

    def __init__(self, address: str, username: str, password: str, guard: Guard) -> None:
        self._address = address
        self._auth = (username, password)
        self._guard = guard

    async def discover(self) -> Sequence[Place]:
        """The first calendar of the account, from whatever address was typed in."""
        async with self._client() as client:
            found = await self._look(client, self._address)
            if found is None:
                found = await self._look(client, urljoin(self._address, "/.well-known/caldav"))
            if found is None:
                raise CalendarServerError("There is no calendar server at this address.", lasting=True)
            if found.is_calendar:
                return [Place(place=found.address, name="", writable=True)]
            if found.home is None and found.principal is not None:
                found = await self._look(client, found.principal)
            if found is None or found.home is None:
                raise CalendarServerError("The server names no calendar of yours. Give the address of the calendar itself.", lasting=True)
            return [Place(place=await self._first_in(client, found.home), name="", writable=True)]

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

    async def busy(self, place: str, scope: Scope) -> Busy:
        """All busy time."""
        found = await self.changes(place, scope, None)
        return Busy(spans=merged(span for item in found.items for span in item.busy), unread=found.unread)

    async def changes(self, place: str, scope: Scope, cursor: str | None) -> Changes:
        """Nothing while the calendar says it is the same, else all that is in the window."""
        async with self._client() as client:
            state = await self._state(client, place)
            if state is not None and state == cursor:
                return Changes(items=[], cursor=cursor, reset=False)
            query = _QUERY.format(start=_stamp(scope.start), end=_stamp(scope.end))
            answer = await self._ask(client, "REPORT", place, query, {"Depth": "1"})
            _must_be(answer, MULTI_STATUS)
            versions, texts = {}, {}
            for node in _parsed(answer).iter(f"{_DAV}response"):
                href, text = node.findtext(f"{_DAV}href"), node.findtext(f".//{_CALDAV}calendar-data")
                if href and text:
                    key = _key_of(href)
                    versions[key], texts[key] = node.findtext(f".//{_DAV}getetag"), text
        try:
            items, unread = await read_objects(texts, scope)
        except Unreadable as problem:
            raise CalendarServerError(str(problem), lasting=True) from problem
        items = [replace(item, version=versions[item.key]) for item in items]
        return Changes(items=items, cursor=state, reset=True, unread=unread)

    async def _state(self, client: Client, place: str) -> str | None:
        """A mark that changes whenever the calendar does; None where the server has none."""
        answer = await self._ask(client, "PROPFIND", place, _STATE, {"Depth": "0"})
        _must_be(answer, MULTI_STATUS)
        root = _parsed(answer)
        marks = [root.find(f".//{name}") for name in (f"{_DAV}sync-token", f"{_SERVER}getctag")]
        return next((mark.text for mark in marks if mark is not None and mark.text), None)

    async def get(self, place: str, key: str) -> Item | None:
        """One of our meetings as it stands there; None when it does not."""
        async with self._client() as client:
            answer = await self._ask(client, "GET", _address_of(place, key), "", {})
        if answer.status_code in _GONE:
            return None
        _must_be(answer, HTTPStatus.OK)
        return Item(key=key, version=answer.headers.get("etag"), ours=Appointment.read(answer.text))

    async def upsert(self, place: str, key: str, appointment: Appointment, *, if_version: str | None) -> str | None:
        """Write one of our meetings under `key`, over exactly this version."""
        condition = {"If-None-Match": "*"} if if_version is None else {"If-Match": if_version}
        headers = {"Content-Type": "text/calendar; charset=utf-8", **condition}
        async with self._client() as client:
            answer = await self._ask(client, "PUT", _address_of(place, key), appointment.calendar_object(datetime.now(UTC)), headers)
        if "no-uid-conflict" in answer.text:
            return None  # The person's mail program has put the invitation into this calendar: it is there.
        if not answer.is_success:
            raise _error_of(answer)
        return answer.headers.get("etag")

    async def cancel(self, place: str, key: str, *, if_version: str | None) -> None:
        """Take one of our meetings away; all is well when it is gone already."""
        async with self._client() as client:
            answer = await self._ask(client, "DELETE", _address_of(place, key), "", {"If-Match": if_version} if if_version else {})
        if not answer.is_success and answer.status_code not in _GONE:
            raise _error_of(answer)

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
                raise CalendarServerError(
                    "The calendar server does not take this user name and password.", field="password", reconnect=True
                )
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
    if answer.status_code == HTTPStatus.PRECONDITION_FAILED:
        return ChangedMeanwhile("The event was changed by somebody else again and again.")
    if answer.status_code in {HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.CONFLICT}:
        return CalendarServerError("The calendar server does not allow this.", lasting=True)
    if answer.status_code in _GONE:
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


def _address_of(place: str, key: str) -> str:
    return urljoin(place, key.removeprefix("./") if key.startswith("./") else f"{quote(key)}.ics")


def _key_of(href: str) -> str:
    """The name of an object in its calendar; what we write has the ending everybody uses."""
    name = urlsplit(href).path.rpartition("/")[2]
    return unquote(name.removesuffix(".ics")) if name.endswith(".ics") else f"./{name}"


def _stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%SZ")
