"""What else our subscribers and producers do otherwise than FastStream and aiokafka would, on a real Kafka."""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared import kafka as ours
from shared import watchdog
from shared.kafka import Producer, Topic, create_topics, missing_topics, open_broker, subscribe
from tests.support.listener import Listener
from tests.support.probe import eventually
from tests.support.proxy import Api, KafkaProxy

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def broker(kafka: str) -> AsyncIterator[KafkaProxy]:
    async with KafkaProxy(kafka) as made:
        yield made


@pytest.fixture
async def listener(broker: KafkaProxy) -> AsyncIterator[Listener]:
    made = Listener(broker.address)
    await create_topics(broker.address, [Topic(made.topic, compacted=False)])
    yield made
    await made.broker.stop()


async def test_a_batch_that_keeps_being_refused_is_given_again_after_a_pause(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    # Longer than a busy machine takes by itself.
    monkeypatch.setattr(ours, "PAUSE_BEFORE_REPEAT", 5.0)
    listener.faults = [ValueError("refused")]
    await listener.start()
    await listener.send(b"one")
    await listener.until_given(2)
    assert listener.times[1] - listener.times[0] >= 5.0


async def test_a_handler_that_hangs_is_stopped_before_kafka_gives_its_member_up(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ours, "HANDLER_SECONDS", 0.2)
    monkeypatch.setattr(ours, "PAUSE_BEFORE_REPEAT", 0.0)
    stopped: list[bool] = []
    took = listener.take

    async def hanging(records: list[Any]) -> None:
        if not stopped:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                stopped.append(True)
                raise
        await took(records)

    listener.take = hanging  # type: ignore[method-assign] # the fault itself
    await listener.start()
    await listener.send(b"one")
    await listener.until_given(1)
    assert (stopped, listener.given) == ([True], [[b"one"]])
    monkeypatch.undo()
    assert ours.HANDLER_SECONDS * 2 * 1000 < ours.MAX_POLL_INTERVAL_MS


async def test_the_batch_in_hand_is_finished_and_confirmed_before_the_end(kafka: str, listener: Listener) -> None:
    begun, took = asyncio.Event(), listener.take

    async def slow(records: list[Any]) -> None:
        begun.set()
        await asyncio.sleep(0.5)
        await took(records)

    listener.take = slow  # type: ignore[method-assign] # slower than others
    await listener.start()
    await listener.send(b"one")
    await begun.wait()
    await listener.broker.stop()
    assert listener.given == [[b"one"]]
    successor = Listener(kafka)
    successor.topic = listener.topic
    await successor.start()
    await successor.send(b"two")
    await successor.until_given(1)
    await successor.broker.stop()
    assert successor.given == [[b"two"]]


async def test_one_subscriber_hears_all_its_topics_with_one_worker(kafka: str) -> None:
    first, second = Listener(kafka), Listener(kafka)
    await create_topics(kafka, [Topic(first.topic, compacted=False), Topic(second.topic, compacted=False)])
    watchdog.install()
    subscribe(first.broker, first.topic, [first.topic, second.topic], first.take)
    await first.broker.start()
    await first.send(b"one")
    await second.send(b"two")

    async def both() -> bool:
        return sum(map(len, first.given)) == 2

    await eventually(both, "a record of each topic")
    assert len(first.subscriber.tasks) == 1
    await first.broker.stop()
    assert sorted(value for batch in first.given for value in batch) == [b"one", b"two"]


async def test_a_commit_that_is_refused_is_counted_and_said_and_loses_nothing(
    broker: KafkaProxy, listener: Listener, capsys: pytest.CaptureFixture[str]
) -> None:
    before = watchdog.failed_commits._value.get()
    broker.fail(Api.OFFSET_COMMIT, -1, times=3)
    await listener.start()

    async def refused_three_times() -> bool:
        await listener.send(b"one")
        return broker.failed[Api.OFFSET_COMMIT] == 3

    await eventually(refused_three_times, "three refused commits", within=120)
    assert watchdog.failed_commits._value.get() - before == 3
    assert watchdog.verdict(listener.subscriber) is None, "another start would not help"
    said = [line for line in capsys.readouterr().out.splitlines() if "offsets were not committed" in line]
    assert [("error" in line.split("offsets")[0]) for line in said] == [False, False, True]


async def test_five_hundred_records_are_not_five_hundred_commits(broker: KafkaProxy, listener: Listener) -> None:
    await listener.send(*(b"%d" % number for number in range(500)))
    await listener.start()

    async def all_given() -> bool:
        return sum(map(len, listener.given)) == 500

    await eventually(all_given, "all records")
    assert broker.asked[Api.OFFSET_COMMIT] <= len(listener.given) < 10


async def test_with_nothing_to_do_a_subscriber_waits_in_kafka_not_asleep(listener: Listener) -> None:
    await listener.start()
    consumer = listener.subscriber.consumer
    seen = []
    for _ in range(100):
        await asyncio.sleep(0.02)
        seen.append(consumer.polling)
    assert seen.count(True) > 80


async def test_a_missing_topic_does_not_come_into_being(kafka: str) -> None:
    listener = Listener(kafka)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2):
            await listener.start()
    await listener.subscriber.consumer.stop()
    await listener.broker.stop()
    assert await missing_topics(kafka, [listener.topic]) == [listener.topic]


async def test_of_several_brokers_one_that_answers_is_enough(kafka: str) -> None:
    broker = open_broker(f"127.0.0.1:1,{kafka}")
    await broker.connect()
    assert await broker.ping(10)
    await broker.stop()


async def test_the_producer_waits_for_all_copies_and_repeats_nothing(kafka: str) -> None:
    producer = Producer(kafka)
    await producer.start()
    sender = producer._producer._sender
    assert (sender._acks, producer._producer._txn_manager.has_pid()) == (-1, True)
    await producer.stop()


async def test_a_stop_does_not_wait_for_ever_for_a_broker_that_does_not_answer(
    broker: KafkaProxy, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ours, "STOP_SECONDS", 0.5)
    producer = Producer(broker.address)
    await producer.start()
    broker.swallow()
    batch = producer.batch()
    producer.append(batch, "key", uuid.uuid4().bytes, [])
    sending = asyncio.create_task(producer.send(batch, listener.topic, 0))
    await asyncio.sleep(0.1)
    await producer.stop()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await broker.heal()
    await producer._producer.client.close()


@pytest.mark.parametrize("place", ["faststream.kafka.fastapi", "TestKafkaBroker", "AsgiFastStream", "group_instance_id"])
def test_what_does_not_do_what_it_seems_to_is_used_nowhere(place: str) -> None:
    files = [path for folder in ("services", "shared", "deploy", "tests") for path in (ROOT / folder).rglob("*.py")]
    users = [path.name for path in files if path != Path(__file__) and re.search(rf"\b{re.escape(place)}\b", path.read_text())]
    assert users == []
