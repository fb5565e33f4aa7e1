"""10,000 protégés and 2,500 mentors, with proof, against scipy's `linear_sum_assignment` on every place of every mentor."""

import statistics
import tempfile
from pathlib import Path
from typing import Any

from bench.report import report
from bench.solving import ask

PROTEGES, MENTORS, ROUNDS = 10_000, 2_500, 3
Took = dict[str, Any]


def run() -> bool:
    """A place for everybody: from people to proof, against their solving alone. Places for three quarters: solving against solving."""
    tight, short = _both(4, 4), _both(1, 5)
    return all(
        (
            report(
                "matching-large",
                _median(ours["seconds"] for ours, _ in tight),
                _median(theirs["seconds"] for _, theirs in tight),
                unit="s",
                goal="<= 0.5",
                notes=f"a place for everybody; ours scores, solves and proves, scipy only solves; {_cpu(tight, 'cpu')}",
            ),
            report(
                "matching-large-memory",
                max(ours["megabytes"] for ours, _ in tight + short),
                min(theirs["megabytes"] for _, theirs in tight + short),
                unit="MB",
                goal="<= 0.4",
                notes="the most that a process had at any time",
            ),
            report(
                "matching-large-short",
                _median(ours["solving"]["seconds"] for ours, _ in short),
                _median(theirs["seconds"] for _, theirs in short),
                unit="s",
                goal="<= 0.5",
                notes=(
                    f"{short[0][0]['places']:,} places, from the same points: ours solves and proves, scipy solves; "
                    f"{_cpu(short, 'solving')}; with scoring ours took {_median(ours['seconds'] for ours, _ in short):.1f} s"
                ),
            ),
        )
    )


def _both(fewest: int, most: int) -> list[tuple[Took, Took]]:
    """In turn, so that a noisy minute hits both."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "points.npz")
        for _ in range(ROUNDS):
            ours = ask("bench.solving", PROTEGES, MENTORS, fewest, most, file)
            theirs = ask("bench.assigning", file)
            assert (ours["optimal"], ours["matched"], ours["points"]) == (True, theirs["matched"], theirs["points"])
            found.append((ours, theirs))
    return found


def _median(values: Any) -> float:
    return float(statistics.median(values))


def _cpu(rounds: list[tuple[Took, Took]], what: str) -> str:
    mine = _median(ours["cpu"] if what == "cpu" else ours[what]["cpu"] for ours, _ in rounds)
    return f"processor time {mine:.2f} s and {_median(theirs['cpu'] for _, theirs in rounds):.2f} s"
