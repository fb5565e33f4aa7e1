"""Leases: each bucket has one owner at a time, whoever starts, stops, freezes or dies, and all have as many as the others."""

import asyncio
from typing import Any

import pytest

from shared import lifetime
from shared.kafka import Producer
from shared.leases import Leases
from shared.mongo import PyMongoError, _settled, session_id
from shared.outbox import Relay
from tests.integration.shared.conftest import LONG_AGO, Till
from tests.support.probe import eventually
from tests.support.relays import Unruly, a_relay

pytestmark = pytest.mark.usefixtures("patient")


@pytest.mark.parametrize("before", [[], [1], [1, 2]], ids=["at once", "two later", "one by one"])
async def test_three_replicas_share_the_buckets_and_none_has_two_owners(publishing: Till, producer: Producer, before: list[int]) -> None:
    relays = [Relay(publishing.database, producer, publishing.member(f"replica {number}")) for number in range(3)]
    seen: list[list[int]] = []

    async def look() -> None:
        while True:
            seen.append([bucket for relay in relays for bucket in relay._buckets()])
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    await asyncio.gather(*(relay._leases.prepare() for relay in relays))
    for living in (*before, 3, 3, 3):
        await asyncio.gather(*(relay._leases.renew() for relay in relays[:living]))
    looking.cancel()
    assert [len(relay._buckets()) for relay in relays] == [4, 4, 4]
    assert sorted(seen[-1]) == list(range(12))
    assert all(len(buckets) == len(set(buckets)) for buckets in seen)


async def test_what_is_given_back_is_not_used_any_more_when_another_takes_it(
    publishing: Till, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = [await a_relay(publishing, producer, name) for name in ("first", "second")]
    give_back, shared = first._leases._give_back, []

    async def give_back_and_look(names: list[str]) -> None:
        await give_back(names)
        await second._leases.renew()
        shared.append(set(first._buckets()) & set(second._buckets()))

    monkeypatch.setattr(first._leases, "_give_back", give_back_and_look)
    await first._leases.renew()
    assert shared == [set()]
    assert len(second._buckets()) == 6


async def test_what_a_dead_replica_held_is_shared_by_those_who_live(publishing: Till, producer: Producer) -> None:
    relays = [Relay(publishing.database, producer, publishing.member(f"replica {number}")) for number in range(3)]
    await relays[0]._leases.prepare()
    for _ in range(3):
        await asyncio.gather(*(relay._leases.renew() for relay in relays))
    await publishing.database.leases.update_many({"owner": "replica 0"}, {"$set": {"until": LONG_AGO}})
    await publishing.database.members.update_one({"_id": "replica 0"}, {"$set": {"until": LONG_AGO}})
    for _ in range(2):
        await asyncio.gather(*(relay._leases.renew() for relay in relays[1:]))
    assert [len(relay._buckets()) for relay in relays[1:]] == [6, 6]


async def test_who_starts_under_a_dead_one_s_name_frees_its_documents_at_once(publishing: Till) -> None:
    await publishing.pay("a")
    dead = publishing.member("replica")
    async with await _settled(publishing.database.client.start_session()) as session:
        await dead.renew()
        await dead.remember(session)
        await _settled(session.start_transaction())
        await publishing.database.accounts.update_one({"_id": "a"}, {"$set": {"held": True}}, session=session)
        await publishing.member("replica").join()
        await publishing.pay("a", name="other")
        with pytest.raises(PyMongoError):
            await session.commit_transaction()
    assert "held" not in await publishing.database.accounts.find_one({"_id": "a"})


# ---------------------------------------------------------------- fair shares


@pytest.mark.parametrize(
    ("replicas", "shares"), [(1, [12]), (2, [6, 6]), (5, [3, 3, 2, 2, 2]), (7, [2, 2, 2, 2, 2, 1, 1]), (13, [*[1] * 12, 0])]
)
async def test_no_replica_has_two_more_than_another(publishing: Till, replicas: int, shares: list[int]) -> None:
    names = [f"job/{number:02}" for number in range(12)]
    leases = [Leases(publishing.member(f"replica {number:02}"), names) for number in range(replicas)]
    await leases[0].prepare()
    for _ in range(2):
        for one in leases:
            await one.renew()
    assert [len(one.held()) for one in leases] == shares
    assert sorted(name for one in leases for name in one.held()) == names


async def test_what_is_on_its_way_is_not_given_back_before_it_has_arrived(
    publishing: Till, producer: Producer, unruly: Unruly, read_topic: Any
) -> None:
    """Else it might arrive after what its new owner sends, and on a compacted topic the older state would be the one that is kept."""
    first = await a_relay(publishing, unruly, "first")
    for number in range(30):
        await publishing.pay(f"account {number}")
    unruly.open.clear()
    sending = asyncio.create_task(first.round())

    async def all_asked() -> bool:
        return len(set(unruly.asked)) > 6

    await eventually(all_asked, "sends to more buckets than a half")
    on_its_way = set(unruly.asked)
    second = await a_relay(publishing, producer, "second")
    await first._leases.renew()
    await second._leases.renew()
    assert on_its_way <= set(first._buckets())
    assert not on_its_way & set(second._buckets())
    unruly.open.set()
    await sending
    await first._leases.renew()
    await second._leases.renew()
    assert [len(relay._buckets()) for relay in (first, second)] == [6, 6]
    assert len(await read_topic(publishing.topic)) == 30


async def test_who_stops_leaves_nothing_that_others_would_have_to_wait_for(publishing: Till, producer: Producer) -> None:
    relay = await a_relay(publishing, producer)
    assert len(relay._buckets()) == 12
    await relay.stop()
    assert await publishing.database.leases.count_documents({"$or": [{"owner": {"$ne": None}}, {"until": {"$exists": True}}]}) == 0


async def test_whatever_fails_when_leases_are_renewed_they_are_renewed_again(
    publishing: Till, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifetime, "PAUSE_AFTER_FAULT", 0.05)
    monkeypatch.setattr("shared.leases.RENEWALS_PER_LEASE", 1_000_000)
    relay = Relay(publishing.database, producer, publishing.member())
    await relay.start()
    renew, failed = relay._leases.renew, list[bool]()

    async def fail_once() -> None:
        if not failed:
            failed.append(True)
            raise ZeroDivisionError
        await renew()
        failed.append(False)

    monkeypatch.setattr(relay._leases, "renew", fail_once)

    async def renewed() -> bool:
        return failed[:2] == [True, False]

    await eventually(renewed, "a renewal after one that failed")
    await relay.stop()


# ---------------------------------------------------------------- taken for dead


async def test_a_replica_that_was_taken_for_dead_says_anew_which_sessions_die_with_it(publishing: Till) -> None:
    """Its row was removed by who buried it: killed in a transaction later, it would hold its documents for a minute."""
    await publishing.pay("a")
    thawed, other = publishing.member("thawed"), publishing.member("other")
    async with await _settled(publishing.database.client.start_session()) as session:
        await thawed.join()
        await thawed.remember(session)
        await publishing.database.members.update_one({"_id": "thawed"}, {"$set": {"until": LONG_AGO}})
        assert "thawed" not in await other.living()
        await thawed.renew()
        await thawed.remember(session)
        assert (await publishing.database.members.find_one({"_id": "thawed"}))["sessions"] == [session_id(session)]
        await _settled(session.start_transaction())
        await publishing.database.accounts.update_one({"_id": "a"}, {"$set": {"held": True}}, session=session)
        await publishing.database.members.update_one({"_id": "thawed"}, {"$set": {"until": LONG_AGO}})
        assert "thawed" not in await other.living()
        await publishing.pay("a", name="other")
        with pytest.raises(PyMongoError):
            await session.commit_transaction()
    assert (await publishing.database.accounts.find_one({"_id": "a"}))["sequence"] == 2


async def test_sessions_that_nobody_uses_any_more_are_forgotten(publishing: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    member = publishing.member()
    async with await _settled(publishing.database.client.start_session()) as session:
        await member.remember(session)
        await member.renew()
        assert len((await publishing.database.members.find_one())["sessions"]) == 1
        monkeypatch.setattr("shared.leases.SESSION_SECONDS", 0.0)
        await member.renew()
        assert (await publishing.database.members.find_one())["sessions"] == []
        await member.remember(session)
        assert len((await publishing.database.members.find_one())["sessions"]) == 1
