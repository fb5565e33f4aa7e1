"""Who may be paired with whom, a bit for each pair: of fifty thousand protégés and ten thousand mentors no more than 60 MB."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.blocks import spans
from services.matching.engine.pairs import Longs, Mask, Pairs
from services.matching.engine.problem import Problem

Words = NDArray[np.uint64]
WORD = 64


@dataclass(frozen=True, kw_only=True)
class Eligible:
    """A row of words for each protégé, a bit for each mentor; and the places that mentors have to give."""

    words: Words
    places: Longs

    @classmethod
    def of_pairs(cls, pairs: Pairs) -> "Eligible":
        """The pairs of a list."""
        words = np.zeros((len(pairs.proteges), _words(len(pairs.places))), dtype=np.uint64)
        np.bitwise_or.at(words, (pairs.rows, pairs.columns // WORD), np.uint64(1) << (pairs.columns % WORD).astype(np.uint64))
        return cls(words=words, places=pairs.places)

    def mentors_of(self, row: int) -> Longs:
        """The mentors whom this one may be paired with, places or not."""
        return self.mentors_in(self.words[row])

    def mentors_in(self, group: Words) -> Longs:
        """The mentors whose bits are set."""
        return np.flatnonzero(np.unpackbits(group.view(np.uint8), bitorder="little", count=len(self.places)))

    def group(self, mentors: Longs | np.int64) -> Words:
        """Some mentors as bits, or one."""
        chosen = np.zeros((1, len(self.places)), dtype=bool)
        chosen[0, mentors] = True
        found: Words = _packed(chosen)[0]
        return found

    def of_any(self, rows: Longs) -> Words:
        """The mentors of any of these protégés."""
        found: Words = np.bitwise_or.reduce(self.words[rows], axis=0)
        return found

    def only_in(self, group: Words) -> Mask:
        """The protégés who have mentors, and all of them in the group."""
        elsewhere = np.asarray((self.words & ~group).any(axis=1), dtype=bool)
        only: Mask = np.asarray(self.words.any(axis=1), dtype=bool) & ~elsewhere
        return only


@dataclass(frozen=True, kw_only=True)
class Chances:
    """What each protégé could have, whatever the others have: with whom, and the points of the best pair, -1 where no mentor has places."""

    eligible: Eligible
    best: Longs

    @classmethod
    def of(cls, problem: Problem) -> "Chances":
        """Looks at all pairs. Those about whom nothing is to be decided are eligible for nobody."""
        rows, mentors = len(problem.proteges), len(problem.mentors)
        words, best = np.zeros((rows, _words(mentors)), dtype=np.uint64), np.full(rows, -1, dtype=np.int64)
        closed = problem.blocks.places < 1
        for start, stop in spans(rows):
            points = problem.blocks.points(start, stop)
            words[start:stop] = _packed((points >= 0) & ~problem.settled[start:stop, None])
            best[start:stop] = np.where(closed, -1, points).max(axis=1, initial=-1)
        return cls(eligible=Eligible(words=words, places=problem.places), best=best)


def _words(mentors: int) -> int:
    return -(-mentors // WORD)


def _packed(mask: Mask) -> Words:
    """Rows of bits, the first mentor's the lowest."""
    padded = np.zeros((len(mask), _words(mask.shape[1]) * WORD), dtype=bool)
    padded[:, : mask.shape[1]] = mask
    return np.packbits(padded, axis=1, bitorder="little").view(np.uint64)
