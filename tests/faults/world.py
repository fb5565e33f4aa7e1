"""All of Tandem for fault tests: real servers, real services in several replicas, looked after as a supervisor would."""

import asyncio
import fcntl
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.local.environment import Surroundings
from deploy.local.options import DEFAULT_PORTS, SERVICES, Options
from deploy.local.ports import free_ports
from deploy.local.secrets import Secrets
from deploy.local.seeding import Company
from shared.kafka import create_topics, wanted_topics
from shared.mongo import Client, Database, close_client, open_client
from tests.faults.book import Book
from tests.faults.company import MANAGER, Pair, found
from tests.faults.letterbox import Letterbox
from tests.faults.replica import Replica
from tests.support.clusters import KafkaCluster, MongoCluster
from tests.support.proxy import KafkaProxy, Proxy

REPLICAS: Mapping[str, int] = {"portal": 1, "matching": 1, "scheduling": 1, "goals": 2, "notifications": 2}
LOOK_EVERY_SECONDS = 0.1


class NotPossible(Exception):  # noqa: N818 - what the scenario is, on this machine
    """The machine, or who asks, lacks something that a scenario needs."""


@dataclass(frozen=True)
class Plan:
    """What a world is made of. `changes` are made to all services; see `changes`."""

    members: int = 1
    nodes: int = 1
    replicas: Mapping[str, int] = field(default_factory=lambda: REPLICAS)
    changes: tuple[str, ...] = ()
    places: Callable[["World"], Any] | None = None
    """Called before the servers start, to put something else in the place of their directories."""
    routes: Callable[["World"], Any] | None = None
    """An asynchronous context manager entered when the servers stand, before the services start, to put proxies between them."""


class World:
    """A running Tandem with a small company in it."""

    def __init__(self, plan: Plan, directory: Path) -> None:
        self.plan = plan
        self.directory = directory
        self.mongodb = MongoCluster(directory / "mongodb", plan.members)
        self.kafka = KafkaCluster(directory / "kafka", plan.nodes)
        self.letterbox = Letterbox()
        self.replicas: dict[str, Replica] = {}
        self.pairs: list[Pair] = []
        self.programme_id = ""
        # What a service is told instead of the servers' own addresses, by replica's name.
        self.mongodb_urls: dict[str, str] = {}
        self.bootstrap_servers: dict[str, str] = {}
        # The proxies that stand between, by replica's name.
        self.to_mongodb: dict[str, Proxy] = {}
        self.to_kafka: dict[str, KafkaProxy] = {}
        # What was tried in this world, how many bad records were made, how many events were seen.
        self.book = Book()
        self.loads = self.bad = self.events = 0
        self._client: Client = None

    # ---------------------------------------------------------------- what is in it

    @property
    def company(self) -> Company:
        return self._company

    def of(self, service: str) -> list[Replica]:
        """The replicas of a service."""
        return [replica for replica in self.replicas.values() if replica.service == service]

    def database(self, service: str) -> Database:
        """A service's database, as root sees it."""
        return self._client[f"tandem_{service}"]

    def url(self, service: str) -> str:
        """The address of the first replica of a service that runs, else of the first."""
        replicas = self.of(service)
        return next((one for one in replicas if one.runs and not one.held), replicas[0]).address

    async def keep_transactions_of_the_dead(self, seconds: int) -> None:
        """How long MongoDB waits for a client that has died; a minute, where nobody has set it otherwise."""
        await self._client.admin.command("setParameter", 1, transactionLifetimeLimitSeconds=seconds)

    async def letters(self, service: str, *states: str) -> list[dict[str, Any]]:
        """The dead letters of a service, in these states or in all."""
        where = {"state": {"$in": list(states)}} if states else {}
        return [row async for row in self.database(service).dead_letters.find(where, {"value": 0, "headers": 0})]

    # ---------------------------------------------------------------- start and stop

    async def _start(self, stack: AsyncExitStack) -> None:
        if self.plan.places is not None:
            stack.enter_context(self.plan.places(self))
        stack.callback(self.mongodb.stop)
        stack.callback(self.kafka.stop)
        await asyncio.gather(self.mongodb.start(), self.kafka.start())
        await create_topics(self.kafka.bootstrap_servers, wanted_topics(), self.kafka.replication)
        self._client = open_client(self.mongodb.url)
        stack.push_async_callback(close_client, self._client)
        stack.callback(self.letterbox.stop)
        self.letterbox.start()
        if self.plan.routes is not None:
            await stack.enter_async_context(self.plan.routes(self))
        self._describe()
        stack.callback(self._stop_replicas)
        for replica in self.replicas.values():
            replica.start(self.plan.changes)
        watch = asyncio.create_task(self._supervise())
        stack.push_async_callback(_end, watch)
        await asyncio.gather(*(replica.ready() for replica in self.replicas.values()))
        self._company = await stack.enter_async_context(
            Company({service: self.of(service)[0].address for service in SERVICES}, self._secrets.get("demo"), {})
        )
        self.programme_id, self.pairs = await found(self._company)

    def _describe(self) -> None:
        """The replicas, each told what it is told by `tandem up`."""
        ports = dict(zip(DEFAULT_PORTS, free_ports(len(DEFAULT_PORTS)), strict=True)) | {"smtp": self.letterbox.port}
        options = Options(home=self.directory, ports=ports)
        self._secrets = Secrets(self.directory / "secrets")
        surroundings = Surroundings(options, self.mongodb.url_of, self.kafka.bootstrap_servers, self._secrets)
        for service, count in self.plan.replicas.items():
            for number in range(1, count + 1):
                name = f"{service}-{number}"
                port = ports[service] if number == 1 else free_ports(1)[0]
                told = surroundings.of(service) | {f"{service.upper()}_PORT": str(port)}
                if name in self.mongodb_urls:
                    told[f"{service.upper()}_MONGODB_URL"] = self.mongodb_urls[name]
                if name in self.bootstrap_servers:
                    told[f"{service.upper()}_KAFKA_BOOTSTRAP_SERVERS"] = self.bootstrap_servers[name]
                if service == "portal":
                    told |= {"PORTAL_ADMINISTRATORS": MANAGER, "PORTAL_PROGRAMME_MANAGERS": MANAGER}
                self.replicas[name] = Replica(name, service, port, told, self.directory / "services")

    async def _supervise(self) -> None:
        while True:
            for replica in self.replicas.values():
                replica.look_after(self.plan.changes)
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    def _stop_replicas(self) -> None:
        for replica in self.replicas.values():
            replica.stop()

    async def everybody_ready(self) -> None:
        """Wait until all replicas serve again."""
        for replica in self.replicas.values():
            replica.held = False
            replica.disarm()
            replica.resume()
        await asyncio.gather(*(replica.ready(120.0) for replica in self.replicas.values()))


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@asynccontextmanager
async def _alone_on_this_machine() -> AsyncIterator[None]:
    """One world at a time: two would make each other so slow that their own time limits become the fault."""
    with (Path(tempfile.gettempdir()) / "tandem-faults.lock").open("w") as file:
        await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
        yield


@asynccontextmanager
async def a_world(plan: Plan | None = None) -> AsyncIterator[World]:
    """A world of its own, which ends with the block, whatever happens."""
    directory = Path(tempfile.mkdtemp(prefix="tandem-faults-"))
    world = World(plan or Plan(), directory)
    try:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(_alone_on_this_machine())
            await world._start(stack)
            yield world
    finally:
        shutil.rmtree(directory, ignore_errors=True)
