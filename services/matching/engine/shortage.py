"""Who shares too few places: for somebody left out, a group of mentors, and all who can only be paired with these."""

from dataclasses import dataclass

import numpy as np

from services.matching.engine.pairs import Longs, Mask, Pairs

THOROUGH = 5_000_000
"""Up to so many looks at a pair, a group is made as small as it can be; beyond, it only shows the shortage."""


@dataclass(frozen=True, kw_only=True)
class Shortage:
    """More people than places: `rows` can only be paired with `columns`, who together have fewer `places` (a Hall set)."""

    rows: Longs
    columns: Longs
    places: int


class Shortages:
    """The groups in which people were left out by a match of as many people as can be."""

    def __init__(self, pairs: Pairs, match: Longs) -> None:
        self._pairs = pairs.only(pairs.possible())
        self._starts = np.searchsorted(self._pairs.rows, np.arange(len(pairs.proteges) + 1))
        self._at = np.full(len(pairs.proteges), -1, dtype=np.int64)
        self._at[pairs.rows[match]] = pairs.columns[match]
        self._found: list[tuple[Mask, Shortage]] = []

    def mentors_of(self, row: int) -> Longs:
        """The mentors with places whom this one may be paired with."""
        return self._pairs.columns[self._starts[row] : self._starts[row + 1]]

    def of(self, row: int) -> Shortage | None:
        """A group that shows why this one was left out, from which no mentor can be left away; None if there is none."""
        own = self.mentors_of(row)
        if not len(own):
            return None
        for inside, shortage in self._found:
            if inside[own].all() and (len(own) == len(shortage.columns) or not self._is_small(len(shortage.columns))):
                return shortage
        grown = self._grown(own)
        if grown is None:
            return None
        inside = grown
        others = np.setdiff1d(np.flatnonzero(inside), own)
        if self._is_small(len(others)):
            inside = self._shrunk(inside, others)
        shortage = self._shortage(inside)
        self._found.append((inside, shortage))
        return shortage

    def _is_small(self, mentors: int) -> bool:
        return mentors * len(self._pairs.rows) <= THOROUGH

    def _grown(self, own: Longs) -> Mask | None:
        """By all to whom those who are there could move on, until there are too few places; None if one of them has room."""
        inside = np.zeros(len(self._pairs.mentors), dtype=bool)
        inside[own] = True
        while True:
            if self._lacks(inside):
                return inside
            there = (self._at >= 0) & inside[self._at]
            wider = inside.copy()
            wider[self._pairs.columns[there[self._pairs.rows]]] = True
            if np.array_equal(wider, inside):
                return None
            inside = wider

    def _shrunk(self, inside: Mask, others: Longs) -> Mask:
        left = True
        while left:
            left = False
            for column in others[inside[others]]:
                inside[column] = False
                if self._lacks(inside):
                    left = True
                else:
                    inside[column] = True
        return inside

    def _only_there(self, inside: Mask) -> Longs:
        elsewhere = np.zeros(len(self._at), dtype=bool)
        elsewhere[self._pairs.rows[~inside[self._pairs.columns]]] = True
        return np.flatnonzero(~elsewhere & (np.diff(self._starts) > 0))

    def _lacks(self, inside: Mask) -> bool:
        return len(self._only_there(inside)) > int(self._pairs.places[inside].sum())

    def _shortage(self, inside: Mask) -> Shortage:
        return Shortage(rows=self._only_there(inside), columns=np.flatnonzero(inside), places=int(self._pairs.places[inside].sum()))
