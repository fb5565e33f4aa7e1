"""What the tests of the backbone share."""

import uuid
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiokafka
import pytest

from shared import leases, outbox
from shared.aggregate import Aggregate
from shared.event import Event
from shared.kafka import PARTITIONS, Producer, Topic, create_topics
from shared.leases import Member
from shared.mongo import ensure_indexes
from shared.outbox import INDEXES as OUTBOX
from shared.reactions import INDEXES as CURSORS
from shared.transactions import Transactions
from tests.support import ledger
from tests.support.relays import Unruly
from tests.support.service import both_drivers

NOW = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

# All that the backbone does with a database, it does by either driver.
driver = both_drivers


@dataclass
class Till:
    """A database that publishes to a topic of its own."""

    database: Any
    kafka: str
    topic: str
    event: type[Event]

    def member(self, name: str = "one") -> Member:
        return Member(self.database.client, self.database, name)

    def transactions(self, name: str = "one") -> Transactions:
        return Transactions(self.member(name), lambda: None)

    async def pay(self, account: str, times: int = 1, name: str = "one") -> None:
        """Record events of one aggregate, each in a transaction of its own."""
        for _ in range(times):
            await self.pay_together([account], name)

    async def pay_together(self, accounts: Sequence[str], name: str = "one") -> None:
        """Record events of aggregates in one transaction."""

        async def work(session: Any) -> None:
            unit = self.transactions(name).unit(session, at=NOW)
            for account, times in Counter(accounts).items():
                saved = await unit.find("accounts", Aggregate, account) or Aggregate(id=account)
                for _ in range(times):
                    saved.record(self.event(at=NOW, account_id=account))  # type: ignore[call-arg] # a class made by the fixture
                unit.save("accounts", saved)
            await unit.flush()

        await self.transactions(name).run(work)

    async def another_topic(self) -> str:
        """A topic of no event."""
        topic = f"till{uuid.uuid4().hex[:8]}.other"
        await create_topics(self.kafka, [Topic(topic, compacted=False)])
        return topic


@pytest.fixture
async def publishing(database: Any, kafka: str) -> Till:
    """A till with a topic on the real Kafka."""
    topic = f"till{uuid.uuid4().hex[:8]}.payment"

    class Paid(Event, type=f"{topic}.made.v1", key="account_id"):
        account_id: str

    await create_topics(kafka, [Topic(topic, compacted=False)])
    await ensure_indexes(database, [*OUTBOX, *CURSORS])
    return Till(database, kafka, topic, Paid)


@pytest.fixture
async def producer(kafka: str) -> AsyncIterator[Producer]:
    """A producer on the real Kafka."""
    made = Producer(kafka)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def unruly(producer: Producer) -> Unruly:
    """The producer, in a bad mood when it is told to be."""
    return Unruly(producer)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No lease runs out and no send is left behind because the machine is busy."""
    monkeypatch.setattr(leases, "LEASE_MS", 600_000)
    monkeypatch.setattr(outbox, "PATIENCE_SECONDS", 60.0)


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


@pytest.fixture
async def till(database: Any) -> ledger.Till:
    """A consumer of payments on a database of its own."""
    await ensure_indexes(database, [*CURSORS, *OUTBOX])
    return ledger.Till(database)
