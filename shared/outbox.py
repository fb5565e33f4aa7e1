"""The outbox: events lie in the database that their facts are in, until the relay has brought them to Kafka."""

import asyncio
import contextlib
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import structlog
from prometheus_client import Counter, Gauge

from shared.kafka import PARTITIONS, Headers, Producer, SendFailed, partition_of
from shared.leases import Leases, Member
from shared.mongo import Database, Document, Index, PyMongoError, of_one_moment, watch

INDEXES = [
    Index("outbox", "bucket", "stamp", partial={"pending": True}),
    Index("outbox", "published_at", expire_after=3600),
]

ROWS_PER_ROUND = 1000
LARGEST_ROW = 600_000
LOOK_EVERY_SECONDS = 5.0
PAUSE_AFTER_OUTAGE = 1.0

log = structlog.get_logger()
published = Counter("tandem_events_published", "Events brought from the outbox to Kafka.")
oldest = Gauge("tandem_outbox_oldest_seconds", "Age of the oldest event that has not been published yet.")


def bucket_of(key: str) -> int:
    """The bucket of an aggregate: its partition, so that one relay owns a partition."""
    return partition_of(key)


def outbox_rows(events: list[Document], writer: str) -> list[Document]:
    """The events of one transaction in rows: one for each bucket, or several where they would not fit into one Kafka batch.

    A row's stamp is at least its latest event's, and above that of the row before it in the same bucket.
    """
    by_bucket: dict[int, list[Document]] = defaultdict(list)
    for event in events:
        rows = by_bucket[bucket_of(event["key"])]
        if not rows or sum(len(earlier["value"]) for earlier in rows[-1]["events"]) + len(event["value"]) > LARGEST_ROW:
            rows.append(
                {"_id": event["id"], "bucket": bucket_of(event["key"]), "pending": True, "writer": writer, "events": [], "stamp": 0}
            )
        rows[-1]["events"].append(event)
    for rows in by_bucket.values():
        stamp = 0
        for row in rows:
            row["stamp"] = stamp = max(stamp + 1, *(event["stamp"] for event in row["events"]))
    return [row for rows in by_bucket.values() for row in rows]


@dataclass
class _Batch:
    """What goes to one partition in this round, and the rows it belongs to."""

    records: Any
    rows: set[str] = field(default_factory=set)
    full: bool = False


class Relay:
    """Brings outbox rows to Kafka, in order for each key, with as many replicas as there are."""

    def __init__(self, database: Database, producer: Producer, member: Member) -> None:
        self._database = database
        self._producer = producer
        self._member = member
        self._leases = Leases(member, [f"relay/{bucket:02}" for bucket in range(PARTITIONS)])
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.last_look = time.monotonic()

    def wake(self) -> None:
        """Something was committed: look at once."""
        self._wake.set()

    async def start(self) -> None:
        await self._leases.prepare()
        await self._leases.renew()
        self._tasks = [asyncio.create_task(work(), name=f"relay {work.__name__}") for work in (self._leases.keep, self._run, self._watch)]

    async def stop(self) -> None:
        """Give the buckets back, so that nobody waits for the leases to end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(PyMongoError):
            await self._leases.release()

    def _buckets(self) -> list[int]:
        return [int(name.removeprefix("relay/")) for name in self._leases.held()]

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                while await self.round():
                    pass
            except (PyMongoError, SendFailed) as error:
                log.warning("events wait in the outbox", problem=repr(error))
                await asyncio.sleep(PAUSE_AFTER_OUTAGE)
            self.last_look = time.monotonic()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_SECONDS):
                    await self._wake.wait()

    async def _watch(self) -> None:
        """Wakes the loop for rows that other writers have written; the loop's own look is the truth."""
        foreign: list[Document] = [
            {"$match": {"operationType": "insert", "fullDocument.writer": {"$ne": self._member.name}}},
            {"$project": {"_id": 1}},
        ]
        while True:
            try:
                async with watch(self._database.outbox, foreign, max_await_time_ms=10_000) as stream:
                    while True:
                        if await stream.try_next() is not None:
                            self.wake()
            except PyMongoError as error:
                log.info("change stream of the outbox opened anew", problem=repr(error))
                await asyncio.sleep(PAUSE_AFTER_OUTAGE)

    async def round(self) -> int:
        """Send the oldest rows of the buckets held; the number of rows that are published now."""
        buckets = self._buckets()
        if not buckets:
            return 0
        pending = of_one_moment(self._database.outbox).find({"bucket": {"$in": buckets}, "pending": True})
        rows = await pending.sort("stamp", 1).limit(ROWS_PER_ROUND).to_list(ROWS_PER_ROUND)
        oldest.set(max(0.0, time.time() - rows[0]["stamp"] / 1000) if rows else 0)
        if not rows:
            return 0
        done = await self._send(rows)
        if done:
            await self._database.outbox.update_many(
                {"_id": {"$in": done}, "pending": True}, {"$unset": {"pending": ""}, "$currentDate": {"published_at": True}}
            )
            published.inc(sum(len(row["events"]) for row in rows if row["_id"] in done))
        return len(done)

    async def _send(self, rows: list[Document]) -> list[str]:
        """One atomic batch for each partition: what fails, fails together, so that no key overtakes itself."""
        batches: dict[tuple[str, int], _Batch] = {}
        unsent: set[str] = set()
        for row in rows:
            for event in row["events"]:
                place = (event["topic"], row["bucket"])
                batch = batches.setdefault(place, _Batch(self._producer.batch()))
                if batch.full or not self._producer.append(batch.records, event["key"], event["value"], headers_of(event)):
                    batch.full = True
                    unsent.add(row["_id"])
                else:
                    batch.rows.add(row["_id"])
        if not {row["bucket"] for row in rows} <= set(self._buckets()):
            return []  # A lease has run out since the rows were read: another replica may be sending them.
        sending = {place: self._producer.send(batch.records, *place) for place, batch in batches.items() if batch.rows}
        outcomes = await asyncio.gather(*sending.values(), return_exceptions=True)
        for place, outcome in zip(sending, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                log.warning("a partition did not take its events", topic=place[0], partition=place[1], problem=repr(outcome))
                unsent |= batches[place].rows
        if len(unsent) == len(rows):
            raise SendFailed("no partition took its events")
        return [row["_id"] for row in rows if row["_id"] not in unsent]


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
