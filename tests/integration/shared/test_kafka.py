"""What FastStream and aiokafka would do by themselves and must not, on a real Kafka."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import aiokafka
import pytest
from aiokafka.partitioner import DefaultPartitioner

from shared import kafka as ours
from shared import watchdog
from shared.kafka import PARTITIONS, Producer, SendFailed, Topic, create_topics, missing_topics, partition_of
from tests.support.listener import Listener


@pytest.fixture
async def listener(kafka: str) -> AsyncIterator[Listener]:
    made = Listener(kafka)
    await create_topics(kafka, [Topic(made.topic, compacted=False)])
    yield made
    await made.broker.stop()


async def test_a_new_group_begins_with_the_first_record_there_ever_was(listener: Listener) -> None:
    await listener.send(b"before anybody listened")
    await listener.start()
    await listener.until_given(1)
    assert listener.given[0] == [b"before anybody listened"]


async def test_a_batch_whose_handler_raised_is_given_again(listener: Listener) -> None:
    listener.faults = [ValueError("once")]
    await listener.start()
    await listener.send(b"one", b"two")
    await listener.until_given(2)
    assert listener.given[:2] == [[b"one", b"two"], [b"one", b"two"]]


async def test_records_with_headers_nobody_can_read_are_handed_over_not_skipped(listener: Listener) -> None:
    await listener.start()
    await listener.send(b"odd", headers=[("bad", b"\xff\xfe")])
    await listener.until_given(1)
    assert listener.given[0] == [b"odd"]


async def test_a_member_that_leaves_and_comes_back_goes_on_where_it_was(kafka: str, listener: Listener) -> None:
    await listener.start()
    await listener.send(b"one")
    await listener.until_given(1)
    await listener.broker.stop()
    again = Listener(kafka)
    again.topic = listener.topic
    await again.start()
    await again.send(b"two")
    await again.until_given(1)
    await again.broker.stop()
    assert again.given[0] == [b"two"]


async def test_topics_are_made_once_with_their_partitions_and_never_by_a_client(kafka: str) -> None:
    name = f"made.{uuid.uuid4().hex}"
    assert await missing_topics(kafka, [name]) == [name]
    assert await create_topics(kafka, [Topic(name, compacted=True)]) == [name]
    assert await create_topics(kafka, [Topic(name, compacted=True)]) == []
    consumer = aiokafka.AIOKafkaConsumer(name, bootstrap_servers=kafka)
    await consumer.start()
    assert consumer.partitions_for_topic(name) == set(range(PARTITIONS))
    await consumer.stop()


async def test_a_send_that_is_not_confirmed_in_time_has_failed(kafka: str, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    producer = Producer(kafka)
    await producer.start()
    monkeypatch.setattr(ours, "SEND_SECONDS", 0.0)
    batch = producer.batch()
    producer.append(batch, "key", b"value", [])
    with pytest.raises(SendFailed):
        await producer.send(batch, listener.topic, 0)
    await producer.stop()


async def test_a_partition_that_waits_for_numbers_nobody_will_send_is_sent_to_by_a_producer_that_counts_anew(
    kafka: str, listener: Listener
) -> None:
    producer = Producer(kafka)
    await producer.start()

    async def send(value: bytes) -> None:
        batch = producer.batch()
        producer.append(batch, "key", value, [])
        await producer.send(batch, listener.topic, 0)

    await send(b"one")
    # What aiokafka does with a batch that has found no leader in time: its numbers are used up, and it is never sent.
    producer._producer._txn_manager.increment_sequence_number(aiokafka.TopicPartition(listener.topic, 0), 1)
    with pytest.raises(SendFailed):
        await send(b"two")
    await send(b"two")
    await producer.stop()
    await listener.start()
    await listener.until_given(1)
    assert [value for batch in listener.given for value in batch] == [b"one", b"two"]


def test_a_key_has_the_partition_every_java_client_would_choose() -> None:
    everywhere = list(range(PARTITIONS))
    for number in range(500):
        key = f"key {number}"
        assert partition_of(key) == DefaultPartitioner()(key.encode(), everywhere, everywhere)


async def test_a_full_batch_says_so(kafka: str) -> None:
    producer = Producer(kafka)
    await producer.start()
    batch, taken = producer.batch(), 0
    while producer.append(batch, "key", b"x" * 100_000, []):
        taken += 1
    await producer.stop()
    assert taken == 8


# ---------------------------------------------------------------- the watchdog


async def test_a_healthy_subscriber_on_an_idle_topic_is_left_alone(listener: Listener) -> None:
    await listener.start()
    assert watchdog.verdict(listener.subscriber) is None


@pytest.mark.parametrize("task", ["_heartbeat_task", "_coordination_task"])
async def test_a_task_of_the_consumer_that_died_is_noticed_though_the_broker_answers(listener: Listener, task: str) -> None:
    await listener.start()
    coordinator = listener.subscriber.consumer._coordinator

    async def die() -> None:
        raise ours.KafkaError("one unlucky answer")

    alive = getattr(coordinator, task)
    dead = asyncio.ensure_future(die())
    await asyncio.wait([dead])
    setattr(coordinator, task, dead)
    verdict = watchdog.verdict(listener.subscriber)
    assert verdict is not None
    assert "died of" in verdict
    assert await listener.broker.ping(5)
    setattr(coordinator, task, alive)


async def test_a_loop_that_has_ended_is_noticed(listener: Listener) -> None:
    await listener.start()
    for task in listener.subscriber.tasks:
        task.cancel()
    await asyncio.gather(*listener.subscriber.tasks, return_exceptions=True)
    assert watchdog.verdict(listener.subscriber) == "its loop has ended"


async def test_polls_that_keep_failing_and_handlers_that_do_not_come_back_are_noticed(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    await listener.start()
    consumer = listener.subscriber.consumer
    consumer.failed_polls, consumer.failing_since = 3, -1e9
    assert watchdog.verdict(listener.subscriber) == "3 polls have failed in a row"
    consumer.failed_polls, consumer.polling, consumer.last_poll = 0, False, -1e9
    assert watchdog.verdict(listener.subscriber) == "a handler does not come back"


async def test_a_dead_consumer_ends_the_process_with_a_word(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    await listener.start()
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(watchdog, "verdict", lambda _: "it is dead")
    monkeypatch.setattr(watchdog, "DEAD_FOR_SECONDS", 0.0)
    monkeypatch.setattr(watchdog, "LOOK_EVERY_SECONDS", 0.01)

    def end(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    monkeypatch.setattr("os._exit", end)
    dog = watchdog.Watchdog(listener.broker)
    running = asyncio.create_task(dog.run())
    assert await ended == 70
    assert dog.problem == "it is dead"
    running.cancel()
