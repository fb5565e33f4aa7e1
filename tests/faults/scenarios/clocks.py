"""Clocks that are wrong, and events that wait by the ten thousand."""

import asyncio
import uuid
from datetime import UTC, datetime
from typing import Any

from shared.contracts.goals import GoalProgressed
from shared.outbox import outbox_rows
from tests.faults.scenario import Trial, scenario

HOUR = 3600
BACKLOG, ROW_EVENTS, MADE_KEYS = 60_000, 1, 300
NEWER_WAIT_SECONDS = 60.0


@scenario("20", "clocks an hour apart, and one that jumps back", without="stamps-grow", quick=True)
async def clocks_apart(trial: Trial) -> None:
    ahead, behind = trial.world.of("goals")
    async with trial.load(pause=0.02):
        for one, other in ((HOUR, -HOUR), (-HOUR, HOUR)):
            ahead.shift_clock(one)
            behind.shift_clock(other)
            trial.faults += 2
            # What is written in the next seconds waits together, so that it is the stamps that put it in order.
            for replica in (ahead, behind):
                replica.arm("relay-sending", "refuse", "always")
            await asyncio.sleep(3)
            for replica in (ahead, behind):
                replica.disarm()
            await asyncio.sleep(1)
    for replica in (ahead, behind):
        replica.shift_clock(0)


@scenario("27", "a backlog of 60,000 rows", without="rounds-are-bounded")
async def backlog(trial: Trial) -> None:
    world = trial.world
    keys = [f"made-by-test-{uuid.uuid4()}" for _ in range(MADE_KEYS)]
    rows: list[dict[str, Any]] = []
    for number in range(BACKLOG):
        key, sequence = keys[number % MADE_KEYS], number // MADE_KEYS + 1
        rows += outbox_rows([_event(key, sequence, number)], "made-by-test")
    for start in range(0, len(rows), 10_000):
        await world.database("goals").outbox.insert_many(rows[start : start + 10_000])
    trial.faults += 1
    async with trial.load():
        await asyncio.sleep(5)


def _event(key: str, sequence: int, number: int) -> dict[str, Any]:
    """An event of a goal nobody reacts to; it lies in the outbox as the unit of work would have left it."""
    at = datetime.now(UTC)
    event = GoalProgressed(goal_id=key, partnership_id="none", protege_id="none", percent=number % 100, state="open", at=at)
    return {
        "id": str(uuid.uuid4()),
        "type": event.event_type,
        "topic": event.topic,
        "key": key,
        "sequence": sequence,
        "stamp": int(at.timestamp() * 1000) + number,
        "time": at,
        "value": event.body(),
        "correlation_id": "made-by-test",
        "causation_id": None,
        "traceparent": None,
    }
