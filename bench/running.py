"""A whole Tandem for a measurement, with a home and ports of its own: started by a command, followed by its lines, stopped as by Ctrl-C."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.local.options import DEFAULT_PORTS, Options
from deploy.local.places import cache_directory
from deploy.local.ports import free_ports

HERE = Path(__file__).parents[1]
SECONDS_TO_START, SECONDS_TO_STOP = 300.0, 60.0
SERVERS, SERVICES, READY, SUMMARY = "Starting MongoDB", "Starting the five services", "Everything is ready", "Tandem is running"
_LOOK_EVERY_SECONDS = 0.05


def options_below(directory: Path, cache: Path | None = None) -> Options:
    """A place and ports nobody else uses."""
    ports = dict(zip(DEFAULT_PORTS, free_ports(len(DEFAULT_PORTS)), strict=True))
    return Options(home=directory / "home", cache=cache or cache_directory(), ports=ports, demo=False)


def environment_of(options: Options) -> dict[str, str]:
    """Ours without what names another Tandem, another environment or the `make` we may run in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TANDEM_", "MAKE", "VIRTUAL_ENV"))}
    ports = {f"TANDEM_PORT_{part.upper().replace('-', '_')}": str(port) for part, port in options.ports.items()}
    return {**kept, **ports, "TANDEM_HOME": str(options.home), "TANDEM_CACHE": str(options.cache)}


class Run:
    """A started command: its process, and after how many seconds which line came."""

    def __init__(self, command: Sequence[str | Path], environment: Mapping[str, str], cwd: Path, log: Path) -> None:
        self._log = log
        self._began = time.monotonic()
        self._lines: list[tuple[float, str]] = []
        with log.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )

    def wait_for(self, words: str) -> float:
        """Seconds until a line with these words. Raises RuntimeError when the command ends, or takes too long, without it."""
        while (after := self.seconds_until(words)) is None:
            if self.process.poll() is not None or time.monotonic() - self._began > SECONDS_TO_START:
                raise RuntimeError(f"no {words!r} from the command, but:\n{self._log.read_text(errors='replace')[-2000:]}")
            time.sleep(_LOOK_EVERY_SECONDS)
            self._look()
        return after

    def seconds_until(self, words: str) -> float | None:
        """When the first line with these words came; None when none has."""
        return next((after for after, line in self._lines if words in line), None)

    def stop(self) -> None:
        """What Ctrl-C does: the signal goes to all of the terminal's group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _look(self) -> None:
        after, lines = time.monotonic() - self._began, self._log.read_text(errors="replace").splitlines()
        self._lines += [(after, line) for line in lines[len(self._lines) :]]


@contextmanager
def running(command: Sequence[str | Path], options: Options, cwd: Path) -> Iterator[Run]:
    """The command's Tandem, from the moment it is ready."""
    options.home.parent.mkdir(parents=True, exist_ok=True)
    run = Run(command, environment_of(options), cwd, options.home.parent / "run.log")
    try:
        run.wait_for(SUMMARY)
        yield run
    finally:
        run.stop()
