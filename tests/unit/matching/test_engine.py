"""The match is the best there is, obeys every rule, adds up, and depends on nothing but the people."""

import itertools
import json
import os
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine import Aims, Cohort, Match, Participant, Scorer, Weights, all_allowed, candidates, match, score_pairs, served
from tests.unit.matching.cohorts import a_cohort, cohorts

Pairing = tuple[str, str]


def pairings(found: Match) -> set[Pairing]:
    return {(pair.protege_id, pair.mentor_id) for pair in found.pairs}


def best_by_trying_everything(cohort: Cohort) -> tuple[int, int]:
    """How many can be paired, and the most preferred points with that many."""
    scored = {(pair.protege_id, pair.mentor_id): pair for one in cohort.proteges for pair in candidates(cohort, one.person_id)}
    bonus = {one.person_id: one.bonus for one in (*cohort.proteges, *cohort.mentors)}
    places = {one.person_id: one.places for one in cohort.mentors}
    best = (0, 0)
    for choice in itertools.product([None, *places], repeat=len(cohort.proteges)):
        chosen = [(one.person_id, mentor) for one, mentor in zip(cohort.proteges, choice, strict=True) if mentor is not None]
        full = any(used > places[mentor] for mentor, used in Counter(mentor for _, mentor in chosen).items())
        if not full and not any(scored[pair].broken_rules for pair in chosen):
            worth = sum(scored[pair].points + bonus[pair[0]] + bonus[pair[1]] for pair in chosen)
            best = max(best, (len(chosen), worth))
    return best


@given(cohorts(most=4))
@settings(max_examples=60, deadline=None)
def test_no_match_whatever_is_better(cohort: Cohort) -> None:
    free = replace(cohort, fixed=(), running=(), choices=(), aims=Aims())
    bonus = {one.person_id: one.bonus for one in (*cohort.proteges, *cohort.mentors)}
    found = match(free)
    worth = sum(pair.points + bonus[pair.protege_id] + bonus[pair.mentor_id] for pair in found.pairs)
    assert (len(found.pairs), worth) == best_by_trying_everything(free)


@given(cohorts())
@settings(max_examples=60, deadline=None)
def test_every_rule_and_every_place_holds(cohort: Cohort) -> None:
    cohort = replace(cohort, partnered=cohort.partnered - set(cohort.running))  # whom a run takes up again are no second pair
    found = match(cohort)
    scored = {(pair.protege_id, pair.mentor_id): pair for pair in score_pairs(cohort, sorted(pairings(found)))}
    places = {one.person_id: one.places for one in cohort.mentors}
    assert list(scored.values()) == found.pairs, "a pair is worth the same looked at alone, and breaks no rule"
    assert all_allowed(cohort, scored)
    assert all(used <= places[mentor] for mentor, used in Counter(pair.mentor_id for pair in found.pairs).items())
    assert len({pair.protege_id for pair in found.pairs}) == len(found.pairs)
    assert {pair.protege_id for pair in found.pairs} | {one.person_id for one in found.left_out} == {
        one.person_id for one in cohort.proteges
    }


@given(cohorts())
@settings(max_examples=60, deadline=None)
def test_the_shares_of_every_pair_add_up_to_its_points(cohort: Cohort) -> None:
    for one in cohort.proteges:
        for pair in candidates(cohort, one.person_id):
            assert sum(pair.shares.values()) == pair.points
            assert 0 <= pair.points <= 10_000
            assert min(pair.shares.values()) >= 0


@given(cohorts())
@settings(max_examples=60, deadline=None)
def test_candidates_are_ranked_alike_whether_their_reasons_are_asked_for_or_not(cohort: Cohort) -> None:
    for one in cohort.proteges:
        every, some = candidates(cohort, one.person_id), candidates(cohort, one.person_id, slice(1, 2))
        assert [(pair.mentor_id, pair.points, pair.broken_rules) for pair in some] == [
            (pair.mentor_id, pair.points, pair.broken_rules) for pair in every
        ]
        assert every == sorted(every, key=lambda pair: (bool(pair.broken_rules), -pair.points, pair.mentor_id))
        assert some[1:2] == every[1:2]
        assert not any(pair.shares or pair.reasons for pair in (*some[:1], *some[2:]))


@given(cohorts())
@settings(max_examples=60, deadline=None)
def test_who_is_served_in_turn_has_the_best_of_what_is_left(cohort: Cohort) -> None:
    line = [one.person_id for one in cohort.proteges][::-1]
    places = {one.person_id: one.places for one in cohort.mentors}
    expected = []
    for protege_id in line:
        fitting = [pair for pair in candidates(cohort, protege_id) if not pair.broken_rules and places[pair.mentor_id] > 0]
        if fitting:
            places[fitting[0].mentor_id] -= 1
            expected.append(fitting[0])
    assert list(served(cohort, line)) == expected


@given(cohorts(), st.randoms())
@settings(max_examples=40, deadline=None)
def test_the_same_people_in_any_order_give_the_same_bytes(cohort: Cohort, chance: random.Random) -> None:
    def shuffled(people: tuple[Participant, ...]) -> tuple[Participant, ...]:
        return tuple(chance.sample(people, len(people)))

    other = replace(
        cohort,
        proteges=shuffled(cohort.proteges),
        mentors=shuffled(cohort.mentors),
        fixed=tuple(chance.sample(cohort.fixed, len(cohort.fixed))),
    )
    assert json.dumps(match(cohort).to_json()) == json.dumps(match(other).to_json())


def test_python_s_own_hashes_change_nothing() -> None:
    asked = (
        "import json; from services.matching.engine import match; from tests.unit.matching.cohorts import a_cohort;"
        "print(json.dumps(match(a_cohort(30, 9, places=2)).to_json()))"
    )
    answers = [
        subprocess.run([sys.executable, "-c", asked], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout  # noqa: S603 - the text above
        for seed in ("1", "2")
    ]
    assert answers[0] == answers[1] == json.dumps(match(a_cohort(30, 9, places=2)).to_json()).encode() + b"\n"


@given(cohorts())
@settings(max_examples=40, deadline=None)
def test_a_cohort_survives_being_told_to_another_process(cohort: Cohort) -> None:
    told = Cohort.from_json(json.loads(json.dumps(cohort.to_json())))
    assert match(told) == match(cohort)


@given(cohorts())
@settings(max_examples=40, deadline=None)
def test_fixed_pairs_are_kept_or_named_as_released(cohort: Cohort) -> None:
    found = match(cohort)
    kept = set(cohort.fixed) - set(found.released)
    assert kept <= pairings(found)
    people = {one.person_id for one in cohort.proteges}, {one.person_id for one in cohort.mentors}
    possible = [pair for pair in cohort.fixed if pair[0] in people[0] and pair[1] in people[1]]
    if len(possible) == 1 and not score_pairs(cohort, possible)[0].broken_rules:
        places = {one.person_id: one.places for one in cohort.mentors}
        assert (possible[0] in found.released) == (places[possible[0][1]] == 0)


@given(cohorts())
@settings(max_examples=40, deadline=None)
def test_whoever_is_left_out_is_told_the_true_reason(cohort: Cohort) -> None:
    found = match(cohort)
    places = {one.person_id: one.places for one in cohort.mentors}
    for one in found.left_out:
        fitting = [pair.mentor_id for pair in candidates(cohort, one.person_id) if not pair.broken_rules]
        assert one.eligible == len(fitting)
        assert one.reason == ("too_few_places" if fitting else "no_eligible_mentor")
        if one.group is not None and not cohort.fixed:
            assert set(fitting) <= set(one.group.mentor_ids)
            assert one.group.places == sum(places[mentor_id] for mentor_id in one.group.mentor_ids)
            assert len(one.group.protege_ids) > one.group.places


def test_one_more_place_never_makes_it_worse_and_one_fewer_protege_costs_at_most_one_pair() -> None:
    cohort = a_cohort(12, 5, places=2)
    before = match(cohort)
    for number in range(5):
        more = match(
            replace(cohort, mentors=tuple(replace(one, places=one.places + (one.person_id == f"m{number}")) for one in cohort.mentors))
        )
        assert (len(more.pairs), more.total_points) > (len(before.pairs), before.total_points)
    fewer = match(replace(cohort, proteges=cohort.proteges[1:]))
    assert len(fewer.pairs) >= len(before.pairs) - 1


def test_equals_are_told_apart_by_their_ids_and_not_by_chance() -> None:
    alike = Cohort(
        proteges=tuple(Participant(person_id=f"p{n}", languages=("en",)) for n in range(40)),
        mentors=tuple(Participant(person_id=f"m{n}", languages=("en",)) for n in range(40)),
    )
    first = match(alike)
    assert len(first.pairs) == 40
    without_one = match(replace(alike, proteges=alike.proteges[:-1]))
    assert pairings(match(replace(alike, proteges=alike.proteges[::-1], mentors=alike.mentors[::-1]))) == pairings(first)
    assert len(pairings(without_one) & pairings(first)) >= 20, "a small change moves few people"


@pytest.mark.parametrize(("proteges", "mentors", "places"), [(0, 0, 1), (0, 3, 1), (3, 0, 1), (1, 1, 1), (3, 3, 0), (50, 2, 3)])
def test_the_edges(proteges: int, mentors: int, places: int) -> None:
    found = match(a_cohort(proteges, mentors, places))
    assert len(found.pairs) == min(proteges, mentors * places)
    assert len(found.left_out) == proteges - len(found.pairs)


def test_whoever_has_waited_is_preferred_but_shown_with_their_own_points() -> None:
    cohort = a_cohort(3, 1)
    usual = match(cohort).pairs[0]
    waiting = next(one for one in cohort.proteges if one.person_id != usual.protege_id)
    proteges = tuple(replace(one, bonus=10_000) if one is waiting else one for one in cohort.proteges)
    now = match(replace(cohort, proteges=proteges)).pairs[0]
    assert now.protege_id == waiting.person_id
    assert now.points == score_pairs(cohort, [(waiting.person_id, "m0")])[0].points


def test_hard_rules_are_named() -> None:
    cohort = Cohort(
        proteges=(Participant(person_id="both", languages=("en",)), Participant(person_id="linh", languages=("vi",))),
        mentors=(Participant(person_id="both", languages=("en",)), Participant(person_id="rui", languages=("vi", "en"))),
        managers={"linh": "head", "head": "rui"},
        forbidden=frozenset({("both", "rui")}),
        partnered=frozenset({("both", "rui")}),
        declined=frozenset({("linh", "both")}),
    )
    rules = {(pair.protege_id, pair.mentor_id): pair.broken_rules for one in ("both", "linh") for pair in candidates(cohort, one)}
    assert rules == {
        ("both", "both"): ["not_oneself"],
        ("both", "rui"): ["forbidden", "already_partnered"],
        ("linh", "both"): ["shared_language", "declined_before"],
        ("linh", "rui"): ["never_own_line"],
    }
    assert not any(all_allowed(cohort, [pair]) for pair in [*rules, ("linh", "nobody")])
    upside_down = replace(cohort, managers={"rui": "head", "head": "linh"})
    assert score_pairs(upside_down, [("linh", "rui")])[0].broken_rules == ["never_own_line"]


def test_a_circle_in_the_reporting_tree_does_no_harm() -> None:
    cohort = replace(a_cohort(2, 2), managers={"p0": "x", "x": "y", "y": "x", "p1": "p1", "m0": "p1"})
    scorer = Scorer(cohort)
    assert [scorer.broken(row)["never_own_line"].tolist() for row in (0, 1)] == [[False, False], [True, False]]


def test_a_person_twice_in_one_role_is_refused_and_so_are_weights_of_nothing() -> None:
    twice = Participant(person_id="p0")
    with pytest.raises(ValueError, match="twice"):
        match(Cohort(proteges=(twice, twice), mentors=()))
    with pytest.raises(ValueError, match="count"):
        match(replace(a_cohort(1, 1), weights=Weights(**dict.fromkeys(vars(Weights()), 0))))
    with pytest.raises(ValueError, match="count"):
        match(replace(a_cohort(1, 1), weights=Weights(needs=-1)))


def test_raising_a_weight_never_lowers_what_the_match_gets_by_it() -> None:
    cohort = replace(a_cohort(20, 10, places=2), weights=Weights(needs=10, goals=10, level=10, location=10, languages=10))

    def value_of_needs(weight: int) -> int:
        found = match(replace(cohort, weights=replace(cohort.weights, needs=weight)))
        scorer = Scorer(cohort)
        rows, columns = ({name: place for place, name in enumerate(names)} for names in (scorer.proteges, scorer.mentors))
        return sum(int(scorer.values(rows[pair.protege_id])["needs"][columns[pair.mentor_id]]) for pair in found.pairs)

    got = [value_of_needs(weight) for weight in (1, 10, 40, 100)]
    assert got == sorted(got)
