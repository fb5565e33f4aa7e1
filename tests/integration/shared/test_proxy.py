"""The proxies that other tests break connections with do break them, and heal."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiokafka
import pytest
from aiokafka.errors import KafkaError

from shared.kafka import Producer, SendFailed, Topic, create_topics, missing_topics
from tests.support.probe import eventually
from tests.support.proxy import DOWN, UP, Api, KafkaProxy, Proxy


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """A proxy before a server that says everything back."""

    async def say_back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while heard := await reader.read(65536):
            writer.write(heard)
        writer.close()

    server = await asyncio.start_server(say_back, "127.0.0.1", 0)
    async with server, Proxy(f"127.0.0.1:{server.sockets[0].getsockname()[1]}") as made:
        yield made


@asynccontextmanager
async def talking(proxy: Proxy) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, port = proxy.address.split(":")
    reader, writer = await asyncio.open_connection(host, port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def test_a_proxy_without_a_fault_passes_on_what_is_said(proxy: Proxy) -> None:
    said = b"x" * 1_000_000
    async with talking(proxy) as (reader, writer):
        writer.write(said)
        assert await reader.readexactly(len(said)) == said


async def test_latency_is_added_once_to_each_direction_however_many_pieces_there_are(proxy: Proxy) -> None:
    proxy.slow_down(latency=0.1)
    async with talking(proxy) as (reader, writer):
        began = time.monotonic()
        for _ in range(10):
            writer.write(b"x")
            await asyncio.sleep(0.01)
        await reader.readexactly(10)
    assert time.monotonic() - began >= 0.2


async def test_no_more_bytes_pass_in_a_second_than_were_set(proxy: Proxy) -> None:
    proxy.slow_down(bytes_per_second=1000)
    async with talking(proxy) as (reader, writer):
        began = time.monotonic()
        writer.write(b"x" * 300)
        await reader.readexactly(300)
    assert time.monotonic() - began >= 0.2


async def test_what_was_cut_is_refused_until_it_is_healed_on_the_same_port(proxy: Proxy) -> None:
    address = proxy.address
    async with talking(proxy) as (reader, _):
        await asyncio.sleep(0.05)
        await proxy.cut()
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
    with pytest.raises(ConnectionRefusedError):
        async with talking(proxy):
            pass
    await proxy.heal()
    assert proxy.address == address
    async with talking(proxy) as (reader, writer):
        writer.write(b"again")
        assert await reader.readexactly(5) == b"again"


@pytest.mark.parametrize("directions", [(UP,), (DOWN,), ()], ids=["to the server", "to the client", "both"])
async def test_a_black_hole_gives_nothing_until_it_is_healed(proxy: Proxy, directions: tuple[str, ...]) -> None:
    async with talking(proxy) as (reader, writer):
        proxy.swallow(*directions)
        writer.write(b"lost")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.read(1)
        await proxy.heal()
        assert await reader.readexactly(4) == b"lost"


async def test_a_black_hole_can_be_taken_away_while_it_holds_something(proxy: Proxy) -> None:
    async with talking(proxy) as (_, writer):
        proxy.swallow()
        writer.write(b"lost")
        await asyncio.sleep(0.05)
        await proxy.cut()


async def test_an_answer_is_reset_in_its_middle(proxy: Proxy) -> None:
    proxy.reset_answers()
    async with talking(proxy) as (reader, writer):
        writer.write(b"0123456789")
        assert await reader.readexactly(5) == b"01234"
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(5)
    async with talking(proxy) as (reader, writer):
        writer.write(b"whole")
        assert await reader.readexactly(5) == b"whole"


# ---------------------------------------------------------------- Kafka


@pytest.fixture
async def broker(kafka: str) -> AsyncIterator[KafkaProxy]:
    async with KafkaProxy(kafka) as made:
        yield made


@pytest.fixture
async def topic(kafka: str) -> str:
    name = f"passed.{uuid.uuid4().hex}"
    await create_topics(kafka, [Topic(name, compacted=False)])
    return name


@asynccontextmanager
async def reading(broker: KafkaProxy, topic: str, group: str) -> AsyncIterator[Any]:
    consumer = aiokafka.AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker.address,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        heartbeat_interval_ms=100,
        retry_backoff_ms=20,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def send(producer: Producer, topic: str, value: bytes) -> None:
    batch = producer.batch()
    producer.append(batch, "key", value, [])
    await producer.send(batch, topic, 0)


async def test_all_that_clients_say_to_kafka_passes_the_proxy(broker: KafkaProxy, topic: str) -> None:
    producer = Producer(broker.address)
    await producer.start()
    await send(producer, topic, b"one")
    await producer.stop()
    async with reading(broker, topic, topic) as consumer:
        assert (await consumer.getone()).value == b"one"
        await consumer.commit()
    wanted = set(Api) - {Api.HEARTBEAT}
    assert wanted <= set(broker.asked)
    assert not broker.failed


@pytest.mark.parametrize("code", [29, 87])
async def test_the_answer_to_a_batch_becomes_an_error(broker: KafkaProxy, topic: str, code: int) -> None:
    producer = Producer(broker.address)
    await producer.start()
    broker.fail(Api.PRODUCE, code)
    with pytest.raises(SendFailed):
        await send(producer, topic, b"one")
    await producer.stop()
    assert broker.failed == {Api.PRODUCE: 1}


async def test_a_topic_becomes_one_that_is_missing(broker: KafkaProxy, topic: str) -> None:
    broker.fail(Api.METADATA, 3, times=5)
    assert await missing_topics(broker.address, [topic]) == [topic]


async def test_each_kind_of_answer_to_a_group_becomes_an_error(broker: KafkaProxy, topic: str) -> None:
    kinds = [Api.FIND_COORDINATOR, Api.JOIN_GROUP, Api.SYNC_GROUP, Api.OFFSET_FETCH, Api.FETCH, Api.HEARTBEAT, Api.OFFSET_COMMIT]
    retried = {Api.FIND_COORDINATOR: 15, Api.JOIN_GROUP: 14, Api.SYNC_GROUP: 27, Api.OFFSET_FETCH: 14, Api.FETCH: 6, Api.HEARTBEAT: 27}
    for kind in kinds:
        broker.fail(kind, retried.get(kind, 14))
    async with reading(broker, topic, topic) as consumer:

        async def all_failed() -> bool:
            await consumer.getmany(timeout_ms=50)
            return all(broker.failed[kind] for kind in kinds[:-1])

        await eventually(all_failed, "errors in all answers")
        partition = aiokafka.TopicPartition(topic, 0)
        while True:
            try:
                await consumer.commit({partition: 5})
                break
            except KafkaError:
                await asyncio.sleep(0.05)
        assert broker.failed == dict.fromkeys(kinds, 1)
        assert await consumer.committed(partition) == 5


async def test_an_error_of_the_whole_group_stands_beside_its_partitions(broker: KafkaProxy, topic: str) -> None:
    async with reading(broker, topic, topic) as consumer:
        partition = aiokafka.TopicPartition(topic, 0)
        await consumer.commit({partition: 5})
        broker.fail(Api.OFFSET_FETCH, 14, whole=True)
        assert await consumer.committed(partition) in {None, 5}
    assert broker.failed == {Api.OFFSET_FETCH: 1}
