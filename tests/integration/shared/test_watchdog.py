"""One error in each of Kafka's answers: processing goes on by itself, or the watchdog has the process end, and a new one goes on."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aiokafka
import pytest

from shared import watchdog
from shared.kafka import KafkaBroker, Producer, Topic, create_topics, open_broker, partition_of, subscribe
from shared.watchdog import Watchdog
from tests.support.probe import eventually
from tests.support.proxy import Api, KafkaProxy

FIRST, SECOND = b"before the error", b"after the error"

UNKNOWN, LOADING, NOT_AVAILABLE, NOT_COORDINATOR = -1, 14, 15, 16
GENERATION, MEMBER, REBALANCE, FORBIDDEN, TOPIC_FORBIDDEN, FENCED = 22, 25, 27, 30, 29, 82
OFFSET_OUT_OF_RANGE, NO_LEADER, NOT_LEADER = 1, 5, 6

# In a member that runs, and in one that is made to join its group anew.
RUNNING = [
    *((Api.HEARTBEAT, code) for code in (UNKNOWN, NOT_AVAILABLE, NOT_COORDINATOR, GENERATION, MEMBER, REBALANCE, FORBIDDEN, FENCED)),
    *((Api.OFFSET_COMMIT, code) for code in (UNKNOWN, LOADING, NOT_COORDINATOR, GENERATION, MEMBER, REBALANCE, FORBIDDEN)),
    *((Api.FETCH, code) for code in (UNKNOWN, OFFSET_OUT_OF_RANGE, NOT_LEADER, TOPIC_FORBIDDEN)),
    *((Api.METADATA, code) for code in (UNKNOWN, NO_LEADER, TOPIC_FORBIDDEN)),
]
JOINING = [
    *((Api.FIND_COORDINATOR, code) for code in (UNKNOWN, NOT_AVAILABLE, FORBIDDEN)),
    *((Api.JOIN_GROUP, code) for code in (UNKNOWN, LOADING, NOT_AVAILABLE, NOT_COORDINATOR, MEMBER, FORBIDDEN, FENCED)),
    *((Api.SYNC_GROUP, code) for code in (UNKNOWN, NOT_AVAILABLE, NOT_COORDINATOR, GENERATION, MEMBER, REBALANCE, FORBIDDEN)),
    *((Api.OFFSET_FETCH, code) for code in (UNKNOWN, LOADING, NOT_COORDINATOR, FORBIDDEN)),
]


@dataclass
class Case:
    """One consumer group, in which one answer is turned into an error."""

    api: Api
    code: int
    joining: bool
    proxy: KafkaProxy
    topic: str
    group: str = field(default_factory=lambda: uuid.uuid4().hex)
    given: list[bytes] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    brokers: list[KafkaBroker] = field(default_factory=list)
    watching: set[asyncio.Task[None]] = field(default_factory=set)

    async def take(self, records: list[Any]) -> None:
        self.given += [record.value for record in records]

    async def start(self) -> None:
        broker = open_broker(self.proxy.address)
        subscribe(broker, self.group, [self.topic], self.take)
        await broker.start()
        self.brokers.append(broker)
        self.watching.add(asyncio.create_task(Watchdog(broker, end=self.end).run()))

    def end(self, why: str) -> None:
        """What the supervisor does when the process has ended: start it again."""
        if not self.ended:
            self.ended.append(why)
            self.watching.add(asyncio.create_task(self.start_again()))

    async def start_again(self) -> None:
        await self.stop()
        await self.start()

    async def stop(self) -> None:
        for broker in self.brokers:
            await broker.stop()
        self.brokers.clear()

    async def fail(self) -> None:
        self.proxy.fail(self.api, self.code, whole=self.code in {LOADING, NOT_COORDINATOR})
        if self.joining:
            if self.api is Api.FIND_COORDINATOR:
                self.proxy.fail(Api.HEARTBEAT, NOT_COORDINATOR)
            else:
                self.proxy.fail(Api.HEARTBEAT, REBALANCE)
        elif self.api is Api.METADATA:
            await self.brokers[0].subscribers[0].consumer._client.force_metadata_update()  # type: ignore[attr-defined]

    async def until(self, value: bytes) -> None:
        async def given() -> bool:
            return value in self.given

        await eventually(given, f"{value!r} after {self.api.name} {self.code}", within=90)

    async def until_failed(self) -> None:
        async def failed() -> bool:
            return bool(self.proxy.failed[self.api])

        await eventually(failed, f"{self.api.name} {self.code} was answered", within=90)


@pytest.fixture(scope="module")
async def cases(kafka: str) -> AsyncIterator[dict[tuple[Api, int], Case]]:
    """All cases at once: each is mostly waiting."""
    topic = f"watched.{uuid.uuid4().hex}"
    await create_topics(kafka, [Topic(topic, compacted=False)])
    quick = partial(
        watchdog._WatchedConsumer, heartbeat_interval_ms=300, session_timeout_ms=6_000, retry_backoff_ms=50, metadata_max_age_ms=2_000
    )
    with pytest.MonkeyPatch.context() as patch:
        watchdog.install()
        patch.setattr(aiokafka, "AIOKafkaConsumer", quick)
        async with AsyncExitStack() as stack:
            made: dict[tuple[Api, int], Case] = {}
            for joining, pairs in ((False, RUNNING), (True, JOINING)):
                for api, code in pairs:
                    made[api, code] = case = Case(api, code, joining, await stack.enter_async_context(KafkaProxy(kafka)), topic)
                    stack.push_async_callback(case.stop)
            await asyncio.gather(*(case.start() for case in made.values()))
            await send(kafka, topic, FIRST)
            await asyncio.gather(*(case.until(FIRST) for case in made.values()))
            await asyncio.gather(*(case.fail() for case in made.values()))
            # A commit and a fetch are answered when there is something to take.
            await asyncio.gather(*(case.until_failed() for case in made.values() if case.api not in {Api.OFFSET_COMMIT, Api.FETCH}))
            await send(kafka, topic, SECOND)
            yield made
            for case in made.values():
                for task in case.watching:
                    task.cancel()
                await asyncio.gather(*case.watching, return_exceptions=True)


async def send(kafka: str, topic: str, value: bytes) -> None:
    producer = Producer(kafka)
    await producer.start()
    for number in range(20):
        batch = producer.batch()
        producer.append(batch, f"key {number}", value, [])
        await producer.send(batch, topic, partition_of(f"key {number}"))
    await producer.stop()


@pytest.mark.parametrize(("api", "code"), [*RUNNING, *JOINING], ids=lambda part: part.name.lower() if isinstance(part, Api) else None)
async def test_after_one_error_nothing_is_left_lying(cases: dict[tuple[Api, int], Case], api: Api, code: int) -> None:
    case = cases[api, code]
    await case.until_failed()

    async def all_given() -> bool:
        return case.given.count(SECOND) >= 20

    await eventually(all_given, f"all records after {api.name} {code}", within=90)
    assert case.given.count(FIRST) >= 20


@pytest.mark.parametrize(
    ("api", "code"), [(Api.HEARTBEAT, UNKNOWN), (Api.HEARTBEAT, FORBIDDEN), (Api.HEARTBEAT, FENCED), (Api.OFFSET_FETCH, UNKNOWN)]
)
async def test_an_error_that_would_silence_a_consumer_for_ever_ends_the_process(
    cases: dict[tuple[Api, int], Case], api: Api, code: int
) -> None:
    await cases[api, code].until(SECOND)
    (why,) = cases[api, code].ended
    assert why.startswith("a consumer is dead: its ")


@pytest.mark.parametrize(("api", "code"), [(Api.OFFSET_FETCH, LOADING), (Api.OFFSET_FETCH, NOT_COORDINATOR)])
async def test_a_coordinator_that_is_loading_has_nothing_skipped_and_nothing_repeated(
    cases: dict[tuple[Api, int], Case], api: Api, code: int
) -> None:
    case = cases[api, code]
    await case.until(SECOND)
    assert (case.ended, case.given.count(FIRST)) == ([], 20)
