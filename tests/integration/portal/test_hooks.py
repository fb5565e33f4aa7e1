"""Calls of the calendar clouds at the front door: handed on to scheduling as they came, and nothing else with them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.support.portal import Portal
from tests.support.serving import listening, serving

SECRET = {"X-Goog-Channel-ID": "channel", "X-Goog-Channel-Token": "secret", "X-Goog-Resource-State": "exists"}


@pytest.fixture
async def heard(portal: Portal) -> AsyncIterator[list[dict[str, Any]]]:
    """What scheduling was told."""
    told: list[dict[str, Any]] = []

    async def hear(request: Request) -> Response:
        told.append({"path": request.url.path, "headers": dict(request.headers), "body": await request.body()})
        if "validationToken" in request.query_params:
            return PlainTextResponse(request.query_params["validationToken"])
        return Response(status_code=202 if request.headers.get("x-goog-channel-token") == "secret" else 403)

    async with listening() as (listener, address):
        state = portal.running.app.state
        there = state.front_door.settings.model_copy(update={"scheduling_url": address})
        before, state.front_door = state.front_door, replace(state.front_door, settings=there)
        async with serving(Starlette(routes=[Route("/{rest:path}", hear, methods=["POST"])]), listener):
            yield told
        state.front_door = before


async def test_a_call_is_handed_on_with_what_proves_it_and_no_more(portal: Portal, heard: list[dict[str, Any]]) -> None:
    async with portal.running.anonymous() as client:
        answer = await client.post("/hooks/calendars/google", headers={**SECRET, "Cookie": "a=b", "Authorization": "Bearer x"})
        assert (answer.status_code, answer.content) == (202, b"")
        refused = await client.post("/hooks/calendars/google", headers={**SECRET, "X-Goog-Channel-Token": "guessed"})
        assert refused.status_code == 403
    assert heard[0]["path"] == "/calendars/hints/google"
    assert {name.lower(): text for name, text in SECRET.items()}.items() <= heard[0]["headers"].items()
    assert not {"cookie", "authorization"} & set(heard[0]["headers"])


async def test_graph_gets_the_word_back_with_which_it_asks_whether_we_are_there(portal: Portal, heard: list[dict[str, Any]]) -> None:
    async with portal.running.anonymous() as client:
        answer = await client.post("/hooks/calendars/microsoft", params={"validationToken": "a word & <another>"})
        assert (answer.status_code, answer.text) == (200, "a word & <another>")
        assert answer.headers["content-type"].startswith("text/plain")
        await client.post("/hooks/calendars/microsoft", json={"value": []})
    assert heard[1]["body"] == b'{"value":[]}'


async def test_a_call_that_is_too_long_or_for_nobody_is_refused(portal: Portal, heard: list[dict[str, Any]]) -> None:
    async with portal.running.anonymous() as client:
        assert (await client.post("/hooks/calendars/microsoft", content=b"x" * 300_000)).status_code == 413
        assert (await client.post("/hooks/calendars/apple")).status_code in {404, 422}
    assert heard == []


async def test_while_scheduling_is_away_the_cloud_is_asked_to_call_again(portal: Portal) -> None:
    async with portal.running.anonymous() as client:
        assert (await client.post("/hooks/calendars/google", headers=SECRET)).status_code == 503
