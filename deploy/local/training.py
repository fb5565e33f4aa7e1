"""Let Java learn how to start Kafka faster: one run of a Kafka of its own with a little work, whose experience is kept in the cache."""

import asyncio
import logging
import os
import signal
import sys
import tempfile
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.kafka import Kafka, warm_start_file
from deploy.local.parts import start
from deploy.local.places import cache_directory
from deploy.local.ports import free_ports

SECONDS_TO_WRITE = 120.0
_RECORDS = 500
_TOPIC = "training"


def train(cache: Path) -> Path:
    """Start, use and stop a Kafka; the file it leaves. An older file is replaced only by a whole new one."""
    learnt = warm_start_file(cache)
    with tempfile.TemporaryDirectory(prefix="tandem-training-") as name:
        directory, unfinished = Path(name), cache / f"{learnt.name}.{os.getpid()}"
        port, controller_port = free_ports(2)
        kafka = Kafka(directory, port, controller_port, directory / "kafka.log", cache=cache, train=unfinished)
        try:
            start(kafka)
            asyncio.run(_work(kafka.address))
            if kafka.process is not None:
                kafka.process.terminate()
                kafka.process.wait(SECONDS_TO_WRITE)  # it writes the file while it ends
            unfinished.replace(learnt)
        finally:
            if kafka.process is not None:
                kafka.process.kill()  # told to end politely, it would first write down what it has learnt so far
            kafka.stop()
            unfinished.unlink(missing_ok=True)
    return learnt


async def _work(address: str) -> None:
    """What every service does: make a topic, send, receive, commit."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic(_TOPIC, 12, 1)])
    await admin.close()
    async with (
        AIOKafkaProducer(bootstrap_servers=address, enable_idempotence=True) as producer,
        AIOKafkaConsumer(_TOPIC, bootstrap_servers=address, group_id=_TOPIC, auto_offset_reset="earliest") as consumer,
    ):
        for number in range(_RECORDS):
            await producer.send_and_wait(_TOPIC, key=str(number).encode(), value=b"x" * 500)
        seen = 0
        while seen < _RECORDS:
            batches = await consumer.getmany(timeout_ms=1000)
            seen += sum(map(len, batches.values()))
            await consumer.commit()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))  # so that our Kafka is ended too
    os.nice(19)  # it is done beside what the person is waiting for
    train(cache_directory())
