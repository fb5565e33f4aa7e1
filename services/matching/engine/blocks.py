"""The whole problem, seen a block of protégés at a time, so that nobody has to hold all of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.signedinteger[Any]]

MUST_NOT_BE = -1
"""Instead of points: this pair may not be formed."""
BLOCK_ROWS = 1_024
HELD_BYTES = 2**30


class Blocks(Protocol):
    """Everybody on both sides, each in the order of their names, and the points of all pairs for whoever asks."""

    @property
    def proteges(self) -> tuple[str, ...]:
        """The names of the rows, sorted."""
        ...

    @property
    def mentors(self) -> tuple[str, ...]:
        """The names of the columns, sorted."""
        ...

    @property
    def places(self) -> NDArray[np.int64]:
        """How many protégés each mentor can have, from 0 up."""
        ...

    def points(self, start: int, stop: int) -> Points:
        """Whole points from 0 up, or `MUST_NOT_BE`, of protégés `start` to `stop` with every mentor, a row for each protégé.

        In 16 or 32 bits, the same each time it is asked; whoever asks changes nothing in it.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class DenseBlocks:
    """`Blocks` of a matrix that is there already."""

    proteges: tuple[str, ...]
    mentors: tuple[str, ...]
    places: NDArray[np.int64]
    matrix: Points

    def points(self, start: int, stop: int) -> Points:
        """These rows of the matrix."""
        return self.matrix[start:stop]


class Held:
    """`Blocks` that keeps what it was told, as far as there is room, for whoever asks for the same rows again."""

    def __init__(self, blocks: Blocks, room: int = HELD_BYTES) -> None:
        self.proteges, self.mentors, self.places = blocks.proteges, blocks.mentors, blocks.places
        self._blocks = blocks
        self._room = room
        self._kept: dict[int, Points] = {}

    def points(self, start: int, stop: int) -> Points:
        """As it was told before, or told now. Whoever asks by `spans`, or for a part of one, can be told again."""
        first = start - start % BLOCK_ROWS
        known = self._kept.get(first)
        if known is not None and stop - first <= len(known):
            return known[start - first : stop - first]
        known = self._blocks.points(start, stop)
        if known.dtype != np.int16 and known.max(initial=0) <= np.iinfo(np.int16).max:
            known = known.astype(np.int16)
        if start == first and stop - start <= BLOCK_ROWS and known.nbytes <= self._room:
            self._room -= known.nbytes
            self._kept[start] = known
        return known


def spans(rows: int, size: int = BLOCK_ROWS) -> Iterator[tuple[int, int]]:
    """Where each block begins and ends."""
    for start in range(0, rows, size):
        yield start, min(start + size, rows)
