"""Timers and deliveries: once each, whoever looks; later again what failed; visible what never will."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.deliveries import Delivery, DeliveryLoop, Later, Undeliverable
from shared.errors import Rejected
from shared.leases import Member
from shared.reactions import Consumer, Reactions
from shared.timers import Timer, TimerLoop
from shared.transactions import Transactions
from shared.unit import Unit

NOW = datetime.now(UTC)


class NothingToDo(Rejected):
    """It has been done already."""


class Diary:
    """A service with one kind of timer that counts how often it fires."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self.reactions = Reactions(service="diary")
        self.faults: list[Exception] = []

        @self.reactions.when("ring")
        async def ring(timer: Timer, unit: Unit) -> None:
            if self.faults:
                raise self.faults.pop()
            row = await unit.row("rings", timer.subject) or {"_id": timer.subject, "times": 0}
            unit.put("rings", {**row, "times": row["times"] + 1})

    def loop(self, name: str = "one") -> TimerLoop:
        consumer = Consumer(self.reactions, Transactions(Member(self.database.client, self.database, name), lambda: None))
        return TimerLoop(self.database, consumer.fire)

    async def remind(self, number: int = 1, due_at: datetime = NOW) -> None:
        for index in range(number):
            timer = Timer(id=f"t{index}", kind="ring", due_at=due_at, subject=f"s{index}")
            await self.database.timers.replace_one({"_id": timer.id}, timer.to_document(), upsert=True)

    async def rings(self) -> dict[str, int]:
        return {row["_id"]: row["times"] async for row in self.database.rings.find()}


@pytest.fixture
def diary(database: Any) -> Diary:
    return Diary(database)


async def test_five_replicas_fire_each_timer_once(diary: Diary) -> None:
    await diary.remind(20)

    async def fire_all(loop: TimerLoop) -> None:
        while await loop.fire_next():
            pass

    await asyncio.gather(*(fire_all(diary.loop(f"replica {number}")) for number in range(5)))
    assert await diary.rings() == {f"s{number}": 1 for number in range(20)}
    assert await diary.database.timers.count_documents({}) == 0


async def test_a_timer_that_is_not_due_stays(diary: Diary) -> None:
    await diary.remind(due_at=NOW + timedelta(days=1))
    assert not await diary.loop().fire_next()
    assert await diary.loop().fire_next(NOW + timedelta(days=2))


async def test_a_timer_moved_while_it_fires_does_not_fire(diary: Diary, monkeypatch: pytest.MonkeyPatch) -> None:
    await diary.remind()
    loop = diary.loop()
    fire = loop._fire

    async def move_first(timer: Timer, claim: dict[str, Any]) -> None:
        await diary.remind(due_at=NOW + timedelta(days=1))
        await fire(timer, claim)

    monkeypatch.setattr(loop, "_fire", move_first)
    await loop.fire_next()
    assert await diary.rings() == {}
    assert await diary.database.timers.count_documents({}) == 1


async def test_a_timer_whose_handler_fails_stays_and_says_why(diary: Diary) -> None:
    await diary.remind()
    diary.faults = [ValueError("private words")]
    assert await diary.loop().fire_next()
    row = await diary.database.timers.find_one()
    assert (row["attempts"], row["problem"]) == (1, "ValueError")
    assert not await diary.loop().fire_next()


async def test_a_timer_that_has_nothing_to_do_any_more_is_gone(diary: Diary) -> None:
    await diary.remind()
    diary.faults = [NothingToDo()]
    await diary.loop().fire_next()
    assert await diary.database.timers.count_documents({}) == 0


class Postman:
    """A channel that does as it is told."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.sent: list[str] = []

    async def send(self, delivery: Delivery) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append(delivery.id)


async def post(database: Any, number: int = 1, expires_at: datetime = NOW + timedelta(days=1)) -> None:
    for index in range(number):
        delivery = Delivery(id=f"d{index}", channel="post", payload={"words": "private"}, expires_at=expires_at)
        await database.deliveries.insert_one(delivery.to_document(NOW - timedelta(seconds=1)))


async def states(database: Any) -> list[tuple[str, str | None]]:
    return [(row["state"], row.get("problem")) async for row in database.deliveries.find().sort("_id", 1)]


async def test_five_replicas_send_each_delivery_once_and_keep_no_words(database: Any) -> None:
    await post(database, 20)
    postman = Postman()

    async def send_all() -> None:
        loop = DeliveryLoop(database, {"post": postman})
        while await loop.send_next():
            pass

    await asyncio.gather(*(send_all() for _ in range(5)))
    assert sorted(postman.sent) == sorted(f"d{number}" for number in range(20))
    assert await database.deliveries.count_documents({"payload": {"$exists": True}}) == 0
    assert set(await states(database)) == {("sent", None)}


@pytest.mark.parametrize("fault", [Later("the server is full"), ConnectionError("10.0.0.1")])
async def test_a_delivery_that_failed_waits_and_says_why(database: Any, fault: Exception) -> None:
    await post(database)
    postman = Postman(fault)
    loop = DeliveryLoop(database, {"post": postman})
    assert await loop.send_next()
    assert not await loop.send_next()
    assert await states(database) == [("waiting", "the server is full" if isinstance(fault, Later) else "ConnectionError")]
    await database.deliveries.update_one({}, {"$unset": {"until": ""}})
    assert await loop.send_next()
    assert postman.sent == ["d0"]


async def test_a_delivery_that_can_never_arrive_ends_where_one_can_see_it(database: Any) -> None:
    await post(database)
    await DeliveryLoop(database, {"post": Postman(Undeliverable("no such mailbox"))}).send_next()
    assert await states(database) == [("failed", "no such mailbox")]


async def test_what_nobody_wants_any_more_is_not_sent(database: Any) -> None:
    await post(database, expires_at=NOW - timedelta(days=1))
    postman = Postman()
    await DeliveryLoop(database, {"post": postman}).send_next()
    assert postman.sent == []
    assert await states(database) == [("expired", None)]
