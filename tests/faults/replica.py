"""One process of a service under test: it can be killed, frozen, stopped, and told to misbehave at a place of its code."""

import asyncio
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import psutil

from deploy.local.parts import answers
from deploy.local.processes import Process, last_words, spawn
from tests.faults.failpoints import ARMED, CLOCK, REACHED
from tests.faults.process import CHANGES, CONTROL
from tests.support.probe import eventually

PAUSE_BEFORE_RESTART = 0.3


class Replica:
    """Started again whenever it ends, as a supervisor in production would, unless it is `held`."""

    def __init__(self, name: str, service: str, port: int, environment: Mapping[str, str], directory: Path) -> None:
        self.name = name
        self.service = service
        self.address = f"http://127.0.0.1:{port}"
        self.log = directory / f"{name}.log"
        self.control = directory / f"{name}.control"
        self.control.mkdir(parents=True, exist_ok=True)
        self.environment = dict(environment)
        self.process: Process | None = None
        self.held = False
        self.changes: tuple[str, ...] = ()
        self.exits: list[int] = []
        self._start_at = 0.0

    def start(self, changes: tuple[str, ...] = ()) -> None:
        """Start it, with these changes, and its own, made to it."""
        more = {CONTROL: str(self.control), CHANGES: " ".join((*changes, *self.changes))}
        self.held = False
        self.process = spawn(
            [sys.executable, "-m", "tests.faults.process", self.service],
            log=self.log,
            environment={**os.environ, "PYTHONUNBUFFERED": "1", **self.environment, **more},
        )

    def look_after(self, changes: tuple[str, ...]) -> None:
        """Start it again, a moment after it has ended."""
        if self.process is None or self.process.poll() is None:
            return
        if not self._start_at:
            self.exits.append(self.process.returncode)
            self._start_at = time.monotonic() + PAUSE_BEFORE_RESTART
        if not self.held and time.monotonic() > self._start_at:
            self._start_at = 0.0
            self.start(changes)

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    async def ready(self, within: float = 60.0) -> None:
        """Wait until it can serve."""

        async def is_ready() -> bool:
            return self.runs and await asyncio.to_thread(answers, f"{self.address}/health/ready")

        try:
            await eventually(is_ready, f"{self.name} ready", within=within)
        except AssertionError as error:
            raise AssertionError(f"{error}; its log ends with:\n{last_words(self.log)}") from error

    # ---------------------------------------------------------------- faults

    def arm(self, point: str, action: str = "kill", times: str = "once") -> None:
        """Have it do something when it next comes by a place; see `failpoints`."""
        with (self.control / ARMED).open("a") as file:
            file.write(f"{times} {point} {action}\n")

    def disarm(self) -> None:
        (self.control / ARMED).unlink(missing_ok=True)
        (self.control / REACHED).unlink(missing_ok=True)

    def reached(self, point: str) -> int:
        """How often it has acted at a place since it was last disarmed."""
        file = self.control / REACHED
        return file.read_text().split().count(point) if file.exists() else 0

    async def misbehaved(self, point: str, within: float = 60.0) -> None:
        """Wait until it has come by an armed place."""

        async def has() -> bool:
            return self.reached(point) > 0

        await eventually(has, f"{self.name} at {point}", within=within)

    def signal(self, number: signal.Signals) -> None:
        if self.runs and self.process is not None:
            self.process.send_signal(number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.signal(signal.SIGTERM)

    def freeze(self) -> None:
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    async def ended(self, within: float = 60.0) -> int:
        """Wait until it has ended; its exit code."""

        async def has() -> bool:
            return not self.runs

        await eventually(has, f"{self.name} ended", within=within)
        assert self.process is not None
        return int(self.process.returncode)

    async def ended_again(self, exits: int) -> None:
        """Wait until it has ended more often than so many times."""

        async def has() -> bool:
            return len(self.exits) > exits

        await eventually(has, f"{self.name} ended again", within=90.0)

    def shift_clock(self, seconds: int) -> None:
        """Have its clock, by which it stamps events, go wrong by so much."""
        (self.control / CLOCK).write_text(str(seconds))

    def stop(self) -> None:
        """For good."""
        self.held = True
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    # ---------------------------------------------------------------- what it holds and says

    def lines(self) -> int:
        """How many lines it has written to its log."""
        return self.log.read_bytes().count(b"\n") if self.log.exists() else 0

    async def metric(self, name: str) -> float:
        """A number of its own, without labels."""
        text = await asyncio.to_thread(_read, f"{self.address}/metrics")
        return next((float(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name} ")), 0.0)

    def holds(self) -> tuple[int, int, int] | None:
        """Its process id, resident memory in MB and open files."""
        if not self.runs or self.process is None:
            return None
        process = psutil.Process(self.process.pid)
        return process.pid, process.memory_info().rss // 1_000_000, process.num_fds()


def _read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own service, on loopback
        return str(answer.read().decode())
