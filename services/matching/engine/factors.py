"""What a pair's values are made of, one protégé at a time beside all mentors.

A row of ten thousand mentors stays in the processor's nearest cache while one criterion after the other is added to it; blocks of many rows
do not, and are slower. A factor is prepared once for a cohort and holds only what is small: never a number for every pair.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.zones import Week, shared_minutes, stacked

FULL = 1_000
UNKNOWN = -1_000_000
"""Stands where one of the two has not answered; less than anything that is measured."""

Kind = TypeVar("Kind")
Values = NDArray[np.int32]
Mask = NDArray[np.bool_]
Places = NDArray[np.intp]


ALL = slice(None)


class Factor(Protocol):
    """A number for each mentor in these columns beside the protégé in this row."""

    def row(self, row: int, columns: slice = ALL) -> Values: ...


@dataclass(frozen=True)
class Grouped:
    """Protégés of one group have the same row."""

    table: Values
    """A row for each group, a column for each mentor."""
    groups: Places

    def row(self, row: int, columns: slice = ALL) -> Values:
        found: Values = self.table[self.groups[row], columns]
        return found


def grouped(rows: Sequence[Kind], columns: Sequence[Kind], value: Callable[[Kind, Kind], int]) -> Grouped:
    """The values by what protégé and mentor are."""
    row_kinds, column_kinds = _kinds(rows), _kinds(columns)
    small = np.array([[value(row, column) for column in column_kinds] for row in row_kinds], dtype=np.int32)
    across = np.array([column_kinds[one] for one in columns], dtype=np.intp)
    table = small.reshape(len(row_kinds), len(column_kinds))[:, across]
    return Grouped(table=table, groups=np.array([row_kinds[one] for one in rows], dtype=np.intp))


def _kinds(things: Iterable[Kind]) -> dict[Kind, int]:
    return {thing: place for place, thing in enumerate(dict.fromkeys(things))}


@dataclass(frozen=True)
class Same:
    """1 where both have said the same, else 0."""

    rows: Places
    columns: Places

    def row(self, row: int, columns: slice = ALL) -> Values:
        alike: Mask = self.columns[columns] == self.rows[row]
        return alike.astype(np.int32) if self.rows[row] >= 0 else np.zeros(len(alike), dtype=np.int32)


def same(rows: Sequence[str], columns: Sequence[str]) -> Same:
    """Nobody is the same as somebody who has said nothing."""
    codes = _kinds(word for word in (*rows, *columns) if word)
    return Same(*(np.array([codes.get(word, -1) for word in words], dtype=np.intp) for words in (rows, columns)))


@dataclass(frozen=True)
class Apart:
    """`FULL` for equal numbers, nothing for those that are `most` apart, and less than nothing beyond that."""

    rows: NDArray[np.float64]
    columns: NDArray[np.float64]
    most: float

    def row(self, row: int, columns: slice = ALL) -> Values:
        parts: NDArray[np.float64] = np.minimum(np.abs(self.columns[columns] - self.rows[row]) / self.most, 2)
        return FULL - np.ceil(parts * FULL).astype(np.int32)


@dataclass(frozen=True)
class InCommon:
    """How many of a set of things two have in common."""

    rows: NDArray[np.uint64]
    columns: NDArray[np.uint64]
    """Bits: a row for each 64 things, a column for each person."""

    def row(self, row: int, columns: slice = ALL) -> Values:
        found = self.columns[:, columns]
        total = np.zeros(found.shape[1], dtype=np.int32)
        for word, bits in enumerate(found):
            total += np.bitwise_count(bits & self.rows[word, row])
        return total


def in_common(rows: Sequence[Sequence[str]], columns: Sequence[Sequence[str]]) -> InCommon:
    """From what each has named."""
    names = _kinds(sorted({name for named in (*rows, *columns) for name in named}))
    words = -(-len(names) // 64)

    def bits(people: Sequence[Sequence[str]]) -> NDArray[np.uint64]:
        result = np.zeros((words, len(people)), dtype=np.uint64)
        for place, named in enumerate(people):
            for name in named:
                result[names[name] // 64, place] |= np.uint64(1 << names[name] % 64)
        return result

    return InCommon(bits(rows), bits(columns))


class SharedMinutes:
    """The minutes of every week in which both can meet."""

    def __init__(self, rows: Sequence[Week], different: Sequence[Week], columns: Places) -> None:
        """`different`: the weeks that mentors have; `columns`: which of them each mentor has."""
        self._rows, self._columns = rows, columns
        self._weeks = stacked(different)

    def row(self, row: int, columns: slice = ALL) -> Values:
        if columns == ALL:
            return shared_minutes(self._weeks, self._rows[row])[self._columns]
        return shared_minutes(self._weeks[:, :, self._columns[columns]], self._rows[row])


class Remembered:
    """A factor of which the last row is kept: a criterion and a rule ask for it one after the other."""

    def __init__(self, factor: Factor) -> None:
        self._factor = factor
        self._row = -1
        self._numbers: Values = np.zeros(0, dtype=np.int32)

    def row(self, row: int, columns: slice = ALL) -> Values:
        if columns != ALL:
            return self._factor.row(row, columns)
        if row != self._row:
            self._row, self._numbers = row, self._factor.row(row)
            self._numbers.flags.writeable = False
        return self._numbers


@dataclass(frozen=True)
class OfProtege:
    """Depends on the protégé alone."""

    rows: Values
    columns: int

    def row(self, row: int, columns: slice = ALL) -> Values:
        return np.full(len(range(self.columns)[columns]), self.rows[row], dtype=np.int32)


@dataclass(frozen=True)
class Listed:
    """1 for the pairs in a list, else 0."""

    by_row: Mapping[int, Sequence[int]]
    columns: int

    def row(self, row: int, columns: slice = ALL) -> Values:
        marked = np.zeros(self.columns, dtype=np.int32)
        marked[list(self.by_row.get(row, ()))] = 1
        return marked[columns]


@dataclass(frozen=True)
class Answered:
    """A factor's number where both have answered."""

    factor: Factor
    rows: Mask
    columns: Mask

    def row(self, row: int, columns: slice = ALL) -> Values:
        known = self.columns[columns]
        if not self.rows[row]:
            return np.full(len(known), UNKNOWN, dtype=np.int32)
        numbers = self.factor.row(row, columns)
        return numbers if self._every_column else np.where(known, numbers, UNKNOWN)

    @cached_property
    def _every_column(self) -> bool:
        return bool(self.columns.all())


@dataclass(frozen=True)
class Greater:
    """The greater of two; what is unknown is less than anything."""

    one: Factor
    other: Factor

    def row(self, row: int, columns: slice = ALL) -> Values:
        return np.maximum(self.one.row(row, columns), self.other.row(row, columns))


@dataclass(frozen=True)
class Table:
    """What whole numbers are worth, from 0 on; beyond the end as the last. `unknown`: what the unknown is worth."""

    worth: Values
    unknown: int = UNKNOWN

    def __call__(self, numbers: Values) -> Values:
        # A place for the unknown in front: to look there is quicker than to look for it in every row.
        return self._table.take(numbers + 1, mode="clip")

    @cached_property
    def _table(self) -> Values:
        return np.concatenate((np.array([self.unknown], dtype=np.int32), self.worth))

    def then(self, further: Callable[[Values], Values]) -> "Table":
        """This, and what comes of it."""
        worth = further(self._table)
        return Table(worth[1:], int(worth[0]))


def table(worth: Iterable[int]) -> Table:
    """What the numbers 0, 1, 2 … are worth; the unknown stays unknown."""
    return Table(np.array(list(worth), dtype=np.int32))


@dataclass(frozen=True)
class Valued:
    """What a factor's numbers are worth."""

    factor: Factor
    worth: Callable[[Values], Values]

    def row(self, row: int, columns: slice = ALL) -> Values:
        return self.worth(self.factor.row(row, columns))


def valued(factor: Factor, worth: Callable[[Values], Values]) -> Factor:
    """The factor with its numbers put as others; once for all, where there are few different rows or numbers."""
    match factor:
        case Grouped(numbers, groups):
            return Grouped(table=worth(numbers), groups=groups)
        case Valued(inner, Table() as looked_up):
            return Valued(inner, looked_up.then(worth))
    return Valued(factor, worth)
