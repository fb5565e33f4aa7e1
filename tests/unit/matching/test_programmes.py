"""What the managers of a programme can decide, and what makes no sense, one sentence each."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.matching.domain import (
    Admission,
    Enrolment,
    EnrolmentNotOpen,
    EnrolmentOver,
    EnrolmentState,
    LastManager,
    MayNotEnrol,
    NotItsProgrammeManager,
    NotOver,
    PersonRule,
    Programme,
    ProgrammeNotOpen,
    ProgrammeState,
    Role,
    Wishes,
)
from shared.contracts.matching import EnrolmentApproved, EnrolmentRequested, ProgrammeClosed, ProgrammeOpened, ProgrammeReviewDue
from shared.errors import Invalid
from tests.unit.matching.builders import MANAGER, NOON, a_person, a_programme, terms

ALWAYS_OPEN = {"kind": "always_open", "ends_on": None}
ADMINISTRATOR = frozenset({"administrator"})
NOBODY_SPECIAL = frozenset[str]()


def ask(programme: Programme, *, role: Role = Role.PROTEGE, by: str = "linh", at: datetime = NOON, **person: Any) -> Enrolment:
    return Enrolment.request(programme, a_person(**person), role, Wishes(), by=by, at=at)


def on(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


# ---------------------------------------------------------------- what makes no sense


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "always_open"}, "ends_on"),
        ({**ALWAYS_OPEN, "matching_on": "2026-11-05"}, "matching_on"),
        ({**ALWAYS_OPEN, "enrolment": {"closes_on": "2026-11-05"}}, "enrolment.closes_on"),
        ({"ends_on": None}, "ends_on"),
        ({"enrolment": {"opens_on": "2026-11-05", "closes_on": "2026-11-04"}}, "enrolment.closes_on"),
        ({"enrolment": {"closes_on": "2026-11-05"}, "matching_on": "2026-11-04"}, "matching_on"),
        ({"enrolment": {"opens_on": "2026-11-05"}, "matching_on": "2026-11-04"}, "matching_on"),
        ({"matching_on": "2027-11-01"}, "ends_on"),
        ({"enrolment": {"closes_on": "2027-11-01"}}, "ends_on"),
        ({"ends_on": "9999-12-31"}, "ends_on"),
        ({"starts_on": "1999-12-31"}, "starts_on"),
        ({"largest_capacity": 0}, "largest_capacity"),
        ({"largest_capacity": 51}, "largest_capacity"),
        ({"default_capacity": 4, "largest_capacity": 3}, "default_capacity"),
        ({"circle": {"smallest": 1}}, "circle.smallest"),
        ({"circle": {"smallest": 7}}, "circle.largest"),
        ({"flash": {"rounds": 0}}, "flash.rounds"),
        ({"flash": {"rounds": 21}}, "flash.rounds"),
        ({"flash": {"meetings": 0}}, "flash.meetings"),
        ({"flash": {"meetings": 4, "rounds": 3}}, "flash.meetings"),
        ({"form": "peer", "free_places": "offered"}, "free_places"),
        ({"partnership_weeks": 0}, "partnership_weeks"),
        ({"called": {"mentor": "coach"}}, "called.mentors"),
        ({"called": {"proteges": "mentees"}}, "called.protege"),
        ({"called": {"mentor": " coach", "mentors": "coaches"}}, "called.mentor"),
        ({"enrolment": {"approve_if": [{"field": "level", "at_least": 3}]}}, "enrolment.approve_if"),
        ({"enrolment": {"only": [{"field": "level", "one_of": ["3"]}]}}, "enrolment.only.0.field"),
        ({"enrolment": {"only": [{"field": "department", "at_least": 3}]}}, "enrolment.only.0.field"),
        ({"enrolment": {"only": [{"field": "department"}]}}, "enrolment.only.0.field"),
        ({"enrolment": {"only": [{"field": "level", "at_least": 5, "at_most": 4}]}}, "enrolment.only.0.at_most"),
        ({"enrolment": {"only": [{"field": "level", "at_least": -1}]}}, "enrolment.only.0.at_least"),
        ({"enrolment": {"only": [{"field": "location", "one_of": ["Lisbon", " "]}]}}, "enrolment.only.0.one_of"),
        ({"enrolment": {"only": [{"field": "location", "one_of": ["Lisbon"], "none_of": ["LISBON"]}]}}, "enrolment.only.0.none_of"),
    ],
)
def test_settings_that_contradict_each_other_are_refused_with_the_field(change: dict[str, Any], field: str) -> None:
    assert [problem.field for problem in terms(**change).problems()] == [field]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = terms(name=" ", ends_on=None, default_capacity=0, questions=[{"id": "why", "label": ""}])
    assert [problem.field for problem in wrong.problems()] == ["name", "ends_on", "default_capacity", "questions.0.label"]


@pytest.mark.parametrize(
    "change",
    [
        ALWAYS_OPEN,
        {"form": "circle", "circle": {"smallest": 2, "largest": 8}},
        {"form": "peer"},
        {"called": {"protege": "mentee", "proteges": "mentees"}},
        {"enrolment": {"opens_on": "2026-11-01", "closes_on": "2026-11-05"}, "matching_on": "2026-11-05"},
    ],
)
def test_settings_that_make_sense_are_taken(change: dict[str, Any]) -> None:
    assert list(terms(**change).problems()) == []


# ---------------------------------------------------------------- forms and days


def test_among_peers_everybody_is_both_and_nobody_a_mentor() -> None:
    programme = a_programme(form="peer", questions=[{"id": "why", "label": "Why?", "for_role": "mentor", "required": True}])
    with pytest.raises(Invalid) as refusal:
        ask(programme, role=Role.MENTOR, by=MANAGER)
    assert refusal.value.field == "role"
    with pytest.raises(Invalid) as refusal:
        ask(programme, role=Role.PEER)
    assert refusal.value.field == "answers.why"
    with pytest.raises(Invalid):
        ask(a_programme(), role=Role.PEER)


def test_in_rounds_a_mentor_who_says_nothing_meets_somebody_in_each() -> None:
    assert a_programme(form="flash", flash={"rounds": 5}).terms.usual_places == 5
    assert a_programme(form="flash", flash={"rounds": 5}, largest_capacity=4).terms.usual_places == 4


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ({"form": "flash"}, {"form": "flash", "flash": {"meetings": 2}}, "flash.meetings"),
        ({"form": "flash"}, {}, "form"),
        ({}, {"form": "flash"}, "form"),
    ],
)
def test_how_many_meetings_proteges_have_is_settled_once_they_can_enrol(before: dict[str, Any], after: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        a_programme(**before).revise(terms(**after), MANAGER, NOON)
    assert refusal.value.field == field
    a_programme(opened=False, **before).revise(terms(**after), MANAGER, NOON)


def test_in_a_circle_a_mentor_has_as_many_places_as_the_circle() -> None:
    programme = a_programme(form="circle", circle={"smallest": 3, "largest": 8})
    assert ask(programme, role=Role.MENTOR).capacity == 8


def test_the_form_stays_as_long_as_people_have_enrolled_by_it() -> None:
    programme = a_programme()
    programme.revise(terms(form="circle"), MANAGER, NOON)
    with pytest.raises(Invalid) as refusal:
        programme.revise(terms(form="peer"), MANAGER, NOON)
    assert refusal.value.field == "form"
    assert programme.terms.form == "circle"


@pytest.mark.parametrize(
    ("change", "last"),
    [
        ({}, date(2027, 10, 31)),
        ({"partnership_weeks": 10}, date(2027, 1, 11)),
        ({"partnership_weeks": 500}, date(2027, 10, 31)),
        ({"form": "flash"}, date(2026, 11, 30)),
        (ALWAYS_OPEN, date(2027, 11, 1)),
        ({**ALWAYS_OPEN, "partnership_weeks": 1}, date(2026, 11, 9)),
    ],
)
def test_a_partnership_always_has_a_last_day(change: dict[str, Any], last: date) -> None:
    assert terms(**change).partnership_ends_on(NOON.date()) == last


def test_others_hear_of_an_always_open_programme_that_it_ends_in_the_year_9999() -> None:
    programme = a_programme(opened=False, **ALWAYS_OPEN)
    programme.open(MANAGER, NOON)
    (told,) = programme.unpublished
    assert isinstance(told, ProgrammeOpened)
    assert told.ends_on == date(9999, 12, 31)


# ---------------------------------------------------------------- who may enrol, and when


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"field": "department", "one_of": ["network", "Radio"]}, True),
        ({"field": "department", "one_of": ["Radio"]}, False),
        ({"field": "department", "none_of": ["NETWORK"]}, False),
        ({"field": "location", "none_of": ["Lisbon"]}, True),
        ({"field": "location", "one_of": ["Lisbon"]}, False),
        ({"field": "language", "one_of": ["pt", "en"]}, True),
        ({"field": "language", "none_of": ["en"]}, False),
        ({"field": "level", "at_least": 3}, True),
        ({"field": "level", "at_least": 4}, False),
        ({"field": "level", "at_most": 3}, True),
        ({"field": "level", "at_most": 2}, False),
        ({"field": "department", "one_of": ["Radio"], "for_role": "mentor"}, True),
    ],
)
def test_rules_on_what_is_known_of_people_say_who_may_enrol(rule: dict[str, Any], *, fits: bool) -> None:
    programme = a_programme(enrolment={"only": [rule]})
    if fits:
        assert ask(programme, department=" Network ").exceptions == []
        return
    with pytest.raises(MayNotEnrol, match=f"The {rule['field']} must be"):
        ask(programme, department=" Network ")


def test_somebody_without_a_level_is_on_none() -> None:
    assert not PersonRule(field="level", at_most=9).holds_for(a_person(level=0))


def test_a_manager_can_make_an_exception_and_it_stays_visible() -> None:
    programme = a_programme(enrolment={"only": [{"field": "department", "one_of": ["Radio"], "none_of": ["Sales"]}]})
    assert ask(programme, by=MANAGER, department="Network").exceptions == ["The department must be one of Radio and none of Sales."]


def test_people_enrol_within_the_days_for_it_and_managers_enrol_them_at_any_time() -> None:
    programme = a_programme(enrolment={"opens_on": "2026-11-03", "closes_on": "2026-11-10", "late_joiners": "refused"})
    with pytest.raises(EnrolmentNotOpen, match="2026-11-03"):
        ask(programme)
    assert not ask(programme, at=on(2026, 11, 10)).late
    with pytest.raises(EnrolmentOver):
        ask(programme, at=on(2026, 11, 11))
    assert ask(programme, by=MANAGER, at=on(2026, 11, 11)).late
    ask(programme, by=MANAGER)


def test_whoever_enrols_after_the_others_is_late_and_waits() -> None:
    for change in ({"enrolment": {"closes_on": "2026-11-10"}, "matching_on": "2026-11-20"}, {"matching_on": "2026-11-10"}):
        assert ask(a_programme(**change), at=on(2026, 11, 11)).late
        assert not ask(a_programme(**change), at=on(2026, 11, 10)).late
    assert not ask(a_programme(), at=on(2027, 10, 1)).late


def test_who_fits_the_rule_takes_part_at_once_and_managers_decide_on_the_others() -> None:
    programme = a_programme(enrolment={"approval": "by_rule", "approve_if": [{"field": "level", "at_least": 3}]})
    at_once, by_hand = ask(programme, level=3), ask(programme, level=2)
    assert (at_once.state, by_hand.state) == (EnrolmentState.APPROVED, EnrolmentState.REQUESTED)
    assert [type(event) for event in (*at_once.unpublished, *by_hand.unpublished)] == [EnrolmentApproved, EnrolmentRequested]
    assert ask(a_programme(enrolment={"approval": "by_rule"})).state is EnrolmentState.APPROVED, "no rule, so everybody"
    assert not Admission().admits_at_once(a_person(), Role.MENTOR)


# ---------------------------------------------------------------- who manages it


def test_a_programme_is_never_without_a_manager() -> None:
    programme = a_programme()
    with pytest.raises(LastManager):
        programme.remove_manager(MANAGER, MANAGER, NOBODY_SPECIAL, NOON)
    programme.add_manager("sofie", MANAGER, NOBODY_SPECIAL, NOON)
    programme.remove_manager(MANAGER, MANAGER, NOBODY_SPECIAL, NOON)
    assert programme.manager_ids == ["sofie"]
    with pytest.raises(NotItsProgrammeManager):
        programme.remove_manager("sofie", MANAGER, NOBODY_SPECIAL, NOON)


def test_an_auditor_sees_and_changes_nothing() -> None:
    programme = a_programme()
    programme.add_auditor("ada", "root", ADMINISTRATOR)
    programme.add_auditor("ada", MANAGER, NOBODY_SPECIAL)
    assert programme.auditor_ids == ["ada"]
    programme.must_let_see("ada")
    programme.must_let_see(MANAGER)
    with pytest.raises(NotItsProgrammeManager):
        programme.must_let_see("linh")
    with pytest.raises(NotItsProgrammeManager):
        programme.revise(terms(), "ada", NOON)
    with pytest.raises(NotItsProgrammeManager):
        programme.add_auditor("linh", "ada", NOBODY_SPECIAL)
    programme.remove_auditor("ada", MANAGER, NOBODY_SPECIAL)
    with pytest.raises(NotItsProgrammeManager):
        programme.must_let_see("ada")


# ---------------------------------------------------------------- what time does


def test_managers_are_told_each_week_who_waits_and_only_if_somebody_does() -> None:
    programme = a_programme()
    assert programme.review_at == NOON + timedelta(weeks=1)
    programme.review(waiting_approval=0, waiting_partner=0, at=NOON + timedelta(weeks=1))
    assert programme.unpublished == []
    programme.review(waiting_approval=2, waiting_partner=7, at=NOON + timedelta(weeks=2))
    (told,) = programme.unpublished
    assert isinstance(told, ProgrammeReviewDue)
    assert (told.waiting_approval, told.waiting_partner, told.matching_day) == (2, 7, False)
    assert programme.review_at == NOON + timedelta(weeks=3)


def test_managers_are_told_on_the_day_of_matching_who_is_to_be_matched() -> None:
    programme = a_programme(matching_on="2026-11-05")
    assert programme.review_at == datetime(2026, 11, 5, 6, tzinfo=UTC)
    programme.review(waiting_approval=0, waiting_partner=7, at=programme.review_at)
    (told,) = programme.unpublished
    assert isinstance(told, ProgrammeReviewDue)
    assert told.matching_day
    assert programme.review_at == datetime(2026, 11, 12, 6, tzinfo=UTC)


def test_a_programme_closes_by_itself_after_its_last_day() -> None:
    programme = a_programme()
    with pytest.raises(NotOver):
        programme.finish(on(2027, 10, 31))
    programme.finish(on(2027, 11, 1))
    assert programme.state is ProgrammeState.CLOSED
    assert [type(event) for event in programme.unpublished] == [ProgrammeClosed]
    with pytest.raises(ProgrammeNotOpen):
        programme.finish(on(2027, 11, 1))
    with pytest.raises(ProgrammeNotOpen):
        programme.review(waiting_approval=1, waiting_partner=1, at=NOON)


def test_a_draft_that_nobody_opens_for_a_year_is_given_up_without_a_word() -> None:
    draft = a_programme(opened=False)
    draft.revise(terms(), MANAGER, NOON + timedelta(days=100))
    assert draft.review_at == NOON + timedelta(days=465)
    draft.review(waiting_approval=0, waiting_partner=0, at=draft.review_at)
    assert draft.state is ProgrammeState.CLOSED
    assert draft.unpublished == []
