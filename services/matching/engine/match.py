"""The whole way from people to a proven match: rules, scores, solver, proof, explanations."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.engine import proof, solver
from services.matching.engine.cohort import Cohort, Pairing
from services.matching.engine.factors import Mask
from services.matching.engine.left_out import LeftOut, explain
from services.matching.engine.scoring import ScoredPair, Scorer

Progress = Callable[[int, str], None]


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
    weights: dict[str, int]
    """Of each criterion that counted, in ten-thousandths."""

    def to_json(self) -> dict[str, Any]:
        """The match in what JSON knows."""
        return asdict(self)


def match(cohort: Cohort, progress: Progress = lambda _percent, _step: None) -> Match:
    """The best match of a cohort, proven. Raises ValueError for a cohort that cannot be."""
    progress(5, "rules")
    scorer = Scorer(cohort)
    cohort, all_places = scorer.cohort, scorer.places
    progress(15, "scores")
    points = scorer.points(0, len(scorer.proteges))
    eligible = points >= 0
    kept, released = _kept(cohort, eligible, all_places)
    places = all_places - np.bincount(kept[kept >= 0], minlength=len(all_places))
    progress(40, "solving")
    rows = np.flatnonzero(kept < 0)
    problem = solver.make_problem(cohort, points, eligible, rows, places)
    solution = solver.solve(problem, lambda rounds: progress(min(40 + 10 * rounds, 80), "solving"))
    progress(85, "proof")
    proof.check(problem, solution)
    chosen = kept.copy()
    chosen[rows] = solution.chosen
    progress(90, "explanations")
    pairs = [scorer.pair(int(row), int(chosen[row])) for row in np.flatnonzero(chosen >= 0)]
    busy = set(chosen[chosen >= 0].tolist())
    return Match(
        pairs=pairs,
        left_out=explain(scorer, eligible, chosen),
        idle_mentor_ids=[one.person_id for column, one in enumerate(cohort.mentors) if one.places > 0 and column not in busy],
        released=released,
        total_points=sum(pair.points for pair in pairs),
        proteges=len(cohort.proteges),
        places=int(all_places.sum()),
        rounds=solution.rounds,
        pairs_checked=solution.pairs_checked,
        weights=scorer.weights,
    )


def score_pairs(cohort: Cohort, pairings: Iterable[Pairing]) -> list[ScoredPair]:
    """The points of some pairs and the hard rules they break; pairs with somebody who is not in the cohort are left out."""
    wanted = list(pairings)
    scorer = Scorer(_only(cohort, wanted))
    return [scorer.pair(row, column) for row, column in _places_of(scorer, wanted)]


def all_allowed(cohort: Cohort, pairings: Iterable[Pairing]) -> bool:
    """Whether all of these are in the cohort, and none breaks a hard rule."""
    wanted = list(pairings)
    scorer = Scorer(_only(cohort, wanted))
    found = _places_of(scorer, wanted)
    return len(found) == len(wanted) and not any(mask[column] for row, column in found for mask in scorer.broken(row).values())


def _only(cohort: Cohort, pairings: list[Pairing]) -> Cohort:
    """The cohort without anybody else: what a pair is worth depends on nobody but the two."""
    proteges, mentors = {protege_id for protege_id, _ in pairings}, {mentor_id for _, mentor_id in pairings}
    return replace(
        cohort,
        proteges=tuple(one for one in cohort.proteges if one.person_id in proteges),
        mentors=tuple(one for one in cohort.mentors if one.person_id in mentors),
    )


def _places_of(scorer: Scorer, pairings: list[Pairing]) -> list[tuple[int, int]]:
    """Row and column of each pair of whom both are in the cohort."""
    rows, columns = ({name: place for place, name in enumerate(names)} for names in (scorer.proteges, scorer.mentors))
    return [(rows[one], columns[other]) for one, other in pairings if one in rows and other in columns]


def candidates(cohort: Cohort, protege_id: str) -> list[ScoredPair]:
    """All mentors for one protégé, the best first, those a hard rule excludes last."""
    scorer = Scorer(replace(cohort, proteges=tuple(one for one in cohort.proteges if one.person_id == protege_id)))
    pairs = scorer.pairs_of(0, list(range(len(scorer.mentors)))) if scorer.proteges else []
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
