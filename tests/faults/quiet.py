"""Waiting until a world has come to rest by itself: nothing in an outbox, nothing behind, nothing due."""

import asyncio
import time
from typing import Any

from aiokafka.errors import KafkaError

from deploy.local.options import SERVICES
from shared import deliveries
from shared.mongo import PyMongoError
from tests.faults.invariants import CONSUMERS, reactions_of
from tests.faults.topics import lag
from tests.faults.world import World

# A delivery that was claimed when MongoDB went away is nobody's for two minutes: it may be on its way.
RECOVERS_WITHIN_SECONDS = deliveries.LEASE_MS / 1000 + 60.0


class NotQuiet(AssertionError):  # noqa: N818 - what the world is
    """F: after the fault was healed, something still waits that nobody will do."""


async def come_to_rest(world: World, within: float = RECOVERS_WITHIN_SECONDS) -> float:
    """Seconds until nothing is left to be done. Raises NotQuiet with what is.

    Who does not wait for as long as a delivery may be nobody's is not told of deliveries: they prove nothing yet.
    """
    began = time.monotonic()
    while True:
        try:
            left = await what_is_left(world)
        except (KafkaError, PyMongoError, OSError, TimeoutError) as error:
            left = {"unreachable": repr(error)}
        if not left:
            return time.monotonic() - began
        if time.monotonic() - began > within:
            if within < RECOVERS_WITHIN_SECONDS and all(place.endswith("deliveries") for place in left):
                return within
            raise NotQuiet(f"F: not at rest after {within:.0f} s: {left}")
        await asyncio.sleep(0.2)


async def what_is_left(world: World) -> dict[str, Any]:
    """What has still to be done, by place; first what is quick to ask."""
    left: dict[str, Any] = {}
    now: Any = {"$expr": {"$lte": ["$due_at", "$$NOW"]}}
    for service in SERVICES:
        database = world.database(service)
        for name, count in {
            "outbox": await database.outbox.count_documents({"pending": True}),
            "deliveries": await database.deliveries.count_documents({"state": "waiting"}),
            "timers": await database.timers.count_documents(now),
            "healing": await database.cursors.count_documents({"healing": True}),
        }.items():
            if count:
                left[f"{service} {name}"] = count
    if not left:
        topics = {service: reactions_of(service).topics for service in CONSUMERS}
        left = {f"{group} lag": number for group, number in (await lag(world.kafka.bootstrap_servers, CONSUMERS, topics)).items() if number}
    return left
