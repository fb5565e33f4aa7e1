"""Taking events in: once, in order, and with what cannot be taken in laid aside."""

import asyncio
import random
import uuid
from datetime import UTC, datetime
from typing import Any
from unittest.mock import AsyncMock

import pytest

from shared.event import Event
from shared.leases import Member
from shared.mongo import ensure_indexes
from shared.outbox import INDEXES as OUTBOX
from shared.queues import Order
from shared.reactions import INDEXES, Consumer
from shared.transactions import Transactions
from tests.support.ledger import UNWRITABLE, PaymentMade, ledger
from tests.support.service import record_of

NOW = datetime.now(UTC).replace(microsecond=0)

MISTAKE = Order("admin", "sent by mistake")


class Ledger:
    """A consumer on a database of its own, and records to feed it."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self.offset = 0
        self.sequences: dict[str, int] = {}

    def consumer(self, name: str = "one") -> Consumer:
        return Consumer(ledger(), Transactions(Member(self.database.client, self.database, name), lambda: None))

    def record(self, event: Event, sequence: int | None = None, **changes: Any) -> Any:
        number = sequence or self.sequences.get(event.subject, 0) + 1
        self.sequences[event.subject] = number
        self.offset += 1
        row = {
            "id": uuid.uuid4().hex,
            "type": event.event_type,
            "topic": event.topic,
            "key": event.subject,
            "sequence": number,
            "stamp": self.offset,
            "time": NOW,
            "value": event.body(),
            "correlation_id": "c",
            "causation_id": None,
            "traceparent": None,
        }
        record = record_of(row, self.offset)
        for name, value in changes.items():
            setattr(record, name, value)
        return record

    def payment(self, account: str = "a", amount: int = 1, sequence: int | None = None, **changes: Any) -> Any:
        return self.record(PaymentMade(account_id=account, amount=amount, at=NOW), sequence, **changes)

    async def account(self, account: str = "a") -> dict[str, Any]:
        return await self.database.accounts.find_one({"_id": account}) or {"total": 0, "payments": 0, "sequence": 0}

    async def events(self) -> list[tuple[str, int]]:
        rows = [row async for row in self.database.outbox.find().sort("stamp", 1)]
        return [(event["key"], event["sequence"]) for row in rows for event in row["events"]]

    async def letters(self) -> list[tuple[str, str]]:
        return [(row["key"], row["state"]) async for row in self.database.dead_letters.find().sort([("key", 1), ("sequence", 1)])]


@pytest.fixture
async def till(database: Any) -> Ledger:
    await ensure_indexes(database, [*INDEXES, *OUTBOX])
    return Ledger(database)


async def test_a_batch_is_taken_in_with_its_effects_and_events(till: Ledger) -> None:
    await till.consumer().take([till.payment("a", 1), till.payment("b", 2), till.payment("a", 3)])
    assert (await till.account("a"))["total"] == 4
    assert await till.events() == [("a", 1), ("a", 2), ("b", 1)] or sorted(await till.events()) == [("a", 1), ("a", 2), ("b", 1)]


async def test_a_batch_delivered_again_changes_nothing(till: Ledger) -> None:
    batch = [till.payment("a", 1), till.payment("a", 2)]
    await till.consumer().take(batch)
    await till.consumer().take(batch)
    assert (await till.account())["payments"] == 2


async def test_a_late_duplicate_at_a_new_offset_changes_nothing(till: Ledger) -> None:
    first = till.payment("a", 5)
    again = till.payment("a", 5, sequence=1)
    await till.consumer().take([first])
    await till.consumer().take([again])
    assert (await till.account())["payments"] == 1
    assert await till.letters() == []


async def test_four_consumers_with_the_same_batch_have_one_effect(till: Ledger) -> None:
    batch = [till.payment(f"k{number % 20}", 1) for number in range(60)]
    await asyncio.gather(*(till.consumer(f"zombie {number}").take(batch) for number in range(4)))
    assert [(await till.account(f"k{number}"))["payments"] for number in range(20)] == [3] * 20


async def test_a_refused_event_is_parked_alone_and_its_followers_wait(till: Ledger) -> None:
    await till.consumer().take([till.payment("a", 500), till.payment("a", 1), till.payment("b", 1)])
    assert await till.letters() == [("a", "parked"), ("a", "waiting")]
    assert (await till.account("b"))["total"] == 1
    assert (await till.account("a"))["total"] == 0


async def test_nothing_of_a_handler_that_failed_is_kept(till: Ledger) -> None:
    await till.consumer().take([till.payment("a", 3), till.payment("a", -1), till.payment("b", 2)])
    account = await till.account("a")
    assert (account["total"], account["payments"]) == (3, 1)
    assert (await till.account("b"))["total"] == 2
    assert len(await till.events()) == 2


async def test_a_letter_names_the_fault_but_not_the_words(till: Ledger) -> None:
    await till.consumer().take([till.payment("a", -1)])
    letter = await till.database.dead_letters.find_one()
    assert "ZeroDivisionError" in letter["reason"]
    assert "private" not in letter["reason"]
    assert letter["attempts"] == 5


async def test_replay_runs_the_queue_in_order_and_stops_at_what_still_fails(till: Ledger) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment("a", 500), till.payment("a", 1), till.payment("a", 700), till.payment("a", 2)])
    assert (await consumer.queues.replay("till.payment/a")).done == 0
    first = await till.database.dead_letters.find_one({"sequence": 1})
    await consumer.queues.discard(first["_id"], MISTAKE)
    assert await till.letters() == [("a", "parked"), ("a", "waiting")]
    assert (await till.account())["total"] == 1
    third = await till.database.dead_letters.find_one({"sequence": 3})
    await consumer.queues.discard(third["_id"], MISTAKE)
    assert await till.letters() == []
    assert (await till.account())["total"] == 3
    assert not (await till.database.cursors.find_one({"_id": "till.payment/a"}))["blocked"]
    assert await till.database.audit.count_documents({"action": "discarded", "by": "admin"}) == 2


async def test_replay_racing_arrivals_loses_doubles_and_swaps_nothing(till: Ledger) -> None:
    keys = [f"k{number}" for number in range(10)]
    await till.consumer().take([till.payment(key, 500) for key in keys])
    await till.database.dead_letters.update_many({}, {"$set": {"value": PaymentMade(account_id="x", amount=1, at=NOW).body()}})
    async for letter in till.database.dead_letters.find():
        body = PaymentMade(account_id=letter["key"], amount=1, at=NOW).body()
        await till.database.dead_letters.update_one({"_id": letter["_id"]}, {"$set": {"value": body}})
    batches = [[till.payment(key, 1) for key in keys] for _ in range(20)]
    arriving, replaying = till.consumer("arrivals"), till.consumer("replays")

    async def arrive() -> None:
        for batch in batches:
            await arriving.take(batch)

    async def replay() -> None:
        for key in random.sample(keys, len(keys)):
            await replaying.queues.replay(f"till.payment/{key}", limit=3)

    await asyncio.gather(arrive(), replay())
    assert [(await till.account(key))["payments"] for key in keys] == [21] * 10
    assert await till.letters() == []
    events = await till.events()
    assert [sequence for key in keys for owner, sequence in events if owner == key] == [*range(1, 22)] * 10


async def test_a_gap_waits_for_the_missing_event_and_is_healed(till: Ledger) -> None:
    consumer = till.consumer()
    one, two, three, four = (till.payment("a", amount, sequence) for sequence, amount in enumerate((1, 10, 20, 30), start=1))
    await consumer.take([one, three])
    await consumer.take([four])
    assert await till.letters() == [("a", "gap"), ("a", "gap")]
    assert (await till.account())["total"] == 1
    await consumer.take([two])
    assert (await till.account())["total"] == 61
    assert await till.letters() == []


async def test_a_gap_behind_a_parked_event_is_not_taken_for_an_old_one(till: Ledger) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment("a", 500, 1), till.payment("a", 3, 3)])
    await consumer.take([till.payment("a", 2, 2)])
    letter = await till.database.dead_letters.find_one({"sequence": 1})
    await consumer.queues.discard(letter["_id"], MISTAKE)
    assert (await till.account())["total"] == 5
    assert await till.letters() == []


async def test_a_queue_that_a_dead_process_left_is_healed(till: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment("a", 1, 1), till.payment("a", 3, 3)])
    monkeypatch.setattr(consumer.queues, "replay", AsyncMock())  # it dies before the replay
    await consumer.take([till.payment("a", 2, 2)])
    assert (await till.account())["total"] == 3
    await till.consumer("the next one").queues.heal()
    assert (await till.account())["total"] == 6


@pytest.mark.parametrize(
    "changes",
    [{"key": None}, {"headers": [("ce_id", b"x")]}, {"headers": []}, {"headers": None}],
    ids=["no key", "no sequence", "no headers", "headers missing"],
)
async def test_a_record_that_says_not_whose_it_is_is_parked_once_and_blocks_nobody(till: Ledger, changes: dict[str, Any]) -> None:
    bad = till.payment("a", 1, sequence=1, **changes)
    for _ in range(3):
        await till.consumer().take([bad])
    await till.consumer().take([till.payment("a", 2, sequence=1)])
    assert len(await till.letters()) == 1
    assert (await till.account())["total"] == 2


@pytest.mark.parametrize("value", [b"not json", b"{}", b'{"account_id": 7}', None], ids=["not json", "empty", "wrong type", "no body"])
async def test_a_body_that_cannot_be_read_is_parked_with_its_field(till: Ledger, value: bytes | None) -> None:
    await till.consumer().take([till.payment("a", 1, value=value)])
    assert await till.letters() == [("a", "parked")]


async def test_a_header_that_is_not_text_is_parked_not_skipped(till: Ledger) -> None:
    record = till.payment("a", 1)
    record.headers = [*record.headers, ("x", b"\xff"), ("y", None)]
    await till.consumer().take([record])
    assert await till.letters() == [("a", "parked")]


async def test_an_event_nobody_here_wants_only_moves_the_cursor(till: Ledger) -> None:
    record = till.payment("a", 1)
    record.headers = [(name, b"till.payment.refunded.v1" if name == "ce_type" else value) for name, value in record.headers]
    await till.consumer().take([record, till.payment("a", 4)])
    assert (await till.account())["total"] == 4


async def test_a_newer_producer_s_field_is_ignored(till: Ledger) -> None:
    record = till.payment("a", 1)
    record.value = record.value[:-1] + b', "currency": "EUR"}'
    await till.consumer().take([record])
    assert (await till.account())["total"] == 1


async def test_a_flood_of_failing_events_does_not_stop_the_good_ones(till: Ledger) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment(f"bad {number}", -1) for number in range(200)] + [till.payment("good", 1)])
    await consumer.take([till.payment(f"worse {number}", -1) for number in range(200)] + [till.payment("good", 1)])
    assert (await till.account("good"))["payments"] == 2
    attempts = [row["attempts"] async for row in till.database.dead_letters.find({"key": {"$regex": "^worse"}})]
    assert set(attempts) == {1}


async def test_what_cannot_be_written_is_found_and_parked_and_its_neighbours_are_taken(till: Ledger) -> None:
    batch = [till.payment(f"k{number}", UNWRITABLE if number == 5 else 1) for number in range(9)]
    await till.consumer().take([*batch, till.payment("k5", 1)])
    assert await till.letters() == [("k5", "parked"), ("k5", "waiting")]
    assert [(await till.account(f"k{number}"))["payments"] for number in range(9)] == [1, 1, 1, 1, 1, 0, 1, 1, 1]
