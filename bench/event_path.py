"""From a commit in one service to the committed effect in another, at 100 events a second, against a bare produce and consume."""

import asyncio
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiokafka
from pydantic_settings import SettingsConfigDict

from bench.report import percentile, report
from bench.servers import servers
from deploy.local.kafka import Kafka
from deploy.local.mongodb import MongoDB
from shared.aggregate import Aggregate
from shared.contracts.goals import FeedbackGiven
from shared.mongo import watch
from shared.observability import configure_logs
from shared.reactions import Reactions
from shared.service import ServiceSettings, build
from shared.topics import Topic, create_topics, wanted_topics
from shared.unit import Unit

PER_SECOND, SECONDS, WARM_UP, ROUNDS = 100, 10, 2, 2
BARE = "bench.bare"


class Settings(ServiceSettings):
    """Of the two services that are measured."""

    model_config = SettingsConfigDict(env_prefix="BENCH_", frozen=True)


class Note(Aggregate):
    """Something that happened."""


def _service(name: str, url: str, bootstrap: str) -> Any:
    reactions = Reactions(service=name)
    if name == "goals":  # the reader; the writer hears nothing

        @reactions.to(FeedbackGiven)
        async def note(event: FeedbackGiven, unit: Unit) -> None:
            unit.put("notes", {"_id": event.feedback_id, "meeting_id": event.meeting_id})

    settings = Settings(mongodb_url=url, kafka_bootstrap_servers=bootstrap, portal_url="http://127.0.0.1:1", port=1)
    return build(settings=settings, reactions=reactions, title=name, description="", routers=[])


async def at_rate(work: Callable[[str], Awaitable[None]], per_second: int = PER_SECOND) -> dict[str, float]:
    """Start the work so often a second; when each piece was done."""
    done: dict[str, float] = {}

    async def one(key: str) -> None:
        await work(key)
        done[key] = time.time()

    began = time.monotonic()
    tasks = []
    for number in range(per_second * (SECONDS + WARM_UP)):
        await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
        tasks.append(asyncio.create_task(one(f"{number:06}-{uuid.uuid4().hex}")))
    await asyncio.gather(*tasks)
    return done


def milliseconds(began: dict[str, float], ended: dict[str, float], per_second: int = PER_SECOND) -> list[float]:
    """From the one to the other, without the warm-up."""
    late = f"{per_second * WARM_UP:06}"
    return [(ended[key] - moment) * 1000 for key, moment in began.items() if key >= late]


async def _ours(writer: Any, reader: subprocess.Popen[str]) -> list[float]:
    service = writer.state.service

    async def give(key: str) -> None:
        async def work(_command: object, unit: Unit) -> None:
            saved = Note(id=key)
            saved.record(FeedbackGiven(feedback_id=key, meeting_id=key, partnership_id=key, person_id=key, at=unit.at))
            unit.save("given", saved)

        await service.run(work, object())

    # Read while it is written: a pipe holds a thousand lines, and then the one who writes waits.
    reading = asyncio.create_task(asyncio.to_thread(_seen, reader, PER_SECOND * (SECONDS + WARM_UP)))
    committed = await at_rate(give)
    return milliseconds(committed, await reading)


def _seen(reader: subprocess.Popen[str], number: int) -> dict[str, float]:
    """So many effects that the reading process says it has committed, and when."""
    seen: dict[str, float] = {}
    while len(seen) < number:
        line = reader.stdout.readline() if reader.stdout else ""
        if not line:
            raise RuntimeError("the reading service has ended")
        seen.update(json.loads(line))
    return seen


async def bare(bootstrap: str, per_second: int = PER_SECOND) -> list[float]:
    """From a bare producer to a bare consumer."""
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True)
    consumer = aiokafka.AIOKafkaConsumer(BARE, bootstrap_servers=bootstrap, group_id=uuid.uuid4().hex, auto_offset_reset="earliest")
    await producer.start()
    await consumer.start()
    seen: dict[str, float] = {}

    async def read() -> None:
        async for record in consumer:
            seen[record.key.decode()] = time.time()

    reading = asyncio.create_task(read())
    began: dict[str, float] = {}

    async def send(key: str) -> None:
        began[key] = time.time()
        await producer.send_and_wait(BARE, key.encode(), key=key.encode())

    sent = await at_rate(send, per_second)
    while not sent.keys() <= seen.keys():  # noqa: ASYNC110 - the consumer is the bare one that is measured
        await asyncio.sleep(0.01)
    reading.cancel()
    await consumer.stop()
    await producer.stop()
    return milliseconds(began, seen, per_second)


async def _read(url: str, bootstrap: str) -> None:
    """The reading service, in a process of its own: says when each effect was there to be seen by others."""
    app = _service("goals", url, bootstrap)
    async with app.router.lifespan_context(app):
        stream = watch(app.state.service.database.notes, [{"$match": {"operationType": "insert"}}, {"$project": {"documentKey": 1}}])
        async with stream as changes:
            print(json.dumps({"ready": time.time()}), flush=True)
            async for change in changes:
                print(json.dumps({change["documentKey"]["_id"]: time.time()}), flush=True)


async def _measure(mongodb: MongoDB, kafka: Kafka) -> bool:
    async with AsyncExitStack() as stack:
        await create_topics(kafka.address, [*wanted_topics(), Topic(BARE, compacted=False)])
        program = [sys.executable, "-m", "bench.event_path", mongodb.url_of("goals"), kafka.address]
        reader = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: ASYNC220, S603 - before anything is measured
        stack.callback(reader.wait)
        stack.callback(reader.terminate)
        await asyncio.to_thread(_seen, reader, 1)  # it says "ready"
        writer = _service("matching", mongodb.url_of("matching"), kafka.address)
        await stack.enter_async_context(writer.router.lifespan_context(writer))
        ours: list[float] = []
        peer: list[float] = []
        for _ in range(ROUNDS):
            peer += await bare(kafka.address)
            ours += await _ours(writer, reader)
    notes = f"from the commit until a third party sees the effect, {PER_SECOND}/s; bare: one aiokafka producer and consumer, no database"
    met = report("event-path-p99", percentile(ours, 0.99), None, unit="ms", goal="<= 250", notes=notes)
    report(
        "event-path-p50",
        percentile(ours, 0.5),
        percentile(peer, 0.5),
        unit="ms",
        goal="<= 1000",
        notes="for comparison only: no bound was set",
    )
    return met


def run() -> bool:
    """Two services and a broker on this machine, measured in turn with the bare pair."""
    configure_logs("bench")
    with servers() as (mongodb, kafka):
        return asyncio.run(_measure(mongodb, kafka))


if __name__ == "__main__":
    configure_logs("bench")
    asyncio.run(_read(*sys.argv[1:]))
