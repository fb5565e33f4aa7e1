"""What a programme asks of a match besides points: floors, load, running pairs, and whom people have named."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from services.matching.engine import Aims, Choice, Cohort, Match, Mode, contradictions, match, score_pairs
from services.matching.engine.cohort import Pairing
from tests.unit.matching.cohorts import a_cohort, cohorts


def pairings(found: Match) -> set[Pairing]:
    return {(pair.protege_id, pair.mentor_id) for pair in found.pairs}


def asking(cohort: Cohort, **aims: Any) -> Cohort:
    return replace(cohort, aims=replace(cohort.aims, **aims))


def grouped(cohort: Cohort, groups: Iterable[str]) -> Cohort:
    return replace(cohort, proteges=tuple(replace(one, group=group) for one, group in zip(cohort.proteges, groups, strict=True)))


@given(cohorts())
@settings(max_examples=60, deadline=None)
def test_whatever_is_asked_for_is_proven(cohort: Cohort) -> None:
    found = match(cohort)
    assert found.optimal
    assert (found.gap, found.matched_upper_bound) == (0, len(found.pairs)) or cohort.aims.mode is Mode.MOST_POINTS
    assert sum(max(one.floor - one.paired, 0) for one in found.floors) == found.fewest_missing
    assert [value.mentor_id for value in found.place_values] == sorted(one.person_id for one in cohort.mentors)


def test_a_floor_is_a_share_of_its_group_and_is_told_with_what_was_reached() -> None:
    cohort = grouped(a_cohort(6, 1, places=4), ["few", "few", "few", "", "", ""])
    usual = match(cohort)
    assert usual.floors == []
    shares = {share: match(asking(cohort, floors={"few": share})) for share in (0, 1, 34, 67, 100)}
    assert [found.floors[0].floor for found in shares.values()] == [0, 1, 2, 3, 3]
    assert all(found.floors[0].paired >= found.floors[0].floor for found in shares.values())
    assert {len(found.pairs) for found in shares.values()} == {4}


def test_a_floor_that_cannot_be_met_is_short_of_no_more_people_than_it_must_be() -> None:
    cohort = grouped(a_cohort(4, 1, places=2), ["few"] * 4)
    found = match(asking(cohort, floors={"few": 100}))
    assert (found.floors[0].floor, found.floors[0].paired, found.fewest_missing, found.optimal) == (4, 2, 2, True)


def test_whoever_is_kept_counts_for_the_floor() -> None:
    cohort = grouped(a_cohort(4, 1, places=2), ["", "", "few", "few"])
    found = match(replace(asking(cohort, floors={"few": 50}), fixed=(("p2", "m0"),)))
    assert found.floors[0].paired == 1 == found.floors[0].floor


def test_load_counts_from_the_partners_a_mentor_has_already() -> None:
    cohort = a_cohort(4, 2, places=4)

    def load(first: int, spread: int) -> list[int]:
        mentors = (replace(cohort.mentors[0], partners=first), cohort.mentors[1])
        found = Counter(mentor for _, mentor in pairings(match(asking(replace(cohort, mentors=mentors), spread=spread))))
        return [found["m0"], found["m1"]]

    assert load(0, 10_000) == [2, 2]
    assert load(2, 10_000) == [1, 3]
    assert load(4, 10_000) == [0, 4]


def running(cohort: Cohort) -> Cohort:
    """Partners that no best match would make: everybody with the mentor that suits somebody else."""
    ids = [one.person_id for one in cohort.mentors]
    pairs = [(one.person_id, ids[number % len(ids)]) for number, one in enumerate(cohort.proteges)]
    return replace(cohort, running=tuple(pairs), partnered=frozenset(pairs))


def test_running_pairs_stay_unless_they_are_let_go() -> None:
    cohort = running(a_cohort(12, 6, places=2))
    locked, scratch = match(cohort), match(replace(cohort, running=(), partnered=frozenset()))
    assert pairings(locked) == set(cohort.running)
    assert locked.total_points < scratch.total_points
    assert pairings(match(asking(cohort, stickiness=0))) == pairings(scratch)
    assert pairings(match(asking(cohort, stickiness=1_000_000))) == pairings(locked)
    kept = [len(pairings(match(asking(cohort, stickiness=points))) & set(cohort.running)) for points in (0, 300, 1_000, 1_000_000)]
    assert kept == sorted(kept)


@given(cohorts())
@settings(max_examples=40, deadline=None)
def test_locked_pairs_are_the_same_as_fixed_ones(cohort: Cohort) -> None:
    cohort = replace(asking(cohort, stickiness=None), partnered=frozenset(), fixed=())
    locked = match(cohort)
    assert pairings(locked) == pairings(match(replace(cohort, running=(), fixed=cohort.running)))
    assert locked.released == match(replace(cohort, running=(), fixed=cohort.running)).released


def named(*choices: tuple[str, str, str, int]) -> tuple[Choice, ...]:
    return tuple(Choice(protege_id=one, mentor_id=other, by=by, rank=rank) for one, other, by, rank in choices)  # type: ignore[arg-type]


def test_whom_people_have_named_counts_and_is_shown_with_their_own_points() -> None:
    cohort = a_cohort(1, 3)
    usual = match(cohort).pairs[0]
    other = next(one.person_id for one in cohort.mentors if one.person_id != usual.mentor_id)
    choices = named(("p0", other, "protege", 1), ("p0", other, "mentor", 1))
    found = match(replace(asking(cohort, first_choice=10_000), choices=choices))
    assert pairings(found) == {("p0", other)}
    assert found.pairs[0].points == score_pairs(cohort, [("p0", other)])[0].points
    assert found.value == found.total_points + 20_000
    assert pairings(match(replace(asking(cohort, first_choice=0), choices=choices))) == pairings(match(cohort))


def test_a_second_choice_counts_half_and_the_best_rank_counts_once() -> None:
    cohort = asking(a_cohort(1, 1), first_choice=1_500)

    def more(*choices: tuple[str, str, str, int]) -> int:
        found = match(replace(cohort, choices=named(*choices)))
        return found.value - found.total_points

    assert more(("p0", "m0", "protege", 1)) == 1_500
    assert more(("p0", "m0", "protege", 2)) == 750
    assert more(("p0", "m0", "protege", 2), ("p0", "m0", "protege", 1), ("p0", "m0", "mentor", 3)) == 2_000
    assert more(("p0", "nobody", "protege", 1)) == 0


def test_no_choice_makes_up_for_a_hard_rule() -> None:
    cohort = replace(
        a_cohort(1, 1), forbidden=frozenset({("p0", "m0")}), choices=named(("p0", "m0", "protege", 1), ("p0", "m0", "mentor", 1))
    )
    assert match(asking(cohort, first_choice=1_000_000)).pairs == []


def test_fixed_pairs_that_contradict_each_other_are_named_before_the_run() -> None:
    cohort = replace(
        a_cohort(3, 2),
        fixed=(("p0", "m0"), ("p0", "m1"), ("p1", "m0"), ("p2", "gone"), ("p2", "gone")),
        forbidden=frozenset({("p1", "m0"), ("p2", "m0")}),
    )
    assert contradictions(cohort) == [
        "p0 is fixed to 2 mentors, and can have one.",
        "p1 with m0 is fixed, and forbidden.",
        "m0 is fixed to 2 protégés, and has places for 1.",
    ]
    assert contradictions(replace(cohort, fixed=(("p0", "m0"), ("p1", "m1")))) == []


def test_the_worst_pair_comes_first_where_it_is_asked_to() -> None:
    cohort = a_cohort(20, 10, places=2)
    usual, fair, free = (match(asking(cohort, mode=mode)) for mode in (Mode.MOST_PEOPLE, Mode.WORST_FIRST, Mode.MOST_POINTS))
    assert min(pair.points for pair in fair.pairs) >= min(pair.points for pair in usual.pairs)
    assert len(fair.pairs) == len(usual.pairs)
    assert free.total_points >= usual.total_points >= fair.total_points


@pytest.mark.parametrize(
    "wrong", [{"floors": {"women": 101}}, {"floors": {"women": -1}}, {"spread": -1}, {"stickiness": 1_000_001}, {"first_choice": -5}]
)
def test_numbers_that_cannot_be_are_refused_with_a_sentence(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"is from 0 to .*\."):
        Aims(**wrong)


def test_there_is_no_choice_before_the_first() -> None:
    with pytest.raises(ValueError, match="1 is the first"):
        named(("p0", "m0", "protege", 0))
