"""Taking events in: together, in order, and with what cannot be taken in laid aside."""

import asyncio
from functools import partial
from typing import Any

import pytest
from structlog.testing import capture_logs

from deploy.local.mongodb import TRANSACTION_SECONDS
from shared import hearing, mongo, reactions, transactions
from shared.mongo import TIMEOUTS, close_client, open_client, session_id
from shared.reactions import ATTEMPTS, Consumer, Reaction
from shared.unit import Unit
from tests.support.ledger import ENDLESS, UNASKABLE, UNWRITABLE, PaymentMade, Till, ledger
from tests.support.probe import eventually
from tests.support.proxy import Proxy
from tests.support.service import database_url


async def test_a_batch_is_taken_in_with_its_effects_and_events(till: Till) -> None:
    await till.consumer().take([till.payment("a", 1), till.payment("b", 2), till.payment("a", 3)])
    assert (await till.account("a"))["total"] == 4
    assert await till.events() == [("a", 1), ("a", 2), ("b", 1)] or sorted(await till.events()) == [("a", 1), ("a", 2), ("b", 1)]


async def test_a_refused_event_is_parked_alone_and_its_followers_wait(till: Till) -> None:
    await till.consumer().take([till.payment("a", 500), till.payment("a", 1), till.payment("b", 1)])
    assert await till.letters() == [("a", "parked"), ("a", "waiting")]
    assert (await till.account("b"))["total"] == 1
    assert (await till.account("a"))["total"] == 0


async def test_nothing_of_a_handler_that_failed_is_kept(till: Till) -> None:
    await till.consumer().take([till.payment("a", 3), till.payment("a", -1), till.payment("b", 2)])
    account = await till.account("a")
    assert (account["total"], account["payments"]) == (3, 1)
    assert (await till.account("b"))["total"] == 2
    assert len(await till.events()) == 2


async def test_a_letter_names_the_fault_but_not_the_words(till: Till) -> None:
    await till.consumer().take([till.payment("a", -1)])
    letter = await till.database.dead_letters.find_one()
    assert "ZeroDivisionError" in letter["reason"]
    assert "private" not in letter["reason"]
    assert letter["attempts"] == 5


async def test_a_flood_of_failing_events_does_not_stop_the_good_ones(till: Till) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment(f"bad {number}", -1) for number in range(200)] + [till.payment("good", 1)])
    await consumer.take([till.payment(f"worse {number}", -1) for number in range(200)] + [till.payment("good", 1)])
    assert (await till.account("good"))["payments"] == 2
    attempts = [row["attempts"] async for row in till.database.dead_letters.find({"key": {"$regex": "^worse"}})]
    assert set(attempts) == {1}


async def test_what_cannot_be_written_is_found_and_parked_and_its_neighbours_are_taken(till: Till) -> None:
    batch = [till.payment(f"k{number}", UNWRITABLE if number == 5 else 1) for number in range(9)]
    await till.consumer().take([*batch, till.payment("k5", 1)])
    assert await till.letters() == [("k5", "parked"), ("k5", "waiting")]
    assert [(await till.account(f"k{number}"))["payments"] for number in range(9)] == [1, 1, 1, 1, 1, 0, 1, 1, 1]


async def test_a_handler_that_never_comes_back_is_stopped_and_its_event_parked(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "HANDLER_SECONDS", 1.2)
    await till.consumer().take([till.payment("a", ENDLESS), till.payment("a", 1), till.payment("b", 2)])
    assert await till.letters() == [("a", "parked"), ("a", "waiting")]
    assert "took longer" in (await till.reasons())[0]
    assert (await till.account("b"))["total"] == 2


async def test_a_batch_that_outlasts_what_the_server_gives_a_transaction_is_taken_in_pieces(till: Till) -> None:
    """MongoDB ends a transaction that lasts too long: done as one, a batch of slow handlers would begin again for ever."""
    table, units = ledger(), list[Unit]()
    reaction = table.events[PaymentMade.event_type]

    async def slow(event: PaymentMade, unit: Unit) -> None:
        units.append(unit)
        await asyncio.sleep(0.05)
        if sum(one is unit for one in units) > 3:
            await till.database.client.admin.command("killSessions", [{"id": session_id(unit._session)}])
        await reaction.handle(event, unit)

    table.events[PaymentMade.event_type] = Reaction(PaymentMade, slow, reaction.loads)
    batch = [till.payment(f"k{number % 5}", 1) for number in range(10)]
    await Consumer(table, till.transactions()).take([*batch, till.payment("k0", 500), till.payment("k0", 1)])
    assert [(await till.account(f"k{number}"))["payments"] for number in range(5)] == [2] * 5
    assert sorted(await till.events()) == [(f"k{number}", sequence) for number in range(5) for sequence in (1, 2)]
    assert await till.letters() == [("k0", "parked"), ("k0", "waiting")]


def test_a_handler_is_stopped_after_the_driver_has_given_up_and_before_the_server_ends_its_transaction() -> None:
    """Before the driver, and an outage would be blamed on the event. After the server, and it would begin again for ever."""
    assert TIMEOUTS["timeoutMS"] / 1000 < hearing.HANDLER_SECONDS - hearing.HANDLER_LEEWAY
    assert hearing.HANDLER_SECONDS < TRANSACTION_SECONDS


async def test_a_handler_that_asks_the_database_nonsense_is_no_outage(till: Till) -> None:
    await till.consumer().take([till.payment("a", 1), till.payment("b", UNASKABLE), till.payment("c", 1)])
    assert await till.letters() == [("b", "parked")]
    assert [(await till.account(account))["payments"] for account in "abc"] == [1, 0, 1]


async def test_while_batches_keep_ending_in_faults_each_gets_one_try_until_one_is_clean(till: Till) -> None:
    consumer = till.consumer()
    for account in ("one", "two", "three"):
        await consumer.take([till.payment(account, -1)])
    await consumer.take([till.payment("well", 1)])
    await consumer.take([till.payment("four", -1)])
    attempts = {row["key"]: row["attempts"] async for row in till.database.dead_letters.find()}
    assert attempts == {"one": 5, "two": 1, "three": 1, "four": 5}


async def test_a_refusal_is_tried_once_and_costs_the_next_fault_no_try(till: Till) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment("refused", 500)])
    await consumer.take([till.payment("faulty", -1)])
    attempts = {row["key"]: row["attempts"] async for row in till.database.dead_letters.find()}
    assert attempts == {"refused": 1, "faulty": 5}


async def test_an_outage_parks_nothing_and_moves_no_cursor(till: Till, mongodb: str, driver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reactions, "OUTAGE_PAUSES", (0.05,))
    # The driver and our own loop give up soon, so that an outage is many failures.
    monkeypatch.setattr(mongo, "TIMEOUTS", {**mongo.TIMEOUTS, "serverSelectionTimeoutMS": 200, "timeoutMS": 1_500})
    monkeypatch.setattr(transactions, "in_transaction", partial(mongo.in_transaction, seconds=0.1))
    address = mongodb.split("@")[1].split("/", maxsplit=1)[0]
    async with Proxy(address) as proxy:
        client = open_client(database_url(mongodb, till.database.name).replace(address, proxy.address) + "&directConnection=true", driver)
        consumer = Till(client[till.database.name]).consumer("behind a broken line")
        await consumer.take([till.payment("a", 1)])
        await proxy.cut()
        with capture_logs() as lines:
            taking = asyncio.create_task(consumer.take([till.payment("a", 2), till.payment("b", -1)]))

            async def has_failed_often() -> bool:
                return taking.done() or sum(line["event"] == "a batch waits for the database" for line in lines) > ATTEMPTS

            await eventually(has_failed_often, "more failures than there are tries")
        assert not taking.done()
        assert await till.letters() == []
        assert (await till.cursor())["sequence"] == 1
        await proxy.heal()
        await taking
        await close_client(client)
    assert (await till.account())["total"] == 3
    assert await till.letters() == [("b", "parked")]


async def test_what_somebody_else_saves_between_reading_and_writing_is_kept_and_the_effect_comes_once(till: Till) -> None:
    await till.consumer().take([till.payment("a", 1)])
    table = ledger()
    reaction = table.events[PaymentMade.event_type]
    met: list[Any] = []

    async def interrupted(event: PaymentMade, unit: Unit) -> None:
        await reaction.handle(event, unit)
        if not met:
            met.append(await till.database.accounts.update_one({"_id": "a"}, {"$inc": {"total": 10, "version": 1}}))

    table.events[PaymentMade.event_type] = Reaction(PaymentMade, interrupted, reaction.loads)
    await Consumer(table, till.transactions()).take([till.payment("a", 2), till.payment("b", 1)])
    assert ((await till.account())["total"], (await till.account())["payments"]) == (13, 2)
    assert sorted(await till.events()) == [("a", 1), ("a", 2), ("b", 1)]


async def test_two_records_at_the_same_offset_and_moment_of_two_partitions_are_two_events(till: Till) -> None:
    one, two = till.payment("a", 1, offset=7, timestamp=7), till.payment("b", 2, offset=7, timestamp=7, partition=1)
    bad, worse = till.payment("c", 500, offset=8, timestamp=8), till.payment("d", 500, offset=8, timestamp=8, partition=1)
    await till.consumer().take([one, two, bad, worse])
    assert [(await till.account(account))["payments"] for account in "ab"] == [1, 1]
    assert await till.letters() == [("c", "parked"), ("d", "parked")]
