"""What every calendar adapter holds to, against real servers and the providers' stand-ins: one suite for all of them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.scheduling.domain import UID_HOST, Appointment, CalendarKind
from services.scheduling.slots import Span, merged
from services.scheduling.store import CalendarServerError, ChangedMeanwhile, Changes, Scope
from tests.integration.scheduling.peers import HOUR, CalDavPeer, Peer, running_feed
from tests.support.clouds.connected import KINDS, Connected, cloud_of
from tests.support.clouds.peer import CloudPeer

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=3)
DAY = timedelta(days=1)


def scope(days: int = 30, **more: object) -> Scope:
    start = NOON - 3 * DAY
    return replace(
        Scope(start=int(start.timestamp()), end=int((start + days * DAY).timestamp()), zone="Europe/Lisbon", addresses=()),
        **more,  # type: ignore[arg-type]
    )


def appointment(starts_at: datetime = NOON, revision: int = 0) -> Appointment:
    return Appointment(
        uid=f"1@{UID_HOST}",
        revision=revision,
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
        title="Mentoring: you and Deborah Osei",
        description="Agenda:\n- How do I say no?",
        place="Room 3",
    )


def span(starts_at: datetime) -> Span:
    return int(starts_at.timestamp()), int((starts_at + HOUR).timestamp())


def busy(changes: Changes) -> Sequence[Span]:
    return merged(one for item in changes.items for one in item.busy)


PLACES = {"radicale": "/ines/calendar/", "xandikos": "/ines/calendars/calendar/"}


@asynccontextmanager
async def a_peer(request: pytest.FixtureRequest, database: Any) -> AsyncIterator[Peer]:
    """A calendar on a real server, published, or at a cloud whose owner has let us in."""
    if isinstance(request.param, CalendarKind):
        async with cloud_of(request.param) as stub:
            theirs = Connected(stub, database)
            await theirs.allow()
            yield CloudPeer(theirs)
    elif request.param == "feed":
        async with running_feed() as feed:
            yield feed
    else:
        server = request.getfixturevalue(request.param)
        found = CalDavPeer(server, f"{server}{PLACES[request.param]}")
        await found.emptied()
        yield found


@pytest.fixture(params=["radicale", "xandikos", *KINDS])
async def peer(request: pytest.FixtureRequest, database: Any) -> AsyncIterator[Peer]:
    """Those that tell changes entry by entry, and can be written to."""
    async with a_peer(request, database) as found:
        yield found


@pytest.fixture(params=["radicale", "xandikos", *KINDS, "feed"])
async def any_peer(request: pytest.FixtureRequest, database: Any) -> AsyncIterator[Peer]:
    async with a_peer(request, database) as found:
        yield found


@pytest.fixture(params=["radicale", *KINDS, "feed"])
async def locking_peer(request: pytest.FixtureRequest, database: Any) -> AsyncIterator[Peer]:
    """Those that let in only who may; Xandikos leaves that to others."""
    async with a_peer(request, database) as found:
        yield found


async def test_the_usual_calendar_is_found_first(peer: Peer) -> None:
    first = (await peer.provider().discover())[0]
    assert (first.place, first.writable) == (peer.place, True)


async def test_what_does_not_open_the_account_asks_to_connect_again(locking_peer: Peer) -> None:
    with pytest.raises(CalendarServerError) as refused:
        await locking_peer.locked_out().changes(locking_peer.place, scope(), None)
    assert (refused.value.reconnect, refused.value.lasting) == (True, True)


async def test_without_a_cursor_all_there_is_is_told_and_with_one_nothing_while_nothing_changes(any_peer: Peer) -> None:
    await any_peer.put("one", NOON)
    await any_peer.put("two", NOON + DAY)
    first = await any_peer.provider().changes(any_peer.place, scope(), None)
    assert first.reset
    assert busy(first) == [span(NOON), span(NOON + DAY)]
    again = await any_peer.provider().changes(any_peer.place, scope(), first.cursor)
    assert (again.reset, list(again.items)) == (False, [])


async def test_whatever_changes_what_is_known_in_the_end_is_what_is_there(any_peer: Peer) -> None:
    provider, known = any_peer.provider(), dict[str, tuple[Span, ...]]()
    cursor = None
    for number, step in enumerate(("put first", "put second", "put first", "remove second", "", "put third", "remove first")):
        deed, _, uid = step.partition(" ")
        if deed == "put":
            await any_peer.put(uid, NOON + 2 * number * HOUR)
        elif deed == "remove":
            await any_peer.remove(uid)
        told = await provider.changes(any_peer.place, scope(), cursor)
        known = {} if told.reset else known
        known |= {item.key: item.busy for item in told.items}
        known = {key: spans for key, spans in known.items() if spans}
        whole = await provider.changes(any_peer.place, scope(), None)
        assert known == {item.key: item.busy for item in whole.items if item.busy}, step
        cursor = told.cursor
    assert list(known.values()) == [(span(NOON + 10 * HOUR),)]


async def test_what_is_added_moved_and_taken_away_is_told_entry_by_entry(peer: Peer) -> None:
    provider = peer.provider()
    await peer.put("stays", NOON)
    await peer.put("moves", NOON)
    await peer.put("goes", NOON)
    first = await provider.changes(peer.place, scope(), None)
    keys = {item.uid: item.key for item in first.items}
    await peer.put("comes", NOON + DAY)
    await peer.put("moves", NOON + 2 * DAY)
    await peer.remove("goes")
    second = await provider.changes(peer.place, scope(), first.cursor)
    assert not second.reset
    assert {item.uid: item.busy for item in second.items if not item.gone} == {
        "comes": (span(NOON + DAY),),
        "moves": (span(NOON + 2 * DAY),),
    }
    assert [item.key for item in second.items if item.gone] == [keys["goes"]]
    assert [item.key for item in second.items if item.uid == "moves"] == [keys["moves"]]
    versions = {item.uid: item.version for item in first.items}
    assert all(item.version != versions.get(item.uid) for item in second.items if not item.gone)
    assert (await provider.changes(peer.place, scope(), second.cursor)).items == []


async def test_an_entry_that_came_and_went_between_two_looks_leaves_no_trace(any_peer: Peer) -> None:
    provider = any_peer.provider()
    cursor = (await provider.changes(any_peer.place, scope(), None)).cursor
    await any_peer.put("brief", NOON)
    await any_peer.remove("brief")
    found = await provider.changes(any_peer.place, scope(), cursor)
    assert busy(found) == []


@pytest.mark.parametrize("cursor", ["made-up", "http://radicale.org/ns/sync/0123456789abcdef", "<&>"])
async def test_a_cursor_nobody_knows_any_more_means_all_anew(any_peer: Peer, cursor: str) -> None:
    await any_peer.put("one", NOON)
    found = await any_peer.provider().changes(any_peer.place, scope(), cursor)
    assert found.reset
    assert busy(found) == [span(NOON)]
    assert (await any_peer.provider().changes(any_peer.place, scope(), found.cursor)).items == []


async def test_what_takes_no_time_is_free_and_what_repeats_takes_its_time_each_time(any_peer: Peer) -> None:
    await any_peer.put("cancelled", NOON, "STATUS:CANCELLED")
    await any_peer.put("transparent", NOON + HOUR, "TRANSP:TRANSPARENT")
    await any_peer.put("weekly", NOON + 2 * HOUR, "RRULE:FREQ=WEEKLY;COUNT=3")
    found = await any_peer.provider().changes(any_peer.place, scope(), None)
    assert busy(found) == [span(NOON + 2 * HOUR + 7 * number * DAY) for number in range(3)]


async def test_nothing_is_told_but_when(any_peer: Peer) -> None:
    await any_peer.put("one", NOON, "LOCATION:Hospital", "ATTENDEE;CN=Somebody:mailto:somebody@example.org", "DESCRIPTION:Private")
    told = repr(await any_peer.provider().changes(any_peer.place, scope(), None))
    assert not any(word in told for word in ("Secret plans", "Hospital", "omebody", "Private"))


async def test_our_meeting_is_written_read_back_changed_and_taken_away(peer: Peer) -> None:
    provider = peer.provider()
    cursor = (await provider.changes(peer.place, scope(), None)).cursor
    assert await provider.get(peer.place, "m1") is None
    await provider.upsert(peer.place, "m1", appointment(), if_version=None)
    there = await provider.get(peer.place, "m1")
    assert there is not None
    assert there.ours == appointment()
    changes = await provider.changes(peer.place, scope(), cursor)
    (told,) = changes.items
    assert (told.key, told.version, told.busy, told.ours) == ("m1", there.version, (), appointment())
    moved = appointment(NOON + HOUR, revision=1)
    await provider.upsert(peer.place, "m1", moved, if_version=there.version)
    again = await provider.get(peer.place, "m1")
    assert again is not None
    assert again.ours == moved
    await provider.cancel(peer.place, "m1", if_version=again.version)
    await provider.cancel(peer.place, "m1", if_version=again.version)
    assert await provider.get(peer.place, "m1") is None
    gone = await provider.changes(peer.place, scope(), changes.cursor)
    assert [(item.key, item.gone) for item in gone.items] == [("m1", True)]


async def test_nothing_is_written_over_what_somebody_has_changed_meanwhile(peer: Peer) -> None:
    provider = peer.provider()
    await provider.upsert(peer.place, "m1", appointment(), if_version=None)
    there = await provider.get(peer.place, "m1")
    assert there is not None
    await peer.put(appointment().uid, NOON + DAY, key="m1")
    with pytest.raises(ChangedMeanwhile):
        await provider.upsert(peer.place, "m1", appointment(revision=1), if_version=there.version)
    with pytest.raises(ChangedMeanwhile):
        await provider.upsert(peer.place, "m1", appointment(revision=1), if_version=None)
    with pytest.raises(ChangedMeanwhile):
        await provider.cancel(peer.place, "m1", if_version=there.version)
    again = await provider.get(peer.place, "m1")
    assert again is not None
    assert again.ours is not None
    assert again.ours.starts_at == NOON + DAY


async def test_a_place_that_is_not_there_is_told_as_such(peer: Peer) -> None:
    with pytest.raises(CalendarServerError) as refused:
        await peer.provider().changes(peer.nowhere, scope(), None)
    assert refused.value.lasting
