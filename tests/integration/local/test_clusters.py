import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiokafka
import pytest

from shared.kafka import Topic, create_topics, partition_of
from shared.mongo import PyMongoError, close_client, in_transaction, open_client
from shared.topics import REQUEST_TIMEOUT_MS
from tests.support.clusters import KafkaCluster, MongoCluster
from tests.support.probe import eventually


@pytest.fixture
async def mongo_cluster(tmp_path: Path) -> AsyncIterator[MongoCluster]:
    cluster = MongoCluster(tmp_path)
    try:
        await cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
async def kafka_cluster(tmp_path: Path) -> AsyncIterator[KafkaCluster]:
    cluster = KafkaCluster(tmp_path)
    try:
        await cluster.start()
        yield cluster
    finally:
        cluster.stop()


async def test_work_goes_on_when_the_primary_of_three_is_killed_frozen_or_steps_down(mongo_cluster: MongoCluster) -> None:
    client = open_client(mongo_cluster.url_of("goals"))
    things = client.get_default_database()["things"]

    async def insert(number: int) -> bool:
        async def work(session: Any) -> None:
            await things.update_one({"_id": number}, {"$set": {"there": True}}, upsert=True, session=session)

        try:
            await in_transaction(client, work)
        except PyMongoError:
            return False
        return True

    try:
        assert await insert(0)
        killed = await mongo_cluster.primary()
        mongo_cluster.kill(killed)
        await eventually(lambda: insert(1), "a write without the first primary")
        assert await mongo_cluster.primary() != killed
        mongo_cluster.restart(killed)
        await mongo_cluster.ready()
        frozen = await mongo_cluster.primary()
        mongo_cluster.freeze(frozen)
        await eventually(lambda: insert(2), "a write without the second primary")
        mongo_cluster.resume(frozen)
        await mongo_cluster.ready()
        await mongo_cluster.step_down()
        await eventually(lambda: insert(3), "a write after the third handed over")
        assert await things.count_documents({}) == 4
    finally:
        await close_client(client)


async def test_work_goes_on_when_the_leader_of_a_partition_is_killed_or_frozen(kafka_cluster: KafkaCluster) -> None:
    topic, key = f"t{uuid.uuid4().hex}", "a"
    servers = kafka_cluster.bootstrap_servers
    await create_topics(servers, [Topic(topic, compacted=False)], kafka_cluster.replication)
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=servers, enable_idempotence=True, request_timeout_ms=REQUEST_TIMEOUT_MS)
    await producer.start()

    async def send(value: bytes) -> None:
        await producer.send_and_wait(topic, value, key=key.encode())

    try:
        await send(b"0")
        killed = await kafka_cluster.leader(topic, partition_of(key))
        kafka_cluster.kill(killed)
        await send(b"1")
        assert await kafka_cluster.leader(topic, partition_of(key)) != killed
        kafka_cluster.restart(killed)
        await kafka_cluster.ready()
        frozen = await kafka_cluster.leader(topic, partition_of(key))
        kafka_cluster.freeze(frozen)
        await send(b"2")
        kafka_cluster.resume(frozen)
        await kafka_cluster.ready()
    finally:
        await producer.stop()

    consumer = aiokafka.AIOKafkaConsumer(topic, bootstrap_servers=servers, group_id="readers", auto_offset_reset="earliest")
    await consumer.start()
    try:
        assert [(await consumer.getone()).value for _ in range(3)] == [b"0", b"1", b"2"]
    finally:
        await consumer.stop()


async def test_clusters_of_one_come_back_on_what_they_have_written(tmp_path: Path) -> None:
    mongo, kafka = MongoCluster(tmp_path / "mongo", members=1), KafkaCluster(tmp_path / "kafka", nodes=1)
    client = open_client(mongo.url)
    try:
        await mongo.start()
        await kafka.start()
        await client["somewhere"]["things"].insert_one({"_id": 1})
        await create_topics(kafka.bootstrap_servers, [Topic("somewhere", compacted=False)])
        for cluster in (mongo, kafka):
            cluster.kill(0)
            cluster.restart(0)
            await cluster.ready()
        assert await client["somewhere"]["things"].count_documents({}) == 1
        assert await kafka.leader("somewhere", 0) == 0
    finally:
        await close_client(client)
        mongo.stop()
        kafka.stop()
