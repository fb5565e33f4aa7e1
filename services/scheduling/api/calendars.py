"""Calendars over HTTP."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, Field, SecretStr

from services.scheduling.api.uploads import text_of
from services.scheduling.api.views import Body, Book, Reads, Refreshing
from services.scheduling.domain import Calendar, CalendarKind, CalendarUnreachable, NotACalendar
from services.scheduling.handlers import (
    ConnectCalendar,
    DisconnectCalendar,
    UploadCalendar,
    connect_calendar,
    disconnect_calendar,
    upload_calendar,
)
from shared.auth import Person
from shared.problems import TooLarge, problems
from shared.service import At, Running

router = APIRouter(prefix="/calendars", tags=["calendars"])


class CalendarView(BaseModel):
    """Where your busy time comes from, how old it is, and what is wrong with it."""

    kind: CalendarKind
    url: str | None
    username: str | None
    refreshed_at: AwareDatetime | None
    problem: str | None
    unread_entries: int


class CalendarBody(Body):
    """A calendar on a CalDAV server, with the address of the server or of the calendar itself; or none."""

    kind: Literal["caldav", "none"]
    url: Annotated[str, Field(max_length=2000)] = ""
    username: Annotated[str, Field(max_length=300)] = ""
    password: Annotated[SecretStr, Field(max_length=1000)] = SecretStr("")


@router.get("/mine")
async def my_calendar(person: Person, reads: Reads) -> CalendarView:
    """Your calendar. Its password is never shown."""
    found = next(iter(await reads.calendars(person.id)), None) or Calendar.new(person.id)
    return CalendarView.model_validate(found, from_attributes=True)


@router.put("/mine", status_code=204, responses=problems(CalendarUnreachable))
async def set_my_calendar(
    body: CalendarBody, person: Person, at: At, service: Running, *, reads: Reads, book: Book, refresher: Refreshing
) -> None:
    """Connect a calendar on a CalDAV server, or none. A server is asked at once, so a wrong address or password is told here."""
    if body.kind == "none":
        await service.run(disconnect_calendar, DisconnectCalendar(by=person.id, at=at))
        return
    password = body.password.get_secret_value()
    for field, given in (("url", body.url), ("username", body.username), ("password", password)):
        if not given:
            raise CalendarUnreachable("This is needed to reach your calendar.", field=field)
    calendar = next(iter(await reads.calendars(person.id)), None) or Calendar.new(person.id)
    calendar.kind, calendar.url, calendar.username = CalendarKind.CALDAV, body.url, body.username
    usual = (await book.find(calendar, password))[0].place
    command = ConnectCalendar(
        calendar_id=calendar.id,
        kind=CalendarKind.CALDAV,
        secret=book.secrets.seal(calendar, password),
        reads=[usual],
        target_url=usual,
        url=body.url,
        username=body.username,
        by=person.id,
        at=at,
    )
    await service.run(connect_calendar, command)
    await refresher.refresh(service, person.id)


@router.post(
    "/mine/ics",
    status_code=204,
    responses=problems(NotACalendar, TooLarge),
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
async def upload_my_calendar(request: Request, person: Person, at: At, service: Running, refresher: Refreshing) -> None:
    """Use a calendar file (.ics), sent as it is or as the field `file` of a form. Only its times are kept."""
    await service.run(upload_calendar, UploadCalendar(text=await text_of(request), by=person.id, at=at))
    await refresher.refresh(service, person.id)


@router.post("/mine/refresh", status_code=204, responses=problems(CalendarUnreachable))
async def refresh_my_calendar(person: Person, service: Running, refresher: Refreshing) -> None:
    """Read your calendar now."""
    await refresher.refresh(service, person.id)
