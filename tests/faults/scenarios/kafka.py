"""Kafka whose brokers die, freeze, run out of space, and topics that do not take what they are sent or grow."""

import asyncio
import time
from contextlib import AbstractContextManager

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from shared.contracts.goals import GoalWritten
from shared.contracts.scheduling import AgendaChanged
from shared.kafka import PARTITIONS, partition_of
from tests.faults.disk import fill, free, small_disk
from tests.faults.scenario import Trial, scenario
from tests.faults.witness import EFFECTS
from tests.faults.world import Plan, World

THREE_NODES = Plan(nodes=3)
FREEZE_SECONDS, GOES_ON_AFTER_SECONDS = 30.0, 20.0
AFTER_IT_SECONDS = 3.0
MORE_PARTITIONS = PARTITIONS + 2
DISK_MB = 200


async def _waiting(trial: Trial, service: str) -> int:
    """How many rows of a service's outbox wait for Kafka."""
    return int(await trial.world.database(service).outbox.count_documents({"pending": True}))


# ---------------------------------------------------------------- one broker


async def _away(trial: Trial, seconds: float) -> None:
    """The broker is away, and who has something for it dies while it is."""
    async with trial.load():
        trial.world.kafka.kill(0)
        await asyncio.sleep(seconds)
        trial.expect(await _waiting(trial, "goals"), "nothing waits for Kafka")
        for replica in trial.world.of("goals"):
            replica.kill()
        trial.faults += 3
        trial.world.kafka.restart(0)
        await trial.world.kafka.ready()
        await asyncio.sleep(AFTER_IT_SECONDS)


@scenario("10", "the broker is away for 5 s, and who has something for it dies", without="sends-are-awaited", quick=True)
async def broker_away(trial: Trial) -> None:
    await _away(trial, 5)


@scenario("10x", "the broker is away for longer than any request takes", without="sends-are-awaited")
async def broker_away_for_long(trial: Trial) -> None:
    await _away(trial, 24)


@scenario("14", "one partition of one topic takes nothing", without="confirmed-before-marked", quick=True)
async def one_partition_refuses(trial: Trial) -> None:
    world, (relay,) = trial.world, trial.world.of("scheduling")
    partition = partition_of(world.pairs[0].partnership_id)
    async with trial.load():
        point = f"relay-sending-{AgendaChanged.topic}/{partition}"
        relay.arm(point, "refuse", "always")
        await relay.misbehaved(point)
        others = {"bucket": {"$ne": partition}, "pending": {"$ne": True}}
        before = await world.database("scheduling").outbox.count_documents(others)
        await asyncio.sleep(5)
        trial.faults += relay.reached(point)
        trial.expect(await world.database("scheduling").outbox.count_documents(others) > before, "the others do not go on")
        trial.expect(await world.database("scheduling").outbox.count_documents({"bucket": partition, "pending": True}), "nothing waits")
        relay.disarm()
        await asyncio.sleep(1)


@scenario("11", "the broker hangs and is killed, five times", without="kafka-confirms")
async def broker_killed(trial: Trial) -> None:
    async with trial.load():
        for _ in range(5):
            await _hangs_and_dies(trial, 0)


async def _hangs_and_dies(trial: Trial, index: int) -> None:
    """What is sent in the second before it dies arrives at nobody."""
    nodes = trial.world.kafka
    nodes.freeze(index)
    await asyncio.sleep(1)
    nodes.kill(index)
    trial.faults += 1
    await asyncio.sleep(1)
    nodes.restart(index)
    await nodes.ready()
    await asyncio.sleep(1)


# ---------------------------------------------------------------- three brokers


@scenario("11x", "each of three brokers hangs and is killed, one leader after the other", without="kafka-confirms", plan=THREE_NODES)
async def leaders_killed(trial: Trial) -> None:
    async with trial.load():
        for number in range(5):
            await _hangs_and_dies(trial, await trial.world.kafka.leader(GoalWritten.topic, number))


@scenario("12", "two of three brokers freeze, then the third is killed", without="all-replicas-confirm", plan=THREE_NODES)
async def not_enough_replicas(trial: Trial) -> None:
    nodes = trial.world.kafka
    async with trial.load():
        for index in (1, 2):
            nodes.freeze(index)
        trial.faults += 3
        await asyncio.sleep(14)
        trial.expect(await _waiting(trial, "goals"), "nothing waits, though two of three brokers cannot have it")
        nodes.kill(0)
        for index in (1, 2):
            nodes.resume(index)
        await asyncio.sleep(6)
        nodes.restart(0)
        await nodes.ready()
        await asyncio.sleep(AFTER_IT_SECONDS)


@scenario("K5", "the broker that coordinates a group is frozen for 30 s", without="requests-end-before-patience", plan=THREE_NODES)
async def coordinator_frozen(trial: Trial) -> None:
    world = trial.world
    coordinator = await _coordinator(world, "notifications")
    async with trial.load():
        began = time.monotonic()
        world.kafka.freeze(coordinator)
        trial.faults += 1
        await asyncio.sleep(FREEZE_SECONDS)
        late = {"moment": {"$gt": int((began + GOES_ON_AFTER_SECONDS) * 1e9)}}
        taken = await world.database("notifications").get_collection(EFFECTS).count_documents(late)
        world.kafka.resume(coordinator)
        trial.expect(taken, f"{GOES_ON_AFTER_SECONDS:.0f} s after it the group still takes nothing in")
        await asyncio.sleep(AFTER_IT_SECONDS)


async def _coordinator(world: World, group: str) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=world.kafka.bootstrap_servers.split(","))
    await admin.start()
    try:
        return int(await admin.find_coordinator(group)) - 1
    finally:
        await admin.close()


# ---------------------------------------------------------------- no space left


def _a_small_disk(world: World) -> AbstractContextManager[None]:
    return small_disk(world.kafka.place(0), DISK_MB)


@scenario("21b", "the disk of Kafka is full", without="kafka-confirms", plan=Plan(places=_a_small_disk))
async def disk_full(trial: Trial) -> None:
    broker = trial.world.kafka
    async with trial.load(pause=0.02):
        fill(broker.place(0))
        trial.faults += 1

        async def ended() -> bool:
            return not broker.answering()

        await trial.eventually(ended, "a broker that ends when it cannot write")
        await asyncio.sleep(AFTER_IT_SECONDS)
        trial.expect(await _waiting(trial, "goals"), "nothing waits for Kafka")
        free(broker.place(0))
        broker.restart(0)
        await broker.ready()
        await asyncio.sleep(AFTER_IT_SECONDS)


# ---------------------------------------------------------------- more partitions: last, for the topic keeps them


@scenario("30", "a topic gets more partitions while everything runs", without="keys-keep-their-partition")
async def more_partitions(trial: Trial) -> None:
    world = trial.world
    admin = AIOKafkaAdminClient(bootstrap_servers=world.kafka.bootstrap_servers.split(","))
    await admin.start()
    async with trial.load():
        try:
            await admin.create_partitions({GoalWritten.topic: NewPartitions(MORE_PARTITIONS)})
        finally:
            await admin.close()
        trial.faults += 1

        async def said() -> bool:
            return await world.of("notifications")[0].metric("tandem_topics_odd") > 0

        await trial.eventually(said, "word of the topic with too many partitions")
        await asyncio.sleep(AFTER_IT_SECONDS)
