"""The watchdog: a consumer that has died is noticed, although `broker.ping()` says that all is well."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable
from typing import Any, TypeVar

import aiokafka
import structlog
from aiokafka.consumer import group_coordinator
from aiokafka.errors import KafkaError
from aiokafka.protocol.commit import OffsetFetchRequest, OffsetFetchRequest_v1
from faststream.kafka import KafkaBroker

from shared.errors import OwnWords, problem_of
from shared.kafka import MAX_POLL_INTERVAL_MS

T = TypeVar("T")

LOOK_EVERY_SECONDS = 1.0
DEAD_FOR_SECONDS = 3.0
FAILED_POLLS, FAILING_FOR_SECONDS = 2, 12.0
STUCK_AFTER_SECONDS = 0.8 * MAX_POLL_INTERVAL_MS / 1000
EXIT_CODE = 70
POLL_MS = 1_000

log = structlog.get_logger()


class _WatchedConsumer(aiokafka.AIOKafkaConsumer):  # type: ignore[misc] # aiokafka has no types
    """A consumer that counts its own polls."""

    def __init__(self, *topics: str, **options: Any) -> None:
        super().__init__(*topics, **options)
        self.failed_polls = 0
        self.failing_since = 0.0
        self.polling = True
        self.last_poll = time.monotonic()

    async def _watched(self, poll: Awaitable[T]) -> T:
        self.polling, self.last_poll = True, time.monotonic()
        try:
            records = await poll
        except KafkaError:
            self.failing_since = self.failing_since if self.failed_polls else time.monotonic()
            self.failed_polls += 1
            raise
        finally:
            self.polling, self.last_poll = False, time.monotonic()
        self.failed_polls = 0
        return records

    async def getone(self, *partitions: Any) -> Any:
        return await self._watched(super().getone(*partitions))

    async def getmany(self, *partitions: Any, timeout_ms: int = 0, **options: Any) -> Any:
        # FastStream sleeps as long again after an empty poll: it is told a millisecond, and the poll itself waits.
        return await self._watched(super().getmany(*partitions, timeout_ms=max(timeout_ms, POLL_MS), **options))


class _OffsetFetchV1(OffsetFetchRequest):  # type: ignore[misc] # aiokafka has no types
    """aiokafka ignores the group's error that newer versions carry: a loading coordinator then looks like `no offset`."""

    def prepare(self, _versions: Any) -> Any:
        return self.build(OffsetFetchRequest_v1)


def install() -> None:
    """Have every consumer made from now on watched. Call before the broker connects."""
    group_coordinator.OffsetFetchRequest = _OffsetFetchV1
    aiokafka.AIOKafkaConsumer = _WatchedConsumer


def verdict(subscriber: Any) -> str | None:
    """None for a healthy subscriber, else what is wrong. Never judges by traffic: an idle topic is healthy."""
    consumer = subscriber.consumer
    if consumer is None:
        return "there is no consumer"
    if not subscriber.tasks or any(task.done() for task in subscriber.tasks):
        return "its loop has ended"
    return _dead_task(consumer) or _silence(consumer)


def _dead_task(consumer: Any) -> str | None:
    """The client leaves a task that died in place and raises its fault at each poll; it has no public way to ask."""
    coordinator = getattr(consumer, "_coordinator", None)
    for name in ("_heartbeat_task", "_commit_refresh_task", "_coordination_task"):
        task = getattr(coordinator, name, None)
        if task is not None and task.done() and not task.cancelled() and task.exception() is not None:
            return f"its {name.strip('_').replace('_', ' ')} died of {problem_of(task.exception())}"
    return None


def _silence(consumer: Any) -> str | None:
    if not isinstance(consumer, _WatchedConsumer):
        return None
    now = time.monotonic()
    if consumer.failed_polls >= FAILED_POLLS and now - consumer.failing_since > FAILING_FOR_SECONDS:
        return f"{consumer.failed_polls} polls have failed in a row"
    if not consumer.polling and now - consumer.last_poll > STUCK_AFTER_SECONDS:
        return "a handler does not come back"
    return None


class Watchdog:
    """Looks at every subscriber; ends the process, to be started again by its supervisor, when one is dead."""

    def __init__(self, broker: KafkaBroker) -> None:
        self._broker = broker
        self._dead_since: float | None = None
        self.problem: str | None = None

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            self.problem = next((problem for subscriber in self._broker.subscribers if (problem := verdict(subscriber))), None)
            if self.problem is None:
                self._dead_since = None
                continue
            self._dead_since = self._dead_since or time.monotonic()
            # A broker that cannot be reached is no reason to start again: it would not help.
            if time.monotonic() - self._dead_since > DEAD_FOR_SECONDS and await self._broker.ping(2):
                log.critical("a consumer is dead, the process ends to be started again", problem=OwnWords(self.problem))
                logging.shutdown()
                os._exit(EXIT_CODE)
