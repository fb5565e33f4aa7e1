"""What a service costs that has nothing to do: its own share of a core, and what it asks MongoDB."""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from pymongo import MongoClient

from bench.report import report
from bench.servers import servers
from deploy.local.kafka import Kafka
from deploy.local.mongodb import MongoDB
from deploy.local.parts import Program, answers, start
from deploy.local.ports import free_ports
from shared.topics import create_topics, wanted_topics

SERVICE = "goals"
SECONDS, SETTLING = 60, 20
CORE_PERCENT, OPERATIONS = 1, 250


def _program(mongodb: MongoDB, kafka: Kafka, directory: Path) -> Program:
    """The service as it is started everywhere."""
    (port,) = free_ports(1)
    given = {
        "MONGODB_URL": mongodb.url_of(SERVICE),
        "KAFKA_BOOTSTRAP_SERVERS": kafka.address,
        "PORTAL_URL": "http://127.0.0.1:1",
        "PORT": str(port),
    }
    environment = {**os.environ, **{f"{SERVICE.upper()}_{name}": value for name, value in given.items()}}
    command: list[str | Path] = [Path(sys.executable).with_name("tandem"), "serve", SERVICE]
    address = f"http://127.0.0.1:{port}"
    return Program(SERVICE, address, command, environment, directory / "service.log", ready_path="/health/ready")


def _operations(client: MongoClient[dict[str, Any]]) -> dict[str, int]:
    return dict(client.admin.command("serverStatus")["opcounters"])


def _measure(program: Program, mongodb: MongoDB) -> tuple[float, dict[str, int]]:
    """The percentage of a core, and the operations a minute by kind."""
    assert program.process is not None
    process = psutil.Process(program.process.pid)
    with MongoClient[dict[str, Any]](mongodb.url, directConnection=True) as client:
        time.sleep(SETTLING)
        before, began, spent = _operations(client), time.monotonic(), process.cpu_times()
        time.sleep(SECONDS)
        after, ended, in_all = _operations(client), time.monotonic(), process.cpu_times()
    seconds = ended - began
    used = in_all.user + in_all.system - spent.user - spent.system
    counted = {kind: round((after[kind] - before[kind]) * 60 / seconds) for kind in after}
    counted["command"] -= 1  # our own question
    if not answers(f"{program.address}{program.ready_path}"):
        raise RuntimeError("the service was not ready at the end")
    return 100 * used / seconds, counted


def run() -> bool:
    """One service on a MongoDB and a Kafka of its own, for a minute."""
    with servers() as (mongodb, kafka), tempfile.TemporaryDirectory(prefix="tandem-bench-") as directory:
        asyncio.run(create_topics(kafka.address, wanted_topics()))
        program = _program(mongodb, kafka, Path(directory))
        try:
            start(program)
            percent, operations = _measure(program, mongodb)
        finally:
            program.stop()
    kinds = ", ".join(f"{number} {kind}" for kind, number in operations.items() if number)
    spent = f"`tandem serve {SERVICE}` with nothing to do, {SECONDS} s after {SETTLING} s"
    met = [
        report("idle-cpu", percent, None, unit="% of a core", goal=f"<= {CORE_PERCENT}", notes=spent),
        report("idle-operations", sum(operations.values()), None, unit="a minute", goal=f"<= {OPERATIONS}", notes=f"{spent}; {kinds}"),
    ]
    return all(met)
