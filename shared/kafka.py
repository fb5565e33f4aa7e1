"""Kafka: topics, the relay's producer, batch subscribers. With `watchdog`, the only module that knows FastStream and aiokafka."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import aiokafka
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import KafkaAckableMessage

from shared.contracts import COMPACTED, TOPICS

__all__ = [
    "PARTITIONS",
    "Headers",
    "KafkaBroker",
    "KafkaError",
    "Producer",
    "Record",
    "SendFailed",
    "TopicMissing",
    "create_topics",
    "missing_topics",
]

Headers = list[tuple[str, bytes]]
Record = Any

# For the life of a topic: a key keeps its partition, and so its order.
PARTITIONS = 12
BATCH_RECORDS = 500
LARGEST_BATCH = 900_000
# With aiokafka's 40 s, one paused broker of three silences a group for as long as it is paused.
REQUEST_TIMEOUT_MS = 12_000
SEND_SECONDS = 20.0
STOP_SECONDS = 10.0
# The worst batch takes far less than half of it; a handler is stopped before it is over.
MAX_POLL_INTERVAL_MS = 300_000
HANDLER_SECONDS = 120.0

TOPIC_EXISTS = 36


class SendFailed(Exception):  # noqa: N818 - what happened to a send
    """Kafka did not confirm; whether the events are there is not known."""


class TopicMissing(Exception):  # noqa: N818 - what is wrong with the cluster
    """A topic that is needed does not exist. `tandem topics apply` creates it."""


def partition_of(key: str) -> int:
    """The partition of a key, as every Java client would say."""
    return int(murmur2(key.encode()) & 0x7FFFFFFF) % PARTITIONS


# ---------------------------------------------------------------- topics


@dataclass(frozen=True)
class Topic:
    """A topic as it should be."""

    name: str
    compacted: bool

    @property
    def configs(self) -> dict[str, str]:
        """Kafka's words for it. Facts are kept for ever: a new service reads from the beginning."""
        return {"cleanup.policy": "compact"} if self.compacted else {"cleanup.policy": "delete", "retention.ms": "-1"}


def wanted_topics() -> list[Topic]:
    """All topics of Tandem, out of the one table there is."""
    return [Topic(name, name in COMPACTED) for name in TOPICS]


async def create_topics(bootstrap_servers: str, topics: Iterable[Topic], replication: int = 1) -> list[str]:
    """Create the topics that are missing; their names. Raises KafkaError naming the first one that was refused."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=REQUEST_TIMEOUT_MS)
    await admin.start()
    try:
        wanted = [NewTopic(topic.name, PARTITIONS, replication, topic_configs=topic.configs) for topic in topics]
        # The admin client does not raise: each topic's answer must be looked at.
        answers = (await admin.create_topics(wanted)).topic_errors
        refused = [answer for answer in answers if answer[1] not in (0, TOPIC_EXISTS)]
        if refused:
            raise KafkaError(f"topic {refused[0][0]} was refused: {refused[0][2]}")
        await _until_led(admin, [topic.name for topic in wanted])
    finally:
        await admin.close()
    return [answer[0] for answer in answers if answer[1] == 0]


async def _until_led(admin: AIOKafkaAdminClient, names: Sequence[str]) -> None:
    """Wait until each partition has a leader, half a minute at most: the broker answers before it has made them."""
    for _ in range(600):
        described = await admin.describe_topics(list(names))
        if all(topic["partitions"] and all(part["leader"] >= 0 for part in topic["partitions"]) for topic in described):
            return
        await asyncio.sleep(0.05)


async def missing_topics(bootstrap_servers: str, names: Iterable[str]) -> list[str]:
    """Those of the topics that do not exist. A subscriber to one would hang for 40 s and then die."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=REQUEST_TIMEOUT_MS)
    await admin.start()
    try:
        described = await admin.describe_topics(sorted(names))
    finally:
        await admin.close()
    return [topic["topic"] for topic in described if topic["error_code"]]


# ---------------------------------------------------------------- out


class Producer:
    """The relay's own producer: FastStream's `publish_batch` has one set of headers for all messages."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._producer = aiokafka.AIOKafkaProducer(
            bootstrap_servers=bootstrap_servers,
            enable_idempotence=True,
            max_batch_size=LARGEST_BATCH,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            metadata_max_age_ms=30_000,
        )

    async def start(self) -> None:
        await self._producer.start()

    async def stop(self) -> None:
        """Stop, but do not wait for ever for a broker whose disk is full."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._producer.stop()

    def batch(self) -> Any:
        """A new batch for one partition."""
        return self._producer.create_batch()

    def append(self, batch: Any, key: str, value: bytes, headers: Headers) -> bool:
        """Put a record into a batch; False when it is full."""
        return batch.append(key=key.encode(), value=value, timestamp=None, headers=headers) is not None

    async def send(self, batch: Any, topic: str, partition: int) -> None:
        """Send a batch: all of it arrives or nothing. Raises SendFailed when that is not known."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await (await self._producer.send_batch(batch, topic, partition=partition))
        except (KafkaError, TimeoutError) as error:
            raise SendFailed(repr(error)) from error


# ---------------------------------------------------------------- in


def open_broker(bootstrap_servers: str) -> KafkaBroker:
    """A broker with the defaults that are right for us. It takes a list: one text is taken for one host."""
    return KafkaBroker(
        bootstrap_servers.split(","),
        allow_auto_create_topics=False,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        metadata_max_age_ms=30_000,
        graceful_timeout=15.0,
        logger=None,
    )


def subscribe(broker: KafkaBroker, group: str, topics: Sequence[str], take: Callable[[list[Record]], Awaitable[None]]) -> None:
    """Have `take` called with the records of these topics, batch by batch; their offsets are committed when it returns."""

    async def whole(records: tuple[Record, ...]) -> KafkaMessage:
        # FastStream's own parser makes an object of each record and skips those whose headers are not text.
        return KafkaAckableMessage(
            body=b"",
            headers={},
            batch_headers=[],
            raw_message=records,
            message_id="batch",
            correlation_id="batch",
            consumer=subscriber.consumer,
        )

    async def undecoded(_message: KafkaMessage) -> None:
        return None

    subscriber: Any = broker.subscriber(
        *topics,
        group_id=group,
        batch=True,
        max_records=BATCH_RECORDS,
        batch_timeout_ms=1,  # the watched consumer waits longer, see there
        fetch_max_wait_ms=3_000,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        auto_offset_reset="earliest",
        max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
        parser=whole,
        decoder=undecoded,
    )

    @subscriber  # type: ignore[untyped-decorator] # FastStream's union of subscribers
    async def received(message: KafkaMessage) -> None:
        async with asyncio.timeout(HANDLER_SECONDS):
            await take(list(message.raw_message))
