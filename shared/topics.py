"""The topics of Tandem: as they should be, as they are, and what is to be done about the difference."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from shared.contracts import COMPACTED, TOPICS
from shared.errors import Operational

# For the life of a topic: a key keeps its partition, and so its order.
PARTITIONS = 12
# With aiokafka's 40 s, one paused broker of three silences a group for as long as it is paused.
REQUEST_TIMEOUT_MS = 12_000
MOST_COPIES = 3

_THERE_ALREADY, _UNKNOWN = 36, 3
_SET_ON_THE_TOPIC = 1


class TopicMissing(Operational):
    """A topic that is needed does not exist, or lacks partitions. `tandem topics plan` shows which."""


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


class Change(StrEnum):
    """What there is to do about a topic."""

    CREATE = "create"
    CONFIGURE = "configure"
    # Keys move to other partitions, away from their own history: only for who says that this may be.
    ADD_PARTITIONS = "add-partitions"
    # What cannot be done to a topic that is in use.
    TOO_MANY_PARTITIONS = "too-many-partitions"
    OTHER_REPLICATION = "other-replication"


@dataclass(frozen=True)
class Step:
    """One change of one topic, in words for who runs it."""

    topic: str
    change: Change
    what: str
    configs: Mapping[str, str] = field(default_factory=dict)


@asynccontextmanager
async def _admin(bootstrap_servers: str) -> AsyncIterator[Any]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers.split(","), request_timeout_ms=REQUEST_TIMEOUT_MS)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


# ---------------------------------------------------------------- as they are


async def partition_counts(bootstrap_servers: str, names: Iterable[str]) -> dict[str, int]:
    """How many partitions each topic has; 0 when it does not exist. A subscriber to such a one would hang for 40 s and then die."""
    async with _admin(bootstrap_servers) as admin:
        described = await admin.describe_topics(sorted(names))
    return {topic["topic"]: 0 if topic["error_code"] else len(topic["partitions"]) for topic in described}


async def missing_topics(bootstrap_servers: str, names: Iterable[str]) -> list[str]:
    """Those of the topics that do not exist."""
    return [name for name, number in (await partition_counts(bootstrap_servers, names)).items() if not number]


async def need_topics(bootstrap_servers: str, names: Iterable[str]) -> None:
    """Raise TopicMissing unless each of these topics is there, with at least the partitions that keys are dealt to."""
    counts = await partition_counts(bootstrap_servers, names)
    wrong = [f"{name} has {number} partitions" if number else name for name, number in sorted(counts.items()) if number < PARTITIONS]
    if wrong:
        raise TopicMissing(f"{', '.join(wrong)}: run `tandem topics apply`")


async def plan_topics(bootstrap_servers: str, topics: Sequence[Topic], replication: int | None = None) -> list[Step]:
    """What there is to do for the topics to be as they should be. Without `replication`: a copy for each broker, three at most."""
    async with _admin(bootstrap_servers) as admin:
        return await _plan(admin, topics, replication or await _copies(admin))


async def _copies(admin: Any) -> int:
    return min(MOST_COPIES, len((await admin.describe_cluster())["brokers"]))


async def _plan(admin: Any, topics: Sequence[Topic], replication: int) -> list[Step]:
    described = {topic["topic"]: topic for topic in await admin.describe_topics([topic.name for topic in topics])}
    for name, topic in described.items():
        if topic["error_code"] not in (0, _UNKNOWN):
            raise KafkaError(f"topic {name} cannot be looked at: error {topic['error_code']}")
    there = [topic for topic in topics if described[topic.name]["error_code"] == 0]
    configs = await _configs_of(admin, there)
    steps = []
    for topic in topics:
        if topic not in there:
            what = f"{PARTITIONS} partitions, {replication} copies, {_in_words(topic.configs)}"
            steps.append(Step(topic.name, Change.CREATE, what))
            continue
        partitions = described[topic.name]["partitions"]
        steps += _difference(topic, partitions, configs[topic.name], replication)
    return steps


def _difference(topic: Topic, partitions: Sequence[Any], configs: Mapping[str, tuple[str, int]], replication: int) -> list[Step]:
    steps = []
    number, copies = len(partitions), min(len(partition["replicas"]) for partition in partitions)
    if number < PARTITIONS:
        what = f"has {number} partitions instead of {PARTITIONS}: keys would move away from their history"
        steps.append(Step(topic.name, Change.ADD_PARTITIONS, what))
    if number > PARTITIONS:
        what = f"has {number} partitions instead of {PARTITIONS}, and none can be taken away"
        steps.append(Step(topic.name, Change.TOO_MANY_PARTITIONS, what))
    if copies != replication:
        what = f"has {copies} copies instead of {replication}: kafka-reassign-partitions changes that"
        steps.append(Step(topic.name, Change.OTHER_REPLICATION, what))
    other = {name: value for name, value in topic.configs.items() if configs.get(name, ("", 0))[0] != value}
    if other:
        # An answer to AlterConfigs replaces all that was set on the topic, so what others have set goes with it.
        kept = {name: value for name, (value, source) in configs.items() if source == _SET_ON_THE_TOPIC}
        what = ", ".join(f"{name} is {configs.get(name, ('not set', 0))[0]}, {value} is wanted" for name, value in other.items())
        steps.append(Step(topic.name, Change.CONFIGURE, what, {**kept, **topic.configs}))
    return steps


def _in_words(configs: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in configs.items())


async def _configs_of(admin: Any, topics: Sequence[Topic]) -> dict[str, dict[str, tuple[str, int]]]:
    """What is set for each topic, and where it comes from."""
    if not topics:
        return {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in topics])
    found = {}
    for code, message, _, name, entries in (resource for answer in answers for resource in answer.resources):
        if code:
            raise KafkaError(f"settings of topic {name} cannot be looked at: {message or code}")
        found[name] = {entry[0]: (entry[1], entry[3]) for entry in entries}
    return found


# ---------------------------------------------------------------- as they should be


async def apply_topics(
    bootstrap_servers: str, topics: Sequence[Topic], replication: int | None = None, *, move_keys: bool = False
) -> tuple[list[Step], list[Step]]:
    """Do what can be done; what was done, and what has to be left. Raises KafkaError naming what was refused."""
    async with _admin(bootstrap_servers) as admin:
        replication = replication or await _copies(admin)
        steps = await _plan(admin, topics, replication)
        possible = {Change.CREATE, Change.CONFIGURE} | ({Change.ADD_PARTITIONS} if move_keys else set())
        wanted = {change: [step for step in steps if step.change is change] for change in Change}
        await _create(admin, [topic for topic in topics if topic.name in {step.topic for step in wanted[Change.CREATE]}], replication)
        await _configure(admin, wanted[Change.CONFIGURE])
        if move_keys and wanted[Change.ADD_PARTITIONS]:
            await admin.create_partitions({step.topic: NewPartitions(PARTITIONS) for step in wanted[Change.ADD_PARTITIONS]})
    return [step for step in steps if step.change in possible], [step for step in steps if step.change not in possible]


async def create_topics(bootstrap_servers: str, topics: Iterable[Topic], replication: int = 1) -> list[str]:
    """Create the topics that are missing; their names. Raises KafkaError naming the first one that was refused."""
    async with _admin(bootstrap_servers) as admin:
        return await _create(admin, list(topics), replication)


async def _create(admin: Any, topics: Sequence[Topic], replication: int) -> list[str]:
    if not topics:
        return []
    wanted = [NewTopic(topic.name, PARTITIONS, replication, topic_configs=topic.configs) for topic in topics]
    # The admin client does not raise: each topic's answer must be looked at.
    answers = (await admin.create_topics(wanted)).topic_errors
    for name, code, message in answers:
        if code not in (0, _THERE_ALREADY):
            raise KafkaError(f"topic {name} was refused: {message}")
    await _until_led(admin, [topic.name for topic in topics])
    return [name for name, code, _ in answers if code == 0]


async def _until_led(admin: Any, names: Sequence[str]) -> None:
    """Wait until each partition has a leader, half a minute at most: the broker answers before it has made them."""
    for _ in range(600):
        described = await admin.describe_topics(list(names))
        if all(topic["partitions"] and all(part["leader"] >= 0 for part in topic["partitions"]) for topic in described):
            return
        await asyncio.sleep(0.05)


async def _configure(admin: Any, steps: Sequence[Step]) -> None:
    if not steps:
        return
    resources = [ConfigResource(ConfigResourceType.TOPIC, step.topic, step.configs) for step in steps]
    for answer in await admin.alter_configs(resources):
        for code, message, _, name in answer.resources:
            if code:
                raise KafkaError(f"settings of topic {name} were refused: {message or code}")
