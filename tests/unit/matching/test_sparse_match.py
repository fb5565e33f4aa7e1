"""The match of a list of pairs is the best there is in every mode, and whoever doubts it can check."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from services.matching.engine import best as engine_best
from services.matching.engine import shortage
from services.matching.engine.check import bound, faults, judge
from services.matching.engine.eligible import Eligible
from services.matching.engine.evidence import Evidence
from services.matching.engine.flow import CostTooLarge
from services.matching.engine.modes import Mode, find_match
from services.matching.engine.pairs import Longs, Pairs, numbers
from services.matching.engine.prices import NotTheBest, bound_at, gains_at, lowest_prices
from services.matching.engine.shortage import Shortages
from services.matching.engine.stable import Preferences, blocking_pairs, find_stable
from services.matching.engine.stable_search import search
from services.matching.engine.worth import Span, Weighed, most_people_first
from tests.unit.matching.pair_lists import every_match, pair_lists, preference_lists


def people_first(pairs: Pairs) -> Weighed:
    return most_people_first(Span.of(pairs.counted), pairs.most, pairs.balance, pairs.places).weigh(pairs)


def reached(pairs: Pairs, match: Longs, mode: Mode) -> tuple[int, ...]:
    points = pairs.points[match].tolist()
    return {
        Mode.MOST_PEOPLE: (len(points), sum(points)),
        Mode.MOST_POINTS: (sum(points), len(points)),
        Mode.WORST_FIRST: (len(points), min(points, default=0), sum(points)),
    }[mode]


@pytest.mark.parametrize("mode", Mode)
@given(pairs=pair_lists())
@settings(max_examples=700, deadline=None)
def test_no_match_whatever_is_better_and_the_checker_agrees(mode: Mode, pairs: Pairs) -> None:
    found = find_match(pairs, mode)
    assert faults(pairs, found.match) == []
    assert reached(pairs, found.match, mode) == max(reached(pairs, match, mode) for match in every_match(pairs))
    verdict = judge(pairs, found.match, found.evidence)
    assert verdict.optimal
    assert verdict.upper_bound == verdict.total_points == sum(pairs.points[found.match].tolist())


@pytest.mark.parametrize("mode", Mode)
@given(pairs=pair_lists(3, 3))
@settings(max_examples=100, deadline=None)
def test_the_checker_calls_a_match_the_best_just_when_it_is(mode: Mode, pairs: Pairs) -> None:
    evidence = find_match(pairs, mode).evidence
    best = max(reached(pairs, match, mode) for match in every_match(pairs))
    for match in every_match(pairs):
        verdict = judge(pairs, match, evidence)
        assert verdict.optimal == (reached(pairs, match, mode) == best)
        assert verdict.upper_bound >= verdict.total_points


@given(pairs=pair_lists())
@settings(max_examples=200, deadline=None)
def test_in_small_steps_of_the_solver_the_same_worth_comes_out(pairs: Pairs) -> None:
    pairs = pairs.only(pairs.possible())
    weighed = people_first(pairs)

    def too_large(*_: Any) -> Longs:
        raise CostTooLarge

    with pytest.MonkeyPatch.context() as patch:
        at_once = engine_best.best_match(weighed, 0)
        patch.setattr(engine_best, "_quick", too_large)
        patch.setattr(engine_best, "largest_cost", lambda *_: 2**10)
        in_steps = engine_best.best_match(weighed, 0)
    assert weighed.value(in_steps.match) == weighed.value(at_once.match)


@given(pairs=pair_lists())
@settings(max_examples=100, deadline=None)
def test_a_price_is_what_one_more_place_would_add(pairs: Pairs) -> None:
    def value(places: Longs) -> int:
        return max(weighed.value(match) for match in every_match(replace(pairs, places=places)))

    pairs = pairs.only(pairs.possible())
    weighed = people_first(pairs)
    found = engine_best.best_match(weighed, 0)
    for column in range(len(pairs.mentors)):
        if pairs.places[column]:
            more = pairs.places + (np.arange(len(pairs.mentors)) == column)
            assert found.prices.mentors[column] == value(more) - value(pairs.places)


@pytest.mark.parametrize("mode", Mode)
@given(pairs=pair_lists())
@settings(max_examples=60, deadline=None)
def test_another_seed_chooses_only_among_equals(mode: Mode, pairs: Pairs) -> None:
    assert len({reached(pairs, find_match(pairs, mode, seed).match, mode) for seed in range(4)}) == 1


def test_seeds_choose_differently_where_all_are_equal() -> None:
    rows, columns = np.divmod(np.arange(100), 10)
    pairs = Pairs.make(
        [f"p{n}" for n in range(10)], [f"m{n}" for n in range(10)], rows=rows, columns=columns, points=numbers([7] * 100), places=[1] * 10
    )
    matches = {tuple(find_match(pairs, Mode.MOST_PEOPLE, seed).match.tolist()) for seed in range(5)}
    assert len(matches) == 5


@given(pairs=pair_lists())
@settings(max_examples=60, deadline=None)
def test_proofs_that_were_tampered_with_prove_nothing_that_is_not_so(pairs: Pairs) -> None:
    best = max(reached(pairs, match, Mode.MOST_PEOPLE) for match in every_match(pairs))
    total = find_match(pairs, Mode.MOST_PEOPLE).evidence.total
    for prices in (total.prices * 0, total.prices // 2, total.prices + 1):
        evidence = Evidence(mode=Mode.MOST_PEOPLE, total=replace(total, prices=prices))
        for match in every_match(pairs):
            assert not judge(pairs, match, evidence).optimal or reached(pairs, match, Mode.MOST_PEOPLE) == best
    if len(pairs.mentors):
        with pytest.raises(ValueError, match="less than nothing"):
            bound(replace(total, prices=total.prices * 0 - 1), pairs)


def test_a_line_drawn_too_low_does_not_make_a_worst_pair_the_best() -> None:
    rows, columns = np.divmod(np.arange(4), 2)
    pairs = Pairs.make(["a", "b"], ["x", "y"], rows=rows, columns=columns, points=numbers([10, 4, 5, 1]), places=[1, 1])
    most_points, honest = find_match(pairs, Mode.MOST_PEOPLE), find_match(pairs, Mode.WORST_FIRST).evidence
    assert honest.worst is not None
    low = replace(honest, total=replace(most_points.evidence.total, least=1), worst=replace(honest.worst, least=2))
    assert not judge(pairs, most_points.match, low).optimal


@given(pairs=pair_lists())
@settings(max_examples=100, deadline=None)
def test_only_the_best_has_prices(pairs: Pairs) -> None:
    pairs = pairs.only(pairs.possible())
    weighed = people_first(pairs)
    best = max(weighed.value(match) for match in every_match(pairs))
    for match in every_match(pairs):
        if weighed.value(match) < best:
            try:
                prices = lowest_prices(weighed, match)
            except NotTheBest:
                continue
            assert bound_at(prices, gains_at(prices, weighed), weighed) > weighed.value(match)


@given(preferences=preference_lists())
@settings(max_examples=300, deadline=None)
def test_nobody_would_rather_have_each_other(preferences: Preferences) -> None:
    pairs = preferences.pairs
    stable = [match for match in every_match(pairs) if not blocking_pairs(preferences, match).size]
    found = find_stable(preferences, seconds=0.01)
    assert not blocking_pairs(preferences, found.match).size
    most = max(len(match) for match in stable)
    assert len(found.match) <= most <= found.most_people
    if not preferences.has_ties():
        assert {len(match) for match in stable} == {len(found.match)} == {found.most_people}
        own = {int(pairs.rows[pair]): int(preferences.by_protege[pair]) for pair in found.match}
        for match in stable:
            assert all(own[int(pairs.rows[pair])] <= preferences.by_protege[pair] for pair in match), "protégés do best"


@given(preferences=preference_lists())
@settings(max_examples=40, deadline=None)
def test_the_search_finds_the_most_people_a_stable_match_can_have(preferences: Preferences) -> None:
    pairs = preferences.pairs
    most = max(len(match) for match in every_match(pairs) if not blocking_pairs(preferences, match).size)
    found = search(preferences, find_stable(preferences, seconds=0), 20, 0)
    assert not blocking_pairs(preferences, found.match).size
    assert len(found.match) == found.most_people == most


def blocks(preferences: Preferences, match: Longs, pair: int) -> bool:
    """By the definition, person by person."""
    pairs = preferences.pairs
    row, column = pairs.rows[pair], pairs.columns[pair]
    mine = [preferences.by_protege[one] for one in match if pairs.rows[one] == row]
    there = [preferences.by_mentor[one] for one in match if pairs.columns[one] == column]
    wants = not mine or preferences.by_protege[pair] < mine[0]
    has_room = len(there) < pairs.places[column]
    return bool(wants and (has_room or (there and preferences.by_mentor[pair] < max(there))))


@given(preferences=preference_lists())
@settings(max_examples=60, deadline=None)
def test_blocking_pairs_are_those_of_the_definition(preferences: Preferences) -> None:
    for match in every_match(preferences.pairs):
        expected = [pair for pair in range(len(preferences.pairs.rows)) if blocks(preferences, match, pair)]
        assert blocking_pairs(preferences, match).tolist() == expected


@given(pairs=pair_lists(6, 4))
@settings(max_examples=200, deadline=None)
def test_whoever_is_left_out_belongs_to_a_group_with_too_few_places(pairs: Pairs) -> None:
    match = find_match(pairs, Mode.MOST_PEOPLE).match
    chosen = np.full(len(pairs.proteges), -1, dtype=np.int64)
    chosen[pairs.rows[match]] = pairs.columns[match]
    eligible = Eligible.of_pairs(pairs)
    fitting = {row: set(eligible.mentors_of(row).tolist()) for row in range(len(pairs.proteges))}
    assert fitting == {row: set(pairs.columns[pairs.rows == row].tolist()) for row in range(len(pairs.proteges))}
    for row, group in Shortages(eligible, chosen).of(np.flatnonzero(chosen < 0)).items():
        if not fitting[row]:
            assert group is None
            continue
        assert group is not None
        columns = set(group.columns.tolist())
        assert row in group.rows
        assert len(group.rows) > group.places == pairs.places[group.columns].sum()
        assert group.rows.tolist() == [one for one, mentors in fitting.items() if mentors and mentors <= columns]
        for column in columns - fitting[row]:
            smaller = columns - {column}
            only_there = [one for one, mentors in fitting.items() if mentors and mentors <= smaller]
            assert len(only_there) <= pairs.places[list(smaller)].sum(), "no mentor of it can be left away"


def test_those_who_are_left_out_when_groups_have_been_made_small_long_enough_share_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortage, "THOROUGH", 0)
    rows, columns = np.nonzero(np.array([[1, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 0], [1, 1, 1]]))
    eligible = Eligible(words=np.array([[1], [1], [3], [3], [7]], dtype=np.uint64), places=np.array([1, 1, 0]))
    assert np.array_equal(np.concatenate([eligible.mentors_of(row) for row in range(5)]), columns)
    assert len(rows) == len(columns)
    found = Shortages(eligible, np.array([0, -1, 1, -1, -1])).of(np.array([1, 3, 4]))
    assert [len(one.rows) for row in (1, 3, 4) if (one := found[row]) is not None] == [2, 4, 5]
