"""The lifeline: a thread that ends the process when it cannot start, cannot stop, or its event loop no longer turns."""

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Callable
from types import FrameType

import structlog
from prometheus_client import Counter

from shared.errors import OwnWords

EXIT_CODE = 70

BEAT_SECONDS = 0.25
LOOK_EVERY_SECONDS = 1.0
# A consumer's session is over after 10 s: from then on its partitions are others' anyway.
SAID_AFTER_SECONDS, BLOCKED_SECONDS = 5, 60
START_SECONDS = 60
STOP_SECONDS = 20

log = structlog.get_logger()
blocked = Counter("tandem_event_loop_blocked_seconds", "Time in which the event loop did not turn, beyond a second each time.")


def leave(why: str) -> None:
    """End the process at once, to be started again by its supervisor."""
    log.critical("the process ends to be started again", problem=OwnWords(why))
    logging.shutdown()
    sys.stderr.flush()
    os._exit(EXIT_CODE)


class Lifeline:
    """Counts its own looks instead of reading the clock: a process that was frozen as a whole has nothing to make up for."""

    def __init__(self, end: Callable[[str], None] = leave) -> None:
        self._end = end
        self._beats = 0
        self._still = 0
        self._starting: int | None = None
        self._stopping: int | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lifeline", daemon=True)
        self._loop_thread = threading.get_ident()
        self._beating: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Watch from now on. Called in the event loop, before anything is started."""
        self._loop_thread = threading.get_ident()
        self._starting = 0
        self._beat()
        self._thread.start()

    def started(self) -> None:
        """All is started: there is no deadline for it any more."""
        self._starting = None

    def stop(self) -> None:
        """The process was told to stop: it has `STOP_SECONDS` for it. Safe in a signal handler."""
        self._stopping = self._stopping or 0

    def end(self) -> None:
        """Stop watching: everything is closed."""
        self._over.set()
        if self._beating is not None:
            self._beating.cancel()

    def _beat(self) -> None:
        self._beats += 1
        self._beating = asyncio.get_running_loop().call_later(BEAT_SECONDS, self._beat)

    def _watch(self) -> None:
        seen = 0
        while not self._over.wait(LOOK_EVERY_SECONDS):
            if problem := self._look(seen):
                self._end(problem)
                return
            seen = self._beats

    def _look(self, seen: int) -> str | None:
        """One look, a second or so after the one before, when `seen` beats had been; what ends the process, if anything."""
        self._still = self._still + 1 if self._beats == seen else 0
        if self._still:
            blocked.inc(LOOK_EVERY_SECONDS)
        if self._still == SAID_AFTER_SECONDS:
            log.error("the event loop is blocked", seconds=self._still, problem=OwnWords(f"at {self._place()}"))
        if self._still >= BLOCKED_SECONDS:
            return f"its event loop was blocked for {self._still} s at {self._place()}"
        if self._starting is not None:
            self._starting += 1
            if self._starting > START_SECONDS:
                return f"it was not started after {START_SECONDS} s"
        if self._stopping is not None:
            self._stopping += 1
            if self._stopping > STOP_SECONDS:
                return f"it was told to stop and had not after {STOP_SECONDS} s"
        return None

    def _place(self) -> str:
        """Where the event loop's thread is: the innermost place of our own, else the innermost one."""
        frame: FrameType | None = sys._current_frames().get(self._loop_thread)  # noqa: SLF001 - there is no other way to ask
        places = []
        while frame is not None:
            module = frame.f_globals.get("__name__", "")
            places.append((module.startswith(("services.", "shared.")), f"{module}.{frame.f_code.co_name}:{frame.f_lineno}"))
            frame = frame.f_back
        ours = [place for own, place in places if own] or [place for _, place in places]
        return ours[0] if ours else "an unknown place"
