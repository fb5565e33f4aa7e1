"""What a manager can ask of one run, and what becomes of it in the engine's words."""

from datetime import timedelta
from typing import Any

import pytest

from services.matching.domain import Floors, Limits, MatchRun, OnlySuggestion, Role, RulesExcludeEverybody, RunOptions
from services.matching.engine import Mode
from services.matching.handlers.cohort import Field
from services.matching.handlers.engine_words import aims_of
from services.matching.handlers.foresight import must_make_sense
from shared.errors import Invalid
from tests.unit.matching.builders import LATER, MANAGER, NOON, a_draft, a_person, a_programme, an_enrolment

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"spread": -1}, "spread"),
    ({"stickiness": 10_001}, "stickiness"),
    ({"first_choice": -5}, "first_choice"),
    ({"seed": -1}, "seed"),
    ({"floors": {"by": "department", "shares": {"Sales": 101}}}, "floors.shares.Sales"),
    ({"floors": {"by": "shoes", "shares": {}}}, "floors.by"),
    ({"floors": {"by": "question.team", "shares": {}}}, "floors.by"),
    ({"weights": {"needs": 10_001}}, "weights.needs"),
    ({"weights": {"charm": 1}}, "weights.charm"),
    ({"weights": {"needs": 0}}, "weights"),
    ({"weights": {}}, "weights"),
    ({"mode": "stable", "spread": 5}, "spread"),
    ({"mode": "stable", "floors": {"by": "level", "shares": {"3": 50}}}, "floors"),
    ({"mode": "stable", "coverage": "free"}, "coverage"),
    ({"mode": "worst_first", "coverage": "free"}, "coverage"),
    ({"limits": {"seconds": 0}}, "limits.seconds"),
    ({"limits": {"seconds": 601}}, "limits.seconds"),
    ({"limits": {"megabytes": 499}}, "limits.megabytes"),
    ({"limits": {"megabytes": 4_001}}, "limits.megabytes"),
]


def a_field(partnered: dict[tuple[str, str], bool] | None = None, terms: dict[str, Any] | None = None, **wishes: list[str]) -> Field:
    programme = a_programme(**(terms or {}))
    roles = {"linh": Role.PROTEGE, "amara": Role.PROTEGE, "mei": Role.PROTEGE, "rui": Role.MENTOR, "deborah": Role.MENTOR}
    enrolled = {name: an_enrolment(programme, name, role) for name, role in roles.items()}
    places = dict.fromkeys(enrolled, 1)
    for (protege_id, mentor_id), running in (partnered or {}).items():
        places[protege_id] -= running
        places[mentor_id] -= running
    return Field(
        programme=programme,
        enrolments=enrolled,
        people={
            name: a_person(name, department="Sales" if name in {"linh", "rui"} else "Network", location="Lisbon", level=place)
            for place, name in enumerate(roles)
        },
        places=places,
        managers={},
        partnered=partnered or {},
        declined=frozenset(),
        wishes=wishes,
    )


def a_run(previous: MatchRun | None = None, **options: Any) -> MatchRun:
    allowed = Limits(seconds=600, megabytes=4_000)
    return MatchRun.start(a_programme(), previous, options=RunOptions(**options), allowed=allowed, by=MANAGER, at=NOON)


@pytest.mark.parametrize(("options", "name"), WRONG)
def test_options_that_cannot_be_are_refused_with_their_field(options: dict[str, Any], name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        a_run(**options)
    assert refusal.value.field == name


@pytest.mark.parametrize("form", ["circle", "flash", "peer"])
def test_only_pairs_can_be_matched_in_another_way(form: str) -> None:
    programme = a_programme(form=form)
    MatchRun.start(programme, None, options=RunOptions(seed=3, first_choice=0), by=MANAGER, at=NOON)
    refused: list[dict[str, Any]] = [
        {"mode": "stable"},
        {"coverage": "free"},
        {"spread": 1},
        {"floors": {"by": "level", "shares": {"1": 5}}},
    ]
    for options in refused:
        with pytest.raises(Invalid) as refusal:
            MatchRun.start(programme, None, options=RunOptions.model_validate(options), by=MANAGER, at=NOON)
        assert [refusal.value.field] == list(options)


def test_short_meetings_are_not_moved_and_circles_are() -> None:
    moving = RunOptions.model_validate({"running": "free"})
    MatchRun.start(a_programme(form="circle"), None, options=moving, by=MANAGER, at=NOON)
    with pytest.raises(Invalid) as refusal:
        MatchRun.start(a_programme(form="flash"), None, options=moving, by=MANAGER, at=NOON)
    assert refusal.value.field == "running"


def test_the_engine_is_told_in_its_own_words() -> None:
    floors = Floors(by="department", shares={"Sales": 70})
    aims = aims_of(RunOptions.model_validate({"mode": "worst_first", "floors": floors, "spread": 40, "running": "sticky", "seed": 9}))
    assert (aims.mode, dict(aims.floors), aims.spread, aims.stickiness, aims.seed) == (Mode.WORST_FIRST, {"Sales": 70}, 40, 1_000, 9)
    assert aims_of(RunOptions()).stickiness is None
    assert aims_of(RunOptions.model_validate({"coverage": "free"})).mode is Mode.MOST_POINTS
    assert aims_of(RunOptions.model_validate({"running": "free"})).stickiness == 0


def test_a_floor_puts_people_into_groups_and_those_it_does_not_name_into_none() -> None:
    cohort = a_field().cohort(a_run(floors={"by": "department", "shares": {"Sales": 70}}))
    assert {one.person_id: one.group for one in cohort.proteges} == {"linh": "Sales", "amara": "", "mei": ""}
    by_level = a_field().cohort(a_run(floors={"by": "level", "shares": {"1": 70}}))
    assert {one.person_id: one.group for one in by_level.proteges} == {"linh": "", "amara": "1", "mei": ""}


def test_a_run_is_about_those_it_names() -> None:
    cohort = a_field().cohort(a_run(proteges={"departments": ["Network"]}, mentors={"departments": ["Sales"], "locations": ["Lisbon"]}))
    assert [one.person_id for one in (*cohort.proteges, *cohort.mentors)] == ["amara", "mei", "rui"]
    assert a_field().cohort(a_run(proteges={"locations": ["Hanoi"]})).proteges == ()
    everybody = a_field().cohort(a_run(proteges={"locations": ["Hanoi"]}), everybody=True)
    assert len(everybody.proteges) == 3, "a look at single pairs is at all there are"


def test_a_floor_can_be_for_those_who_gave_an_answer() -> None:
    team = {"id": "team", "label": "Which team?", "kind": "choice", "options": ["Red", "Blue"], "for_role": "protege"}
    field = a_field(terms={"questions": [team]})
    field.enrolments["linh"].answers["team"] = "Red"
    run = MatchRun.start(
        field.programme,
        None,
        options=RunOptions.model_validate({"floors": {"by": "question.team", "shares": {"Red": 50}}}),
        by=MANAGER,
        at=NOON,
    )
    assert {one.person_id: one.group for one in field.cohort(run).proteges} == {"linh": "Red", "amara": "", "mei": ""}
    must_make_sense(run, field)


def test_the_weights_of_a_run_are_its_own_and_those_it_was_found_by_stay() -> None:
    run = a_run(weights={"needs": 1, "hours": 3})
    cohort = a_field().cohort(run)
    assert (cohort.weights.needs, cohort.weights.goals, cohort.weights.hours) == (1, 0, 3)
    run.weights = {"needs": 2_500, "hours": 7_500}
    assert (a_field().cohort(run).weights.needs, a_field().cohort(run).weights.hours) == (2_500, 7_500)


def test_whom_proteges_ask_for_counts_in_their_order() -> None:
    cohort = a_field(linh=["deborah", "rui"]).cohort(a_run())
    assert [(one.protege_id, one.mentor_id, one.by, one.rank) for one in cohort.choices] == [
        ("linh", "deborah", "protege", 1),
        ("linh", "rui", "protege", 2),
    ]
    assert a_field(linh=["deborah", "rui"]).cohort(a_run(first_choice=0)).choices == ()


def test_partners_stay_out_of_a_run_unless_it_is_to_suggest_changes() -> None:
    field = a_field({("linh", "rui"): True, ("mei", "deborah"): False})
    locked = field.cohort(a_run())
    assert ([one.person_id for one in locked.proteges], locked.running) == (["amara", "mei"], ())
    assert {one.person_id: (one.places, one.partners) for one in locked.mentors} == {"rui": (0, 1), "deborah": (1, 0)}
    moving = field.cohort(a_run(running="sticky"))
    assert ([one.person_id for one in moving.proteges], moving.running) == (["linh", "amara", "mei"], (("linh", "rui"),))
    assert {one.person_id: (one.places, one.partners) for one in moving.mentors} == {"rui": (1, 0), "deborah": (1, 0)}
    elsewhere = field.cohort(a_run(running="free", mentors={"departments": ["Network"]}))
    assert elsewhere.running == ()
    assert "linh" not in {one.person_id for one in elsewhere.proteges}, "whose partner is not in it"


def test_a_run_that_moves_partners_is_not_published() -> None:
    run = a_draft(options=RunOptions.model_validate({"running": "sticky"}))
    with pytest.raises(OnlySuggestion):
        run.publish(LATER + timedelta(minutes=1))


# ---------------------------------------------------------------- beside the people there are

IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"proteges": {"departments": ["Network", "Shoes"]}}, "proteges.departments.1"),
    ({"mentors": {"locations": ["Hanoi"]}}, "mentors.locations.0"),
    ({"mentors": {"person_ids": ["linh"]}}, "mentors.person_ids.0"),
    ({"floors": {"by": "department", "shares": {"Sales": 50, "Shoes": 50}}}, "floors.shares.Shoes"),
    ({"floors": {"by": "department", "shares": {"Sales": 50}}, "proteges": {"departments": ["Network"]}}, "floors.shares.Sales"),
    ({"fixed": [("linh", "rui"), ("rui", "linh")]}, "fixed.1"),
    ({"fixed": [("linh", "nobody")]}, "fixed.0"),
    ({"forbidden": [("nobody", "rui")]}, "forbidden.0"),
    ({"fixed": [("amara", "rui"), ("linh", "rui")]}, "fixed.0"),
    ({"fixed": [("amara", "deborah"), ("linh", "rui"), ("linh", "deborah")]}, "fixed.0"),
    ({"fixed": [("linh", "rui")], "forbidden": [("amara", "rui"), ("linh", "rui")]}, "forbidden.1"),
    ({"fixed": [("linh", "rui")], "proteges": {"departments": ["Network"]}}, "fixed.0"),
]


@pytest.mark.parametrize(("options", "name"), IMPOSSIBLE)
def test_what_no_run_could_do_with_the_people_there_are_is_refused_with_its_field(options: dict[str, Any], name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        must_make_sense(a_run(**options), a_field())
    assert refusal.value.field == name


def test_what_can_be_done_is_not_refused() -> None:
    must_make_sense(a_run(), a_field())
    fixed: dict[str, Any] = {"fixed": [("linh", "rui"), ("amara", "deborah")], "forbidden": [("mei", "rui")]}
    must_make_sense(a_run(**fixed, proteges={"locations": ["Lisbon"]}, floors={"by": "level", "shares": {"1": 5}}), a_field())


def test_a_protege_can_be_fixed_to_one_mentor_and_not_past_a_rule() -> None:
    field = a_field()
    field.places["rui"] = field.places["deborah"] = 2
    with pytest.raises(Invalid, match="several mentors"):
        must_make_sense(a_run(fixed=[("linh", "rui"), ("linh", "deborah")]), field)
    field.managers["linh"] = "rui"
    with pytest.raises(Invalid, match="never_own_line"):
        must_make_sense(a_run(fixed=[("linh", "rui")]), field)


def test_a_pair_locked_before_counts_among_the_fixed_ones() -> None:
    locked = a_draft(locked=[("amara", "rui")])
    with pytest.raises(Invalid, match="2 protégés") as refusal:
        must_make_sense(a_run(locked, fixed=[("linh", "rui")]), a_field())
    assert refusal.value.field == "fixed.0"
    with pytest.raises(Invalid, match="kept") as refusal:
        must_make_sense(a_run(locked, forbidden=[("amara", "rui")]), a_field())
    assert refusal.value.field == "forbidden.0"


def test_in_rounds_a_protege_can_be_fixed_to_several_and_to_no_more_than_there_are_meetings() -> None:
    field = a_field(terms={"form": "flash", "flash": {"meetings": 2}})
    field.places.update(linh=2, rui=3, deborah=3)

    def fix(*pairs: tuple[str, str]) -> None:
        must_make_sense(MatchRun.start(field.programme, None, options=RunOptions(fixed=[*pairs]), by=MANAGER, at=NOON), field)

    fix(("linh", "rui"), ("linh", "deborah"))
    field.places["linh"] = 1
    with pytest.raises(Invalid) as refusal:
        fix(("linh", "rui"), ("linh", "deborah"))
    assert refusal.value.field == "fixed.0"


def test_rules_that_exclude_everybody_are_said_before_the_run() -> None:
    field = a_field(terms={"rules": {"least_levels_above": 50}})
    with pytest.raises(RulesExcludeEverybody, match="levels_above"):
        must_make_sense(a_run(), field)


def test_a_scope_in_which_nobody_is_free_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        must_make_sense(a_run(proteges={"person_ids": ["linh"]}), a_field({("linh", "rui"): True}))
    assert refusal.value.field == "proteges"


def test_what_only_a_run_without_a_draft_was_to_fix_binds_no_later_run() -> None:
    run = a_run(a_draft(locked=[("amara", "rui")], forbidden=[("mei", "rui")]), fixed=[("linh", "deborah")], forbidden=[("linh", "rui")])
    assert (run.locked, run.forbidden) == ([("amara", "rui"), ("linh", "deborah")], [("mei", "rui"), ("linh", "rui")])
    run.cancel()
    again = a_run(run)
    assert (again.locked, again.forbidden) == ([("amara", "rui")], [("mei", "rui")])


# ---------------------------------------------------------------- in other forms


def a_pool(partnered: dict[tuple[str, str], bool] | None = None) -> Field:
    """Three peers, of whom some are or were partners."""
    programme = a_programme(form="peer")
    enrolled = {name: an_enrolment(programme, name, Role.PEER) for name in ("amara", "linh", "mei")}
    places = {name: 1 - sum(running and name in pair for pair, running in (partnered or {}).items()) for name in enrolled}
    people = {name: a_person(name) for name in enrolled}
    nothing: dict[str, Any] = {"managers": {}, "declined": frozenset(), "partnered": partnered or {}}
    return Field(programme=programme, enrolments=enrolled, people=people, places=places, **nothing)


def test_peers_are_on_both_sides_and_what_is_so_of_two_is_so_whoever_is_named_first() -> None:
    field = a_pool({("linh", "mei"): False})
    run = MatchRun.start(field.programme, None, options=RunOptions(forbidden=[("mei", "amara")]), by=MANAGER, at=NOON)
    cohort = field.cohort(run)
    assert cohort.proteges == cohort.mentors
    assert [one.person_id for one in cohort.proteges] == ["amara", "linh", "mei"]
    assert cohort.earlier_partners == {("linh", "mei"), ("mei", "linh")}
    assert cohort.forbidden == {("amara", "mei"), ("mei", "amara")}
    (there, back) = (field.scored(field.cohort(run), [pair])[0] for pair in (("amara", "mei"), ("mei", "amara")))
    assert there.points == back.points
    assert there.broken_rules == back.broken_rules == ["forbidden"]


def test_peers_with_a_partner_stay_out_unless_the_run_is_to_suggest_changes() -> None:
    field = a_pool({("mei", "linh"): True})
    assert [one.person_id for one in field.cohort(a_run()).proteges] == ["amara"]
    moving = field.cohort(a_run(running="sticky"))
    assert {one.person_id: one.places for one in moving.proteges} == {"amara": 1, "linh": 1, "mei": 1}
    assert moving.running == (("linh", "mei"), ("mei", "linh"))
    assert not moving.partnered & set(moving.running)


def test_of_short_meetings_the_engine_is_told_how_many_there_have_been() -> None:
    field = a_field(terms={"form": "flash", "flash": {"meetings": 3, "rounds": 3}})
    field.places.update(linh=1, amara=3, mei=0)
    assert {one.person_id: one.partners for one in field.cohort(a_run()).proteges} == {"linh": 2, "amara": 0}
