"""From a commit to Kafka: every event, in order for each key, with the headers that say what it is."""

import asyncio
import random
import time
from typing import Any

import pytest

from shared import leases, lifetime, outbox
from shared.kafka import LARGEST_BATCH, Headers, Producer, SendFailed
from shared.mongo import PyMongoError, aggregate
from shared.outbox import Relay, bucket_of, outbox_rows
from tests.integration.shared.conftest import LONG_AGO, NOW, Till
from tests.support.probe import eventually
from tests.support.relays import Unruly, a_relay, sequences

pytestmark = pytest.mark.usefixtures("patient")


def first_deliveries(ordinals: list[int]) -> list[int]:
    """What a reader sees that passes over what it has seen."""
    return list(dict.fromkeys(ordinals))


async def pending(till: Till) -> int:
    return int(await till.database.outbox.count_documents({"pending": True}))


def keys_of_two_buckets() -> tuple[str, str]:
    keys = (f"account {number}" for number in range(100))
    one = next(keys)
    return one, next(key for key in keys if bucket_of(key) != bucket_of(one))


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
    await (await a_relay(publishing, producer)).round()
    headers = [{name: value.decode() for name, value in record.headers} for record in await read_topic(publishing.topic)]
    assert len({header["ce_id"] for header in headers}) == 2
    for header in headers:
        assert header["ce_type"] == publishing.event.event_type
        assert header["ce_specversion"] == "1.0"
        assert header["ce_subject"] == "a"
        assert header["content-type"] == "application/json"
        assert header["correlationid"]


async def test_each_event_of_one_batch_keeps_its_own_headers(publishing: Till, producer: Producer, read_topic: Any) -> None:
    """A client's own way to publish a batch may keep the first message's for all."""
    for number in range(20):
        await publishing.pay(f"account {number}")
    await (await a_relay(publishing, producer)).round()
    records = await read_topic(publishing.topic)
    assert {dict(record.headers)["ce_subject"] for record in records} == {record.key for record in records}


async def test_writers_whose_clocks_are_an_hour_apart_and_jump_keep_one_order(
    publishing: Till, producer: Producer, read_topic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hour = 3600 * 10**9
    clock = time.time_ns
    monkeypatch.setattr("shared.unit.time.time_ns", lambda: clock() + random.choice((-hour, 0, hour)))  # noqa: S311 - a clock that jumps
    relay = await a_relay(publishing, producer)
    await asyncio.gather(*(publishing.pay("hot", 10, name) for name in ("one", "other", "third")))
    while await pending(publishing):
        await relay.round()
    assert sequences(await read_topic(publishing.topic)) == {"hot": list(range(1, 31))}


async def test_a_row_lies_above_every_earlier_row_of_each_key_in_it(publishing: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that shares a row with one whose clock ran ahead must not lie below that row the next time."""
    keys = [key for key in (f"account {number}" for number in range(100)) if bucket_of(key) == 3][:2]
    await publishing.pay(keys[0])
    await publishing.database.accounts.update_one({"_id": keys[0]}, {"$set": {"stamp": int(time.time() * 1000) + 3_600_000}})
    await publishing.pay_together(keys)
    await publishing.pay(keys[1])
    rows = [row async for row in publishing.database.outbox.find().sort("stamp", 1)]
    assert [event["sequence"] for row in rows for event in row["events"] if event["key"] == keys[1]] == [1, 2]


async def test_a_reader_that_remembers_the_last_id_would_miss_what_this_one_finds(
    publishing: Till, producer: Producer, read_topic: Any
) -> None:
    """A transaction that began earlier may commit later, with a smaller stamp and id than what is published already."""
    relay = await a_relay(publishing, producer)
    await publishing.pay("a")
    row = await publishing.database.outbox.find_one()
    await relay.round()
    late = {**row["events"][0], "id": "0", "key": "b", "stamp": row["stamp"] - 5_000}
    await publishing.database.outbox.insert_one({**row, "_id": "0", "bucket": bucket_of("b"), "stamp": late["stamp"], "events": [late]})
    await relay.round()
    assert sequences(await read_topic(publishing.topic)) == {"a": [1], "b": [1]}


# ---------------------------------------------------------------- a partition, a broker, a replica that fails


async def test_a_relay_that_dies_before_it_marks_sends_again_and_loses_nothing(
    publishing: Till, producer: Producer, read_topic: Any
) -> None:
    await publishing.pay("a", 3)
    relay = await a_relay(publishing, producer)
    rows = await publishing.database.outbox.find({"pending": True}).sort("stamp", 1).to_list(10)
    await relay._send(rows, 0)  # and dies here
    await relay.round()
    assert sequences(await read_topic(publishing.topic)) == {"a": [1, 2, 3, 1, 2, 3]}
    assert await pending(publishing) == 0


async def test_new_events_do_not_wait_until_those_before_them_are_marked(
    publishing: Till, producer: Producer, read_topic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = await a_relay(publishing, producer)
    mark, released = relay._mark, asyncio.Event()

    async def wait_first(done: Any) -> None:
        await released.wait()
        await mark(done)

    monkeypatch.setattr(relay, "_mark", wait_first)
    await publishing.pay("a")
    assert await relay._pass() == 1
    await publishing.pay("a")
    assert await relay._pass() == 1
    assert await relay._pass() == 0
    assert sequences(await read_topic(publishing.topic)) == {"a": [1, 2]}
    assert await pending(publishing) == 2
    released.set()
    await relay.round()
    assert await pending(publishing) == 0


async def test_what_could_not_be_marked_is_sent_again_with_all_that_came_after_it(
    publishing: Till, producer: Producer, unruly: Unruly, read_topic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = await a_relay(publishing, unruly)
    mark, failing = relay._mark, asyncio.Event()

    async def fail_once(done: Any) -> None:
        if not failing.is_set():
            await failing.wait()
            raise PyMongoError
        await mark(done)

    monkeypatch.setattr(relay, "_mark", fail_once)
    await publishing.pay("a")
    assert await relay._pass() == 1
    await publishing.pay("a")
    unruly.open.clear()
    second = asyncio.create_task(relay._pass())

    async def on_its_way() -> bool:
        return len(unruly.asked) == 2

    await eventually(on_its_way, "the second event on its way")
    failing.set()
    await relay._marking  # type: ignore[misc] # it is there
    unruly.open.set()
    assert await second == 0  # it has arrived, but is not marked: the first one will come after it
    assert await pending(publishing) == 2
    assert await relay.round() == 2
    assert await pending(publishing) == 0
    assert sequences(await read_topic(publishing.topic)) == {"a": [1, 2, 1, 2]}


async def test_a_relay_whose_lease_ran_out_sends_nothing(publishing: Till, producer: Producer, read_topic: Any) -> None:
    await publishing.pay("a")
    relay = await a_relay(publishing, producer)
    relay._leases._trusted_until = 0.0
    assert await relay.round() == 0
    assert await read_topic(publishing.topic) == []
    assert await pending(publishing) == 1


async def test_a_relay_that_was_frozen_after_it_read_sends_nothing(
    publishing: Till, unruly: Any, read_topic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE_MS", 500)
    await publishing.pay("a")
    relay = await a_relay(publishing, unruly)
    append = unruly.append

    def freeze(*event: Any) -> bool:
        time.sleep(0.6)  # the whole process stands still, longer than its lease
        return bool(append(*event))

    unruly.append = freeze
    assert await relay.round() == 0
    assert unruly.asked == []
    assert await read_topic(publishing.topic) == []


async def test_a_relay_that_was_frozen_while_it_sent_is_only_late(
    publishing: Till, producer: Producer, unruly: Any, read_topic: Any
) -> None:
    await publishing.pay("a", 3)
    frozen = await a_relay(publishing, unruly, "frozen")
    unruly.open.clear()
    sending = asyncio.create_task(frozen.round())

    async def asked() -> bool:
        return bool(unruly.asked)

    await eventually(asked, "a send")
    await publishing.database.leases.update_many({}, {"$set": {"until": LONG_AGO}})
    await publishing.database.members.update_many({}, {"$set": {"until": LONG_AGO}})
    heir = await a_relay(publishing, producer, "heir")
    await publishing.pay("a", 2)
    assert await heir.round() == 5
    unruly.open.set()
    await sending
    found = sequences(await read_topic(publishing.topic))["a"]
    assert len(found) == 8, "no duplicate, so nothing was tried"
    assert first_deliveries(found) == [1, 2, 3, 4, 5]


async def test_a_broker_that_does_not_confirm_leaves_the_rows_pending(publishing: Till, unruly: Any) -> None:
    await publishing.pay("a")
    relay = await a_relay(publishing, unruly)
    unruly.refused = set(range(12))
    assert await relay.round() == 0
    assert await publishing.database.outbox.count_documents({"pending": True, "published_at": {"$exists": False}}) == 1


async def test_a_send_of_which_nothing_was_heard_may_have_arrived_and_is_only_repeated(
    publishing: Till, unruly: Any, read_topic: Any
) -> None:
    send = unruly.send

    async def send_and_lose_the_answer(*batch: Any) -> None:
        await send(*batch)
        raise SendFailed("no answer")

    relay = await a_relay(publishing, unruly)
    await publishing.pay("a", 2)
    unruly.send = send_and_lose_the_answer
    assert await relay.round() == 0
    await publishing.pay("a")
    unruly.send = send
    relay._rests.clear()
    assert await relay.round() == 3
    assert sequences(await read_topic(publishing.topic)) == {"a": [1, 2, 1, 2, 3]}


async def test_one_partition_that_refuses_holds_up_no_other(publishing: Till, unruly: Any, read_topic: Any) -> None:
    bad, good = keys_of_two_buckets()
    relay = await a_relay(publishing, unruly)
    unruly.refused = {bucket_of(bad)}
    await publishing.pay(bad, 3)
    await publishing.pay(good, 3)
    assert await relay.round() == 3
    await publishing.pay(bad)
    await publishing.pay(good)
    assert await relay.round() == 1
    unruly.refused.clear()
    relay._rests.clear()
    assert await relay.round() == 4
    assert sequences(await read_topic(publishing.topic)) == {good: [1, 2, 3, 4], bad: [1, 2, 3, 4]}


async def test_the_rows_of_a_partition_that_refuses_do_not_fill_every_round(
    publishing: Till, unruly: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "ROWS_PER_ROUND", 5)
    bad, good = keys_of_two_buckets()
    relay = await a_relay(publishing, unruly)
    unruly.refused = {bucket_of(bad)}
    await publishing.pay(bad, 10)
    await publishing.pay(good, 3)
    assert await relay.round() == 0
    assert await relay.round() == 3
    assert unruly.asked.count(bucket_of(bad)) == 1, "it is left alone for a while"


async def test_a_partition_that_refuses_is_asked_less_and_less_often_and_at_once_when_it_takes_again(publishing: Till, unruly: Any) -> None:
    relay = await a_relay(publishing, unruly)
    bucket = bucket_of("a")
    unruly.refused = {bucket}
    await publishing.pay("a")
    pauses = []
    for _ in range(8):
        await relay.round()
        pauses.append(relay._rests[bucket].pause)
        relay._rests[bucket] = outbox._Rest(0.0, pauses[-1])  # it is over
    assert pauses == [1, 2, 4, 8, 10, 10, 10, 10]
    unruly.refused.clear()
    assert await relay.round() == 1
    assert relay._rests == {}


async def test_one_partition_that_hangs_holds_up_no_other(
    publishing: Till, producer: Producer, unruly: Any, read_topic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "PATIENCE_SECONDS", 0.1)
    slow, good = keys_of_two_buckets()
    send = unruly.send

    async def hang(batch: Any, topic: str, partition: int) -> None:
        await (send if partition == bucket_of(slow) else producer.send)(batch, topic, partition)

    unruly.open.clear()
    unruly.send = hang
    relay = await a_relay(publishing, unruly)
    sent = 0

    async def rounds() -> int:
        nonlocal sent
        sent += await relay.round()
        return sent

    async def of_the_good_one(number: int) -> None:
        async def are_there() -> bool:
            return await rounds() >= number

        await eventually(are_there, f"{number} rows of the bucket that does not hang")
        assert sent == number

    await publishing.pay(slow, 2)
    await publishing.pay(good, 2)
    await of_the_good_one(2)
    await publishing.pay(good)
    await of_the_good_one(3)
    unruly.open.set()
    await asyncio.gather(*relay._sending.values())
    assert await rounds() == 5
    assert sequences(await read_topic(publishing.topic)) == {good: [1, 2, 3], slow: [1, 2]}


async def test_rows_that_nobody_can_send_hold_up_no_other_bucket(
    publishing: Till, unruly: Unruly, read_topic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = keys_of_two_buckets()
    append = unruly.append

    def fail(batch: Any, key: str, value: bytes, headers: Headers) -> bool:
        if key == bad:
            raise ZeroDivisionError
        return append(batch, key, value, headers)

    monkeypatch.setattr(unruly, "append", fail)
    relay = await a_relay(publishing, unruly)
    for number in (1, 2):
        await publishing.pay(bad)
        await publishing.pay(good)
        assert await relay.round() == 1
        assert sequences(await read_topic(publishing.topic)) == {good: [*range(1, number + 1)]}
        relay._rests.clear()
    monkeypatch.setattr(unruly, "append", append)
    assert await relay.round() == 2


async def test_whatever_fails_in_a_round_another_follows(publishing: Till, producer: Producer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifetime, "PAUSE_AFTER_FAULT", 0.05)
    relay = Relay(publishing.database, producer, publishing.member())
    oldest, failed = relay._oldest, list[bool]()

    async def fail_once(buckets: list[int]) -> Any:
        if not failed:
            failed.append(True)
            raise ZeroDivisionError
        return await oldest(buckets)

    monkeypatch.setattr(relay, "_oldest", fail_once)
    await publishing.pay("a")
    await relay.start()

    async def drained() -> bool:
        return await pending(publishing) == 0

    await eventually(drained, "an empty outbox")
    assert failed
    await relay.stop()


async def test_a_row_with_events_for_two_topics_is_sent_again_as_a_whole_when_one_refuses(
    publishing: Till, unruly: Any, read_topic: Any
) -> None:
    await publishing.pay("a")
    row = await publishing.database.outbox.find_one()
    other = {**row["events"][0], "topic": await publishing.another_topic(), "id": "x"}
    await publishing.database.outbox.update_one({"_id": row["_id"]}, {"$push": {"events": other}})
    send = unruly.send

    async def refuse_other(batch: Any, topic: str, partition: int) -> None:
        if topic == other["topic"]:
            raise SendFailed("disk full")
        await send(batch, topic, partition)

    unruly.send = refuse_other
    relay = await a_relay(publishing, unruly)
    assert await relay.round() == 0
    unruly.send = send
    relay._rests.clear()
    assert await relay.round() == 1
    assert sequences(await read_topic(publishing.topic)) == {"a": [1, 1]}
    assert sequences(await read_topic(other["topic"])) == {"a": [1]}


async def test_what_the_change_stream_does_not_tell_the_poll_finds(publishing: Till, producer: Producer) -> None:
    relay = Relay(publishing.database, producer, publishing.member())
    await relay.start()
    relay._tasks[-1].cancel()  # nobody tells any more that others have written
    await publishing.pay("a", name="another replica")

    async def drained() -> bool:
        return await pending(publishing) == 0

    await eventually(drained, "an empty outbox")
    await relay.stop()


async def test_a_change_stream_that_the_server_closes_is_opened_anew(publishing: Till, producer: Producer) -> None:
    relay = Relay(publishing.database, producer, publishing.member())
    await relay.start()

    async def cursors() -> list[int]:
        stage = {"$match": {"cursor.awaitData": True, "ns": f"{publishing.database.name}.outbox"}}
        open_now = await aggregate(publishing.database.client.admin, [{"$currentOp": {"idleCursors": True, "allUsers": True}}, stage])
        return [row["cursor"]["cursorId"] for row in open_now]

    first = await eventually(cursors, "a change stream")
    await publishing.database.command("killCursors", "outbox", cursors=first)

    async def another() -> bool:
        return bool(set(await cursors()) - set(first))

    await publishing.pay("a", name="another replica")  # a stream that waits is told when something comes
    await eventually(another, "a new change stream")
    await relay.stop()


# ---------------------------------------------------------------- much at once


async def test_a_backlog_is_read_in_order_through_the_index_and_never_all_at_once(publishing: Till) -> None:
    row = outbox_rows([an_event()], "me")[0]
    rows = [{**row, "_id": f"{number:05}", "bucket": number % 12, "stamp": number} for number in range(5_000)]
    await publishing.database.outbox.insert_many(rows)
    pending = {"bucket": {"$in": list(range(12))}, "pending": True}
    explained = await publishing.database.outbox.find(pending).sort("stamp", 1).limit(1000).explain()
    stages = str(explained["queryPlanner"]["winningPlan"])
    assert "SORT_MERGE" in stages
    assert "'SORT'" not in stages
    assert explained["executionStats"]["totalDocsExamined"] <= 1000


async def test_what_is_read_in_one_round_has_a_limit_in_bytes(publishing: Till, producer: Producer) -> None:
    rows = []
    for number in range(40):
        [row] = outbox_rows([an_event(id=str(number), value=b"x" * 590_000, key="a", topic=publishing.topic)], "me")
        rows.append({**row, "stamp": number})
    await publishing.database.outbox.insert_many(rows)
    relay = await a_relay(publishing, producer)
    read = await relay._oldest(list(range(12)))
    assert len(read) < 20
    assert [row["stamp"] for row in read] == list(range(len(read)))


async def test_more_than_one_kafka_batch_holds_goes_in_order_and_is_marked_at_the_end(
    publishing: Till, unruly: Any, read_topic: Any
) -> None:
    rows = []
    for number in range(4):
        event = an_event(id=str(number), sequence=number + 1, value=b"x" * 590_000, key="a", topic=publishing.topic)
        rows.append({**outbox_rows([event], "me")[0], "stamp": number})
    await publishing.database.outbox.insert_many(rows)
    relay = await a_relay(publishing, unruly)
    send, sent = unruly.send, 0

    async def refuse_the_third(batch: Any, topic: str, partition: int) -> None:
        nonlocal sent
        sent += 1
        if sent == 3:
            raise SendFailed("disk full")
        await send(batch, topic, partition)

    unruly.send = refuse_the_third
    assert await relay.round() == 2
    relay._rests.clear()
    assert await relay.round() == 2
    assert sequences(await read_topic(publishing.topic)) == {"a": [1, 2, 3, 4]}


async def test_one_transaction_may_hold_more_small_events_than_a_kafka_batch(publishing: Till, producer: Producer, read_topic: Any) -> None:
    """It is the headers that weigh most there."""
    await publishing.pay_together(["a"] * 4_000)
    relay = await a_relay(publishing, producer)
    while await relay.round():
        pass
    assert await pending(publishing) == 0
    assert sequences(await read_topic(publishing.topic)) == {"a": list(range(1, 4_001))}


async def test_published_rows_go_away_by_themselves_and_others_never(publishing: Till, unruly: Any) -> None:
    indexes = await publishing.database.outbox.index_information()
    assert {tuple(index["key"]): index["expireAfterSeconds"] for index in indexes.values() if "expireAfterSeconds" in index} == {
        (("published_at", 1),): 3600
    }
    bad, good = keys_of_two_buckets()
    unruly.refused = {bucket_of(bad)}
    await publishing.pay(bad)
    await publishing.pay(good)
    await (await a_relay(publishing, unruly)).round()
    marked = {row["events"][0]["key"]: "published_at" in row async for row in publishing.database.outbox.find()}
    assert marked == {bad: False, good: True}


def an_event(**changes: Any) -> dict[str, Any]:
    event = {"id": "1", "type": "t.a.v1", "topic": "t.a", "key": "a", "sequence": 1, "stamp": 7, "value": b"{}"}
    return {**event, "time": NOW, "correlation_id": "c", "causation_id": None, "traceparent": None, **changes}


def test_rows_of_one_transaction_are_split_where_kafka_would_refuse_them() -> None:
    events = [an_event(id=str(number), value=b"x" * 250_000) for number in range(5)]
    rows = outbox_rows(events, "me")
    assert [len(row["events"]) for row in rows] == [2, 2, 1]
    assert [row["stamp"] for row in rows] == [7, 8, 9]
    assert {row["bucket"] for row in rows} == {bucket_of("a")}
    assert LARGEST_BATCH > outbox.LARGEST_ROW
