"""A service in the test's own process, on a real MongoDB without Kafka: its events lie in the outbox, those of others are handed in."""

import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar

import httpx2
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey
from pymongo import AsyncMongoClient

from shared.event import Event
from shared.outbox import headers_of
from shared.service import Service, ServiceSettings

ISSUER = "http://portal.test"
E = TypeVar("E", bound=Event)

_key = OKPKey.generate_key("Ed25519", {"kid": "tests", "use": "sig", "alg": "Ed25519"})


class TestKeys:
    """The public half of the key that tests sign with."""

    __test__ = False

    async def fetch(self) -> Mapping[str, Any]:
        return dict(KeySet([_key]).as_dict(private=False))


def token(
    audience: str,
    person_id: str,
    roles: Sequence[str] = (),
    at: datetime | None = None,
    *,
    header: Mapping[str, str] | None = None,
    **claims: Any,
) -> str:
    """A token as the portal would sign it; `header` and `claims` spoil it."""
    now = datetime.now(UTC)
    body: dict[str, Any] = {
        "iss": ISSUER,
        "aud": audience,
        "sub": person_id,
        "roles": list(roles),
        "iat": now,
        "exp": now + timedelta(minutes=5),
    }
    if at is not None:
        body["at"] = at.isoformat()
    return jwt.encode(
        {"alg": "Ed25519", "kid": "tests", "typ": "at+jwt", **(header or {})}, {**body, **claims}, _key, algorithms=["Ed25519"]
    )


def record_of(row: Mapping[str, Any], offset: int = 0) -> Any:
    """An event out of an outbox row as Kafka would hand it over."""
    return SimpleNamespace(
        topic=row["topic"],
        partition=0,
        offset=offset,
        timestamp=row["stamp"],
        key=row["key"].encode(),
        value=row["value"],
        headers=headers_of(dict(row)),
    )


@dataclass
class RunningService:
    """A service under test."""

    app: FastAPI
    service: Service
    _sequences: dict[str, int] = field(default_factory=dict)
    _offset: int = 0

    def client(self, person_id: str, roles: Sequence[str] = (), at: datetime | None = None) -> httpx2.AsyncClient:
        """A client that asks as this person; at this time, where given."""
        signed = token(self.service.name, person_id, roles, at)
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app),
            base_url="https://service.test",
            headers={"authorization": f"Bearer {signed}"},
        )

    def anonymous(self) -> httpx2.AsyncClient:
        """A client that does not say who asks."""
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(self.app), base_url="https://service.test")

    async def hear(self, *events: Event) -> list[Any]:
        """Hand events in as from Kafka, numbered one after the other for each aggregate; the records, to hand in again."""
        records = [self.record(event) for event in events]
        await self.service.consumer.take(records)
        return records

    def record(self, event: Event) -> Any:
        """The next event of its aggregate as a record."""
        aggregate = f"{event.topic}/{event.subject}"
        sequence = self._sequences[aggregate] = self._sequences.get(aggregate, 0) + 1
        self._offset += 1
        row = {
            "id": uuid.uuid4().hex,
            "type": event.event_type,
            "topic": event.topic,
            "key": event.subject,
            "sequence": sequence,
            "stamp": self._offset,
            "time": event.at,
            "value": event.body(),
            "correlation_id": "test",
            "causation_id": None,
            "traceparent": None,
        }
        return record_of(row, self._offset)

    async def published(self, kind: type[E]) -> list[E]:
        """The events of this kind that lie in its outbox, in order."""
        rows = [row async for row in self.service.database.outbox.find().sort("stamp", 1)]
        return [kind.read(event["value"]) for row in rows for event in row["events"] if event["type"] == kind.event_type]

    async def letters(self) -> list[dict[str, Any]]:
        """Its dead letters."""
        return [row async for row in self.service.database.dead_letters.find()]

    async def fire_timers(self, at: datetime) -> int:
        """Fire all timers that are due at a time; how many."""
        fired = 0
        while await self.service.timer_loop.fire_next(at=at):
            fired += 1
        return fired

    async def send_deliveries(self) -> None:
        """Send what is due now."""
        while await self.service.delivery_loop.send_next():
            pass

    async def deliveries(self, channel: str | None = None) -> list[dict[str, Any]]:
        """Its delivery rows."""
        return [row async for row in self.service.database.deliveries.find({"channel": channel} if channel else {}).sort("_id", 1)]


Start = Callable[..., Any]


def database_url(root: str, name: str) -> str:
    """The root user's URL with a database as its default."""
    head, _, query = root.partition("?")
    return f"{head.rstrip('/')}/{name}?{query or ''}" + ("" if "authSource" in query else "&authSource=admin")


async def drop(url: str) -> None:
    """Drop the URL's database, however long a busy disk takes over it: a service's client would give up."""
    async with AsyncMongoClient[dict[str, Any]](url) as client:
        await client.drop_database(client.get_default_database().name)


@pytest.fixture
def driver() -> str:
    """The driver that the services use."""
    from shared.mongo import DRIVER  # noqa: PLC0415 - unit tests that import this module need no driver

    return DRIVER


@pytest.fixture(params=["motor", "pymongo"])
def both_drivers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """In the place of `driver`: each test by either."""
    monkeypatch.setattr("shared.mongo.DRIVER", request.param)
    return str(request.param)


@pytest.fixture
def long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was put off is not due again within a test, however busy the machine is."""
    from shared import deliveries, timers  # noqa: PLC0415 - unit tests that import this module need neither

    monkeypatch.setattr(deliveries, "FIRST_PAUSE_MS", 3_600_000)
    monkeypatch.setattr(deliveries, "FIRST_REST_SECONDS", 3_600.0)
    monkeypatch.setattr(deliveries, "LONGEST_REST_SECONDS", 3_600.0)
    monkeypatch.setattr(timers, "FIRST_PAUSE_MS", 3_600_000)


@pytest.fixture
async def running_service(mongodb: str, driver: str) -> AsyncIterator[Start]:
    """Start services: `await running_service(create_app, Settings, **settings)`. Their databases end with the test."""
    async with AsyncExitStack() as stack:

        async def start(create_app: Callable[[Any], FastAPI], settings_class: type[ServiceSettings], **settings: Any) -> RunningService:
            url = database_url(mongodb, f"test_{uuid.uuid4().hex}")
            given = {
                "mongodb_url": url,
                "kafka_bootstrap_servers": "127.0.0.1:1",
                "portal_url": ISSUER,
                "port": 1,
                "demo_clock": True,
            }
            app = create_app(settings_class(**{**given, **settings}))
            app.state.verifier._source = TestKeys()
            service: Service = app.state.service
            await service.open()
            stack.push_async_callback(drop, url)
            stack.push_async_callback(service.close)
            return RunningService(app, service)

        yield start


@pytest.fixture
async def database(mongodb: str, driver: str) -> AsyncIterator[Any]:
    """An empty real database, by the driver that the services use."""
    from shared.mongo import close_client, open_client  # noqa: PLC0415 - unit tests that import this module need no driver

    url = database_url(mongodb, f"test_{uuid.uuid4().hex}")
    client = open_client(url)
    yield client.get_default_database()
    await close_client(client)
    await drop(url)
