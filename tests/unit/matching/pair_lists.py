"""Small lists of pairs for tests of the sparse engine, and every match they allow."""

from collections.abc import Iterator

import numpy as np
from hypothesis import strategies as st

from services.matching.engine.pairs import Longs, Pairs, numbers
from services.matching.engine.stable import Preferences

POINTS = (
    st.just(0),
    st.integers(-3, 3),
    st.integers(-(10**7), 10**7),
    st.sampled_from([-(10**40), 10**40, 10**40 + 1, 0]),
    st.integers(10**17, 10**17 + 3),
)


@st.composite
def pair_lists(draw: st.DrawFn, proteges: int = 4, mentors: int = 3) -> Pairs:
    """Any pairs whatever of so many people, with points that may be equal, negative or enormous, and mentors without places."""
    rows, columns = draw(st.integers(0, proteges)), draw(st.integers(0, mentors))
    every = [(row, column) for row in range(rows) for column in range(columns)]
    some = draw(st.lists(st.sampled_from(every), unique=True)) if every else []
    points = draw(st.lists(draw(st.sampled_from(POINTS)), min_size=len(some), max_size=len(some)))
    return Pairs.make(
        draw(st.permutations([f"p{row}" for row in range(rows)])),
        draw(st.permutations([f"m{column}" for column in range(columns)])),
        rows=np.array([row for row, _ in some], dtype=np.int64),
        columns=np.array([column for _, column in some], dtype=np.int64),
        points=numbers(points),
        places=draw(st.lists(st.integers(0, 3), min_size=columns, max_size=columns)),
    )


@st.composite
def preference_lists(draw: st.DrawFn) -> Preferences:
    """Any likes and ties on both sides, or both sides by points."""
    pairs = draw(pair_lists())
    if draw(st.booleans()):
        return Preferences.by_points(pairs)
    ranks = st.lists(st.integers(1, draw(st.sampled_from([1, 2, 9]))), min_size=len(pairs.rows), max_size=len(pairs.rows))
    return Preferences(pairs=pairs, by_protege=np.array(draw(ranks), dtype=np.int64), by_mentor=np.array(draw(ranks), dtype=np.int64))


def every_match(pairs: Pairs) -> Iterator[Longs]:
    """Each way to form pairs in which nobody has two mentors and no mentor more than places."""
    choices = [[pair for pair, at in enumerate(pairs.rows.tolist()) if at == row] for row in range(len(pairs.proteges))]
    columns = pairs.columns.tolist()

    def extended(row: int, formed: list[int], free: list[int]) -> Iterator[list[int]]:
        if row == len(choices):
            yield formed
            return
        yield from extended(row + 1, formed, free)
        for pair in choices[row]:
            if free[columns[pair]]:
                left = [places - (column == columns[pair]) for column, places in enumerate(free)]
                yield from extended(row + 1, [*formed, pair], left)

    for formed in extended(0, [], pairs.places.tolist()):
        yield np.array(formed, dtype=np.int64)
