"""Dead letters in sequence: run again, tried out, given up."""

import asyncio
import random
from itertools import accumulate
from typing import Any
from unittest.mock import AsyncMock

import pytest

from shared import hearing
from shared.mongo import PyMongoError, session_id
from shared.queues import Order, StillToCome
from shared.reactions import Consumer, Reaction
from shared.unit import Unit
from tests.support.ledger import ENDLESS, MISTAKE, NOW, UNWRITABLE, AccountCredited, PaymentMade, Till, ledger


async def test_replay_runs_the_queue_in_order_and_stops_at_what_still_fails(till: Till) -> None:
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


async def test_replay_racing_arrivals_loses_doubles_and_swaps_nothing(till: Till) -> None:
    keys = [f"k{number}" for number in range(10)]
    await till.consumer().take([till.payment(key, 500) for key in keys])
    await mend(till)
    amounts = range(2, 22)
    batches = [[till.payment(key, amount) for key in keys] for amount in amounts]
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
    totals: dict[str, list[int]] = {key: [] for key in keys}
    async for row in till.database.outbox.find().sort("stamp", 1):
        for event in row["events"]:
            totals[event["key"]].append(AccountCredited.read(event["value"]).total)
    # Each effect is another amount, so that the totals tell in which order they came about.
    assert totals == {key: [*accumulate([1, *amounts])] for key in keys}


async def mend(till: Till, **where: Any) -> None:
    """Whatever was wrong is right now."""
    async for letter in till.database.dead_letters.find(where):
        body = PaymentMade(account_id=letter["key"], amount=1, at=NOW).body()
        await till.database.dead_letters.update_one({"_id": letter["_id"]}, {"$set": {"value": body}})


async def test_replaying_again_changes_nothing(till: Till) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment("a", 500), till.payment("a", 1)])
    await mend(till)
    assert (await consumer.queues.replay("till.payment/a")).done == 2
    assert (await consumer.queues.replay("till.payment/a")).done == 0
    assert (await till.account())["payments"] == 2


async def test_two_who_replay_at_once_have_one_effect(till: Till) -> None:
    await till.consumer().take([till.payment("a", 500), *(till.payment("a", 1) for _ in range(9))])
    await mend(till)
    outcomes = await asyncio.gather(*(till.consumer(f"replica {number}").queues.replay("till.payment/a", limit=2) for number in range(4)))
    assert sum(outcome.done for outcome in outcomes) == 10
    assert (await till.account())["payments"] == 10
    assert await till.letters() == []


async def test_a_rehearsal_says_what_a_replay_would_do_and_writes_nothing(till: Till) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment("a", 500), till.payment("a", 1), till.payment("a", 700), till.payment("a", 2)])
    await mend(till, sequence=1)
    before = [row async for row in till.database.dead_letters.find()]
    outcome = await consumer.queues.rehearse("till.payment/a")
    assert (outcome.done, outcome.left) == (2, 2)
    assert str(outcome.problem).startswith("TooMuch")
    assert [row async for row in till.database.dead_letters.find()] == before
    assert (await till.account())["payments"] == 0
    assert await till.database.audit.count_documents({}) == 0
    replayed = await consumer.queues.replay("till.payment/a")
    assert (replayed.done, replayed.left, replayed.problem) == (outcome.done, outcome.left, outcome.problem)


async def test_a_replay_that_somebody_ordered_is_kept_with_who_when_what_why_and_how_many(till: Till) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment("a", 500), till.payment("a", 1), till.payment("a", 700), till.payment("a", 2)])
    await mend(till, sequence=1)
    await consumer.queues.replay("till.payment/a", Order("root", "the limit was raised"), limit=1)
    rows = [row async for row in till.database.audit.find()]
    assert len(rows) == 1
    row = rows[0]
    assert (row["action"], row["aggregate"], row["by"], row["reason"]) == ("replayed", "till.payment/a", "root", "the limit was raised")
    assert row["done"] == 2
    assert row["stopped_by"].startswith("TooMuch")
    assert row["at"] >= NOW


async def test_what_is_given_up_is_kept_with_how_many_went_on_behind_it(till: Till) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment("a", 500), till.payment("a", 1), till.payment("a", 2)])
    letter = await till.database.dead_letters.find_one({"sequence": 1})
    await consumer.queues.discard(letter["_id"], MISTAKE)
    row = await till.database.audit.find_one()
    assert (row["action"], row["letter"], row["by"], row["reason"]) == ("discarded", letter["_id"], "admin", "sent by mistake")
    assert row["done"] == 2


async def test_healing_by_itself_leaves_no_audit_row(till: Till) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment("a", 1, 1), till.payment("a", 1, 3)])
    await consumer.take([till.payment("a", 1, 2)])
    assert (await till.account())["payments"] == 3
    assert await till.database.audit.count_documents({}) == 0


async def test_a_letter_that_cannot_be_written_stops_a_replay_and_those_before_it_go_through(till: Till) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment("a", 500), till.payment("a", 1), till.payment("a", UNWRITABLE), till.payment("a", 2)])
    await mend(till, sequence=1)
    outcome = await consumer.queues.replay("till.payment/a")
    assert (outcome.done, outcome.left) == (2, 2)
    assert await till.letters() == [("a", "parked"), ("a", "waiting")]
    assert (await till.account())["payments"] == 2
    await consumer.take([till.payment("a", 3)])
    assert await till.letters() == [("a", "parked"), ("a", "waiting"), ("a", "waiting")]


async def test_a_queue_that_outlasts_what_the_server_gives_a_transaction_goes_through_in_pieces(till: Till) -> None:
    table, units = ledger(), list[Unit]()
    reaction = table.events[PaymentMade.event_type]

    async def slow(event: PaymentMade, unit: Unit) -> None:
        units.append(unit)
        await asyncio.sleep(0.05)
        if sum(one is unit for one in units) > 3:
            await till.database.client.admin.command("killSessions", [{"id": session_id(unit._session)}])
        await reaction.handle(event, unit)

    table.events[PaymentMade.event_type] = Reaction(PaymentMade, slow, reaction.loads)
    await till.consumer().take([till.payment("a", 500), *(till.payment("a", 1) for _ in range(9))])
    await mend(till)
    outcome = await Consumer(table, till.transactions()).queues.replay("till.payment/a", MISTAKE)
    assert (outcome.done, outcome.left) == (10, 0)
    assert [sequence for _, sequence in await till.events()] == [*range(1, 11)]
    assert (await till.database.audit.find_one())["done"] == 10


async def test_a_letter_whose_handler_never_comes_back_stops_a_replay_and_those_before_it_go_through(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "HANDLER_SECONDS", 0.5)
    consumer = till.consumer()
    await consumer.take([till.payment("a", 500), till.payment("a", ENDLESS), till.payment("a", 2)])
    await mend(till, sequence=1)
    outcome = await consumer.queues.replay("till.payment/a")
    assert (outcome.done, outcome.left, outcome.problem) == (1, 2, "TookTooLong: its handler took longer than 0.5 s")
    assert await till.letters() == [("a", "parked"), ("a", "waiting")]


async def test_one_queue_that_cannot_be_healed_holds_up_no_other(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = till.consumer()
    for account in ("a", "b"):
        await consumer.take([till.payment(account, 1, 1), till.payment(account, 1, 3)])
    monkeypatch.setattr(consumer.queues, "replay", AsyncMock())  # it dies before the replay
    await consumer.take([till.payment("a", 1, 2), till.payment("b", 1, 2)])
    successor = till.consumer("the next one")
    replay = successor.queues.replay

    async def fail_for_one(aggregate: str) -> Any:
        if aggregate.endswith("/a"):
            raise PyMongoError
        return await replay(aggregate)

    monkeypatch.setattr(successor.queues, "replay", fail_for_one)
    await successor.queues.heal()
    assert [(await till.account(account))["payments"] for account in "ab"] == [2, 3]


async def test_an_event_that_waits_for_a_missing_one_cannot_be_given_up_alone(till: Till) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment("a", 1, 1), till.payment("a", 1, 3)])
    letter = await till.database.dead_letters.find_one()
    with pytest.raises(StillToCome):
        await consumer.queues.discard(letter["_id"], MISTAKE)
    assert await till.letters() == [("a", "gap")]


async def test_a_queue_can_be_let_go_on_without_an_event_that_never_came(till: Till) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment("a", 1, sequence) for sequence in (1, 3, 4, 7)])
    waiting = await consumer.queues.replay("till.payment/a", MISTAKE)
    assert (waiting.done, waiting.missing) == (0, 2)
    outcome = await consumer.queues.replay("till.payment/a", Order("root", "lost for good"), without_missing=True)
    assert (outcome.done, outcome.left) == (3, 0)
    await consumer.take([till.payment("a", 1, 8), till.payment("a", 9, 2)])
    account = await till.account()
    assert (account["payments"], account["total"]) == (5, 5)
    assert await till.letters() == []


async def test_what_fails_when_its_gap_is_closed_blocks_its_key_and_leaves_no_new_gap(till: Till) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment("a", 1, 1), till.payment("a", 500, 3)])
    await consumer.take([till.payment("a", 1, 2), till.payment("a", 1, 4)])
    assert await till.letters() == [("a", "parked"), ("a", "gap")]
    letter = await till.database.dead_letters.find_one({"sequence": 3})
    await consumer.queues.discard(letter["_id"], MISTAKE)
    await consumer.take([till.payment("a", 1, 5)])
    assert (await till.account())["payments"] == 4
    assert await till.letters() == []


async def test_replay_of_another_service_s_or_an_unknown_queue_does_nothing(till: Till) -> None:
    outcome = await till.consumer().queues.replay("till.payment/nobody")
    assert (outcome.done, outcome.left) == (0, 0)


async def test_replay_reaches_this_service_alone_and_puts_nothing_on_the_topic(till: Till) -> None:
    await till.consumer().take([till.payment("a", 500)])
    await mend(till)
    await till.consumer().queues.replay("till.payment/a")
    events = [event["type"] async for row in till.database.outbox.find() for event in row["events"]]
    assert events == ["ledger.account.credited.v1"]
