import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import aiokafka
import psutil
import pytest

from deploy.local.jars import KAFKA_VERSION, kafka_jars
from deploy.local.kafka import GivenKafka, Kafka, has_coordinator, warm_start_file
from deploy.local.parts import start
from deploy.local.places import cache_directory
from deploy.local.ports import free_ports
from deploy.local.refusals import CannotStart
from shared.kafka import Topic, create_topics
from tests.support.probe import eventually

MakeKafka = Callable[[Path], Kafka]


@pytest.fixture
def a_kafka(tmp_path: Path) -> Iterator[MakeKafka]:
    """Makes launchers of a Kafka on a directory; whatever they started is stopped in the end."""
    made: list[Kafka] = []

    def make(directory: Path) -> Kafka:
        port, controller_port = free_ports(2)
        made.append(Kafka(directory, port, controller_port, tmp_path / "kafka.log", cache=cache_directory(), heap_mb=128))
        return made[-1]

    yield make
    for kafka in made:
        kafka.stop()


def test_a_second_kafka_on_the_same_data_is_refused_and_the_first_one_still_stops(a_kafka: MakeKafka, tmp_path: Path) -> None:
    first, second = a_kafka(tmp_path), a_kafka(tmp_path)
    start(first)
    with pytest.raises(CannotStart, match="Another Kafka is running"):
        start(second)
    process = first.process
    assert process is not None
    assert process.poll() is None
    assert first.is_ready()
    first.stop()
    assert process.returncode == 128 + signal.SIGTERM  # it stopped by itself, in order
    start(second)


def test_the_first_consumer_on_a_new_kafka_writes_no_error(a_kafka: MakeKafka, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kafka = a_kafka(tmp_path)
    start(kafka)
    caplog.set_level(logging.ERROR, "aiokafka")

    async def consume() -> None:
        await create_topics(kafka.address, [Topic("first", compacted=False)])
        consumer = aiokafka.AIOKafkaConsumer("first", bootstrap_servers=kafka.address, group_id="first")
        await consumer.start()
        await consumer.stop()

    asyncio.run(consume())
    assert [record.getMessage() for record in caplog.records] == []


async def test_a_kafka_ends_when_the_process_that_started_it_is_killed(tmp_path: Path) -> None:
    port, controller_port = free_ports(2)
    program = f"""
from pathlib import Path
from deploy.local.kafka import Kafka
from deploy.local.parts import start
kafka = Kafka(Path({str(tmp_path)!r}), {port}, {controller_port}, Path({str(tmp_path / "log")!r}), cache=Path({str(cache_directory())!r}))
start(kafka)
print(kafka.process.pid, flush=True)
input()
"""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    broker = psutil.Process(int(await parent.stdout.readline()))
    parent.kill()
    await parent.wait()

    async def gone() -> bool:
        return not broker.is_running() or broker.status() == psutil.STATUS_ZOMBIE

    await eventually(gone, "the end of the broker")


def test_a_kafka_that_ends_while_starting_says_what_its_log_says(a_kafka: MakeKafka, tmp_path: Path) -> None:
    kafka = a_kafka(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=another\n")
    with pytest.raises(CannotStart, match=r"(?s)kafka ended while starting.*Stored node id 7"):
        start(kafka)


def test_what_java_has_learnt_elsewhere_does_not_keep_kafka_from_starting(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / f"kafka-{KAFKA_VERSION}").symlink_to(kafka_jars(cache_directory()))
    warm_start_file(cache).write_bytes(b"learnt by another Java")
    port, controller_port = free_ports(2)
    kafka = Kafka(tmp_path / "kafka", port, controller_port, tmp_path / "kafka.log", cache=cache, heap_mb=128)
    try:
        start(kafka)
        assert kafka.is_ready()
    finally:
        kafka.stop()


def test_a_given_kafka_is_used_but_neither_started_nor_stopped(kafka: str) -> None:
    given = GivenKafka(kafka)
    start(given)
    assert given.process is None
    given.stop()
    assert asyncio.run(has_coordinator(kafka))


def test_a_given_kafka_that_does_not_answer_is_named() -> None:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(CannotStart, match=f"The Kafka of TANDEM_KAFKA_BOOTSTRAP_SERVERS does not answer at {address}"):
        start(GivenKafka(address))
