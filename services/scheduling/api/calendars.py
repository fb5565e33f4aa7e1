"""Calendars over HTTP."""

from contextlib import suppress
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, Field, SecretStr

from services.scheduling.api.uploads import text_of
from services.scheduling.api.views import Body, Book, Reads, Refreshing
from services.scheduling.domain import Calendar, CalendarKind, CalendarUnreachable, NoSuchPlace, NotACalendar, TooManyCalendars
from services.scheduling.handlers import (
    ChoosePlaces,
    ConnectCalendar,
    DisconnectCalendar,
    UploadCalendar,
    choose_places,
    connect_calendar,
    disconnect_calendar,
    upload_calendar,
)
from services.scheduling.slots import Unreadable
from services.scheduling.store import CalendarBook, Place, shown_address, times_only
from shared.auth import Person
from shared.errors import NotFound
from shared.problems import TooLarge, problems
from shared.service import At, Running

router = APIRouter(prefix="/calendars", tags=["calendars"])


class CalendarView(BaseModel):
    """A calendar of yours: what it is, how old what is known of it is, and what is wrong with it."""

    calendar_id: str
    kind: CalendarKind
    url: Annotated[str | None, Field(description="as you gave it; of a published calendar only who publishes it")]
    username: str | None
    reads: Annotated[list[str], Field(description="the calendars of the account whose busy time counts")]
    target: Annotated[str | None, Field(description="the one your meetings are written to; only one of all your calendars has it")]
    refreshed_at: Annotated[AwareDatetime | None, Field(description="as of when its busy time is known")]
    problem: Annotated[str | None, Field(description="why it could not be read since")]
    reconnect: Annotated[bool, Field(description="only you can mend that, by connecting it again")]
    hours_old: Annotated[bool, Field(description="its publisher may be hours behind")]
    unread_entries: Annotated[int, Field(description="entries nobody can read; they count as free")]

    @classmethod
    def of(cls, calendar: Calendar) -> "CalendarView":
        """As its owner sees it."""
        return cls(
            calendar_id=calendar.id,
            target=calendar.target_url,
            hours_old=calendar.kind is CalendarKind.FEED,
            **calendar.model_dump(include={"kind", "url", "username", "reads", "refreshed_at", "problem", "reconnect", "unread_entries"}),
        )


class CalendarBody(Body):
    """A calendar to connect: an account on a CalDAV server, or a calendar published under an address (webcal, https)."""

    kind: Literal["caldav", "feed"]
    url: Annotated[str, Field(max_length=2000)] = ""
    username: Annotated[str, Field(max_length=300)] = ""
    password: Annotated[SecretStr, Field(max_length=1000)] = SecretStr("")


class Connected(BaseModel):
    """The calendar that was connected."""

    calendar_id: str


class PlaceView(BaseModel):
    """One calendar of an account, and what is done with it."""

    place: str
    name: str
    writable: bool
    read: bool
    target: bool


class PlacesBody(Body):
    """The calendars of the account whose busy time counts, and the one meetings are written to, if any."""

    reads: Annotated[list[Annotated[str, Field(max_length=2000)]], Field(max_length=50)]
    target: Annotated[str | None, Field(max_length=2000)] = None


@router.get("/mine")
async def my_calendars(person: Person, reads: Reads) -> list[CalendarView]:
    """Your calendars. What opens them is never shown."""
    return [CalendarView.of(calendar) for calendar in await reads.calendars(person.id) if calendar.kind is not CalendarKind.NONE]


@router.post("/mine", status_code=201, responses=problems(CalendarUnreachable, TooManyCalendars))
async def connect(
    body: CalendarBody, person: Person, at: At, service: Running, *, reads: Reads, book: Book, refresher: Refreshing
) -> Connected:
    """Connect one more calendar; an account that is connected already is connected again.

    It is asked at once, so a wrong address or password is told here.
    """
    mine = await reads.calendars(person.id)
    calendar = next((one for one in mine if _is_meant(one, body)), None) or Calendar.new(person.id)
    writes = not any(one.target_url for one in mine if one.id != calendar.id)
    await service.run(connect_calendar, await _asked(body, calendar, book, by=person, at=at, writes=writes))
    await _read(refresher, service, calendar.id)
    return Connected(calendar_id=calendar.id)


def _is_meant(calendar: Calendar, body: CalendarBody) -> bool:
    """Whether this is the account to connect, or what was left of a calendar when everybody had only one."""
    same = (calendar.kind.value, calendar.url, calendar.username) == (body.kind, body.url, body.username)
    return calendar.kind is CalendarKind.NONE or (calendar.kind is CalendarKind.CALDAV and same)


@router.put("/{calendar_id}", status_code=204, responses=problems(CalendarUnreachable, NotFound))
async def connect_again(
    calendar_id: str, body: CalendarBody, person: Person, at: At, service: Running, *, reads: Reads, book: Book, refresher: Refreshing
) -> None:
    """Connect a calendar again, with another password or address."""
    calendar = await reads.calendar(calendar_id, person.id)
    await service.run(connect_calendar, await _asked(body, calendar, book, by=person, at=at, writes=calendar.target_url is not None))
    await _read(refresher, service, calendar.id)


async def _asked(body: CalendarBody, calendar: Calendar, book: CalendarBook, *, by: Person, at: At, writes: bool) -> ConnectCalendar:
    """What is to be kept of a calendar that has let us in. Raises CalendarUnreachable."""
    password = body.password.get_secret_value()
    needed = {"url": body.url, "username": body.username, "password": password}
    for field in ("url",) if body.kind == "feed" else needed:
        if not needed[field].strip():
            raise CalendarUnreachable("This is needed to reach your calendar.", field=field)
    feed = body.kind == "feed"
    secret = body.url.strip() if feed else password
    calendar.kind, calendar.url, calendar.username = CalendarKind(body.kind), body.url, body.username
    places = await book.find(calendar, secret)
    usual = next((place for place in places if place.place in calendar.reads), places[0])
    return ConnectCalendar(
        calendar_id=calendar.id,
        kind=calendar.kind,
        secret=book.secrets.seal(calendar, secret),
        reads=[place.place for place in places if place.place in calendar.reads] or [usual.place],
        target_url=usual.place if writes and usual.writable else None,
        url=shown_address(body.url) if feed else body.url,
        username=None if feed else body.username,
        by=by.id,
        at=at,
    )


async def _read(refresher: Refreshing, service: Running, calendar_id: str) -> None:
    """Read it for the first time; what is wrong stands beside the calendar, which is connected all the same."""
    with suppress(CalendarUnreachable):
        await refresher.refresh(service, calendar_id)


@router.delete("/{calendar_id}", status_code=204, responses=problems(NotFound))
async def disconnect(calendar_id: str, person: Person, at: At, service: Running) -> None:
    """Forget a calendar, what opens it, and all that it has told."""
    await service.run(disconnect_calendar, DisconnectCalendar(calendar_id=calendar_id, by=person.id, at=at))


@router.get("/{calendar_id}/places", responses=problems(CalendarUnreachable, NotFound))
async def places(calendar_id: str, person: Person, reads: Reads, book: Book) -> list[PlaceView]:
    """The calendars in an account of yours, as it says now."""
    calendar = await reads.calendar(calendar_id, person.id)
    return [_place(place, calendar) for place in await book.places(calendar)]


def _place(place: Place, calendar: Calendar) -> PlaceView:
    return PlaceView(
        place=place.place,
        name=place.name,
        writable=place.writable,
        read=place.place in calendar.reads,
        target=place.place == calendar.target_url,
    )


@router.put("/{calendar_id}/places", status_code=204, responses=problems(CalendarUnreachable, NoSuchPlace, NotFound))
async def choose(
    calendar_id: str, body: PlacesBody, person: Person, at: At, service: Running, *, reads: Reads, book: Book, refresher: Refreshing
) -> None:
    """Say which calendars of an account count, and which your meetings are written to."""
    calendar = await reads.calendar(calendar_id, person.id)
    there = {place.place: place for place in await book.places(calendar)}
    if any(place not in there for place in body.reads):
        raise NoSuchPlace(field="reads")
    if body.target is not None and (body.target not in there or not there[body.target].writable):
        raise NoSuchPlace("Meetings cannot be written to this calendar.", field="target")
    command = ChoosePlaces(calendar_id=calendar_id, reads=body.reads, target_url=body.target, by=person.id, at=at)
    await service.run(choose_places, command)
    await _read(refresher, service, calendar_id)


@router.post("/{calendar_id}/refresh", status_code=204, responses=problems(CalendarUnreachable, NotFound))
async def refresh(calendar_id: str, person: Person, service: Running, reads: Reads, refresher: Refreshing) -> None:
    """Read a calendar now. What takes long goes on by itself."""
    calendar = await reads.calendar(calendar_id, person.id)
    await refresher.refresh(service, calendar.id)


@router.post(
    "/mine/ics",
    status_code=201,
    responses=problems(NotACalendar, TooLarge, TooManyCalendars),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/calendar": {"schema": {"type": "string"}},
                "multipart/form-data": {"schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}},
            },
        }
    },
)
async def upload(request: Request, person: Person, at: At, service: Running, refresher: Refreshing) -> Connected:
    """Use a calendar file (.ics), sent as it is or as the field `file` of a form, in place of the one before. Only its times are kept."""
    try:
        text = await times_only(await text_of(request))
    except Unreadable as problem:
        raise NotACalendar(str(problem), field="file") from problem
    calendar_id = await service.run(upload_calendar, UploadCalendar(times_only=text, by=person.id, at=at))
    await _read(refresher, service, calendar_id)
    return Connected(calendar_id=calendar_id)
