"""The outbox: events lie in the database that their facts are in, until the relay has brought them to Kafka."""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from prometheus_client import Counter

from shared.kafka import PARTITIONS, Headers, Producer, SendFailed, partition_of
from shared.leases import Leases, Member
from shared.lifetime import again_and_again
from shared.metrics import relayed
from shared.mongo import Database, Document, Index, PyMongoError, of_one_moment, watch
from shared.tracing import publishing

INDEXES = [
    Index("outbox", "bucket", "stamp", partial={"pending": True}),
    Index("outbox", "published_at", expire_after=3600),
]

ROWS_PER_ROUND = 1000
# Held in memory at a time; a row alone stays far below it.
LARGEST_ROUND = 8_000_000
LARGEST_ROW = 600_000
# What Kafka stores of an event beside its value and key: headers, most of all.
ENVELOPE = 1_000
LOOK_EVERY_SECONDS = 5.0
PAUSE_AFTER_OUTAGE = 1.0
# A send that takes longer no longer holds up the other buckets.
PATIENCE_SECONDS = 1.0
FIRST_REST, LONGEST_REST = 1.0, 10.0
_LEASE = "relay/"

log = structlog.get_logger()
published = Counter("tandem_events_published", "Events brought from the outbox to Kafka.")


def bucket_of(key: str) -> int:
    """The bucket of an aggregate: its partition, so that one relay owns a partition."""
    return partition_of(key)


def outbox_rows(events: list[Document], writer: str) -> list[Document]:
    """The events of one transaction in rows: one for each bucket, or several where they would not fit into one Kafka batch.

    A row's stamp is at least its latest event's, and above that of the row before it in the same bucket.
    """
    by_bucket: dict[int, list[Document]] = defaultdict(list)
    sizes: dict[int, int] = {}
    for event in events:
        bucket = bucket_of(event["key"])
        rows, size = by_bucket[bucket], _size(event)
        if not rows or sizes[bucket] + size > LARGEST_ROW:
            rows.append({"_id": event["id"], "bucket": bucket, "pending": True, "writer": writer, "events": [], "stamp": 0})
            sizes[bucket] = 0
        rows[-1]["events"].append(event)
        sizes[bucket] += size
    for rows in by_bucket.values():
        stamp = 0
        for row in rows:
            row["stamp"] = stamp = max(stamp + 1, *(event["stamp"] for event in row["events"]))
    return [row for rows in by_bucket.values() for row in rows]


def _size(event: Document) -> int:
    return len(event["value"]) + 2 * len(event["key"].encode()) + ENVELOPE


class _Parcel:
    """What goes to one partition in this round: batches, each sent when the one before it has arrived; whose rows are in which."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self.batches: list[tuple[Any, set[str]]] = []

    def add(self, event: Document, row: str) -> None:
        """Put an event behind those that are in it. Raises SendFailed when no batch can hold it."""
        if not self.batches or not self._fits(event):
            self.batches.append((self._producer.batch(), set()))
            if not self._fits(event):
                raise SendFailed(f"event {event['id']} is larger than a batch")
        self.batches[-1][1].add(row)

    def rows_from(self, number: int) -> set[str]:
        """The rows of which something is in this batch or in a later one."""
        return {row for _, rows in self.batches[number:] for row in rows}

    def _fits(self, event: Document) -> bool:
        return self._producer.append(self.batches[-1][0], event["key"], event["value"], headers_of(event))


@dataclass(frozen=True)
class _Rest:
    """A bucket that is left alone for a while, because a partition did not take its events."""

    until: float
    pause: float


class Relay:
    """Brings outbox rows to Kafka, in order for each key, with as many replicas as there are."""

    def __init__(self, database: Database, producer: Producer, member: Member) -> None:
        self._database = database
        self._producer = producer
        self._member = member
        self._leases = Leases(member, map(_lease_of, range(PARTITIONS)), self._in_hand)
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._rests: dict[int, _Rest] = {}
        self._sending: dict[int, asyncio.Task[tuple[int, list[Document]]]] = {}
        self._unmarked: list[Document] = []
        self._marking: asyncio.Task[None] | None = None
        self._failures = 0
        self.last_look = time.monotonic()

    def wake(self) -> None:
        """Something was committed: look at once."""
        self._wake.set()

    async def start(self) -> None:
        await self._leases.prepare()
        await self._leases.renew()
        work: Mapping[str, Callable[[], Awaitable[None]]] = {
            "relay-leases": partial(self._leases.keep, self.wake),
            "relay-rounds": self._run,
            "relay-watch": self._watch,
        }
        self._tasks = [asyncio.create_task(again_and_again(name, part), name=name) for name, part in work.items()]

    async def stop(self) -> None:
        """Give the buckets back, so that nobody waits for the leases to end."""
        tasks = [*self._tasks, *self._sending.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *([self._marking] if self._marking else []), return_exceptions=True)
        with contextlib.suppress(PyMongoError):
            await self._leases.release()

    def _buckets(self) -> list[int]:
        return [int(name.removeprefix(_LEASE)) for name in self._leases.held()]

    def _in_hand(self) -> frozenset[str]:
        """The leases under which something is on its way."""
        return frozenset(_lease_of(bucket) for bucket, task in self._sending.items() if not task.done())

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                while await self._pass():
                    pass
            except PyMongoError as error:
                log.warning("events wait in the outbox", problem=error)
                await asyncio.sleep(PAUSE_AFTER_OUTAGE)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._until_next_look()):
                    await self._wake.wait()

    def _until_next_look(self) -> float:
        now = time.monotonic()
        return min([LOOK_EVERY_SECONDS, *(rest.until - now for rest in self._rests.values() if rest.until > now)])

    async def _watch(self) -> None:
        """Wakes the loop for rows that other writers have written; the loop's own look is the truth."""
        foreign: list[Document] = [
            {"$match": {"operationType": "insert", "fullDocument.writer": {"$ne": self._member.name}}},
            {"$project": {"_id": 1}},
        ]
        while True:
            try:
                async with watch(self._database.outbox, foreign) as stream:
                    # A stream that the server has closed answers at once, for ever, and nobody else gets a turn.
                    while stream.alive:
                        if await stream.try_next() is not None:
                            self.wake()
            except PyMongoError as error:
                log.info("change stream of the outbox opened anew", problem=error)
                await asyncio.sleep(PAUSE_AFTER_OUTAGE)

    async def round(self) -> int:
        """Send the oldest rows of the buckets held, and mark them; the number of rows that are published now."""
        number = await self._pass()
        if self._marking is not None:
            await self._marking
        return number

    async def _pass(self) -> int:
        """A round that does not wait until its rows are marked: that takes longer than all the rest, and new rows wait meanwhile."""
        self.last_look = now = time.monotonic()
        late = self._arrived(bucket for bucket, task in self._sending.items() if task.done())
        held = self._buckets()
        self._rests = {bucket: rest for bucket, rest in self._rests.items() if bucket in held}
        resting = {bucket: rest for bucket, rest in self._rests.items() if rest.until > now}
        self._mark_soon(late)
        if len(self._unmarked) >= ROWS_PER_ROUND and self._marking is not None:
            await self._marking
        failures = self._failures
        rows = await self._oldest([bucket for bucket in held if bucket not in resting and bucket not in self._sending])
        sent = await self._send(rows, failures)
        self._mark_soon(sent)
        return len(late) + len(sent)

    def _mark_soon(self, arrived: list[Document]) -> None:
        self._unmarked += arrived
        if self._unmarked and self._marking is None:
            self._marking = asyncio.create_task(self._mark_all(), name="relay marks rows")

    async def _mark_all(self) -> None:
        """Mark what has arrived, oldest first; these rows are not looked at again meanwhile.

        When that fails, all of them are sent again, and so is what was on its way: a later row is never marked before an earlier one, or
        after a repetition the older state of a key would be the last one on its topic.
        """
        try:
            while self._unmarked:
                done = list(self._unmarked)
                await self._mark(done)
                del self._unmarked[: len(done)]
        except PyMongoError as error:
            log.warning("published events could not be marked and are sent again", problem=error)
            self._failures += 1
            self._unmarked.clear()
        finally:
            self._marking = None

    async def _mark(self, done: list[Document]) -> None:
        arrived_at = time.time()
        await self._database.outbox.update_many(
            {"_id": {"$in": [row["_id"] for row in done]}, "pending": True},
            {"$unset": {"pending": ""}, "$currentDate": {"published_at": True}},
        )
        published.inc(sum(len(row["events"]) for row in done))
        for row in done:
            relayed.observe(max(0.0, arrived_at - row["stamp"] / 1000))

    async def _oldest(self, buckets: list[int]) -> list[Document]:
        """The oldest rows of these buckets, as many as one round can hold."""
        rows: list[Document] = []
        if not buckets:
            return rows
        where: Document = {"bucket": {"$in": buckets}, "pending": True}
        if self._unmarked:
            where["_id"] = {"$nin": [row["_id"] for row in self._unmarked]}
        pending = of_one_moment(self._database.outbox).find(where)
        # In one reply: the driver would ask for a hundred first.
        cursor, size = pending.sort("stamp", 1).limit(ROWS_PER_ROUND).batch_size(ROWS_PER_ROUND), 0
        async for row in cursor:
            rows.append(row)
            size += sum(_size(event) for event in row["events"])
            if size > LARGEST_ROUND:
                await cursor.close()
                break
        return rows

    # ---------------------------------------------------------------- sending

    async def _send(self, rows: list[Document], failures: int) -> list[Document]:
        """Send rows, each bucket by itself; those that have arrived. A bucket that takes long is left to a later round."""
        by_bucket: dict[int, list[Document]] = defaultdict(list)
        for row in rows:
            by_bucket[row["bucket"]].append(row)
        for bucket, of_bucket in by_bucket.items():
            self._sending[bucket] = asyncio.create_task(self._send_traced(bucket, of_bucket, failures), name=f"relay bucket {bucket}")
        if not by_bucket:
            return []
        _, slow = await asyncio.wait([self._sending[bucket] for bucket in by_bucket], timeout=PATIENCE_SECONDS)
        for task in slow:
            task.add_done_callback(lambda _: self.wake())
        return self._arrived(bucket for bucket in by_bucket if self._sending[bucket].done())

    def _arrived(self, buckets: Iterable[int]) -> list[Document]:
        """What these have sent; nothing of what was read before marking failed, because earlier rows are to be sent again."""
        outcomes = [self._sending.pop(bucket).result() for bucket in list(buckets)]
        return [row for failures, rows in outcomes if failures == self._failures for row in rows]

    async def _send_traced(self, bucket: int, rows: list[Document], failures: int) -> tuple[int, list[Document]]:
        with publishing(event for row in rows for event in row["events"]):
            try:
                return failures, await self._send_bucket(bucket, rows)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with these rows, the other buckets go on
                log.error("events cannot be sent", partition=bucket, problem=error)
                self._rest(bucket)
                return failures, []

    async def _send_bucket(self, bucket: int, rows: list[Document]) -> list[Document]:
        """What fails, fails with all that comes after it, so that no key overtakes itself."""
        parcels: dict[str, _Parcel] = defaultdict(lambda: _Parcel(self._producer))
        for row in rows:
            for event in row["events"]:
                parcels[event["topic"]].add(event, row["_id"])
        outcomes = await asyncio.gather(*(self._send_in_turn(parcel, topic, bucket) for topic, parcel in parcels.items()))
        unsent = {row for rows_left, _ in outcomes for row in rows_left}
        if any(failed for _, failed in outcomes):
            self._rest(bucket)
        else:
            self._rests.pop(bucket, None)
        return [row for row in rows if row["_id"] not in unsent]

    def _rest(self, bucket: int) -> None:
        """Leave a bucket alone for a while, longer each time: its rows would crowd out those of others."""
        former = self._rests.get(bucket)
        pause = min(former.pause * 2, LONGEST_REST) if former else FIRST_REST
        self._rests[bucket] = _Rest(time.monotonic() + pause, pause)

    async def _send_in_turn(self, parcel: _Parcel, topic: str, bucket: int) -> tuple[set[str], bool]:
        """Send the batches of a parcel one after the other: the rows that have not arrived as a whole, and whether Kafka failed."""
        for number, (batch, _) in enumerate(parcel.batches):
            if bucket not in self._buckets():
                return parcel.rows_from(number), False  # The lease has run out since the rows were read: another replica may be sending.
            try:
                await self._producer.send(batch, topic, bucket)
            except SendFailed as error:
                log.warning("a partition did not take its events", topic=topic, partition=bucket, problem=error)
                return parcel.rows_from(number), True
        return set(), False


def _lease_of(bucket: int) -> str:
    return f"{_LEASE}{bucket:02}"


def headers_of(event: Document) -> Headers:
    """CloudEvents 1.0 in Kafka's binary mode."""
    texts = {
        "ce_specversion": "1.0",
        "ce_id": event["id"],
        "ce_type": event["type"],
        "ce_source": f"/tandem/{event['topic'].split('.')[0]}",
        "ce_time": event["time"].isoformat(),
        "ce_subject": event["key"],
        "ce_sequence": str(event["sequence"]),
        "ce_beside": event.get("beside"),
        "correlationid": event["correlation_id"],
        "causationid": event["causation_id"],
        "traceparent": event["traceparent"],
        "content-type": "application/json",
    }
    return [(name, text.encode()) for name, text in texts.items() if text is not None]
