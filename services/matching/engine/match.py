"""The whole way from people to a proven match: rules, scores, solver, proof, explanations."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from services.matching.engine.asked import asked_of
from services.matching.engine.blocks import Blocks, spans
from services.matching.engine.check import faults, judge
from services.matching.engine.cohort import Cohort, Pairing
from services.matching.engine.factors import Mask
from services.matching.engine.left_out import LeftOut, explain
from services.matching.engine.modes import Mode, find
from services.matching.engine.pairs import Longs
from services.matching.engine.place_values import PlaceValue, place_values
from services.matching.engine.scoring import ScoredPair, Scorer
from services.matching.engine.solver import Search

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

    mode: Mode
    pairs: list[ScoredPair]
    left_out: list[LeftOut]
    idle_mentor_ids: list[str]
    released: list[Pairing]
    total_points: int
    value: int
    """The points as the solver counts them: more for who has waited, was named or is partners already, less for full mentors."""
    matched_upper_bound: int
    upper_bound: int
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
        """How much greater the value of another match may be at most."""
        return self.upper_bound - self.value

    def to_json(self) -> dict[str, Any]:
        """The match in what JSON knows."""
        return asdict(self)


def match(cohort: Cohort, progress: Progress = lambda _percent, _step: None, enough: Callable[[], bool] = lambda: False) -> Match:
    """The best match of a cohort, proven; or once it is `enough` the best so far with a bound. Raises ValueError for one that cannot be."""
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
    progress(90, "explanations")
    chosen = np.where(asked.kept >= 0, asked.kept, decided)
    pairs = [scorer.pair(int(row), int(chosen[row])) for row in np.flatnonzero(chosen >= 0)]
    total = sum(pair.points for pair in pairs)
    of_kept = total - verdict.total_points
    return Match(
        mode=scorer.cohort.aims.mode,
        pairs=pairs,
        left_out=explain(scorer, _eligible(asked.problem.blocks), chosen),
        idle_mentor_ids=_idle(scorer, chosen),
        released=asked.released,
        total_points=total,
        value=verdict.value + of_kept,
        matched_upper_bound=verdict.matched_upper_bound + int(np.count_nonzero(asked.kept >= 0)),
        upper_bound=verdict.upper_bound + of_kept,
        optimal=verdict.optimal,
        floors=_floors(scorer.cohort, chosen),
        fewest_missing=int(asked.problem.balance.floors.sum()) - verdict.kept_upper_bound,
        place_values=place_values(asked.problem, answer),
        proteges=len(scorer.proteges),
        places=int(scorer.places.sum()),
        rounds=search.rounds,
        pairs_checked=search.pairs,
        weights=scorer.weights,
    )


def _idle(scorer: Scorer, chosen: Longs) -> list[str]:
    free = np.flatnonzero((scorer.places > 0) & (np.bincount(chosen[chosen >= 0], minlength=len(scorer.mentors)) == 0))
    return [scorer.mentors[column] for column in free]


def _eligible(blocks: Blocks) -> Mask:
    """All pairs that no rule forbids."""
    found = [blocks.points(start, stop) >= 0 for start, stop in spans(len(blocks.proteges))]
    return np.concatenate(found) if found else np.zeros((0, len(blocks.mentors)), dtype=bool)


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


def candidates(cohort: Cohort, protege_id: str) -> list[ScoredPair]:
    """All mentors for one protégé, the best first, those a hard rule excludes last."""
    scorer = Scorer(replace(cohort, proteges=tuple(one for one in cohort.proteges if one.person_id == protege_id)))
    pairs = scorer.pairs_of(0, list(range(len(scorer.mentors)))) if scorer.proteges else []
    return sorted(pairs, key=lambda pair: (bool(pair.broken_rules), -pair.points, pair.mentor_id))
