"""Several MongoDBs or Kafkas that are one, to be killed, frozen and started again by a test; all of them end with it.

Start them in the thread that lives as long as the test: a server ends when the thread that started it does.
"""

import logging
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from deploy.local.kafka import Kafka
from deploy.local.mongodb import REPLICA_SET, arguments, create_users, mongod, service_url
from deploy.local.options import SERVICES
from deploy.local.places import cache_directory
from deploy.local.ports import free_ports
from deploy.local.processes import Process, last_words, spawn
from deploy.local.secrets import Secrets
from tests.support.probe import eventually

_PATIENCE_MS = 500

# A frozen process does not hear that we have ended, so the one that freezes it waits for that and kills it.
_FREEZE = """
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
os.kill(int(sys.argv[1]), signal.SIGSTOP)
signal.sigwait([signal.SIGTERM])
os.kill(int(sys.argv[1]), signal.SIGKILL)
"""


class Nodes:
    """Processes that can be killed, frozen and started again, by their index."""

    def __init__(self, directory: Path, count: int) -> None:
        self.directory = directory.absolute()
        self.count = count
        self._processes: dict[int, Process] = {}
        self._frozen: dict[int, Process] = {}

    def place(self, index: int) -> Path:
        """The directory with all files of one node but its log: a test may mount a small disk there before the start."""
        return self.directory / f"node-{index}"

    def log(self, index: int) -> Path:
        return self.directory / f"node-{index}.log"

    def answering(self) -> list[int]:
        """Those that are neither killed nor frozen, and have not ended by themselves."""
        return [index for index, process in self._processes.items() if index not in self._frozen and process.poll() is None]

    def kill(self, index: int) -> None:
        """SIGKILL: it has no time to say anything."""
        self._processes[index].kill()
        self._processes.pop(index).wait()
        self._unguard(index)

    def restart(self, index: int) -> None:
        """Start one that was killed, or that ended by itself, on what it has left. Returns at once; see `ready`."""
        if index in self._processes:
            self.kill(index)
        self._processes[index] = self._launch(index)

    def freeze(self, index: int) -> None:
        """SIGSTOP: its connections stay open and nobody answers."""
        process = self._processes[index]
        program = [sys.executable, "-I", "-S", "-c", _FREEZE, str(process.pid)]
        self._frozen[index] = spawn(program, log=Path(os.devnull))
        while psutil.Process(process.pid).status() != psutil.STATUS_STOPPED:
            time.sleep(0.01)

    def resume(self, index: int) -> None:
        self._unguard(index)
        self._processes[index].send_signal(signal.SIGCONT)

    def kill_all(self) -> None:
        for index in list(self._processes):
            self.kill(index)

    def last_words(self) -> str:
        return "\n".join(f"node {index}: {last_words(self.log(index), 600)}" for index in range(self.count))

    def _launch(self, index: int) -> Process:
        raise NotImplementedError

    def _unguard(self, index: int) -> None:
        if guard := self._frozen.pop(index, None):
            guard.kill()
            guard.wait()


class MongoCluster(Nodes):
    """A replica set with access control; its members elect another primary after two seconds."""

    def __init__(self, directory: Path, members: int = 3) -> None:
        super().__init__(directory, members)
        self._ports = free_ports(members)
        self._secrets = Secrets(self.directory / "secrets")

    @property
    def url(self) -> str:
        """For the root user, who may do anything; names all members."""
        hosts = ",".join(map(self.address, range(self.count)))
        return f"mongodb://root:{self._secrets.get('root')}@{hosts}/?replicaSet={REPLICA_SET}&authSource=admin"

    def url_of(self, service: str) -> str:
        """For the one user who reaches this service's database and no other."""
        return service_url(self.url, service, self._secrets.get(service))

    def address(self, index: int) -> str:
        return f"127.0.0.1:{self._ports[index]}"

    async def start(self) -> None:
        """Start all members, make them one, and give each service its user."""
        for index in range(self.count):
            self.restart(index)
        await eventually(self._found, "a mongod that is started")
        primary = await self.primary()
        with self._direct(primary) as client:  # from loopback, and only until the first user exists, it needs no name
            client.admin.command("createUser", "root", pwd=self._secrets.get("root"), roles=["root"])
        await self.ready()
        create_users(self.url, {service: self._secrets.get(service) for service in SERVICES})

    def stop(self) -> None:
        """End all members: nothing of them is kept."""
        self.kill_all()

    async def misanswer(self, mode: str | dict[str, int], **how: Any) -> int:
        """Have the primary answer commands wrongly, see MongoDB's `failCommand`; how often it has up to now."""
        with self._direct(await self.primary(), as_root=True) as client:
            told = client.admin.command("configureFailPoint", "failCommand", mode=mode, data=how)
        return int(told.get("count", 0))

    async def ready(self) -> None:
        """Wait until every member that runs takes part, and one of them leads."""

        async def complete() -> bool:
            states = [self._hello(index) for index in self.answering()]
            return any(state.get("isWritablePrimary") for state in states) and all(
                state.get("isWritablePrimary") or state.get("secondary") for state in states
            )

        await eventually(complete, f"all members of the replica set:\n{self.last_words()}")

    async def primary(self) -> int:
        """The index of the member that takes writes, as soon as there is one."""

        async def found() -> list[int]:
            leading = {index: hello["electionId"] for index in self.answering() if (hello := self._hello(index)).get("isWritablePrimary")}
            # One that has just been resumed may not know yet that another was elected.
            return [max(leading, key=lambda index: leading[index])] if leading else []

        return (await eventually(found, "a primary"))[0]

    async def step_down(self, seconds: int = 10) -> None:
        """Have the primary hand over, and not come back for so long; wait until another leads."""
        before = await self.primary()
        with self._direct(before, as_root=True) as client:
            client.admin.command("replSetStepDown", seconds, secondaryCatchUpPeriodSecs=5)

        async def another() -> bool:
            return await self.primary() != before

        await eventually(another, "another primary")

    def _launch(self, index: int) -> Process:
        data = self.place(index) / "data"
        data.mkdir(parents=True, exist_ok=True)
        # Only so can it be told to answer wrongly.
        testable = ("--setParameter", "enableTestCommands=1")
        return spawn([mongod(), *arguments(data, self._ports[index], self._secrets, 0.25), *testable], log=self.log(index))

    async def _found(self) -> bool:
        """Whether the members have been told of each other."""
        members = [{"_id": index, "host": self.address(index)} for index in range(self.count)]
        settings = {"electionTimeoutMillis": 2000, "heartbeatIntervalMillis": 500}
        if not all(self._hello(index) for index in range(self.count)):
            return False
        with self._direct(0) as client:
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members, "settings": settings})
        return True

    def _hello(self, index: int) -> dict[str, Any]:
        """What a member says about itself; nothing when it does not answer."""
        try:
            with self._direct(index) as client:
                return client.admin.command("hello")
        except PyMongoError:
            return {}

    def _direct(self, index: int, *, as_root: bool = False) -> MongoClient[dict[str, Any]]:
        return MongoClient(
            self.address(index),
            directConnection=True,
            serverSelectionTimeoutMS=_PATIENCE_MS,
            connectTimeoutMS=_PATIENCE_MS,
            username="root" if as_root else None,
            password=self._secrets.get("root") if as_root else None,
        )


class KafkaCluster(Nodes):
    """Brokers that are controllers too. With three, a topic is on all of them and two must have what is confirmed."""

    def __init__(self, directory: Path, nodes: int = 3) -> None:
        super().__init__(directory, nodes)
        ports, controller_ports = free_ports(2 * nodes)[::2], free_ports(2 * nodes)[1::2]
        controllers = {index + 1: port for index, port in enumerate(controller_ports)}
        self.replication = min(3, nodes)
        self._brokers = [
            Kafka(
                self.place(index),
                ports[index],
                controller_ports[index],
                self.log(index),
                cache=cache_directory(),
                heap_mb=192,
                node=index + 1,
                controllers=controllers,
                properties=self._properties(),
            )
            for index in range(nodes)
        ]

    @property
    def bootstrap_servers(self) -> str:
        return ",".join(broker.address for broker in self._brokers)

    def address(self, index: int) -> str:
        return self._brokers[index].address

    async def start(self) -> None:
        for index in range(self.count):
            self.restart(index)
        await self.ready()

    def stop(self) -> None:
        """End all brokers: nothing of them is kept."""
        self.kill_all()
        for broker in self._brokers:
            broker.stop()

    async def ready(self) -> None:
        """Wait until every broker that runs is one of the cluster, and groups are coordinated."""

        async def complete() -> bool:
            return len(await self._members()) >= len(self.answering())

        with _quiet():
            await eventually(complete, f"all brokers:\n{self.last_words()}")

    async def leader(self, topic: str, partition: int) -> int:
        """The index of the broker that leads a partition, as soon as there is one that runs."""

        async def found() -> list[int]:
            # Of those that run: whoever was killed a moment ago is still named.
            leader = await self._leader(topic, partition)
            return [leader] if leader in self.answering() else []

        with _quiet():
            return (await eventually(found, f"a leader of {topic}/{partition}"))[0]

    def _properties(self) -> dict[str, str]:
        replicas, confirmed = str(self.replication), str(max(1, self.replication - 1))
        return {
            "broker.session.timeout.ms": "3000",
            "default.replication.factor": replicas,
            "min.insync.replicas": confirmed,
            "offsets.topic.replication.factor": replicas,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": confirmed,
            "share.coordinator.state.topic.replication.factor": replicas,
            "share.coordinator.state.topic.min.isr": confirmed,
        }

    def _launch(self, index: int) -> Process:
        self._brokers[index].launch()
        process = self._brokers[index].process
        assert process is not None
        return process

    def _running(self) -> list[str]:
        return [self.address(index) for index in self.answering()]

    async def _members(self) -> Sequence[object]:
        """The brokers that the cluster knows of; none while groups are not coordinated."""
        client = AIOKafkaClient(bootstrap_servers=self._running(), request_timeout_ms=3000)
        try:
            await client.bootstrap()
            await client.coordinator_lookup(CoordinationType.GROUP, "tandem-ready")
            return list(client.cluster.brokers())
        except (KafkaError, OSError):
            return []
        finally:
            await client.close()

    async def _leader(self, topic: str, partition: int) -> int:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._running(), request_timeout_ms=3000)
        try:
            await admin.start()
            described = await admin.describe_topics([topic])
            return next(int(part["leader"]) - 1 for part in described[0]["partitions"] if part["partition"] == partition)
        except (KafkaError, OSError, StopIteration):
            return -1
        finally:
            await admin.close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without aiokafka's line for every connection that is refused."""
    logger = logging.getLogger("aiokafka")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
