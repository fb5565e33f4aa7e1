"""Small blocks of points for tests of the forms, and every match they allow."""

from collections.abc import Iterator

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.matching.engine.blocks import DenseBlocks


def blocks_of(matrix: list[list[int]], places: list[int] | None = None) -> DenseBlocks:
    """Protégés p000 and so on in rows, mentors m000 and so on in columns; one place each unless said."""
    points = np.array(matrix, dtype=np.int32)
    rows, columns = points.shape
    return DenseBlocks(
        proteges=tuple(f"p{row:03}" for row in range(rows)),
        mentors=tuple(f"m{column:03}" for column in range(columns)),
        places=np.array([1] * columns if places is None else places, dtype=np.int64),
        matrix=points,
    )


@st.composite
def small_blocks(draw: st.DrawFn, proteges: int = 5, mentors: int = 4, most_places: int = 3, *, strict: bool = False) -> DenseBlocks:
    """Any points whatever of so many people: few different ones, so with ties, unless strict; some pairs must not be."""
    rows, columns = draw(st.integers(0, proteges)), draw(st.integers(0, mentors))
    cells = rows * columns
    if strict:
        numbers = draw(st.permutations(range(cells)))
        barred = draw(st.lists(st.booleans(), min_size=cells, max_size=cells))
        points = [-1 if no else number for number, no in zip(numbers, barred, strict=True)]
    else:
        most = draw(st.sampled_from([0, 1, 3, 10_000]))
        points = draw(st.lists(st.integers(-1, most), min_size=cells, max_size=cells))
    return DenseBlocks(
        proteges=tuple(f"p{row}" for row in range(rows)),
        mentors=tuple(f"m{column}" for column in range(columns)),
        places=np.array(draw(st.lists(st.integers(0, most_places), min_size=columns, max_size=columns)), dtype=np.int64),
        matrix=np.array(points, dtype=np.int32).reshape(rows, columns),
    )


def a_cohort_of_points(proteges: int, mentors: int, *, seed: int = 1, allowed: float = 0.4, most: int = 10_000) -> DenseBlocks:
    """So many people with points as chance has them."""
    chance = np.random.default_rng(seed)
    matrix = chance.integers(0, most + 1, (proteges, mentors), dtype=np.int32)
    matrix[chance.random(matrix.shape) > allowed] = -1
    return DenseBlocks(
        proteges=tuple(f"p{row:04}" for row in range(proteges)),
        mentors=tuple(f"m{column:04}" for column in range(mentors)),
        places=chance.integers(0, 5, mentors),
        matrix=matrix,
    )


def every_choice(blocks: DenseBlocks) -> Iterator[NDArray[np.intp]]:
    """Each way to give protégés mentors whom they may have, no mentor more than places: a column for each protégé, or -1."""
    fitting = [[-1, *np.flatnonzero(row >= 0).tolist()] for row in blocks.matrix]

    def extended(row: int, chosen: list[int], free: list[int]) -> Iterator[list[int]]:
        if row == len(fitting):
            yield chosen
            return
        for column in fitting[row]:
            if column < 0 or free[column]:
                yield from extended(row + 1, [*chosen, column], [left - (place == column) for place, left in enumerate(free)])

    for chosen in extended(0, [], blocks.places.tolist()):
        yield np.array(chosen, dtype=np.intp)
