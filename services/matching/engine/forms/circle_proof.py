"""What no match in circles can exceed, from prices alone: knows nothing of how a match was found, trusts nothing but the points.

A proof gives each protégé a price. A pair counts by its points, by being a pair and by being one to be kept; less its protégé's price. A
mentor opens a circle of the size that counts most, or none if all count less than nothing. Each price is paid at most once: so no match
counts more than all prices and what each mentor's best circle counts beyond them (Lagrangian relaxation; Geoffrion 1974).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.matching.engine.blocks import Blocks, spans
from services.matching.engine.forms.formed import points_at
from services.matching.engine.pairs import Longs

FINE = 2**16
"""What one point counts, so that prices can be fractions of one."""
NOBODY = -(2**62)


@dataclass(frozen=True, kw_only=True)
class Circles:
    """Who may be with whom, and how many a circle must and can have: where a mentor cannot have one, both are 0.

    `kept`: row and column of pairs that come before everything else.
    """

    blocks: Blocks
    smallest: Longs
    largest: Longs
    kept: Longs

    def faults(self, rows: Longs, columns: Longs) -> list[str]:
        """Why these pairs, by row, cannot all be formed."""
        times = np.bincount(rows, minlength=len(self.blocks.proteges))
        sizes = np.bincount(columns, minlength=len(self.blocks.mentors))
        wrong = (sizes > 0) & ((sizes < self.smallest) | (sizes > self.largest))
        barred = [
            f"{self.blocks.proteges[rows[place]]} may not be with {self.blocks.mentors[columns[place]]}"
            for place in np.flatnonzero(points_at(self.blocks, rows, columns) < 0)
        ]
        twice = [f"{self.blocks.proteges[row]} is in {times[row]} circles" for row in np.flatnonzero(times > 1)]
        return barred + twice + [f"{self.blocks.mentors[column]} has a circle of {sizes[column]}" for column in np.flatnonzero(wrong)]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Prices of the protégés, and what a pair counts: `point` for each point, `pair`, and `kept` more if it is one to be kept."""

    prices: Longs
    point: int
    pair: int
    kept: int

    def counted(self, circles: Circles, start: int, stop: int) -> Longs:
        """What the pairs of these protégés count less their prices; `NOBODY` where there may be none."""
        points = circles.blocks.points(start, stop)
        counted = points.astype(np.int64) * self.point + self.pair - self.prices[start:stop, None]
        kept = circles.kept[(circles.kept[:, 0] >= start) & (circles.kept[:, 0] < stop)]
        counted[kept[:, 0] - start, kept[:, 1]] += self.kept
        return np.where((points >= 0) & (circles.largest > 0), counted, NOBODY)


@dataclass(frozen=True, kw_only=True)
class Best:
    """The best circle of each mentor at some prices: by column, those who count most in front, `size` of them in the best circle.

    `counts`: what it counts, 0 for none; `forced`: what the best others of it count if one more place is kept for somebody.
    """

    rows: Longs
    size: Longs
    counts: Longs
    forced: Longs
    bound: int


def best_circles(circles: Circles, proof: Proof) -> Best:
    """Look at all pairs. Raises ValueError where a price is less than nothing."""
    if len(proof.prices) and proof.prices.min() < 0:
        raise ValueError("A price is less than nothing, so it proves nothing.")
    most = int(circles.largest.max(initial=0))
    top, rows = foremost(circles, lambda start, stop: proof.counted(circles, start, stop), most)
    there = top != NOBODY
    sums = np.pad(np.cumsum(np.where(there, top, 0), axis=0), ((1, 0), (0, 0)))
    can_be = np.pad(there, ((1, 0), (0, 0)), constant_values=True)
    sizes = np.arange(most + 1)[:, None]
    full = np.where(can_be & (sizes >= circles.smallest) & (sizes <= circles.largest), sums, NOBODY)
    others = np.where(can_be & (sizes >= circles.smallest - 1) & (sizes <= circles.largest - 1), sums, NOBODY)
    counts = full.max(axis=0, initial=0)
    return Best(
        rows=rows,
        size=np.where(counts > 0, full.argmax(axis=0), 0),
        counts=counts,
        forced=others.max(axis=0, initial=NOBODY),
        bound=sum(proof.prices.tolist()) + sum(counts.tolist()),
    )


def foremost(circles: Circles, counted: Callable[[int, int], Longs], most: int) -> tuple[Longs, Longs]:
    """So many of each mentor's pairs that count most, in columns, the most in front, and whose they are."""
    mentors = len(circles.blocks.mentors)
    top, rows = np.full((most, mentors), NOBODY), np.full((most, mentors), -1)
    for start, stop in spans(len(circles.blocks.proteges)):
        both = np.concatenate([top, counted(start, stop)])
        whose = np.concatenate([rows, np.broadcast_to(np.arange(start, stop)[:, None], (stop - start, mentors))])
        order = np.argsort(-both, axis=0, kind="stable")[:most]
        top, rows = np.take_along_axis(both, order, axis=0), np.take_along_axis(whose, order, axis=0)
    return top, rows
