"""The inbox, live: what comes is told at once, and goes on where it broke off."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
import uvicorn

from services.notifications.store import Feed, Inbox
from services.notifications.store import feed as feed_module
from shared.contracts import goals, matching, scheduling
from tests.support.probe import eventually
from tests.support.service import RunningService, token
from tests.unit.notifications.cast import Cast

PATIENCE = 120.0


@dataclass
class Told:
    """One server-sent event."""

    event: str
    id: str | None
    data: Any


@pytest.fixture
async def address(notifications: RunningService) -> AsyncIterator[str]:
    """The service on a real socket: in-process transports wait for the end of an answer, and a stream has none."""
    server = uvicorn.Server(uvicorn.Config(notifications.app, host="127.0.0.1", port=0, lifespan="off", log_config=None))
    serving = asyncio.create_task(server._serve())
    await eventually(lambda: asyncio.sleep(0, server.started), "the socket listens")
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    feed(notifications).end()
    server.should_exit = True
    await serving


@pytest.fixture
async def watching(notifications: RunningService) -> AsyncIterator[None]:
    """The service's change stream, which its start-up runs."""
    task = asyncio.create_task(feed(notifications).run(notifications.service))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """No change stream; who listens looks often."""
    monkeypatch.setattr(feed_module, "LOOK_ANYWAY_SECONDS", 0.05)


def feed(notifications: RunningService) -> Feed:
    return notifications.app.state.feed  # type: ignore[no-any-return] # put there by `create_app`


@asynccontextmanager
async def open_inbox(address: str, person_id: str, after: str | None = None) -> AsyncIterator[AsyncIterator[Told]]:
    headers = {"authorization": f"Bearer {token('notifications', person_id)}", **({"last-event-id": after} if after else {})}
    async with (
        httpx2.AsyncClient(base_url=address, headers=headers, timeout=PATIENCE) as client,
        client.stream("GET", "/inbox/stream") as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        yield told(answer.aiter_lines())


async def told(lines: AsyncIterator[str]) -> AsyncIterator[Told]:
    fields: dict[str, str] = {}
    async for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        elif "event" in fields:
            yield Told(fields["event"], fields.get("id"), json.loads(fields["data"]))
            fields = {}
        else:
            fields = {}


@pytest.mark.usefixtures("watching")
async def test_what_comes_is_told_at_once_with_the_new_count(notifications: RunningService, cast: Cast, address: str) -> None:
    async with open_inbox(address, cast.mentor_id) as stream:
        assert (await anext(stream)).data == {"new": 0, "waiting": 0}
        made = cast.event(matching.ProposalMade)
        await notifications.hear(made)
        notice, count = await anext(stream), await anext(stream)
    assert (notice.event, count.event) == ("notice", "count")
    assert notice.id == notice.data["notice_id"]
    assert notice.data["link"] == f"/proposals/{made.proposal_id}"
    assert count.data == {"new": 1, "waiting": 1}


@pytest.mark.usefixtures("watching")
async def test_what_is_settled_is_told_as_a_count(notifications: RunningService, cast: Cast, address: str) -> None:
    ended = cast.event(scheduling.MeetingEnded)
    await notifications.hear(ended)
    async with open_inbox(address, cast.mentor_id) as stream:
        assert (await anext(stream)).data == {"new": 1, "waiting": 1}
        await notifications.hear(cast.event(goals.FeedbackGiven, meeting_id=ended.meeting_id, person_id=cast.mentor_id))
        assert (await anext(stream)).data == {"new": 0, "waiting": 0}


@pytest.mark.usefixtures("watching")
async def test_what_leaves_a_managers_inbox_is_told_as_a_count(notifications: RunningService, cast: Cast, address: str) -> None:
    requested = cast.event(matching.EnrolmentRequested)
    await notifications.hear(requested)
    async with open_inbox(address, cast.manager_id) as stream:
        assert (await anext(stream)).data == {"new": 1, "waiting": 1}
        await notifications.hear(cast.event(matching.EnrolmentApproved, enrolment_id=requested.enrolment_id))
        assert (await anext(stream)).data == {"new": 0, "waiting": 0}


@pytest.mark.usefixtures("deaf")
async def test_a_comment_keeps_a_quiet_stream_open(cast: Cast, address: str) -> None:
    headers = {"authorization": f"Bearer {token('notifications', cast.mentor_id)}"}
    async with (
        httpx2.AsyncClient(base_url=address, headers=headers, timeout=PATIENCE) as client,
        client.stream("GET", "/inbox/stream") as answer,
    ):
        assert await anext(line async for line in answer.aiter_lines() if line.startswith(":"))


def test_a_comment_comes_before_a_proxy_gives_up() -> None:
    assert feed_module.LOOK_ANYWAY_SECONDS <= 20


@pytest.mark.usefixtures("watching")
async def test_what_is_seen_elsewhere_is_told_as_a_count(notifications: RunningService, cast: Cast, address: str) -> None:
    await notifications.hear(cast.event(matching.MatchRunFailed))
    async with open_inbox(address, cast.manager_id) as stream:
        assert (await anext(stream)).data["new"] == 1
        async with notifications.client(cast.manager_id) as client:
            await client.post("/inbox/seen-all")
        assert (await anext(stream)).data["new"] == 0


@pytest.mark.usefixtures("deaf")
async def test_without_a_change_stream_the_news_still_comes(notifications: RunningService, cast: Cast, address: str) -> None:
    async with open_inbox(address, cast.mentor_id) as stream:
        await anext(stream)
        await notifications.hear(cast.event(matching.ProposalMade))
        assert (await anext(stream)).event == "notice"


@pytest.mark.usefixtures("watching")
async def test_a_stream_goes_on_after_the_last_notice_it_told(notifications: RunningService, cast: Cast, address: str) -> None:
    async with open_inbox(address, cast.mentor_id) as stream:
        await anext(stream)
        await notifications.hear(cast.event(matching.PartnershipStarted))
        last = await anext(stream)
    missed = [cast.event(matching.PartnershipStarted) for _ in range(3)]
    await notifications.hear(*missed)
    async with open_inbox(address, cast.mentor_id, after=last.id) as stream:
        again = [await anext(stream) for _ in missed]
        count = await anext(stream)
    assert {notice.data["subject"]["partnership_id"] for notice in again} == {event.partnership_id for event in missed}
    assert count.data["new"] == 4


@pytest.mark.usefixtures("watching")
async def test_who_opens_their_inbox_anew_is_not_told_what_lies_there(notifications: RunningService, cast: Cast, address: str) -> None:
    await notifications.hear(cast.event(matching.PartnershipStarted))
    for after in (None, "a notice of somebody else"):
        async with open_inbox(address, cast.mentor_id, after=after) as stream:
            first = await anext(stream)
        assert (first.event, first.data["new"]) == ("count", 1)


@pytest.mark.usefixtures("watching")
async def test_nobody_hears_what_somebody_else_is_told(notifications: RunningService, cast: Cast, address: str) -> None:
    async with open_inbox(address, cast.manager_id) as stream:
        await anext(stream)
        await notifications.hear(cast.event(matching.PartnershipStarted), cast.event(matching.MatchRunFailed))
        assert (await anext(stream)).data["kind"] == "match_run_failed"


@pytest.mark.usefixtures("watching")
async def test_the_stream_ends_when_the_service_stops(notifications: RunningService, cast: Cast, address: str) -> None:
    async with open_inbox(address, cast.manager_id) as stream:
        await anext(stream)
        notifications.service.stopping.set()
        assert [event async for event in stream] == []


@pytest.mark.usefixtures("deaf")
async def test_the_stream_of_somebody_who_has_left_ends(notifications: RunningService, cast: Cast, address: str) -> None:
    async with open_inbox(address, cast.manager_id) as stream:
        await anext(stream)
        await notifications.hear(cast.person(cast.manager_id, "Sofie Lindqvist", active=False))
        assert [event async for event in stream] == []


@pytest.mark.usefixtures("watching")
async def test_who_closes_their_inbox_is_forgotten(notifications: RunningService, cast: Cast, address: str) -> None:
    async with open_inbox(address, cast.manager_id) as stream:
        await anext(stream)
        assert set(feed(notifications)._open) == {cast.manager_id}
    await eventually(lambda: asyncio.sleep(0, not feed(notifications)._open), "nobody is listened for")


async def test_what_is_committed_late_is_told_though_newer_was_told_before(notifications: RunningService, cast: Cast) -> None:
    database = notifications.service.database
    news = feed(notifications).news(database, cast.mentor_id, after=None)
    await anext(news)
    await notifications.hear(cast.event(matching.PartnershipStarted))
    first = (await wake_and_hear(notifications, cast, news)).entries
    late = await database.notices.find_one({"person_id": cast.mentor_id})
    earlier = {"_id": "late", "arrived_at": late["arrived_at"] - feed_module.OVERLAP / 2}
    await database.notices.insert_one({**late, **earlier})
    second = (await wake_and_hear(notifications, cast, news)).entries
    assert [entry.notice_id for entry in second] == ["late"]
    assert first[0].notice_id != "late"
    await news.aclose()  # type: ignore[attr-defined] # a generator
    assert (await Inbox(database).count(cast.mentor_id, at=cast.now)).new == 2


async def wake_and_hear(notifications: RunningService, cast: Cast, news: AsyncIterator[Any]) -> Any:
    for event in feed(notifications)._open[cast.mentor_id]:
        event.set()
    return await anext(news)
