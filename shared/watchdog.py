"""The watchdog: a consumer that has died is noticed, although `broker.ping()` says that all is well."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiokafka
import structlog
from aiokafka.consumer import group_coordinator
from aiokafka.errors import KafkaError
from aiokafka.protocol.commit import OffsetFetchRequest, OffsetFetchRequest_v1
from faststream.kafka import KafkaBroker
from prometheus_client import Counter, Gauge

from shared.errors import problem_of
from shared.kafka import HANDLER_SECONDS
from shared.lifeline import leave
from shared.topics import PARTITIONS

T = TypeVar("T")

LOOK_EVERY_SECONDS = 1.0
DEAD_FOR_SECONDS = 3.0
FAILED_POLLS, FAILING_FOR_SECONDS = 2, 12.0
# A handler is stopped before; one that will not be stopped, and a poll that waits for nothing, hold the consumer up for ever.
STUCK_AFTER_SECONDS = HANDLER_SECONDS + 15
OUTSIDE_SECONDS = 30.0
REFUSED_COMMITS = 3
POLL_MS = 1_000
PING_SECONDS = 2.0

log = structlog.get_logger()
unwell = Gauge("tandem_consumer_unwell", "1 while something is wrong with the consumer.")
failed_polls = Counter("tandem_consumer_polls_failed", "Polls of Kafka that failed.")
failed_commits = Counter("tandem_consumer_commits_failed", "Commits of offsets that failed; the records are given again.")
odd_topics = Gauge("tandem_topics_odd", "Topics that do not have the number of partitions that Tandem counts on.")


class _WatchedConsumer(aiokafka.AIOKafkaConsumer):  # type: ignore[misc] # aiokafka has no types
    """A consumer that counts what becomes of its own polls and commits."""

    def __init__(self, *topics: str, **options: Any) -> None:
        super().__init__(*topics, **options)
        self.failed_polls = 0
        self.failing_since = 0.0
        self.polling = True
        self.last_poll = time.monotonic()
        self.refused_commits = 0

    async def _watched(self, poll: Awaitable[T]) -> T:
        self.polling, self.last_poll = True, time.monotonic()
        try:
            records = await poll
        except KafkaError:
            self.failing_since = self.failing_since if self.failed_polls else time.monotonic()
            self.failed_polls += 1
            failed_polls.inc()
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

    async def commit(self, offsets: Any = None) -> None:
        """Commit, and say when it fails: FastStream takes the records for done all the same."""
        try:
            await super().commit(offsets)
        except Exception as error:
            self.refused_commits += 1
            failed_commits.inc()
            # One may fail whenever the group changes. Several in a row: another process may have taken this one's identity.
            say = log.error if self.refused_commits >= REFUSED_COMMITS else log.warning
            say("offsets were not committed", problem=error, times=self.refused_commits)
            raise
        self.refused_commits = 0


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
    # FastStream would start a loop that crashed again, without end, and say so once an hour.
    if not subscriber.tasks or any(task.done() for task in subscriber.tasks):
        return "its loop has ended"
    return _dead_task(consumer) or _silence(consumer)


def _dead_task(consumer: Any) -> str | None:
    """The client leaves a task that died in place and raises its fault at each poll; it has no public way to ask."""
    coordinator = getattr(consumer, "_coordinator", None)
    for name in ("_heartbeat_task", "_commit_refresh_task", "_coordination_task"):
        task = getattr(coordinator, name, None)
        if task is not None and task.done() and not task.cancelled():
            title = name.strip("_").replace("_", " ")
            if task.exception() is not None:
                return f"its {title} died of {problem_of(task.exception())}"
            if name == "_coordination_task":
                return f"its {title} has ended"
    return None


def _silence(consumer: Any) -> str | None:
    if not isinstance(consumer, _WatchedConsumer):
        return None
    now = time.monotonic()
    if consumer.failed_polls >= FAILED_POLLS and now - consumer.failing_since > FAILING_FOR_SECONDS:
        return f"{consumer.failed_polls} polls have failed in a row"
    if now - consumer.last_poll > STUCK_AFTER_SECONDS:
        return "a poll does not come back" if consumer.polling else "a handler does not come back"
    return None


def is_outside(subscriber: Any) -> bool:
    """Whether it has no place in its group at this moment. A member that was given no partition has one."""
    subscription = getattr(getattr(subscriber.consumer, "_subscription", None), "subscription", None)
    return subscription is not None and subscription.assignment is None


class Watchdog:
    """Looks at every subscriber; has the process end, to be started again by its supervisor, when one is dead."""

    def __init__(self, broker: KafkaBroker, end: Callable[[str], None] = leave) -> None:
        self._broker = broker
        self._end = end
        self._dead_since: float | None = None
        self._outside_since: float | None = None
        self._odd: dict[str, int] = {}
        self.problem: str | None = None
        self.dead = False

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            self._count_partitions()
            self._outside_since = (self._outside_since or time.monotonic()) if any(map(is_outside, self._broker.subscribers)) else None
            self.problem = next((problem for subscriber in self._broker.subscribers if (problem := verdict(subscriber))), None)
            unwell.set(self.problem is not None)
            if self.problem is None:
                self._dead_since, self.dead = None, False
                continue
            self._dead_since = self._dead_since or time.monotonic()
            # A broker that cannot be reached is no reason to start again: it would not help.
            if time.monotonic() - self._dead_since > DEAD_FOR_SECONDS and await self._broker.ping(PING_SECONDS):
                self.dead = True
                self._end(f"a consumer is dead: {self.problem}")

    def consumers(self) -> list[Any]:
        """Those that there are at this moment."""
        subscribers: list[Any] = list(self._broker.subscribers)
        return [subscriber.consumer for subscriber in subscribers if subscriber.consumer is not None]

    def waits(self) -> str | None:
        """What keeps the consumer from taking records in, though it may pass by itself."""
        if self.problem is None and self._outside_since is not None:
            outside = time.monotonic() - self._outside_since
            return f"it has been outside its group for {outside:.0f} s" if outside > OUTSIDE_SECONDS else None
        return self.problem

    def _count_partitions(self) -> None:
        """Say it once when a topic does not have the partitions that keys are dealt to."""
        subscribers: list[Any] = list(self._broker.subscribers)
        for consumer, topics in [(subscriber.consumer, subscriber.topic_names) for subscriber in subscribers if subscriber.consumer]:
            for topic in topics:
                number = len(consumer.partitions_for_topic(topic) or ())
                if number == PARTITIONS:
                    self._odd.pop(topic, None)
                elif number and self._odd.get(topic) != number:
                    self._odd[topic] = number
                    log.error("a topic has another number of partitions than Tandem counts on", topic=topic, partitions=number)
        odd_topics.set(len(self._odd))
