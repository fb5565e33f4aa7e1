"""Places in a running service at which a fault can be made to happen: a test arms one by writing a file, the service acts on it once."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from shared import transactions, unit
from shared.deliveries import DeliveryLoop
from shared.kafka import Producer, SendFailed
from shared.queues import Queues
from shared.reactions import Consumer
from shared.service import Service
from shared.unit import Unit
from tests.faults.patching import instead

# Who opened the transaction that is being written: a command over HTTP, a batch of events, a replay or a timer.
_doing: ContextVar[str] = ContextVar("doing", default="other")

ARMED, REACHED, CLOCK = "armed", "reached", "clock"


class Failpoints:
    """The points of one process. `armed` holds lines of `point action`; each is acted on once, or for ever with a leading `always`."""

    def __init__(self, directory: Path) -> None:
        self._armed = directory / ARMED
        self._reached = directory / REACHED
        self._clock = directory / CLOCK

    def _action(self, point: str) -> str | None:
        if not self._armed.exists():
            return None
        lines = self._armed.read_text().splitlines()
        for line in lines:
            times, armed, action = line.split(" ", 2)
            if armed != point:
                continue
            if times == "once":
                lines.remove(line)
                remaining = self._armed.with_suffix(".new")
                remaining.write_text("\n".join(lines))
                remaining.replace(self._armed) if lines else self._armed.unlink(missing_ok=True)
            with self._reached.open("a") as file:
                file.write(f"{point}\n")
            return action
        return None

    def pass_by(self, point: str) -> None:
        """Die, freeze, block or fail here, if this point is armed."""
        match (self._action(point) or "").split():
            case ["kill"]:
                os.kill(os.getpid(), signal.SIGKILL)
            case ["freeze"]:
                os.kill(os.getpid(), signal.SIGSTOP)
            case ["block", seconds]:
                time.sleep(float(seconds))
            case ["refuse"]:
                raise SendFailed("refused by a test")

    def clock_is_wrong_by(self) -> int:
        """Seconds, as a test has set them."""
        return int(self._clock.read_text() or 0) if self._clock.exists() else 0

    async def linger(self, point: str) -> None:
        """As `pass_by`; besides, `wait SECONDS` holds up the one who asks and nobody else."""
        action = (self._action(point) or "").split()
        if action[:1] == ["wait"]:
            await asyncio.sleep(float(action[1]))
        elif action:
            raise RuntimeError(f"{point} cannot {' '.join(action)}")


def install(directory: Path) -> Failpoints:
    """Put the points into this process."""
    points = Failpoints(directory)
    for kind, method, name in (
        (Service, "run", "command"),
        (Consumer, "take", "batch"),
        (Queues, "replay", "replay"),
        (Consumer, "fire", "timer"),
    ):
        instead(kind, method, _named(name))
    _around_transactions(points)
    _in_the_relay(points)
    _in_the_deliveries(points)
    _in_the_clock(points)
    return points


def _named(name: str) -> Callable[[Any], Any]:
    """The method, with word of who opens the transactions in it."""

    def make(original: Any) -> Any:
        async def named(*arguments: Any, **options: Any) -> Any:
            token = _doing.set(name)
            try:
                return await original(*arguments, **options)
            finally:
                _doing.reset(token)

        return named

    return make


def _after(point: Callable[[], str], points: Failpoints) -> Callable[[Any], Any]:
    """The method, with a point right after it."""

    def make(original: Any) -> Any:
        async def passing(*arguments: Any, **options: Any) -> Any:
            result = await original(*arguments, **options)
            points.pass_by(point())
            return result

        return passing

    return make


def _around_transactions(points: Failpoints) -> None:
    """`<doing>-written`: in the transaction, after its writes. `<doing>-committed`: right after it. `batch-taken`: before the offsets."""
    instead(Unit, "flush", _after(lambda: f"{_doing.get()}-written", points))
    instead(transactions, "in_transaction", _after(lambda: f"{_doing.get()}-committed", points))
    instead(Consumer, "take", _after(lambda: "batch-taken", points))


def _in_the_relay(points: Failpoints) -> None:
    """`relay-read`: rows are read, the lease is not yet looked at. `relay-sending`: it is. `relay-sent`: confirmed, not yet marked."""

    def making(original: Any) -> Any:
        def batch(self: Producer) -> Any:
            points.pass_by("relay-read")
            return original(self)

        return batch

    def sending(original: Any) -> Any:
        async def send(self: Producer, records: Any, topic: str, partition: int) -> None:
            points.pass_by("relay-sending")
            points.pass_by(f"relay-sending-{topic}/{partition}")
            await original(self, records, topic, partition)
            points.pass_by("relay-sent")

        return send

    instead(Producer, "batch", making)
    instead(Producer, "send", sending)


def _in_the_deliveries(points: Failpoints) -> None:
    """`delivery-sent`: the receiver has it, the row does not say so yet."""

    def ending(original: Any) -> Any:
        async def end(self: DeliveryLoop, row: Any, state: str, *more: Any) -> None:
            if state == "sent":
                points.pass_by("delivery-sent")
            await original(self, row, state, *more)

        return end

    instead(DeliveryLoop, "_end", ending)


def _in_the_clock(points: Failpoints) -> None:
    """The clock that events are stamped by."""

    class Clock:
        @staticmethod
        def time_ns() -> int:
            return time.time_ns() + points.clock_is_wrong_by() * 1_000_000_000

    instead(unit, "time", lambda _: Clock)
