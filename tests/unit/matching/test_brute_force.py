"""The match against every match there is, where there are too many to write down: counted up row by row (dynamic programming)."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings

from services.matching.engine.check import judge
from services.matching.engine.modes import Mode, find
from services.matching.engine.problem import Problem
from services.matching.engine.solver import Search
from tests.unit.matching.problems import problems, reached

Reached = tuple[int, ...]
State = tuple[tuple[int, ...], tuple[int, ...]]
"""How many each mentor has, and how many of each group have somebody."""


def steps(problem: Problem, row: int, state: State, least: int) -> Iterator[tuple[State, Reached]]:
    """What this protégé can add: one more, of the group or not, and what the pair counts."""
    load, groups = state
    group = int(problem.balance.groups[row])
    points, counted = problem.blocks.points(row, row + 1)[0].tolist(), problem.counted(row, row + 1)[0].tolist()
    for column, places in enumerate(problem.places.tolist()):
        if counted[column] >= 0 and points[column] >= least and load[column] < places:
            value = counted[column] - problem.balance.spread * (int(problem.balance.taken[column]) + load[column])
            more = tuple(count + (at == column) for at, count in enumerate(load))
            of_group = tuple(count + (at == group) for at, count in enumerate(groups))
            yield (more, of_group), (1, int(groups[group] < problem.balance.floors[group]), value)


def best(problem: Problem, order: tuple[int, int, int], least: int = 0) -> Reached:
    """The most of all matches whose pairs have at least so many points: people, those whom floors ask for, and points, in this order."""
    nobody: State = ((0,) * len(problem.mentors), (0,) * len(problem.balance.floors))
    known: dict[State, Reached] = {nobody: (0, 0, 0)}
    for row in range(len(problem.proteges)):
        further = dict(known)
        for state, so_far in known.items():
            for after, added in steps(problem, row, state, least):
                total = tuple(so_far[at] + added[order[at]] for at in range(3))
                further[after] = max(further.get(after, total), total)
        known = further
    return max(known.values())


def best_of_all(problem: Problem, mode: Mode) -> Reached:
    if mode is Mode.MOST_POINTS:
        return best(problem, (1, 2, 0))
    people, kept, value = best(problem, (0, 1, 2))
    if mode is Mode.MOST_PEOPLE or not people:
        return (people, kept, value) if mode is Mode.MOST_PEOPLE else (0, 0, 0, 0)
    lines = sorted({int(points) for points in problem.blocks.points(0, len(problem.proteges)).ravel() if points >= 0}, reverse=True)
    for line in lines:
        above = best(problem, (0, 1, 2), line)
        if above[:2] == (people, kept):
            return (people, kept, line, above[2])
    raise AssertionError


@pytest.mark.parametrize("mode", Mode)
@given(problem=problems(6, 6))
@settings(max_examples=300, deadline=None)
def test_of_six_and_six_no_match_whatever_is_better(mode: Mode, problem: Problem) -> None:
    answer, evidence = find(Search(problem), mode)
    match = np.full(len(problem.proteges), -1, dtype=np.int64)
    match[answer.formed.rows] = answer.formed.columns
    assert reached(problem, match, mode) == best_of_all(problem, mode)
    assert judge(problem, match, evidence).optimal
