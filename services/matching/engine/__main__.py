"""The engine in a process of its own: `run` reads an order, `what-if` reads candidates and then questions; both answer in lines of JSON.

The solver holds Python's lock for as long as it runs; in the service's process nothing else would move meanwhile. And a process can be
given less memory and less of the processor than the service that answers people.
"""

import argparse
import ctypes
import math
import os
import resource
import signal
import sys
import time
from dataclasses import replace
from itertools import islice
from typing import Any

import orjson

from services.matching.engine.candidate_pairs import Candidates
from services.matching.engine.cohort import Cohort
from services.matching.engine.meaning import phrases_of
from services.matching.engine.minilm import understand
from services.matching.engine.runs import PORTION, Order, run
from services.matching.engine.what_if import WhatIf

NICENESS = 10
_PARENT_DEATH_SIGNAL = 1  # Linux, prctl(2)


def main() -> None:
    """Read, match, write; what went wrong is a line too."""
    options = argparse.ArgumentParser()
    options.add_argument("--megabytes", type=int, required=True, help="how much memory it may have")
    options.add_argument("--seconds", type=float, default=math.inf, help="after so many a run is to have an answer")
    options.add_argument("--parent", type=int, required=True, help="the process that asks: without it nobody wants to know")
    options.add_argument("job", choices=["run", "what-if"])
    given = options.parse_args()
    be_modest(given.megabytes, given.parent)
    try:
        if given.job == "run":
            _run(time.monotonic() + given.seconds)
        else:
            _answer()
    except MemoryError:
        _write({"failed": "memory"})
    except BrokenPipeError:
        os._exit(1)  # whoever asked is gone
    except Exception as error:  # noqa: BLE001 - named by its kind alone: what it says may hold what a person wrote
        _write({"failed": type(error).__name__})


def _run(until: float) -> None:
    order = Order.from_json(orjson.loads(sys.stdin.buffer.read()))
    order = replace(order, cohort=_understood(order.cohort))
    for line in run(order, lambda percent, step: _write({"progress": percent, "step": step}), lambda: time.monotonic() > until):
        _write(line)


def _answer() -> None:
    """One line for each question, for as long as anybody asks."""
    size = int(sys.stdin.buffer.readline())
    what_if = WhatIf(Candidates.from_bytes(sys.stdin.buffer.read(size)))
    for question in sys.stdin.buffer:
        _write(what_if.answer(orjson.loads(question)))


def _understood(cohort: Cohort) -> Cohort:
    """The cohort with what its phrases mean, and nothing else; what is new is said, so that nobody need look it up again."""
    if not cohort.compare_meanings:
        return cohort
    found, new = dict(cohort.meanings), understand(cohort)
    while portion := dict(islice(new, PORTION)):
        _write({"progress": 3, "step": "words"})
        _write({"meanings": portion})
        found |= portion
    return replace(cohort, meanings={phrase: found[phrase] for phrase in phrases_of(cohort)})


def be_modest(megabytes: int, parent: int) -> None:
    """Leave the processor to those who answer people, take no more memory than this, and do not outlive whoever asked."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1_000_000, megabytes * 1_000_000))
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could ask to be told
        os._exit(1)


def _write(line: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
