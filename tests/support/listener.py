"""A subscriber on a topic of its own on the real Kafka, and what it was given."""

import time
import uuid
from typing import Any

from shared import watchdog
from shared.kafka import Headers, KafkaBroker, Producer, open_broker, partition_of, subscribe
from tests.support.probe import eventually


class Listener:
    """A subscriber on a topic of its own, and what it was given."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.topic = f"listened.{uuid.uuid4().hex}"
        self.given: list[list[bytes]] = []
        self.times: list[float] = []
        self.faults: list[Exception] = []
        self.broker: KafkaBroker = open_broker(bootstrap)

    async def take(self, records: list[Any]) -> None:
        self.given.append([record.value for record in records])
        self.times.append(time.monotonic())
        if self.faults:
            raise self.faults.pop()

    async def start(self) -> None:
        watchdog.install()
        subscribe(self.broker, self.topic, [self.topic], self.take)
        await self.broker.start()

    @property
    def subscriber(self) -> Any:
        return self.broker.subscribers[0]

    async def send(self, *values: bytes, headers: Headers | None = None) -> None:
        producer = Producer(self.bootstrap)
        await producer.start()
        batch = producer.batch()
        for value in values:
            assert producer.append(batch, "key", value, headers or [])
        await producer.send(batch, self.topic, partition_of("key"))
        await producer.stop()

    async def until_given(self, times: int) -> None:
        async def given() -> bool:
            return len(self.given) >= times

        await eventually(given, f"{times} batches")
