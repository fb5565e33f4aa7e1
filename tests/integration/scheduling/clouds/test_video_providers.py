"""Calls at Zoom and Jitsi: one for each meeting, and a plain reason when there is none."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from starlette.responses import Response

from services.scheduling.store.video import ROOM_OPEN, Call, Jitsi, NoVideoCall
from tests.support.clouds.connected import HOUR, KEY, NOON
from tests.support.clouds.zoom import ZoomServer, zoom

SECRET = "a secret that only Jitsi and Tandem know"


def a_call(**more: Any) -> Call:
    return Call(**{"key": KEY, "title": "You and Ben", "starts_at": NOON, "ends_at": NOON + HOUR, "host_email": "ines@example.org", **more})


@pytest.fixture
async def server() -> AsyncIterator[ZoomServer]:
    async with zoom() as running:
        yield running


async def test_zoom_makes_one_meeting_however_often_it_is_asked(server: ZoomServer) -> None:
    links = {await server.provider().link(a_call()) for _ in range(3)}
    (made,) = server.meetings
    assert links == {made["join_url"]}
    assert (made["start_time"], made["duration"], made["topic"]) == ("2026-03-02T12:00:00Z", 60, "You and Ben")
    assert {await server.provider().link(a_call(key="another"))} != links


async def test_zoom_is_asked_for_a_token_once_and_again_when_it_is_refused(server: ZoomServer) -> None:
    provider = server.provider()
    await provider.link(a_call())
    await provider.link(a_call())
    assert server.given == 1
    server.tokens.clear()
    await provider.link(a_call())
    assert server.given == 2


async def test_the_hosts_own_link_is_not_handed_on(server: ZoomServer) -> None:
    assert "host-only" not in await server.provider().link(a_call())


@pytest.mark.parametrize(
    ("answer", "lasting", "pause"),
    [
        (Response(status_code=500), False, None),
        (Response(status_code=429, headers={"Retry-After": "7"}), False, 7.0),
        (Response(status_code=403), True, None),
    ],
)
async def test_why_there_is_no_call_says_whether_to_ask_again(
    server: ZoomServer,
    answer: Response,
    lasting: bool,  # noqa: FBT001 - a column
    pause: float | None,
) -> None:
    server.next_answers = [answer]
    with pytest.raises(NoVideoCall) as told:
        await server.provider().link(a_call())
    assert (told.value.lasting, told.value.retry_after) == (lasting, pause)
    assert await server.provider().link(a_call())


async def test_who_has_no_account_there_gets_no_call(server: ZoomServer) -> None:
    with pytest.raises(NoVideoCall, match="no Zoom account") as told:
        await server.provider().link(a_call(host_email="ben@example.org"))
    assert told.value.lasting


async def test_a_wrong_registration_is_told_and_no_secret_with_it(server: ZoomServer) -> None:
    with pytest.raises(NoVideoCall) as told:
        await server.provider("wrong").link(a_call())
    assert "wrong" not in str(told.value)


async def test_the_rooms_of_jitsi_cannot_be_guessed() -> None:
    rooms = {await Jitsi(url="https://meet.example.org").link(a_call()) for _ in range(100)}
    assert len(rooms) == 100
    names = [room.removeprefix("https://meet.example.org/") for room in rooms]
    assert all(len(bytes.fromhex(name)) * 8 >= 128 for name in names)
    assert not any("ines" in name or KEY in name for name in names)


async def test_a_jitsi_with_tokens_opens_the_one_room_until_long_after_the_meeting() -> None:
    jitsi = Jitsi(url="https://meet.example.org", app_id="tandem", app_secret=SECRET)
    address, _, token = (await jitsi.link(a_call())).partition("?jwt=")
    claims = jwt.decode(token, OctKey.import_key(SECRET), algorithms=["HS256"]).claims
    assert claims["room"] == address.rpartition("/")[2]
    assert (claims["iss"], claims["aud"], claims["sub"]) == ("tandem", "jitsi", "meet.example.org")
    assert claims["exp"] == int((NOON + HOUR + ROOM_OPEN).timestamp())
    assert timedelta(days=90) < ROOM_OPEN
    assert SECRET not in repr(jitsi)
