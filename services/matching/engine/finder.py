"""Finds mentors for one protégé: everybody whom no hard rule excludes, by the same points as a match, the best first."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.cohort import Cohort, Participant
from services.matching.engine.factors import Mask
from services.matching.engine.scoring import ScoredPair, Scorer
from services.matching.engine.tags import Comparison, Tags
from services.matching.engine.words import Term, vocabulary

HIDDEN = -1
"""In the place of a number of free places: this mentor is not shown to anybody."""
REMEMBERED = 1_000
"""Words that were looked for lately."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which mentors one would like to see; of several words, places and so on any will do, and what is empty does not matter."""

    words: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    least_level: int | None = None
    most_level: int | None = None
    shared_hours: int = 0
    """A week, in which both can meet."""
    full_too: bool = False
    """Also those who have no free place now."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """How many there are, and some of them with their points and what speaks for the pair."""

    total: int
    pairs: list[ScoredPair]


class Finder:
    """Prepared once for a cohort, asked as often as one likes. Raises ValueError like a `Scorer`."""

    def __init__(self, cohort: Cohort) -> None:
        self._scorer = Scorer(cohort)
        self.cohort = self._scorer.cohort
        self.columns = {person_id: column for column, person_id in enumerate(self._scorer.mentors)}
        self._proteges = {person_id: row for row, person_id in enumerate(self._scorer.proteges)}
        mentors = self.cohort.mentors
        self._levels = np.array([one.level or 0 for one in mentors], dtype=np.int32)
        self._departments = _Named([one.department] for one in mentors)
        self._locations = _Named([one.location] for one in mentors)
        self._languages = _Named(one.languages for one in mentors)
        self._terms = vocabulary(self.cohort.aliases, self.cohort.no_aliases)
        self._offers = Tags(((*one.strengths, *one.goals) for one in mentors), self._terms)
        self._flat = self._offers.flat()
        self._compared = Comparison(self._offers.terms, self.cohort.meanings)
        self._offering = lru_cache(REMEMBERED)(self._who_offers)

    def knows(self, protege: Participant) -> bool:
        """Whether this one was there when it was prepared, and had said the same."""
        row = self._proteges.get(protege.person_id)
        return row is not None and _said(self.cohort.proteges[row]) == _said(protege)

    def beside(self, protege: Participant) -> "Finder":
        """The same mentors for somebody it does not know."""
        return Finder(replace(self.cohort, proteges=(protege,)))

    def find(
        self, protege_id: str, wanted: Wanted, places: NDArray[np.int32], barred: Collection[str], *, most: int, after: int = 0
    ) -> Found:
        """The mentors for a protégé it knows, from the one `after` so many on.

        `places`: how many are free now, by column, or `HIDDEN`. `barred`: mentors who must not be partners of this protégé since it was
        prepared.
        """
        row = self._proteges[protege_id]
        points = self._scorer.points(row, row + 1)[0]
        shown = (points >= 0) & (places >= (0 if wanted.full_too else 1)) & self._fit(row, wanted)
        shown[[self.columns[mentor_id] for mentor_id in barred if mentor_id in self.columns]] = False
        columns = np.flatnonzero(shown)
        # The columns are in the order of ids, which is that of equals.
        best = columns[np.argsort(-points[columns], kind="stable")[after : after + most]]
        return Found(total=len(columns), pairs=[self._scorer.pair(row, column) for column in best.tolist()])

    def _fit(self, row: int, wanted: Wanted) -> Mask:
        fit = np.ones(len(self.columns), dtype=bool)
        for names, named in (
            (wanted.departments, self._departments),
            (wanted.locations, self._locations),
            (wanted.languages, self._languages),
        ):
            if names:
                fit &= named.any_of(names)
        if wanted.words:
            fit &= np.logical_or.reduce([self._offering(self._terms.term(word)) for word in wanted.words])
        if wanted.least_level is not None:
            fit &= self._levels >= wanted.least_level
        if wanted.most_level is not None:
            fit &= (self._levels <= wanted.most_level) & (self._levels > 0)
        if wanted.shared_hours > 0:
            fit &= self._scorer.shared_minutes(row) >= 60 * wanted.shared_hours
        return fit

    def _who_offers(self, term: Term) -> Mask:
        """Who is strong at something like it, or aims for it."""
        likeness = np.pad(self._compared.rows([term])[0], (0, 1))
        offering: Mask = np.maximum.reduceat(likeness[self._flat[0]], self._flat[1]) > 0 if self.columns else np.zeros(0, dtype=bool)
        return offering


class _Named:
    """Who has named what, whatever the case."""

    def __init__(self, people: Iterable[Sequence[str]]) -> None:
        told = [{_plain(name) for name in names} for names in people]
        self._nobody = np.zeros(len(told), dtype=bool)
        self._who = {name: np.array([name in names for names in told], dtype=bool) for name in set().union(*told) - {""}}

    def any_of(self, names: Iterable[str]) -> Mask:
        found: Mask = np.logical_or.reduce([self._who.get(_plain(name), self._nobody) for name in names])
        return found


def _plain(name: str) -> str:
    return name.casefold().strip()


def _said(one: Participant) -> Participant:
    return replace(one, places=0, partners=0, bonus=0)
