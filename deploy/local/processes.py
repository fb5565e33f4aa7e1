"""Starting a program that cannot outlive us, and ending it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

LOG_BYTES = 5_000_000
# A service has twenty for what is in hand.
SECONDS_TO_STOP = 25.0

Process = subprocess.Popen[bytes]


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    keep: Sequence[int] = (),
) -> Process:
    """Start `command` in a session of its own, so that Ctrl-C in the terminal reaches only us, and tied to the calling thread.

    Its output goes to the end of `log`. The file descriptors in `keep` stay open in it.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    tether = [sys.executable, "-I", "-S", str(Path(__file__).with_name("tether.py")), str(os.getpid())]
    with log.open("ab") as output:
        return subprocess.Popen(
            [*tether, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=cwd,
            pass_fds=keep,
            start_new_session=True,
        )


def stop(process: Process, patience: float = SECONDS_TO_STOP) -> None:
    """SIGTERM, then SIGKILL for it and for whatever it started itself and left behind."""
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def last_words(log: Path | None, characters: int = 1500) -> str:
    """The end of a log, for the message that says why its process ended."""
    return log.read_text(errors="replace")[-characters:].strip() if log is not None and log.exists() else ""


def bound(log: Path, limit: int = LOG_BYTES) -> None:
    """Keep a log that another process appends to below about twice `limit` bytes: the older half goes to `LOG.1`.

    The lines written between copying and cutting are lost, which a log on one's own machine can bear.
    """
    if log.exists() and log.stat().st_size > limit:
        shutil.copyfile(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)
