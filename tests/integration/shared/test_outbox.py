"""From a commit to Kafka: every event, in order for each key, with the headers that say what it is."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.kafka import Producer, SendFailed
from shared.mongo import PyMongoError
from shared.outbox import Relay, bucket_of, outbox_rows
from tests.integration.shared.conftest import Till
from tests.support.probe import eventually


@pytest.fixture
async def producer(kafka: str) -> AsyncIterator[Producer]:
    made = Producer(kafka)
    await made.start()
    yield made
    await made.stop()


def sequences(records: list[Any]) -> dict[str, list[int]]:
    """For each key the ordinals on the topic, in order."""
    found: dict[str, list[int]] = defaultdict(list)
    for record in records:
        found[record.key.decode()].append(int(dict(record.headers)["ce_sequence"]))
    return found


async def pending(till: Till) -> int:
    return int(await till.database.outbox.count_documents({"pending": True}))


async def test_committed_events_reach_kafka_in_order(publishing: Till, producer: Producer, read_topic: Any) -> None:
    relay = Relay(publishing.database, producer, publishing.member())
    await relay.start()
    await asyncio.gather(*(publishing.pay(f"account {number}", 5) for number in range(8)))
    relay.wake()

    async def drained() -> bool:
        return await pending(publishing) == 0

    await eventually(drained, "an empty outbox")
    await relay.stop()
    assert sequences(await read_topic(publishing.topic)) == {f"account {number}": [1, 2, 3, 4, 5] for number in range(8)}


async def test_an_event_carries_its_own_id_and_cause(publishing: Till, producer: Producer, read_topic: Any) -> None:
    await publishing.pay("a", 2)
    relay = Relay(publishing.database, producer, publishing.member())
    await relay._leases.prepare()
    await relay._leases.renew()
    await relay.round()
    headers = [{name: value.decode() for name, value in record.headers} for record in await read_topic(publishing.topic)]
    assert len({header["ce_id"] for header in headers}) == 2
    for header in headers:
        assert header["ce_type"] == publishing.event.event_type
        assert header["ce_specversion"] == "1.0"
        assert header["ce_subject"] == "a"
        assert header["content-type"] == "application/json"
        assert header["correlationid"]


async def test_a_relay_that_dies_before_it_marks_sends_again_and_loses_nothing(
    publishing: Till, producer: Producer, read_topic: Any
) -> None:
    await publishing.pay("a", 3)
    relay = Relay(publishing.database, producer, publishing.member())
    await relay._leases.prepare()
    await relay._leases.renew()
    rows = await publishing.database.outbox.find({"pending": True}).sort("stamp", 1).to_list(10)
    await relay._send(rows)  # and dies here
    await relay.round()
    assert sequences(await read_topic(publishing.topic)) == {"a": [1, 2, 3, 1, 2, 3]}
    assert await pending(publishing) == 0


async def test_a_relay_whose_lease_ran_out_sends_nothing(publishing: Till, producer: Producer, read_topic: Any) -> None:
    await publishing.pay("a")
    relay = Relay(publishing.database, producer, publishing.member())
    await relay._leases.prepare()
    await relay._leases.renew()
    relay._leases._trusted_until = 0.0
    assert await relay.round() == 0
    assert await read_topic(publishing.topic) == []
    assert await pending(publishing) == 1


async def test_a_broker_that_does_not_confirm_leaves_the_rows_pending(
    publishing: Till, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publishing.pay("a")
    relay = Relay(publishing.database, producer, publishing.member())
    await relay._leases.prepare()
    await relay._leases.renew()

    async def refuse(*_: Any) -> None:
        raise SendFailed("disk full")

    monkeypatch.setattr(producer, "send", refuse)
    with pytest.raises(SendFailed):
        await relay.round()
    assert await pending(publishing) == 1


async def test_three_replicas_share_the_buckets_and_each_has_one_owner(publishing: Till, producer: Producer) -> None:
    relays = [Relay(publishing.database, producer, publishing.member(f"replica {number}")) for number in range(3)]
    for relay in relays:
        await relay._leases.prepare()
    for _ in range(3):
        await asyncio.gather(*(relay._leases.renew() for relay in relays))
    held = [relay._buckets() for relay in relays]
    assert sorted(bucket for buckets in held for bucket in buckets) == list(range(12))
    assert [len(buckets) for buckets in held] == [4, 4, 4]


async def test_who_starts_under_a_dead_one_s_name_frees_its_documents_at_once(publishing: Till) -> None:
    await publishing.pay("a")
    dead = publishing.member("replica")
    client = publishing.database.client
    session = await client.start_session()
    await dead.renew()
    await dead.remember(session)
    session.start_transaction()
    await publishing.database.accounts.update_one({"_id": "a"}, {"$set": {"held": True}}, session=session)
    await publishing.member("replica").join()
    await publishing.pay("a", name="other")
    with pytest.raises(PyMongoError):
        await session.commit_transaction()
    assert "held" not in await publishing.database.accounts.find_one({"_id": "a"})


def test_rows_of_one_transaction_are_split_where_kafka_would_refuse_them() -> None:
    events = [{"id": str(number), "key": "a", "stamp": 7, "value": b"x" * 250_000, "topic": "t.a"} for number in range(5)]
    rows = outbox_rows(events, "me")
    assert [len(row["events"]) for row in rows] == [2, 2, 1]
    assert [row["stamp"] for row in rows] == [7, 8, 9]
    assert {row["bucket"] for row in rows} == {bucket_of("a")}
