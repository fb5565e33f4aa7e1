"""The life of a partnership, one sentence each."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.matching.domain import (
    EndReason,
    Enrolment,
    EnrolmentState,
    NotYourPartnership,
    Partnership,
    PartnershipNotPaused,
    PartnershipOver,
    PartnershipState,
    PauseNotOver,
    Programme,
    Role,
    StillTime,
)
from services.matching.domain.partnership import DAYS_TO_CLOSE
from shared.contracts.matching import PartnershipEnded, PartnershipPaused, PartnershipProlonged, PartnershipResumed
from shared.errors import Invalid
from tests.unit.matching.builders import LATER, MANAGER, NOON, a_programme, an_enrolment, terms

Pair = tuple[Programme, Partnership, Enrolment, Enrolment]

MARCH = date(2027, 3, 1)
IN_MARCH = datetime(2027, 3, 1, tzinfo=UTC)
OVER = datetime(2027, 10, 31, tzinfo=UTC) + timedelta(days=DAYS_TO_CLOSE + 1)


@pytest.fixture
def pair() -> Pair:
    """Linh and her mentor Rui, who has one place."""
    programme = a_programme()
    protege, mentor = an_enrolment(programme), an_enrolment(programme, "rui", Role.MENTOR)
    partnership = Partnership.start(programme, protege, mentor, at=NOON)
    partnership.published()
    return programme, partnership, protege, mentor


def test_either_of_the_two_pauses_it_and_it_goes_on_when_the_day_has_come(pair: Pair) -> None:
    programme, partnership, _, mentor = pair
    partnership.pause(programme, MARCH, by="rui", at=NOON)
    assert (partnership.state, mentor.free_places) == (PartnershipState.PAUSED, 0), "the place stays theirs"
    with pytest.raises(PauseNotOver):
        partnership.wake(IN_MARCH - timedelta(minutes=1))
    partnership.wake(IN_MARCH)
    assert (partnership.state, partnership.paused_until) == (PartnershipState.RUNNING, None)
    paused, resumed = partnership.unpublished
    assert isinstance(paused, PartnershipPaused)
    assert (paused.until, paused.by_id) == (MARCH, "rui")
    assert isinstance(resumed, PartnershipResumed)
    assert resumed.by_id is None


def test_a_pause_can_be_moved_and_ended_early_by_the_other(pair: Pair) -> None:
    programme, partnership, _, _ = pair
    partnership.pause(programme, MARCH, by="rui", at=NOON)
    partnership.pause(programme, date(2027, 2, 1), by="linh", at=LATER)
    assert partnership.paused_until == date(2027, 2, 1)
    partnership.resume(programme, by="linh", at=LATER)
    with pytest.raises(PartnershipNotPaused):
        partnership.resume(programme, by="rui", at=LATER)
    with pytest.raises(PartnershipNotPaused):
        partnership.wake(IN_MARCH)


@pytest.mark.parametrize("until", [date(2026, 11, 2), date(2027, 5, 2)])
def test_a_pause_lasts_at_least_a_day_and_at_most_half_a_year(pair: Pair, until: date) -> None:
    programme, partnership, _, _ = pair
    with pytest.raises(Invalid) as refusal:
        partnership.pause(programme, until, by="linh", at=NOON)
    assert refusal.value.field == "until"
    assert partnership.unpublished == []


def test_strangers_change_nothing_about_it(pair: Pair) -> None:
    programme, partnership, _, _ = pair
    with pytest.raises(NotYourPartnership):
        partnership.pause(programme, MARCH, by="amara", at=NOON)
    with pytest.raises(NotYourPartnership):
        partnership.resume(programme, by="amara", at=NOON)
    with pytest.raises(NotYourPartnership):
        partnership.prolong(programme, MARCH, by="amara", at=NOON)


def test_it_can_have_a_later_last_day_but_none_after_the_programmes(pair: Pair) -> None:
    programme, partnership, _, _ = pair
    partnership.ends_on = MARCH
    for wrong in (MARCH, date(2027, 11, 1)):
        with pytest.raises(Invalid) as refusal:
            partnership.prolong(programme, wrong, by="linh", at=NOON)
        assert refusal.value.field == "ends_on"
    partnership.prolong(programme, date(2027, 4, 1), by="linh", at=NOON)
    assert [type(event) for event in partnership.unpublished] == [PartnershipProlonged]


# ---------------------------------------------------------------- the end


@pytest.mark.parametrize(
    ("by", "reason", "rematch", "first"),
    [
        ("linh", "not_working", None, {"linh"}),
        ("linh", "by_agreement", None, {"linh"}),
        ("linh", "needs_changed", None, {"linh"}),
        ("linh", "no_time", None, set()),
        ("linh", "no_time", True, {"linh"}),
        ("linh", "not_working", False, set()),
        ("linh", "left", None, {"rui"}),
        ("linh", "completed", None, set()),
        ("rui", "not_working", None, {"linh"}),
        ("rui", "no_time", False, {"linh"}),
        ("rui", "not_working", True, {"linh", "rui"}),
        ("rui", "left", None, {"linh"}),
        ("rui", "completed", None, set()),
        (MANAGER, "not_working", None, {"linh"}),
        (MANAGER, "left", None, set()),
    ],
)
def test_who_is_left_and_who_asks_for_a_rematch_is_first_in_the_queue(
    pair: Pair, by: str, reason: str, *, rematch: bool | None, first: set[str]
) -> None:
    programme, partnership, protege, mentor = pair
    partnership.end(programme, protege, mentor, EndReason(reason), rematch=rematch, by=by, at=LATER)
    assert {one.person_id for one in (protege, mentor) if one.put_back_at} == first
    assert mentor.free_places == 1


def test_a_protege_who_wants_no_other_mentor_takes_no_part_any_more(pair: Pair) -> None:
    programme, partnership, protege, mentor = pair
    partnership.end(programme, protege, mentor, EndReason.NO_TIME, rematch=False, by="linh", at=LATER)
    assert (protege.state, mentor.state) == (EnrolmentState.WITHDRAWN, EnrolmentState.APPROVED)


def test_what_is_complete_needs_no_rematch(pair: Pair) -> None:
    programme, partnership, protege, mentor = pair
    with pytest.raises(Invalid) as refusal:
        partnership.end(programme, protege, mentor, EndReason.COMPLETED, rematch=True, by="linh", at=LATER)
    assert (refusal.value.field, partnership.state, mentor.places_taken) == ("rematch", PartnershipState.RUNNING, 1)
    partnership.end(programme, protege, mentor, EndReason.COMPLETED, rematch=False, by="linh", at=LATER)
    assert protege.state is EnrolmentState.ENDED


def test_the_words_at_the_end_are_in_no_event(pair: Pair) -> None:
    programme, partnership, protege, mentor = pair
    with pytest.raises(Invalid) as refusal:
        partnership.end(programme, protege, mentor, EndReason.NO_TIME, words="x" * 2_001, by="linh", at=LATER)
    assert refusal.value.field == "words"
    partnership.end(programme, protege, mentor, EndReason.NO_TIME, words=" He never listens. ", by="linh", at=LATER)
    assert partnership.words == "He never listens."
    (told,) = partnership.unpublished
    assert isinstance(told, PartnershipEnded)
    assert "listens" not in told.model_dump_json()


def test_a_pause_does_not_keep_anybody_from_ending_it(pair: Pair) -> None:
    programme, partnership, protege, mentor = pair
    partnership.pause(programme, MARCH, by="rui", at=NOON)
    partnership.end(programme, protege, mentor, EndReason.BY_AGREEMENT, by="linh", at=LATER)
    assert (partnership.state, partnership.paused_until) == (PartnershipState.ENDED, None)
    with pytest.raises(PartnershipOver):
        partnership.pause(programme, MARCH, by="linh", at=LATER)
    with pytest.raises(PartnershipOver):
        partnership.resume(programme, by="linh", at=LATER)
    with pytest.raises(PartnershipOver):
        partnership.complete(programme, protege, mentor, OVER)


def test_it_is_complete_when_its_last_day_and_the_days_to_look_back_are_over(pair: Pair) -> None:
    programme, partnership, protege, mentor = pair
    with pytest.raises(StillTime):
        partnership.complete(programme, protege, mentor, OVER - timedelta(minutes=1))
    partnership.complete(programme, protege, mentor, OVER)
    assert (partnership.reason, protege.state, mentor.free_places) == (EndReason.COMPLETED, EnrolmentState.ENDED, 1)


def test_it_goes_on_where_the_programmes_last_day_was_moved(pair: Pair) -> None:
    programme, partnership, protege, mentor = pair
    programme.revise(terms(ends_on=date(2028, 1, 31)), MANAGER, LATER)
    partnership.complete(programme, protege, mentor, OVER)
    assert (partnership.state, partnership.ends_on) == (PartnershipState.RUNNING, date(2028, 1, 31))
    assert [type(event) for event in partnership.unpublished] == [PartnershipProlonged]


def test_in_a_programme_that_has_closed_both_are_let_go_when_it_ends(pair: Pair) -> None:
    programme, partnership, protege, mentor = pair
    programme.close(MANAGER, NOON)
    partnership.end(programme, protege, mentor, EndReason.NOT_WORKING, by="linh", at=LATER)
    assert (protege.state, mentor.state) == (EnrolmentState.ENDED, EnrolmentState.ENDED)
