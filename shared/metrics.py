"""What is counted and timed, and what lies in the database, measured when somebody looks."""

import asyncio
import contextlib
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from prometheus_client import Gauge, Histogram

from shared.mongo import Database, Document, PyMongoError, aggregate

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SLOW = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600)

commands = Histogram("tandem_command_seconds", "Time to run a command and commit it.", ["command"], buckets=FAST)
handled = Histogram("tandem_event_handler_seconds", "Time in an event's handler, without the commit.", ["type"], buckets=FAST)
batches = Histogram("tandem_batch_seconds", "Time to take a batch of events in, with its commit.", buckets=SLOW)
batch_sizes = Histogram("tandem_batch_records", "Records in a batch.", buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500))
relayed = Histogram("tandem_relay_seconds", "Time from an event's commit until Kafka has it.", buckets=SLOW)

reachable = Gauge("tandem_database_reachable", "Whether the database answered when these figures were asked for.")
outbox_rows = Gauge("tandem_outbox_rows", "Rows of the outbox that wait for Kafka.")
outbox_oldest = Gauge("tandem_outbox_oldest_seconds", "Age of the oldest row of the outbox that waits for Kafka.")
letters = Gauge("tandem_dead_letters", "Records that lie in dead_letters.", ["state"])
letter_oldest = Gauge("tandem_dead_letter_oldest_seconds", "Age of the oldest record that lies in dead_letters.", ["state"])
blocked = Gauge("tandem_blocked_keys", "Aggregates whose later events wait behind a parked one.")
deliveries = Gauge("tandem_deliveries_now", "Deliveries in this state.", ["state"])
delivery_oldest = Gauge("tandem_delivery_oldest_seconds", "Age of the oldest delivery that waits.")
overdue = Gauge("tandem_timers_overdue", "Timers that are due and have not fired.")
lag = Gauge("tandem_consumer_lag", "Records of a topic that this process's consumer has still to take.", ["topic"])
poll_age = Gauge("tandem_consumer_poll_age_seconds", "Time since the consumer last asked Kafka for records, or got them.")
timer_oldest = Gauge("tandem_timer_overdue_seconds", "How long the most overdue timer has been due.")

LETTER_STATES, DELIVERY_STATES = ["parked", "waiting", "gap"], ["waiting", "failed"]
FRESH_SECONDS, POSITION_SECONDS = 5.0, 0.5
# More than this need not be told apart.
COUNTED = 100_000


async def measure_consumers(consumers: Iterable[Any]) -> None:
    """Set the gauges of this process's consumers, out of what they know without asking Kafka."""
    for consumer in consumers:
        poll_age.set(time.monotonic() - consumer.last_poll)
        behind: dict[str, int] = dict.fromkeys(consumer.subscription(), 0)
        # A consumer that has just been given partitions does not know yet where it stands in them: what was known last stays.
        with contextlib.suppress(Exception):
            async with asyncio.timeout(POSITION_SECONDS):
                for partition in consumer.assignment():
                    end = consumer.highwater(partition)
                    behind[partition.topic] += 0 if end is None else max(0, end - await consumer.position(partition))
            for topic, number in behind.items():
                lag.labels(topic).set(number)


class Stock:
    """What lies in one service's database. Nobody looking costs nothing; many looking cost as much as one."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._fresh_until = 0.0

    async def measure(self, database: Database) -> None:
        """Set the gauges, unless that was done a moment ago. Without a database they say so and are no numbers."""
        async with self._turn:
            if time.monotonic() < self._fresh_until:
                return
            try:
                await asyncio.gather(*(look(database) for look in (_outbox, _letters, _blocked, _deliveries, _timers)))
                reachable.set(1)
            except PyMongoError:
                _unknown()
            self._fresh_until = time.monotonic() + FRESH_SECONDS


async def _outbox(database: Database) -> None:
    # The bucket is named for the index of what waits, which begins with it.
    waiting = {"$match": {"bucket": {"$gte": 0}, "pending": True}}
    found = await aggregate(database.outbox, [waiting, {"$limit": COUNTED}, _number_and_oldest("$stamp")])
    number, oldest = _first(found)
    outbox_rows.set(number)
    outbox_oldest.set(max(0.0, time.time() - oldest / 1000) if number else 0)


async def _letters(database: Database) -> None:
    there = {"$match": {"state": {"$in": LETTER_STATES}}}
    found = await aggregate(database.dead_letters, [there, _number_and_oldest("$parked_at", "$state")])
    by_state = {row["_id"]: row for row in found}
    for state in LETTER_STATES:
        row = by_state.get(state)
        letters.labels(state).set(row["number"] if row else 0)
        letter_oldest.labels(state).set(_age(row["oldest"]) if row else 0)


async def _blocked(database: Database) -> None:
    blocked.set(await database.cursors.count_documents({"blocked": True}))


async def _deliveries(database: Database) -> None:
    there = {"$match": {"state": {"$in": DELIVERY_STATES}}}
    found = await aggregate(database.deliveries, [there, _number_and_oldest("$created_at", "$state")])
    by_state = {row["_id"]: row for row in found}
    for state in DELIVERY_STATES:
        deliveries.labels(state).set(by_state[state]["number"] if state in by_state else 0)
    delivery_oldest.set(_age(by_state["waiting"]["oldest"]) if "waiting" in by_state else 0)


async def _timers(database: Database) -> None:
    due = {"$match": {"$expr": {"$lte": ["$due_at", "$$NOW"]}}}
    found = await aggregate(database.timers, [due, {"$limit": COUNTED}, _number_and_oldest("$due_at")])
    number, oldest = _first(found)
    overdue.set(number)
    timer_oldest.set(_age(oldest) if number else 0)


def _unknown() -> None:
    reachable.set(0)
    for gauge in (outbox_rows, outbox_oldest, blocked, delivery_oldest, overdue, timer_oldest):
        gauge.set(float("nan"))
    for gauge, states in ((letters, LETTER_STATES), (letter_oldest, LETTER_STATES), (deliveries, DELIVERY_STATES)):
        for state in states:
            gauge.labels(state).set(float("nan"))


def _number_and_oldest(field: str, group: str | None = None) -> Document:
    return {"$group": {"_id": group, "number": {"$sum": 1}, "oldest": {"$min": field}}}


def _first(found: list[Document]) -> tuple[int, Any]:
    return (found[0]["number"], found[0]["oldest"]) if found else (0, None)


def _age(at: datetime) -> float:
    return max(0.0, (datetime.now(UTC) - at).total_seconds())
