"""How far each consumer group is behind, asked of Kafka itself: it can be told of services that do not run."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import CoordinatorLoadInProgressError, CoordinatorNotAvailableError, KafkaError, NotCoordinatorError, for_code

from shared.topics import REQUEST_TIMEOUT_MS

__all__ = ["NO_GROUP", "STILL_LOADING", "GroupLag", "KafkaError", "group_lags"]

# Kafka's word for a group that it does not know.
_DEAD = "Dead"
NO_GROUP, STILL_LOADING = "no group", "loading"
LOOKS, PAUSE_SECONDS = 5, 2.0
_SOON = (CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError)


@dataclass(frozen=True)
class GroupLag:
    """One group: Kafka's word for its state, how many members it has, and for each topic the records it has still to take."""

    group: str
    state: str
    members: int = 0
    topics: Mapping[str, int] = field(default_factory=dict)


async def group_lags(bootstrap_servers: str, groups: Iterable[str]) -> list[GroupLag]:
    """Look at these groups. Raises KafkaError when Kafka cannot be reached or refuses."""
    async with _clients(bootstrap_servers.split(",")) as (admin, consumer):
        return list(await asyncio.gather(*(_lag(admin, consumer, group) for group in groups)))


@asynccontextmanager
async def _clients(servers: Sequence[str]) -> AsyncIterator[tuple[Any, Any]]:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=REQUEST_TIMEOUT_MS)
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, request_timeout_ms=REQUEST_TIMEOUT_MS, enable_auto_commit=False)
    try:
        await admin.start()
        await consumer.start()
        yield admin, consumer
    finally:
        await consumer.stop()
        await admin.close()


async def _lag(admin: Any, consumer: Any, group: str) -> GroupLag:
    """A coordinator that has just started answers as if nothing had ever been committed: an empty answer is asked for again."""
    state, committed = STILL_LOADING, {}
    members: list[Any] = []
    for look in range(LOOKS):
        if look:
            await asyncio.sleep(PAUSE_SECONDS)
        try:
            committed = await admin.list_consumer_group_offsets(group)
            state, members = await _describe(admin, group)
        except _SOON:
            continue
        if state == _DEAD and not committed:
            return GroupLag(group, NO_GROUP)
        if committed or look:
            break
    return GroupLag(group, state, len(members), await _behind(consumer, committed, members))


async def _describe(admin: Any, group: str) -> tuple[str, list[Any]]:
    (answer,) = await admin.describe_consumer_groups([group])
    code, _, state, _, _, members, *_ = answer.groups[0]
    if code:
        raise for_code(code)(f"group {group}")
    return state, members


async def _behind(consumer: Any, committed: Mapping[Any, Any], members: Sequence[Any]) -> dict[str, int]:
    """The records between what was committed, or the beginning where nothing was, and the end."""
    taken = {partition: offset.offset for partition, offset in committed.items() if offset.offset >= 0}
    partitions = sorted({*committed, *(partition for member in members for partition in _assigned(member))})
    beginnings, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    behind: dict[str, int] = {}
    for partition in partitions:
        missing = max(0, ends[partition] - max(taken.get(partition, 0), beginnings[partition]))
        behind[partition.topic] = behind.get(partition.topic, 0) + missing
    return behind


def _assigned(member: Any) -> list[Any]:
    if not member[4]:
        return []
    assignment = ConsumerProtocolMemberAssignment.decode(member[4]).assignment
    return [TopicPartition(topic, number) for topic, numbers in assignment for number in numbers]
