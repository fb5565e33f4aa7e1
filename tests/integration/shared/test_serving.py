"""`tandem serve` as a process: how it starts, what it says of its health while something is away, and how it ends."""

import asyncio
import json
import os
import re
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.local.ports import free_ports
from shared.kafka import create_topics, wanted_topics
from shared.mongo import close_client, open_client
from tests.support.probe import eventually
from tests.support.proxy import Api, KafkaProxy, Proxy
from tests.support.service import database_url, drop

# By SIGTERM, which uvicorn passes on when all is closed; the lifeline's end would be 70.
STOPPED, CANNOT_START = {0, -15}, 3


@dataclass
class Served:
    """One process of the goals service, which reaches its servers through proxies."""

    kafka: KafkaProxy
    mongodb: Proxy
    mongodb_url: str
    url: str
    process: asyncio.subprocess.Process
    said: list[dict[str, Any]] = field(default_factory=list)

    async def listen(self) -> None:
        """Keep what it logs."""
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.said.append(json.loads(line))

    async def health(self, kind: str) -> tuple[int, dict[str, str]]:
        """The probe's answer: its status and each part that is not well."""
        async with httpx2.AsyncClient(timeout=5) as client:
            try:
                answer = await client.get(f"{self.url}/health/{kind}")
            except httpx2.HTTPError:
                return 0, {}
        return answer.status_code, {name: state for name, state in answer.json()["parts"].items() if state != "ok"}

    async def until(self, kind: str, status: int, part: str = "") -> None:
        """Wait for this status, and for this part to be one of those that are not well."""

        async def seen() -> bool:
            assert self.process.returncode is None, self.said
            said, wrong = await self.health(kind)
            return said == status and (not part or part in wrong)

        await eventually(seen, f"/health/{kind} says {status} {part}", within=120)

    async def stop(self) -> int:
        self.process.terminate()
        return await self.process.wait()


Serve = Callable[..., Any]


@pytest.fixture
async def serve(mongodb: str, kafka: str) -> AsyncIterator[Serve]:
    """Start `tandem serve goals`."""
    await create_topics(kafka, wanted_topics())
    async with AsyncExitStack() as stack:

        async def start(before: Callable[[Served], None] = lambda _: None, **environment: str) -> Served:
            to_kafka = await stack.enter_async_context(KafkaProxy(kafka))
            address = re.search(r"@([^/?]+)", mongodb)
            assert address is not None
            to_mongodb = await stack.enter_async_context(Proxy(address[1]))
            name = f"test_{uuid.uuid4().hex}"
            stack.push_async_callback(drop, database_url(mongodb, name))
            url = re.sub(r"replicaSet=\w+", "directConnection=true", database_url(mongodb, name)).replace(address[1], to_mongodb.address)
            (port,) = free_ports(1)
            told: Mapping[str, str] = {
                "PATH": os.environ["PATH"],
                "GOALS_MONGODB_URL": url,
                "GOALS_KAFKA_BOOTSTRAP_SERVERS": to_kafka.address,
                "GOALS_PORTAL_URL": "http://127.0.0.1:1",
                "GOALS_PORT": str(port),
            }
            served = Served(to_kafka, to_mongodb, url, f"http://127.0.0.1:{port}", None)  # type: ignore[arg-type] # in a moment
            before(served)
            served.process = await asyncio.create_subprocess_exec(
                Path(sys.executable).with_name("tandem"), "serve", "goals", env={**told, **environment}, stderr=asyncio.subprocess.PIPE
            )
            listening = asyncio.create_task(served.listen())

            async def end() -> None:
                if served.process.returncode is None:
                    served.process.kill()
                await served.process.wait()
                await listening

            stack.push_async_callback(end)
            return served

        yield start


# ---------------------------------------------------------------- starting


def no_topics(served: Served) -> None:
    served.kafka.fail(Api.METADATA, 3, times=1000)


def no_kafka_that_answers(served: Served) -> None:
    served.kafka.swallow()


def no_mongodb_that_answers(served: Served) -> None:
    served.mongodb.swallow()


async def test_it_never_starts_without_what_it_needs_but_ends_and_says_what_is_missing(serve: Serve) -> None:
    nowhere = {"GOALS_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, {"GOALS_MONGODB_URL": "mongodb://root:secret@127.0.0.1:1/x"}
    started = await asyncio.gather(
        serve(**nowhere[0]), serve(**nowhere[1]), serve(no_topics), serve(no_kafka_that_answers), serve(no_mongodb_that_answers)
    )
    codes = await asyncio.gather(*(served.process.wait() for served in started))
    problems = [next(line["problem"] for line in served.said if line["event"] == "it could not start") for served in started]
    assert codes == [CANNOT_START] * 5
    assert problems[0].startswith("NotThere: Kafka at 127.0.0.1:1 does not answer")
    assert problems[1].startswith("NotThere: MongoDB at 127.0.0.1:1 does not answer")
    assert re.fullmatch(r"TopicMissing: goals\.charter, .*: run `tandem topics apply`", problems[2])
    assert problems[3].startswith(f"NotThere: Kafka at {started[3].kafka.address} does not answer")
    assert problems[4].startswith(f"NotThere: MongoDB at {started[4].mongodb.address} does not answer")
    assert "secret" not in str(started[1].said)


async def test_it_can_be_stopped_while_it_waits_to_start(serve: Serve) -> None:
    served: Served = await serve(no_kafka_that_answers)

    async def asks() -> bool:
        return bool(served.kafka._links)

    await eventually(asks, "it asks for Kafka")
    assert await served.stop() in {CANNOT_START, *STOPPED}
    assert not [line for line in served.said if line["event"] == "it could not start"]


# ---------------------------------------------------------------- while something is away


async def cut_kafka(served: Served) -> None:
    await served.kafka.cut()


async def freeze_kafka(served: Served) -> None:
    served.kafka.swallow()


async def cut_mongodb(served: Served) -> None:
    await served.mongodb.cut()


async def freeze_mongodb(served: Served) -> None:
    served.mongodb.swallow()


AWAY = {"kafka": [cut_kafka, freeze_kafka], "database": [cut_mongodb, freeze_mongodb]}


async def test_while_a_server_is_away_it_lives_but_is_not_ready_and_stops_in_time_all_the_same(serve: Serve) -> None:
    async def play(served: Served, part: str, fault: Callable[[Served], Any]) -> int:
        await fault(served)
        await served.until("ready", 503, part)
        await served.until("live", 200)
        await served.kafka.heal()
        await served.mongodb.heal()
        await served.until("ready", 200)
        await fault(served)
        await served.until("ready", 503, part)
        return await served.stop()

    plays = [(part, fault) for part, faults in AWAY.items() for fault in faults]
    served = [await serve() for _ in plays]
    for one in served:
        await one.until("ready", 200)
    codes = await asyncio.gather(*(play(one, *what) for one, what in zip(served, plays, strict=True)))
    assert set(codes) <= STOPPED


async def test_an_outage_of_ten_seconds_leaves_few_lines_in_its_log(serve: Serve) -> None:
    served: Served = await serve()
    await served.until("ready", 200)
    assert [line for line in served.said if line["level"] in {"error", "critical"}] == []
    before = len(served.said)
    await served.kafka.cut()
    await asyncio.sleep(10)
    # Looked at before it is healed: how long that takes is the machine's affair.
    assert len(served.said) - before < 20, Counter(line.get("at", line["event"]) for line in served.said)
    await served.kafka.heal()
    await served.until("ready", 200)


# ---------------------------------------------------------------- ending


async def test_it_gives_back_what_it_holds_when_it_is_told_to_stop(serve: Serve) -> None:
    served: Served = await serve()
    await served.until("ready", 200)
    client = open_client(served.mongodb_url)
    database = client.get_default_database()
    assert await database.members.count_documents({}) == 1
    code = await served.stop()
    assert code in STOPPED
    assert await database.members.count_documents({}) == 0
    assert await database.leases.count_documents({"owner": {"$ne": None}}) == 0
    await close_client(client)


async def test_a_consumer_that_kafka_has_silenced_ends_the_process_with_a_word(serve: Serve) -> None:
    served: Served = await serve()
    await served.until("ready", 200)
    served.kafka.fail(Api.HEARTBEAT, -1)
    assert await served.process.wait() == 70
    (last,) = [line for line in served.said if line["level"] == "critical"]
    assert re.fullmatch(r"a consumer is dead: its heartbeat task died of KafkaError.*", last["problem"])
