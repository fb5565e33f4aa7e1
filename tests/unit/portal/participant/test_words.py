"""Every code a service can answer with has words here, in both languages."""

from datetime import date
from typing import get_args

import pytest

from services.goals.domain.hints import HintCode
from services.notifications.domain.kinds import Kind
from services.portal.api.participant import someone
from services.portal.pages import words_participant as words
from services.portal.pages.pictures_participant import Speech
from services.portal.pages.texts import texts
from services.scheduling.slots.offers import Why
from services.scheduling.slots.reasons import Constraint
from tests.unit.portal.participant.sample import DEBORAH, INES, LINH, NOTICE_SUBJECT, a_notice
from tests.unit.portal.participant.sample_page import card

GERMAN = Speech("de", "Europe/Lisbon", texts("de"))
ENGLISH = Speech("en", "Europe/Lisbon")
PEOPLE = {person_id: someone(card(person_id)) for person_id in (INES, DEBORAH, LINH)}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_notice_has_words(kind: Kind) -> None:
    english = words.notice_words(a_notice(1, kind), PEOPLE, ENGLISH)
    german = words.notice_words(a_notice(1, kind), PEOPLE, GERMAN)
    assert english.title != "There is news for you"
    assert german.title != english.title
    assert "%(" not in english.title + english.about + german.title + german.about


def test_a_notice_asks_for_something_only_while_it_is_new_or_waits() -> None:
    def action(*, seen: bool, needs_answer: bool) -> str:
        return words.notice_words(a_notice(1, "meeting_ended", seen=seen, needs_answer=needs_answer), PEOPLE, ENGLISH).action

    assert action(seen=True, needs_answer=True) == action(seen=False, needs_answer=False) == "Answer"
    assert action(seen=True, needs_answer=False) == "Look"


@pytest.mark.parametrize("kind", Kind)
def test_a_notice_that_holds_too_little_is_still_shown(kind: Kind) -> None:
    bare = {**a_notice(1, kind), "subject": {}}
    assert words.notice_words(bare, {}, GERMAN).title


def test_a_kind_from_a_newer_service_is_shown_as_news() -> None:
    said = words.notice_words(a_notice(1, "something_new"), PEOPLE, ENGLISH)
    assert said.title == "There is news for you"
    assert said.href == "/goals/g"


def test_a_notice_stands_in_the_readers_time_with_the_others_beside() -> None:
    said = words.notice_words(a_notice(1, "meeting_booked"), PEOPLE, ENGLISH)
    assert said.title == "Thursday 22 October, 14:30 stands"
    assert said.about == "with Deborah, 9:30 there"


def test_who_declined_and_why_is_never_told() -> None:
    for kind in ("proposal_declined", "place_free_again"):
        said = words.notice_words({**a_notice(1, kind), "subject": {**NOTICE_SUBJECT, "by_id": DEBORAH}}, PEOPLE, ENGLISH)
        assert "Deborah" not in said.title + said.about
        assert said.person_id is None


PARAMETERS = {"words": ["better"], "count": 2, "due_on": "2026-03-12", "ends_on": "2026-04-30", "days": 3, "months": 14}


@pytest.mark.parametrize("code", HintCode)
def test_every_hint_has_words(code: HintCode) -> None:
    found = {"code": code, "parameters": PARAMETERS, "text": "from the service", "example": "from the service"}
    english, german = words.hint(found, ENGLISH), words.hint(found, GERMAN)
    assert "from the service" not in {english.text, english.example}
    assert english.text != german.text
    assert "%(" not in english.text + german.text


def test_a_hint_from_a_newer_service_reads_as_that_service_words_it() -> None:
    assert words.hint({"code": "new", "parameters": {}, "text": "Think again.", "example": "So."}, GERMAN).text == "Think again."


@pytest.mark.parametrize("why", get_args(Why))
def test_every_offer_says_why(why: str) -> None:
    assert words.why_offered(why, GERMAN) != words.why_offered(why, ENGLISH)


@pytest.mark.parametrize("constraint", get_args(Constraint))
def test_everything_that_binds_is_said_for_both(constraint: str) -> None:
    found = [{"person_id": INES, "constraint": constraint}, {"person_id": DEBORAH, "constraint": constraint}]
    mine, theirs = words.binding(found, PEOPLE, INES, ENGLISH)
    assert "Deborah" not in mine
    assert "Deborah" in theirs


@pytest.mark.parametrize(
    ("attempt", "said", "query"),
    [
        ("shorter:30", "30 minutes would fit.", {"minutes": "30"}),
        ("later:2026-12-07", "From Monday 7 December on there is a time.", {"from": "2026-12-07"}),
        ("wider:90", "1.5 more hours at both ends of the day would be enough.", {}),
        ("buffer:0", "Without the pause before and after other meetings there is a time.", {}),
        ("notice:0", "At shorter notice there is a time.", {}),
        ("nothing", "There is no common time in the next weeks. Talk about your working hours.", {}),
    ],
)
def test_the_cheapest_way_out_is_said_and_can_be_tried(attempt: str, said: str, query: dict[str, str]) -> None:
    assert words.relaxation(attempt, ENGLISH) == (said, query)


def test_a_clock_change_says_how_far_apart_one_is_now() -> None:
    change = {"at": "2026-10-25T01:00:00Z", "zone": "Europe/Lisbon", "minutes": -60}
    said = words.clock_change([change], "America/Toronto", date(2026, 10, 26), ENGLISH)
    assert said == (
        "You are 4 hours apart now, not 5.",
        "Lisbon puts its clocks back on Sunday 25 October. The times below are right.",
    )


def test_reasons_are_sentences_in_the_readers_role() -> None:
    found = {"needs": ["saying no · clear answers"], "level": ["+2"], "location": ["2 h"], "languages": ["en", "pt"], "unknown": ["x"]}
    assert words.reasons(found, "mentor", "Linh", ENGLISH) == [
        "What Linh is looking for and what you are strong in: “saying no · clear answers”.",
        "You are 2 career levels further on.",
        "Your working days share 2 hours.",
        "You both speak English and Portuguese.",
    ]
    assert words.reasons({"level": ["+0"], "location": ["Lisbon"]}, "protege", "Linh", ENGLISH) == [
        "You work on a similar level.",
        "You are both in Lisbon.",
    ]
    assert words.reasons({"level": ["-1"]}, "protege", "Linh", ENGLISH) == []


def test_only_what_changed_in_a_charter_is_told() -> None:
    before = {"ground_rules": {"cadence_weeks": 4, "minutes": 45}, "needs": {"protege_needs": "Say no."}}
    after = {"ground_rules": {"cadence_weeks": 3, "minutes": 45}, "needs": {"protege_needs": "Say no."}}
    (change,) = words.charter_changes(before, after, ENGLISH)
    assert (change["label"], change["was"], change["now"]) == ("How often you meet", "every four weeks", "every three weeks")
