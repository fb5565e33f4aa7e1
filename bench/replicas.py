"""Three replicas of a consuming service against one."""

import asyncio
import statistics
import sys
import time
import uuid
from contextlib import ExitStack
from typing import Any

from pymongo import MongoClient

from bench.desk import OUT, Place, desk, records
from bench.report import alternating, report
from bench.servers import USER, Ends, emptied, fill, servers
from deploy.local.kafka import Kafka
from deploy.local.mongodb import MongoDB
from shared.kafka import PARTITIONS
from shared.observability import configure_logs
from shared.topics import Topic, create_topics, wanted_topics

EVENTS, PER_KEY, ROUNDS, BATCH, REPLICAS = 60_000, 10, 3, 500, 3


class Replicas:
    """What is measured again and again, on the same servers."""

    def __init__(self, mongodb: MongoDB, kafka: Kafka, number: int) -> None:
        self._mongodb = mongodb
        self._kafka = kafka
        self._number = number
        self.aborted = 0

    def seconds(self, replicas: int) -> float:
        """How long all events take, from the moment all replicas begin until the last effect is told to others."""
        with emptied(self._mongodb) as database:
            return asyncio.run(self._seconds(replicas, database))

    async def _seconds(self, replicas: int, database: Any) -> float:
        topic, group = f"bench{uuid.uuid4().hex[:8]}.meeting", uuid.uuid4().hex
        await create_topics(self._kafka.address, [*wanted_topics(), Topic(OUT, compacted=False), Topic(topic, compacted=False)])
        async with Ends(self._kafka.address) as ends:
            before = await ends.of(OUT)
            with ExitStack() as stack:
                places = [
                    Place(self._mongodb.url_of(USER), self._kafka.address, topic, BATCH, group, number + 1, replicas)
                    for number in range(replicas)
                ]
                desks = [stack.enter_context(desk("ours", place)) for place in places]
                for worker in desks:
                    await asyncio.to_thread(worker.joined)
                await self._relays_share(database, replicas)
                await fill(self._kafka.address, topic, records(topic, self._number, self._number // PER_KEY))
                aborted = self._aborted()
                began = time.monotonic()
                for worker in desks:
                    worker.go()
                await ends.reach(OUT, before + self._number)
                took = time.monotonic() - began
                self.aborted += self._aborted() - aborted
        return took

    async def _relays_share(self, database: Any, replicas: int) -> None:
        """Wait until each replica's relay has its share of the buckets."""
        per_owner: list[dict[str, Any]] = [{"$group": {"_id": "$owner", "buckets": {"$sum": 1}}}]
        while [row["buckets"] for row in database.leases.aggregate(per_owner)] != [PARTITIONS // replicas] * replicas:  # noqa: ASYNC110 - they tell nobody
            await asyncio.sleep(0.1)  # leases are given back when they are renewed, a few seconds later

    def _aborted(self) -> int:
        """How many transactions the server has ever seen fail."""
        with MongoClient[dict[str, Any]](self._mongodb.url) as client:
            return int(client.admin.command("serverStatus")["transactions"]["totalAborted"])


def run(number: int = EVENTS, rounds: int = ROUNDS, shortest: float = 5.0) -> bool:
    """One and three, in turn."""
    with servers() as (mongodb, kafka):
        one, three = Replicas(mongodb, kafka, number), Replicas(mongodb, kafka, number)
        ours, peer = alternating(lambda: three.seconds(REPLICAS), lambda: one.seconds(1), rounds, shortest=shortest)
    notes = f"{number} events, no document of two keys; peer: one replica; transactions that failed: {three.aborted}"
    rates = [number / statistics.median(seconds) for seconds in (ours, peer)]
    met = report("replicas", *rates, unit="events/s", goal=">= 1.4", notes=notes)
    none_again = report("replicas-again", three.aborted, None, unit="transactions", goal="<= 0", notes="run again because two replicas met")
    return met and none_again


if __name__ == "__main__":
    configure_logs("bench")
    run(int(sys.argv[1]), int(sys.argv[2]), shortest=0.0)
