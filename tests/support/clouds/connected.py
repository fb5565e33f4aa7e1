"""A person's calendar at either cloud, connected: what they do in it, and our adapter to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.scheduling.domain import UID_HOST, Appointment, Calendar, CalendarKind
from services.scheduling.slots import Span
from services.scheduling.store.clouds import (
    Caller,
    Cloud,
    GoogleCalendar,
    Grants,
    GraphCalendar,
    Pacing,
    Tokens,
    google_cloud,
    microsoft_cloud,
)
from services.scheduling.store.provider import Scope
from shared.secrets import Safe, new_key
from tests.support.clouds.entries import graph_point
from tests.support.clouds.google import Google, google
from tests.support.clouds.graph import Graph, graph

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = "0198c0de-0000-7000-8000-000000000001"
KINDS = (CalendarKind.GOOGLE, CalendarKind.MICROSOFT)
REDIRECT = "http://portal.test/me/calendars/cloud/{}/connected"


def registered(stub: Google | Graph, **more: Any) -> Cloud:
    """The stub as an operator has registered Tandem there."""
    consent = stub.consent
    given = {"client_id": consent.client_id, "client_secret": consent.client_secret}
    if isinstance(stub, Google):
        addresses = {"accounts_url": stub.address, "token_url": stub.address, "api_url": stub.address}
        return google_cloud(**{**given, "redirect_uri": REDIRECT.format("google"), "domain": "", **addresses, **more})
    addresses = {"login_url": stub.address, "graph_url": stub.address}
    return microsoft_cloud(**{**given, "redirect_uri": REDIRECT.format("microsoft"), "tenant": consent.tenant, **addresses, **more})


@asynccontextmanager
async def cloud_of(kind: CalendarKind) -> AsyncIterator[Google | Graph]:
    """The stub of this kind; at its end nothing may have departed from the description."""
    async with google() if kind is CalendarKind.GOOGLE else graph() as stub:
        stub.consent.redirect_uri = REDIRECT.format(kind.value)
        yield stub
        assert stub.faults == []


@dataclass
class Connected:
    """`ines` has allowed all there is to allow."""

    stub: Google | Graph
    database: Any
    key: str = field(default_factory=new_key)
    calendar: Calendar = field(default_factory=lambda: Calendar.new("ines"))

    @property
    def kind(self) -> CalendarKind:
        return CalendarKind.GOOGLE if isinstance(self.stub, Google) else CalendarKind.MICROSOFT

    @property
    def place(self) -> str:
        return "primary" if self.kind is CalendarKind.GOOGLE else "calendar"

    @property
    def cloud(self) -> Cloud:
        return registered(self.stub)

    def grants(self) -> Grants:
        """The grants of one replica."""
        return Grants(lambda: self.database, Safe([self.key]), {self.kind: self.cloud})

    async def allow(self, *scopes: str, seconds: float = 3600.0) -> Tokens:
        """What they have consented to, kept as our side keeps it."""
        self.calendar.kind = self.kind
        wanted = scopes or (self.cloud.reads[0], self.cloud.writes, self.cloud.calls)
        access, refresh = self.stub.consent.put_in(self.stub.consent.account, *wanted)
        expires_at = datetime.now().astimezone().timestamp() + seconds
        tokens = Tokens(access=access, refresh=refresh, expires_at=expires_at, scopes=frozenset(wanted))
        await self.grants().keep(self.calendar, tokens)
        return tokens

    def provider(self, pacing: Pacing | None = None) -> GoogleCalendar | GraphCalendar:
        """The adapter, as one replica opens it."""
        caller = Caller(cloud=self.cloud, grants=self.grants(), pacing=pacing or Pacing(), calendar_id=self.calendar.id)
        adapter = GoogleCalendar if self.kind is CalendarKind.GOOGLE else GraphCalendar
        return adapter(caller, writes=True, pushes=True)

    # ------------------------------------------------ what they do in the calendar

    def meets(self, start: datetime, minutes: int = 60, *, event_id: str = "", **how: Any) -> str:
        """A new event, or another time of one; `how`: free, tentative, declined, weekly, kind (as the cloud names it)."""
        end = start + timedelta(minutes=minutes)
        if isinstance(self.stub, Google):
            fields: dict[str, Any] = {"start": {"dateTime": start.isoformat()}, "end": {"dateTime": end.isoformat()}}
            if how.get("weekly"):
                fields["recurrence"] = ["RRULE:FREQ=WEEKLY"]
                fields |= {name: {**fields[name], "timeZone": self.stub.zone} for name in ("start", "end")}
            return self.stub.put_event(event_id, **fields, **self._google(how))
        fields = {"start": graph_point(start), "end": graph_point(end)}
        if how.get("weekly"):
            fields["recurrence"] = {"pattern": {"type": "weekly", "interval": 1}, "range": {"type": "noEnd"}}
            fields["originalStartTimeZone"] = self.stub.zone
        return self.stub.put_event(event_id, **fields, **self._graph(how))

    def is_away(self, first: date, days: int = 1, **how: Any) -> str:
        """An event for whole days."""
        last = first + timedelta(days=days)
        if isinstance(self.stub, Google):
            return self.stub.put_event(start={"date": first.isoformat()}, end={"date": last.isoformat()}, **self._google(how))
        start, end = ({"dateTime": f"{day}T00:00:00.0000000", "timeZone": "UTC"} for day in (first, last))
        return self.stub.put_event(start=start, end=end, isAllDay=True, **self._graph(how))

    def _google(self, how: dict[str, Any]) -> dict[str, Any]:
        fields: dict[str, Any] = {"transparency": "transparent"} if how.get("free") else {}
        if "kind" in how:
            fields["eventType"] = how["kind"]
        answer = "declined" if how.get("declined") else "tentative" if how.get("tentative") else None
        guests = [{"email": self.stub.consent.account, "self": True, "responseStatus": answer}]
        return {**fields, "attendees": guests} if answer else fields

    def _graph(self, how: dict[str, Any]) -> dict[str, Any]:
        shown = "free" if how.get("free") else "tentative" if how.get("tentative") else how.get("kind", "busy")
        answered = {"responseStatus": {"response": "declined", "time": "2026-01-01T00:00:00Z"}} if how.get("declined") else {}
        return {"showAs": shown, **answered}


def scope_of(start: datetime, days: float = 100, zone: str = "Europe/Lisbon", *addresses: str) -> Scope:
    """So many days from here."""
    return Scope(start=int(start.timestamp()), end=int((start + timedelta(days=days)).timestamp()), zone=zone, addresses=addresses)


def span(start: datetime, length: timedelta = HOUR) -> Span:
    return int(start.timestamp()), int((start + length).timestamp())


async def busy_now(theirs: Connected, zone: str = "Europe/Lisbon") -> list[Span]:
    found = await theirs.provider().changes(theirs.place, scope_of(NOON - HOUR, zone=zone), None)
    assert found.reset
    return sorted(one for item in found.items for one in item.busy)


def ours(starts_at: datetime = NOON, revision: int = 0, **more: Any) -> Appointment:
    return Appointment(
        uid=f"{KEY}@{UID_HOST}",
        revision=revision,
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
        title="Mentoring: you and Ben, BEGIN:VEVENT",
        description="Agenda:\n- one; two, three",
        **more,
    )
