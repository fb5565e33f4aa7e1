"""Protections against what servers and networks do, taken out."""

import asyncio
from typing import Any

import aiokafka
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from aiokafka.protocol.commit import OffsetFetchRequest
from pymongo import MongoClient

from shared import kafka, mongo, outbox, service, watchdog
from shared.kafka import KafkaBroker, Producer, SendFailed
from shared.mongo import PyMongoError, Session
from shared.watchdog import Watchdog
from tests.faults.changes.table import protection
from tests.faults.patching import instead

# ---------------------------------------------------------------- MongoDB


@protection
def all_members_are_known() -> None:
    """A service knows only the member of MongoDB that led when it started."""

    def opening(original: Any) -> Any:
        def open_client(url: str) -> Any:
            with MongoClient[Any](url) as client:
                client.admin.command("ping")
                host, port = client.primary or ("", 0)
            user, _, tail = url.rpartition("@")
            options = tail.partition("/")[2].replace("replicaSet=", "directConnection=true&appName=")
            return original(f"{user}@{host}:{port}/{options}")

        return open_client

    instead(service, "open_database", opening)


@protection
def majority_writes() -> None:
    """A write counts when one member has it in memory."""
    for kind in ("AsyncIOMotorClient", "AsyncMongoClient"):
        instead(mongo, kind, lambda original: lambda url, **options: original(url, **{**options, "w": 1, "journal": False}))


@protection
def unknown_commits_are_asked_again() -> None:
    """A commit of which nobody knows whether it was done counts as not done, and the work is done again."""

    def committing(_original: Any) -> Any:
        async def commit(session: Session, _until: float) -> None:
            try:
                await session.commit_transaction()
            except PyMongoError as error:
                error._add_error_label("TransientTransactionError")
                raise

        return commit

    instead(mongo, "_commit", committing)


@protection
def outbox_is_polled() -> None:
    """A relay looks only when it is woken, by its own commits or by the change stream."""
    instead(outbox, "LOOK_EVERY_SECONDS", lambda _: 1_000_000.0)


# ---------------------------------------------------------------- Kafka


def _producing(**differently: Any) -> None:
    instead(aiokafka, "AIOKafkaProducer", lambda original: lambda **options: original(**{**options, **differently}))


@protection
def sends_are_awaited() -> None:
    """A row counts as published when its events are handed to the client."""

    def sending(_original: Any) -> Any:
        async def send(self: Producer, batch: Any, topic: str, partition: int) -> None:
            try:
                await self._producer.send_batch(batch, topic, partition=partition)
            except KafkaError as error:
                raise SendFailed from error

        return send

    instead(Producer, "send", sending)


@protection
def kafka_confirms() -> None:
    """A row counts as published when its events have left the process."""
    _producing(enable_idempotence=False, acks=0)


@protection
def all_replicas_confirm() -> None:
    """A row counts as published when one broker has its events."""
    _producing(enable_idempotence=False, acks=1)


@protection
def requests_end_before_patience() -> None:
    """A request to a broker that does not answer is waited for as long as aiokafka does."""
    instead(kafka, "REQUEST_TIMEOUT_MS", lambda _: 40_000)
    instead(watchdog, "STUCK_AFTER_SECONDS", lambda _: 10_000.0)


@protection
def consumers_are_watched() -> None:
    """There is no watchdog."""

    def running(_original: Any) -> Any:
        async def run(_self: Watchdog) -> None:
            await asyncio.Event().wait()

        return run

    instead(Watchdog, "run", running)


@protection
def offsets_are_found_or_all_is_read() -> None:
    """The group's error is overlooked when offsets are asked for, and who has none begins at the end."""

    def subscribing(original: Any) -> Any:
        def subscriber(self: KafkaBroker, *topics: str, **options: Any) -> Any:
            return original(self, *topics, **{**options, "auto_offset_reset": "latest"})

        return subscriber

    instead(KafkaBroker, "subscriber", subscribing)
    instead(watchdog, "_OffsetFetchV1", lambda _: OffsetFetchRequest)


@protection
def keys_keep_their_partition() -> None:
    """The partition of a key depends on how many the topic has."""
    producers: list[Any] = []

    def starting(original: Any) -> Any:
        async def start(self: Producer) -> None:
            await original(self)
            producers.append(self._producer)

        return start

    def dealing(original: Any) -> Any:
        def partition_of(key: str) -> int:
            counts = [
                len(one.client.cluster.partitions_for_topic(topic) or ()) for one in producers for topic in one.client.cluster.topics()
            ]
            return int(murmur2(key.encode()) & 0x7FFFFFFF) % max(counts) if counts else int(original(key))

        return partition_of

    instead(Producer, "start", starting)
    instead(outbox, "partition_of", dealing)
