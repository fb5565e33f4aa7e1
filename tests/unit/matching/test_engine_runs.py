"""A run from its order to the lines that are written down."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine import Aims, Choice, Cohort, Mode, Participant, Scorer, match
from services.matching.engine.runs import Order, run
from tests.unit.matching.cohorts import a_cohort, cohorts


def told(order: Order) -> list[dict[str, Any]]:
    return list(run(order, lambda _percent, _step: None))


def rows(lines: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [row for line in lines for row in line.get(name, ())]


def shuffled(order: Order) -> Order:
    cohort = order.cohort
    return replace(order, cohort=replace(cohort, proteges=cohort.proteges[::-1], mentors=cohort.mentors[::-1], fixed=cohort.fixed[::-1]))


@given(cohort=cohorts(), stable=st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_same_order_is_told_in_the_same_bytes_in_whatever_order_its_people_come(cohort: Cohort, *, stable: bool) -> None:
    order = Order(cohort=cohort, stable=stable)
    lines = told(order)
    again = Order.from_json(orjson.loads(orjson.dumps(shuffled(order), default=sorted)))
    as_if_first = [*told(again)]
    assert orjson.dumps(rows(as_if_first, "pairs")) == orjson.dumps(rows(lines, "pairs"))
    assert orjson.dumps(rows(as_if_first, "left_out")) == orjson.dumps(rows(lines, "left_out"))
    assert as_if_first[-1] == lines[-1]
    assert lines[-1]["found"]["input_hash"] == order.digest


def test_another_order_has_another_hash() -> None:
    order = Order(cohort=a_cohort(3, 2))
    others = [
        replace(order, stable=True),
        Order(cohort=replace(order.cohort, aims=Aims(seed=1))),
        Order(cohort=replace(order.cohort, aims=Aims(mode=Mode.MOST_POINTS))),
        Order(cohort=replace(order.cohort, forbidden=frozenset({("p0", "m0")}))),
        Order(cohort=a_cohort(3, 3)),
    ]
    assert len({one.digest for one in (order, *others)}) == len(others) + 1


@given(cohort=cohorts())
@settings(max_examples=60, deadline=None)
def test_a_run_that_is_to_stop_has_a_match_and_what_is_proven_of_it(cohort: Cohort) -> None:
    order = Order(cohort=cohort)
    lines = list(run(order, lambda _percent, _step: None, lambda: True))
    found, best = lines[-1]["found"], told(order)[-1]["found"]
    assert (found["matched_upper_bound"], found["paired"]) >= (best["paired"], 0)
    if found["optimal"]:
        assert (found["paired"], found["value"]) == (best["paired"], best["value"])


def test_an_order_asks_whether_it_is_to_stop_if_it_can() -> None:
    asked: list[str] = []

    def enough() -> bool:
        asked.append("now")
        return True

    for order in (Order(cohort=a_cohort(3, 2)), Order(cohort=a_cohort(3, 2), stable=True)):
        asked.clear()
        assert list(run(order, lambda _percent, _step: None, enough))
        assert bool(asked) is order.can_stop


@given(cohort=cohorts(), stable=st.booleans())
@settings(max_examples=60, deadline=None)
def test_everybody_is_told_of_once_and_the_figures_are_those_of_the_lines(cohort: Cohort, *, stable: bool) -> None:
    lines = told(Order(cohort=cohort, stable=stable))
    pairs, left_out, found = rows(lines, "pairs"), rows(lines, "left_out"), lines[-1]["found"]
    assert sorted([pair["protege_id"] for pair in pairs] + [one["person_id"] for one in left_out]) == sorted(
        one.person_id for one in cohort.proteges
    )
    assert (found["paired"], found["left_out"], found["total_points"]) == (
        len(pairs),
        len(left_out),
        sum(pair["points"] for pair in pairs),
    )
    assert found["smallest_points"] == min((pair["points"] for pair in pairs), default=None)
    assert all(sum(pair["shares"].values()) == pair["points"] <= pair["best_points"] for pair in pairs)
    taken = {row["mentor_id"]: (row["taken"], row["places"]) for row in rows(lines, "mentors")}
    assert taken.keys() == {one.person_id for one in cohort.mentors}
    assert all(used <= places for used, places in taken.values())
    groups = {row["number"]: row for row in rows(lines, "groups")}
    for one in left_out:
        if one["group"] is not None:
            group = groups[one["group"]["number"]]
            assert one["person_id"] in group["protege_ids"]
            assert (one["group"]["proteges"], one["group"]["mentors"]) == (len(group["protege_ids"]), len(group["mentor_ids"]))
            assert len(group["protege_ids"]) > group["places"]


@given(cohorts())
@settings(max_examples=60, deadline=None)
def test_in_a_stable_run_no_two_would_rather_have_each_other(cohort: Cohort) -> None:
    cohort = replace(cohort, choices=())  # whom people named comes before points
    lines = told(Order(cohort=cohort, stable=True))
    points = {(pair["protege_id"], pair["mentor_id"]): pair["points"] for pair in rows(lines, "pairs")}
    own = {protege_id: value for (protege_id, _), value in points.items()}
    fixed = {*cohort.fixed, *cohort.running} & points.keys()  # running pairs stay, unless a run says otherwise
    free = {row["mentor_id"]: row["places"] - row["taken"] for row in rows(lines, "mentors")}
    places = {row["mentor_id"]: row["places"] for row in rows(lines, "mentors")}
    for protege_id, mentor_id, value in every_allowed_pair(cohort):
        held = [points[pair] for pair in points if pair[1] == mentor_id and pair not in fixed]
        would_take = free[mentor_id] > 0 or any(one < value for one in held)
        if places[mentor_id] and protege_id not in {one for one, _ in fixed}:
            assert not (own.get(protege_id, -1) < value and would_take)


def every_allowed_pair(cohort: Cohort) -> Iterator[tuple[str, str, int]]:
    scorer = Scorer(cohort)
    for row, protege_id in enumerate(scorer.proteges):
        for mentor_id, value in zip(scorer.mentors, scorer.points(row, row + 1)[0].tolist(), strict=True):
            if value >= 0:
                yield protege_id, mentor_id, value


def test_in_a_stable_run_whom_people_named_comes_before_points() -> None:
    cohort = replace(a_cohort(2, 2), choices=(Choice(protege_id="p0", mentor_id="m1", by="protege", rank=1),))
    by_mentors = replace(cohort, choices=(*cohort.choices, Choice(protege_id="p0", mentor_id="m1", by="mentor", rank=1)))
    pairs = {pair["protege_id"]: pair["mentor_id"] for pair in rows(told(Order(cohort=by_mentors, stable=True)), "pairs")}
    assert pairs == {"p0": "m1", "p1": "m0"}


def test_whoever_is_left_out_of_a_stable_match_though_there_are_places_is_told_that_others_are_preferred() -> None:
    """linh fits rui alone, who would rather have amara; amara would rather have rui than jonas, who stays without anybody."""
    people = {"linh": ("en",), "amara": ("en", "de"), "rui": ("en", "de"), "jonas": ("de",)}
    one = {name: Participant(person_id=name, languages=languages) for name, languages in people.items()}
    cohort = Cohort(proteges=(one["linh"], one["amara"]), mentors=(one["rui"], one["jonas"]))
    lines = told(Order(cohort=cohort, stable=True))
    assert [(row["person_id"], row["reason"], row["eligible"]) for row in rows(lines, "left_out")] == [("linh", "others_preferred", 1)]
    assert len(match(cohort).pairs) == 2


@pytest.mark.parametrize("stable", [False, True])
def test_a_kept_pair_is_kept_and_its_mentor_has_a_place_less(*, stable: bool) -> None:
    cohort = replace(a_cohort(6, 2, places=2), fixed=(("p5", "m0"),))
    lines = told(Order(cohort=cohort, stable=stable))
    assert {"protege_id": "p5", "mentor_id": "m0"}.items() <= next(row for row in rows(lines, "pairs") if row["protege_id"] == "p5").items()
    assert [(row["mentor_id"], row["taken"]) for row in rows(lines, "mentors")] == [("m0", 2), ("m1", 2)]
    assert {row["group"]["places"] for row in rows(lines, "left_out")} == {3}, "the kept pair is not for the others"
