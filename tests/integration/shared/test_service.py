"""A whole service on real Kafka and MongoDB: who may ask, what is answered, what it tells others, how it starts and stops."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, FastAPI
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey
from pydantic import BaseModel
from pydantic_settings import SettingsConfigDict

from shared.auth import Person
from shared.contracts.portal import PersonChanged
from shared.errors import Rejected
from shared.kafka import Topic, TopicMissing, create_topics, wanted_topics
from shared.reactions import Reactions
from shared.service import At, NotThere, Running, ServiceSettings, build
from shared.unit import Unit
from tests.support.ledger import Account
from tests.support.people import person_changed
from tests.support.probe import eventually
from tests.support.service import ISSUER, RunningService, Start, database_url, drop, token

NOW = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)


class Settings(ServiceSettings):
    """The tests' own service."""

    model_config = SettingsConfigDict(env_prefix="LEDGERTEST_", frozen=True)


@dataclass(frozen=True, kw_only=True)
class Credit:
    """Add to an account."""

    account_id: str
    amount: int
    at: datetime


async def credit(command: Credit, unit: Unit) -> int:
    account = await unit.find("accounts", Account, command.account_id) or Account(id=command.account_id)
    account.total += command.amount
    if account.total > 100:
        raise Full
    unit.save("accounts", account)
    return account.total


class Full(Rejected):
    """An account holds a hundred at most."""


class Amount(BaseModel):
    amount: int


router = APIRouter()


@router.post("/accounts/{account_id}")
async def add(account_id: str, body: Amount, person: Person, service: Running, at: At) -> dict[str, str | int]:
    total = await service.run(credit, Credit(account_id=account_id, amount=body.amount, at=at))
    return {"total": total, "by": person.id, "at": at.isoformat()}


@router.get("/fault")
async def fault() -> None:
    raise ZeroDivisionError("private words")


def create_app(settings: Settings) -> FastAPI:
    reactions = Reactions(service=f"ledger-{uuid.uuid4().hex[:6]}")

    @reactions.to(PersonChanged)
    async def note(event: PersonChanged, unit: Unit) -> None:
        unit.put("people", {"_id": event.person_id, "name": event.name})

    return build(settings=settings, reactions=reactions, title="Ledger", description="For tests.", routers=[router])


@pytest.fixture
async def ledger(running_service: Start) -> RunningService:
    service: RunningService = await running_service(create_app, Settings)
    return service


async def test_a_person_with_a_token_is_answered(ledger: RunningService) -> None:
    async with ledger.client("ana") as client:
        response = await client.post("/accounts/a", json={"amount": 3})
    assert response.status_code == 200
    assert (response.json()["total"], response.json()["by"]) == (3, "ana")


async def test_the_demo_clock_sets_the_command_s_time_only_where_it_is_switched_on(ledger: RunningService, running_service: Start) -> None:
    strict = await running_service(create_app, Settings, demo_clock=False)
    async with ledger.client("ana", at=NOW) as demo, strict.client("ana", at=NOW) as real:
        assert (await demo.post("/accounts/a", json={"amount": 1})).json()["at"] == NOW.isoformat()
        assert (await real.post("/accounts/a", json={"amount": 1})).json()["at"] != NOW.isoformat()


PAST = datetime.now(UTC) - timedelta(hours=1)
FOREIGN = OKPKey.generate_key("Ed25519", {"kid": "tests"})


@pytest.mark.parametrize(
    "bad",
    [
        lambda _: token("another-service", "ana"),
        lambda audience: token(audience, "ana", iss="http://evil.test"),
        lambda audience: token(audience, "ana", exp=PAST),
        lambda audience: token(audience, "ana", header={"typ": "JWT"}),
        lambda audience: token(audience, "ana", header={"kid": "unknown"}),
        lambda audience: token(audience, "ana")[:-4] + "AAAA",
        lambda audience: jwt.encode(
            {"alg": "Ed25519", "kid": "tests", "typ": "at+jwt"}, {"iss": ISSUER, "aud": audience, "sub": "ana"}, FOREIGN, ["Ed25519"]
        ),
        lambda audience: jwt.encode(
            {"alg": "HS256", "kid": "tests", "typ": "at+jwt"}, {"iss": ISSUER, "aud": audience}, OctKey.generate_key(256)
        ),
        lambda _: "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbmEifQ.",
        lambda _: "nonsense",
    ],
    ids=["audience", "issuer", "expired", "type", "unknown key", "signature", "foreign key", "HS256", "none", "nonsense"],
)
async def test_a_token_that_is_not_right_in_every_point_opens_nothing(ledger: RunningService, bad: Any) -> None:
    async with ledger.anonymous() as client:
        response = await client.post("/accounts/a", json={"amount": 3}, headers={"authorization": f"Bearer {bad(ledger.service.name)}"})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["type"] == "/problems/sign-in-needed"
    assert await ledger.service.database.accounts.count_documents({}) == 0


async def test_who_says_nothing_is_asked_to_sign_in(ledger: RunningService) -> None:
    async with ledger.anonymous() as client:
        assert (await client.post("/accounts/a", json={"amount": 3})).status_code == 401


async def test_a_broken_rule_is_told_by_its_name_and_changes_nothing(ledger: RunningService) -> None:
    async with ledger.client("ana") as client:
        response = await client.post("/accounts/a", json={"amount": 101})
    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "/problems/full",
        "title": "An account holds a hundred at most.",
        "status": 409,
        "detail": "An account holds a hundred at most.",
        "errors": [],
    }
    assert await ledger.service.database.accounts.count_documents({}) == 0


async def test_a_wrong_field_is_named_and_what_was_typed_is_not_repeated(ledger: RunningService) -> None:
    async with ledger.client("ana") as client:
        response = await client.post("/accounts/a", json={"amount": "private words"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "amount"
    assert "private" not in response.text


async def test_a_fault_says_nothing_about_itself(ledger: RunningService) -> None:
    async with ledger.client("ana") as client:
        response = await client.get("/fault")
    assert response.status_code == 500
    assert "private" not in response.text


async def test_a_body_of_a_hundred_megabytes_is_refused(ledger: RunningService) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1_000_000

    async with ledger.client("ana") as client:
        announced = await client.post("/accounts/a", content=b"", headers={"content-length": "100000000"})
        streamed = await client.post("/accounts/a", content=endless())
    assert [announced.status_code, streamed.status_code] == [413, 413]


async def test_two_hundred_at_once_on_one_account_never_pass_its_limit(ledger: RunningService) -> None:
    async with ledger.client("ana") as client:
        answers = await asyncio.gather(*(client.post("/accounts/a", json={"amount": 1}) for _ in range(200)))
    assert sorted(answer.status_code for answer in answers) == [200] * 100 + [409] * 100
    assert (await ledger.service.database.accounts.find_one())["total"] == 100


async def test_the_api_s_page_needs_nothing_from_elsewhere(ledger: RunningService) -> None:
    async with ledger.anonymous() as client:
        page = await client.get("/docs")
    assert page.status_code == 200
    assert "https://" not in page.text


def test_a_setting_it_does_not_know_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGERTEST_MONGO_URL", "x")
    with pytest.raises(ValueError, match="LEDGERTEST_MONGO_URL"):
        Settings(mongodb_url="x", kafka_bootstrap_servers="x", portal_url="x", port=1)


# ---------------------------------------------------------------- with Kafka


@pytest.fixture
async def settings(mongodb: str, kafka: str) -> Settings:
    await create_topics(kafka, wanted_topics())
    return Settings(
        mongodb_url=database_url(mongodb, f"test_{uuid.uuid4().hex}"),
        kafka_bootstrap_servers=kafka,
        portal_url=ISSUER,
        port=1,
        demo_clock=False,
    )


async def test_it_starts_hears_what_others_told_before_and_stops(settings: Settings, running_service: Start) -> None:
    teller = create_app(settings)
    hearer = create_app(settings.model_copy(update={"mongodb_url": settings.mongodb_url.replace("/test_", "/test_h")}))
    person_id = uuid.uuid4().hex

    async def tell(_command: object, unit: Unit) -> None:
        account = Account(id=person_id)
        account.record(person_changed(person_id, name="Ana"))
        unit.save("people_told", account)

    async with teller.router.lifespan_context(teller):
        await teller.state.service.run(tell, object())
        async with hearer.router.lifespan_context(hearer):

            async def heard() -> Any:
                return await hearer.state.service.database.people.find_one({"_id": person_id})

            assert (await eventually(heard, "the person in the other service"))["name"] == "Ana"
            async with httpx2.AsyncClient(transport=httpx2.ASGITransport(hearer), base_url="https://service.test") as client:
                for path in ("/health/live", "/health/ready"):
                    health = await client.get(path)
                    assert (health.status_code, health.json()["status"]) == (200, "ok")
                assert "tandem_events_taken_total" in (await client.get("/metrics")).text
    await drop(hearer.state.service.settings.mongodb_url)
    await drop(settings.mongodb_url)


@pytest.mark.parametrize(
    ("away", "said"),
    [
        ({"kafka_bootstrap_servers": "127.0.0.1:1"}, "Kafka at 127.0.0.1:1 does not answer"),
        ({"mongodb_url": "mongodb://root:secret@127.0.0.1:1/x"}, "MongoDB at 127.0.0.1:1 does not answer"),
    ],
)
async def test_it_does_not_start_without_what_it_needs_and_names_it(settings: Settings, away: dict[str, str], said: str) -> None:
    app = create_app(settings.model_copy(update=away))
    with pytest.raises(NotThere, match=said) as refusal:
        async with app.router.lifespan_context(app):
            pass
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(("partitions", "said"), [(None, r"no\.such: run"), (3, "small has 3 partitions: run")])
async def test_it_does_not_start_without_its_topics_and_names_them(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, partitions: int | None, said: str
) -> None:
    name = f"{uuid.uuid4().hex}.small" if partitions else "no.such"
    if partitions:
        monkeypatch.setattr("shared.topics.PARTITIONS", partitions)
        await create_topics(settings.kafka_bootstrap_servers, [Topic(name, compacted=False)])
        monkeypatch.undo()
    monkeypatch.setattr("shared.service.TOPICS", (name,))
    app = create_app(settings)
    with pytest.raises(TopicMissing, match=said):
        async with app.router.lifespan_context(app):
            pass
