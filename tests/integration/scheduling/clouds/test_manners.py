"""How Tandem treats Google and Microsoft, and is treated: limits, faults, tokens, being called, and video links."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.scheduling.domain import CalendarKind
from services.scheduling.store.clouds import Pacing, caller
from services.scheduling.store.clouds.consent import ConsentLost
from services.scheduling.store.provider import CalendarServerError
from tests.support.clouds.connected import HOUR, KEY, NOON, Connected, busy_now, cloud_of, ours, scope_of, span
from tests.support.clouds.google import Google, problem
from tests.support.clouds.graph import Graph
from tests.support.probe import eventually
from tests.support.serving import listening, serving


@dataclass
class Listens:
    """A public address of ours: answers a handshake, and remembers what it was told."""

    url: str
    heard: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
async def listens() -> AsyncIterator[Listens]:
    async with listening() as (listener, address):
        ear = Listens(f"{address}/hooks")

        async def hear(request: Request) -> Response:
            if "validationToken" in request.query_params:
                return PlainTextResponse(request.query_params["validationToken"])
            ear.heard.append({"headers": dict(request.headers), "body": (await request.body()).decode()})
            return Response(status_code=202)

        async with serving(Starlette(routes=[Route("/hooks", hear, methods=["POST"])]), listener):
            yield ear


# ---------------------------------------------------------------- limits and faults


async def test_no_more_than_four_requests_are_made_of_one_mailbox_at_once(theirs: Connected) -> None:
    theirs.stub.hold()
    pacing = Pacing()
    readings = [asyncio.create_task(theirs.provider(pacing).changes(theirs.place, scope_of(NOON), None)) for _ in range(12)]
    await eventually(lambda: _true(theirs.stub.at_once == 4), "four are being answered")
    theirs.stub.let_go()
    await asyncio.gather(*readings)
    assert theirs.stub.most_at_once == 4


async def _true(value: bool) -> bool:  # noqa: FBT001 - what a probe saw
    return value


@pytest.mark.parametrize("status", [429, 503])
async def test_a_server_that_is_busy_is_asked_again_after_the_pause_it_names(theirs: Connected, status: int) -> None:
    theirs.meets(NOON)
    theirs.stub.stay_away(2, status, Retry_After="0")
    assert await busy_now(theirs) == [span(NOON)]


async def test_a_long_pause_is_kept_by_asking_nothing_at_all(theirs: Connected) -> None:
    pacing = Pacing()
    theirs.stub.stay_away(1, 429, Retry_After="600")
    for _ in range(3):
        with pytest.raises(CalendarServerError) as told:
            await theirs.provider(pacing).changes(theirs.place, scope_of(NOON), None)
        assert told.value.retry_after is not None
        assert 590 < told.value.retry_after <= 600
        assert not told.value.lasting
    assert len(theirs.stub.asked) == 1


async def test_google_says_too_many_with_a_403_and_is_asked_again(database: Any) -> None:
    async with cloud_of(CalendarKind.GOOGLE) as stub:
        theirs = Connected(stub, database)
        await theirs.allow()
        stub.next_answers = [problem(403, "rateLimitExceeded").response, problem(403, "userRateLimitExceeded").response]
        assert await busy_now(theirs) == []
        assert len(stub.asked) == 3


async def test_a_connection_that_fails_again_and_again_is_left_alone_and_tried_again(theirs: Connected) -> None:
    pacing = Pacing()
    theirs.stub.stay_away(5 * caller.TRIES, 503, Retry_After="0")
    for _ in range(caller.FAILURES):
        with pytest.raises(CalendarServerError):
            await theirs.provider(pacing).changes(theirs.place, scope_of(NOON), None)
    asked = len(theirs.stub.asked)
    with pytest.raises(CalendarServerError, match="not to be asked"):
        await theirs.provider(pacing).changes(theirs.place, scope_of(NOON), None)
    assert len(theirs.stub.asked) == asked, "nothing was asked"

    pacing._mailboxes[theirs.calendar.id].rests_until = 0.0
    assert (await theirs.provider(pacing).changes(theirs.place, scope_of(NOON), None)).reset, "it is asked again after a while"
    assert pacing._mailboxes == {}, "and nothing is remembered of a connection that works"


async def test_two_replicas_never_use_one_refresh_token_twice(theirs: Connected) -> None:
    theirs.stub.consent.forget_access()
    replicas = [theirs.provider() for _ in range(6)]
    await asyncio.gather(*(replica.changes(theirs.place, scope_of(NOON), None) for replica in replicas))
    used = theirs.stub.consent.refreshes
    assert len(used) == len(set(used)) >= 1
    row = await theirs.database.grants.find_one()
    assert "lease" not in row
    assert row["edition"] == 1 + len(used)


async def test_a_token_about_to_expire_is_renewed_before_it_is_used(theirs: Connected) -> None:
    await theirs.allow(seconds=30.0)
    await busy_now(theirs)
    assert len(theirs.stub.consent.refreshes) == 1
    assert theirs.stub.count("GET") == 1, "no request was made with the old one"


async def test_withdrawn_consent_asks_to_reconnect_and_the_cloud_is_asked_no_more(theirs: Connected) -> None:
    theirs.stub.consent.withdraw()
    for _ in range(3):
        with pytest.raises(ConsentLost) as lost:
            await theirs.provider().changes(theirs.place, scope_of(NOON), None)
        assert lost.value.reconnect
    assert len(theirs.stub.consent.refreshes) == 1


async def test_a_cloud_that_cannot_renew_just_now_costs_no_consent(theirs: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs.stub.consent.forget_access()
    secret, theirs.stub.consent.client_secret = theirs.stub.consent.client_secret, "another"
    replica = theirs.provider()
    theirs.stub.consent.client_secret = "a third"
    with pytest.raises(CalendarServerError, match="registration") as refused:
        await replica.changes(theirs.place, scope_of(NOON), None)
    assert not refused.value.reconnect
    theirs.stub.consent.client_secret = secret
    assert (await theirs.provider().changes(theirs.place, scope_of(NOON), None)).reset


async def test_a_token_of_another_tenant_is_refused(theirs: Connected) -> None:
    access, refresh = theirs.stub.consent.put_in("ines@elsewhere.example", *theirs.cloud.reads, tenant="tenant-2")
    tokens = await theirs.grants().tokens(theirs.calendar.id)
    await theirs.grants().keep(theirs.calendar, type(tokens)(**{**vars(tokens), "access": access, "refresh": refresh}))
    with pytest.raises(CalendarServerError) as refused:
        await theirs.provider().changes(theirs.place, scope_of(NOON), None)
    assert refused.value.reconnect


async def test_tokens_lie_sealed_for_their_one_calendar(theirs: Connected) -> None:
    tokens = await theirs.grants().tokens(theirs.calendar.id)
    row = await theirs.database.grants.find_one()
    assert tokens.access.encode() not in bytes(row["sealed"])
    assert tokens.refresh not in str(row)
    assert tokens.access not in repr(tokens)
    await theirs.database.grants.insert_one({**row, "_id": "another"})
    with pytest.raises(ConsentLost):
        await theirs.grants().tokens("another")


# ---------------------------------------------------------------- being called


async def test_the_cloud_calls_us_until_it_is_told_to_stop(theirs: Connected, listens: Listens) -> None:
    provider = theirs.provider()
    channel = await provider.watch(theirs.place, url=listens.url, secret="s" * 64)
    await theirs.stub.deliver()
    listens.heard.clear()
    theirs.meets(NOON)
    await theirs.stub.deliver()
    assert len(listens.heard) == 1
    assert "s" * 64 in str(listens.heard[0])
    renewed = await provider.renew(theirs.place, channel, url=listens.url)
    assert renewed.expires_at >= channel.expires_at
    assert (renewed.id == channel.id) == (theirs.kind is CalendarKind.MICROSOFT)
    for one in {channel.id: channel, renewed.id: renewed}.values():
        await provider.stop(one)
        await provider.stop(one)
    theirs.stub.calls.clear()
    theirs.meets(NOON + HOUR)
    assert theirs.stub.calls == []


async def test_a_subscription_that_graph_has_removed_is_made_anew(database: Any, listens: Listens) -> None:
    async with cloud_of(CalendarKind.MICROSOFT) as stub:
        theirs = Connected(stub, database)
        await theirs.allow()
        channel = await theirs.provider().watch(theirs.place, url=listens.url, secret="s")
        assert isinstance(stub, Graph)
        stub.watchers.lifecycle("subscriptionRemoved")
        assert (await theirs.provider().renew(theirs.place, channel, url=listens.url)).id in stub.subscriptions


# ---------------------------------------------------------------- video links


async def test_a_video_link_is_made_once_and_read_when_it_is_there(theirs: Connected) -> None:
    if isinstance(theirs.stub, Google):
        theirs.stub.meet_after = 1
    provider = theirs.provider()
    await provider.upsert(theirs.place, KEY, ours(), if_version=None)
    links: set[str | None] = set()

    async def there() -> bool:
        links.add(await provider.video_link(theirs.place, KEY))
        return bool(links - {None})

    await eventually(there, "there is a link")
    assert {await provider.video_link(theirs.place, KEY), *(links - {None})} == links - {None}
    assert len(theirs.stub.events) == 1
    assert theirs.stub.count("PATCH") == 1
    (link,) = links - {None}
    entry = await provider.get(theirs.place, KEY)
    assert entry is not None
    assert entry.ours == ours(), "what the cloud writes about its call is not ours"
    await provider.upsert(theirs.place, KEY, ours(NOON + HOUR, 1), if_version=entry.version)
    assert await provider.video_link(theirs.place, KEY) == link, "and moving the meeting keeps it"
    assert str(link).startswith(("https://meet.google.com/", "https://teams.microsoft.com/"))
