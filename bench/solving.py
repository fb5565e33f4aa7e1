"""`python -m bench.solving PROTEGES MENTORS FEWEST MOST [FILE]`: match and prove in a process of its own, and say what that took.

With a FILE it also solves and proves from the points alone, and leaves them there for whoever wants to do so by other means.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.cohorts import programme
from services.matching.engine.blocks import DenseBlocks
from services.matching.engine.check import judge
from services.matching.engine.match import prove
from services.matching.engine.modes import Mode, find
from services.matching.engine.problem import Problem
from services.matching.engine.scoring import Scorer
from services.matching.engine.solver import Search


def main() -> None:
    """From people to a match that the checker has looked at."""
    proteges, mentors, fewest, most = map(int, sys.argv[1:5])
    cohort = programme(proteges, mentors, (fewest, most))
    began, cpu = time.perf_counter(), time.process_time()
    found = prove(cohort)
    took: dict[str, Any] = {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "matched": found.verdict.matched,
        "points": found.verdict.total_points,
        "optimal": found.verdict.optimal,
        "places": int(found.scorer.places.sum()),
        "pairs": found.search.pairs,
        "rounds": found.search.rounds,
    }
    for file in map(Path, sys.argv[5:]):
        took["solving"] = _from_points(found.scorer, file)
    print(json.dumps(took))


def _from_points(scorer: Scorer, file: Path) -> dict[str, float]:
    points = scorer.points(0, len(scorer.proteges)).astype(np.int16)
    np.savez(file, points=points, places=scorer.places)
    blocks = DenseBlocks(proteges=scorer.proteges, mentors=scorer.mentors, places=scorer.places, matrix=points)
    began, cpu = time.perf_counter(), time.process_time()
    problem = Problem.plain(blocks)
    answer, evidence = find(Search(problem), Mode.MOST_PEOPLE)
    match = np.full(len(points), -1)
    match[answer.formed.rows] = answer.formed.columns
    assert judge(problem, match, evidence).optimal
    return {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}


def ask(module: str, *words: object) -> dict[str, Any]:
    """Run a measurement in a process of its own; what it says."""
    done = subprocess.run([sys.executable, "-m", module, *map(str, words)], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


if __name__ == "__main__":
    main()
