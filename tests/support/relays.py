"""Relays that do nothing until they are told, and a producer that does not do as it is told."""

import asyncio
from collections import defaultdict
from typing import Any, Protocol

from shared.kafka import Headers, Producer, SendFailed
from shared.leases import Member
from shared.outbox import Relay


class Publisher(Protocol):
    """A database that events are published from, by replicas with names."""

    database: Any

    def member(self, name: str = "one") -> Member: ...


class Unruly:
    """A producer that refuses, or holds back, what goes to some buckets."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self.refused: set[int] = set()
        self.asked: list[int] = []
        self.open = asyncio.Event()
        self.open.set()

    def batch(self) -> Any:
        return self._producer.batch()

    def append(self, batch: Any, key: str, value: bytes, headers: Headers) -> bool:
        return self._producer.append(batch, key, value, headers)

    async def send(self, batch: Any, topic: str, partition: int) -> None:
        self.asked.append(partition)
        if partition in self.refused:
            raise SendFailed("disk full")
        await self.open.wait()
        await self._producer.send(batch, topic, partition)


async def a_relay(of: Publisher, producer: Any, name: str = "one") -> Relay:
    """One that holds all buckets and does nothing until it is told."""
    relay = Relay(of.database, producer, of.member(name))
    await relay._leases.prepare()
    await relay._leases.renew()
    return relay


def sequences(records: list[Any]) -> dict[str, list[int]]:
    """For each key the ordinals on the topic, in order."""
    found: dict[str, list[int]] = defaultdict(list)
    for record in records:
        found[record.key.decode()].append(int(dict(record.headers)["ce_sequence"]))
    return found
