"""Figures for groups, and nothing by which single people could be found out."""

import itertools
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.matching.engine.fairness import FEWEST, GroupFigures, Load, Outcome, fairness, load

outcomes = st.lists(
    st.builds(
        Outcome,
        group=st.sampled_from(["", "Lisbon", "Hanoi", "Toronto", "Berlin", "Accra"]),
        points=st.one_of(st.none(), st.integers(0, 10_000)),
        best_points=st.integers(0, 10_000),
    ),
    max_size=60,
)


def of(group: str, *points: int | None, best: int = 10_000) -> list[Outcome]:
    return [Outcome(group=group, points=one, best_points=best) for one in points]


def test_each_group_has_its_coverage_its_points_and_its_first_choices() -> None:
    found = fairness([*of("Lisbon", *([10_000] * 3), *([6_000] * 3), None, None), *of("Hanoi", *([4_000] * 5), *([None] * 5))])
    assert found.parts == (
        GroupFigures(groups=("Hanoi",), proteges=10, paired=5, coverage=50.0, mean_points=4_000, low_points=4_000, first_choice=0.0),
        GroupFigures(groups=("Lisbon",), proteges=8, paired=6, coverage=75.0, mean_points=8_000, low_points=6_000, first_choice=50.0),
    )
    assert found.ratio == 0.667
    assert found.whole is not None
    assert (found.whole.proteges, found.whole.paired) == (18, 11)


def test_one_small_group_is_hidden_in_the_next_larger_or_it_would_be_all_less_the_others() -> None:
    found = fairness([*of("Hanoi", 1, None), *of("Lisbon", *([5] * 6)), *of("Toronto", *([7] * 9))])
    assert [part.groups for part in found.parts] == [("Hanoi", "Lisbon"), ("Toronto",)]


def test_small_groups_that_are_enough_together_are_shown_together() -> None:
    found = fairness([*of("Hanoi", 1, 2, 3), *of("Accra", 4, 5, 6), *of("Toronto", *([7] * 9))])
    assert [part.groups for part in found.parts] == [("Accra", "Hanoi"), ("Toronto",)]


def test_of_too_few_people_nothing_is_shown() -> None:
    assert fairness(of("Lisbon", 1, 2, 3, 4)).whole is None
    assert fairness([]).parts == ()


def test_points_of_too_few_who_are_paired_are_not_shown() -> None:
    part = fairness(of("Lisbon", 9_000, 8_000, *([None] * 8))).parts[0]
    assert (part.paired, part.coverage, part.mean_points, part.low_points, part.first_choice) == (2, 20.0, None, None, None)


@given(outcomes)
def test_no_figure_speaks_of_fewer_people_than_may_be_shown_and_no_difference_does(people: list[Outcome]) -> None:
    found = fairness(people)
    if found.whole is None:
        assert len(people) < FEWEST
        assert found.parts == ()
        return
    sizes = [part.proteges for part in found.parts]
    assert sum(sizes) == found.whole.proteges == len(people)
    assert Counter(group for part in found.parts for group in part.groups) == Counter({one.group for one in people})
    for count in range(1, len(sizes) + 1):
        for some in itertools.combinations(sizes, count):
            left = found.whole.proteges - sum(some)
            assert sum(some) >= FEWEST
            assert left == 0 or left >= FEWEST, "all less some of the parts"


def test_the_load_of_mentors_counts_those_who_have_places_or_somebody() -> None:
    assert load({"rui": 3, "deborah": 1, "jonas": 2, "mei": 0}, {"rui": 3, "jonas": 1}) == Load(
        mentors=3, without_anybody=1, most=3, mean=1.333, deviation=1.247
    )
    assert load({}, {}) == Load(mentors=0, without_anybody=0, most=0, mean=0.0, deviation=0.0)
