"""The pairs that may be formed and what each is worth, as a sparse list in the one order that counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.balance import Balance

Longs = NDArray[np.int64]
Mask = NDArray[np.bool_]
Numbers = NDArray[Any]
"""Whole numbers: machine words where all of them are small enough, else Python's own, which have no end."""

SMALL = 2**61
"""Up to here a machine word has room to add two."""


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Pair `k` is protégé `rows[k]` with mentor `columns[k]`; both lists of names are sorted, and so are the pairs, by row, then column."""

    proteges: tuple[str, ...]
    mentors: tuple[str, ...]
    rows: Longs
    columns: Longs
    points: Numbers
    counted: Numbers
    """What each counts for in the total: its points, and what somebody has earned beyond them."""
    places: Longs
    """Of each mentor, none more than there are protégés."""
    balance: Balance

    @classmethod
    def make(
        cls,
        proteges: Sequence[str],
        mentors: Sequence[str],
        *,
        rows: Longs,
        columns: Longs,
        points: Numbers,
        places: Sequence[int],
    ) -> "Pairs":
        """Put everything in order, whatever order it came in."""
        row_order, column_order = (sorted(range(len(names)), key=names.__getitem__) for names in (proteges, mentors))
        rows, columns = _positions(row_order)[rows], _positions(column_order)[columns]
        order = np.lexsort((columns, rows))
        return cls(
            proteges=tuple(proteges[place] for place in row_order),
            mentors=tuple(mentors[place] for place in column_order),
            rows=rows[order],
            columns=columns[order],
            points=points[order],
            counted=points[order],
            balance=Balance.even(len(proteges), len(mentors)),
            places=np.array([min(places[place], len(proteges)) for place in column_order], dtype=np.int64),
        )

    def only(self, wanted: Mask | Longs) -> "Pairs":
        """The same people with fewer pairs."""
        return replace(self, rows=self.rows[wanted], columns=self.columns[wanted], points=self.points[wanted], counted=self.counted[wanted])

    def parts(self) -> "tuple[Pairs, ...]":
        """All of it at once."""
        return (self,)

    def formed(self, match: Longs) -> "Pairs":
        """The pairs of a match, which has them by their place in the list."""
        return self.only(match)

    def possible(self) -> Mask:
        """The pairs whose mentor has a place at all."""
        return self.places[self.columns] > 0

    @property
    def keys(self) -> Longs:
        """A number for each pair, in their order."""
        keys: Longs = self.rows * len(self.mentors) + self.columns
        return keys

    @property
    def most(self) -> int:
        """No match pairs more than this."""
        return min(len(self.proteges), int(self.places.sum()))

    def chosen(self, pairs: Longs) -> Longs:
        """The pair of each protégé, -1 for none."""
        found = np.full(len(self.proteges), -1, dtype=np.int64)
        found[self.rows[pairs]] = pairs
        return found


def distinct(keys: Longs) -> Longs:
    """Each once, in order. Several times as fast as numpy's own way."""
    keys = np.sort(keys)
    return keys[np.diff(keys, prepend=-1) > 0]


def numbers(values: Iterable[int]) -> Numbers:
    """These whole numbers in the smallest form that holds them with room to spare."""
    exact = list(values)
    small = not exact or max(map(abs, exact)) < SMALL
    return np.array(exact, dtype=np.int64 if small else object)


def exact_sum(values: Numbers) -> int:
    """In Python's own numbers, which do not overflow."""
    return sum(int(value) for value in values.tolist())


def _positions(order: list[int]) -> Longs:
    positions = np.empty(len(order), dtype=np.int64)
    positions[order] = np.arange(len(order))
    return positions
