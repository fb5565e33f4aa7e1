"""The whole way from people to a proven match: rules, scores, solver, proof, explanations."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.engine import proof, solver
from services.matching.engine.cohort import Cohort, Pairing
from services.matching.engine.left_out import LeftOut, explain
from services.matching.engine.reasons import reasons
from services.matching.engine.rules import Mask, allowed, broken_rules
from services.matching.engine.scoring import Scores, score

Progress = Callable[[int, str], None]


@dataclass(frozen=True, kw_only=True)
class ScoredPair:
    """A pair with its points, whose they are, and why. `unanswered`: criteria one of the two has said nothing about."""

    protege_id: str
    mentor_id: str
    points: int
    shares: dict[str, int]
    reasons: dict[str, list[str]] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    broken_rules: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Match:
    """What a run ends in. `released`: pairs that were to be kept and no longer can be. `rounds`, `pairs_checked`: how it was proven."""

    pairs: list[ScoredPair]
    left_out: list[LeftOut]
    idle_mentor_ids: list[str]
    released: list[Pairing]
    total_points: int
    proteges: int
    places: int
    rounds: int
    pairs_checked: int

    def to_json(self) -> dict[str, Any]:
        """The match in what JSON knows."""
        return asdict(self)


def match(cohort: Cohort, progress: Progress = lambda _percent, _step: None) -> Match:
    """The best match of a cohort, proven. Raises ValueError for a cohort that cannot be."""
    cohort = cohort.in_order()
    progress(5, "rules")
    broken = broken_rules(cohort)
    eligible = allowed(cohort, broken)
    progress(15, "scores")
    scores = score(cohort)
    all_places = np.array([max(one.places, 0) for one in cohort.mentors], dtype=np.int64)
    kept, released = _kept(cohort, eligible, all_places)
    places = all_places - np.bincount(kept[kept >= 0], minlength=len(all_places))
    progress(40, "solving")
    rows = np.flatnonzero(kept < 0)
    problem = solver.make_problem(cohort, scores.points, eligible, rows, places)
    solution = solver.solve(problem, lambda rounds: progress(min(40 + 10 * rounds, 80), "solving"))
    progress(85, "proof")
    proof.check(problem, solution)
    chosen = kept.copy()
    chosen[rows] = solution.chosen
    progress(90, "explanations")
    pairs = [_pair(cohort, scores, int(row), int(chosen[row]), ()) for row in np.flatnonzero(chosen >= 0)]
    busy = set(chosen[chosen >= 0].tolist())
    return Match(
        pairs=pairs,
        left_out=explain(cohort, broken, all_places, chosen),
        idle_mentor_ids=[one.person_id for column, one in enumerate(cohort.mentors) if one.places > 0 and column not in busy],
        released=released,
        total_points=sum(pair.points for pair in pairs),
        proteges=len(cohort.proteges),
        places=int(all_places.sum()),
        rounds=solution.rounds,
        pairs_checked=solution.pairs_checked,
    )


def score_pairs(cohort: Cohort, pairings: Iterable[Pairing]) -> list[ScoredPair]:
    """The points of some pairs and the hard rules they break; pairs with somebody who is not in the cohort are left out."""
    wanted = list(pairings)
    cohort = _only(cohort, wanted)
    broken, scores = broken_rules(cohort), score(cohort)
    return [
        _pair(cohort, scores, row, column, [rule for rule, mask in broken.items() if mask[row, column]])
        for row, column in _places_of(cohort, wanted)
    ]


def all_allowed(cohort: Cohort, pairings: Iterable[Pairing]) -> bool:
    """Whether all of these are in the cohort, and none breaks a hard rule."""
    wanted = list(pairings)
    cohort = _only(cohort, wanted)
    fits = allowed(cohort, broken_rules(cohort))
    found = _places_of(cohort, wanted)
    return len(found) == len(wanted) and all(fits[row, column] for row, column in found)


def _only(cohort: Cohort, pairings: list[Pairing]) -> Cohort:
    """The cohort without anybody else: what a pair is worth depends on nobody but the two."""
    proteges, mentors = {protege_id for protege_id, _ in pairings}, {mentor_id for _, mentor_id in pairings}
    return replace(
        cohort,
        proteges=tuple(one for one in cohort.proteges if one.person_id in proteges),
        mentors=tuple(one for one in cohort.mentors if one.person_id in mentors),
    ).in_order()


def _places_of(cohort: Cohort, pairings: list[Pairing]) -> list[tuple[int, int]]:
    """Row and column of each pair of whom both are in the cohort."""
    rows = {one.person_id: row for row, one in enumerate(cohort.proteges)}
    columns = {one.person_id: column for column, one in enumerate(cohort.mentors)}
    return [(rows[one], columns[other]) for one, other in pairings if one in rows and other in columns]


def candidates(cohort: Cohort, protege_id: str) -> list[ScoredPair]:
    """All mentors for one protégé, the best first, those a hard rule excludes last."""
    pairs = score_pairs(cohort, ((protege_id, mentor.person_id) for mentor in cohort.mentors))
    return sorted(pairs, key=lambda pair: (bool(pair.broken_rules), -pair.points, pair.mentor_id))


def _kept(cohort: Cohort, eligible: Mask, places: NDArray[np.int64]) -> tuple[NDArray[np.intp], list[Pairing]]:
    """The fixed pairs as a column for each row, -1 elsewhere; and those that a rule, a leaver or a lack of places no longer allows."""
    rows = {one.person_id: row for row, one in enumerate(cohort.proteges)}
    columns = {one.person_id: column for column, one in enumerate(cohort.mentors)}
    kept = np.full(len(rows), -1, dtype=np.intp)
    released, left = [], places.copy()
    for protege_id, mentor_id in cohort.fixed:
        row, column = rows.get(protege_id), columns.get(mentor_id)
        if row is None or column is None or kept[row] >= 0 or not eligible[row, column] or left[column] < 1:
            released.append((protege_id, mentor_id))
            continue
        kept[row], left[column] = column, left[column] - 1
    return kept, released


def _pair(cohort: Cohort, scores: Scores, row: int, column: int, broken: Iterable[str]) -> ScoredPair:
    protege, mentor = cohort.proteges[row], cohort.mentors[column]
    return ScoredPair(
        protege_id=protege.person_id,
        mentor_id=mentor.person_id,
        points=int(scores.points[row, column]),
        shares=scores.shares(row, column),
        reasons=reasons(protege, mentor, cohort.year),
        unanswered=scores.unanswered(row, column),
        broken_rules=list(broken),
    )
