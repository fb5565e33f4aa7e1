"""Notifications over HTTP: one's own inbox, how one wants to be told, and what has become of mails."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.notifications.domain import NotYourNotice, Preferences
from services.notifications.handlers import ChoosePreferences, MarkAllSeen, MarkSeen, choose_preferences, mark_all_seen, mark_seen
from services.notifications.store import Counts, Entry, Feed, Inbox, MailSeen, Only, Post
from shared.auth import Person
from shared.errors import NotAllowed
from shared.problems import problems
from shared.service import At, Running

router = APIRouter()

MOST_AT_ONCE = 200
RETRY_MS = 3_000


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


@router.get("/inbox/stream", tags=["inbox"], response_class=EventSourceResponse)
async def stream(
    person: Person,
    service: Running,
    feed: Annotated[Feed, Depends(_feed)],
    last_event_id: Annotated[str | None, Header(description="the notice after which to go on")] = None,
) -> AsyncIterator[ServerSentEvent]:
    """What comes into one's inbox, as it comes: `notice` (its id is the event's) and `count`. A comment every 15 s keeps it open."""
    retry: int | None = RETRY_MS
    async for news in feed.news(service.database, person.id, after=last_event_id):
        for entry in news.entries:
            yield ServerSentEvent(event="notice", id=entry.notice_id, data=entry)
        if news.counts is not None:
            yield ServerSentEvent(event="count", data=news.counts, retry=retry)
            retry = None


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
