"""What comes to the browser by itself."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from services.portal.api import live
from tests.support.portal import INES, Portal
from tests.support.service import Start
from tests.support.serving import listening, serving


class Notifications:
    """The inbox's stream, as another service would give it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.app = Starlette(routes=[Route("/inbox/stream", self.stream)])

    async def stream(self, request: Request) -> StreamingResponse:
        self.asked.append(request.headers["authorization"])

        async def lines() -> AsyncIterator[str]:
            yield 'event: count\ndata: {"new": 3}\n\n'

        return StreamingResponse(lines(), media_type="text/event-stream")


async def follow(portal: Portal, session: str | None, until: str) -> list[str]:
    """The lines of the stream up to the first that begins like this."""
    seen = []
    async with listening() as (listener, address), serving(portal.running.app, listener), httpx2.AsyncClient(timeout=120) as client:
        cookies = {"cookie": f"__Host-tandem={session}"} if session else {}
        async with client.stream("GET", f"{address}/live", headers=cookies) as answer:
            if answer.status_code != 200:
                return [str(answer.status_code)]
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for line in answer.aiter_lines():
                seen.append(line)
                if line.startswith(until):
                    break
    return seen


async def test_the_inbox_comes_live_with_a_token_of_whoever_is_signed_in(start_portal: Start) -> None:
    notifications = Notifications()
    async with listening() as (listener, address), serving(notifications.app, listener):
        portal = await start_portal(notifications_url=address)
        await portal.join(INES)
        browser = portal.browser()
        await browser.sign_in(INES)
        seen = await follow(portal, browser.session, "data:")
    assert seen[-2:] == ["event: count", 'data: {"new": 3}']
    assert notifications.asked[0].startswith("Bearer ey")


async def test_somebody_not_signed_in_is_told_not_to_ask_again(portal: Portal) -> None:
    assert await follow(portal, None, "") == ["204"]


async def test_the_stream_ends_when_the_session_does(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    await portal.join(INES)
    browser = portal.browser()
    await browser.sign_in(INES)
    session = browser.session
    monkeypatch.setattr(live, "_HEARTBEAT", 0.05)
    monkeypatch.setattr(live, "_SESSION_EVERY", 0.05)
    async with (
        listening() as (listener, address),
        serving(portal.running.app, listener),
        httpx2.AsyncClient(timeout=120) as client,
        client.stream("GET", f"{address}/live", headers={"cookie": f"__Host-tandem={session}"}) as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == ": here"
        await portal.database.sessions.delete_many({})
        seen = [line async for line in lines]
    assert "event: signed-out" in seen


async def test_the_stream_lives_on_while_notifications_is_away(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    await portal.join(INES)
    browser = portal.browser()
    await browser.sign_in(INES)
    monkeypatch.setattr(live, "_HEARTBEAT", 0.05)
    assert ": away" in await follow(portal, browser.session, ": away")


async def test_the_stream_ends_at_once_when_the_portal_is_to_stop(portal: Portal) -> None:
    await portal.join(INES)
    browser = portal.browser()
    await browser.sign_in(INES)
    async with (
        listening() as (listener, address),
        serving(portal.running.app, listener),
        httpx2.AsyncClient(timeout=120) as client,
        client.stream("GET", f"{address}/live", headers={"cookie": f"__Host-tandem={browser.session}"}) as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == ": here"
        portal.running.service.stopping.set()
        assert ": stopping" in [line async for line in lines]
