"""Notifications over HTTP: one's own inbox, how one wants to be told, and what has become of mails."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.notifications.domain import NotYourNotice, Preferences
from services.notifications.handlers import ChoosePreferences, MarkAllSeen, MarkSeen, choose_preferences, mark_all_seen, mark_seen
from services.notifications.store import Arrived, Counts, Entry, Feed, Inbox, MailSeen, Only, Post
from shared.auth import Person
from shared.errors import NotAllowed
from shared.problems import problems
from shared.service import At, Running

router = APIRouter()

MOST_AT_ONCE = 200
RETRY_MS = 3_000


class EventStream(StreamingResponse):
    """Server-sent events. FastAPI's own class describes itself in OpenAPI 3.2, which documents of 3.1 may not hold."""

    media_type = "text/event-stream"


def _feed(request: Request) -> Feed:
    return request.app.state.feed  # type: ignore[no-any-return] # put there by `create_app`


@router.get("/inbox/mine", tags=["inbox"])
async def my_inbox(
    *,
    person: Person,
    service: Running,
    at: At,
    only: Only = Only.ALL,
    before: Annotated[AwareDatetime | None, Query(description="only what happened before this")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)] = 50,
) -> list[Entry]:
    """What one has been told, the newest first."""
    return await Inbox(service.database).page(person.id, only=only, before=before, limit=limit, at=at)


@router.get("/inbox/mine/count", tags=["inbox"])
async def my_count(person: Person, service: Running, at: At) -> Counts:
    """How much of it is new, and how much waits for an answer."""
    return await Inbox(service.database).count(person.id, at=at)


@router.post("/inbox/{notice_id}/seen", status_code=204, tags=["inbox"], responses=problems(NotYourNotice))
async def seen(notice_id: str, person: Person, service: Running, at: At) -> None:
    """Say that one has seen a notice. Saying it twice is saying it once."""
    await service.run(mark_seen, MarkSeen(notice_id=notice_id, by=person.id, at=at))


@router.post("/inbox/seen-all", status_code=204, tags=["inbox"])
async def seen_all(person: Person, service: Running, at: At) -> None:
    """Say that one has seen everything."""
    await service.run(mark_all_seen, MarkAllSeen(by=person.id, at=at))


@router.get("/inbox/stream", tags=["inbox"], response_class=EventStream)
async def stream(
    person: Person,
    service: Running,
    feed: Annotated[Feed, Depends(_feed)],
    last_event_id: Annotated[str | None, Header(description="the notice after which to go on")] = None,
) -> EventStream:
    """What comes into one's inbox, as it comes: `notice` (its id is the event's) and `count`. A comment every 15 s keeps it open."""
    arriving = feed.news(service.database, person.id, after=last_event_id)
    return EventStream(_events(arriving), headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


async def _events(arriving: AsyncIterator[Arrived]) -> AsyncIterator[bytes]:
    yield format_sse_event(retry=RETRY_MS)
    async for arrived in arriving:
        for entry in arrived.entries:
            yield format_sse_event(event="notice", id=entry.notice_id, data_str=entry.model_dump_json())
        if arrived.counts is not None:
            yield format_sse_event(event="count", data_str=arrived.counts.model_dump_json())
        elif not arrived.entries:
            yield KEEPALIVE_COMMENT


class Choice(BaseModel):
    """How one wants to be told."""

    model_config = ConfigDict(extra="forbid", strict=True)

    email: bool


@router.get("/preferences/mine", tags=["preferences"])
async def my_preferences(person: Person, service: Running) -> Choice:
    """How one is told; mail unless one has said otherwise."""
    row = await service.database.preferences.find_one({"_id": person.id}) or {}
    return Choice(email=row.get("email", Preferences(person_id=person.id).email))


@router.put("/preferences/mine", status_code=204, tags=["preferences"])
async def choose(choice: Choice, person: Person, service: Running, at: At) -> None:
    """Say how one wants to be told. It holds for what is sent from now on, also for what is on its way."""
    preferences = Preferences(person_id=person.id, email=choice.email)
    await service.run(choose_preferences, ChoosePreferences(preferences=preferences, at=at))


@router.get("/deliveries/mail", tags=["operation"], responses=problems(NotAllowed))
async def mails(
    person: Person,
    service: Running,
    state: Annotated[str | None, Query(description="waiting, sent, failed, dropped or expired")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)] = 100,
) -> list[MailSeen]:
    """For administrators: what has become of mails, never what they say or to whom."""
    person.must_be("administrator")
    return await Post(service.database).sent(state=state, limit=limit)
