"""Cohorts in every form: told of in the shape of any run, the same bytes for the same people."""

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine import Aims, Choice, Cohort, HardRules, Mode, Participant, Scorer, Wished, score_pairs
from services.matching.engine.runs import Form, Order, run
from tests.unit.matching.cohorts import a_cohort, cohorts


def told(order: Order) -> dict[str, list[dict[str, Any]]]:
    """All lines of a kind together; of what was found there is one."""
    lines: dict[str, list[dict[str, Any]]] = {"pairs": [], "left_out": [], "groups": [], "mentors": []}
    for line in run(order, lambda _percent, _step: None):
        for name, rows in line.items():
            lines.setdefault(name, []).extend(rows if isinstance(rows, list) else [rows])
    return lines


def an_order(cohort: Cohort, form: Form) -> Order:
    """In a pool everybody is on both sides, and nobody is asked about floors."""
    plain = replace(cohort, aims=Aims(seed=cohort.aims.seed, stickiness=cohort.aims.stickiness))
    if form is Form.PEERS:
        plain = replace(plain, mentors=plain.proteges)
    return Order(cohort=plain, form=form, smallest=2, largest=3, meetings=2, rounds=2)


@pytest.mark.parametrize("form", [Form.CIRCLES, Form.ROUNDS, Form.PEERS])
@given(cohort=cohorts(), chance=st.randoms())
@settings(max_examples=40, deadline=None)
def test_the_same_people_in_any_order_give_the_same_bytes_in_every_form(form: Form, cohort: Cohort, chance: random.Random) -> None:
    order = an_order(cohort, form)
    people = [tuple(chance.sample(side, len(side))) for side in (order.cohort.proteges, order.cohort.mentors)]
    other = replace(order, cohort=replace(order.cohort, proteges=people[0], mentors=people[1], fixed=order.cohort.fixed[::-1]))
    lines, again = told(order), told(Order.from_json(orjson.loads(orjson.dumps(other.to_json(), default=sorted))))
    for name in ("pairs", "left_out", "groups", "found"):
        assert orjson.dumps(again[name]) == orjson.dumps(lines[name])


@pytest.mark.parametrize("form", [Form.CIRCLES, Form.ROUNDS, Form.PEERS])
@given(cohort=cohorts())
@settings(max_examples=40, deadline=None)
def test_every_form_tells_of_everybody_and_adds_up(form: Form, cohort: Cohort) -> None:
    order = an_order(cohort, form)
    lines = told(order)
    pairs, found = lines["pairs"], lines["found"][0]
    people = {name for pair in pairs for name in ((pair["protege_id"], pair["mentor_id"]) if form is Form.PEERS else (pair["protege_id"],))}
    left_out = {one["person_id"] for one in lines["left_out"]}
    assert people | left_out == {one.person_id for one in order.cohort.proteges}
    assert not people & left_out
    assert all(sum(pair["shares"].values()) == pair["points"] <= pair["best_points"] for pair in pairs)
    assert found["total_points"] == sum(pair["points"] for pair in pairs)
    assert found["optimal"]
    assert (found["matched_upper_bound"], found["upper_bound"]) == (len(pairs), found["value"])
    places = {one.person_id: one.places for one in order.cohort.mentors}
    if form is Form.CIRCLES:
        members = {one.person_id: one.partners for one in order.cohort.mentors}
        for mentor_id, size in Counter(pair["mentor_id"] for pair in pairs).items():
            assert size <= places[mentor_id]
            assert 2 <= size + members[mentor_id] <= 3
    if form is Form.ROUNDS:
        assert {pair["round"] for pair in pairs} <= {1, 2}
    else:
        assert all(pair["round"] is None for pair in pairs)
    known = {(one.protege_id, one.mentor_id): one for one in score_pairs(order.cohort, [(p["protege_id"], p["mentor_id"]) for p in pairs])}
    for pair in pairs if form is not Form.PEERS else ():
        assert pair["points"] == known[pair["protege_id"], pair["mentor_id"]].points


def test_whoever_has_waited_comes_before_others_in_every_form() -> None:
    """Three people for two seats, in a circle, in rounds, and in a pool."""
    cohort = a_cohort(3, 1, places=2)
    for form in (Form.CIRCLES, Form.ROUNDS, Form.PEERS):
        order = replace(an_order(cohort, form), meetings=1)
        for waiting in ("p0", "p1", "p2"):
            proteges = tuple(replace(one, bonus=9_000 * (one.person_id == waiting)) for one in cohort.proteges)
            mentors = proteges if form is Form.PEERS else cohort.mentors
            found = told(replace(order, cohort=replace(order.cohort, proteges=proteges, mentors=mentors)))
            assert [one["person_id"] for one in found["left_out"]] != [waiting]


def test_reasons_are_those_of_the_form() -> None:
    for proteges, mentors, alone in ((2, 1, 2), (4, 2, 1)):
        circles = told(Order(cohort=a_cohort(proteges, mentors, places=3), form=Form.CIRCLES, smallest=3))
        assert [one["reason"] for one in circles["left_out"]] == ["circle_too_small"] * alone
    short = told(Order(cohort=a_cohort(5, 1, places=4), form=Form.CIRCLES, smallest=3))
    assert [one["reason"] for one in short["left_out"]] == ["too_few_places"]
    pool = a_cohort(3, 0)
    peers = told(Order(cohort=replace(pool, mentors=pool.proteges), form=Form.PEERS))
    assert [one["reason"] for one in peers["left_out"]] == ["odd_one_out"]
    rounds = told(Order(cohort=a_cohort(3, 1, places=2), form=Form.ROUNDS, meetings=1, rounds=3))
    assert [one["reason"] for one in rounds["left_out"]] == ["too_few_places"]


def test_members_of_a_running_circle_count() -> None:
    cohort = a_cohort(1, 1, places=2)
    assert told(Order(cohort=cohort, form=Form.CIRCLES))["pairs"] == []
    running = replace(cohort, mentors=(replace(cohort.mentors[0], partners=2),))
    assert len(told(Order(cohort=running, form=Form.CIRCLES))["pairs"]) == 1


def test_choices_count_in_circles() -> None:
    cohort = a_cohort(4, 2, places=2)
    named = tuple(Choice(protege_id=one, mentor_id=other, by="protege", rank=1) for one, other in (("p0", "m1"), ("p3", "m1")))
    found = told(an_order(replace(cohort, choices=named), Form.CIRCLES))
    wished = replace(an_order(replace(cohort, choices=named), Form.CIRCLES).cohort, aims=Aims(first_choice=1_000_000))
    assert len(found["pairs"]) == 4
    pairs = {(pair["protege_id"], pair["mentor_id"]) for pair in told(Order(cohort=wished, form=Form.CIRCLES, smallest=2))["pairs"]}
    assert {("p0", "m1"), ("p3", "m1")} <= pairs


@pytest.mark.parametrize("aims", [Aims(floors={"x": 50}), Aims(spread=10), Aims(mode=Mode.WORST_FIRST)])
def test_what_only_one_to_one_can_have_is_refused_in_circles(aims: Aims) -> None:
    with pytest.raises(ValueError, match="one to one"):
        told(Order(cohort=replace(a_cohort(2, 1), aims=aims), form=Form.CIRCLES))


# ---------------------------------------------------------------- reverse


def a_pair(protege_level: int, mentor_level: int, **changes: Any) -> Cohort:
    senior = Participant(person_id="p", level=protege_level, needs=("delegation",), strengths=("finance",), languages=("en",))
    junior = Participant(person_id="m", level=mentor_level, needs=("finance",), strengths=("delegation",), languages=("en",))
    return replace(Cohort(proteges=(senior,), mentors=(junior,)), **changes)


def test_in_reverse_levels_count_the_other_way_round_and_nothing_else_does() -> None:
    for above in range(-4, 5):
        usual, reverse = a_pair(5, 5 + above), a_pair(5, 5 - above, reverse=True)
        assert Scorer(usual).values(0) == Scorer(reverse).values(0)
        assert Scorer(usual).points(0, 1) == Scorer(reverse).points(0, 1)


def test_in_reverse_the_juniors_strengths_meet_the_seniors_needs() -> None:
    pair = Scorer(a_pair(5, 3, reverse=True)).pair(0, 0)
    assert (pair.reasons["needs"], pair.reasons["learning"]) == (["delegation"], ["finance"])
    assert pair.reasons["level"] == ["-2"], "the mentor is below, and is said to be"


def test_in_reverse_hard_rules_on_levels_turn_too() -> None:
    rules = HardRules(least_levels_above=2)
    junior, senior = a_pair(5, 3, reverse=True, rules=rules), a_pair(3, 5, reverse=True, rules=rules)
    assert Scorer(junior).points(0, 1)[0, 0] >= 0
    assert Scorer(senior).pair(0, 0).broken_rules == ["levels_above"]
    wished = Wished(levels_above=1)
    nearer, farther = a_pair(5, 4, reverse=True, wished=wished), a_pair(5, 2, reverse=True, wished=wished)
    assert Scorer(nearer).points(0, 1)[0, 0] > Scorer(farther).points(0, 1)[0, 0]
