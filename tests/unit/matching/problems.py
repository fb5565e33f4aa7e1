"""Small problems for tests of the solver, with everything that can be asked of it, and every match they allow."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from services.matching.engine.balance import Balance
from services.matching.engine.blocks import MUST_NOT_BE, DenseBlocks
from services.matching.engine.modes import Mode
from services.matching.engine.pairs import Longs
from services.matching.engine.problem import Extra, Problem

POINTS = (st.just(7), st.integers(0, 3), st.integers(0, 10_000), st.sampled_from([0, 10_000]))


def a_problem(points: list[list[int]], places: list[int], **changes: Any) -> Problem:
    """A problem of these points, in which nothing else counts."""
    matrix = np.array(points, dtype=np.int32).reshape(len(points), len(places))
    blocks = DenseBlocks(
        proteges=tuple(f"p{row}" for row in range(len(points))),
        mentors=tuple(f"m{column}" for column in range(len(places))),
        places=np.array(places, dtype=np.int64),
        matrix=matrix,
    )
    return replace(Problem.plain(blocks), **changes)


@st.composite
def problems(draw: st.DrawFn, proteges: int = 4, mentors: int = 3, *, plain: bool = False) -> Problem:
    """Any problem of so many people: ties, pairs that must not be, mentors without places, bonuses, floors, and load to be spread."""
    rows, columns = draw(st.integers(0, proteges)), draw(st.integers(0, mentors))
    point = st.one_of(draw(st.sampled_from(POINTS)), st.just(MUST_NOT_BE))
    points = draw(st.lists(st.lists(point, min_size=columns, max_size=columns), min_size=rows, max_size=rows))
    places = draw(st.lists(st.integers(0, 3), min_size=columns, max_size=columns))
    if plain:
        return a_problem(points, places)

    def some(most: int, count: int) -> Longs:
        return np.array(draw(st.lists(st.integers(0, most), min_size=count, max_size=count)), dtype=np.int64)

    groups = draw(st.integers(1, 3))
    pairs = [(row, column) for row in range(rows) for column in range(columns)]
    return a_problem(
        points,
        places,
        settled=some(3, rows) == 3,
        protege_bonus=some(draw(st.sampled_from([0, 9_900])), rows),
        mentor_bonus=some(draw(st.sampled_from([0, 50])), columns),
        extra=Extra.of(draw(st.dictionaries(st.sampled_from(pairs), st.integers(1, 900), max_size=3)) if pairs else {}),
        balance=Balance(
            groups=some(groups - 1, rows),
            floors=some(draw(st.sampled_from([0, 2])), groups),
            spread=draw(st.sampled_from([0, 0, 1, 300])),
            taken=some(2, columns),
        ),
    )


def every_match(problem: Problem) -> Iterator[Longs]:
    """Each way to give every protégé a mentor or nobody that breaks no rule; the mentor of each, or -1."""
    strip = next(problem.strips(), None)
    rows = len(problem.proteges)

    def extended(row: int, chosen: list[int], free: list[int]) -> Iterator[list[int]]:
        if row == rows:
            yield chosen
            return
        yield from extended(row + 1, [*chosen, -1], free)
        for column in np.flatnonzero(strip.counted[row] >= 0).tolist() if strip is not None else []:
            if free[column]:
                yield from extended(row + 1, [*chosen, column], [places - (at == column) for at, places in enumerate(free)])

    for chosen in extended(0, [], problem.places.tolist()):
        yield np.array(chosen, dtype=np.int64)


def reached(problem: Problem, match: Longs, mode: Mode) -> tuple[int, ...]:
    """What counts, in the order in which it counts, by the definitions: nothing of the solver's own arithmetic."""
    rows = np.flatnonzero(match >= 0).tolist()
    balance, load = problem.balance, [0] * len(problem.mentors)
    points, value = [], 0
    extra = {
        (int(row), int(column)): int(more)
        for row, column, more in zip(problem.extra.rows, problem.extra.columns, problem.extra.points, strict=True)
    }
    for row in rows:
        column = int(match[row])
        points.append(int(problem.blocks.points(row, row + 1)[0, column]))
        value += points[-1] + int(problem.protege_bonus[row]) + int(problem.mentor_bonus[column]) + extra.get((row, column), 0)
        value -= balance.spread * (int(balance.taken[column]) + load[column])
        load[column] += 1
    groups = balance.groups.tolist()
    kept = sum(min(sum(groups[row] == group for row in rows), floor) for group, floor in enumerate(balance.floors.tolist()))
    return {
        Mode.MOST_PEOPLE: (len(rows), kept, value),
        Mode.MOST_POINTS: (kept, value, len(rows)),
        Mode.WORST_FIRST: (len(rows), kept, min(points, default=0), value),
    }[mode]
