"""The match of a task, as the files it is written to."""

import csv
import importlib
import io
from dataclasses import dataclass
from typing import Any

from services.matching.cli.options import Options
from services.matching.cli.scores import UNIT
from services.matching.cli.task import Task
from services.matching.cli.writing import Millionths, as_json
from services.matching.engine.check import faults, judge
from services.matching.engine.evidence import Evidence, Proof
from services.matching.engine.modes import Mode, find_match
from services.matching.engine.pairs import Longs
from services.matching.engine.stable import StableMatch, blocking_pairs, find_stable

MODES = {
    ("optimal", "first"): Mode.MOST_PEOPLE,
    ("optimal", "free"): Mode.MOST_POINTS,
    ("worst-first", "first"): Mode.WORST_FIRST,
}
LARGEST_SEARCH = 60_000
"""Pairs among which the constraint solver is of use within the time people wait."""


@dataclass(frozen=True, kw_only=True)
class Solved:
    """The pairs formed, by their place in the task's pairs; `figures` as they are reported."""

    match: Longs
    figures: dict[str, Any]
    evidence: Evidence | None = None


def solve(task: Task, given: Options) -> Solved:
    """The match in the mode that was asked for, looked at by the independent checker."""
    if given.mode == "stable":
        return stable_result(task, stable_match(task, given))
    found = find_match(task.pairs, MODES[given.mode, given.coverage], given.seed)
    return Solved(match=found.match, figures=figures(task, found.match, found.evidence), evidence=found.evidence)


def stable_match(task: Task, given: Options) -> StableMatch:
    """By tie-breaks, and for what they leave open by the constraint solver, which is loaded for nothing else."""
    found = find_stable(task.preferences, given.seed, given.seconds / 2)
    if len(found.match) == found.most_people or len(task.pairs.rows) > LARGEST_SEARCH or not given.seconds:
        return found
    search = importlib.import_module("services.matching.engine.stable_search").search
    better: StableMatch = search(task.preferences, found, given.seconds / 2, given.seed)
    return better


def stable_result(task: Task, found: StableMatch) -> Solved:
    """What a stable match reaches. Raises ArithmeticError for one that is none: the engine has a fault then."""
    if faults(task.pairs, found.match) or blocking_pairs(task.preferences, found.match).size:
        raise ArithmeticError("The match that was found is not stable.")
    points = task.pairs.points[found.match].tolist()
    return Solved(
        match=found.match,
        figures={
            "matched": len(points),
            "matched_upper_bound": found.most_people,
            "total_points": points_of(task, sum(points)),
            "upper_bound": None,
            "optimal": len(points) == found.most_people,
            "smallest_points": points_of(task, min(points, default=None)),
        },
    )


def figures(task: Task, match: Longs, evidence: Evidence) -> dict[str, Any]:
    """What a match reaches and what could be reached, as the independent checker says. Raises ArithmeticError for a match with faults."""
    if wrong := faults(task.pairs, match):
        raise ArithmeticError("; ".join(wrong))
    verdict = judge(task.pairs, match, evidence)
    return {
        "matched": verdict.matched,
        "matched_upper_bound": verdict.matched_upper_bound,
        "total_points": points_of(task, verdict.total_points),
        "upper_bound": points_of(task, verdict.upper_bound),
        "optimal": verdict.optimal,
        "smallest_points": points_of(task, verdict.smallest_points),
    }


def points_of(task: Task, points: int | None) -> Millionths | None:
    """As people write them."""
    return None if points is None else Millionths(points * UNIT // task.unit)


def pairs_csv(task: Task, solved: Solved) -> str:
    """The pairs, by protégé, then mentor."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("protege", "mentor", "points"))
    for pair in sorted(solved.match.tolist()):
        points = points_of(task, int(task.pairs.points[pair]))
        rows.writerow((task.pairs.proteges[task.pairs.rows[pair]], task.pairs.mentors[task.pairs.columns[pair]], points))
    return text.getvalue()


def report_json(task: Task, given: Options, solved: Solved, seconds: float) -> str:
    """Figures, and the prices that prove them: whoever has the scores can check these without us."""
    report = {
        "mode": given.mode,
        "coverage": given.coverage,
        "seed": given.seed,
        "proteges": len(task.listed.proteges),
        "mentors": len(task.listed.mentors),
        "places": int(task.listed.places.sum()),
        "pairs": len(task.listed.rows),
        **solved.figures,
        "seconds": round(seconds, 3),
        "certificate": _certificate(task, solved.evidence),
    }
    return as_json(report) + "\n"


def _certificate(task: Task, evidence: Evidence | None) -> dict[str, Any] | None:
    if evidence is None:
        return None
    proofs = {"people": evidence.people, "worst": evidence.worst, "total": evidence.total}
    return {name: _proof(task, proof) for name, proof in proofs.items() if proof is not None}


def _proof(task: Task, proof: Proof) -> dict[str, Any]:
    """Only prices above nothing. All numbers are in units of points, those of a proof with `scale` 0 in people."""

    def shown(value: int) -> Millionths | int | None:
        return points_of(task, value) if proof.scale else value

    prices = zip(task.pairs.mentors, proof.prices.tolist(), strict=True)
    return {
        "least_points": points_of(task, proof.least),
        "scale": proof.scale,
        "pair": shown(proof.pair),
        "prices": {mentor: shown(price) for mentor, price in prices if price},
    }
