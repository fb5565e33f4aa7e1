"""A million events in the outbox, against ten thousand again and again: as fast, and in as little memory."""

import asyncio
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from bench.report import must_last, report
from bench.servers import USER, emptied, servers
from deploy.local.kafka import Kafka
from deploy.local.mongodb import MongoDB
from shared import outbox
from shared.aggregate import new_id
from shared.kafka import Producer
from shared.leases import Member
from shared.mongo import close_client, ensure_indexes, open_client
from shared.observability import configure_logs
from shared.topics import Topic, create_topics

ROWS, FEW, ROUNDS = 1_000_000, 10_000, 2
KEYS, AT_ONCE = 5_000, 10_000
TOPIC = "bench.backlog"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
VALUE = b'{"partnership_id":"%s","title":"weekly one-to-one about the roadmap, forty-five minutes"}' % (b"0" * 36)


def _fill(database: Any, number: int, first: int = 0) -> None:
    """Rows of one event each, as that many transactions would have left them."""
    for begin in range(first, first + number, AT_ONCE):
        rows = []
        for index in range(begin, min(first + number, begin + AT_ONCE)):
            event = {"id": new_id(), "type": f"{TOPIC}.grown.v1", "topic": TOPIC, "key": f"{index % KEYS:036}", "stamp": index}
            event |= {"sequence": index // KEYS + 1, "time": NOW, "value": VALUE}
            rows += outbox.outbox_rows([{**event, "correlation_id": new_id(), "causation_id": None, "traceparent": None}], "bench")
        database.outbox.insert_many(rows, ordered=False)


class _Relay:
    """A process with a relay and nothing else."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def drain(self, number: int) -> float:
        """The seconds it takes to bring so many events to Kafka."""
        return float(self._ask(number)["seconds"])

    def peak(self) -> float:
        """The most megabytes it has ever held."""
        return float(self._ask(0)["peak"])

    def _ask(self, number: int) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def _relay(mongodb: MongoDB, kafka: Kafka) -> Iterator[_Relay]:
    program = [sys.executable, "-m", "bench.backlog", mongodb.url_of(USER), kafka.address]
    process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603 - ourselves
    try:
        yield _Relay(process)
    finally:
        process.kill()
        process.wait()


async def _serve(url: str, bootstrap_servers: str) -> None:
    """The relay's process: drains when it is told, and says how long it took."""
    client = open_client(url)
    database = client.get_default_database()
    await create_topics(bootstrap_servers, [Topic(TOPIC, compacted=False)])
    await ensure_indexes(database, outbox.INDEXES)
    producer = Producer(bootstrap_servers)
    await producer.start()
    while number := int(await asyncio.to_thread(sys.stdin.readline)):
        relay = outbox.Relay(database, producer, Member(client, database, "bench"))
        until = outbox.published._value.get() + number  # noqa: SLF001 - the counter has no other way to be read
        await relay.start()
        began = time.monotonic()
        while outbox.published._value.get() < until:  # noqa: SLF001, ASYNC110 - see above; the relay tells nobody
            await asyncio.sleep(0.005)
        took = time.monotonic() - began
        await relay.stop()
        print(json.dumps({"seconds": took}), flush=True)
    print(json.dumps({"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)
    await producer.stop()
    await close_client(client)


def _few(mongodb: MongoDB, kafka: Kafka, shortest: float) -> tuple[float, float]:
    """Events a second and peak memory, for few rows after few rows, until it has lasted long enough."""
    with emptied(mongodb) as database, _relay(mongodb, kafka) as relay:
        seconds, times = 0.0, 0
        while seconds <= shortest:
            _fill(database, FEW, times * FEW)
            seconds += relay.drain(FEW)
            times += 1
        must_last(seconds, shortest)
        return times * FEW / seconds, relay.peak()


def _many(mongodb: MongoDB, kafka: Kafka, number: int) -> tuple[float, float]:
    with emptied(mongodb) as database, _relay(mongodb, kafka) as relay:
        _fill(database, number)
        return number / relay.drain(number), relay.peak()


def run(number: int = ROWS, rounds: int = ROUNDS, shortest: float = 5.0) -> bool:
    """In turn, so that a noisy minute hits both."""
    with servers() as (mongodb, kafka):
        pairs = [(_few(mongodb, kafka, shortest), _many(mongodb, kafka, number)) for _ in range(rounds)]
    few, many = [one for one, _ in pairs], [other for _, other in pairs]
    notes = f"{number} rows of one event; peer: {FEW} rows, again and again for {shortest:.0f} s"
    rates = [statistics.median(rate for rate, _ in some) for some in (many, few)]
    peaks = [max(peak for _, peak in some) for some in (many, few)]
    met = [
        report("backlog-rate", *rates, unit="events/s", goal=">= 0.9", notes=notes),
        report("backlog-memory", *peaks, unit="MB", goal="<= 1.2", notes=f"the most the relay's process ever held; {notes}"),
    ]
    return all(met)


if __name__ == "__main__":
    configure_logs("bench")
    if sys.argv[1].isdigit():
        run(int(sys.argv[1]), int(sys.argv[2]), shortest=1.0)
    else:
        asyncio.run(_serve(*sys.argv[1:]))
