"""What every service has in common: settings, the way a command runs, the loops beside it, start and stop."""

import asyncio
import inspect
import os
import socket
import time
import typing
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.telemetry import TelemetryConfig
from fastapi_offline import FastAPIOffline
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared import dead_letters, deliveries, health, outbox, problems, reactions, timers, watchdog
from shared.auth import KeySource, Person, Verifier
from shared.contracts import TOPICS
from shared.deliveries import DeliveryLoop, Sender
from shared.errors import StaleAggregate
from shared.http import open_client
from shared.kafka import Producer, TopicMissing, missing_topics, open_broker, subscribe
from shared.leases import Member
from shared.mongo import Client, Index, Session, close_client, ensure_indexes
from shared.mongo import open_client as open_database
from shared.observability import Observed
from shared.outbox import Relay
from shared.problems import BodyLimit, Shield
from shared.reactions import Consumer, Reactions
from shared.timers import TimerLoop
from shared.transactions import Transactions
from shared.unit import Cause, Unit

__all__ = ["At", "Running", "Service", "ServiceSettings", "Worker", "build"]

T = TypeVar("T")
C = TypeVar("C")

TRIES = 5
HEAL_EVERY_SECONDS = 10.0
PAUSE_AFTER_FAULT = 1.0
RELAY_STUCK_SECONDS = 60.0
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
    relay: Relay | None = None
    guard: watchdog.Watchdog | None = None
    # Set when the process is told to stop, before open answers are waited for: an endless one ends then.
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _wakers: list[Callable[[], None]] = field(default_factory=list)

    # ---------------------------------------------------------------- commands

    async def run(self, handler: Callable[..., Awaitable[T]], command: object) -> T:
        """Run a handler in a unit of work and commit it.

        Its parameters after the command are filled by their annotation: a Protocol with the store that keeps it, `Unit` with the unit.
        Raises what the handler refuses, and StaleAggregate when others kept changing the same thing.
        """
        at = getattr(command, "at", None)
        cause = _cause()

        async def work(session: Session) -> T:
            unit = self.transactions.unit(session, at=at, cause=cause)
            result = await handler(command, *self._stores_for(handler, unit))
            await unit.flush()
            return result

        for _ in range(TRIES - 1):
            try:
                return await self.transactions.run(work)
            except StaleAggregate:
                log.info("a command met another's changes and is run again", handler=handler.__name__)
        return await self.transactions.run(work)

    def _stores_for(self, handler: Callable[..., Any], unit: Unit) -> list[object]:
        hints = typing.get_type_hints(handler)
        wanted = [hints[name] for name in list(inspect.signature(handler).parameters)[1:]]
        return [unit if kind is Unit else self.stores[kind](unit) for kind in wanted]

    # ---------------------------------------------------------------- start and stop

    async def open(self) -> None:
        """Connect to the database; from now on commands can run. Raises the driver's error when it is away."""
        self.client = open_database(self.settings.mongodb_url)
        self._stack.push_async_callback(close_client, self.client)
        self.database = self.client.get_default_database()
        await self.database.command("ping")
        self.member = Member(self.client, self.database, f"{self.name}-{socket.gethostname()}-{self.settings.port}")
        self.transactions = Transactions(self.member, self._committed)
        self.consumer = Consumer(self.reactions, self.transactions, any_time=self.settings.demo_clock)
        self.timer_loop = TimerLoop(self.database, self.consumer.fire)
        self.delivery_loop = DeliveryLoop(self.database, self.senders(self))
        self._wakers = [self.delivery_loop.wake]
        await self.member.join()
        self._stack.push_async_callback(self.member.leave)
        await ensure_indexes(self.database, [*self.indexes, *outbox.INDEXES, *reactions.INDEXES, *timers.INDEXES, *deliveries.INDEXES])

    async def start(self) -> None:
        """Connect to Kafka and start the loops. Raises TopicMissing, or KafkaError when the broker is away."""
        servers = self.settings.kafka_bootstrap_servers
        if missing := await missing_topics(servers, TOPICS):
            raise TopicMissing(f"{', '.join(missing)}: run `tandem topics apply`")
        producer = Producer(servers)
        await producer.start()
        self._stack.push_async_callback(producer.stop)
        self.relay = Relay(self.database, producer, self.member)
        await self.relay.start()
        self._stack.push_async_callback(self.relay.stop)
        self._wakers.append(self.relay.wake)
        for work in (self.timer_loop.run, self.delivery_loop.run, self._heal, *(self._supervised(worker) for worker in self.workers)):
            self._in_background(work)
        if self.reactions.topics:
            watchdog.install()
            broker = open_broker(servers)
            subscribe(broker, self.name, self.reactions.topics, self.consumer.take)
            await broker.start()
            self._stack.push_async_callback(broker.stop)
            self.guard = watchdog.Watchdog(broker)
            self._in_background(self.guard.run)
        log.info("started", address=f"http://{self.settings.host}:{self.settings.port}")

    async def close(self) -> None:
        """Finish what is in hand, give back what is held, and disconnect; the reverse of how it was started."""
        await self._stack.aclose()

    def _in_background(self, work: Callable[[], Awaitable[None]]) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work())  # type: ignore[arg-type] # an async function's result is a coroutine

        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self._stack.push_async_callback(end)

    def _supervised(self, worker: Worker) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            while True:
                try:
                    await worker(self)
                except Exception as error:  # noqa: BLE001 - a loop that ended would be missed by nobody
                    log.error("a worker failed and is started again", worker=worker.__name__, problem=error)
                await asyncio.sleep(PAUSE_AFTER_FAULT)

        return run

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

    # ---------------------------------------------------------------- health

    async def database_answers(self) -> None:
        await self.database.command("ping")

    async def consumes(self) -> str | None:
        return self.guard.problem if self.guard is not None else None

    async def relays(self) -> str | None:
        if self.relay is None:
            return "not started"
        idle = time.monotonic() - self.relay.last_look
        return f"the outbox was last looked at {idle:.0f} s ago" if idle > RELAY_STUCK_SECONDS else None


def _cause() -> Cause:
    """What a command follows from: the request, where there is one."""
    correlation_id = structlog.contextvars.get_contextvars().get("correlation_id")
    return Cause(str(correlation_id)) if correlation_id else Cause()


async def _begin(service: Service) -> None:
    """Connect and start; what stands in the way is said here, where its words can be kept back."""
    try:
        await service.open()
        await service.start()
    except Exception as error:
        log.critical("it could not start", problem=error, kafka=service.settings.kafka_bootstrap_servers)
        raise


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
        try:
            await _begin(service)
            yield
        finally:
            await service.close()

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
    live = {"consumer": service.consumes, "relay": service.relays}
    app.include_router(health.routes(live, {**live, "database": service.database_answers}))
    app.include_router(dead_letters.router)
    for router in routers:
        app.include_router(router)
    return app
