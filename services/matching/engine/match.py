"""The whole way from people to a proven match: rules, scores, solver, proof, explanations."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from services.matching.engine.asked import Asked, asked_of
from services.matching.engine.blocks import MUST_NOT_BE
from services.matching.engine.check import faults, judge
from services.matching.engine.cohort import Cohort, Pairing
from services.matching.engine.eligible import Chances
from services.matching.engine.evidence import Verdict
from services.matching.engine.factors import ALL
from services.matching.engine.left_out import MORE_POINTS_WITHOUT, SEARCH_STOPPED, LeftOut, explain
from services.matching.engine.modes import Mode, find
from services.matching.engine.pairs import Longs, Pairs
from services.matching.engine.place_values import PlaceValue, place_values
from services.matching.engine.scoring import ScoredPair, Scorer, weighed
from services.matching.engine.solver import Search, Searched

Progress = Callable[[int, str], None]


@dataclass(frozen=True, kw_only=True)
class Floor:
    """A group of protégés, how many of it were to be paired at least, and how many are."""

    group: str
    proteges: int
    floor: int
    paired: int


@dataclass(frozen=True, kw_only=True)
class Match:
    """What a run ends in. `released`: pairs that were to be kept and no longer can be. `rounds`, `pairs_checked`: how it was proven.

    Upper bounds hold whatever was or was not found: no match has more pairs than `matched_upper_bound`; none with as many pairs, and floors
    and a worst pair as good as here, has a greater value than `upper_bound`. No match leaves the floors short of fewer
    people than `fewest_missing`.
    """

    pairs: list[ScoredPair]
    left_out: list[LeftOut]
    best_points: dict[str, int]
    """Of the best pair that each protégé could be in if there were nobody else."""
    idle_mentor_ids: list[str]
    released: list[Pairing]
    total_points: int
    value: int
    """The points as the solver counts them: more for who has waited, was named or is partners already, less for full mentors."""
    matched_upper_bound: int
    upper_bound: int | None
    optimal: bool
    """Whether it is proven that nothing is better."""
    floors: list[Floor]
    fewest_missing: int
    place_values: list[PlaceValue]
    """What one place more or fewer with each mentor would change; nothing if it is not proven that nothing is better."""
    proteges: int
    places: int
    rounds: int
    pairs_checked: int
    weights: dict[str, int]
    """Of each criterion that counted, in ten-thousandths."""

    @property
    def gap(self) -> int:
        """How much greater the value of another match may be at most; nothing where the most points are not asked for."""
        return 0 if self.upper_bound is None else self.upper_bound - self.value

    @property
    def smallest_points(self) -> int | None:
        """Of the weakest pair."""
        return min((pair.points for pair in self.pairs), default=None)

    def to_json(self) -> dict[str, Any]:
        """The match in what JSON knows."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Proven:
    """A match in rows and columns: `decided` has the column of each protégé who was to be decided on, or -1."""

    scorer: Scorer
    asked: Asked
    search: Search
    answer: Searched
    decided: Longs
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Matched:
    """A match with everything it was found from, for whoever wants to know what else could have been."""

    match: Match
    scorer: Scorer
    asked: Asked
    answer: Searched
    known: Pairs
    """The pairs among which it was found."""


def match(cohort: Cohort, progress: Progress = lambda _percent, _step: None, enough: Callable[[], bool] = lambda: False) -> Match:
    """The best match of a cohort, proven; or once it is `enough` the best so far with a bound. Raises ValueError for one that cannot be."""
    return matched(cohort, progress, enough).match


def matched(cohort: Cohort, progress: Progress = lambda _percent, _step: None, enough: Callable[[], bool] = lambda: False) -> Matched:
    """The same with everything it was found from."""
    found = prove(cohort, progress, enough)
    progress(90, "explanations")
    scorer, asked, verdict = found.scorer, found.asked, found.verdict
    points_first = scorer.cohort.aims.mode is Mode.MOST_POINTS
    told = tell(scorer, asked, found.decided, MORE_POINTS_WITHOUT if points_first else SEARCH_STOPPED)
    of_kept = told.total_points - verdict.total_points
    told = replace(
        told,
        value=verdict.value + of_kept,
        matched_upper_bound=verdict.matched_upper_bound + int(np.count_nonzero(asked.kept >= 0)),
        upper_bound=verdict.upper_bound + of_kept,
        optimal=verdict.optimal,
        floors=_floors(scorer.cohort, np.where(asked.kept >= 0, asked.kept, found.decided)),
        fewest_missing=int(asked.problem.balance.floors.sum()) - verdict.kept_upper_bound,
        place_values=place_values(asked.problem, found.answer),
        rounds=found.search.rounds,
        pairs_checked=found.search.pairs,
    )
    return Matched(match=told, scorer=scorer, asked=asked, answer=found.answer, known=found.search.known)


def prove(cohort: Cohort, progress: Progress = lambda _percent, _step: None, enough: Callable[[], bool] = lambda: False) -> Proven:
    """Find the best match and have it checked; nothing is said about it yet. Raises ArithmeticError if it is not the best after all."""
    progress(5, "rules")
    scorer = Scorer(replace(cohort, partnered=cohort.partnered - set(cohort.running)))
    asked = asked_of(scorer)
    progress(15, "scores")
    search = Search(asked.problem, scorer.cohort.aims.seed, enough, lambda rounds: progress(min(30 + 10 * rounds, 80), "solving"))
    answer, evidence = find(search, scorer.cohort.aims.mode)
    progress(85, "proof")
    decided = np.full(len(scorer.proteges), -1, dtype=np.int64)
    decided[answer.formed.rows] = answer.formed.columns
    verdict = judge(asked.problem, decided, evidence)
    if faults(asked.problem, decided) or (answer.proven and not verdict.optimal):
        raise ArithmeticError("The match that was found is not the best.")
    return Proven(scorer=scorer, asked=asked, search=search, answer=answer, decided=decided, verdict=verdict)


def tell(scorer: Scorer, asked: Asked, decided: Longs, otherwise: str) -> Match:
    """Everything about the pairs that were decided on and those that were kept; nothing yet of how good they are.

    `otherwise`: why somebody was left out who is neither without eligible mentors nor for lack of places.
    """
    chances = Chances.of(asked.problem)
    chosen = np.where(asked.kept >= 0, asked.kept, decided)
    pairs = [scorer.pair(int(row), int(chosen[row])) for row in np.flatnonzero(chosen >= 0)]
    total = sum(pair.points for pair in pairs)
    return Match(
        pairs=pairs,
        left_out=explain(scorer, asked.problem, chances, decided, otherwise),
        best_points={scorer.proteges[row]: int(best) for row, best in enumerate(chances.best) if best >= 0},
        idle_mentor_ids=_idle(scorer, chosen),
        released=asked.released,
        total_points=total,
        value=total,
        matched_upper_bound=len(pairs),
        upper_bound=None,
        optimal=False,
        floors=[],
        fewest_missing=0,
        place_values=[],
        proteges=len(scorer.proteges),
        places=int(scorer.places.sum()),
        rounds=0,
        pairs_checked=0,
        weights=scorer.weights,
    )


def _idle(scorer: Scorer, chosen: Longs) -> list[str]:
    free = np.flatnonzero((scorer.places > 0) & (np.bincount(chosen[chosen >= 0], minlength=len(scorer.mentors)) == 0))
    return [scorer.mentors[column] for column in free]


def _floors(cohort: Cohort, chosen: Longs) -> list[Floor]:
    people, paired = (
        Counter(cohort.proteges[row].group for row in rows) for rows in (range(len(chosen)), np.flatnonzero(chosen >= 0).tolist())
    )
    return [
        Floor(group=group, proteges=people[group], floor=-(-people[group] * share // 100), paired=paired[group])
        for group, share in sorted(cohort.aims.floors.items())
    ]


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


def candidates(cohort: Cohort, protege_id: str, explained: slice = ALL) -> list[ScoredPair]:
    """All mentors for one protégé, the best first, those a hard rule excludes last; shares and reasons are told of these places alone."""
    scorer = Scorer(replace(cohort, proteges=tuple(one for one in cohort.proteges if one.person_id == protege_id)))
    if not scorer.proteges:
        return []
    points, broken = weighed(scorer.values(0), scorer.weights), scorer.broken(0)
    excluded = np.logical_or.reduce([*broken.values()]) if broken else np.zeros(len(points), dtype=bool)
    order = np.lexsort((-points, excluded)).tolist()  # whose columns are in the order of ids
    told = set(order[explained])
    return [
        scorer.pair(0, column)
        if column in told
        else ScoredPair(
            protege_id=protege_id,
            mentor_id=scorer.mentors[column],
            points=int(points[column]),
            shares={},
            broken_rules=[name for name, mask in broken.items() if mask[column]],
        )
        for column in order
    ]


def served(cohort: Cohort, line: Sequence[str]) -> Iterator[ScoredPair]:
    """One after the other in this line has the best mentor who still has a place; who fits none is passed over."""
    scorer = Scorer(replace(cohort, proteges=tuple(one for one in cohort.proteges if one.person_id in set(line))))
    rows, places = {name: row for row, name in enumerate(scorer.proteges)}, scorer.places.copy()
    for row in (rows[name] for name in line if name in rows):
        points = np.where(places > 0, scorer.points(row, row + 1)[0], MUST_NOT_BE)
        if points.max(initial=MUST_NOT_BE) >= 0:
            column = int(points.argmax())
            places[column] -= 1
            yield scorer.pair(row, column)
