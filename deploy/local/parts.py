"""The parts Tandem is made of on one machine, and what all of them can do."""

import http.client
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from deploy.local.processes import Process, last_words, spawn, stop
from deploy.local.refusals import CannotStart

SECONDS_TO_START = 120.0
_SECONDS_TO_ANSWER = 2.0
_PAUSE = 0.1
_SERVER_ERROR = 500


class Part(Protocol):
    """Something that is started, watched and stopped."""

    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def note(self) -> str:
        """What else there is to know about it; empty for most."""

    @property
    def log(self) -> Path | None: ...
    @property
    def process(self) -> Process | None:
        """None while it is not running, and always for a part that is not ours."""

    def launch(self) -> None:
        """Start it and return at once. Raises CannotStart."""

    def is_ready(self) -> bool: ...
    def stop(self) -> None: ...


@dataclass
class Program:
    """A process that answers over HTTP when it is ready."""

    name: str
    address: str
    command: Sequence[str | Path]
    environment: Mapping[str, str]
    log: Path
    ready_path: str = "/"
    note: str = ""
    process: Process | None = field(default=None, init=False)

    def launch(self) -> None:
        self.process = spawn(self.command, log=self.log, environment=self.environment)

    def is_ready(self) -> bool:
        return answers(f"{self.address}{self.ready_path}")

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process)
            self.process = None


def answers(url: str) -> bool:
    """Whether a server on this machine answers there without an error of its own."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=_SECONDS_TO_ANSWER)
    try:
        connection.request("GET", place.path or "/")
        return connection.getresponse().status < _SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def start(
    *parts: Part,
    on_launched: Callable[[], None] = lambda: None,
    on_ready: Callable[[Part, float], None] = lambda _part, _seconds: None,
) -> None:
    """Start parts at the same time and wait until all are ready, naming each as it becomes so. Raises CannotStart."""
    began = time.monotonic()
    for part in parts:
        part.launch()
        on_launched()
    waiting = list(parts)
    while waiting:
        for part in list(waiting):
            if part.process is not None and part.process.poll() is not None:
                raise CannotStart(f"{part.name} ended while starting. Its log {part.log} ends with:\n{last_words(part.log)}")
            if part.is_ready():
                waiting.remove(part)
                on_ready(part, time.monotonic() - began)
        if waiting and time.monotonic() - began > SECONDS_TO_START:
            names = ", ".join(part.name for part in waiting)
            raise CannotStart(f"Not ready after {SECONDS_TO_START:.0f} s: {names}. See the log {waiting[0].log}.")
        time.sleep(_PAUSE if waiting else 0)
