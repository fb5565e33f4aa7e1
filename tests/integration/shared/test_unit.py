"""The unit of work: all of it or nothing, at the version that was read; on both drivers."""

import asyncio
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.monitoring import CommandListener, CommandStartedEvent

from shared.deliveries import Delivery
from shared.errors import NotFound, Rejected, StaleAggregate
from shared.event import Event
from shared.leases import Member
from shared.mongo import Index, ensure_indexes
from shared.timers import Timer
from shared.transactions import Transactions
from shared.unit import LARGEST_EVENT, Unit
from tests.support.ledger import Account
from tests.support.service import database_url

NOW = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)


class Taken(Rejected):
    """Somebody has it."""


@pytest.fixture
async def transactions(database: Any) -> Transactions:
    await ensure_indexes(database, [Index("seats", "row", "seat", unique=True)])
    return Transactions(Member(database.client, database, "one"), lambda: None)


async def run(transactions: Transactions, *steps: Any) -> None:
    """Run steps on one unit and commit it."""

    async def work(session: Any) -> None:
        unit = transactions.unit(session, at=NOW)
        for step in steps:
            await step(unit)
        await unit.flush()

    await transactions.run(work)


async def open_account(unit: Unit) -> None:
    unit.save("accounts", Account(id="a"))


async def credit(unit: Unit) -> None:
    account = await unit.get("accounts", Account, "a")
    account.credit(1, NOW)
    unit.save("accounts", account)


async def fail(_unit: Unit) -> None:
    raise Taken


async def events(transactions: Transactions) -> list[dict[str, Any]]:
    return [event async for row in transactions.database.outbox.find().sort("stamp", 1) for event in row["events"]]


async def test_a_document_and_its_events_are_saved_together(transactions: Transactions) -> None:
    await run(transactions, open_account, credit, credit)
    saved = await transactions.database.accounts.find_one({"_id": "a"})
    assert (saved["total"], saved["version"], saved["sequence"]) == (2, 3, 2)
    assert [event["sequence"] for event in await events(transactions)] == [1, 2]


async def test_nothing_of_a_unit_that_was_refused_is_there(transactions: Transactions) -> None:
    with pytest.raises(Taken):
        await run(transactions, open_account, credit, fail)
    assert await transactions.database.accounts.count_documents({}) == 0
    assert await events(transactions) == []


async def test_fifty_at_once_each_count_once_and_their_events_have_no_gap(transactions: Transactions) -> None:
    await run(transactions, open_account)
    await asyncio.gather(*(run(transactions, credit) for _ in range(50)))
    assert (await transactions.database.accounts.find_one({"_id": "a"}))["total"] == 50
    stamps = [(event["sequence"], event["stamp"]) for event in await events(transactions)]
    assert [sequence for sequence, _ in stamps] == list(range(1, 51))
    assert stamps == sorted(stamps, key=lambda pair: pair[1])
    assert len({stamp for _, stamp in stamps}) == 50


async def test_saves_with_any_number_of_events_number_them_without_a_gap(transactions: Transactions) -> None:
    await run(transactions, open_account)
    numbers = [random.randrange(4) for _ in range(40)]  # noqa: S311 - any will do

    def crediting(number: int) -> Any:
        async def step(unit: Unit) -> None:
            account = await unit.get("accounts", Account, "a")
            for _ in range(number):
                account.credit(1, NOW)
            unit.save("accounts", account)

        return step

    for first, second in zip(numbers[::2], numbers[1::2], strict=True):
        await run(transactions, crediting(first), crediting(second))
    assert [event["sequence"] for event in await events(transactions)] == list(range(1, sum(numbers) + 1))


async def test_an_event_too_large_for_kafka_is_refused_when_it_is_saved(transactions: Transactions) -> None:
    class LetterWritten(Event, type="till.letter.written.v1", key="letter_id"):
        letter_id: str
        words: str

    async def write(unit: Unit) -> None:
        letter = Account(id="a")
        letter.record(LetterWritten(letter_id="a", words="x" * LARGEST_EVENT, at=NOW))
        unit.save("accounts", letter)

    with pytest.raises(ValueError, match="LetterWritten holds"):
        await run(transactions, write)
    assert await transactions.database.outbox.count_documents({}) == 0


async def test_the_same_new_aggregate_twice_at_once_is_stale_for_one(transactions: Transactions) -> None:
    first = transactions.unit(None, at=NOW)  # outside a transaction, to have both read before either writes
    second = transactions.unit(None, at=NOW)
    await open_account(first)
    await open_account(second)
    await first.flush()
    with pytest.raises(StaleAggregate):
        await second.flush()


async def test_an_aggregate_saved_by_somebody_else_since_it_was_read_is_stale(transactions: Transactions) -> None:
    await run(transactions, open_account)
    mine = transactions.unit(None, at=NOW)
    await credit(mine)
    await run(transactions, credit)
    with pytest.raises(StaleAggregate):
        await mine.flush()
    assert (await transactions.database.accounts.find_one({"_id": "a"}))["total"] == 1


async def test_a_claim_that_somebody_has_refuses_in_the_words_of_the_rule(transactions: Transactions) -> None:
    def claim(key: str) -> Any:
        async def step(unit: Unit) -> None:
            unit.claim("seats", {"_id": key, "row": 1, "seat": 1}, Taken())

        return step

    await run(transactions, claim("x"))
    for key in ("x", "y"):
        with pytest.raises(Taken):
            await run(transactions, claim(key), open_account)
    assert await transactions.database.accounts.count_documents({}) == 0


async def test_a_claim_that_does_not_count_any_more_is_taken_over_by_one_of_many_and_another_by_nobody(transactions: Transactions) -> None:
    def claim(who: int) -> Any:
        async def step(unit: Unit) -> None:
            unit.claim("seats", {"_id": "x", "row": 1, "seat": 1, "who": who, "until": 10}, Taken(), over={"until": {"$lte": 5}})

        return step

    await transactions.database.seats.insert_one({"_id": "x", "row": 1, "seat": 1, "who": 0, "until": 5})
    outcomes = await asyncio.gather(*(run(transactions, claim(who)) for who in range(1, 9)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", *["Taken"] * 7]
    assert (await transactions.database.seats.find_one({"_id": "x"}))["who"] == outcomes.index(None) + 1
    with pytest.raises(Taken):
        await run(transactions, claim(9))


async def test_what_is_released_can_be_claimed_in_the_same_unit(transactions: Transactions) -> None:
    async def move(unit: Unit) -> None:
        unit.release("seats", {"row": 1})
        unit.claim("seats", {"_id": uuid.uuid4().hex, "row": 1, "seat": 1}, Taken())

    await run(transactions, move)
    await run(transactions, move)
    assert await transactions.database.seats.count_documents({}) == 1


async def test_an_event_that_is_about_another_aggregate_cannot_be_saved(transactions: Transactions) -> None:
    async def mix_up(unit: Unit) -> None:
        one, other = Account(id="a"), Account(id="b")
        one.credit(1, NOW)
        other.record(one.unpublished[0])
        unit.save("accounts", other)

    with pytest.raises(ValueError, match="is about a, recorded by b"):
        await run(transactions, mix_up)


async def test_what_is_not_there_is_not_found(transactions: Transactions) -> None:
    with pytest.raises(NotFound):
        await run(transactions, credit)


async def test_the_same_delivery_and_timer_twice_are_one(transactions: Transactions) -> None:
    async def ask(unit: Unit) -> None:
        unit.deliver(Delivery(id="d", channel="mail", payload={"n": str(unit.at)}, expires_at=NOW + timedelta(days=1)))
        unit.remind(Timer(id="t", kind="k", due_at=NOW, subject="a"))

    await run(transactions, ask)
    await transactions.database.deliveries.update_one({"_id": "d"}, {"$set": {"state": "sent"}})
    await run(transactions, ask, ask)
    assert [row["state"] async for row in transactions.database.deliveries.find()] == ["sent"]
    assert await transactions.database.timers.count_documents({}) == 1


async def test_a_batch_of_many_aggregates_costs_few_commands(mongodb: str) -> None:
    class Counting(CommandListener):
        names: list[str]

        def __init__(self) -> None:
            self.names = []

        def started(self, event: CommandStartedEvent) -> None:
            self.names.append(event.command_name)

        def succeeded(self, event: Any) -> None: ...

        def failed(self, event: Any) -> None: ...

    from motor.motor_asyncio import AsyncIOMotorClient  # noqa: PLC0415 - only here are commands counted

    counting = Counting()
    client: Any = AsyncIOMotorClient(database_url(mongodb, f"test_{uuid.uuid4().hex}"), event_listeners=[counting], tz_aware=True)
    database = client.get_default_database()
    transactions = Transactions(Member(client, database, "one"), lambda: None)
    await run(transactions, open_account)
    counting.names.clear()

    async def credit_many(unit: Unit) -> None:
        keys = [f"account {number}" for number in range(1000)]
        await unit.prefetch({"accounts": keys})
        for key in keys:
            account = await unit.find("accounts", Account, key) or Account(id=key)
            account.credit(1, NOW)
            unit.save("accounts", account)

    await run(transactions, credit_many)
    assert len(counting.names) <= 8, counting.names
    await client.drop_database(database.name)
    client.close()
