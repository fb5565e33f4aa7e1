"""Records that are wrong in any way there is: parked or passed over as the rules say, and nothing else harmed."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import aiokafka
import pytest

from shared import reactions, watchdog
from shared.event import Event
from shared.kafka import LARGEST_BATCH, Producer, SendFailed, Topic, create_topics, open_broker, subscribe
from shared.records import REQUIRED
from shared.unit import LARGEST_EVENT
from tests.support.ledger import NOW, Account, PaymentMade, Till, spoilt
from tests.support.probe import eventually


@pytest.mark.parametrize(
    "changes",
    [{"key": None}, {"headers": [("ce_id", b"x")]}, {"headers": []}, {"headers": None}],
    ids=["no key", "no sequence", "no headers", "headers missing"],
)
async def test_a_record_that_says_not_whose_it_is_is_parked_once_and_blocks_nobody(till: Till, changes: dict[str, Any]) -> None:
    bad = till.payment("a", 1, sequence=1, **changes)
    for _ in range(3):
        await till.consumer().take([bad])
    await till.consumer().take([till.payment("a", 2, sequence=1)])
    assert len(await till.letters()) == 1
    assert (await till.account())["total"] == 2


@pytest.mark.parametrize("value", [b"not json", b"{}", b'{"account_id": 7}', None], ids=["not json", "empty", "wrong type", "no body"])
async def test_a_body_that_cannot_be_read_is_parked_with_its_field(till: Till, value: bytes | None) -> None:
    await till.consumer().take([till.payment("a", 1, value=value)])
    assert await till.letters() == [("a", "parked")]


async def test_a_header_that_is_not_text_is_parked_not_skipped(till: Till) -> None:
    record = till.payment("a", 1)
    record.headers = [*record.headers, ("x", b"\xff"), ("y", None)]
    await till.consumer().take([record])
    assert await till.letters() == [("a", "parked")]


async def test_an_event_nobody_here_wants_only_moves_the_cursor(till: Till) -> None:
    record = till.payment("a", 1)
    record.headers = [(name, b"till.payment.refunded.v1" if name == "ce_type" else value) for name, value in record.headers]
    await till.consumer().take([record, till.payment("a", 4)])
    assert (await till.account())["total"] == 4


async def test_a_newer_producer_s_field_is_ignored(till: Till) -> None:
    record = till.payment("a", 1)
    record.value = record.value[:-1] + b', "currency": "EUR"}'
    await till.consumer().take([record])
    assert (await till.account())["total"] == 1


# ---------------------------------------------------------------- the whole table

FAR = (NOW + timedelta(days=3)).isoformat()


class PaymentMadeAnew(Event, type="till.payment.made.v9", key="account_id"):
    """A version that nobody here can read, told alone."""

    account_id: str


class PaymentMadeBeside(Event, type="till.payment.made.v2", key="account_id", beside=PaymentMade):
    """A version that nobody here can read, told beside the one everybody can."""

    account_id: str


def without(name: str) -> Callable[[Any], Any]:
    return lambda record: spoilt(record, **{name: None})


def with_header(**headers: str | bytes) -> Callable[[Any], Any]:
    return lambda record: spoilt(record, **headers)


def with_value(value: bytes | None) -> Callable[[Any], Any]:
    def change(record: Any) -> Any:
        record.value = value
        return record

    return change


def with_null_header(record: Any) -> Any:
    record.headers = [*record.headers, ("note", None)]
    return record


def from_tomorrow_s_tomorrow(record: Any) -> Any:
    return with_value(PaymentMade(account_id="a", amount=1, at=NOW + timedelta(days=3)).body())(record)


# What is wrong, and the reason that stands in the letter. Each is the first record of the key "a".
PARKED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "not JSON": (with_value(b"not json"), "body: json_invalid"),
    "not UTF-8": (with_value(b'{"account_id": "\xff"}'), "body: json_invalid"),
    "wrong schema": (with_value(b'{"account_id": "a", "amount": "much", "at": "2026-01-01T00:00:00Z"}'), "amount: int_parsing"),
    "a field missing": (with_value(b'{"account_id": "a", "amount": 1}'), "at: missing"),
    "null body": (with_value(None), "without a body"),
    "empty body": (with_value(b""), "body: json_invalid"),
    "null header": (with_null_header, "a header is not text"),
    "header not UTF-8": (with_header(traceparent=b"\xff\xfe"), "a header is not text"),
    "ce_time not UTF-8": (with_header(ce_time=b"\xff"), "header ce_time is not text"),
    "no ce_specversion": (without("ce_specversion"), "without ce_specversion"),
    "no ce_source": (without("ce_source"), "without ce_source"),
    "no ce_type": (without("ce_type"), "without ce_type"),
    "no ce_time": (without("ce_time"), "without ce_time"),
    "no ce_subject": (without("ce_subject"), "without ce_subject"),
    "another CloudEvents": (with_header(ce_specversion="2.0"), "not CloudEvents 1.0"),
    "time that is none": (with_header(ce_time="yesterday"), "ce_time is not a time with a zone"),
    "time without a zone": (with_header(ce_time="2026-01-01T00:00:00"), "ce_time is not a time with a zone"),
    "ce_time far ahead": (with_header(ce_time=FAR), "ce_time is more than a day ahead"),
    "at far ahead": (from_tomorrow_s_tomorrow, "at is more than a day ahead"),
    "key and ce_subject disagree": (with_header(ce_subject="b"), "ce_subject and key name different aggregates"),
    "key and body disagree": (
        with_value(PaymentMade(account_id="b", amount=1, at=NOW).body()),
        "account_id and key name different aggregates",
    ),
    "another's source": (with_header(ce_source="/tandem/goals"), "ce_source is not the service whose event this is"),
    "a newer version told alone": (
        with_header(ce_type=PaymentMadeAnew.event_type),
        "version 9 is newer than this service can read, and no version it can read is told beside it",
    ),
}

# These do not say whose they are, or the how-manieth: they block nobody.
PARKED_ALONE: dict[str, tuple[Callable[[Any], Any], str]] = {
    "no ce_id": (without("ce_id"), "without ce_id"),
    "no ce_sequence": (without("ce_sequence"), "without ce_sequence"),
    "ce_sequence zero": (with_header(ce_sequence="0"), "without ce_sequence"),
    "ce_sequence no number": (with_header(ce_sequence="-3"), "without ce_sequence"),
    "ce_sequence beyond measure": (with_header(ce_sequence="9" * 5000), "without ce_sequence"),
    "a CloudEvent in one piece": (
        lambda record: spoilt(with_value(b'{"specversion": "1.0"}')(record), **{**GONE, "content-type": "application/cloudevents+json"}),
        "a CloudEvent in structured mode: only binary mode is taken in",
    ),
}
GONE: dict[str, None] = dict.fromkeys(REQUIRED)


@pytest.mark.parametrize("name", PARKED)
async def test_what_is_wrong_is_parked_with_its_reason_and_only_its_own_key_waits(till: Till, name: str) -> None:
    change, reason = PARKED[name]
    bad = change(till.payment("a", 1))
    await till.consumer().take([till.payment("b", 1), bad, till.payment("a", 1), till.payment("b", 2)])
    assert await till.letters() == [("a", "parked"), ("a", "waiting")]
    assert (await till.reasons())[0] == reason
    assert (await till.account("b"))["total"] == 3
    assert (await till.account("a"))["total"] == 0


async def test_an_event_on_a_topic_that_is_not_its_own_is_parked_and_no_key_of_its_own_topic_waits(till: Till) -> None:
    await till.consumer().take([till.payment("a", 1, 1, topic="till.refund"), till.payment("a", 2, 1)])
    letter = await till.database.dead_letters.find_one()
    assert (letter["aggregate"], letter["reason"]) == ("till.refund/a", "an event of till.payment on another topic")
    assert (await till.account("a"))["total"] == 2


async def test_what_is_parked_and_what_is_taken_are_counted(till: Till) -> None:
    def counted() -> list[float]:
        parked = [reactions.parked.labels("till.payment", state)._value.get() for state in ("parked", "waiting", "gap")]
        return [reactions.taken.labels("till.payment")._value.get(), *parked]

    before = counted()
    bad, unknown = till.payment("a", 1, value=b"not json"), spoilt(till.payment("b", 1), ce_type="till.payment.refunded.v1")
    await till.consumer().take([bad, till.payment("a", 1), unknown, till.payment("c", 1, 2), till.payment("d", 1)])
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [5, 1, 1, 1]


@pytest.mark.parametrize("name", PARKED_ALONE)
async def test_what_says_not_whose_it_is_is_parked_with_its_reason_and_nobody_waits(till: Till, name: str) -> None:
    change, reason = PARKED_ALONE[name]
    bad = change(till.payment("a", 1))
    await till.consumer().take([bad, till.payment("a", 7, sequence=1)])
    assert await till.reasons() == [reason]
    assert (await till.account("a"))["total"] == 7


@pytest.mark.parametrize(
    "change",
    [
        with_header(ce_type="till.payment.refunded.v1"),
        with_header(ce_type="something else"),
        lambda record: with_value(b"not json")(spoilt(record, ce_type="till.payment.refunded.v1", ce_time="never", ce_source="?")),
        with_header(ce_type=PaymentMadeBeside.event_type, ce_beside=PaymentMade.event_type),
    ],
    ids=["unknown type", "no type of ours", "unknown and wrong besides", "a newer version told beside the older"],
)
async def test_what_does_not_concern_the_service_is_passed_over(till: Till, change: Callable[[Any], Any]) -> None:
    await till.consumer().take([change(till.payment("a", 1)), till.payment("a", 4)])
    assert (await till.account())["total"] == 4
    assert (await till.cursor())["sequence"] == 2
    assert await till.letters() == []


async def test_a_letter_holds_the_record_as_it_came_byte_for_byte(till: Till) -> None:
    bad = till.payment("a", 1, value=b"\xff not json")
    bad.headers = [*bad.headers, ("note", None), ("more", b"\xfe")]
    await till.consumer().take([bad])
    letter = await till.database.dead_letters.find_one()
    assert letter["value"] == bad.value
    assert [(name, raw) for name, raw in letter["headers"]] == bad.headers
    assert (letter["topic"], letter["partition"], letter["offset"]) == (bad.topic, bad.partition, bad.offset)


async def test_two_keys_that_are_not_text_are_not_one_aggregate(till: Till) -> None:
    await till.consumer().take([till.payment("a", 1, 1, key=b"\xff"), till.payment("a", 1, 1, key=b"\xfe")])
    letters = [row async for row in till.database.dead_letters.find().sort("offset", 1)]
    assert [(row["aggregate"], row["key"]) for row in letters] == [(None, b"\xff"), (None, b"\xfe")]


async def test_where_the_clock_may_be_set_events_may_come_from_any_day(till: Till) -> None:
    await till.consumer(any_time=True).take([from_tomorrow_s_tomorrow(spoilt(till.payment("a", 1), ce_time=FAR))])
    assert (await till.account())["total"] == 1


# ---------------------------------------------------------------- on a real Kafka


async def test_every_kind_of_bad_record_comes_through_kafka_to_its_letter(till: Till, kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
    topic = f"till{uuid.uuid4().hex[:8]}.payment"
    monkeypatch.setattr(PaymentMade, "topic", topic)
    monkeypatch.setattr(PaymentMade, "source", f"/tandem/{topic.partition('.')[0]}")
    await create_topics(kafka, [Topic(topic, compacted=False)])
    bad = [change(till.payment(name, 1)) for name, (change, _) in PARKED.items()]
    alone = [change(till.payment(name, 1)) for name, (change, _) in PARKED_ALONE.items()]
    broker = open_broker(kafka)
    watchdog.install()
    subscribe(broker, topic, [topic], till.consumer().take)
    async with aiokafka.AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for record in [*bad, *alone, till.payment("good", 5)]:
            await producer.send_and_wait(topic, record.value, key=record.key, headers=record.headers or None)
    await broker.start()

    async def there() -> bool:
        letters: int = await till.database.dead_letters.count_documents({})
        return letters == len(bad) + len(alone) and bool((await till.account("good"))["total"])

    try:
        await eventually(there, "a letter for each")
    finally:
        await broker.stop()


async def test_a_record_over_the_limit_is_refused_by_the_client_and_its_event_when_it_is_saved(till: Till, kafka: str) -> None:
    producer = Producer(kafka)
    await producer.start()
    try:
        batch, topic = producer.batch(), f"till{uuid.uuid4().hex[:8]}.payment"
        await create_topics(kafka, [Topic(topic, compacted=False)])
        producer.append(batch, "key", bytes(2 * LARGEST_BATCH), [])
        with pytest.raises(SendFailed):
            await producer.send(batch, topic, 0)
    finally:
        await producer.stop()
    account = Account(id="a")
    account.record(PaymentNoted(account_id="a", note="x" * LARGEST_EVENT, at=NOW))
    with pytest.raises(ValueError, match="PaymentNoted holds"):
        till.transactions().unit(None).save("accounts", account)


class PaymentNoted(Event, type="ledger.account.noted.v1", key="account_id"):
    """An event with room for too much."""

    account_id: str
    note: str
