"""Google Calendar v3 with a memory: every request and answer is held against the discovery document Google publishes."""

import base64
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.clouds.cloud import Asked, Call, Cloud, Refusal
from tests.support.clouds.consent import Consent
from tests.support.clouds.described import GoogleMethod, google_methods
from tests.support.clouds.entries import google_instant, weekly
from tests.support.serving import listening, serving

SCOPE = "https://www.googleapis.com/auth/"
# What somebody sees who may know only that a person is busy.
BUSY_ONLY = {"kind", "etag", "id", "status", "updated", "start", "end", "iCalUID", "sequence", "eventType", "transparency", "visibility"}
BUSY_ONLY |= {"recurringEventId", "originalStartTime", "recurrence"}
NOT_WITH_A_TOKEN = {"iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax", "updatedMin"}
LONGEST_QUERY = timedelta(days=62)
MOST_CALENDARS = 50
A_YEAR = 52


def problem(status: int, reason: str, **headers: str) -> Refusal:
    """A refusal as Google writes one."""
    fault = {"domain": "global", "reason": reason, "message": reason}
    return Refusal(status, {"error": {"code": status, "message": reason, "errors": [fault]}}, **headers)


def _packed(**what: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(what).encode()).decode()


def _unpacked(token: str) -> dict[str, Any]:
    try:
        return json.loads(base64.urlsafe_b64decode(token))  # type: ignore[no-any-return] # what `_packed` has made
    except ValueError as error:
        raise problem(400, "invalid") from error


class Google(Cloud):
    """`put_event` and `remove_event` are what somebody does in the calendar itself."""

    def __init__(self, consent: Consent) -> None:
        super().__init__(consent)
        self.zone = "Europe/Lisbon"
        self.page = 250
        self.events: dict[str, dict[str, Any]] = {}
        self.channels: dict[str, dict[str, Any]] = {}
        self.meet_after = 0
        """How often a new conference is still pending when it is asked for."""
        self.meet_fails = False
        self._sequence = 0
        self._generation = 1
        self._changed: dict[str, int] = {}
        self._messages = 0

    # ------------------------------------------------ in the calendar

    def put_event(self, event_id: str = "", **fields: Any) -> str:
        """Somebody writes, moves or answers an event."""
        key = event_id or f"event{self._sequence}"
        old = self.events.get(key, {})
        self._store({"summary": "private words", **old, **fields, "id": key})
        return key

    def remove_event(self, event_id: str) -> None:
        """Somebody deletes an event."""
        self._store({**self.events[event_id], "status": "cancelled"})

    def expire_tokens(self) -> None:
        """Every sync token is too old."""
        self._generation += 1

    def _store(self, event: dict[str, Any]) -> dict[str, Any]:
        self._sequence += 1
        old = self.events.get(event["id"])
        moved = old is not None and (old["start"], old["end"]) != (event["start"], event["end"])
        stored = {
            "kind": "calendar#event",
            "status": "confirmed",
            "iCalUID": f"{event['id']}@google.com",
            "created": "2026-01-01T00:00:00.000Z",
            "eventType": "default",
            **event,
            "sequence": (old["sequence"] + 1 if moved else old["sequence"]) if old else 0,
            "etag": f'"{self._sequence}"',
            "updated": self.now().astimezone(UTC).isoformat().replace("+00:00", "Z"),
        }
        if old is not None and "recurrence" in old:
            for instance in self._instances(old):
                self._changed[instance["id"]] = self._sequence
        self.events[event["id"]] = stored
        self._changed[event["id"]] = self._sequence
        for channel in self.channels.values():
            self._call(channel, "exists")
        return stored

    def _call(self, channel: dict[str, Any], state: str) -> None:
        self._messages += 1
        headers = {
            "X-Goog-Channel-ID": channel["id"],
            "X-Goog-Channel-Token": channel["token"],
            "X-Goog-Channel-Expiration": channel["expiration"],
            "X-Goog-Message-Number": str(self._messages),
            "X-Goog-Resource-ID": channel["resourceId"],
            "X-Goog-Resource-State": state,
            "X-Goog-Resource-URI": channel["resourceUri"],
        }
        self.calls.append(Call(channel["address"], headers))

    def _instances(self, event: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The single events of a series: each week for a year, as far as they have not been changed themselves."""
        start, end = (google_instant(event[name], self.zone) for name in ("start", "end"))
        (rule,) = event["recurrence"]
        assert rule.startswith("RRULE:FREQ=WEEKLY"), "the stub knows no other rule"
        for at in weekly(start, event["start"].get("timeZone", self.zone), int(rule.partition(";COUNT=")[2] or A_YEAR)):
            key = f"{event['id']}_{at:%Y%m%dT%H%M%SZ}"
            plain = {name: value for name, value in event.items() if name != "recurrence"}
            yield self.events.get(key) or {
                **plain,
                "id": key,
                "recurringEventId": event["id"],
                "originalStartTime": {"dateTime": at.isoformat()},
                "start": {"dateTime": at.isoformat()},
                "end": {"dateTime": (at + (end - start)).isoformat()},
            }

    def _singles(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for event in self.events.values():
            if "recurrence" in event and event["status"] != "cancelled":
                found |= {instance["id"]: instance for instance in self._instances(event)}
            elif "recurrence" not in event:
                found.setdefault(event["id"], event)
        return found

    # ------------------------------------------------ over HTTP

    async def answer(self, request: Request) -> Response:
        """Any request to the API."""
        asked = await self.note(request)
        async with self.one_more():
            if self.next_answers:
                return self.next_answers.pop(0)
            try:
                status, body = self._answered(request, asked)
            except Refusal as refusal:
                return refusal.response
        return JSONResponse(body, status) if body is not None else Response(status_code=status)

    def _answered(self, request: Request, asked: Asked) -> tuple[int, Any]:
        method, path = self._method(asked)
        if faults := [*method.faults_of_query(asked.query), *method.faults_of_request(asked.body)]:
            self.faults += faults
            raise problem(400, "badRequest")
        grant = self.consent.whose(request)
        if grant is None or grant.tenant != self.consent.tenant:
            raise problem(401, "authError")
        if not method.scopes & {f"{SCOPE}{scope.removeprefix(SCOPE)}" for scope in grant.scopes}:
            raise problem(403, "insufficientPermissions")
        if path.get("calendarId", "primary") != "primary":
            raise problem(404, "notFound")
        query = dict(asked.query)
        answer = getattr(self, "_" + method.id.removeprefix("calendar.").replace(".", "_"))
        status, body = answer(query=query, body=asked.body, headers=asked.headers, **{k: v for k, v in path.items() if k != "calendarId"})
        sees_all = any("freebusy" not in scope for scope in grant.scopes if scope.startswith(SCOPE))
        shown = body if sees_all or method.id not in {"calendar.events.list", "calendar.events.get"} else _busy_only(body)
        self.faults += [f"{method.id} answered: {fault}" for fault in method.faults_of_response(shown)]
        return status, shown

    def _method(self, asked: Asked) -> tuple[GoogleMethod, dict[str, str]]:
        for method in google_methods():
            if method.verb == asked.verb and (found := method.path.fullmatch(asked.path)):
                return method, found.groupdict()
        self.faults.append(f"Google Calendar has no {asked.verb} {asked.path}")
        raise problem(404, "notFound")

    def _events_list(self, *, query: dict[str, str], **_: Any) -> tuple[int, Any]:
        page = _unpacked(query["pageToken"]) if "pageToken" in query else {"offset": 0}
        token = _unpacked(query["syncToken"]) if "syncToken" in query else {}
        if token and NOT_WITH_A_TOKEN & set(query):
            raise problem(400, "badRequest")
        if token and token["generation"] != self._generation:
            raise problem(410, "fullSyncRequired")
        single = query.get("singleEvents") == "true"
        if token and token["single"] != single:
            self.faults.append("a sync token belongs to the parameters of the first call")
        upto = page.get("upto", self._sequence)
        items = self._changed_since(token["upto"], single=single) if token else self._all(query, single=single)
        size = min(int(query.get("maxResults", 250)), self.page)
        offset = page["offset"]
        body = {
            "kind": "calendar#events",
            "etag": f'"{upto}"',
            "summary": self.consent.account,
            "timeZone": self.zone,
            "accessRole": "owner",
            "items": items[offset : offset + size],
        }
        if offset + size < len(items):
            return 200, {**body, "nextPageToken": _packed(offset=offset + size, upto=upto)}
        return 200, {**body, "nextSyncToken": _packed(upto=upto, generation=self._generation, single=single)}

    def _all(self, query: dict[str, str], *, single: bool) -> list[dict[str, Any]]:
        events = self._singles() if single else self.events
        start, end = (datetime.fromisoformat(query[name]) if name in query else None for name in ("timeMin", "timeMax"))
        return [
            event
            for event in events.values()
            if event["status"] != "cancelled"
            and (start is None or google_instant(event["end"], self.zone) > start)
            and (end is None or google_instant(event["start"], self.zone) < end)
        ]

    def _changed_since(self, sequence: int, *, single: bool) -> list[dict[str, Any]]:
        now = self._singles() if single else self.events
        keys = [key for key, at in self._changed.items() if at > sequence]
        if single:
            series = {key for key in keys if "recurrence" in self.events.get(key, {})}
            keys = [key for key in keys if key not in series]
            keys += [key for key, event in now.items() if event.get("recurringEventId") in series and key not in keys]
        shown = []
        for key in keys:
            event = now.get(key)
            if event is None or event["status"] == "cancelled":
                shown.append({"kind": "calendar#event", "etag": f'"{sequence}"', "id": key, "status": "cancelled"})
            else:
                shown.append(event)
        return shown

    def _events_get(self, *, eventId: str, **_: Any) -> tuple[int, Any]:  # noqa: N803 - Google's name
        event = self.events.get(eventId) or self._singles().get(eventId)
        if event is None:
            raise problem(404, "notFound")
        pending = event.get("conferenceData", {}).get("createRequest", {}).get("status", {}).get("statusCode") == "pending"
        if pending:
            event["pending"] = event.get("pending", self.meet_after) - 1
            if event["pending"] < 0:
                event = self.events[eventId] = self._with_meet(event)
        return 200, {name: value for name, value in event.items() if name != "pending"}

    def _events_insert(self, *, body: dict[str, Any], query: dict[str, str], **_: Any) -> tuple[int, Any]:
        key = body.get("id", f"event{self._sequence}")
        if not re.fullmatch(r"[a-v0-9]{5,1024}", key):
            raise problem(400, "invalid")
        if key in self.events:
            raise problem(409, "duplicate")
        return 200, self._events_get(eventId=self._store(self._conferenced({**body, "id": key}, query))["id"])[1]

    def _events_patch(self, *, eventId: str, body: Any, query: dict[str, str], headers: dict[str, str]) -> tuple[int, Any]:  # noqa: N803
        event = self.events.get(eventId)
        if event is None:
            raise problem(404, "notFound")
        if headers.get("if-match", event["etag"]) != event["etag"]:
            raise problem(412, "conditionNotMet")
        merged = {name: value for name, value in {**event, **body}.items() if value is not None}
        return 200, self._events_get(eventId=self._store(self._conferenced(merged, query))["id"])[1]

    def _conferenced(self, event: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
        request = event.get("conferenceData", {}).get("createRequest")
        if query.get("conferenceDataVersion") != "1" or not request:
            return event if event["id"] in self.events else {k: v for k, v in event.items() if k != "conferenceData"}
        if "status" in request:
            return event
        status = {"statusCode": "failure" if self.meet_fails else "pending"}
        return {**event, "conferenceData": {"createRequest": {**request, "status": status}}}

    def _with_meet(self, event: dict[str, Any]) -> dict[str, Any]:
        request = {**event["conferenceData"]["createRequest"], "status": {"statusCode": "success"}}
        entry = {"entryPointType": "video", "uri": f"https://meet.google.com/{event['id'][-12:]}", "label": "meet.google.com"}
        solution = {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"}
        conference = {"createRequest": request, "entryPoints": [entry], "conferenceSolution": solution, "conferenceId": event["id"][-12:]}
        return {**event, "conferenceData": conference, "hangoutLink": entry["uri"]}

    def _events_delete(self, *, eventId: str, headers: dict[str, str], **_: Any) -> tuple[int, Any]:  # noqa: N803 - Google's name
        event = self.events.get(eventId)
        if event is None:
            raise problem(404, "notFound")
        if event["status"] == "cancelled":
            raise problem(410, "deleted")
        if headers.get("if-match", event["etag"]) != event["etag"]:
            raise problem(412, "conditionNotMet")
        self._store({**event, "status": "cancelled"})
        return 204, None

    def _freebusy_query(self, *, body: dict[str, Any], **_: Any) -> tuple[int, Any]:
        start, end = datetime.fromisoformat(body["timeMin"]), datetime.fromisoformat(body["timeMax"])
        if end - start > LONGEST_QUERY:
            raise problem(400, "timeRangeTooLong")
        if len(body["items"]) > MOST_CALENDARS:
            raise problem(400, "tooManyCalendarsRequested")
        calendars = {}
        for item in body["items"]:
            if item["id"] != "primary":
                calendars[item["id"]] = {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
                continue
            calendars["primary"] = {"busy": [{"start": a.isoformat(), "end": b.isoformat()} for a, b in self._busy(start, end)]}
        return 200, {"kind": "calendar#freeBusy", "timeMin": body["timeMin"], "timeMax": body["timeMax"], "calendars": calendars}

    def _busy(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        for event in self._singles().values():
            declined = any(one.get("self") and one["responseStatus"] == "declined" for one in event.get("attendees", ()))
            free = event.get("transparency") == "transparent" or event["eventType"] in {"workingLocation", "birthday"}
            if event["status"] == "cancelled" or declined or free:
                continue
            begins, ends = (google_instant(event[name], self.zone) for name in ("start", "end"))
            if begins < end and ends > start:
                yield max(begins, start), min(ends, end)

    def _events_watch(self, *, body: dict[str, Any], **_: Any) -> tuple[int, Any]:
        if body["id"] in self.channels:
            raise problem(400, "channelIdNotUnique")
        expires = self.now() + timedelta(seconds=int(body.get("params", {}).get("ttl", 7 * 24 * 3600)))
        channel = {
            "kind": "api#channel",
            "id": body["id"],
            "resourceId": f"resource-{len(self.channels)}",
            "resourceUri": f"{self.address}/calendar/v3/calendars/primary/events?alt=json",
            "token": body["token"],
            "expiration": str(int(expires.timestamp() * 1000)),
        }
        self.channels[body["id"]] = {**channel, "address": body["address"]}
        self._call(self.channels[body["id"]], "sync")
        return 200, channel

    def _channels_stop(self, *, body: dict[str, Any], **_: Any) -> tuple[int, Any]:
        found = self.channels.get(body["id"])
        if found is None or found["resourceId"] != body["resourceId"]:
            raise problem(404, "notFound")
        del self.channels[body["id"]]
        return 204, None


def _busy_only(body: dict[str, Any]) -> dict[str, Any]:
    if "items" not in body:
        return {name: value for name, value in body.items() if name in BUSY_ONLY}
    return {**body, "items": [{name: value for name, value in event.items() if name in BUSY_ONLY} for event in body["items"]]}


@asynccontextmanager
async def google(client_id: str = "tandem-google", client_secret: str = "a secret of Google's") -> AsyncIterator[Google]:
    """Google on loopback."""
    stub = Google(Consent(client_id, client_secret, issuer="https://accounts.google.com"))
    routes = [
        Route("/o/oauth2/v2/auth", stub.consent.authorize),
        Route("/token", stub.consent.token, methods=["POST"]),
        Route("/revoke", stub.consent.revoke, methods=["POST"]),
        Route("/calendar/{rest:path}", stub.answer, methods=["GET", "POST", "PATCH", "PUT", "DELETE"]),
    ]
    async with listening() as (listener, address):
        stub.address = address
        async with serving(Starlette(routes=routes), listener):
            yield stub
