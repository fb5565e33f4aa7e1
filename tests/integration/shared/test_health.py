"""Each line of the table in docs/operations.md that one process alone can be in: whether it lives, and whether it is ready."""

import asyncio
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared import health, watchdog
from shared.health import Condition
from shared.kafka import KafkaBroker, Producer, Topic, create_topics, open_broker, subscribe
from shared.leases import Member
from shared.mongo import close_client, ensure_indexes, open_client
from shared.outbox import INDEXES, Relay
from shared.topics import Change, apply_topics
from shared.watchdog import Watchdog
from tests.support.probe import eventually

WELL: dict[str, dict[str, str]] = {"live": {}, "ready": {}}


@dataclass
class Process:
    """The parts of a service that its health is about."""

    database: Any
    kafka: str
    producer: Producer | None = None
    relay: Relay | None = None
    guard: Watchdog | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    ended: list[str] = field(default_factory=list)

    async def wrong(self) -> dict[str, dict[str, str]]:
        """For each probe, what is not well."""
        condition = Condition(self)
        probes = {"live": condition.live, "ready": condition.ready}
        looked = {kind: [await health._look(name, check) for name, check in checks.items()] for kind, checks in probes.items()}
        return {kind: {name: state for name, state in parts if state != "ok"} for kind, parts in looked.items()}

    async def until_well(self) -> None:
        """Wait until nothing is wrong: a busy server may not have answered in time."""

        async def seen() -> bool:
            return await self.wrong() == WELL

        await eventually(seen, "all is well")

    async def until(self, kind: str, part: str) -> str:
        async def seen() -> str | None:
            return (await self.wrong())[kind].get(part)

        said = await eventually(seen, f"{part} is not {kind}")
        assert said is not None
        return said


async def nothing(_records: list[Any]) -> None:
    return None


@asynccontextmanager
async def consuming(
    kafka: str, topic: str, group: str, take: Callable[[list[Any]], Awaitable[None]] = nothing
) -> AsyncIterator[KafkaBroker]:
    broker = open_broker(kafka)
    subscribe(broker, group, [topic], take)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()


@pytest.fixture
async def process(database: Any, kafka: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Process]:
    monkeypatch.setattr(watchdog, "LOOK_EVERY_SECONDS", 0.05)
    topic = f"well.{uuid.uuid4().hex}"
    await create_topics(kafka, [Topic(topic, compacted=False)])
    await ensure_indexes(database, INDEXES)
    made = Process(database, kafka, Producer(kafka))
    assert made.producer is not None
    await made.producer.start()
    made.relay = Relay(database, made.producer, Member(database.client, database, "one"))
    await made.relay.start()
    watchdog.install()
    async with consuming(kafka, topic, topic) as broker:
        made.guard = Watchdog(broker, end=made.ended.append)
        watching = asyncio.create_task(made.guard.run())
        yield made
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    await made.relay.stop()
    await made.producer.stop()


async def test_a_process_with_nothing_to_do_lives_and_is_ready(process: Process) -> None:
    await process.until_well()


async def test_a_process_that_has_much_to_take_in_lives_and_is_ready(process: Process, kafka: str) -> None:
    topic, begun, released = f"much.{uuid.uuid4().hex}", asyncio.Event(), asyncio.Event()
    await create_topics(kafka, [Topic(topic, compacted=False)])

    async def slowly(_records: list[Any]) -> None:
        begun.set()
        await released.wait()

    async with consuming(kafka, topic, topic, slowly) as broker:
        process.guard = Watchdog(broker, end=process.ended.append)
        watching = asyncio.create_task(process.guard.run())
        assert process.producer is not None
        batch = process.producer.batch()
        process.producer.append(batch, "key", b"one", [])
        await process.producer.send(batch, topic, 0)
        await begun.wait()
        await process.until_well()
        released.set()
        watching.cancel()
    assert process.ended == []


async def test_before_it_is_started_it_is_neither(database: Any, kafka: str) -> None:
    wrong = await Process(database, kafka).wrong()
    assert wrong["live"] == {"relay": "not started"}
    assert wrong["ready"] == {"relay": "not started", "kafka": "not started"}


async def test_once_it_is_told_to_stop_it_lives_but_is_not_ready(process: Process) -> None:
    process.stopping.set()
    assert await process.until("ready", "process") == "stopping"
    assert (await process.wrong())["live"] == {}


async def test_a_dead_consumer_is_not_ready_then_ends_the_process(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    assert process.guard is not None
    (subscriber,) = process.guard._broker.subscribers
    tasks: list[asyncio.Task[Any]] = list(subscriber.tasks)  # type: ignore[attr-defined]
    for task in tasks:
        task.cancel()
    assert await process.until("ready", "consumer") == "its loop has ended"
    assert await process.until("live", "consumer") == "its loop has ended"
    assert process.ended[0] == "a consumer is dead: its loop has ended"


async def test_a_handler_that_does_not_come_back_ends_the_process(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    assert process.guard is not None
    monkeypatch.setattr(watchdog, "STUCK_AFTER_SECONDS", -1.0)
    monkeypatch.setattr(watchdog, "DEAD_FOR_SECONDS", 0.0)
    (consumer,) = process.guard.consumers()

    async def hanging(**_: Any) -> dict[Any, Any]:
        consumer.polling = False
        await asyncio.sleep(3600)
        return {}

    consumer.getmany = hanging
    assert await process.until("live", "consumer") in {"a handler does not come back", "a poll does not come back"}


async def test_a_consumer_outside_its_group_for_long_is_not_ready_but_lives(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    assert process.guard is not None
    monkeypatch.setattr(watchdog, "OUTSIDE_SECONDS", 0.1)
    monkeypatch.setattr(watchdog, "is_outside", lambda _: True)
    assert (await process.until("ready", "consumer")).startswith("it has been outside its group for ")
    assert (await process.wrong())["live"] == {}


async def test_a_replica_that_no_partition_is_left_for_is_ready(process: Process, kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.topics.PARTITIONS", 1)
    monkeypatch.setattr(watchdog, "OUTSIDE_SECONDS", 0.0)
    topic = f"one.{uuid.uuid4().hex}"
    await create_topics(kafka, [Topic(topic, compacted=False)])
    async with consuming(kafka, topic, topic) as first, consuming(kafka, topic, topic) as second:

        def assigned() -> list[int]:
            return [len(broker.subscribers[0].consumer.assignment()) for broker in (first, second)]  # type: ignore[attr-defined]

        async def shared_out() -> bool:
            joined = not any(watchdog.is_outside(broker.subscribers[0]) for broker in (first, second))
            return joined and sorted(assigned()) == [0, 1]

        await eventually(shared_out, "one of the two has the partition")
        idle = (first, second)[assigned().index(0)]
        process.guard = Watchdog(idle, end=process.ended.append)
        looking = asyncio.create_task(process.guard.run())
        await asyncio.sleep(0.3)
        await process.until_well()
        assert process.ended == []
        looking.cancel()


async def test_a_relay_that_is_stuck_ends_the_process_but_not_while_the_database_is_away(process: Process) -> None:
    assert process.relay is not None
    await process.relay.stop()
    process.relay.last_look = time.monotonic() - 100
    assert re.fullmatch(r"the outbox was last looked at 1\d\d s ago", await process.until("live", "relay"))
    away = open_client("mongodb://127.0.0.1:1/x")
    process.database = away.get_default_database()
    wrong = await process.wrong()
    await close_client(away)
    assert wrong["live"] == {}
    assert "database" in wrong["ready"]


async def test_a_stuck_relay_ends_the_process(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    assert process.relay is not None
    monkeypatch.setattr(health, "GUARD_EVERY_SECONDS", 0.05)
    await process.relay.stop()
    process.relay.last_look = time.monotonic() - 100
    guarding = asyncio.create_task(Condition(process).guard_relay(process.ended.append))

    async def ended() -> bool:
        return bool(process.ended)

    await eventually(ended, "the end")
    guarding.cancel()
    assert process.ended[0].startswith("the outbox was last looked at ")


async def test_events_that_wait_for_minutes_make_it_unready_and_younger_ones_do_not(process: Process) -> None:
    assert process.relay is not None
    await process.relay.stop()
    now = time.time() * 1000
    await process.database.outbox.insert_one({"_id": "young", "bucket": 3, "pending": True, "events": [], "stamp": now - 100_000})
    await process.until_well()
    await process.database.outbox.insert_one({"_id": "old", "bucket": 7, "pending": True, "events": [], "stamp": now - 301_000})
    assert re.fullmatch(r"the oldest event has waited for 3\d\d s", await process.until("ready", "outbox"))
    assert (await process.wrong())["live"] == {}


async def test_parked_letters_change_nothing(process: Process) -> None:
    await process.database.dead_letters.insert_one({"_id": "x", "state": "parked"})
    await process.until_well()


async def test_a_topic_that_gets_more_partitions_is_said_once_counted_and_read(
    kafka: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    topic = f"grown.{uuid.uuid4().hex}"
    await create_topics(kafka, [Topic(topic, compacted=False)])
    watchdog.install()
    monkeypatch.setattr("shared.kafka.METADATA_MAX_AGE_MS", 1_000)
    async with consuming(kafka, topic, topic) as broker:
        guard = Watchdog(broker, end=lambda _: None)
        (consumer,) = guard.consumers()
        guard._count_partitions()
        monkeypatch.setattr("shared.topics.PARTITIONS", 13)
        done, _ = await apply_topics(kafka, [Topic(topic, compacted=False)], move_keys=True)
        assert [step.change for step in done] == [Change.ADD_PARTITIONS]

        async def read() -> bool:
            return len(consumer.assignment()) == 13

        await eventually(read, "the new partition")
        guard._count_partitions()
        guard._count_partitions()
        assert (watchdog.verdict(broker.subscribers[0]), guard.waits()) == (None, None), "another start would not help"
    said = [line for line in capsys.readouterr().out.splitlines() if "another number of partitions" in line]
    assert [("partitions=13" in line or '"partitions": 13' in line) for line in said] == [True]
    assert watchdog.odd_topics._value.get() == 1
