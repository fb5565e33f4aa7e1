"""From a commit in one service into the handler of another, in a process of its own, at 200 transactions a second."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from pydantic_settings import SettingsConfigDict

from bench.event_path import BARE, ROUNDS, SECONDS, WARM_UP, Note, at_rate, bare, milliseconds
from bench.report import percentile, report
from bench.servers import servers
from deploy.local.kafka import Kafka
from deploy.local.mongodb import MongoDB
from shared.contracts.goals import FeedbackGiven
from shared.mongo import watch
from shared.observability import configure_logs
from shared.reactions import Reactions
from shared.service import ServiceSettings, build
from shared.topics import Topic, create_topics, wanted_topics
from shared.unit import Unit

PER_SECOND = 200
P50_MS, P99_MS = 15, 60


class Settings(ServiceSettings):
    """Of the two services that are measured."""

    model_config = SettingsConfigDict(env_prefix="BENCH_", frozen=True)


def _say(place: str, key: str) -> None:
    print(json.dumps([place, key, time.time()]), flush=True)


def _service(name: str, url: str, bootstrap: str) -> Any:
    reactions = Reactions(service=name)
    if name == "goals":  # the reader; the writer hears nothing

        @reactions.to(FeedbackGiven)
        async def note(event: FeedbackGiven, unit: Unit) -> None:
            _say("handler", event.feedback_id)
            unit.put("notes", {"_id": event.feedback_id, "meeting_id": event.meeting_id})

    settings = Settings(mongodb_url=url, kafka_bootstrap_servers=bootstrap, portal_url="http://127.0.0.1:1", port=1)
    return build(settings=settings, reactions=reactions, title=name, description="", routers=[])


async def _read(url: str, bootstrap: str) -> None:
    """The reading service, in a process of its own: says when each event was in its handler, and when others could see the effect."""
    app = _service("goals", url, bootstrap)
    async with app.router.lifespan_context(app):
        stream = watch(app.state.service.database.notes, [{"$match": {"operationType": "insert"}}, {"$project": {"documentKey": 1}}])
        async with stream as changes:
            _say("ready", "")
            async for change in changes:
                _say("effect", change["documentKey"]["_id"])


class Reader:
    """The process that reads, and what it has said."""

    def __init__(self, url: str, bootstrap: str) -> None:
        program = [sys.executable, "-m", "bench.commit_to_consumer", url, bootstrap]
        self._process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603 - our own

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def read(self, last: str, number: int) -> dict[str, dict[str, float]]:
        """When each thing was said of each event, until the last of so many was; read while it is written, or the pipe fills up."""
        said: dict[str, dict[str, float]] = {"ready": {}, "handler": {}, "effect": {}}
        while len(said[last]) < number:
            line = self._process.stdout.readline() if self._process.stdout else ""
            if not line:
                raise RuntimeError("the reading service has ended")
            place, key, moment = json.loads(line)
            said[place].setdefault(key, moment)  # a batch that met another's changes is handled again
        return said


async def _ours(writer: Any, reader: Reader) -> tuple[list[float], list[float]]:
    service = writer.state.service

    async def give(key: str) -> None:
        async def work(_command: object, unit: Unit) -> None:
            saved = Note(id=key)
            saved.record(FeedbackGiven(feedback_id=key, meeting_id=key, partnership_id=key, person_id=key, at=unit.at))
            unit.save("given", saved)

        await service.run(work, object())

    reading = asyncio.create_task(asyncio.to_thread(reader.read, "effect", PER_SECOND * (SECONDS + WARM_UP)))
    committed = await at_rate(give, PER_SECOND)
    said = await reading
    return milliseconds(committed, said["handler"], PER_SECOND), milliseconds(committed, said["effect"], PER_SECOND)


async def _measure(mongodb: MongoDB, kafka: Kafka) -> bool:
    async with AsyncExitStack() as stack:
        await create_topics(kafka.address, [*wanted_topics(), Topic(BARE, compacted=False)])
        reader = Reader(mongodb.url_of("goals"), kafka.address)
        stack.callback(reader.stop)
        await asyncio.to_thread(reader.read, "ready", 1)
        writer = _service("matching", mongodb.url_of("matching"), kafka.address)
        await stack.enter_async_context(writer.router.lifespan_context(writer))
        handled, effects, peer = list[float](), list[float](), list[float]()
        for _ in range(ROUNDS):
            peer += await bare(kafka.address, PER_SECOND)
            in_handler, committed = await _ours(writer, reader)
            handled += in_handler
            effects += committed
    return _report(handled, effects, peer)


def _report(handled: Sequence[float], effects: Sequence[float], peer: Sequence[float]) -> bool:
    beside = f"a bare producer and consumer: p50 {percentile(peer, 0.5):.1f}, p99 {percentile(peer, 0.99):.1f} ms"
    committed = f"until the effect is committed: p50 {percentile(effects, 0.5):.1f}, p99 {percentile(effects, 0.99):.1f} ms"
    notes = f"from the commit into the handler in another process, {PER_SECOND} transactions/s; {committed}; {beside}"
    met = [
        report(f"commit-to-consumer-p{share:.0%}".rstrip("%"), percentile(handled, share), None, unit="ms", goal=f"<= {bound}", notes=notes)
        for share, bound in ((0.5, P50_MS), (0.99, P99_MS))
    ]
    return all(met)


def run() -> bool:
    """Two services and a broker on this machine, measured in turn with the bare pair."""
    configure_logs("bench")
    with servers() as (mongodb, kafka):
        return asyncio.run(_measure(mongodb, kafka))


if __name__ == "__main__":
    configure_logs("bench")
    asyncio.run(_read(*sys.argv[1:]))
