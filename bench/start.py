"""`make up` in a fresh clone with warm package caches: how long until it is ready, the first time and the second, and what it weighs."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import psutil

from bench.report import report
from bench.running import HERE, READY, SERVERS, SERVICES, SUMMARY, Run, environment_of, options_below, running
from deploy.local.jars import kafka_jars
from deploy.local.options import Options
from deploy.local.places import cache_directory

T = TypeVar("T")

WEIGHED_FOR_SECONDS = 20
FIRST_SECONDS, SECOND_SECONDS, MEGABYTES = 60, 20, 2500
# What is announced when it begins, in order.
STAGES = {
    "environment": "Making a virtual environment",
    "packages": "Installing what Tandem runs on",
    "servers and neighbours": SERVERS,
    "services": SERVICES,
    "": READY,
}


def _clone(directory: Path) -> Path:
    """What is committed, and nothing else of this checkout."""
    subprocess.run(["git", "clone", "-q", HERE, directory], check=True)  # noqa: S603, S607 - our own repository
    return directory


def _warm_packages(directory: Path) -> Path:
    """A cache with Kafka's jars, as an earlier download left them, and with nothing that an earlier run has learnt."""
    jars = kafka_jars(cache_directory())
    directory.mkdir()
    (directory / jars.name).symlink_to(jars)
    return directory


def _parts(run: Run, worked: float) -> str:
    """How long each stage took, and what another machine can be compared by: the time its processors worked."""
    reached = [(stage, after) for stage, words in STAGES.items() if (after := run.seconds_until(words)) is not None]
    ends = [after for _, after in reached[1:]]
    before = f"until the first word {reached[0][1]:.1f} s, "
    stages = ", ".join(f"{stage} {end - begun:.1f} s" for (stage, begun), end in zip(reached, ends, strict=False))
    return f"{before}{stages}; {worked:.0f} s of processor time, {os.cpu_count()} processors with a load of {os.getloadavg()[1]:.1f}"


def _must_be_ready(clone: Path, options: Options) -> None:
    """What the summary says must be so: every part runs."""
    command: list[str | Path] = [clone / ".venv/bin/tandem", "status", "--format", "json"]
    told = subprocess.run(command, env=environment_of(options), capture_output=True, text=True, check=True)  # noqa: S603 - our own command
    document: dict[str, Any] = json.loads(told.stdout)
    assert all(part["state"] == "running" for part in document["parts"]), document


def _each(run: Run, look: Callable[[psutil.Process], T]) -> list[T]:
    """What is seen of `make` and of every process below it."""
    top = psutil.Process(run.process.pid)
    seen = []
    for process in [top, *top.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            seen.append(look(process))
    return seen


def _worked(run: Run) -> float:
    """Seconds of processor time so far, those of ended processes included."""
    return sum(sum(times[:4]) for times in _each(run, lambda process: process.cpu_times()))


def _weight(run: Run) -> tuple[float, float, int]:
    """Megabytes of all processes, shared pages counted once (PSS) and in every process (RSS); how many processes."""
    sizes = _each(run, lambda process: process.memory_full_info())
    return sum(size.pss for size in sizes) / 1e6, sum(size.rss for size in sizes) / 1e6, len(sizes)


def _heaviest(run: Run) -> tuple[float, float, int]:
    """The greatest weight while the demo is put in."""
    weights = []
    for _ in range(WEIGHED_FOR_SECONDS):
        weights.append(_weight(run))
        time.sleep(1)
    return max(weights)


def run() -> bool:
    """Twice `make up` in a clone."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as name:
        clone = _clone(Path(name) / "clone")
        options = options_below(Path(name), _warm_packages(Path(name) / "cache"))
        with running(["make", "up"], options, clone) as first:
            worked_first = _worked(first)
            _must_be_ready(clone, options)
        with running(["make", "up"], options, clone) as second:
            worked_second = _worked(second)
            _must_be_ready(clone, options)
            pss, rss, processes = _heaviest(second)
        weight = f"PSS of {processes} processes, the most in {WEIGHED_FOR_SECONDS} s beside the seeding; {rss:.0f} MB of RSS"
        met = [
            _time("start-first", first, worked_first, FIRST_SECONDS),
            _time("start-second", second, worked_second, SECOND_SECONDS),
            report("start-memory", pss, None, unit="MB", goal=f"<= {MEGABYTES}", notes=weight),
        ]
        return all(met)


def _time(name: str, run: Run, worked: float, most: int) -> bool:
    return report(name, run.wait_for(SUMMARY), None, unit="s", goal=f"<= {most}", notes=_parts(run, worked))
