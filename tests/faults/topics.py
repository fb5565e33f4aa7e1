"""What is on the topics: every record there is, and how far each group has come."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import aiokafka
from aiokafka.admin import AIOKafkaAdminClient

from shared.contracts import TOPICS
from shared.records import Incoming

PATIENCE_MS = 12_000


@dataclass(frozen=True)
class Told:
    """A record on a topic. Only `readable` ones are events."""

    topic: str
    partition: int
    offset: int
    key: str
    id: str
    type: str
    sequence: int
    letter_id: str
    readable: bool

    @property
    def aggregate(self) -> str:
        return f"{self.topic}/{self.key}"

    @property
    def made_by_test(self) -> bool:
        """Whether no service has told it."""
        return not self.key or self.key.startswith("made-by-test")


async def everything_told(bootstrap_servers: str) -> list[Told]:
    """All records of all topics, partition by partition, in their order."""
    consumer = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers.split(","),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=PATIENCE_MS,
    )
    await consumer.start()
    try:
        ends = await _ends(consumer, TOPICS)
        consumer.assign(list(ends))
        await consumer.seek_to_beginning()
        told: list[Told] = []
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                told += [_told(record) for record in records]
        return sorted(told, key=lambda one: (one.topic, one.partition, one.offset))
    finally:
        await consumer.stop()


def _told(record: Any) -> Told:
    incoming = Incoming.of(record)
    return Told(
        record.topic,
        record.partition,
        record.offset,
        incoming.key,
        incoming.id,
        incoming.type,
        incoming.sequence,
        incoming.letter_id,
        incoming.problem is None,
    )


async def _ends(consumer: Any, topics: Iterable[str]) -> dict[Any, int]:
    await consumer._client.force_metadata_update()
    partitions = [
        aiokafka.TopicPartition(topic, partition)
        for topic in topics
        for partition in sorted(consumer._client.cluster.partitions_for_topic(topic) or await _partitions(consumer, topic))
    ]
    ends: dict[Any, int] = await consumer.end_offsets(partitions)
    return ends


async def _partitions(consumer: Any, topic: str) -> set[int]:
    await consumer._client.add_topic(topic)
    return consumer._client.cluster.partitions_for_topic(topic) or set()


async def committed_offsets(bootstrap_servers: str, group: str) -> dict[tuple[str, int], int]:
    """How far a group has come, by topic and partition."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers.split(","), request_timeout_ms=PATIENCE_MS)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {(partition.topic, partition.partition): found.offset for partition, found in offsets.items()}


async def lag(bootstrap_servers: str, groups: Iterable[str], topics_of: dict[str, list[str]]) -> dict[str, int]:
    """How many records each group has still to take in."""
    consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=bootstrap_servers.split(","), request_timeout_ms=PATIENCE_MS)
    await consumer.start()
    try:
        ends = {(place.topic, place.partition): end for place, end in (await _ends(consumer, TOPICS)).items()}
    finally:
        await consumer.stop()
    lags = {}
    for group in groups:
        committed = await committed_offsets(bootstrap_servers, group)
        lags[group] = sum(end - committed.get(place, 0) for place, end in ends.items() if place[0] in topics_of[group])
    return lags
