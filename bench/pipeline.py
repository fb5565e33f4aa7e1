"""From Kafka through a unit of work and the outbox back to Kafka, against the same effects by hand without any guarantee."""

import asyncio
import statistics
import sys
import time
import uuid
from collections import defaultdict
from functools import partial

from bench.desk import OUT, Place, desk, records
from bench.report import alternating, report
from bench.servers import USER, Ends, emptied, fill, servers
from deploy.local.kafka import Kafka
from deploy.local.mongodb import MongoDB
from shared.observability import configure_logs
from shared.topics import Topic, create_topics, wanted_topics

EVENTS, PER_KEY, ROUNDS = 100_000, 10, 4
# A transaction for each message is a hundred times slower.
EVENTS_ONE_BY_ONE = 1_000


class Pipeline:
    """What is measured again and again, on the same servers."""

    def __init__(self, mongodb: MongoDB, kafka: Kafka) -> None:
        self._mongodb = mongodb
        self._kafka = kafka
        self.cpu: dict[tuple[str, int], list[float]] = defaultdict(list)

    def prepare(self, number: int) -> str:
        """A topic of its own with so many events on it."""
        topic = f"bench{uuid.uuid4().hex[:8]}.meeting"
        asyncio.run(self._prepare(topic, number))
        return topic

    async def _prepare(self, topic: str, number: int) -> None:
        await create_topics(self._kafka.address, [*wanted_topics(), Topic(OUT, compacted=False), Topic(topic, compacted=False)])
        await fill(self._kafka.address, topic, records(topic, number, max(1, number // PER_KEY)))

    def seconds(self, way: str, topic: str, number: int, batch: int) -> float:
        """How long all events of a topic take, from the first that is worked on until the last is told to others."""
        with emptied(self._mongodb):
            place = Place(self._mongodb.url_of(USER), self._kafka.address, topic, batch, group=uuid.uuid4().hex)
            return asyncio.run(self._seconds(way, place, number))

    async def _seconds(self, way: str, place: Place, number: int) -> float:
        async with Ends(self._kafka.address) as ends:
            before = await ends.of(OUT)
            with desk(way, place) as worker:
                await asyncio.to_thread(worker.joined)
                began = time.monotonic()
                worker.go()
                await ends.reach(OUT, before + number)
                took = time.monotonic() - began
                self.cpu[way, place.batch].append(worker.stop() / number * 1e6)
        return took


def run(number: int = EVENTS, rounds: int = ROUNDS, shortest: float = 5.0) -> bool:
    """At two sizes of a batch, and one by one."""
    with servers() as (mongodb, kafka):
        pipeline = Pipeline(mongodb, kafka)
        topic = pipeline.prepare(number)
        met = []
        for batch, goal in ((500, ">= 0.6"), (100, ">= 0.5")):
            ours, by_hand = alternating(
                partial(pipeline.seconds, "ours", topic, number, batch),
                partial(pipeline.seconds, "by hand", topic, number, batch),
                rounds,
                shortest=shortest,
            )
            rate = number / statistics.median(ours)
            pairs = " ".join(f"{other / own:.2f}" for own, other in zip(ours, by_hand, strict=True))
            cpu = " and ".join(f"{statistics.median(pipeline.cpu[way, batch]):.0f}" for way in ("ours", "by hand"))
            notes = (
                f"{number} events; peer: bare aiokafka and motor, no transaction, no outbox, no inbox; "
                f"pairs {pairs}; {cpu} us of the client's processor an event, its start included"
            )
            met.append(report(f"pipeline-{batch}", rate, number / statistics.median(by_hand), unit="events/s", goal=goal, notes=notes))
            if batch == 500:
                fast = rate
        few = min(number, EVENTS_ONE_BY_ONE)
        one_by_one = few / pipeline.seconds("ours", pipeline.prepare(few), few, 1)
        notes = "batches of 500; peer: a transaction for each message, with the same guarantees"
        met.append(report("pipeline-per-message", fast, one_by_one, unit="events/s", goal=">= 40", notes=notes))
        return all(met)


if __name__ == "__main__":
    configure_logs("bench")
    run(int(sys.argv[1]), int(sys.argv[2]), shortest=0.0)
