"""The figures on /metrics are those of the database and of Kafka, and cost nothing while nobody asks."""

import asyncio
import math
import shutil
import subprocess
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from aiokafka.structs import TopicPartition
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from pydantic_settings import SettingsConfigDict

from shared import deliveries, metrics, mongo, outbox, queues, timers
from shared.contracts.portal import PersonChanged
from shared.deliveries import Delivery
from shared.kafka import create_topics, wanted_topics
from shared.metrics import Stock
from shared.mongo import ensure_indexes
from shared.reactions import Reactions
from shared.service import ServiceSettings, build
from shared.timers import Timer
from shared.unit import Unit
from tests.support.ledger import Account
from tests.support.people import person_changed
from tests.support.probe import eventually
from tests.support.service import ISSUER, database_url, drop

NOW = datetime.now(UTC)


def value(metric: Any, *labels: str) -> float:
    """What a gauge stands at."""
    return float((metric.labels(*labels) if labels else metric)._value.get())


@pytest.fixture
async def stocked(database: Any) -> Any:
    """A database in which something of everything lies."""
    await ensure_indexes(database, [*outbox.INDEXES, *queues.INDEXES, *timers.INDEXES, *deliveries.INDEXES])
    now = int(NOW.timestamp() * 1000)
    rows = [{"_id": f"o{age}", "bucket": age % 12, "pending": True, "stamp": now - age * 1000, "events": []} for age in (10, 70, 30)]
    await database.outbox.insert_many([*rows, {"_id": "done", "bucket": 1, "stamp": now - 10**6, "events": []}])
    letters = [("a", "parked", 5), ("b", "waiting", 4), ("c", "waiting", 3), ("d", "gap", 400)]
    await database.dead_letters.insert_many(
        [{"_id": key, "state": state, "parked_at": NOW - timedelta(seconds=age)} for key, state, age in letters]
    )
    await database.cursors.insert_many([{"_id": "x", "blocked": True}, {"_id": "y", "blocked": False}])
    for number, (state, age) in enumerate([("waiting", 90), ("failed", 5), ("sent", 9999), ("waiting", 1)]):
        delivery = Delivery(id=f"d{number}", channel="post", payload={}, expires_at=NOW + timedelta(days=1))
        await database.deliveries.insert_one({**delivery.to_document(NOW - timedelta(seconds=age)), "state": state})
    for number, ahead in enumerate([-200, -5, 600]):
        timer = Timer(id=f"t{number}", kind="ring", due_at=NOW + timedelta(seconds=ahead), subject="s")
        await database.timers.insert_one(timer.to_document())
    return database


async def test_what_lies_in_the_database_is_told_by_number_and_age(stocked: Any) -> None:
    await Stock().measure(stocked)
    assert value(metrics.outbox_rows) == 3
    assert value(metrics.outbox_oldest) >= 70
    assert [value(metrics.letters, state) for state in ("parked", "waiting", "gap")] == [1, 2, 1]
    assert value(metrics.letter_oldest, "gap") >= 400
    assert value(metrics.blocked) == 1
    assert [value(metrics.deliveries, state) for state in ("waiting", "failed")] == [2, 1]
    assert 90 <= value(metrics.delivery_oldest) < 9999
    assert value(metrics.overdue) == 2
    assert value(metrics.timer_oldest) >= 200
    assert value(metrics.reachable) == 1


async def test_an_empty_database_is_told_as_nought(database: Any) -> None:
    await Stock().measure(database)
    assert [value(gauge) for gauge in (metrics.outbox_rows, metrics.outbox_oldest, metrics.blocked, metrics.overdue)] == [0, 0, 0, 0]
    assert value(metrics.letters, "parked") == 0


async def test_many_who_ask_at_once_cost_as_much_as_one(stocked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "FRESH_SECONDS", 600.0)
    stock, looks, look = Stock(), [], metrics._outbox

    async def counted(database: Any) -> None:
        looks.append(1)
        await look(database)

    monkeypatch.setattr(metrics, "_outbox", counted)
    await asyncio.gather(*(stock.measure(stocked) for _ in range(200)))
    assert len(looks) == 1


async def test_a_consumer_that_does_not_know_where_it_stands_is_not_told_to_be_at_the_end() -> None:
    class Reading:
        last_poll = 0.0

        def __init__(self) -> None:
            self.positions = [3, 40]

        def subscription(self) -> set[str]:
            return {"some.topic"}

        def assignment(self) -> list[TopicPartition]:
            return [TopicPartition("some.topic", 0), TopicPartition("some.topic", 1)]

        def highwater(self, _partition: TopicPartition) -> int:
            return 50

        async def position(self, _partition: TopicPartition) -> int:
            return self.positions.pop()

    consumer = Reading()
    await metrics.measure_consumers([consumer])
    assert value(metrics.lag, "some.topic") == 10 + 47
    consumer.positions = [50]
    await metrics.measure_consumers([consumer])
    assert value(metrics.lag, "some.topic") == 10 + 47


async def test_a_database_that_is_away_is_told_as_such_and_not_as_nought() -> None:
    client = mongo.open_client("mongodb://127.0.0.1:1/none?serverSelectionTimeoutMS=200")
    await Stock().measure(client.get_default_database())
    await mongo.close_client(client)
    assert value(metrics.reachable) == 0
    assert math.isnan(value(metrics.outbox_rows))
    assert math.isnan(value(metrics.letters, "parked"))


class Settings(ServiceSettings):
    """The tests' own service."""

    model_config = SettingsConfigDict(env_prefix="METRICSTEST_", frozen=True)


async def test_a_running_service_tells_how_far_its_consumer_and_its_relay_are(mongodb: str, kafka: str) -> None:
    await create_topics(kafka, wanted_topics())
    reactions = Reactions(service=f"metrics-{uuid.uuid4().hex[:6]}")

    @reactions.to(PersonChanged)
    async def note(event: PersonChanged, unit: Unit) -> None:
        unit.put("people", {"_id": event.person_id})

    settings = Settings(
        mongodb_url=database_url(mongodb, f"test_{uuid.uuid4().hex}"), kafka_bootstrap_servers=kafka, portal_url=ISSUER, port=1
    )
    app: FastAPI = build(settings=settings, reactions=reactions, title="Metrics", description="For tests.", routers=[])
    service = app.state.service

    class Tell:
        """Tell of somebody."""

    async def tell(_command: Tell, unit: Unit) -> None:
        account = Account(id=uuid.uuid4().hex)
        account.record(person_changed(account.id))
        unit.save("people_told", account)

    async with app.router.lifespan_context(app):
        await service.run(tell, Tell())
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="https://service.test") as client:

            async def figures() -> dict[tuple[str, ...], float]:
                text = (await client.get("/metrics")).text
                return {
                    (sample.name, *sample.labels.values()): sample.value
                    for family in text_string_to_metric_families(text)
                    for sample in family.samples
                }

            async def all_taken() -> Any:
                found = await figures()
                sent = found.get(("tandem_relay_seconds_count",), 0) >= 1  # counted after the round: others may have taken it in before
                taken = found.get(("tandem_events_taken_total", "portal.person"), 0) >= 1
                return found if sent and taken and found.get(("tandem_consumer_lag", "portal.person")) == 0 else None

            found = await eventually(all_taken, "the relay's round, and the consumer at the end of its topic", within=180)
            assert found["tandem_command_seconds_count", "Tell"] == 1
            assert found["tandem_event_handler_seconds_count", "portal.person.changed.v1"] >= 1
            assert found["tandem_batch_seconds_count",] >= 1
            assert found["tandem_consumer_rebalances_total",] >= 1
            assert found["tandem_consumer_poll_age_seconds",] < 60
            assert found["tandem_database_reachable",] == 1
            promtool = shutil.which("promtool")
            if promtool is not None:
                text = (await client.get("/metrics")).text
                checked = await asyncio.to_thread(_check, promtool, text)
                assert checked.returncode == 0, checked.stdout + checked.stderr
    await drop(settings.mongodb_url)


def _check(promtool: str, text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)  # noqa: S603 - found by its name
