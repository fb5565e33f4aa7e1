"""A person's calendar at Google (Calendar API v3)."""

import base64
import binascii
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

import orjson

from services.scheduling.domain import Appointment
from services.scheduling.slots import Span, merged
from services.scheduling.store.clouds.caller import Caller, Calls
from services.scheduling.store.provider import (
    Busy,
    CalendarServerError,
    Capabilities,
    ChangedMeanwhile,
    Changes,
    Channel,
    Item,
    Place,
    Scope,
)

_PLACE: Final = "primary"
# A time range has a limit that Google does not tell.
LONGEST_QUERY = timedelta(days=60)
PAGE = 2500
CHANNEL_LIFETIME = timedelta(days=7)
# What stands in a calendar without taking its owner's time.
_FREE_KINDS: Final = {"workingLocation", "birthday"}
# Letters that Google allows in an event's id, and no id of its own begins with.
_OURS: Final = "tandem"


class GoogleCalendar:
    """The primary calendar of one account: the only one that the smallest scopes let us see."""

    def __init__(self, caller: Caller, *, writes: bool, pushes: bool) -> None:
        self._caller = caller
        self.capabilities = Capabilities(itemised=True, changes=True, writes=writes, pushes=pushes)

    async def discover(self) -> Sequence[Place]:
        """The primary calendar. Raises CalendarServerError."""
        async with self._caller.calls() as calls:
            found = orjson.loads((await calls.ask("GET", _events(_PLACE), query={"maxResults": "1"})).content)
        return [Place(place=_PLACE, name=str(found.get("summary", "")), writable=self.capabilities.writes)]

    async def busy(self, place: str, scope: Scope) -> Busy:
        """What Google says of free and busy; where it says busy, without our own meetings."""
        spans: list[Span] = []
        async with self._caller.calls() as calls:
            for start, end in _chunks(scope):
                body = {"timeMin": _stamp(start), "timeMax": _stamp(end), "items": [{"id": place}]}
                told = orjson.loads((await calls.ask("POST", "/freeBusy", body=body)).content)["calendars"][place]
                if told.get("errors"):
                    raise CalendarServerError("The calendar is not there any more.", lasting=True)
                spans += [(_seconds(one["start"]), _seconds(one["end"])) for one in told.get("busy", ())]
        if not spans:
            return Busy(spans=())
        found = await self.changes(place, scope, None)
        return Busy(spans=merged(span for item in found.items for span in item.busy), unread=sum(item.unread for item in found.items))

    async def changes(self, place: str, scope: Scope, cursor: str | None) -> Changes:
        """Single events, the occurrences of series among them."""
        async with self._caller.calls() as calls:
            if cursor is not None and (found := await self._pages(calls, place, scope, {"syncToken": cursor})) is not None:
                return found
            window = {"timeMin": _stamp(scope.start), "timeMax": _stamp(scope.end)}
            found = await self._pages(calls, place, scope, window)
        if found is None:
            raise ChangedMeanwhile("The calendar changes faster than it can be read.")
        return Changes(items=found.items, cursor=found.cursor, reset=True)

    async def _pages(self, calls: Calls, place: str, scope: Scope, since: Mapping[str, str]) -> Changes | None:
        """All pages of one listing; None when the token it began with is too old, or none of Google's."""
        query = {"singleEvents": "true", "maxResults": str(PAGE), **since}
        items: list[Item] = []
        while True:
            takes = [HTTPStatus.GONE, HTTPStatus.BAD_REQUEST] if "syncToken" in since else []
            answer = await calls.ask("GET", _events(place), query=query, takes=takes)
            if not answer.is_success:
                return None
            told = orjson.loads(answer.content)
            for event in told.get("items", ()):
                try:
                    items.append(_item(event, scope))
                except (KeyError, ValueError, TypeError):
                    items.append(Item(key=_key(str(event.get("id", ""))), unread=1))
            if "nextPageToken" not in told:
                return Changes(items=items, cursor=told.get("nextSyncToken"), reset=False)
            query["pageToken"] = told["nextPageToken"]

    async def get(self, place: str, key: str) -> Item | None:
        """One of our meetings."""
        async with self._caller.calls() as calls:
            event = await self._event(calls, place, key)
        return None if event is None or event["status"] == "cancelled" else _ours(event, key)

    async def _event(self, calls: Calls, place: str, key: str) -> Mapping[str, Any] | None:
        answer = await calls.ask("GET", _address(place, key), takes=[HTTPStatus.NOT_FOUND, HTTPStatus.GONE])
        return orjson.loads(answer.content) if answer.is_success else None

    async def upsert(self, place: str, key: str, appointment: Appointment, *, if_version: str | None) -> str | None:
        """Insert under an id made of the key, so that a repeat meets the first; else change exactly the version that was read."""
        body = _body(appointment)
        async with self._caller.calls() as calls:
            if if_version is None:
                inserted = {**body, "id": _event_id(key)}
                answer = await calls.ask("POST", _events(place), query={"sendUpdates": "none"}, body=inserted, takes=[HTTPStatus.CONFLICT])
                if answer.is_success:
                    return _etag(answer.content)
                there = await self._event(calls, place, key)
                if there is None:
                    raise ChangedMeanwhile("The event was taken away while it was written.")
                if there["status"] != "cancelled":
                    if _ours(there, key).ours != replace(appointment, video_link=None):
                        raise ChangedMeanwhile("Another version of the event is there already.")
                    return str(there["etag"])
                if_version = str(there["etag"])  # an id is never free again: what was deleted is written over
            gone = [HTTPStatus.PRECONDITION_FAILED, HTTPStatus.NOT_FOUND, HTTPStatus.GONE]
            answer = await calls.ask(
                "PATCH", _address(place, key), query={"sendUpdates": "none"}, body=body, headers={"If-Match": if_version}, takes=gone
            )
            if not answer.is_success:
                raise ChangedMeanwhile("The event was changed by somebody else.")
            return _etag(answer.content)

    async def cancel(self, place: str, key: str, *, if_version: str | None) -> None:
        """Delete it."""
        match = {"If-Match": if_version} if if_version else {}
        takes = [HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.PRECONDITION_FAILED]
        async with self._caller.calls() as calls:
            answer = await calls.ask("DELETE", _address(place, key), query={"sendUpdates": "none"}, headers=match, takes=takes)
        if answer.status_code == HTTPStatus.PRECONDITION_FAILED:
            raise ChangedMeanwhile("The event was changed by somebody else.")

    async def watch(self, place: str, *, url: str, secret: str) -> Channel:
        """Have Google call `url`; it says who it is by the secret in a header."""
        body = {
            "id": secrets.token_hex(16),
            "type": "web_hook",
            "address": url,
            "token": secret,
            "params": {"ttl": str(int(CHANNEL_LIFETIME.total_seconds()))},
        }
        async with self._caller.calls() as calls:
            told = orjson.loads((await calls.ask("POST", f"{_events(place)}/watch", body=body)).content)
        expires_at = datetime.fromtimestamp(int(told["expiration"]) / 1000, UTC)
        return Channel(id=told["id"], secret=secret, resource=told["resourceId"], expires_at=expires_at)

    async def renew(self, place: str, channel: Channel, *, url: str) -> Channel:
        """Another channel: Google's cannot be prolonged. The old one runs on until it is stopped."""
        return await self.watch(place, url=url, secret=channel.secret)

    async def stop(self, channel: Channel) -> None:
        """Be called no more."""
        body = {"id": channel.id, "resourceId": channel.resource}
        async with self._caller.calls() as calls:
            await calls.ask("POST", "/channels/stop", body=body, takes=[HTTPStatus.NOT_FOUND])

    async def video_link(self, place: str, key: str) -> str | None:
        """The Google Meet of one of our meetings, made on the first call; None while Google makes it. Raises CalendarServerError."""
        async with self._caller.calls() as calls:
            event = await self._event(calls, place, key)
            if event is None:
                return None
            if "createRequest" not in event.get("conferenceData", {}):
                request = {"requestId": _event_id(key), "conferenceSolutionKey": {"type": "hangoutsMeet"}}
                query = {"sendUpdates": "none", "conferenceDataVersion": "1"}
                body = {"conferenceData": {"createRequest": request}}
                event = orjson.loads((await calls.ask("PATCH", _address(place, key), query=query, body=body)).content)
        entries = event.get("conferenceData", {}).get("entryPoints", ())
        return next((str(entry["uri"]) for entry in entries if entry["entryPointType"] == "video"), None)


def _event_id(key: str) -> str:
    """An id as Google takes them (base32hex, small letters), out of any key."""
    return _OURS + base64.b32hexencode(key.encode()).decode().rstrip("=").lower()


def _key(event_id: str) -> str:
    """The key we gave, for what we wrote; Google's own id for everything else."""
    if not event_id.startswith(_OURS):
        return event_id
    text = event_id.removeprefix(_OURS).upper()
    try:
        return base64.b32hexdecode(text + "=" * (-len(text) % 8)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return event_id


def _events(place: str) -> str:
    return f"/calendars/{quote(place, safe='')}/events"


def _address(place: str, key: str) -> str:
    return f"{_events(place)}/{_event_id(key)}"


def _etag(content: bytes) -> str:
    return str(orjson.loads(content)["etag"])


def _body(appointment: Appointment) -> dict[str, Any]:
    return {
        "status": "confirmed",
        "summary": appointment.title,
        "description": appointment.description,
        "location": appointment.place,
        "start": {"dateTime": _stamp(appointment.starts_at.timestamp()), "timeZone": "UTC"},
        "end": {"dateTime": _stamp(appointment.ends_at.timestamp()), "timeZone": "UTC"},
        "transparency": "opaque",
        "extendedProperties": {"private": {"tandemUid": appointment.uid, "tandemRevision": str(appointment.revision)}},
    }


def _ours(event: Mapping[str, Any], key: str) -> Item:
    """One of our meetings as it is now."""
    private = event.get("extendedProperties", {}).get("private", {})
    appointment = Appointment(
        uid=str(private.get("tandemUid", "")),
        revision=int(private.get("tandemRevision", 0)),
        starts_at=datetime.fromtimestamp(_seconds(event["start"]["dateTime"]), UTC),
        ends_at=datetime.fromtimestamp(_seconds(event["end"]["dateTime"]), UTC),
        title=str(event.get("summary", "")),
        description=str(event.get("description", "")),
        place=str(event.get("location", "")),
        answers={str(one["email"]).casefold(): _ANSWERS[one["responseStatus"]] for one in event.get("attendees", ()) if "email" in one},
    )
    return Item(key=key, version=str(event["etag"]), uid=appointment.uid, edition=_edition(event), ours=appointment)


_ANSWERS: Final = {"accepted": "ACCEPTED", "declined": "DECLINED", "tentative": "TENTATIVE", "needsAction": "NEEDS-ACTION"}


def _item(event: Mapping[str, Any], scope: Scope) -> Item:
    """Any event, with nothing of what it says."""
    key = _key(str(event["id"]))
    if event["status"] == "cancelled":
        return Item(key=key, gone=True)
    if key != event["id"] and "dateTime" in event["start"]:
        return _ours(event, key)
    span = _point(event["start"], scope.zone), _point(event["end"], scope.zone)
    taken = span[0] < span[1] and span[0] < scope.end and span[1] > scope.start and not _is_free(event, scope)
    return Item(
        key=key,
        version=str(event.get("etag", "")),
        uid=str(event.get("iCalUID", "")),
        edition=_edition(event),
        busy=(span,) if taken else (),
    )


def _is_free(event: Mapping[str, Any], scope: Scope) -> bool:
    """Whether it leaves its owner free: marked so, of a kind that does, or declined. Tentative is busy."""
    return (
        event.get("transparency") == "transparent"
        or event.get("eventType") in _FREE_KINDS
        or any(
            one.get("responseStatus") == "declined" and (one.get("self") or str(one.get("email", "")).casefold() in scope.addresses)
            for one in event.get("attendees", ())
        )
    )


def _edition(event: Mapping[str, Any]) -> tuple[int, int]:
    updated = event.get("updated")
    return int(event.get("sequence", 0)), _seconds(updated) if updated else 0


def _point(point: Mapping[str, Any], zone: str) -> int:
    """An instant. A date begins at midnight where the owner is."""
    if "date" in point:
        return int(datetime.combine(date.fromisoformat(point["date"]), time(), ZoneInfo(zone)).timestamp())
    return _seconds(point["dateTime"])


def _seconds(text: str) -> int:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return int(found.timestamp())


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _chunks(scope: Scope) -> Iterator[tuple[int, int]]:
    """The window in pieces that Google answers."""
    step = int(LONGEST_QUERY.total_seconds())
    for start in range(scope.start, scope.end, step):
        yield start, min(start + step, scope.end)
