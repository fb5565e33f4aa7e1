"""What is to be decided: who may be paired with whom, what each pair counts, who has places, and how it is to be balanced."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from services.matching.engine.balance import Balance
from services.matching.engine.blocks import MUST_NOT_BE, Blocks, Points, spans
from services.matching.engine.pairs import Longs, Mask, Pairs

STRIP = 2**18
"""Pairs that are worked on together: few enough to stay in the processor's cache."""


@dataclass(frozen=True, kw_only=True)
class Strip:
    """Some protégés, from `start`, with every mentor: their points, and what each pair counts, or less than nothing where it may not be."""

    start: int
    points: Points
    counted: Points

    @property
    def rows(self) -> slice:
        """Which protégés these are."""
        return slice(self.start, self.start + len(self.points))

    def least(self, points: int | None) -> Points:
        """What each pair counts that has at least so many points of its own."""
        return self.counted if points is None else np.where(self.points >= points, self.counted, MUST_NOT_BE)


@dataclass(frozen=True, kw_only=True)
class Extra:
    """What single pairs count beyond their points, by row."""

    rows: Longs
    columns: Longs
    points: Longs

    @classmethod
    def of(cls, points: Mapping[tuple[int, int], int]) -> "Extra":
        """Of pairs by row and column."""
        table = np.array([(*pair, more) for pair, more in sorted(points.items())], dtype=np.int64).reshape(-1, 3)
        return cls(rows=table[:, 0], columns=table[:, 1], points=table[:, 2])


@dataclass(frozen=True, kw_only=True)
class Problem:
    """All pairs that may be formed, without holding them."""

    blocks: Blocks
    places: Longs
    """Of each mentor, as many as there are to give, none more than there are protégés."""
    settled: Mask
    """The protégés about whom nothing is to be decided."""
    protege_bonus: Longs
    mentor_bonus: Longs
    """By how much each pair of somebody counts more than its points: nothing or more."""
    extra: Extra
    balance: Balance

    @classmethod
    def plain(cls, blocks: Blocks) -> "Problem":
        """Everybody is to be decided on, and nothing but the points counts."""
        proteges, mentors = len(blocks.proteges), len(blocks.mentors)
        return cls(
            blocks=blocks,
            places=np.minimum(blocks.places, proteges),
            settled=np.zeros(proteges, dtype=bool),
            protege_bonus=np.zeros(proteges, dtype=np.int64),
            mentor_bonus=np.zeros(mentors, dtype=np.int64),
            extra=Extra.of({}),
            balance=Balance.even(proteges, mentors),
        )

    @property
    def proteges(self) -> tuple[str, ...]:
        """The names of the rows."""
        return self.blocks.proteges

    @property
    def mentors(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self.blocks.mentors

    @property
    def most_bonus(self) -> int:
        """No pair counts more than its points and this."""
        return sum(int(more.max(initial=0)) for more in (self.protege_bonus, self.mentor_bonus, self.extra.points))

    def strips(self) -> Iterator[Strip]:
        """All pairs there are."""
        size = max(1, STRIP // max(len(self.mentors), 1))
        for start, stop in spans(len(self.proteges)):
            block = self.blocks.points(start, stop)
            for low, high in spans(stop - start, size):
                yield self._strip(start + low, block[low:high])

    def parts(self) -> Iterator[Pairs]:
        """The pairs that may be, some protégés at a time."""
        for strip in self.strips():
            allowed = strip.counted >= 0
            places = np.flatnonzero(allowed)
            rows = np.repeat(np.arange(strip.rows.start, strip.rows.stop), np.count_nonzero(allowed, axis=1))
            columns = places - (rows - strip.start) * len(self.mentors)
            yield self._pairs(rows, columns, strip.points.ravel()[places], strip.counted.ravel()[places])

    def formed(self, match: Longs) -> Pairs:
        """The pairs of a match, which has the column of each row, or -1. Raises ValueError for one that may not be."""
        rows = np.flatnonzero(match >= 0)
        return self.pairs_at(rows * len(self.mentors) + match[rows])

    def pairs_at(self, keys: Longs) -> Pairs:
        """Pairs by their number, which is the row times as many mentors as there are, and the column; in order. Raises ValueError."""
        rows, columns = np.divmod(keys, max(len(self.mentors), 1))
        points, counted = np.empty_like(keys), np.empty_like(keys)
        for start, stop in spans(len(self.proteges)):
            wanted = slice(*np.searchsorted(rows, [start, stop]))
            if wanted.start == wanted.stop:
                continue
            strip = self._strip(start, self.blocks.points(start, stop))
            at = rows[wanted] - start, columns[wanted]
            points[wanted], counted[wanted] = strip.points[at], strip.counted[at]
        if (counted < 0).any():
            raise ValueError("A pair may not be formed.")
        return self._pairs(rows, columns, points, counted)

    def counted(self, start: int, stop: int) -> Points:
        """What the pairs of these protégés count, `MUST_NOT_BE` for those that may not be."""
        return self._strip(start, self.blocks.points(start, stop)).counted

    def _strip(self, start: int, points: Points) -> Strip:
        rows = slice(start, start + len(points))
        extra = slice(*np.searchsorted(self.extra.rows, [rows.start, rows.stop]))
        without_place, settled = np.flatnonzero(self.places == 0), np.flatnonzero(self.settled[rows])
        more = self.protege_bonus[rows].any() or self.mentor_bonus.any() or extra.start < extra.stop
        if not more and not without_place.size and not settled.size:
            return Strip(start=start, points=points, counted=points)
        counted = points.astype(np.int32)
        if more:
            counted += self.protege_bonus[rows, None].astype(np.int32)
            counted += self.mentor_bonus.astype(np.int32)
            counted[self.extra.rows[extra] - start, self.extra.columns[extra]] += self.extra.points[extra].astype(np.int32)
            counted[points < 0] = MUST_NOT_BE
        counted[:, without_place] = MUST_NOT_BE
        counted[settled] = MUST_NOT_BE
        return Strip(start=start, points=points, counted=counted)

    def _pairs(self, rows: Longs, columns: Longs, points: Points, counted: Points) -> Pairs:
        return Pairs(
            proteges=self.proteges,
            mentors=self.mentors,
            rows=rows,
            columns=columns,
            points=points.astype(np.int64),
            counted=counted.astype(np.int64),
            places=self.places,
            balance=self.balance,
        )


@dataclass(frozen=True, kw_only=True)
class Undecided:
    """`Blocks` of a problem: nobody who is settled already, and only the places there are to give."""

    problem: Problem

    @property
    def proteges(self) -> tuple[str, ...]:
        """The names of the rows."""
        return self.problem.proteges

    @property
    def mentors(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self.problem.mentors

    @property
    def places(self) -> Longs:
        """Those that are left."""
        return self.problem.places

    def points(self, start: int, stop: int) -> Points:
        """As the problem's, but that settled protégés may have nobody."""
        block, settled = self.problem.blocks.points(start, stop), self.problem.settled[start:stop]
        return np.where(settled[:, None], np.int32(MUST_NOT_BE), block) if settled.any() else block


class Counted(Undecided):
    """The same with what pairs count instead of their points."""

    def points(self, start: int, stop: int) -> Points:
        """As the problem counts."""
        return self.problem.counted(start, stop)
