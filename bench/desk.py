"""The service that `pipeline` and `replicas` measure, the same effects by hand, and a process that runs either.

Meetings are held; of each partnership a record is kept, and every change of it is told to others.
"""

import asyncio
import json
import resource
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import aiokafka
import orjson
from motor.motor_asyncio import AsyncIOMotorClient
from pydantic_settings import SettingsConfigDict
from pymongo import UpdateOne

from shared import kafka
from shared.aggregate import Aggregate, new_id
from shared.event import Event
from shared.observability import configure_logs
from shared.reactions import Reactions
from shared.service import Service, ServiceSettings, build
from shared.unit import Unit

OUT = "bench.record"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TITLE = "weekly one-to-one about the roadmap, forty-five minutes"


@dataclass(frozen=True)
class Place:
    """Where a desk works: what its process is told when it starts."""

    mongodb_url: str
    kafka_bootstrap_servers: str
    topic: str
    batch: int
    group: str
    number: int = 1
    of: int = 1


class Settings(ServiceSettings):
    """Of the service that is measured."""

    model_config = SettingsConfigDict(env_prefix="BENCH_", frozen=True)


class RecordKept(Event, type=f"{OUT}.kept.v1", key="partnership_id"):
    """The record of a partnership has grown."""

    partnership_id: str
    meeting_id: str
    held: int
    title: str


class Record(Aggregate):
    """How often a partnership has met, and when last."""

    held: int = 0
    meeting_id: str = ""
    title: str = ""

    def note(self, meeting_id: str, title: str, at: datetime) -> None:
        """One more."""
        self.held, self.meeting_id, self.title = self.held + 1, meeting_id, title
        self.record(RecordKept(partnership_id=self.id, meeting_id=meeting_id, held=self.held, title=title, at=at))


def meeting_held(topic: str) -> Any:
    """The event, on a topic that only this measurement uses."""

    class MeetingHeld(Event, type=f"{topic}.held.v1", key="partnership_id"):
        partnership_id: str
        meeting_id: str
        mentor_id: str
        title: str

    return MeetingHeld


def records(topic: str, number: int, keys: int) -> list[tuple[bytes, bytes, list[tuple[str, bytes]]]]:
    """So many meetings of so many partnerships, as another service's relay would write them."""
    kind = meeting_held(topic)
    made = []
    for index in range(number):
        key, meeting = f"partnership {index % keys:06}", new_id()
        event = kind(partnership_id=key, meeting_id=meeting, mentor_id=meeting, title=TITLE, at=NOW)
        headers = {"ce_specversion": "1.0", "ce_id": meeting, "ce_type": kind.event_type, "ce_source": kind.source, "ce_subject": key}
        headers |= {"ce_time": NOW.isoformat(), "correlationid": meeting}
        made.append(
            (
                key.encode(),
                event.body(),
                [(name, text.encode()) for name, text in {**headers, "ce_sequence": str(index // keys + 1)}.items()],
            )
        )
    return made


def _service(place: Place) -> Service:
    reactions = Reactions(service=place.group)

    @reactions.to(meeting_held(place.topic), loads=lambda event: [("records", event.partnership_id)])
    async def note(event: Any, unit: Unit) -> None:
        record = await unit.find("records", Record, event.partnership_id) or Record(id=event.partnership_id)
        record.note(event.meeting_id, event.title, event.at)
        unit.save("records", record)

    settings = Settings(
        mongodb_url=place.mongodb_url,
        kafka_bootstrap_servers=place.kafka_bootstrap_servers,
        portal_url="http://127.0.0.1:1",
        port=place.number,
    )
    app = build(settings=settings, reactions=reactions, title=place.group, description="", routers=[])
    return app.state.service  # type: ignore[no-any-return] # put there by `build`


async def _ours(place: Place) -> None:
    """The service as `tandem serve` runs it, but for the size of its batches and a start when it is told."""
    kafka.BATCH_RECORDS = place.batch
    service = _service(place)
    started = asyncio.Event()
    try:
        await service.open()
        take = service.consumer.take

        async def take_when_told(records: Sequence[Any]) -> None:
            await started.wait()
            await take(records)

        service.consumer.take = take_when_told  # type: ignore[method-assign]
        await service.start()
        await _joined(service.guard._broker.subscribers[0].consumer, place)  # type: ignore[union-attr]  # noqa: SLF001 - nobody else asks
        await _told()
        started.set()
        await _told()
    finally:
        await service.close()


async def _by_hand(place: Place) -> None:
    """The same effects and the same words to others, with nothing against loss, repetition or disorder."""
    client: Any = AsyncIOMotorClient(place.mongodb_url)
    consumer = aiokafka.AIOKafkaConsumer(
        place.topic,
        bootstrap_servers=place.kafka_bootstrap_servers,
        group_id=place.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=place.kafka_bootstrap_servers)
    await consumer.start()
    await producer.start()
    await _joined(consumer, place)
    await _told()
    end = asyncio.create_task(_told())
    while not end.done():
        batch = [record for some in (await consumer.getmany(timeout_ms=200, max_records=place.batch)).values() for record in some]
        if not batch:
            continue
        writes, words = [], []
        for record in batch:
            key, event = record.key.decode(), orjson.loads(record.value)
            fields = {"meeting_id": event["meeting_id"], "title": event["title"]}
            writes.append(UpdateOne({"_id": key}, {"$inc": {"held": 1}, "$set": fields}, upsert=True))
            words.append((record.key, orjson.dumps({"partnership_id": key, "held": 1, "at": event["at"], **fields})))
        await client.get_default_database().records.bulk_write(writes, ordered=False)
        headers = [("ce_specversion", b"1.0"), ("ce_type", RecordKept.event_type.encode()), ("content-type", b"application/json")]
        sending = [
            await producer.send(OUT, value, key=key, headers=[*headers, ("ce_id", uuid.uuid4().hex.encode())]) for key, value in words
        ]
        await asyncio.gather(*sending)
        await consumer.commit()
    await consumer.stop()
    await producer.stop()
    client.close()


async def _joined(consumer: Any, place: Place) -> None:
    """Come back, and say so, when this process has its share of the partitions."""
    while len(consumer.assignment()) != kafka.PARTITIONS // place.of:  # noqa: ASYNC110 - aiokafka tells nobody
        await asyncio.sleep(0.05)
    print(json.dumps({"joined": True}), flush=True)


async def _told() -> None:
    """Wait for a word of the process that measures."""
    await asyncio.to_thread(sys.stdin.readline)


# ---------------------------------------------------------------- seen from the process that measures


class Desk:
    """A process at work."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def joined(self) -> None:
        """Come back when it has its share of the partitions."""
        if not self._process.stdout or not self._process.stdout.readline():
            raise RuntimeError("a desk has ended")

    def go(self) -> None:
        """Have it begin."""
        if self._process.stdin:
            self._process.stdin.write("go\n")
            self._process.stdin.flush()

    def stop(self) -> float:
        """Have it end; the seconds of processor time it took."""
        told, _ = self._process.communicate("stop\n")
        return float(json.loads(told)["cpu"])


@contextmanager
def desk(way: str, place: Place) -> Iterator[Desk]:
    """A process that works `ours` or `by hand`."""
    program = [sys.executable, "-m", "bench.desk", way, json.dumps(asdict(place))]
    process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603 - ourselves
    try:
        yield Desk(process)
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    configure_logs("bench")
    asyncio.run({"ours": _ours, "by hand": _by_hand}[sys.argv[1]](Place(**json.loads(sys.argv[2]))))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"cpu": used.ru_utime + used.ru_stime}), flush=True)
