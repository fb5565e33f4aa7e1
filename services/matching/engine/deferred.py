"""Stable matches of everybody with everybody: protégés ask down lists that are read on where they run out, mentors hold the best so far.

Deferred acceptance (Gale and Shapley 1962). On lists cut short it would not be stable, and whole lists would be hundreds of millions of
pairs. What a full mentor holds only ever gets better, so whoever has refused somebody refuses them for good: when a list runs out, one
look at the protégé's row finds the next mentors who would still say yes, or that none ever will.
"""

import heapq
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.pairs import Longs
from services.matching.engine.stability import Stability, look_at_all
from services.matching.engine.tastes import Tastes
from services.matching.engine.ties import digests, mixed

LENGTH = 30
"""Of a list, before it is read on."""
CELLS = 2**22
"""So many pairs are looked at in one go."""
GAP = 8
"""Rows so near to each other are fetched together: a row nobody needs costs less than one more call."""
TIE_BITS = 28
MOST_TRIES = 20
MOST_LOOKS = 100_000_000
"""So many pairs may be looked at for one more person."""
NEXT_SEED = 1_000_003


def find_stable_everywhere(tastes: Tastes, seed: int = 0) -> tuple[NDArray[np.intp], Stability]:
    """A stable match, and what a look at all pairs says of it.

    With ties the number of people depends on how they are broken. So where that could be, further seeds are tried, each time the same ones,
    and the most people win. Raises ArithmeticError where the look finds a pair that would rather leave.
    """
    people = tastes.by_protege
    best = ask_around(tastes, seed)
    judged = look_at_all(tastes, best)
    for number in range(1, min(MOST_TRIES, MOST_LOOKS // max(1, len(people.proteges) * len(people.mentors)))):
        if judged.most_people == judged.matched:
            break
        other = ask_around(tastes, seed + number * NEXT_SEED)
        if (other >= 0).sum() > judged.matched:
            best, judged = other, look_at_all(tastes, other)
    if judged.blocking:
        raise ArithmeticError(f"The match is not stable: {judged.blocking} pairs would rather leave.")
    return best, judged


def ask_around(tastes: Tastes, seed: int = 0) -> NDArray[np.intp]:
    """The mentor's column for each protégé, -1 for none: of all stable matches the one that protégés like best.

    Equals are told apart by names and seed, on both sides in the same way; so the match is stable also with ties (weakly).
    """
    proposals = _Proposals(tastes, seed)
    return proposals.chosen()


class _Proposals:
    """Who holds whom, and how far each protégé has read."""

    def __init__(self, tastes: Tastes, seed: int) -> None:
        people = tastes.by_protege
        self._tastes, self._places = tastes, people.places.tolist()
        self._digests = digests(people.proteges, seed), digests(people.mentors, seed)
        rows, columns = len(people.proteges), len(people.mentors)
        self._columns = np.zeros((rows, LENGTH), dtype=np.int32)
        self._liked = np.zeros((rows, LENGTH), dtype=np.int32)
        self._ties = np.zeros((rows, LENGTH), dtype=np.int64)
        self._read, self._length = [0] * rows, [0] * rows
        self._held: list[list[tuple[int, int, int]]] = [[] for _ in range(columns)]
        # What somebody must have more of to be taken: the points of the least liked who is held, and their tie-break. No place, no chance.
        self._line = np.where(people.places > 0, 0, np.iinfo(np.int32).max).astype(np.int32)
        self._line_tie = np.full(columns, -1, dtype=np.int64)

    def chosen(self) -> NDArray[np.intp]:
        """Ask until everybody is held or has nobody left to ask."""
        waiting = list(range(len(self._read)))
        while waiting:
            rows, waiting = np.array(sorted(waiting)), []
            for near in _together(rows, max(1, CELLS // max(1, len(self._held)))):
                waiting += self._settle(self._read_on(near))
        chosen = np.full(len(self._read), -1, dtype=np.intp)
        for column, those in enumerate(self._held):
            chosen[[row for _, _, row in those]] = column
        return chosen

    def _read_on(self, rows: Longs) -> list[int]:
        """Give each of these a list of the mentors they like best among those who would still take them; who has one is told."""
        start, stop = int(rows[0]), int(rows[-1]) + 1
        liking, liked = (side[rows - start] for side in self._tastes.points(start, stop))
        possible = (liking >= 0) & (liked >= self._line)
        equal, column = np.nonzero(possible & (liked == self._line))
        possible[equal, column] = self._tie(rows[equal], column) > self._line_tie[column]
        if liking.shape[1] > LENGTH:
            liking_possible = np.where(possible, liking, -1)
            last = np.partition(liking_possible, -LENGTH, axis=1)[:, -LENGTH]
            possible &= liking >= last[:, None]
        place, column = np.nonzero(possible)
        tie = self._tie(rows[place], column)
        order = np.lexsort((-tie, -liking[place, column].astype(np.int64), place))
        place, column, tie = place[order], column[order], tie[order]
        starts = np.searchsorted(place, np.arange(len(rows) + 1))
        rank = np.arange(len(place)) - starts[place]
        kept = rank < LENGTH
        at = rows[place[kept]], rank[kept]
        self._columns[at], self._liked[at], self._ties[at] = column[kept], liked[place, column][kept], tie[kept]
        found = []
        for row, length in zip(rows.tolist(), np.diff(starts).tolist(), strict=True):
            self._read[row], self._length[row] = 0, min(length, LENGTH)
            if length:
                found.append(row)
        return found

    def _settle(self, rows: list[int]) -> list[int]:
        """Let these ask, and whoever loses their place to one of them. Who gets to the end of the list is returned."""
        ended = []
        for first in rows:
            row = first
            while True:
                read = self._read[row]
                if read == self._length[row]:
                    ended.append(row)
                    break
                self._read[row] = read + 1
                column = self._columns.item(row, read)
                offer = (self._liked.item(row, read), self._ties.item(row, read), row)
                held = self._held[column]
                if len(held) < self._places[column]:
                    heapq.heappush(held, offer)
                    freed = -1
                elif offer > held[0]:
                    freed = heapq.heapreplace(held, offer)[2]
                else:
                    continue
                if len(held) == self._places[column]:
                    self._line[column], self._line_tie[column] = held[0][0], held[0][1]
                if freed < 0:
                    break
                row = freed
        return ended

    def _tie(self, rows: Longs, columns: Longs) -> Longs:
        """A number for each pair that no other pair has."""
        left, right = self._digests
        count = len(self._read) * len(self._held)
        return mixed(left[rows], right[columns], TIE_BITS) * count + rows * len(self._held) + columns


def _together(rows: Longs, most: int) -> Iterator[Longs]:
    """These rows in groups that lie near to each other and span no more than so many."""
    begin = 0
    for place in range(1, len(rows) + 1):
        if place == len(rows) or rows[place] - rows[place - 1] > GAP or rows[place] - rows[begin] >= most:
            yield rows[begin:place]
            begin = place
