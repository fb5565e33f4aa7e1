"""What the tests of the backbone share."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiokafka
import pytest

from shared.aggregate import Aggregate
from shared.event import Event
from shared.kafka import PARTITIONS, Topic, create_topics
from shared.leases import Member
from shared.mongo import ensure_indexes
from shared.outbox import INDEXES as OUTBOX
from shared.reactions import INDEXES as CURSORS
from shared.transactions import Transactions

NOW = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)


@dataclass
class Till:
    """A database that publishes to a topic of its own."""

    database: Any
    topic: str
    event: type[Event]

    def member(self, name: str = "one") -> Member:
        return Member(self.database.client, self.database, name)

    def transactions(self, name: str = "one") -> Transactions:
        return Transactions(self.member(name), lambda: None)

    async def pay(self, account: str, times: int = 1, name: str = "one") -> None:
        """Record events of one aggregate, each in a transaction of its own."""
        for _ in range(times):

            async def work(session: Any) -> None:
                unit = self.transactions(name).unit(session, at=NOW)
                saved = await unit.find("accounts", Aggregate, account) or Aggregate(id=account)
                saved.record(self.event(at=NOW, account_id=account))  # type: ignore[call-arg] # a class made by the fixture
                unit.save("accounts", saved)
                await unit.flush()

            await self.transactions(name).run(work)


@pytest.fixture
async def publishing(database: Any, kafka: str) -> Till:
    """A till with a topic on the real Kafka."""
    topic = f"till{uuid.uuid4().hex[:8]}.payment"

    class Paid(Event, type=f"{topic}.made.v1", key="account_id"):
        account_id: str

    await create_topics(kafka, [Topic(topic, compacted=False)])
    await ensure_indexes(database, [*OUTBOX, *CURSORS])
    return Till(database, topic, Paid)


@pytest.fixture
async def read_topic(kafka: str) -> Any:
    """Read a whole topic: its records, partition by partition, in order."""

    async def read(topic: str) -> list[Any]:
        consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest", enable_auto_commit=False)
        await consumer.start()
        try:
            partitions = [aiokafka.TopicPartition(topic, number) for number in range(PARTITIONS)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            total = sum((await consumer.end_offsets(partitions)).values())
            records: list[Any] = []
            while len(records) < total:
                for found in (await consumer.getmany(timeout_ms=200)).values():
                    records += found
            return records
        finally:
            await consumer.stop()

    return read
