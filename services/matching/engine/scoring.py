"""Points for every pair, from 0 to 10,000, that say where they come from; and which pairs must not be.

Points are the weighted mean of the criteria's values, times ten, rounded once: these whole numbers are what the solver adds up, what people
are ranked by, and what an explanation divides. All sums are of whole numbers, so they are the same on every machine and in every order.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.blocks import MUST_NOT_BE
from services.matching.engine.cohort import Cohort
from services.matching.engine.criteria import CRITERIA, factors, unanswered
from services.matching.engine.factors import FULL, UNKNOWN, Factor, Mask, Values, valued
from services.matching.engine.measures import Measures
from services.matching.engine.reasons import reasons
from services.matching.engine.rules import rules
from services.matching.engine.terms import PARTS, apportioned, normalised

MOST_POINTS = 10_000
A_POINT = PARTS * FULL // MOST_POINTS
"""What a point is in weighted values."""
PORTION = 512
"""Protégés whose words are looked at together."""


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
    round: int | None = None
    """Of rounds of short meetings the one in which these two meet, from 1 up."""


class Scorer:
    """Scores a cohort row by row, and never holds a number for every pair: prepared once, asked as often as one likes.

    Rows are its protégés and columns its mentors, each in the order of their ids. Raises ValueError for a cohort in which somebody comes
    twice in the same role, or no criterion counts.
    """

    def __init__(self, cohort: Cohort) -> None:
        self.cohort = cohort = cohort.in_order()
        self.proteges = tuple(one.person_id for one in cohort.proteges)
        self.mentors = tuple(one.person_id for one in cohort.mentors)
        self.places = np.array([max(one.places, 0) for one in cohort.mentors], dtype=np.int64)
        self.weights = normalised(cohort.weights, cohort.questions)
        """Of each criterion that counts, in ten-thousandths."""
        self._measures = measures = Measures(cohort)
        self._factors = factors(cohort, measures, self.weights)
        self._rules = rules(cohort, measures)
        self._weighted = [_weighted(factor, unanswered(name), self.weights[name]) for name, factor in self._factors.items()]

    def points(self, start: int, stop: int) -> NDArray[np.int32]:
        """The points of these protégés with every mentor, -1 where a rule forbids the pair; shape (stop - start, mentors)."""
        found = np.empty((stop - start, len(self.mentors)), dtype=np.int32)
        for first in range(start, stop, PORTION):
            self._measures.prepare(range(first, min(first + PORTION, stop)))
            for row in range(first, min(first + PORTION, stop)):
                found[row - start] = self._row(row)
        return found

    def values(self, row: int) -> dict[str, Values]:
        """By criterion what each mentor is worth to this protégé, 0 to 1,000: the points before they are weighted."""
        return {name: np.where((found := factor.row(row)) == UNKNOWN, unanswered(name), found) for name, factor in self._factors.items()}

    def values_at(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> dict[str, NDArray[np.int16]]:
        """The same of some pairs, and of every criterion there is, also those that do not count. `rows` are sorted."""
        names = [*CRITERIA, *(question.criterion for question in self.cohort.questions)]
        every = factors(self.cohort, self._measures, names)
        found = {name: np.empty(len(rows), dtype=np.int16) for name in names}
        for start in range(0, len(self.proteges), PORTION):
            portion = range(start, min(start + PORTION, len(self.proteges)))
            self._measures.prepare(portion)
            for row, (first, last) in zip(portion, itertools.pairwise(np.searchsorted(rows, range(start, portion.stop + 1))), strict=True):
                if first < last:
                    for name, factor in every.items():
                        numbers = factor.row(row)[columns[first:last]]
                        found[name][first:last] = np.where(numbers == UNKNOWN, unanswered(name), numbers)
        return found

    def broken(self, row: int) -> dict[str, Mask]:
        """By rule the mentors whom it excludes for this protégé."""
        return {name: rule.row(row) != 0 for name, rule in self._rules.items()}

    def shared_minutes(self, row: int) -> Values:
        """Of every week, in which this protégé and each mentor can meet; less than nothing where one has not said when."""
        return self._measures.shared_minutes.row(row)

    def pair(self, row: int, column: int) -> ScoredPair:
        """Everything about one pair. Its points are there whether a rule forbids it or not."""
        cohort, columns = self.cohort, slice(column, column + 1)
        numbers = {name: int(factor.row(row, columns)[0]) for name, factor in self._factors.items()}
        weighted = {name: self.weights[name] * (unanswered(name) if number == UNKNOWN else number) for name, number in numbers.items()}
        points = (sum(weighted.values()) + A_POINT // 2) // A_POINT
        return ScoredPair(
            protege_id=self.proteges[row],
            mentor_id=self.mentors[column],
            points=points,
            shares=apportioned(points, weighted),
            reasons=reasons(cohort, self._measures, cohort.proteges[row], cohort.mentors[column]),
            unanswered=[name for name, number in numbers.items() if number == UNKNOWN],
            broken_rules=[name for name, rule in self._rules.items() if rule.row(row, columns)[0]],
        )

    def _row(self, row: int) -> Values:
        total = np.full(len(self.mentors), A_POINT // 2, dtype=np.int32)
        for factor in self._weighted:
            total += factor.row(row)
        total //= A_POINT
        broken = np.zeros(len(total), dtype=np.int32)
        for rule in self._rules.values():
            broken |= rule.row(row)
        np.copyto(total, MUST_NOT_BE, where=broken != 0)
        return total


def weighed(values: Mapping[str, NDArray[np.signedinteger[Any]]], weights: Mapping[str, int]) -> NDArray[np.int64]:
    """The points of pairs whose values are known, by other weights, in ten-thousandths."""
    total: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
    for name, weight in weights.items():
        total = values[name].astype(np.int64) * weight + (total if total.size else A_POINT // 2)
    return total // A_POINT


def _weighted(factor: Factor, otherwise: int, weight: int) -> Factor:
    """What a criterion adds to the sum: at most `FULL` times its weight."""

    def weighted(numbers: Values) -> Values:
        result = np.where(numbers == UNKNOWN, np.int32(otherwise), numbers)
        result *= weight
        return result

    return valued(factor, weighted)
