"""A person's calendar at Microsoft (Graph v1.0)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from services.scheduling.domain import Appointment
from services.scheduling.slots import merged
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

_PLACE: Final = "calendar"
# The window must be shorter than 62 days.
LONGEST_QUERY = timedelta(days=60)
SUBSCRIPTION_LIFETIME = timedelta(days=6)
# Properties of our own on what we write: our key, and what was written under it, as `revision uid`.
_PROPERTY: Final = "String {6d1b5a3e-9c60-4f0e-8f43-0f2c7d1c7a11} Name TandemKey"
_WRITTEN: Final = "String {6d1b5a3e-9c60-4f0e-8f43-0f2c7d1c7a11} Name TandemWritten"
_TRANSACTION: Final = "tandem/"
# Where somebody is when they work elsewhere says nothing of their time; what is unknown is not free.
_FREE: Final = {"free", "workingElsewhere"}
# Above what Teams writes into an entry with a call stands a long line.
_TEAMS: Final = re.compile(r"^_{20,}$", re.MULTILINE)
_READ: Final = {"Prefer": 'outlook.timezone="UTC", outlook.body-content-type="text", IdType="ImmutableId"'}
_EXPAND: Final = f"singleValueExtendedProperties($filter=id eq '{_PROPERTY}' or id eq '{_WRITTEN}')"


class GraphCalendar:
    """The default calendar of one mailbox."""

    def __init__(self, caller: Caller, *, writes: bool, pushes: bool) -> None:
        self._caller = caller
        self.capabilities = Capabilities(itemised=True, changes=True, writes=writes, pushes=pushes)

    async def discover(self) -> Sequence[Place]:
        """The default calendar. Raises CalendarServerError."""
        async with self._caller.calls() as calls:
            found = orjson.loads((await calls.ask("GET", "/me/calendar")).content)
        return [Place(place=_PLACE, name=str(found.get("name") or ""), writable=self.capabilities.writes and bool(found.get("canEdit")))]

    async def busy(self, place: str, scope: Scope) -> Busy:
        """What Exchange says of free and busy; where it says busy, without our own meetings."""
        taken = False
        async with self._caller.calls() as calls:
            address = orjson.loads((await calls.ask("GET", "/me/calendar")).content)["owner"]["address"]
            for start, end in _chunks(scope):
                body = {"schedules": [address], "startTime": _point(start), "endTime": _point(end), "availabilityViewInterval": 15}
                told = orjson.loads((await calls.ask("POST", "/me/calendar/getSchedule", body=body, headers=_READ)).content)["value"][0]
                if told.get("error"):
                    raise CalendarServerError("The calendar service does not say when you are busy.")
                taken = taken or any(item["status"] not in _FREE for item in told.get("scheduleItems") or ())
        if not taken:
            return Busy(spans=())
        found = await self.changes(place, scope, None)
        return Busy(spans=merged(span for item in found.items for span in item.busy), unread=sum(item.unread for item in found.items))

    async def changes(self, place: str, scope: Scope, cursor: str | None) -> Changes:
        """What stands in the window of the first call, which the cursor keeps."""
        if place != _PLACE:
            raise CalendarServerError("The calendar is not there any more.", lasting=True)
        async with self._caller.calls() as calls:
            if (known := _known(cursor)) is not None:
                found = await _Round(calls, scope, known["ours"]).read(known["link"])
                if found is not None:
                    return found
            window = {"startDateTime": _stamp(scope.start), "endDateTime": _stamp(scope.end)}
            found = await _Round(calls, scope, {}).read("/me/calendarView/delta", window)
        if found is None:
            raise ChangedMeanwhile("The calendar changes faster than it can be read.")
        return Changes(items=found.items, cursor=found.cursor, reset=True)

    async def get(self, _place: str, key: str) -> Item | None:
        """One of our meetings."""
        async with self._caller.calls() as calls:
            event = await self._event(calls, key)
        return None if event is None else _ours(event)

    @staticmethod
    async def _event(calls: Calls, key: str) -> Mapping[str, Any] | None:
        """The event that carries our key."""
        quoted = key.replace("'", "''")
        ours = f"singleValueExtendedProperties/any(ep: ep/id eq '{_PROPERTY}' and ep/value eq '{quoted}')"
        answer = await calls.ask("GET", "/me/events", query={"$filter": ours, "$expand": _EXPAND}, headers=_READ)
        return next((event for event in orjson.loads(answer.content)["value"] if not event.get("isCancelled")), None)

    async def upsert(self, _place: str, key: str, appointment: Appointment, *, if_version: str | None) -> str | None:
        """Create it under a transaction id, so that a repeat meets the first; else change exactly the version that was read."""
        body = _body(key, appointment)
        async with self._caller.calls() as calls:
            there = await self._event(calls, key)
            if if_version is None:
                if there is not None:
                    if _ours(there).ours != replace(appointment, video_link=None):
                        raise ChangedMeanwhile("Another version of the event is there already.")
                    return str(there["@odata.etag"])
                created = {**body, "transactionId": f"{_TRANSACTION}{appointment.revision}/{key}"}
                answer = await calls.ask("POST", "/me/events", body=created, headers=_READ)
                return str(orjson.loads(answer.content)["@odata.etag"])
            if there is None:
                raise ChangedMeanwhile("The event was taken away meanwhile.")
            takes = [HTTPStatus.PRECONDITION_FAILED, HTTPStatus.NOT_FOUND]
            if there.get("isOnlineMeeting"):
                del body["body"]  # below our words stand those of Teams, and without them the call would be taken away
            answer = await calls.ask("PATCH", _address(there), body=body, headers={**_READ, "If-Match": if_version}, takes=takes)
            if not answer.is_success:
                raise ChangedMeanwhile("The event was changed by somebody else.")
            return str(orjson.loads(answer.content)["@odata.etag"])

    async def cancel(self, _place: str, key: str, *, if_version: str | None) -> None:
        """Delete it."""
        async with self._caller.calls() as calls:
            there = await self._event(calls, key)
            if there is None:
                return
            match = {"If-Match": if_version} if if_version else {}
            takes = [HTTPStatus.PRECONDITION_FAILED, HTTPStatus.NOT_FOUND]
            answer = await calls.ask("DELETE", _address(there), headers=match, takes=takes)
            if answer.status_code == HTTPStatus.PRECONDITION_FAILED:
                raise ChangedMeanwhile("The event was changed by somebody else.")

    async def watch(self, _place: str, *, url: str, secret: str) -> Channel:
        """Have Graph call `url`, which must be ready to answer: it is asked at once. It shows the secret as its client state."""
        body = {
            "changeType": "created,updated,deleted",
            "resource": "me/events",
            "notificationUrl": url,
            "lifecycleNotificationUrl": url,
            "clientState": secret,
            "expirationDateTime": _stamp((datetime.now(UTC) + SUBSCRIPTION_LIFETIME).timestamp()),
        }
        async with self._caller.calls() as calls:
            told = orjson.loads((await calls.ask("POST", "/subscriptions", body=body)).content)
        return _channel(told, secret)

    async def renew(self, place: str, channel: Channel, *, url: str) -> Channel:
        """The same for longer, which also authorises it anew; another when Graph has removed it."""
        body = {"expirationDateTime": _stamp((datetime.now(UTC) + SUBSCRIPTION_LIFETIME).timestamp())}
        async with self._caller.calls() as calls:
            answer = await calls.ask("PATCH", f"/subscriptions/{quote(channel.id)}", body=body, takes=[HTTPStatus.NOT_FOUND])
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return await self.watch(place, url=url, secret=channel.secret)
        return _channel(orjson.loads(answer.content), channel.secret)

    async def stop(self, channel: Channel) -> None:
        """Be called no more."""
        async with self._caller.calls() as calls:
            await calls.ask("DELETE", f"/subscriptions/{quote(channel.id)}", takes=[HTTPStatus.NOT_FOUND])

    async def video_link(self, _place: str, key: str) -> str | None:
        """The Teams meeting of one of our meetings, made on the first call; None while it is not there. Raises CalendarServerError."""
        async with self._caller.calls() as calls:
            event = await self._event(calls, key)
            if event is None:
                return None
            if not event.get("isOnlineMeeting"):
                body = {"isOnlineMeeting": True, "onlineMeetingProvider": "teamsForBusiness"}
                event = orjson.loads((await calls.ask("PATCH", _address(event), body=body, headers=_READ)).content)
                if not event.get("isOnlineMeeting"):
                    raise CalendarServerError("This account has no Microsoft Teams.", lasting=True)
        return (event.get("onlineMeeting") or {}).get("joinUrl")


def _known(cursor: str | None) -> dict[str, Any] | None:
    """What a cursor of ours says; None for anything else."""
    try:
        known = orjson.loads(cursor or "")
    except orjson.JSONDecodeError:
        return None
    return known if isinstance(known, dict) else None


class _Round:
    """One round of delta calls. `ours`: by Graph's id the keys of our meetings, for of what is removed nothing but its id is told."""

    def __init__(self, calls: Calls, scope: Scope, ours: dict[str, str]) -> None:
        self._calls = calls
        self._scope = scope
        self._ours = dict(ours)
        self._masters: dict[str, Mapping[str, Any]] = {}

    async def read(self, path: str, window: Mapping[str, str] | None = None) -> Changes | None:
        """All pages; None when the token in the address is too old."""
        events: list[Mapping[str, Any]] = []
        query = window
        while True:
            answer = await self._calls.ask("GET", path, query=query, headers=_READ, takes=[HTTPStatus.GONE])
            if answer.status_code == HTTPStatus.GONE:
                return None
            told = orjson.loads(answer.content)
            events += told["value"]
            if "@odata.nextLink" not in told:
                break
            path, query = told["@odata.nextLink"], None
        self._masters = {event["id"]: event for event in events if event.get("type") == "seriesMaster"}
        items = [item for event in events if (item := await self._item(event)) is not None]
        cursor = orjson.dumps({"link": told["@odata.deltaLink"], "ours": self._ours}).decode()
        return Changes(items=items, cursor=cursor, reset=False)

    async def _item(self, event: Mapping[str, Any]) -> Item | None:
        key = self._ours.get(event["id"])
        if "@removed" in event or event.get("isCancelled"):
            if key is not None:
                return await self._one_of_ours(event["id"])  # what has left the window is told as removed, too
            return Item(key=event["id"], gone=True)
        if event.get("type") == "seriesMaster":
            return None
        try:
            if str(event.get("transactionId") or "").startswith(_TRANSACTION):
                return await self._one_of_ours(event["id"])
            return await self._anybodys(event)
        except (KeyError, ValueError, TypeError):
            return Item(key=event["id"], unread=1)

    async def _one_of_ours(self, event_id: str) -> Item:
        """With what stands only on the event itself."""
        query = {"$expand": _EXPAND}
        answer = await self._calls.ask("GET", f"/me/events/{quote(event_id)}", query=query, headers=_READ, takes=[HTTPStatus.NOT_FOUND])
        event = orjson.loads(answer.content) if answer.is_success else None
        if event is None or event.get("isCancelled"):
            return Item(key=self._ours.pop(event_id, event_id), gone=True)
        item = _ours(event)
        self._ours[event_id] = item.key
        return item

    async def _anybodys(self, event: Mapping[str, Any]) -> Item:
        whole = event if event.get("type") != "occurrence" else {**await self._master(event["seriesMasterId"]), **event}
        zone = self._scope.zone if whole.get("isAllDay") else "UTC"
        start, end = (_instant(whole[name], zone) for name in ("start", "end"))
        declined = (whole.get("responseStatus") or {}).get("response") == "declined"
        taken = start < end and start < self._scope.end and end > self._scope.start
        return Item(
            key=event["id"],
            version=event.get("@odata.etag"),
            uid=str(whole.get("iCalUId") or ""),
            edition=(0, _instant({"dateTime": whole.get("lastModifiedDateTime") or "1970-01-01T00:00:00"}, "UTC")),
            busy=((start, end),) if taken and not declined and whole.get("showAs") not in _FREE else (),
        )

    async def _master(self, master_id: str) -> Mapping[str, Any]:
        """The series of an occurrence, which alone says how it is shown."""
        if master_id not in self._masters:
            answer = await self._calls.ask("GET", f"/me/events/{quote(master_id)}", headers=_READ, takes=[HTTPStatus.NOT_FOUND])
            self._masters[master_id] = orjson.loads(answer.content) if answer.is_success else {}
        return self._masters[master_id]


def _body(key: str, appointment: Appointment) -> dict[str, Any]:
    return {
        "subject": appointment.title,
        "body": {"contentType": "text", "content": appointment.description},
        "location": {"displayName": appointment.place},
        "start": _point(appointment.starts_at.timestamp()),
        "end": _point(appointment.ends_at.timestamp()),
        "showAs": "busy",
        "singleValueExtendedProperties": [
            {"id": _PROPERTY, "value": key},
            {"id": _WRITTEN, "value": f"{appointment.revision} {appointment.uid}"},
        ],
    }


def _ours(event: Mapping[str, Any]) -> Item:
    """One of our meetings as it is now."""
    properties = {one["id"]: one["value"] for one in event["singleValueExtendedProperties"]}
    revision, _, uid = properties[_WRITTEN].partition(" ")
    appointment = Appointment(
        uid=uid,
        revision=int(revision),
        starts_at=datetime.fromtimestamp(_instant(event["start"], "UTC"), UTC),
        ends_at=datetime.fromtimestamp(_instant(event["end"], "UTC"), UTC),
        title=str(event.get("subject") or ""),
        description=_TEAMS.split(str((event.get("body") or {}).get("content") or "").replace("\r\n", "\n"))[0].strip(),
        place=str((event.get("location") or {}).get("displayName") or ""),
        answers={
            str(guest["emailAddress"]["address"]).casefold(): _ANSWERS.get(str((guest.get("status") or {}).get("response")), "NEEDS-ACTION")
            for guest in event.get("attendees") or ()
        },
    )
    return Item(key=properties[_PROPERTY], version=event.get("@odata.etag"), uid=uid, ours=appointment)


_ANSWERS: Final = {"accepted": "ACCEPTED", "organizer": "ACCEPTED", "declined": "DECLINED", "tentativelyAccepted": "TENTATIVE"}


def _channel(told: Mapping[str, Any], secret: str) -> Channel:
    return Channel(id=told["id"], secret=secret, resource=told["resource"], expires_at=datetime.fromisoformat(told["expirationDateTime"]))


def _address(event: Mapping[str, Any]) -> str:
    return f"/me/events/{quote(event['id'])}"


def _instant(point: Mapping[str, Any], zone: str) -> int:
    """An instant. Graph writes more digits of a second than there are; of an entry for whole days the date counts, in its owner's zone."""
    at = datetime.fromisoformat(point["dateTime"][:19])
    named = point.get("timeZone") or "UTC"
    try:
        there = ZoneInfo(zone if zone != "UTC" else named)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(named) from error
    return int(at.replace(tzinfo=there).timestamp())


def _point(seconds: float) -> dict[str, str]:
    return {"dateTime": f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _chunks(scope: Scope) -> Iterator[tuple[int, int]]:
    """The window in pieces that Exchange answers."""
    step = int(LONGEST_QUERY.total_seconds())
    for start in range(scope.start, scope.end, step):
        yield start, min(start + step, scope.end)
