"""What a match of any form ends in: the pairs, who is left, and how near it is to the best there can be."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from services.matching.engine.blocks import Blocks, spans
from services.matching.engine.cohort import Pairing
from services.matching.engine.pairs import Longs


@dataclass(frozen=True, kw_only=True)
class FormedPair:
    """A pair with its points; in rounds of short meetings also in which round, from 1 up."""

    protege_id: str
    mentor_id: str
    points: int
    round: int | None = None


@dataclass(frozen=True, kw_only=True)
class Formed:
    """A match of any form. The first bound is for the number of pairs, the second for the points that as many pairs can have.

    `upper_bound` is None where the form does not ask for the most points.
    """

    pairs: list[FormedPair]
    left_out: list[str]
    idle_mentor_ids: list[str]
    released: list[Pairing] = field(default_factory=list)
    matched_upper_bound: int
    upper_bound: int | None
    pairs_checked: int
    least_released: int = 0
    """So many of the pairs to be kept had to be released, whatever the match."""

    @property
    def total_points(self) -> int:
        """The points of all pairs."""
        return sum(pair.points for pair in self.pairs)

    @property
    def gap(self) -> int:
        """How many points more there may be at most."""
        return 0 if self.upper_bound is None else self.upper_bound - self.total_points

    @property
    def optimal(self) -> bool:
        """Whether it is proven that nothing is better."""
        return len(self.released) == self.least_released and len(self.pairs) == self.matched_upper_bound and not self.gap


def points_at(blocks: Blocks, rows: Longs, columns: Longs) -> Longs:
    """The points of these pairs, below nothing for those that must not be. `rows` are sorted."""
    found = np.empty(len(rows), dtype=np.int64)
    for start, stop in spans(len(blocks.proteges)):
        here = slice(*np.searchsorted(rows, [start, stop]))
        if here.start < here.stop:
            found[here] = blocks.points(start, stop)[rows[here] - start, columns[here]]
    return found


def paired(blocks: Blocks, rows: Longs, columns: Longs) -> list[FormedPair]:
    """These rows and columns as pairs, in the order of their names."""
    order = np.lexsort((columns, rows))
    rows, columns = rows[order], columns[order]
    return [
        FormedPair(protege_id=blocks.proteges[row], mentor_id=blocks.mentors[column], points=points)
        for row, column, points in zip(rows.tolist(), columns.tolist(), points_at(blocks, rows, columns).tolist(), strict=True)
    ]


def idle(blocks: Blocks, pairs: Iterable[FormedPair]) -> list[str]:
    """The mentors who have places and nobody."""
    busy = {pair.mentor_id for pair in pairs}
    return [blocks.mentors[column] for column in np.flatnonzero(blocks.places > 0) if blocks.mentors[column] not in busy]
