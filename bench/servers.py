"""A MongoDB and a Kafka of a measurement's own, and what a measurement needs to know of them."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import aiokafka
from pymongo import MongoClient

from deploy.local.kafka import Kafka
from deploy.local.mongodb import MongoDB
from deploy.local.parts import start
from deploy.local.places import cache_directory
from deploy.local.ports import free_ports
from shared.kafka import PARTITIONS

# Any of the users there are: each has a database of its own.
USER = "goals"


@contextmanager
def servers() -> Iterator[tuple[MongoDB, Kafka]]:
    """Both, on ports nobody else uses, gone with all they hold at the end."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as directory, ExitStack() as stack:
        root = Path(directory)
        port, kafka_port, controller_port = free_ports(3)
        mongodb = MongoDB(root / "mongodb", port, root / "mongodb.log")
        kafka = Kafka(root / "kafka", kafka_port, controller_port, root / "kafka.log", cache=cache_directory(), heap_mb=192)
        for server in (mongodb, kafka):
            stack.callback(server.stop)
            start(server)
        yield mongodb, kafka


@contextmanager
def emptied(mongodb: MongoDB) -> Iterator[Any]:
    """The database of `USER`, as if nothing had ever been in it."""
    with MongoClient[dict[str, Any]](mongodb.url) as client:
        client.drop_database(f"tandem_{USER}")
        # Two replicas that made a collection at once would meet.
        client[f"tandem_{USER}"].create_collection("records")
        yield client[f"tandem_{USER}"]


class Ends:
    """How many records topics hold."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=bootstrap_servers)

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def of(self, topic: str) -> int:
        """All that was ever written to it."""
        ends = await self._consumer.end_offsets([aiokafka.TopicPartition(topic, number) for number in range(PARTITIONS)])
        return sum(ends.values())

    async def reach(self, topic: str, number: int) -> None:
        """Come back when the topic holds so many."""
        while await self.of(topic) < number:  # noqa: ASYNC110 - Kafka tells nobody
            await asyncio.sleep(0.02)


async def fill(bootstrap_servers: str, topic: str, records: Sequence[tuple[bytes, bytes, list[tuple[str, bytes]]]]) -> None:
    """Put records (key, value, headers) on a topic, in order for each key."""
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=bootstrap_servers, enable_idempotence=True, max_batch_size=500_000, linger_ms=5)
    await producer.start()
    try:
        for first in range(0, len(records), 5000):
            sending = [await producer.send(topic, value, key=key, headers=headers) for key, value, headers in records[first : first + 5000]]
            await asyncio.gather(*sending)
    finally:
        await producer.stop()
