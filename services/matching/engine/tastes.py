"""How each side likes the pairs that may be: by points, or by wishes first and points among the rest."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.blocks import Blocks
from services.matching.engine.pairs import Longs

A_WISH = 1_000_000
"""A wish is worth so many points more than the next one: more than all points that a pair can have."""
MOST_RANKS = 2_000

Wishes = Mapping[str, Mapping[str, int]]
"""Of each person who has any, the rank of each one wished for: 1 is the best, the same rank is a tie."""


@dataclass(frozen=True, kw_only=True)
class Tastes:
    """Both sides' points for the same people. A pair may be formed where both blocks allow it; places are those of the protégés' blocks."""

    by_protege: Blocks
    by_mentor: Blocks

    @classmethod
    def by_points(cls, blocks: Blocks) -> "Tastes":
        """Both sides like best what has most points."""
        return cls(by_protege=blocks, by_mentor=blocks)

    @classmethod
    def by_wishes(cls, blocks: Blocks, proteges: Wishes, mentors: Wishes) -> "Tastes":
        """Everybody likes best those they wished for, in that order, and all others by points. A wish allows no pair that must not be.

        Raises ValueError where there are more than `MOST_RANKS` different ranks.
        """
        return cls(
            by_protege=_Wished(blocks, *_table(blocks, proteges, turned=False)),
            by_mentor=_Wished(blocks, *_table(blocks, mentors, turned=True)),
        )

    def points(self, start: int, stop: int) -> tuple[NDArray[np.signedinteger], NDArray[np.signedinteger]]:
        """What the protégés from `start` to `stop` make of every mentor, and what every mentor makes of them."""
        liking = self.by_protege.points(start, stop)
        return liking, liking if self.by_mentor is self.by_protege else self.by_mentor.points(start, stop)


class _Wished:
    """Blocks in which one side's wishes count for more than all points."""

    def __init__(self, blocks: Blocks, rows: Longs, columns: Longs, more: Longs) -> None:
        self._blocks, self._rows, self._columns, self._more = blocks, rows, columns, more
        self.proteges, self.mentors, self.places = blocks.proteges, blocks.mentors, blocks.places

    def points(self, start: int, stop: int) -> NDArray[np.signedinteger]:
        """The points with those of the wishes."""
        block = self._blocks.points(start, stop).astype(np.int32)
        wished = slice(*np.searchsorted(self._rows, [start, stop]))
        at = self._rows[wished] - start, self._columns[wished]
        block[at] += np.where(block[at] >= 0, self._more[wished], 0).astype(np.int32)
        return block


def _table(blocks: Blocks, wishes: Wishes, *, turned: bool) -> tuple[Longs, Longs, Longs]:
    """Row, column and points of each wish, by row. A wish for somebody who does not take part is none."""
    rows = {name: row for row, name in enumerate(blocks.proteges)}
    columns = {name: column for column, name in enumerate(blocks.mentors)}
    steps = sorted({rank for ranks in wishes.values() for rank in ranks.values()}, reverse=True)
    if len(steps) > MOST_RANKS:
        raise ValueError(f"There are {len(steps)} different ranks; {MOST_RANKS} is the most.")
    more = {rank: number * A_WISH for number, rank in enumerate(steps, 1)}
    found = []
    for person, ranks in wishes.items():
        for other, rank in ranks.items():
            protege, mentor = (other, person) if turned else (person, other)
            if protege in rows and mentor in columns:
                found.append((rows[protege], columns[mentor], more[rank]))
    table = np.array(sorted(found), dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]
