"""Keeps parts running: starts one again when it has ended, with growing pauses, and writes down what runs."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.local import record
from deploy.local.parts import Part, start
from deploy.local.processes import bound
from deploy.local.record import Birth, Line, Record
from deploy.local.refusals import CannotStart

LONGEST_PAUSE = 30.0
SECONDS_OF_GOOD_CONDUCT = 60.0


def pause_before(attempt: int) -> float:
    """Seconds to wait before starting a part for the n-th time since it last ran well: 1, 2, 4, ... 30."""
    return min(LONGEST_PAUSE, 2.0 ** (attempt - 1))


class Watched:
    """A part and how it has been doing."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.state = "starting"
        self._attempts = 0
        self._ready_since = 0.0
        self._again_at = 0.0

    def line(self) -> Line:
        process = self.part.process
        birth = Birth.of(process.pid) if process is not None else None
        return Line(self.part.name, self.part.address, self.state, birth, self.part.note)

    def look(self, now: float, say: Callable[[str], None]) -> bool:
        """Notice what has happened to the part and do what is due; whether its state has changed."""
        before = self.state
        if self.state in ("running", "starting") and self.part.process is not None and self.part.process.poll() is not None:
            self._has_ended(now, say)
        elif self.state == "ended" and now >= self._again_at:
            self._launch(now, say)
        elif self.state == "starting" and self.part.is_ready():
            self.became_ready(now)
            say(f"{self.part.name} is back.")
        return self.state != before

    def _launch(self, now: float, say: Callable[[str], None]) -> None:
        try:
            self.part.launch()
        except CannotStart as reason:
            self._attempts += 1
            self._again_at = now + pause_before(self._attempts)
            say(f"{self.part.name}: {reason} It is tried again in {self._again_at - now:.0f} s.")
        else:
            self.state = "starting"

    def became_ready(self, now: float) -> None:
        self.state, self._ready_since = "running", now

    def _has_ended(self, now: float, say: Callable[[str], None]) -> None:
        if self.state == "running" and now - self._ready_since > SECONDS_OF_GOOD_CONDUCT:
            self._attempts = 0
        self._attempts += 1
        pause = pause_before(self._attempts)
        code = self.part.process.returncode if self.part.process is not None else 0
        self.part.stop()  # and whatever it left behind
        self.state, self._again_at = "ended", now + pause
        say(f"{self.part.name} has ended ({_in_words(code)}); it is started again in {pause:.0f} s. Its log: {self.part.log}")


class Supervisor:
    """All parts of a running system, in the order they were started."""

    def __init__(self, home: Path, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._home = home
        self._say = say
        self._clock = clock
        self._stages: list[list[Watched]] = []
        self._birth = Birth.of(os.getpid())
        self.more: Mapping[str, object] = {}

    def start(self, parts: Sequence[Part], on_ready: Callable[[Part, float], None]) -> None:
        """Start parts together, wait until all are ready, and look after them from then on. Raises CannotStart."""
        watched = [Watched(part) for part in parts]
        self._stages.append(watched)  # before anything is started, so that all of it is stopped whatever happens

        def is_ready(part: Part, seconds: float) -> None:
            for one in watched:
                if one.part is part:
                    one.became_ready(self._clock())
            self.write()
            on_ready(part, seconds)

        start(*parts, on_launched=self.write, on_ready=is_ready)

    def look(self) -> None:
        """Look at every part once."""
        everything = [watched for stage in self._stages for watched in stage]
        changed = [watched.look(self._clock(), self._say) for watched in everything]
        if any(changed):
            self.write()
        for watched in everything:
            if watched.part.log is not None:
                bound(watched.part.log)

    def write(self) -> None:
        record.write(self._home, Record(self._birth, [watched.line() for stage in self._stages for watched in stage], self.more))

    def stop(self) -> None:
        """Stop every part, those that were started last first, and forget them."""
        for stage in reversed(self._stages):
            with ThreadPoolExecutor(max_workers=len(stage) or 1) as threads:  # all of a stage at once
                list(threads.map(lambda watched: watched.part.stop(), stage))
        self._stages.clear()
        record.forget(self._home)


def _in_words(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
