"""The match of all pairs there are is the best in every mode, with everything that can be asked of it, and proven."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine import flow as engine_flow
from services.matching.engine import problem as engine_problem
from services.matching.engine import shortlist as engine_shortlist
from services.matching.engine.balance import Balance
from services.matching.engine.blocks import MUST_NOT_BE, Held, spans
from services.matching.engine.check import bound, faults, judge
from services.matching.engine.evidence import Evidence, Verdict
from services.matching.engine.modes import Mode, find, find_match
from services.matching.engine.pairs import Longs, Pairs
from services.matching.engine.place_values import place_values
from services.matching.engine.problem import Extra, Problem
from services.matching.engine.solver import Search, Searched, TooMuch
from services.matching.engine.worth import Change
from tests.unit.matching.problems import a_problem, every_match, problems, reached


class Solved:
    """A problem, its best match, and what the checker says of it."""

    def __init__(self, problem: Problem, mode: Mode = Mode.MOST_PEOPLE, **how: Any) -> None:
        self.problem, self.mode = problem, mode
        self.search = Search(problem, **how)
        self.answer: Searched
        self.evidence: Evidence
        self.answer, self.evidence = find(self.search, mode)
        self.match = np.full(len(problem.proteges), -1, dtype=np.int64)
        self.match[self.answer.formed.rows] = self.answer.formed.columns
        self.verdict: Verdict = judge(problem, self.match, self.evidence)

    @property
    def reached(self) -> tuple[int, ...]:
        """In the order in which it counts."""
        return reached(self.problem, self.match, self.mode)


@contextmanager
def lists_of_one() -> Iterator[None]:
    """Everybody starts with a single candidate, so that nearly all must be found by looking at all pairs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_shortlist, "OF_EACH", 1)
        patch.setattr(engine_shortlist, "PER_PLACE", 0)
        yield


def a_large_problem(proteges: int = 300, mentors: int = 40, *, seed: int = 1, eligible: float = 0.3, highest: int = 10_000) -> Problem:
    """Too large to try every match of it, with everything that can be asked."""
    chance = np.random.default_rng(seed)
    points = chance.integers(0, highest + 1, (proteges, mentors))
    points[chance.random((proteges, mentors)) > eligible] = MUST_NOT_BE
    return a_problem(
        points.tolist(),
        chance.integers(0, 9, mentors).tolist(),
        protege_bonus=chance.integers(0, 2, proteges) * 9_000,
        extra=Extra.of({(int(row), int(column)): 1_500 for row, column in chance.integers(0, mentors, (50, 2))}),
        balance=Balance(
            groups=chance.integers(0, 3, proteges), floors=np.array([0, 80, 90]), spread=40, taken=chance.integers(0, 3, mentors)
        ),
    )


def as_list(problem: Problem) -> Pairs:
    """All pairs of a problem, one by one."""
    return problem.pairs_at(np.concatenate([part.keys for part in problem.parts()]))


# ---------------------------------------------------------------- nothing is better


@pytest.mark.parametrize("mode", Mode)
@given(problem=problems())
@settings(max_examples=250, deadline=None)
def test_no_match_whatever_is_better_and_the_checker_agrees(mode: Mode, problem: Problem) -> None:
    solved = Solved(problem, mode)
    assert faults(problem, solved.match) == []
    assert solved.reached == max(reached(problem, match, mode) for match in every_match(problem))
    assert solved.answer.proven
    assert solved.verdict.optimal
    assert solved.verdict.upper_bound == solved.verdict.value


@pytest.mark.parametrize("mode", Mode)
@given(problem=problems())
@settings(max_examples=80, deadline=None)
def test_from_a_single_candidate_each_the_same_is_reached(mode: Mode, problem: Problem) -> None:
    with lists_of_one():
        short = Solved(problem, mode)
    assert short.verdict.optimal
    assert short.reached == max(reached(problem, match, mode) for match in every_match(problem))


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("seed", range(3))
def test_a_shortlist_with_its_proof_reaches_what_all_pairs_do(mode: Mode, seed: int) -> None:
    problem = a_large_problem(seed=seed)
    with lists_of_one():
        short = Solved(problem, mode)
    assert short.search.rounds > 1
    assert short.verdict.optimal
    listed = as_list(problem)
    found = find_match(listed, mode)
    formed = listed.only(found.match)
    match = np.full(len(problem.proteges), -1, dtype=np.int64)
    match[formed.rows] = formed.columns
    assert short.reached == reached(problem, match, mode)
    assert judge(listed, found.match, found.evidence).optimal


@pytest.mark.parametrize("mode", Mode)
@given(problem=problems(3, 3))
@settings(max_examples=60, deadline=None)
def test_the_checker_calls_a_match_the_best_just_when_it_is_and_every_bound_holds(mode: Mode, problem: Problem) -> None:
    solved = Solved(problem, mode)
    best = max(reached(problem, match, mode) for match in every_match(problem))
    for match in every_match(problem):
        verdict = judge(problem, match, solved.evidence)
        assert verdict.optimal == (reached(problem, match, mode) == best)
        assert verdict.upper_bound >= verdict.value
        assert verdict.matched_upper_bound >= verdict.matched


@given(problem=problems(3, 3))
@settings(max_examples=60, deadline=None)
def test_a_proof_that_was_tampered_with_proves_nothing_that_is_not_so(problem: Problem) -> None:
    evidence, mode = Solved(problem).evidence, Mode.MOST_PEOPLE
    best = max(reached(problem, match, mode) for match in every_match(problem))
    total = evidence.total
    for proof in (
        replace(total, prices=total.prices * 0),
        replace(total, prices=total.prices // 2),
        replace(total, prices=total.prices + 1),
        replace(total, bonuses=total.bonuses * 0),
        replace(total, bonuses=total.bonuses * 0 + total.reward),
    ):
        spoiled = replace(evidence, total=proof)
        for match in every_match(problem):
            assert not judge(problem, match, spoiled).optimal or reached(problem, match, mode) == best
    with pytest.raises(ValueError, match="proves nothing"):
        bound(replace(total, bonuses=total.bonuses * 0 + total.reward + 1), problem)


def test_the_checker_names_mentors_beyond_their_places_and_refuses_what_may_not_be() -> None:
    problem = a_problem([[5], [4], [MUST_NOT_BE]], [1])
    assert faults(problem, np.array([0, 0, -1])) == ["m0 has 2 protégés and 1 places"]
    with pytest.raises(ValueError, match="may not be formed"):
        faults(problem, np.array([0, -1, 0]))


# ---------------------------------------------------------------- what must always hold


@pytest.mark.parametrize("mode", [Mode.MOST_PEOPLE, Mode.MOST_POINTS])
@given(problem=problems())
@settings(max_examples=80, deadline=None)
def test_prices_say_what_one_place_more_or_fewer_would_change(mode: Mode, problem: Problem) -> None:
    def best(places: Longs) -> Change:
        other = replace(problem, places=places)
        parts = max(reached(other, match, mode) for match in every_match(other))
        people, kept, points = parts if mode is Mode.MOST_PEOPLE else (parts[2], parts[0], parts[1])
        return Change(people=people, kept=kept, points=points)

    def less(one: Change, other: Change) -> Change:
        return Change(people=one.people - other.people, kept=one.kept - other.kept, points=one.points - other.points)

    now = best(problem.places)
    solved = Solved(problem, mode)
    for column, value in enumerate(place_values(problem, solved.answer)):
        one = np.arange(len(problem.places)) == column
        assert value.one_more == less(best(problem.places + one), now)
        assert value.one_fewer == (less(now, best(problem.places - one)) if problem.places[column] else None)


@given(problem=problems())
@settings(max_examples=100, deadline=None)
def test_prices_are_never_less_than_nothing_and_nothing_where_places_are_free(problem: Problem) -> None:
    problem = replace(problem, balance=replace(problem.balance, spread=0))
    solved = Solved(problem)
    load = np.bincount(solved.answer.formed.columns, minlength=len(problem.mentors))
    for prices in (solved.answer.prices.mentors, solved.answer.highest.mentors):
        assert (prices >= 0).all()
        assert not prices[load < problem.places].any()


@pytest.mark.parametrize("mode", Mode)
@given(problem=problems(6, 4), column=st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_one_more_place_never_makes_it_worse(mode: Mode, problem: Problem, column: int) -> None:
    more = replace(problem, places=problem.places + (np.arange(len(problem.places)) == column))
    assert Solved(more, mode).reached >= Solved(problem, mode).reached


@given(problem=problems(6, 4), row=st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_one_protege_fewer_costs_at_most_one_pair(problem: Problem, row: int) -> None:
    fewer = replace(problem, settled=problem.settled | (np.arange(len(problem.proteges)) == row))
    assert Solved(problem).verdict.matched - 1 <= Solved(fewer).verdict.matched <= Solved(problem).verdict.matched


@pytest.mark.parametrize("mode", Mode)
@given(problem=problems(6, 4), chance=st.randoms())
@settings(max_examples=60, deadline=None)
def test_a_further_rule_never_makes_it_better(mode: Mode, problem: Problem, chance: Any) -> None:
    points = problem.blocks.points(0, len(problem.proteges)).tolist()
    ruled = [[MUST_NOT_BE if chance.random() < 0.3 else one for one in row] for row in points]
    other = replace(problem, blocks=a_problem(ruled, problem.places.tolist()).blocks)
    if mode is not Mode.WORST_FIRST:
        assert Solved(other, mode).reached <= Solved(problem, mode).reached
    assert Solved(other, mode).reached[0] <= Solved(problem, mode).reached[0]


@pytest.mark.parametrize("mode", Mode)
@given(problem=problems(5, 4, plain=True), chance=st.randoms())
@settings(max_examples=60, deadline=None)
def test_other_names_leave_the_value(mode: Mode, problem: Problem, chance: Any) -> None:
    points = problem.blocks.points(0, len(problem.proteges)).tolist()
    rows, columns = chance.sample(range(len(points)), len(points)), chance.sample(range(len(problem.places)), len(problem.places))
    other = a_problem([[points[row][column] for column in columns] for row in rows], problem.places[columns].tolist())
    assert Solved(other, mode).reached == Solved(problem, mode).reached


@pytest.mark.parametrize("mode", Mode)
@given(problem=problems(5, 3, plain=True))
@settings(max_examples=60, deadline=None)
def test_a_second_mentor_of_the_same_points_is_one_more_place(mode: Mode, problem: Problem) -> None:
    if not len(problem.mentors):
        return
    points, places = problem.blocks.points(0, len(problem.proteges)).tolist(), problem.places.tolist()
    twice = a_problem([[*row, row[0]] for row in points], [*places, 1])
    more = a_problem(points, [places[0] + 1, *places[1:]])
    assert Solved(twice, mode).reached == Solved(more, mode).reached


# ---------------------------------------------------------------- what can be asked


def test_a_floor_brings_a_group_in_where_points_would_leave_it_out() -> None:
    groups, points = np.array([0, 0, 0, 1, 1, 1]), [[9], [8], [7], [3], [2], [1]]

    def rows(floor: int) -> list[int]:
        balance = Balance(groups=groups, floors=np.array([0, floor]), taken=np.zeros(1, dtype=np.int64))
        solved = Solved(a_problem(points, [3], balance=balance))
        assert solved.verdict.optimal
        return [int(row) for row in solved.answer.formed.rows]

    assert [rows(floor) for floor in range(5)] == [[0, 1, 2], [0, 1, 3], [0, 3, 4], [3, 4, 5], [3, 4, 5]]


def test_a_floor_that_cannot_be_met_is_reached_as_far_as_it_can_be() -> None:
    balance = Balance(groups=np.array([0, 1, 1]), floors=np.array([0, 2]), taken=np.zeros(2, dtype=np.int64))
    solved = Solved(a_problem([[9, 9], [5, MUST_NOT_BE], [4, MUST_NOT_BE]], [1, 1], balance=balance))
    assert (solved.verdict.matched, solved.verdict.kept, solved.verdict.kept_upper_bound) == (2, 1, 1)
    assert solved.verdict.optimal


def test_load_is_spread_where_that_costs_less_than_it_should() -> None:
    points = [[100, 90], [100, 90], [100, 90]]

    def load(spread: int, taken: int = 0) -> list[int]:
        balance = replace(Balance.even(3, 2), spread=spread, taken=np.array([taken, 0]))
        columns = Solved(a_problem(points, [3, 3], balance=balance)).answer.formed.columns.tolist()
        return [columns.count(0), columns.count(1)]

    assert [load(0), load(6), load(11), load(11, taken=2)] == [[3, 0], [2, 1], [2, 1], [1, 2]]


def test_in_best_total_points_nobody_is_left_out_for_a_full_mentor() -> None:
    balance = replace(Balance.even(2, 1), spread=500)
    problem = a_problem([[100], [100]], [2], balance=balance)
    assert Solved(problem, Mode.MOST_PEOPLE).verdict.matched == 2
    assert Solved(problem, Mode.MOST_POINTS).verdict.matched == 1, "a pair that costs more than it brings is none"


def test_what_is_too_large_to_be_kept_apart_is_refused_and_without_floors_solved_in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    with_floors = a_large_problem(40, 8)
    without = replace(with_floors, balance=Balance.even(40, 8))
    usual = Solved(without).reached
    monkeypatch.setattr(engine_flow, "ROOM", 2**16)
    assert Solved(without).reached == usual
    with pytest.raises(TooMuch):
        Solved(with_floors)


# ---------------------------------------------------------------- the same every time, and in time


def test_equals_are_told_apart_by_names_and_seed_alone() -> None:
    problem = a_problem([[7] * 10 for _ in range(10)], [1] * 10)
    matches = [tuple(Solved(problem, seed=seed).match.tolist()) for seed in (0, 0, 1, 2, 3)]
    assert matches[0] == matches[1]
    assert len(set(matches)) == 4


def test_it_does_not_matter_in_what_blocks_pairs_are_seen() -> None:
    problem = a_large_problem(2_500, 12, highest=40)
    in_blocks = Solved(problem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_problem, "STRIP", 12)
        patch.setattr(engine_problem, "spans", lambda rows, size=7: spans(rows, size))
        in_small_ones = Solved(replace(problem, blocks=Held(problem.blocks, room=10_000)))
    assert in_blocks.match.tolist() == in_small_ones.match.tolist()
    assert in_blocks.verdict == in_small_ones.verdict


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("asked", [0, 1, 3, 8])
def test_when_it_is_enough_the_best_so_far_comes_with_a_bound_that_holds(mode: Mode, asked: int) -> None:
    problem = a_large_problem(60, 12)
    best = Solved(problem, mode)
    left = [asked]

    def enough() -> bool:
        left[0] -= 1
        return left[0] < 0

    with lists_of_one():
        early = Solved(problem, mode, enough=enough)
    assert faults(problem, early.match) == []
    assert early.verdict.matched_upper_bound >= best.verdict.matched
    assert early.verdict.upper_bound >= early.verdict.value
    if early.verdict.matched == best.verdict.matched and early.verdict.kept == best.verdict.kept and mode is not Mode.WORST_FIRST:
        assert early.verdict.upper_bound >= best.verdict.value
    if not early.answer.proven:
        assert place_values(problem, early.answer) == []


# ---------------------------------------------------------------- edges


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("points", "places", "matched"),
    [
        ([], [], 0),
        ([], [1, 2], 0),
        ([[]], [], 0),
        ([[5]], [1], 1),
        ([[0]], [1], 1),
        ([[5]], [0], 0),
        ([[MUST_NOT_BE]], [1], 0),
        ([[MUST_NOT_BE, MUST_NOT_BE], [MUST_NOT_BE, MUST_NOT_BE]], [1, 1], 0),
        ([[7] * 30] * 200, [2] * 30, 60),
        ([[7] * 3] * 500, [0, 3, 1], 4),
        ([[10_000] * 40] * 40, [1] * 40, 40),
    ],
)
def test_the_edges(mode: Mode, points: list[list[int]], places: list[int], matched: int) -> None:
    solved = Solved(a_problem(points, places), mode)
    assert solved.verdict.matched == matched
    assert solved.verdict.optimal


def test_few_eligible_pairs_are_all_found() -> None:
    problem = replace(a_large_problem(3_000, 200, eligible=0.02), balance=Balance.even(3_000, 200))
    solved = Solved(problem)
    listed = as_list(problem)
    assert solved.search.pairs == len(listed.rows)
    assert solved.answer.formed.keys.tolist() == listed.only(find_match(listed, Mode.MOST_PEOPLE).match).keys.tolist()
