"""The few pairs of each protégé and of each mentor among which the best match nearly always is: one-sided lists strand people."""

import numpy as np

from services.matching.engine.blocks import Points
from services.matching.engine.pairs import Longs, distinct
from services.matching.engine.problem import Problem, Strip
from services.matching.engine.ties import Lots

OF_EACH = 14
"""So many of each protégé, and of each mentor besides."""
PER_PLACE = 3
"""A mentor with many places needs more of them."""
LOT_BITS = 20
CROWDED = 4


class Shortlist:
    """Is shown all pairs and keeps the best few of each person. Lots decide between equals, so that nobody's row does."""

    def __init__(self, problem: Problem, lots: Lots) -> None:
        self._lots = lots
        self._room = np.maximum(OF_EACH, PER_PLACE * problem.places)
        self._entry = np.full(len(problem.mentors), -1, dtype=np.int64)  # what a pair must be above to get on a mentor's list
        nobody = np.zeros(0, dtype=np.int64)
        self._of_proteges = [nobody]
        self._of_mentors = [(nobody, nobody)]
        self._fresh = 0

    def look_at(self, strip: Strip) -> None:
        """Consider these pairs."""
        places = leading(strip.counted, OF_EACH)
        keys, ranking = self._ranked(strip, places)
        if len(places) > CROWDED * OF_EACH * len(strip.points):  # many are equal: only lots tell them apart
            table = np.full(strip.counted.shape, -1, dtype=np.int64)
            table.ravel()[places] = ranking
            few = np.searchsorted(places, leading(table, OF_EACH))
            keys, ranking = keys[few], ranking[few]
        self._of_proteges.append(keys[best(keys // len(self._room), ranking, OF_EACH)])
        keys, ranking = self._ranked(strip, np.flatnonzero(strip.counted >= np.maximum(self._entry >> LOT_BITS, 0).astype(np.int32)))
        better = ranking > self._entry[keys % len(self._room)]
        self._of_mentors.append((keys[better], ranking[better]))
        self._fresh += int(better.sum())
        if self._fresh > self._room.sum():
            self._trim()

    def keys(self) -> Longs:
        """Of all who are on a list, in order, each once."""
        self._trim()
        return distinct(np.concatenate([*self._of_proteges, *(keys for keys, _ in self._of_mentors)]))

    def _ranked(self, strip: Strip, places: Longs) -> tuple[Longs, Longs]:
        """The pairs at these places of the flat table, and how they rank."""
        keys = strip.start * len(self._room) + places
        rows, columns = np.divmod(keys, max(len(self._room), 1))
        counted = strip.counted.ravel()[places].astype(np.int64)
        return keys, (counted << LOT_BITS) + self._lots.of(rows, columns, LOT_BITS)

    def _trim(self) -> None:
        """Cut every mentor's list to its length."""
        keys, ranking = (np.concatenate(parts) for parts in zip(*self._of_mentors, strict=True))
        columns = keys % max(len(self._room), 1)
        stays = best(columns, ranking, self._room)
        full = np.flatnonzero(np.bincount(columns[stays], minlength=len(self._room)) == self._room)
        last = np.full(len(self._room), np.iinfo(np.int64).max)
        np.minimum.at(last, columns[stays], ranking[stays])
        self._entry[full] = last[full]
        self._of_mentors = [(keys[stays], ranking[stays])]
        self._fresh = 0


def best_of_rows(table: Points, count: int) -> Longs:
    """Where in the flat table the `count` highest of each row are, or as many as are not less than nothing; of equals the first."""
    places = leading(table, count)
    return places[best(places // max(table.shape[1], 1), table.ravel()[places].astype(np.int64), count)]


def leading(table: Points, count: int) -> Longs:
    """Where in the flat table all are that can be among the `count` highest of their row; none that is less than nothing."""
    rows, columns = table.shape
    size = max(1, columns // (8 * count))
    heads = columns // size
    entry = np.zeros(rows, dtype=table.dtype)
    if heads > count:  # the best of each of many small groups: there are as many above the least of the best of these
        highest = table[:, : heads * size].reshape(rows, size, heads).max(axis=1)
        entry = np.maximum(np.partition(highest, heads - count, axis=1)[:, heads - count], 0)
    found: Longs = np.flatnonzero(table >= entry[:, None])
    return found


def best(owners: Longs, ranking: Longs, room: Longs | int) -> Longs:
    """The highest of each owner, as many as there is room for: one room for all, or one for each owner."""
    order = np.lexsort((-ranking, owners))
    owners = owners[order]
    begins = np.flatnonzero(np.diff(owners, prepend=-1))
    places = np.arange(len(owners)) - np.repeat(begins, np.diff(np.append(begins, len(owners))))
    chosen: Longs = order[places < (room if isinstance(room, int) else room[owners])]
    return chosen
