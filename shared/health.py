"""Whether a service lives and whether it is ready, said so that a program can act on it and a person knows which part is missing."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from shared.kafka import PARTITIONS, Producer
from shared.lifeline import leave
from shared.metrics import Stock, measure_consumers
from shared.outbox import Relay
from shared.watchdog import Watchdog

Check = Callable[[], Awaitable[str | None]]

CHECK_SECONDS = 2.0
GUARD_EVERY_SECONDS = 5.0
RELAY_STILL_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 300.0


class Health(BaseModel):
    """`ok`, or for each part that is not what is wrong with it."""

    status: str
    parts: dict[str, str]


class Parts(Protocol):
    """What a service consists of, as far as its health goes. Kafka's are None until they are started."""

    stopping: asyncio.Event
    database: Any
    producer: Producer | None
    relay: Relay | None
    guard: Watchdog | None


class Condition:
    """What is wrong with each part of a service, None for nothing."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        # What another start would mend. What others have to mend, a database or a broker that is away, is no reason for one.
        self.live: Mapping[str, Check] = {"consumer": self.consumer_lives, "relay": self.relay_lives}
        self.ready: Mapping[str, Check] = {
            "process": self.process_goes_on,
            "database": self.database_answers,
            "kafka": self.kafka_answers,
            "consumer": self.consumer_takes,
            "relay": self.relay_lives,
            "outbox": self.outbox_empties,
        }

    async def process_goes_on(self) -> str | None:
        return "stopping" if self._parts.stopping.is_set() else None

    async def consumer_lives(self) -> str | None:
        guard = self._parts.guard
        return guard.problem if guard is not None and guard.dead else None

    async def consumer_takes(self) -> str | None:
        return self._parts.guard.waits() if self._parts.guard is not None else None

    async def relay_lives(self) -> str | None:
        """Stuck only counts while the database answers: nobody can look at an outbox that is away."""
        if self._parts.relay is None:
            return "not started"
        still = time.monotonic() - self._parts.relay.last_look
        if still <= RELAY_STILL_SECONDS:
            return None
        try:
            async with asyncio.timeout(CHECK_SECONDS / 2):
                await self.database_answers()
        except Exception:  # noqa: BLE001 - whatever the driver raises, the database has not answered
            return None
        return f"the outbox was last looked at {still:.0f} s ago"

    async def database_answers(self) -> str | None:
        await self._parts.database.command("ping")
        return None

    async def kafka_answers(self) -> str | None:
        if self._parts.producer is None:
            return "not started"
        await self._parts.producer.ask()
        return None

    async def outbox_empties(self) -> str | None:
        # Asked by bucket, as the index is.
        pending = {"bucket": {"$in": list(range(PARTITIONS))}, "pending": True}
        row = await self._parts.database.outbox.find_one(pending, {"stamp": 1}, sort=[("stamp", 1)])
        waiting = time.time() - row["stamp"] / 1000 if row else 0.0
        return f"the oldest event has waited for {waiting:.0f} s" if waiting > LONGEST_WAIT_SECONDS else None

    async def guard_relay(self, end: Callable[[str], None] = leave) -> None:
        """End the process when its relay is stuck: not every supervisor asks whether a process lives."""
        while True:
            await asyncio.sleep(GUARD_EVERY_SECONDS)
            if problem := await self.relay_lives():
                end(problem)


async def _look(name: str, check: Check) -> tuple[str, str]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return name, await check() or "ok"
    except TimeoutError:
        return name, f"no answer within {CHECK_SECONDS:.0f} s"
    except Exception as error:  # noqa: BLE001 - whatever a part raises is what is wrong with it
        return name, type(error).__name__


def routes(parts: Parts) -> APIRouter:
    """`/health/live`: start me again when this fails. `/health/ready`: send me nothing while this fails. `/metrics`."""
    router = APIRouter(tags=["operation"])
    condition = Condition(parts)
    stock = Stock()

    async def answer(checks: Mapping[str, Check], response: Response) -> Health:
        parts = dict(await asyncio.gather(*(_look(name, check) for name, check in checks.items())))
        well = all(state == "ok" for state in parts.values())
        response.status_code = 200 if well else 503
        return Health(status="ok" if well else "not ok", parts=parts)

    @router.get("/health/live", responses={503: {"model": Health}})
    async def is_live(response: Response) -> Health:
        """Whether this process does its work."""
        return await answer(condition.live, response)

    @router.get("/health/ready", responses={503: {"model": Health}})
    async def is_ready(response: Response) -> Health:
        """Whether this process and what it needs can serve."""
        return await answer(condition.ready, response)

    @router.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        await stock.measure(parts.database)
        if parts.guard is not None:
            await measure_consumers(parts.guard.consumers())
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
