"""What a programme decides about its matching makes sense, and reaches the engine in the engine's words."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from services.matching import engine
from services.matching.domain import CriterionWeights, Enrolment, HardRules, Question, Role, Wished, Wishes
from services.matching.domain.hours import spans
from services.matching.handlers.engine_words import compared, participant_of, terms_of
from shared.errors import Invalid
from tests.unit.matching.builders import NOON, a_person, a_programme, an_enrolment, terms


def question(question_id: str = "team", **changes: Any) -> Question:
    given: dict[str, Any] = {"label": "Which team?", "kind": "choice", "options": ["Red", "Blue"], "counts": "same", "weight": 5}
    return Question(id=question_id, **{**given, **changes})


@pytest.mark.parametrize(("ours", "theirs"), [(CriterionWeights, engine.Weights), (HardRules, engine.HardRules), (Wished, engine.Wished)])
def test_programmes_and_the_engine_have_the_same_words_and_the_same_usual_values(ours: Any, theirs: Any) -> None:
    assert ours().model_dump() == vars(theirs())
    assert set(ours.model_fields) == {field.name for field in fields(theirs)}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weights": {"waiting": 101}}, "weights.waiting"),
        ({"weights": dict.fromkeys(CriterionWeights.model_fields, 0)}, "weights"),
        ({"rules": {"least_shared_hours": 169}}, "rules.least_shared_hours"),
        ({"rules": {"most_hours_apart": 13}}, "rules.most_hours_apart"),
        ({"rules": {"least_levels_above": -100}}, "rules.least_levels_above"),
        ({"rules": {"least_levels_above": 2, "most_levels_above": 1}}, "rules.most_levels_above"),
        ({"wished": {"shared_hours": 0}}, "wished.shared_hours"),
        ({"wished": {"days_waited": 0}}, "wished.days_waited"),
        ({"wished": {"levels_above": 100}}, "wished.levels_above"),
        ({"aliases": [["alone"]]}, "aliases.0"),
        ({"no_aliases": ["word"] * 501}, "no_aliases"),
        ({"questions": [question(weight=-1)]}, "questions.0.weight"),
        ({"questions": [question(counts="not")]}, "questions.0.counts"),
        ({"questions": [question(counts="not", weight=0, hard=True)]}, "questions.0.counts"),
        ({"questions": [question(against="nothing")]}, "questions.0.against"),
        ({"questions": [question(for_role="mentor")]}, "questions.0.against"),
        ({"questions": [question(for_role="mentor", against="other"), question("other", for_role="mentor")]}, "questions.0.against"),
        ({"questions": [question(against="other"), question("other", kind="text", options=[])]}, "questions.0.against"),
        ({"questions": [question(kind="text", options=[], hard=True)]}, "questions.0.hard"),
        ({"questions": [question(counts="close", hard=True)]}, "questions.0.hard"),
        ({"questions": [question(kind="number", options=[], counts="close")]}, "questions.0.within"),
        ({"questions": [question(within=2)]}, "questions.0.within"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        a_programme(**change)
    assert refusal.value.field == field


def test_a_question_alone_may_be_all_that_counts() -> None:
    programme = a_programme(weights=dict.fromkeys(CriterionWeights.model_fields, 0), questions=[question()])
    assert [one.criterion for one in terms_of(programme.terms)["questions"]] == ["question.team"]


def test_each_side_is_compared_by_the_question_it_was_asked() -> None:
    wants = question("wants", for_role="protege", against="offers", options=["Red", "Blue", "Grey"])
    offers = question("offers", for_role="mentor", counts="not", weight=0)
    found = compared(wants, offers)
    assert (found.protege, found.mentor) == ("wants", "offers")
    assert (found.protege_options, found.mentor_options) == (("Red", "Blue", "Grey"), ("Red", "Blue"))
    turned = compared(question("offers", for_role="mentor", against="wants"), wants)
    assert (turned.protege, turned.mentor) == ("wants", "offers")
    asked = terms(questions=[wants, offers])
    asked.check()
    assert [one.id for one in terms_of(asked)["questions"]] == ["wants"], "what does not count is not compared"


def test_everything_said_reaches_the_engine() -> None:
    programme = a_programme(questions=[question()], aliases=[["chess", "schach"]], no_aliases=["promotion"])
    enrolment = an_enrolment(programme, hours=["mon-tue 9-10:30"], answers={"team": "Red"}, needs=["chess"])
    person = a_person(department="Sales", zone="Europe/Lisbon")
    found = participant_of(enrolment, person, NOON + timedelta(days=3), places=1)
    assert (found.hours, found.answers, found.department) == (((0, 540, 630), (1, 540, 630)), {"team": "Red"}, "Sales")
    assert found.days_waited == 3
    assert participant_of(enrolment, person, None).days_waited is None
    engine.Cohort(proteges=(found,), mentors=(), **terms_of(programme.terms))


# ---------------------------------------------------------------- hours


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("mon 9-17", [(0, 540, 1_020)]),
        ("Wednesday 09:15 - 10:00", [(2, 555, 600)]),
        ("sat-mon 8-9", [(5, 480, 540), (6, 480, 540), (0, 480, 540)]),
        ("sun 22:00-02:00", [(6, 1_320, 1_440), (0, 0, 120)]),
        ("fri 16-24", [(4, 960, 1_440)]),
        ("fri 16-0", [(4, 960, 1_440)]),
    ],
)
def test_hours_are_read_as_people_write_them(written: str, meant: list[tuple[int, int, int]]) -> None:
    assert list(spans([written])) == meant


@pytest.mark.parametrize(
    "written", ["", "9-17", "mo 9-17", "moonday 9-17", "mon", "mon 9", "mon 9-9", "mon 24-9", "mon 9-25", "mon 9:60-10", "mon 9.30-10"]
)
def test_hours_that_are_none_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"not|no time"):
        spans([written])
    with pytest.raises((Invalid, ValueError)):
        Enrolment.request(a_programme(), a_person(), Role.PROTEGE, Wishes(hours=[written]), by="linh", at=NOON)
