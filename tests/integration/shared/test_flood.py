"""Ten thousand bad records at once, of each kind: bounded in tries, lines of log and memory, and the good ones go on."""

import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from shared.kafka import BATCH_RECORDS
from tests.support.ledger import NOW, PaymentMade, Till, spoilt

FLOOD = 10_000
MOST_LINES, MOST_MEGABYTES = 50, 150


def not_json(till: Till, number: int) -> Any:
    return till.payment(f"k{number}", 1, value=b"not json")


def refused(till: Till, number: int) -> Any:
    return till.payment(f"k{number}", 500)


def crashing(till: Till, number: int) -> Any:
    return till.payment(f"k{number}", -1)


def every_tenth_crashing(till: Till, number: int) -> Any:
    return till.payment(f"k{number}", 1 if number % 10 else -1)


def behind_one_that_is_bad(till: Till, number: int) -> Any:
    return till.payment("k", 1 if number else 500)


def of_nobody(till: Till, number: int) -> Any:
    return spoilt(till.payment(f"k{number}", 1, key=None), ce_id=None)


# Letters, blocked keys and effects that each leaves.
KINDS: dict[Callable[[Till, int], Any], tuple[int, int, int]] = {
    not_json: (FLOOD, FLOOD, 0),
    refused: (FLOOD, FLOOD, 0),
    crashing: (FLOOD, FLOOD, 0),
    every_tenth_crashing: (FLOOD // 10, FLOOD // 10, FLOOD - FLOOD // 10),
    behind_one_that_is_bad: (FLOOD, 1, 0),
    of_nobody: (FLOOD, 0, 0),
}


def memory() -> int:
    """Megabytes this process holds."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def batches(till: Till, kind: Callable[[Till, int], Any]) -> Iterator[list[Any]]:
    """The flood as Kafka gives it, with one good record in each batch."""
    for numbers in chunks(FLOOD, BATCH_RECORDS):
        yield [*(kind(till, number) for number in numbers), till.payment("good", 1)]


def chunks(total: int, size: int) -> Iterator[range]:
    return (range(start, min(start + size, total)) for start in range(0, total, size))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_a_flood_of_bad_records_is_bounded_and_the_good_ones_go_on(
    till: Till, kind: Callable[[Till, int], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    consumer, before, began = till.consumer(), memory(), time.monotonic()
    used = resource.getrusage(resource.RUSAGE_SELF)
    with structlog.testing.capture_logs() as lines:
        for number, batch in enumerate(batches(till, kind), start=1):
            await consumer.take(batch)
            # They do not wait for the flood to end.
            assert (await till.account("good"))["payments"] == number
    now = resource.getrusage(resource.RUSAGE_SELF)
    letters, blocked, effects = KINDS[kind]
    assert await till.database.dead_letters.count_documents({}) == letters
    assert await till.database.cursors.count_documents({"blocked": True}) == blocked
    assert await till.database.accounts.count_documents({"_id": {"$ne": "good"}}) == effects
    assert len(lines) < MOST_LINES
    assert memory() - before < MOST_MEGABYTES
    with capsys.disabled():
        seconds, cpu = time.monotonic() - began, now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
        print(f"\n{kind.__name__}: {seconds:.1f} s, {cpu:.1f} s of CPU, {len(lines)} lines, {memory() - before:+} MB")  # noqa: T201 - figures for whoever looks


async def test_a_flood_of_faults_is_tried_five_times_in_its_first_batch_and_once_from_then_on(till: Till) -> None:
    consumer = till.consumer()
    for numbers in chunks(4 * BATCH_RECORDS, BATCH_RECORDS):
        await consumer.take([crashing(till, number) for number in numbers])
    attempts = [row["attempts"] async for row in till.database.dead_letters.find().sort("offset", 1)]
    assert attempts == [5] * BATCH_RECORDS + [1] * (3 * BATCH_RECORDS)


async def test_ten_thousand_that_waited_behind_one_go_through_in_order(till: Till, capsys: pytest.CaptureFixture[str]) -> None:
    consumer = till.consumer()
    for batch in batches(till, behind_one_that_is_bad):
        await consumer.take(batch)
    body = PaymentMade(account_id="k", amount=1, at=NOW).body()
    await till.database.dead_letters.update_one({"state": "parked"}, {"$set": {"value": body}})
    began = time.monotonic()
    outcome = await consumer.queues.replay("till.payment/k")
    assert (outcome.done, outcome.left) == (FLOOD, 0)
    assert [sequence for key, sequence in await till.events() if key == "k"] == [*range(1, FLOOD + 1)]
    assert (await till.account("k"))["total"] == FLOOD
    with capsys.disabled():
        print(f"\nreplay of {FLOOD} of one key: {time.monotonic() - began:.1f} s")  # noqa: T201 - figures for whoever looks
