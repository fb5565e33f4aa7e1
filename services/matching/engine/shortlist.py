"""The few pairs of each protégé and of each mentor among which the best match nearly always is: one-sided lists strand people."""

import numpy as np

from services.matching.engine.pairs import Longs
from services.matching.engine.problem import Problem, Strip
from services.matching.engine.ties import digests, mixed

OF_EACH = 20
"""So many of each protégé, and of each mentor besides."""
PER_PLACE = 3
"""A mentor with many places needs more of them."""
LOT_BITS = 20
NONE = -1


class Shortlist:
    """Is shown all pairs and keeps the best few of each person. Lots decide between equals, so that nobody's row does."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self._left, self._right = digests(problem.proteges, seed)[:, None], digests(problem.mentors, seed)
        self._room = np.maximum(OF_EACH, PER_PLACE * problem.places)
        self._entry = np.full(len(problem.mentors), NONE, dtype=np.int64)  # a pair must be better than this to get on a mentor's list
        nobody = np.zeros(0, dtype=np.int64)
        self._of_proteges = [nobody]
        self._of_mentors = [(nobody, nobody)]
        self._fresh = 0

    def look_at(self, strip: Strip) -> None:
        """Consider these pairs."""
        ranking = (strip.counted << LOT_BITS) + mixed(self._left[strip.start : strip.start + len(strip.counted)], self._right, LOT_BITS)
        ranking[~strip.allowed] = NONE
        first = strip.start * ranking.shape[1]
        self._of_proteges.append(first + best_of_rows(ranking, OF_EACH))
        better = np.flatnonzero(ranking > self._entry)
        self._of_mentors.append((first + better, ranking.ravel()[better]))
        self._fresh += len(better)
        if self._fresh > self._room.sum():
            self._trim()

    def keys(self) -> Longs:
        """Of all who are on a list, in order, each once."""
        self._trim()
        return np.unique(np.concatenate([*self._of_proteges, *(keys for keys, _ in self._of_mentors)]))

    def _trim(self) -> None:
        """Cut every mentor's list to its length."""
        keys, ranking = (np.concatenate(parts) for parts in zip(*self._of_mentors, strict=True))
        columns = keys % max(len(self._room), 1)
        order = np.lexsort((-ranking, columns))
        columns, places = columns[order], _places(columns[order])
        stays = places < self._room[columns]
        last = places == self._room[columns] - 1
        self._entry[columns[last]] = ranking[order[last]]
        self._of_mentors = [(keys[order[stays]], ranking[order[stays]])]
        self._fresh = 0


def best_of_rows(ranking: Longs, count: int) -> Longs:
    """Where in the flat table the `count` highest of each row are, or as many as are above nothing."""
    rows, columns = ranking.shape
    size = max(1, columns // (8 * count))
    heads = columns // size
    entry = np.zeros(rows, dtype=np.int64)
    if heads > count:  # the best of each of many small groups: there are as many above the least of the best of these
        best = ranking[:, : heads * size].reshape(rows, size, heads).max(axis=1)
        entry = np.maximum(np.partition(best, heads - count, axis=1)[:, heads - count], 0)
    above = np.flatnonzero(ranking >= entry[:, None])
    owners = above // max(columns, 1)
    order = np.lexsort((-ranking.ravel()[above], owners))
    chosen: Longs = above[order[_places(owners[order]) < count]]
    return chosen


def _places(owners: Longs) -> Longs:
    """The place of each in its owner's list; all of one owner stand together."""
    begins = np.flatnonzero(np.diff(owners, prepend=-1))
    lengths = np.diff(np.append(begins, len(owners)))
    places: Longs = np.arange(len(owners)) - np.repeat(begins, lengths)
    return places
