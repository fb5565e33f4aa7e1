"""Cursors: whatever comes again, late, swapped or out of another topic changes nothing, and what is missing is waited for."""

import asyncio
import uuid
from typing import Any
from unittest.mock import AsyncMock

import aiokafka
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from shared import watchdog
from shared.kafka import Topic, create_topics, open_broker, subscribe
from tests.support.ledger import MISTAKE, NOW, PaymentMade, Till
from tests.support.probe import eventually


async def test_a_batch_delivered_again_changes_nothing(till: Till) -> None:
    batch = [till.payment("a", 1), till.payment("a", 2)]
    await till.consumer().take(batch)
    await till.consumer().take(batch)
    assert (await till.account())["payments"] == 2


async def test_a_late_duplicate_at_a_new_offset_changes_nothing(till: Till) -> None:
    first = till.payment("a", 5)
    again = till.payment("a", 5, sequence=1)
    await till.consumer().take([first])
    await till.consumer().take([again])
    assert (await till.account())["payments"] == 1
    assert await till.letters() == []


async def test_four_consumers_with_the_same_batch_have_one_effect(till: Till) -> None:
    batch = [till.payment(f"k{number % 20}", 1) for number in range(60)]
    await asyncio.gather(*(till.consumer(f"zombie {number}").take(batch) for number in range(4)))
    assert [(await till.account(f"k{number}"))["payments"] for number in range(20)] == [3] * 20


async def test_a_gap_waits_for_the_missing_event_and_is_healed(till: Till) -> None:
    consumer = till.consumer()
    one, two, three, four = (till.payment("a", amount, sequence) for sequence, amount in enumerate((1, 10, 20, 30), start=1))
    await consumer.take([one, three])
    await consumer.take([four])
    assert await till.letters() == [("a", "gap"), ("a", "gap")]
    assert (await till.account())["total"] == 1
    await consumer.take([two])
    assert (await till.account())["total"] == 61
    assert await till.letters() == []


async def test_a_gap_behind_a_parked_event_is_not_taken_for_an_old_one(till: Till) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment("a", 500, 1), till.payment("a", 3, 3)])
    await consumer.take([till.payment("a", 2, 2)])
    letter = await till.database.dead_letters.find_one({"sequence": 1})
    await consumer.queues.discard(letter["_id"], MISTAKE)
    assert (await till.account())["total"] == 5
    assert await till.letters() == []


async def test_a_queue_that_a_dead_process_left_is_healed(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment("a", 1, 1), till.payment("a", 3, 3)])
    monkeypatch.setattr(consumer.queues, "replay", AsyncMock())  # it dies before the replay
    await consumer.take([till.payment("a", 2, 2)])
    assert (await till.account())["total"] == 3
    await till.consumer("the next one").queues.heal()
    assert (await till.account())["total"] == 6


async def test_a_full_replay_from_zero_changes_nothing(till: Till) -> None:
    history = [till.payment(f"k{number % 7}", 1) for number in range(70)]
    await till.consumer().take(history)
    for start in range(0, 70, 20):
        await till.consumer("much later").take(history[start : start + 20])
    assert [(await till.account(f"k{number}"))["payments"] for number in range(7)] == [10] * 7
    assert await till.letters() == []


async def test_cursors_are_kept_for_ever(till: Till) -> None:
    await till.consumer().take([till.payment("a", 1)])
    assert all("expireAfterSeconds" not in index for index in (await till.database.cursors.index_information()).values())


async def test_the_same_event_twice_within_one_batch_has_one_effect(till: Till) -> None:
    first, again = till.payment("a", 5), till.payment("a", 5, sequence=1)
    await till.consumer().take([first, again, first])
    assert (await till.account())["payments"] == 1


async def test_swapped_events_are_put_in_order(till: Till) -> None:
    one, two = till.payment("a", 1, 1), till.payment("a", 2, 2)
    await till.consumer().take([two, one])
    assert await till.events() == [("a", 1), ("a", 2)]
    assert (await till.account())["total"] == 3
    assert await till.letters() == []


async def test_an_event_that_comes_again_while_it_waits_for_a_gap_has_one_effect(till: Till) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment("a", 1, 1), till.payment("a", 3, 3), till.payment("a", 3, 3)])
    assert await till.letters() == [("a", "gap"), ("a", "gap")]
    await consumer.take([till.payment("a", 2, 2), till.payment("a", 3, 3)])
    assert (await till.account())["total"] == 6
    assert await till.letters() == []


async def test_a_missing_event_lets_all_that_waited_go_on_in_order(till: Till) -> None:
    consumer = till.consumer()
    await consumer.take([till.payment("a", 1, sequence) for sequence in (*range(1, 7), 8, 9)])
    assert (await till.cursor())["sequence"] == 6
    await consumer.take([till.payment("a", 1, 7)])
    assert await till.events() == [("a", sequence) for sequence in range(1, 10)]
    assert (await till.cursor())["sequence"] == 9


async def test_a_letter_that_waits_for_a_gap_says_since_when_and_for_which_event(till: Till) -> None:
    await till.consumer().take([till.payment("a", 1, 4)])
    letter = await till.database.dead_letters.find_one()
    assert (letter["state"], letter["reason"]) == ("gap", "waits for event 1")
    assert letter["parked_at"] >= NOW


async def test_gaps_are_normal_on_a_compacted_topic(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.batches.COMPACTED", {PaymentMade.topic})
    await till.consumer().take([till.payment("a", 1, 3), till.payment("a", 2, 9), till.payment("a", 4, 8)])
    assert (await till.account())["total"] == 3
    assert await till.letters() == []


# ---------------------------------------------------------------- on a real topic


class Topicful:
    """A consumer of payments on a real topic of its own, which can be made anew."""

    def __init__(self, till: Till, bootstrap: str) -> None:
        self.till = till
        self.bootstrap = bootstrap
        self.topic = PaymentMade.topic
        self.group = f"ledger-{uuid.uuid4().hex}"

    async def make(self) -> None:
        await create_topics(self.bootstrap, [Topic(self.topic, compacted=False)])

    async def remove(self) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.delete_topics([self.topic])

            async def gone() -> bool:
                return self.topic not in await admin.list_topics()

            await eventually(gone, "the topic to be gone")
        finally:
            await admin.close()

    async def send(self, *records: Any) -> None:
        async with aiokafka.AIOKafkaProducer(bootstrap_servers=self.bootstrap) as producer:
            for record in records:
                await producer.send_and_wait(self.topic, record.value, key=record.key, headers=record.headers)

    async def consume_until(self, payments: dict[str, int]) -> list[int]:
        """Consume until so many payments have been taken in; the offsets that were seen."""
        broker = open_broker(self.bootstrap)
        seen: list[int] = []
        consumer = self.till.consumer()

        async def take(records: list[Any]) -> None:
            seen.extend(record.offset for record in records)
            await consumer.take(records)

        watchdog.install()
        subscribe(broker, self.group, [self.topic], take)
        await broker.start()

        async def there() -> bool:
            return {account: (await self.till.account(account))["payments"] for account in payments} == payments

        try:
            await eventually(there, f"{payments}")
        finally:
            await broker.stop()
        return seen


async def test_a_topic_made_anew_loses_and_doubles_nothing(till: Till, kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Its own name, so that no other test has it deleted under its hands.
    topic = f"till{uuid.uuid4().hex[:8]}.payment"
    monkeypatch.setattr(PaymentMade, "topic", topic)
    monkeypatch.setattr(PaymentMade, "source", f"/tandem/{topic.partition('.')[0]}")
    real = Topicful(till, kafka)
    await real.make()
    await real.send(*(till.payment(account, 1, sequence) for sequence in (1, 2, 3) for account in ("a", "b")))
    await real.consume_until({"a": 3, "b": 3})
    await real.remove()
    await real.make()
    # The producer repeats what it was not sure of, then goes on; all of it from offset 0.
    await real.send(*(till.payment(account, 1, sequence) for sequence in (3, 4, 5) for account in ("a", "b")))
    offsets = await real.consume_until({"a": 5, "b": 5})
    assert 0 in offsets
    assert await till.letters() == []
    assert sorted(await till.events()) == [(account, sequence) for account in ("a", "b") for sequence in range(1, 6)]
