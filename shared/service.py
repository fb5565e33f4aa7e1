"""What every service has in common: settings, the way a command runs, the loops beside it, start and stop."""

import asyncio
import inspect
import os
import socket
import typing
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, TypeVar

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.telemetry import TelemetryConfig
from fastapi_offline import FastAPIOffline
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared import dead_letters, deliveries, health, operations, outbox, problems, reactions, timers, watchdog
from shared.auth import KeySource, Person, Verifier
from shared.contracts import TOPICS
from shared.deliveries import DeliveryLoop, Sender
from shared.errors import Operational, StaleAggregate, problem_of
from shared.http import open_client
from shared.kafka import GRACEFUL_SECONDS, KafkaError, Producer, open_broker, subscribe
from shared.leases import Member
from shared.lifeline import Lifeline
from shared.lifetime import Lifetime
from shared.metrics import commands
from shared.mongo import Client, Index, PyMongoError, Session, close_client, ensure_indexes
from shared.mongo import open_client as open_database
from shared.observability import Observed
from shared.outbox import Relay
from shared.problems import BodyLimit, Shield
from shared.reactions import Consumer, Reactions
from shared.timers import TimerLoop
from shared.topics import need_topics
from shared.tracing import span
from shared.transactions import Transactions
from shared.unit import Cause, Unit

__all__ = ["At", "Running", "Service", "ServiceSettings", "Worker", "build"]

T = TypeVar("T")
C = TypeVar("C")

TRIES = 5
HEAL_EVERY_SECONDS = 10.0
ANSWER_SECONDS, START_SECONDS, LEAVE_SECONDS = 10.0, 45.0, 3.0
# FastAPI's own would write down queries and what exceptions say.
NO_TELEMETRY = TelemetryConfig(tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False)

log = structlog.get_logger()


class ServiceSettings(BaseSettings):
    """What every service is told by its environment. A name it does not know is an error, not a wish."""

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True)

    mongodb_url: str
    kafka_bootstrap_servers: str
    portal_url: str
    host: str = "127.0.0.1"
    port: int
    demo_clock: bool = False

    def __init__(self, **values: Any) -> None:
        prefix = self.model_config.get("env_prefix", "")
        unknown = [
            name
            for name in os.environ
            if prefix and name.startswith(prefix) and name.removeprefix(prefix).lower() not in type(self).model_fields
        ]
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        super().__init__(**values)


Worker = Callable[["Service"], Awaitable[None]]


@dataclass
class Service:
    """A running service: what its routes, loops and tests work with."""

    name: str
    settings: ServiceSettings
    reactions: Reactions
    stores: Mapping[type, Callable[[Unit], object]]
    senders: Callable[["Service"], Mapping[str, Sender]]
    workers: Sequence[Worker]
    indexes: Sequence[Index]
    client: Client = None
    database: Any = None
    producer: Producer | None = None
    relay: Relay | None = None
    guard: watchdog.Watchdog | None = None
    # Set when the process is told to stop, before open answers are waited for: an endless one ends then.
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    lifeline: Lifeline = field(default_factory=Lifeline)
    _lifetime: Lifetime = field(default_factory=Lifetime)
    _wakers: list[Callable[[], None]] = field(default_factory=list)

    # ---------------------------------------------------------------- commands

    async def run(self, handler: Callable[..., Awaitable[T]], command: object) -> T:
        """Run a handler in a unit of work and commit it.

        Its parameters after the command are filled by their annotation: a Protocol with the store that keeps it, `Unit` with the unit.
        Raises what the handler refuses, and StaleAggregate when others kept changing the same thing.
        """
        name = type(command).__name__
        with span(f"command {name}", command=name), commands.labels(name).time():
            return await self._run(handler, command, getattr(command, "at", None), _cause())

    async def _run(self, handler: Callable[..., Awaitable[T]], command: object, at: datetime | None, cause: Cause) -> T:
        async def work(session: Session) -> T:
            unit = self.transactions.unit(session, at=at, cause=cause)
            result = await handler(command, **self._stores_for(handler, unit))
            await unit.flush()
            return result

        for _ in range(TRIES - 1):
            try:
                return await self.transactions.run(work)
            except StaleAggregate:
                log.info("a command met another's changes and is run again", handler=handler.__name__)
        return await self.transactions.run(work)

    def _stores_for(self, handler: Callable[..., Any], unit: Unit) -> dict[str, object]:
        hints = typing.get_type_hints(handler)
        wanted = {name: hints[name] for name in list(inspect.signature(handler).parameters)[1:]}
        return {name: unit if kind is Unit else self.stores[kind](unit) for name, kind in wanted.items()}

    # ---------------------------------------------------------------- start and stop

    async def open(self) -> None:
        """Connect to the database; from now on commands can run. Raises NotThere when it is away."""
        self.client = open_database(self.settings.mongodb_url)
        self._lifetime.undo("mongodb", partial(close_client, self.client))
        self.database = self.client.get_default_database()
        servers = self.settings.mongodb_url.rpartition("@")[2].removeprefix("mongodb://").partition("/")[0]
        async with _asking(f"MongoDB at {servers}"):
            await self.database.command("ping")
        self.member = Member(self.client, self.database, f"{self.name}-{socket.gethostname()}-{self.settings.port}")
        self.transactions = Transactions(self.member, self._committed)
        self.consumer = Consumer(self.reactions, self.transactions, any_time=self.settings.demo_clock)
        self.timer_loop = TimerLoop(self.database, self.consumer.fire, self.reactions.timers)
        self.delivery_loop = DeliveryLoop(self.database, self.senders(self))
        self._wakers = [self.delivery_loop.wake]
        await self.member.join()
        self._lifetime.undo("member", self.member.leave)
        await ensure_indexes(self.database, [*self.indexes, *outbox.INDEXES, *reactions.INDEXES, *timers.INDEXES, *deliveries.INDEXES])

    async def start(self) -> None:
        """Connect to Kafka and start the loops. Raises TopicMissing, or NotThere when no broker answers."""
        servers = self.settings.kafka_bootstrap_servers
        async with _asking(f"Kafka at {servers}"):
            await need_topics(servers, TOPICS)
        self.producer = Producer(servers)
        self._lifetime.undo("producer", self.producer.stop)
        await self.producer.start()
        self.relay = Relay(self.database, self.producer, self.member)
        self._lifetime.undo("relay", self.relay.stop)
        await self.relay.start()
        self._wakers.append(self.relay.wake)
        self._lifetime.loop("timers", self.timer_loop.run)
        self._lifetime.loop("deliveries", self.delivery_loop.run)
        self._lifetime.loop("healing", self._heal)
        for worker in self.workers:
            self._lifetime.loop(worker.__name__, partial(worker, self))
        self._lifetime.loop("relay-guard", health.Condition(self).guard_relay)
        if self.reactions.topics:
            watchdog.install()
            broker = open_broker(servers)
            subscribe(broker, self.name, self.reactions.topics, self.consumer.take)
            self._lifetime.undo("consumer", broker.stop, GRACEFUL_SECONDS + LEAVE_SECONDS)
            await broker.start()
            self.guard = watchdog.Watchdog(broker)
            self._lifetime.loop("watchdog", self.guard.run)
        log.info("started", address=f"http://{self.settings.host}:{self.settings.port}")

    async def close(self) -> None:
        """Finish what is in hand, give back what is held, and disconnect; the reverse of how it was started."""
        self.stopping.set()
        await self._lifetime.end()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """From before it is started until after it is stopped, with a deadline for both."""
        self.lifeline.begin()
        try:
            await self._begin()
            self.lifeline.started()
            yield
        finally:
            self.lifeline.stop()
            await self.close()
            self.lifeline.end()

    async def _begin(self) -> None:
        """Connect and start, unless told to stop; what stands in the way is said here, where its words can be kept back."""

        async def begin() -> None:
            async with asyncio.timeout(START_SECONDS):
                await self.open()
                await self.start()

        begun, told = asyncio.create_task(begin()), asyncio.create_task(self.stopping.wait())
        await asyncio.wait([begun, told], return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if not begun.done():
            begun.cancel()
            await asyncio.gather(begun, return_exceptions=True)
            raise ToldToStop
        try:
            await begun
        except Exception as error:
            log.critical("it could not start", problem=error, kafka=self.settings.kafka_bootstrap_servers)
            raise

    async def _heal(self) -> None:
        while True:
            await asyncio.sleep(HEAL_EVERY_SECONDS)
            try:
                await self.consumer.queues.heal()
            except Exception as error:  # noqa: BLE001 - it is tried again in a moment
                log.warning("healing waits", problem=error)

    def _committed(self) -> None:
        for wake in self._wakers:
            wake()


class NotThere(Operational):
    """Something that a service cannot do without does not answer."""


class ToldToStop(Operational):
    """The process was told to stop before it had started."""


@asynccontextmanager
async def _asking(whom: str) -> AsyncIterator[None]:
    """Ask for what must be there before anything else: an answer comes within seconds, or never."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            yield
    except (PyMongoError, KafkaError, TimeoutError) as error:
        raise NotThere(f"{whom} does not answer as it should, {problem_of(error)}") from error


def _cause() -> Cause:
    """What a command follows from: the request, where there is one."""
    correlation_id = structlog.contextvars.get_contextvars().get("correlation_id")
    return Cause(str(correlation_id)) if correlation_id else Cause()


class PortalKeys:
    """The portal's public keys, by HTTP."""

    def __init__(self, portal_url: str) -> None:
        self._url = f"{portal_url}/.well-known/jwks.json"

    async def fetch(self) -> Mapping[str, Any]:
        async with open_client() as client:
            return dict((await client.get(self._url)).raise_for_status().json())


# ---------------------------------------------------------------- what routes ask for


# Coroutines although they wait for nothing: FastAPI hands plain functions to a thread, for every request.


async def _running(request: Request) -> Service:
    return request.app.state.service  # type: ignore[no-any-return] # put there by `build`


async def _at(person: Person) -> datetime:
    return person.at or datetime.now(UTC)


Running = Annotated[Service, Depends(_running)]
At = Annotated[datetime, Depends(_at)]


def no_senders(_service: Service) -> Mapping[str, Sender]:
    """A service that sends nothing out."""
    return {}


def build(
    *,
    settings: ServiceSettings,
    reactions: Reactions,
    title: str,
    description: str,
    routers: Iterable[APIRouter],
    indexes: Sequence[Index] = (),
    stores: Mapping[type, Callable[[Unit], object]] | None = None,
    senders: Callable[[Service], Mapping[str, Sender]] = no_senders,
    workers: Sequence[Worker] = (),
    keys: Callable[[Service], KeySource] | None = None,
) -> FastAPI:
    """The application of one service. `keys` says where the issuer's public keys are, if not at the portal."""
    service = Service(
        name=reactions.service,
        settings=settings,
        reactions=reactions,
        stores=stores or {},
        senders=senders,
        workers=workers,
        indexes=indexes,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with service.running():
            yield

    app = FastAPIOffline(title=title, description=description, lifespan=lifespan, version="1", redoc_url=None, telemetry=NO_TELEMETRY)
    app.state.service = service
    app.state.verifier = Verifier(
        keys(service) if keys is not None else PortalKeys(settings.portal_url),
        issuer=settings.portal_url,
        audience=reactions.service,
        demo_clock=settings.demo_clock,
    )
    problems.install(app)
    app.add_middleware(Shield)
    app.add_middleware(BodyLimit)
    app.add_middleware(Observed)
    app.include_router(health.routes(service))
    app.include_router(dead_letters.router)
    app.include_router(operations.router)
    for router in routers:
        app.include_router(router)
    return app
