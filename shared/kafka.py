"""Kafka: the relay's producer and batch subscribers. With `topics` and `watchdog`, the only modules that know FastStream and aiokafka."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiokafka
import structlog
from aiokafka import ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import KafkaAckableMessage
from prometheus_client import Counter

from shared.errors import Operational, problem_of
from shared.topics import PARTITIONS, REQUEST_TIMEOUT_MS, Topic, TopicMissing, create_topics, missing_topics, wanted_topics

__all__ = [
    "PARTITIONS",
    "Headers",
    "KafkaBroker",
    "KafkaError",
    "Producer",
    "Record",
    "SendFailed",
    "Topic",
    "TopicMissing",
    "create_topics",
    "missing_topics",
    "wanted_topics",
]

Headers = list[tuple[str, bytes]]
Record = Any

BATCH_RECORDS = 500
LARGEST_BATCH = 900_000
SEND_SECONDS = 20.0
# By then partitions that were added are read; with aiokafka's five minutes a new leader would be found late, too.
METADATA_MAX_AGE_MS = 30_000
STOP_SECONDS = 10.0
# The worst batch takes far less than half of it; a handler is stopped before it is over.
MAX_POLL_INTERVAL_MS = 300_000
HANDLER_SECONDS = 45.0
# A batch that raised is given again at once: without a pause a thousand times in a second.
PAUSE_BEFORE_REPEAT = 1.0
# For the batch in hand when the process is to stop. None would not wait at all.
GRACEFUL_SECONDS = 8.0

log = structlog.get_logger()
rebalances = Counter("tandem_consumer_rebalances", "Times that the partitions of the group were dealt anew.")


class _Rebalances(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Counts how often the partitions of the group are dealt anew."""

    def on_partitions_revoked(self, revoked: object) -> None: ...

    def on_partitions_assigned(self, _assigned: object) -> None:
        rebalances.inc()


class SendFailed(Operational):
    """Kafka did not confirm; whether the events are there is not known."""


def partition_of(key: str) -> int:
    """The partition of a key, as every Java client would say."""
    return int(murmur2(key.encode()) & 0x7FFFFFFF) % PARTITIONS


# ---------------------------------------------------------------- out


class Producer:
    """The relay's own producer: FastStream's `publish_batch` has one set of headers for all messages."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._producer = self._made()
        self._renewing = asyncio.Lock()

    def _made(self) -> Any:
        return aiokafka.AIOKafkaProducer(
            bootstrap_servers=self._bootstrap_servers,
            enable_idempotence=True,
            max_batch_size=LARGEST_BATCH,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
        )

    async def start(self) -> None:
        await self._producer.start()

    async def ask(self) -> None:
        """Ask Kafka which brokers there are. Raises KafkaError when none of those known answers."""
        await self._producer.client.fetch_all_metadata()

    async def stop(self) -> None:
        """Stop, but do not wait for ever for a broker whose disk is full."""
        await _ended(self._producer)

    async def _renew(self, spoilt: Any) -> None:
        """Go on with a producer that counts anew.

        A batch that found no leader in time has used up its sequence numbers all the same: aiokafka goes on with the next, and Kafka
        refuses everything until those it has never seen have come.
        """
        async with self._renewing:
            if spoilt is not self._producer:
                return
            fresh = self._made()
            try:
                await fresh.start()
            except KafkaError:  # whoever sends next finds the spoilt one, and tries again
                await _ended(fresh)
                return
            self._producer = fresh
        log.warning("the producer was made anew")
        await _ended(spoilt)

    def batch(self) -> Any:
        """A new batch for one partition."""
        return self._producer.create_batch()

    def append(self, batch: Any, key: str, value: bytes, headers: Headers) -> bool:
        """Put a record into a batch; False when it is full."""
        return batch.append(key=key.encode(), value=value, timestamp=None, headers=headers) is not None

    async def send(self, batch: Any, topic: str, partition: int) -> None:
        """Send a batch: all of it arrives or nothing. Raises SendFailed when that is not known."""
        producer = self._producer
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await (await producer.send_batch(batch, topic, partition=partition))
        except (KafkaError, TimeoutError) as error:
            if isinstance(error, KafkaError) and not error.retriable:
                await self._renew(producer)
            raise SendFailed(problem_of(error)) from error


async def _ended(producer: Any) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await producer.stop()


# ---------------------------------------------------------------- in


def open_broker(bootstrap_servers: str) -> KafkaBroker:
    """A broker with the defaults that are right for us. It takes a list: one text is taken for one host."""
    return KafkaBroker(
        bootstrap_servers.split(","),
        allow_auto_create_topics=False,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        metadata_max_age_ms=METADATA_MAX_AGE_MS,
        graceful_timeout=GRACEFUL_SECONDS,
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
        listener=_Rebalances(),
        parser=whole,
        decoder=undecoded,
    )

    @subscriber  # type: ignore[untyped-decorator] # FastStream's union of subscribers
    async def received(message: KafkaMessage) -> None:
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                await take(list(message.raw_message))
        except Exception as error:
            log.error("a batch was not taken in and is given again", problem=error, records=len(message.raw_message))
            await asyncio.sleep(PAUSE_BEFORE_REPEAT)
            raise
