"""Timers: once each, whoever looks and whoever dies; later again what failed; and a flood holds up nobody."""

import asyncio
import os
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared import hearing, timers
from shared.leases import Member
from shared.mongo import ensure_indexes
from shared.timers import Timer, TimerLoop
from shared.unit import Unit
from tests.support.diary import Diary, NothingToDo
from tests.support.loops import running
from tests.support.probe import eventually

ROOT = Path(__file__).parents[3]
DAY = timedelta(days=1)

# A replica that fires one timer and is held up in the middle of it.
HELD_UP = """
import asyncio, os, time
from shared import timers
from shared.mongo import open_client
from tests.support.diary import Diary

timers.LEASE_MS = 1000

def rang():
    print("rang", flush=True)
    time.sleep(600)

async def main():
    database = open_client(os.environ["URL"]).get_default_database()
    await Diary(database, rang).loop("held up").fire_next()

asyncio.run(main())
"""


@pytest.fixture
async def diary(database: Any) -> Diary:
    await ensure_indexes(database, timers.INDEXES)
    return Diary(database)


async def test_five_replicas_fire_each_timer_once(diary: Diary) -> None:
    await diary.remind(20)

    async def fire_all(loop: TimerLoop) -> None:
        while await loop.fire_next():
            pass

    await asyncio.gather(*(fire_all(diary.loop(f"replica {number}")) for number in range(5)))
    assert await diary.rings() == {f"ring {number}": 1 for number in range(20)}
    assert await diary.database.timers.count_documents({}) == 0


async def test_a_timer_that_is_not_due_stays(diary: Diary) -> None:
    await diary.remind(due_at=datetime.now(UTC) + DAY)
    assert not await diary.loop().fire_next()
    assert await diary.loop().fire_next(at=datetime.now(UTC) + 2 * DAY)


async def test_a_timer_moved_while_it_fires_does_not_fire(diary: Diary, monkeypatch: pytest.MonkeyPatch) -> None:
    await diary.remind()
    loop = diary.loop()
    fire = loop._fire

    async def move_first(timer: Timer, claim: dict[str, Any]) -> None:
        await diary.remind(due_at=datetime.now(UTC) + DAY)
        await fire(timer, claim)

    monkeypatch.setattr(loop, "_fire", move_first)
    await loop.fire_next()
    assert await diary.rings() == {}
    assert await diary.database.timers.count_documents({}) == 1


async def test_a_replica_killed_while_it_fires_leaves_the_timer_to_another(diary: Diary, mongodb: str) -> None:
    await diary.remind()
    head, _, tail = mongodb.partition("?")
    url = f"{head}{diary.database.name}?{tail}"
    replica = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HELD_UP, cwd=ROOT, env={**os.environ, "URL": url}, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert replica.stdout is not None
        assert await replica.stdout.readline() == b"rang\n"
    finally:
        replica.kill()
        await replica.wait()
    # What every replica does when it finds another's time over: its open transaction would hold the row for longer than its lease.
    await Member(diary.database.client, diary.database, "held up").join()
    loop = diary.loop("another")
    await eventually(loop.fire_next, "the timer that was left behind")
    assert await diary.rings() == {"ring 0": 1}
    assert await diary.database.timers.count_documents({}) == 0


async def test_a_replica_that_was_away_for_longer_than_its_lease_does_not_fire_what_another_has_fired(
    diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "LEASE_MS", 10)
    await diary.remind()
    slow, quick = diary.loop("slow"), diary.loop("quick")
    fire = slow._fire

    async def be_overtaken(timer: Timer, claim: dict[str, Any]) -> None:
        await eventually(quick.fire_next, "the other replica's turn")
        await fire(timer, claim)

    monkeypatch.setattr(slow, "_fire", be_overtaken)
    assert await slow.fire_next()
    assert await diary.rings() == {"ring 0": 1}


@pytest.mark.parametrize("wrong_by", [DAY, -DAY], ids=["ahead", "behind"])
async def test_the_clock_of_a_replica_does_not_matter(diary: Diary, monkeypatch: pytest.MonkeyPatch, wrong_by: timedelta) -> None:
    await diary.remind(kind="ring")
    await diary.remind(kind="knock", due_at=datetime.now(UTC) + timedelta(hours=1))
    right = time.time

    class WrongClock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + wrong_by

    monkeypatch.setattr(time, "time", lambda: right() + wrong_by.total_seconds())
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("shared.") and getattr(module, "datetime", None) is datetime:
            monkeypatch.setattr(module, "datetime", WrongClock)
    loop = diary.loop()
    assert await loop.fire_next()
    assert not await loop.fire_next()
    assert await diary.rings() == {"ring 0": 1}


@pytest.mark.usefixtures("long_pauses")
async def test_a_timer_whose_handler_fails_stays_and_says_why(diary: Diary) -> None:
    await diary.remind()
    diary.faults = [ValueError("private words")]
    assert await diary.loop().fire_next()
    row = await diary.database.timers.find_one()
    assert (row["attempts"], row["problem"]) == (1, "ValueError")
    assert not await diary.loop().fire_next()


async def test_a_timer_that_fails_is_retried_with_growing_pauses_and_keeps_the_time_it_was_set_for(
    diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (timers.FIRST_PAUSE_MS, timers.LONGEST_PAUSE_MS) == (1_000, 3_600_000)
    # A thousand times as long, so that a machine that is busy for a second changes nothing.
    monkeypatch.setattr(timers, "FIRST_PAUSE_MS", 1_000_000)
    monkeypatch.setattr(timers, "LONGEST_PAUSE_MS", 3_600_000_000)
    set_for = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    await diary.remind(due_at=set_for)
    pauses = []
    for _ in range(9):
        diary.faults = [ValueError()]
        assert await diary.loop().fire_next()
        row = await diary.database.timers.find_one()
        pauses.append((row["due_at"] - row["claimed_at"]).total_seconds())
        await diary.database.timers.update_one({}, {"$set": {"due_at": set_for}})
    expected = [1000 * min(4.0**attempt, 3600) for attempt in range(9)]
    assert all(0.7 * right < pause < 1.3 * right for pause, right in zip(pauses, expected, strict=True)), pauses
    assert await diary.loop().fire_next()
    assert (await diary.database.rings.find_one())["set_for"] == set_for


async def test_a_timer_whose_handler_never_comes_back_is_stopped_and_seen_and_others_go_on(
    diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "HANDLER_SECONDS", 0.5)

    @diary.reactions.when("endless")
    async def endless(_timer: Timer, _unit: Unit) -> None:
        await asyncio.Event().wait()

    await diary.remind(3, kind="endless", due_at=datetime.now(UTC) - DAY)
    await diary.remind(kind="knock")
    async with running(diary.loop()):

        async def knocked() -> bool:
            return await diary.rings() == {"knock 0": 1}

        async def told() -> bool:
            return bool(await diary.database.timers.count_documents({"problem": "TookTooLong"}) == 3)

        await eventually(knocked, "the timer of another kind")
        await eventually(told, "the timers that never end")


async def test_a_timer_that_has_nothing_to_do_any_more_is_gone(diary: Diary) -> None:
    await diary.remind()
    diary.faults = [NothingToDo()]
    await diary.loop().fire_next()
    assert await diary.database.timers.count_documents({}) == 0


async def test_a_flood_of_one_kind_is_shared_by_replicas_and_does_not_hold_up_another_kind(diary: Diary) -> None:
    await diary.remind(10_000, kind="ring", due_at=datetime.now(UTC) - DAY)
    by = Counter[str]()

    def counted(name: str) -> TimerLoop:
        loop = diary.loop(name)
        fire = loop._fire

        async def count(timer: Timer, claim: dict[str, Any]) -> None:
            by[name] += 1
            await fire(timer, claim)

        loop._fire = count
        return loop

    async def knocked() -> bool:
        return "knock 0" in await diary.rings()

    async with running(counted("one"), counted("two")):

        async def begun() -> bool:
            return by.total() > 100

        await eventually(begun, "the flood")
        await diary.remind(kind="knock")  # due long after all of the flood
        before = by.total()
        await eventually(knocked, "what came after the flood")
        waited_for = by.total() - before
    assert waited_for < 200
    assert min(by["one"], by["two"]) > by.total() / 4
    assert set((await diary.rings()).values()) == {1}


async def test_looking_for_a_timer_reads_none_that_is_not_due(diary: Diary) -> None:
    await diary.remind(1000, due_at=datetime.now(UTC) + DAY)
    query = {"$expr": {"$lte": ["$due_at", "$$NOW"]}}
    plan = await diary.database.command("explain", {"find": "timers", "filter": query, "sort": {"due_at": 1}, "limit": 1})
    assert not await diary.loop().fire_next()
    assert plan["executionStats"]["totalKeysExamined"] <= 1
