"""Calendars on a CalDAV server (RFC 4791): finding them (RFC 6764), reading what has changed (RFC 6578), writing our own events."""

from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote, unquote, urljoin, urlsplit

from services.scheduling.domain import Appointment
from services.scheduling.slots import Unreadable, merged
from services.scheduling.store.dav import (
    CALDAV,
    DAV,
    FREE_BUSY,
    MULTI_STATUS,
    QUERY,
    SERVER,
    STATE,
    WHO,
    Answer,
    Resource,
    multiget,
    read_answer,
    sync,
)
from services.scheduling.store.fetching import GONE, ask, must_be, refusal_of
from services.scheduling.store.parsing import read_file, read_objects
from services.scheduling.store.provider import Busy, CalendarServerError, Capabilities, Changes, Item, Place, Scope
from shared.http import AnswerTooLarge, Client, Guard, Response, open_client

WHOLE_SECONDS = 20.0
# A server of the plain kind thinks long about a large calendar, the first time longer than a minute, and says nothing meanwhile.
READING_SECONDS = 180.0
AT_ONCE = 200
MOST_OBJECTS, MOST_PAGES = 20_000, 100

# How servers say that this is no question for them, or none for us.
_REFUSED = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.CONFLICT,
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.NOT_IMPLEMENTED,
    }
)
_STATE = "state:"  # a cursor of servers that know no synchronisation
_HOME, _PRINCIPAL = f".//{CALDAV}calendar-home-set/{DAV}href", f".//{DAV}current-user-principal/{DAV}href"


class CalDavAccount:
    """`CalendarProvider` on one person's account at a calendar server."""

    capabilities = Capabilities(itemised=True, changes=True, writes=True)

    def __init__(self, address: str, username: str, password: str, guard: Guard) -> None:
        self._address = address
        self._auth = (username, password)
        self._guard = guard

    # ---------------------------------------------------------------- finding

    async def discover(self) -> Sequence[Place]:
        """The calendars of the account, from whatever address was typed in; the calendar itself when it was that one's."""
        async with self._client() as client:
            found = await self._look(client, self._address) or await self._look(client, urljoin(self._address, "/.well-known/caldav"))
            if found is None:
                raise CalendarServerError("There is no calendar server at this address.", lasting=True)
            address, resource = found
            if resource.is_calendar:
                return [_place(address, resource)]
            home = resource.address(address, _HOME)
            principal = resource.address(address, _PRINCIPAL)
            if home is None and principal is not None and (found := await self._look(client, principal)) is not None:
                address, resource = found
                home = resource.address(address, _HOME)
            if home is None:
                raise CalendarServerError("The server names no calendar of yours. Give the address of the calendar itself.", lasting=True)
            answer = await self._ask(client, "PROPFIND", home, WHO, "1")
            must_be(answer, MULTI_STATUS)
            listed = await read_answer(answer)
        found_there = [(resource.address(home, f"{DAV}href"), resource) for resource in listed.resources() if resource.is_calendar]
        places = [_place(there, resource) for there, resource in found_there if there is not None]
        if not places:
            raise CalendarServerError("There is no calendar in your account yet. Make one there first.", lasting=True)
        return sorted(places, key=lambda place: not place.writable)

    async def _look(self, client: Client, address: str) -> tuple[str, Resource] | None:
        """What stands there; None when the server knows nothing of it."""
        answer = await self._ask(client, "PROPFIND", address, WHO, "0")
        if answer.status_code != MULTI_STATUS:
            return None
        found = next((await read_answer(answer)).resources(), None)
        return None if found is None else (str(answer.url), found)

    # ---------------------------------------------------------------- reading

    async def busy(self, place: str, scope: Scope) -> Busy:
        """All busy time but that of our own meetings; with it, where we may read no more than the sum."""
        async with self._client() as client:
            found = await self._objects_within(client, place, scope)
            items = found if found is not None else await self._sum(client, place, scope)
        return Busy(spans=merged(span for item in items for span in item.busy), unread=sum(item.unread for item in items))

    async def changes(self, place: str, scope: Scope, cursor: str | None) -> Changes:
        """By sync-collection and multiget; else by asking for all when the state has changed; else the sum of busy time."""
        async with self._client(READING_SECONDS) as client:
            found = await self._synchronised(client, place, scope, cursor) or await self._queried(client, place, scope, cursor)
            return found or Changes(items=await self._sum(client, place, scope), cursor=None, reset=True)

    async def _synchronised(self, client: Client, place: str, scope: Scope, cursor: str | None) -> Changes | None:
        """None where the server does not know this question."""
        if cursor is not None and cursor.startswith(_STATE):
            return None
        found = await self._since(client, place, cursor) if cursor else None
        reset = found is None  # RFC 6578 has a server refuse a bad token with 403 and a reason, Xandikos says 412: anything is believed
        found = found or await self._since(client, place, "")
        if found is None:
            return None
        gone = [] if reset else [Item(key=_key_of(href), gone=True) for href in found.gone]
        items = await self._objects(client, place, found.changed, scope)
        kept = [item for item in items if not (reset and item.gone)]
        return Changes(items=[*gone, *kept], cursor=found.token, reset=reset)

    async def _since(self, client: Client, place: str, token: str) -> "_Found | None":
        """What has changed since the token, page by page; None when the server refuses the question."""
        found = _Found(token or None)
        for _ in range(MOST_PAGES):
            answer = await self._ask(client, "REPORT", place, sync(found.token or ""), "0")
            if answer.status_code in _REFUSED or (
                token and HTTPStatus.BAD_REQUEST <= answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
            ):
                return None
            must_be(answer, MULTI_STATUS)
            page = await read_answer(answer)
            more = found.take(page, place)
            if len(found.changed) > MOST_OBJECTS:
                raise CalendarServerError(f"The calendar holds more than {MOST_OBJECTS} entries.", lasting=True)
            if not more:
                return found
        raise CalendarServerError("The calendar server never comes to an end.", lasting=True)

    async def _objects(self, client: Client, place: str, hrefs: Sequence[str], scope: Scope) -> list[Item]:
        """These objects as they are now."""
        items: list[Item] = []
        for begin in range(0, len(hrefs), AT_ONCE):
            items += await self._some_objects(client, place, hrefs[begin : begin + AT_ONCE], scope)
        return items

    async def _some_objects(self, client: Client, place: str, hrefs: Sequence[str], scope: Scope) -> list[Item]:
        try:
            answer = await self._ask(client, "REPORT", place, multiget(hrefs), "1")
            must_be(answer, MULTI_STATUS)
            page = await read_answer(answer)
        except CalendarServerError as problem:
            if not isinstance(problem.__cause__, AnswerTooLarge):
                raise
            if len(hrefs) == 1:  # one that holds whole files is left out, and told
                return [Item(key=_key_of(hrefs[0]), unread=1)]
            halves = hrefs[: len(hrefs) // 2], hrefs[len(hrefs) // 2 :]
            return [item for half in halves for item in await self._some_objects(client, place, half, scope)]
        items = await _read_resources(page, scope)
        there = {item.key for item in items}
        return [*items, *(Item(key=key, gone=True) for key in map(_key_of, hrefs) if key not in there)]

    async def _queried(self, client: Client, place: str, scope: Scope, cursor: str | None) -> Changes | None:
        """Nothing while the server says that all is the same, else all that is in the window; None when we may not read it."""
        answer = await self._ask(client, "PROPFIND", place, STATE, "0")
        if answer.status_code in _REFUSED:
            return None
        must_be(answer, MULTI_STATUS)
        mark = (await read_answer(answer)).text(f".//{SERVER}getctag")
        state = f"{_STATE}{mark}" if mark else None
        if state is not None and state == cursor:
            return Changes(items=[], cursor=cursor, reset=False)
        items = await self._objects_within(client, place, scope)
        return None if items is None else Changes(items=items, cursor=state, reset=True)

    async def _objects_within(self, client: Client, place: str, scope: Scope) -> list[Item] | None:
        """The objects with an event in the window; None when we may not read them."""
        question = QUERY.format(start=_stamp(scope.start), end=_stamp(scope.end))
        answer = await self._ask(client, "REPORT", place, question, "1")
        if answer.status_code in _REFUSED:
            return None
        must_be(answer, MULTI_STATUS)
        return await _read_resources(await read_answer(answer), scope)

    async def _sum(self, client: Client, place: str, scope: Scope) -> list[Item]:
        """All busy time, as the server sums it up."""
        question = FREE_BUSY.format(start=_stamp(scope.start), end=_stamp(scope.end))
        answer = await self._ask(client, "REPORT", place, question, "1")
        must_be(answer, HTTPStatus.OK)
        items = await _read(read_file(answer.text, scope))
        spans = merged(span for item in items for span in item.busy)
        return [Item(key="sum", busy=tuple(spans), unread=sum(item.unread for item in items))]

    # ---------------------------------------------------------------- writing

    async def get(self, place: str, key: str) -> Item | None:
        """One of our meetings as it stands there; None when it does not."""
        async with self._client() as client:
            answer = await self._ask(client, "GET", _address_of(place, key))
        if answer.status_code in GONE:
            return None
        must_be(answer, HTTPStatus.OK)
        return Item(key=key, version=answer.headers.get("etag"), ours=Appointment.read(answer.text))

    async def upsert(self, place: str, key: str, appointment: Appointment, *, if_version: str | None) -> str | None:
        """Write one of our meetings under `key`, over exactly this version."""
        condition = {"If-None-Match": "*"} if if_version is None else {"If-Match": if_version}
        headers = {"Content-Type": "text/calendar; charset=utf-8", **condition}
        async with self._client() as client:
            answer = await self._ask(
                client, "PUT", _address_of(place, key), appointment.calendar_object(datetime.now(UTC)), headers=headers
            )
        if "no-uid-conflict" in answer.text:
            return None  # The person's mail program has put the invitation into this calendar: it is there.
        if not answer.is_success:
            raise refusal_of(answer)
        return answer.headers.get("etag")

    async def cancel(self, place: str, key: str, *, if_version: str | None) -> None:
        """Take one of our meetings away; all is well when it is gone already."""
        condition = {"If-Match": if_version} if if_version else {}
        async with self._client() as client:
            answer = await self._ask(client, "DELETE", _address_of(place, key), headers=condition)
        if not answer.is_success and answer.status_code not in GONE:
            raise refusal_of(answer)

    # ---------------------------------------------------------------- asking

    def _client(self, seconds: float | None = None) -> Client:
        patience = seconds or WHOLE_SECONDS
        return open_client(self._guard, whole_seconds=patience, silent_seconds=patience)

    async def _ask(
        self,
        client: Client,
        method: str,
        address: str,
        body: str = "",
        depth: str | None = None,
        *,
        headers: dict[str, str] | None = None,
    ) -> Response:
        """Raises CalendarServerError."""
        sent = {"Content-Type": "application/xml; charset=utf-8", **({"Depth": depth} if depth else {}), **(headers or {})}
        answer = await ask(client, method, address, body=body, headers=sent, auth=self._auth)
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            message = "The calendar server does not take this user name and password."
            raise CalendarServerError(message, field="password", reconnect=True)
        return answer


class _Found:
    """What a server says has changed since a token."""

    def __init__(self, token: str | None) -> None:
        self.token = token
        self.gone: list[str] = []
        self._changed: dict[str, None] = {}

    @property
    def changed(self) -> Sequence[str]:
        return list(self._changed)

    def take(self, page: Answer, place: str) -> bool:
        """Note a page; whether another one follows."""
        cut = False
        for resource in page.resources():
            if _path(resource.href).rstrip("/") == _path(place).rstrip("/"):
                cut = cut or resource.status == HTTPStatus.INSUFFICIENT_STORAGE
            elif resource.status in GONE:
                self.gone.append(resource.href)
                self._changed.pop(resource.href, None)
            else:
                self._changed[resource.href] = None
        goes_on = cut and page.token is not None and page.token != self.token
        self.token = page.token
        return goes_on


async def _read_resources(page: Answer, scope: Scope) -> list[Item]:
    """The calendar objects of an answer."""
    versions, texts = {}, {}
    for resource in page.resources():
        if (text := resource.calendar_data) is not None:
            key = _key_of(resource.href)
            versions[key], texts[key] = resource.etag, text
    return [replace(item, version=versions[item.key]) for item in await _read(read_objects(texts, scope))]


async def _read(reading: Awaitable[list[Item]]) -> list[Item]:
    try:
        return await reading
    except Unreadable as problem:
        raise CalendarServerError(str(problem), lasting=True) from problem


def _place(address: str, resource: Resource) -> Place:
    return Place(place=address if address.endswith("/") else f"{address}/", name=resource.name, writable=resource.is_writable)


def _address_of(place: str, key: str) -> str:
    return urljoin(place, key if key.startswith("./") else f"{quote(key, safe='@')}.ics")


def _key_of(href: str) -> str:
    """The name of an object in its calendar; what we write has the ending everybody uses."""
    name = _path(href).rpartition("/")[2]
    return name.removesuffix(".ics") if name.endswith(".ics") else f"./{name}"


def _path(href: str) -> str:
    return unquote(urlsplit(href).path)


def _stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%SZ")
