"""Calendars at Google and Microsoft over HTTP: consent, and the calls that say that something has changed."""

from contextlib import suppress
from http import HTTPStatus
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse, Response
from pydantic import BaseModel, Field, SecretStr

from services.scheduling.api.calendars import Connected
from services.scheduling.api.views import Body, Book, Reads, Refreshing
from services.scheduling.domain import Calendar, CalendarKind, CalendarUnreachable, ConsentExpired, ConsentRefused, NotOffered
from services.scheduling.handlers import ConnectCalendar, connect_calendar
from services.scheduling.store.clouds import Clouds, Hint, Watcher
from services.scheduling.store.clouds.asking import account_of
from shared.auth import Person
from shared.problems import TooLarge, problems
from shared.service import At, Running

router = APIRouter(prefix="/calendars", tags=["calendars"])

LARGEST_CALL, LONGEST_TOKEN = 262_144, 2_000
Kind = Literal["google", "microsoft"]
Session = Annotated[SecretStr, Field(min_length=16, max_length=200, description="what only the browser's session knows that asks")]


class OfferedView(BaseModel):
    """Which calendars can be connected beside those on a server of one's own."""

    kinds: list[Kind]


class ConsentBody(Body):
    """`writes`: also let Tandem write its meetings into the calendar, not only see when its owner is busy."""

    writes: bool = False
    session: Session


class ConsentView(BaseModel):
    """Where the person's browser goes to agree."""

    address: str


class ConnectionBody(Body):
    """What the browser came back with, in the session it left from."""

    code: Annotated[SecretStr, Field(min_length=1, max_length=4000)]
    state: Annotated[SecretStr, Field(min_length=1, max_length=200)]
    session: Session


# The two below are coroutines because FastAPI would send plain functions to a thread on every request.
async def _clouds(request: Request) -> Clouds:
    return request.app.state.clouds  # type: ignore[no-any-return] # put there by `create_app`


async def _watcher(request: Request) -> Watcher:
    return request.app.state.watcher  # type: ignore[no-any-return] # put there by `create_app`


Offered = Annotated[Clouds, Depends(_clouds)]
Watching = Annotated[Watcher, Depends(_watcher)]


@router.get("/clouds")
async def offered(_person: Person, clouds: Offered) -> OfferedView:
    """The calendar services Tandem is registered at."""
    return OfferedView(kinds=[kind.value for kind in clouds.offered])


@router.post("/clouds/{kind}/consent", responses=problems(NotOffered))
async def ask_for_consent(kind: Kind, body: ConsentBody, person: Person, clouds: Offered) -> ConsentView:
    """Begin to connect a calendar. The answer is good for ten minutes, once, for the same person in the same session."""
    session = body.session.get_secret_value()
    return ConsentView(address=await clouds.asking.begin(CalendarKind(kind), person.id, session, writes=body.writes))


@router.post(
    "/clouds/{kind}/connection", status_code=201, responses=problems(NotOffered, ConsentExpired, ConsentRefused, CalendarUnreachable)
)
async def connect_cloud(
    kind: Kind,
    body: ConnectionBody,
    person: Person,
    at: At,
    service: Running,
    *,
    clouds: Offered,
    reads: Reads,
    book: Book,
    refresher: Refreshing,
) -> Connected:
    """Connect the calendar for which the person has agreed. It is read at once."""
    cloud = clouds.asking.cloud(CalendarKind(kind))
    code, state, session = (secret.get_secret_value() for secret in (body.code, body.state, body.session))
    tokens, identity = await clouds.asking.redeem(cloud.kind, person.id, session, code=code, state=state)
    calendar = account_of(await reads.calendars(person.id), cloud.kind, identity.account) or Calendar.new(person.id)
    calendar.kind, calendar.target_url = cloud.kind, "to be found" if cloud.may_write(tokens.scopes) else None
    await clouds.grants.keep(calendar, tokens)
    place = (await book.find(calendar, ""))[0]
    command = ConnectCalendar(
        calendar_id=calendar.id,
        kind=cloud.kind,
        secret=None,
        reads=[place.place],
        target_url=place.place if place.writable else None,
        username=identity.account or place.name,
        by=person.id,
        at=at,
    )
    await service.run(connect_calendar, command)
    await clouds.grants.is_used(calendar.id)
    with suppress(CalendarUnreachable):  # it is connected all the same, and says itself what is wrong
        await refresher.refresh(service, calendar.id)
    return Connected(calendar_id=calendar.id)


# ---------------------------------------------------------------- what the clouds call


@router.post("/hints/google", include_in_schema=False)
async def google_calls(request: Request, watcher: Watching) -> Response:
    """Google says that a calendar has changed; who it is stands in headers, and there is no body."""
    headers = request.headers
    hint = Hint(
        channel_id=headers.get("x-goog-channel-id", ""),
        secret=headers.get("x-goog-channel-token", ""),
        changed=headers.get("x-goog-resource-state") != "sync",
    )
    return _heard(believed=await watcher.hear(CalendarKind.GOOGLE, [hint]))


@router.post("/hints/microsoft", include_in_schema=False)
async def microsoft_calls(request: Request, watcher: Watching) -> Response:
    """Graph says that calendars have changed or that subscriptions need us, or asks whether we are there."""
    if (token := request.query_params.get("validationToken")) is not None:
        if len(token) > LONGEST_TOKEN:
            raise TooLarge("This is no validation token.")
        return PlainTextResponse(token)
    if int(request.headers.get("content-length") or 0) > LARGEST_CALL:
        raise TooLarge("A call is not this long.")
    try:
        hints = [_microsoft_hint(note) for note in orjson.loads(await request.body())["value"]]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return Response(status_code=HTTPStatus.BAD_REQUEST)
    return _heard(believed=await watcher.hear(CalendarKind.MICROSOFT, hints))


def _microsoft_hint(note: dict[str, Any]) -> Hint:
    """Missed calls mean to look; a subscription that ends or was removed is renewed, and what came meanwhile looked for."""
    lifecycle = note.get("lifecycleEvent")
    return Hint(
        channel_id=str(note["subscriptionId"]),
        secret=str(note.get("clientState") or ""),
        renew=lifecycle in {"reauthorizationRequired", "subscriptionRemoved"},
    )


def _heard(*, believed: bool) -> Response:
    return Response(status_code=HTTPStatus.ACCEPTED if believed else HTTPStatus.FORBIDDEN)
