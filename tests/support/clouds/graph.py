"""The calendar of Microsoft Graph v1.0 with a memory: every resource in and out is held against Microsoft's own type description."""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.clouds.cloud import Asked, Refusal
from tests.support.clouds.consent import Consent
from tests.support.clouds.entries import graph_instant, graph_point, weekly
from tests.support.clouds.subscriptions import GraphServer, Watchers, problem
from tests.support.serving import listening, serving

MOST_AT_ONCE = 4
LONGEST_SCHEDULE = timedelta(days=62)
MOST_ADDRESSES = 20
A_YEAR = 52
BLOB = "_" * 80
SERIES_ONLY = {"id", "type", "seriesMasterId", "start", "end", "@odata.etag", "@odata.type"}
READS = {"Calendars.ReadBasic", "Calendars.Read", "Calendars.ReadWrite"}
OUR_FILTER = re.compile(r"singleValueExtendedProperties/any\(ep: ep/id eq '([^']+)' and ep/value eq '([^']+)'\)")


class Graph(GraphServer):
    """`put_event` and `remove_event` are what somebody does in Outlook."""

    def __init__(self, consent: Consent) -> None:
        super().__init__(consent)
        self.zone = "Europe/Lisbon"
        self.page = 50
        self.events: dict[str, dict[str, Any]] = {}
        self.watchers = Watchers(self)
        self.teams = True
        self._sequence = 0
        self._generation = 1
        self._changed: dict[str, int] = {}
        self._transactions: dict[str, str] = {}

    # ------------------------------------------------ in Outlook

    def put_event(self, event_id: str = "", **fields: Any) -> str:
        """Somebody writes, moves or answers an event."""
        key = event_id or f"AAMk{self._sequence}"
        self._store({"subject": "private words", **self.events.get(key, {}), **fields, "id": key})
        return key

    def remove_event(self, event_id: str) -> None:
        """Somebody deletes an event."""
        self._forget(event_id)

    def expire_tokens(self) -> None:
        """Every delta token is too old."""
        self._generation += 1

    def _store(self, event: dict[str, Any]) -> dict[str, Any]:
        self._sequence += 1
        old = self.events.get(event["id"])
        usual = {
            "type": "seriesMaster" if "recurrence" in event else "singleInstance",
            "iCalUId": f"040000008200E0{event['id']}",
            "isAllDay": False,
            "isCancelled": False,
            "isOrganizer": True,
            "showAs": "busy",
            "sensitivity": "normal",
            "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
            "createdDateTime": "2026-01-01T00:00:00Z",
        }
        stored = {
            **usual,
            **event,
            "changeKey": f"ck{self._sequence}",
            "@odata.etag": f'W/"ck{self._sequence}"',
            "lastModifiedDateTime": f"{self.now().astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z",
        }
        if old is not None and "recurrence" in old:
            self._changed |= {instance["id"]: self._sequence for instance in self._occurrences(old)}
        self.events[event["id"]] = stored
        self._changed[event["id"]] = self._sequence
        self.watchers.tell("updated" if old else "created", event["id"])
        return stored

    @property
    def subscriptions(self) -> dict[str, dict[str, Any]]:
        return self.watchers.rows

    def _forget(self, event_id: str) -> None:
        self._sequence += 1
        event = self.events.pop(event_id)
        if "recurrence" in event:
            self._changed |= {instance["id"]: self._sequence for instance in self._occurrences(event)}
        self._changed[event_id] = self._sequence
        self.watchers.tell("deleted", event_id)

    def _occurrences(self, event: dict[str, Any]) -> Iterator[dict[str, Any]]:
        start, end = (graph_instant(event[name]) for name in ("start", "end"))
        assert event["recurrence"]["pattern"]["type"] == "weekly", "the stub knows no other pattern"
        times = event["recurrence"]["range"].get("numberOfOccurrences", A_YEAR)
        for at in weekly(start, event.get("originalStartTimeZone", self.zone), times):
            key = f"{event['id']}.{at:%Y%m%d}"
            whole = {**event, "id": key, "type": "occurrence", "seriesMasterId": event["id"]}
            whole.pop("recurrence")
            whole |= {"start": graph_point(at), "end": graph_point(at + (end - start))}
            yield self.events.get(key) or whole

    def _view(self, start: datetime, end: datetime) -> dict[str, dict[str, Any]]:
        """What stands between two instants: single events, and the occurrences of series."""
        found: dict[str, dict[str, Any]] = {}
        for event in self.events.values():
            for one in self._occurrences(event) if "recurrence" in event else [event]:
                if self._instant(one, "end") > start and self._instant(one, "start") < end:
                    found.setdefault(one["id"], one)
        return found

    @staticmethod
    def _instant(event: dict[str, Any], name: str) -> datetime:
        return graph_instant(event[name])

    # ------------------------------------------------ over HTTP

    async def answer(self, request: Request) -> Response:
        """Any request to the API."""
        asked = await self.note(request)
        async with self.one_more():
            if self.next_answers:
                return self.next_answers.pop(0)
            try:
                if self.at_once > MOST_AT_ONCE:
                    raise problem(429, "ApplicationThrottled", Retry_After="1")
                status, body = await self._answered(request, asked)
            except Refusal as refusal:
                return refusal.response
        return JSONResponse(body, status) if body is not None else Response(status_code=status)

    async def _answered(self, request: Request, asked: Asked) -> tuple[int, Any]:
        grant = self.consent.whose(request)
        if grant is None or grant.tenant != self.consent.tenant:
            raise problem(401, "InvalidAuthenticationToken")
        path = asked.path.removeprefix("/v1.0")
        reads = asked.verb == "GET" or path == "/me/calendar/getSchedule" or path.startswith("/subscriptions")
        if not grant.scopes & (READS if reads else {"Calendars.ReadWrite"}):
            raise problem(403, "ErrorAccessDenied")
        if path.startswith("/subscriptions") and "Calendars.Read" not in grant.scopes:
            raise problem(403, "Authorization_RequestDenied")
        ways: list[tuple[str, str, Callable[..., Any]]] = [
            ("GET", r"/me/calendar", self._calendar),
            ("POST", r"/me/calendar/getSchedule", self._schedule),
            ("GET", r"/me/calendarView", self._calendar_view),
            ("GET", r"/me/calendarView/delta", self._delta),
            ("GET", r"/me/events", self._list),
            ("POST", r"/me/events", self._create),
            ("GET", r"/me/events/([^/]+)", self._get),
            ("PATCH", r"/me/events/([^/]+)", self._patch),
            ("DELETE", r"/me/events/([^/]+)", self._delete),
            ("POST", r"/subscriptions", self.watchers.subscribe),
            ("PATCH", r"/subscriptions/([^/]+)", self.watchers.prolong),
            ("DELETE", r"/subscriptions/([^/]+)", self.watchers.unsubscribe),
            ("POST", r"/subscriptions/([^/]+)/reauthorize", self.watchers.reauthorize),
        ]
        for verb, pattern, way in ways:
            if verb == asked.verb and (found := re.fullmatch(pattern, path)):
                answer = way(asked, *found.groups())
                return await answer if hasattr(answer, "__await__") else answer  # type: ignore[no-any-return] # status and body
        self.faults.append(f"Graph is not asked {asked.verb} {asked.path}")
        raise problem(404, "ResourceNotFound")

    def _calendar(self, _asked: Asked) -> tuple[int, Any]:
        owner = {"name": "Ines", "address": self.consent.account}
        teams: list[str] = ["teamsForBusiness"] if self.teams else []
        body = {"id": "AAMkCalendar", "name": "Calendar", "canEdit": True, "owner": owner, "allowedOnlineMeetingProviders": teams}
        return 200, self.sent("Calendar", body)

    def _schedule(self, asked: Asked) -> tuple[int, Any]:
        body = asked.body
        start, end = (
            graph_instant(self.taken("DateTimeTimeZone", body["startTime"])),
            graph_instant(self.taken("DateTimeTimeZone", body["endTime"])),
        )
        if end - start >= LONGEST_SCHEDULE or not 5 <= body.get("availabilityViewInterval", 30) <= 1440:
            raise problem(400, "ErrorInvalidParameter")
        if len(body["schedules"]) > MOST_ADDRESSES:
            raise problem(400, "ErrorInvalidRequest")
        return 200, {"value": [self.sent("ScheduleInformation", self._schedule_of(address, start, end)) for address in body["schedules"]]}

    def _schedule_of(self, address: str, start: datetime, end: datetime) -> dict[str, Any]:
        if address != self.consent.account:
            return {"scheduleId": address, "error": {"responseCode": "5009", "message": "This mailbox is unknown."}, "scheduleItems": []}
        items = [
            {"status": event["showAs"], "start": event["start"], "end": event["end"], "isPrivate": False, "subject": event["subject"]}
            for event in self._view(start, end).values()
            if not event["isCancelled"] and event["responseStatus"]["response"] != "declined"
        ]
        return {"scheduleId": address, "availabilityView": "", "scheduleItems": items}

    def _calendar_view(self, asked: Asked) -> tuple[int, Any]:
        query = dict(asked.query)
        start, end = (datetime.fromisoformat(query[name]) for name in ("startDateTime", "endDateTime"))
        return 200, {"value": [self._shown(event) for event in self._view(start, end).values()]}

    def _delta(self, asked: Asked) -> tuple[int, Any]:
        query = dict(asked.query)
        if {"$select", "$filter", "$orderby", "$expand", "$search"} & set(query):
            raise problem(400, "ErrorInvalidUrlQuery")
        state = json.loads(query.get("$deltatoken") or query.get("$skiptoken") or "null") or {
            "start": query["startDateTime"],
            "end": query["endDateTime"],
            "since": None,
        }
        if state.get("generation", self._generation) != self._generation:
            raise problem(410, "SyncStateNotFound")
        start, end = (datetime.fromisoformat(state[name]) for name in ("start", "end"))
        upto, offset = state.get("upto") or self._sequence, state.get("offset", 0)
        if "$deltatoken" in query:
            upto, state = self._sequence, {**state, "since": state["upto"]}
        items = self._since(state["since"], start, end)
        size = min(self.page, int((re.findall(r"odata\.maxpagesize=(\d+)", asked.headers.get("prefer", "")) or [self.page])[0]))
        more = offset + size < len(items)
        state |= {"upto": upto, "offset": offset + size if more else 0, "generation": self._generation}
        token, link = ("$skiptoken", "@odata.nextLink") if more else ("$deltatoken", "@odata.deltaLink")
        address = f"{self.address}/v1.0/me/calendarView/delta?{urlencode({token: json.dumps(state)})}"
        return 200, {"value": items[offset : offset + size], link: address}

    def _since(self, sequence: int | None, start: datetime, end: datetime) -> list[dict[str, Any]]:
        """All there is in the window, or what has changed: of a series the master whole, of its occurrences little more than the times."""
        view = self._view(start, end)
        masters = {one["seriesMasterId"] for one in view.values() if one["type"] in {"occurrence", "exception"}}
        if sequence is None:
            return [*(self._sparse(one) for one in view.values()), *(self._shown(self.events[key]) for key in masters)]
        keys = [key for key, at in self._changed.items() if at > sequence]
        changed: list[dict[str, Any]] = []
        for key in keys:
            event = self.events.get(key)
            if event is not None and event["type"] == "seriesMaster":
                changed += [self._sparse(one) for one in view.values() if one.get("seriesMasterId") == key and one["id"] not in keys]
                changed.append(self._shown(event))
            elif key in view:
                changed.append(self._sparse(view[key]))
            else:
                changed.append({"id": key, "@removed": {"reason": "deleted"}})
        return changed

    def _sparse(self, event: dict[str, Any]) -> dict[str, Any]:
        if event["type"] != "occurrence":
            return self._shown(event)
        return self.sent("Event", {name: value for name, value in event.items() if name in SERIES_ONLY})

    def _shown(self, event: dict[str, Any]) -> dict[str, Any]:
        return self.sent("Event", {name: value for name, value in event.items() if name != "singleValueExtendedProperties"})

    def _expanded(self, event: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
        if not query.get("$expand", "").startswith("singleValueExtendedProperties"):
            return self._shown(event)
        wanted = re.findall(r"id eq '([^']+)'", query["$expand"])
        found = [one for one in event.get("singleValueExtendedProperties", ()) if one["id"] in wanted]
        return self.sent("Event", {**event, "singleValueExtendedProperties": found})

    def _list(self, asked: Asked) -> tuple[int, Any]:
        query = dict(asked.query)
        found = OUR_FILTER.fullmatch(query.get("$filter", ""))
        if found is None:
            raise problem(400, "ErrorInvalidUrlQueryFilter")
        name, value = found.groups()
        events = [
            self._expanded(event, query)
            for event in self.events.values()
            if any(one["id"] == name and one["value"] == value for one in event.get("singleValueExtendedProperties", ()))
        ]
        return 200, {"value": events}

    def _get(self, asked: Asked, event_id: str) -> tuple[int, Any]:
        return 200, self._expanded(self._event(event_id), dict(asked.query))

    def _event(self, event_id: str) -> dict[str, Any]:
        if event_id not in self.events:
            raise problem(404, "ErrorItemNotFound")
        return self.events[event_id]

    def _create(self, asked: Asked) -> tuple[int, Any]:
        body = self.taken("Event", asked.body)
        transaction = body.get("transactionId", "")
        if self._transactions.get(transaction) in self.events:
            return 201, self._shown(self.events[self._transactions[transaction]])
        key = f"AAMk{self._sequence}new"
        self._transactions[transaction] = key
        return 201, self._shown(self._store(self._meeting_online({**body, "id": key})))

    def _meeting_online(self, event: dict[str, Any]) -> dict[str, Any]:
        if event.get("onlineMeeting") and BLOB not in event["body"]["content"]:
            return {**event, "isOnlineMeeting": False, "onlineMeeting": None}  # whoever writes over these words takes the call away
        if not event.get("isOnlineMeeting") or event.get("onlineMeeting"):
            return event
        if not self.teams or event.get("onlineMeetingProvider") != "teamsForBusiness":
            return {**event, "isOnlineMeeting": False, "onlineMeetingProvider": "unknown", "onlineMeeting": None}
        address = f"https://teams.microsoft.com/l/meetup-join/{event['id']}"
        words = f"{event['body']['content']}\r\n{BLOB}\r\nMicrosoft Teams meeting\r\nJoin: {address}\r\n{BLOB}"
        return {**event, "onlineMeeting": {"joinUrl": address}, "body": {**event["body"], "content": words}}

    def _patch(self, asked: Asked, event_id: str) -> tuple[int, Any]:
        event = self._event(event_id)
        self._must_match(asked, event)
        merged = {**event, **self.taken("Event", asked.body)}
        return 200, self._shown(self._store(self._meeting_online(merged)))

    def _delete(self, asked: Asked, event_id: str) -> tuple[int, Any]:
        self._must_match(asked, self._event(event_id))
        self._forget(event_id)
        return 204, None

    def _must_match(self, asked: Asked, event: dict[str, Any]) -> None:
        if asked.headers.get("if-match", event["@odata.etag"]) != event["@odata.etag"]:
            raise problem(412, "ErrorIrresolvableConflict")


@asynccontextmanager
async def graph(client_id: str = "tandem-graph", client_secret: str = "a secret of Microsoft's") -> AsyncIterator[Graph]:
    """Microsoft on loopback."""
    stub = Graph(Consent(client_id, client_secret, issuer="https://login.microsoftonline.com/tenant-1/v2.0"))
    routes = [
        Route("/{tenant}/oauth2/v2.0/authorize", stub.consent.authorize),
        Route("/{tenant}/oauth2/v2.0/token", stub.consent.token, methods=["POST"]),
        Route("/v1.0/{rest:path}", stub.answer, methods=["GET", "POST", "PATCH", "DELETE"]),
    ]
    async with listening() as (listener, address):
        stub.address = address
        async with serving(Starlette(routes=routes), listener):
            yield stub
