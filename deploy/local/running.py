"""One run of Tandem in the foreground, from the first part's start to the last part's end."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from types import FrameType

from deploy.local.background import Background
from deploy.local.jars import kafka_jars
from deploy.local.options import Options
from deploy.local.parts import Part
from deploy.local.processes import last_words
from deploy.local.refusals import CannotStart
from deploy.local.summary import places, summary
from deploy.local.supervisor import Supervisor
from deploy.local.system import System, put_together

_LOOK_EVERY_SECONDS = 0.3


class Told(BaseException):
    """Somebody wants us to stop: Ctrl-C, `tandem down`, or a terminal that was closed."""


def run(options: Options) -> int:
    """Start everything, keep it running, stop it when told. Raises CannotStart after stopping what had been started."""
    with _listening():
        system = put_together(options)
        supervisor = Supervisor(options.home, _say)
        background: Background | None = None
        try:
            _start(system, supervisor)
            _say(summary(places(system.surroundings)))
            background = Background(system)
            while True:
                time.sleep(_LOOK_EVERY_SECONDS)
                supervisor.look()
                background.look(_say)
        except Told:
            return 0
        finally:
            _deafen()
            _say("Stopping ...")
            if background is not None:
                background.stop()
            supervisor.stop()
            _say("Stopped.")


def _start(system: System, supervisor: Supervisor) -> None:
    supervisor.more = places(system.surroundings)
    began = time.monotonic()
    if system.options.kafka_bootstrap_servers is None:
        kafka_jars(system.options.cache, progress=_say)
    _say("Starting MongoDB, Kafka and what stands in for a company's own servers ...")
    supervisor.start([*system.servers, *system.neighbours], _say_ready)
    _apply_topics(system)
    _say("Starting the five services ...")
    supervisor.start(system.services, _say_ready)
    _say(f"Everything is ready after {time.monotonic() - began:.0f} s.")


def _apply_topics(system: System) -> None:
    """In a process of its own: a signal that comes while an event loop runs here would be lost in one of its callbacks."""
    log = system.logs / "topics.log"
    with log.open("wb") as output:
        result = subprocess.run(
            system.topics_command(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=system.environment({}),
            check=False,
        )
    if result.returncode != 0:
        raise CannotStart(f"Kafka's topics could not be made:\n{last_words(log)}")


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone, and what is running must be stopped all the same
        print(text, flush=True)  # noqa: T201 - this is the command's output


def _say_ready(part: Part, seconds: float) -> None:
    _say(f"  {part.name:<14} {part.address:<32} {part.note or f'{seconds:.1f} s'}")


@contextlib.contextmanager
def _listening() -> Iterator[None]:
    """Turn the signals that end a program into `Told`, once: while stopping, more of them change nothing."""

    def told(_number: int, _frame: FrameType | None) -> None:
        _deafen()
        raise Told

    before = {number: signal.signal(number, told) for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _deafen() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
