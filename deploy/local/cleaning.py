"""Ending what an earlier `tandem up` left behind, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import psutil

from deploy.local import record

SECONDS_TO_STOP = 60.0
_SECONDS_PER_PART = 10.0


def clean_up(home: Path, say: Callable[[str], None]) -> int:
    """Stop the supervisor that is written down for this home, then every part that outlived it; how many processes that were.

    A process counts only if it started when the one that was written down did: its number may belong to somebody else by now.
    """
    found = record.read(home)
    stopped = 0
    supervisor = found.supervisor.process() if found.supervisor else None
    if supervisor is not None and supervisor.pid != psutil.Process().pid:
        say("Stopping Tandem ...")
        supervisor.terminate()
        _, alive = psutil.wait_procs([supervisor], timeout=SECONDS_TO_STOP)
        for process in alive:
            process.kill()
        stopped += 1
    for part in reversed(found.parts):
        process = part.birth.process() if part.birth else None
        if process is not None:
            say(f"Stopping {part.name}, which was left behind ...")
            _stop(process)
            stopped += 1
    record.forget(home)
    return stopped


def _stop(process: psutil.Process) -> None:
    family = [process, *process.children(recursive=True)]
    for one in family:
        _tell(one.terminate)
    _, alive = psutil.wait_procs(family, timeout=_SECONDS_PER_PART)
    for one in alive:
        _tell(one.kill)
    psutil.wait_procs(alive, timeout=_SECONDS_PER_PART)


def _tell(signal: Callable[[], None]) -> None:
    try:
        signal()
    except psutil.NoSuchProcess:
        return
