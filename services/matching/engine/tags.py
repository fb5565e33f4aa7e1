"""How well what one side names meets what the other side wishes for: tags beside tags, for many people at once."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.matching.engine.factors import ALL, Values
from services.matching.engine.meaning import Meanings, nearness
from services.matching.engine.words import TYPO, Alike, Likeness, Term, Vocabulary, likeness

FIRST_COUNTS = 2
"""What a person names first counts so often."""
TOGETHER = 2**22
"""Pairs of words compared at once."""
KEPT = 32 * 2**20
"""Numbers kept of wishes that have been looked at: the usual ones come again and again."""


class Tags:
    """Everybody's tags of one kind, as places in the sorted list of all different ones."""

    def __init__(self, people: Iterable[Sequence[str]], vocabulary: Vocabulary) -> None:
        told = [_each_once(vocabulary.term(tag) for tag in tags) for tags in people]
        self.terms = sorted(set(itertools.chain.from_iterable(told)))
        index = {term: place for place, term in enumerate(self.terms)}
        self.of = [np.array([index[term] for term in terms], dtype=np.intp) for terms in told]
        self.counts = np.array([len(tags) for tags in self.of], dtype=np.intp)

    def flat(self, first_counts: int = 1) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """All tags one after the other, the first of each person as often as it counts; and where each person's begin.

        Somebody without tags has one that is behind the end of the list.
        """
        nothing = np.array([len(self.terms)], dtype=np.intp)
        each = [np.concatenate((np.repeat(tags[:1], first_counts - 1), tags)) if len(tags) else nothing for tags in self.of]
        lengths = np.array([len(tags) for tags in each], dtype=np.intp)
        return np.concatenate([*each, nothing[:0]]), np.cumsum(lengths) - lengths


def _each_once(terms: Iterable[Term]) -> list[Term]:
    """Two words for the same are one wish."""
    return list({term.canonical: term for term in terms}.values())


class Comparison:
    """How alike many terms are to these, in words and in meaning."""

    def __init__(self, terms: Sequence[Term], meanings: Mapping[str, str]) -> None:
        self._written = meanings
        self._width = len(terms)
        self._words = Likeness([term.canonical for term in terms])
        self._meanings = Meanings(terms, meanings)

    def rows(self, others: Sequence[Term]) -> Alike:
        """A row for each of the others, 0 to 1,000. Where the model understands both, words in common count for nothing of their own."""
        alike = self._words.rows([term.canonical for term in others])
        worth = Meanings(others, self._written).worth(self._meanings)
        return np.where((worth < 0) | (alike >= TYPO), alike, worth)

    def each(self, places: Sequence[int], others: Sequence[Term]) -> Iterator[tuple[int, Alike]]:
        """Some of the others, each with its row, which ends with nothing for who has no tag; in portions, or all would lie in memory."""
        step = max(TOGETHER // max(self._width, 1), 1)
        for start in range(0, len(places), step):
            portion = places[start : start + step]
            yield from zip(portion, np.pad(self.rows([others[place] for place in portion]), ((0, 0), (0, 1))), strict=True)


def alike(one: Term, other: Term, meanings: Mapping[str, str]) -> int:
    """The same for two terms."""
    in_words = likeness(one.canonical, other.canonical)
    if in_words >= TYPO:
        return in_words
    in_meaning = nearness(meanings.get(one.phrase, ""), meanings.get(other.phrase, ""))
    return in_words if in_meaning < 0 else in_meaning


@dataclass
class Met:
    """How well the protégés' wishes are met: each by the mentor's best offer, on average; the first wish counts twice."""

    wishes: Tags
    offers: Tags
    meanings: Mapping[str, str]
    _flat: tuple[NDArray[np.intp], NDArray[np.intp]] = field(init=False)
    _compared: Comparison = field(init=False)
    _best: dict[int, Alike] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._flat = self.offers.flat()
        self._compared = Comparison(self.offers.terms, self.meanings)

    def prepare(self, rows: range) -> None:
        """Look at the wishes of these protégés, all at once."""
        wanted = set(np.concatenate([self.wishes.of[row] for row in rows]).tolist()) if rows else set()
        missing = sorted(wanted - self._best.keys())
        if not missing or not len(self.offers.of):
            return
        if (len(self._best) + len(missing)) * len(self.offers.of) > KEPT:
            self._best = {wish: best for wish, best in self._best.items() if wish in wanted}
        for wish, of_offers in self._compared.each(missing, self.wishes.terms):
            self._best[wish] = np.maximum.reduceat(of_offers[self._flat[0]], self._flat[1])

    def row(self, row: int, columns: slice = ALL) -> Values:
        wishes = self.wishes.of[row].tolist()
        total = np.zeros(len(self.offers.of), dtype=np.int32)[columns]
        if not wishes or not total.size:
            return total
        if any(wish not in self._best for wish in wishes):
            self.prepare(range(row, row + 1))
        for wish in (*(wishes[:1] * (FIRST_COUNTS - 1)), *wishes):
            total += self._best[wish][columns]
        total //= len(wishes) + FIRST_COUNTS - 1
        return total


@dataclass
class MetByRow:
    """The other way round: how well the mentors' wishes are met by what the protégé offers."""

    wishes: Tags
    offers: Tags
    meanings: Mapping[str, str]
    _wanted: sparse.csr_array = field(init=False)
    _counts: Values = field(init=False)
    _compared: Comparison = field(init=False)
    _likeness: dict[int, Alike] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._compared = Comparison(self.wishes.terms, self.meanings)
        flat, starts = self.wishes.flat(FIRST_COUNTS)
        counts = np.ones(len(flat), dtype=np.int32)
        shape = (len(starts), len(self.wishes.terms) + 1)
        self._counts = np.maximum(self.wishes.counts + FIRST_COUNTS - 1, 1).astype(np.int32)
        self._wanted = sparse.csr_array((counts, flat, np.append(starts, len(flat))), shape=shape)

    def prepare(self, rows: range) -> None:
        """Look at the offers of these protégés, all at once."""
        wanted = set(np.concatenate([self.offers.of[row] for row in rows]).tolist()) if rows else set()
        missing = sorted(wanted - self._likeness.keys())
        if not missing:
            return
        if (len(self._likeness) + len(missing)) * len(self.wishes.terms) > KEPT:
            self._likeness = {offer: found for offer, found in self._likeness.items() if offer in wanted}
        self._likeness.update(self._compared.each(missing, self.offers.terms))

    def row(self, row: int, columns: slice = ALL) -> Values:
        offers = self.offers.of[row].tolist()
        if not offers or not len(self.wishes.of):
            return np.zeros(len(self.wishes.of), dtype=np.int32)[columns]
        if any(offer not in self._likeness for offer in offers):
            self.prepare(range(row, row + 1))
        best = np.maximum.reduce([self._likeness[offer] for offer in offers]).astype(np.int32)
        total: Values = (self._wanted if columns == ALL else self._wanted[columns]) @ best
        total //= self._counts[columns]
        return total
