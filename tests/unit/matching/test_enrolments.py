"""Places, pauses and the waiting list, one sentence each."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.matching.domain import (
    Because,
    Enrolment,
    EnrolmentSettled,
    EnrolmentState,
    NoPlaceLeft,
    NotPaused,
    NotTakingPart,
    NotYourEnrolment,
    PartnerFound,
    Person,
    Programme,
    Role,
    StillInPartnership,
    StillPaused,
    WaitsFor,
    Wishes,
    standings,
    waiting,
)
from shared.contracts.matching import EnrolmentDeclined, EnrolmentEnded, EnrolmentPaused, EnrolmentResumed, EnrolmentWithdrawn
from shared.errors import Invalid
from tests.unit.matching.builders import LATER, MANAGER, NOON, a_person, a_programme, an_enrolment

MARCH = date(2027, 3, 1)
IN_MARCH = datetime(2027, 3, 1, tzinfo=UTC)


def a_mentor(programme: Programme, taken: int = 0, **wishes: Any) -> Enrolment:
    mentor = an_enrolment(programme, "rui", Role.MENTOR, **wishes)
    for number in range(taken):
        mentor.take_place(f"partnership {number}")
    return mentor


# ---------------------------------------------------------------- places


def test_a_protege_has_as_many_short_meetings_as_the_programme_says_and_no_more_in_all() -> None:
    programme = a_programme(form="flash", flash={"meetings": 2, "rounds": 3})
    linh, rui = an_enrolment(programme), an_enrolment(programme, "rui", Role.MENTOR)
    assert (linh.free_places, rui.free_places) == (2, 3)
    linh.take_place("first")
    linh.take_place("second")
    with pytest.raises(PartnerFound):
        linh.take_place("third")
    assert (linh.has_partner, linh.partnership_id) == (True, None)
    linh.free_place(NOON, completed=True)
    assert (linh.free_places, linh.state) == (0, EnrolmentState.APPROVED), "one has been, one is still to be"
    linh.free_place(NOON, completed=False)
    assert linh.free_places == 1, "what did not take place can be made up for"
    linh.take_place("another")
    linh.free_place(NOON, completed=True)
    assert (linh.state, linh.has_partner) == (EnrolmentState.ENDED, False)


def test_fewer_places_than_are_taken_count_as_partnerships_end() -> None:
    programme = a_programme()
    mentor = a_mentor(programme, taken=3, capacity=3)
    mentor.offer_places(programme, 1, by="rui")
    assert (mentor.free_places, mentor.places_taken) == (0, 3), "nobody loses a partner"
    mentor.free_place(NOON, completed=True)
    mentor.free_place(NOON, completed=False)
    assert mentor.free_places == 0
    with pytest.raises(NoPlaceLeft):
        mentor.take_place("another")
    mentor.free_place(NOON, completed=False)
    assert mentor.free_places == 1
    mentor.revise(programme, Wishes(capacity=2), by="rui")
    assert mentor.free_places == 2


@pytest.mark.parametrize("capacity", [-1, 0, 6])
def test_a_mentor_has_between_one_and_the_programmes_most_places(capacity: int) -> None:
    programme = a_programme(largest_capacity=5)
    mentor = a_mentor(programme, capacity=5)
    for change in (lambda: mentor.offer_places(programme, capacity, by="rui"), lambda: a_mentor(programme, capacity=capacity)):
        with pytest.raises(Invalid, match="between 1 and 5 places") as refusal:
            change()
        assert refusal.value.field == "capacity"
    assert mentor.capacity == 5


def test_a_protege_has_one_mentor_at_a_time() -> None:
    programme = a_programme()
    with pytest.raises(Invalid):
        an_enrolment(programme).offer_places(programme, 2, by="linh")


def test_only_the_mentor_and_managers_change_the_places() -> None:
    programme = a_programme()
    mentor = a_mentor(programme)
    mentor.offer_places(programme, 2, by=MANAGER)
    with pytest.raises(NotYourEnrolment):
        mentor.offer_places(programme, 3, by="linh")


def test_a_peer_is_partner_of_as_many_as_there_are_places_on_either_side() -> None:
    programme = a_programme(form="peer")
    one, other = (an_enrolment(programme, name, Role.PEER, capacity=2) for name in ("linh", "amara"))
    for peer in (one, other):
        peer.take_place("partnership")
    assert (one.free_places, other.free_places) == (1, 1)
    one.free_place(NOON, completed=True)
    assert (one.free_places, one.state) == (2, EnrolmentState.APPROVED), "a peer who has completed one partnership may have another"


def test_a_protege_whose_partnership_is_complete_waits_for_no_other_and_can_enrol_again() -> None:
    protege = an_enrolment(a_programme())
    protege.take_place("partnership")
    protege.free_place(LATER, completed=True)
    assert protege.state is EnrolmentState.ENDED
    (told,) = protege.unpublished
    assert isinstance(told, EnrolmentEnded)
    assert told.reason == "completed"


# ---------------------------------------------------------------- pauses


def test_whoever_pauses_takes_no_partner_until_the_day_has_come() -> None:
    programme = a_programme()
    mentor = a_mentor(programme, taken=1, capacity=2)
    mentor.pause(programme, MARCH, by="rui", at=NOON)
    assert (mentor.free_places, mentor.places_taken) == (0, 1), "running partnerships go on"
    with pytest.raises(NotTakingPart):
        mentor.take_place("another")
    with pytest.raises(StillPaused):
        mentor.wake(IN_MARCH - timedelta(minutes=1))
    mentor.wake(IN_MARCH)
    assert mentor.free_places == 1
    assert [type(event) for event in mentor.unpublished] == [EnrolmentPaused, EnrolmentResumed]


def test_a_pause_can_be_moved_and_ended_early() -> None:
    programme = a_programme()
    protege = an_enrolment(programme)
    protege.pause(programme, MARCH, by="linh", at=NOON)
    protege.pause(programme, date(2027, 4, 1), by=MANAGER, at=LATER)
    assert protege.paused_until == date(2027, 4, 1)
    protege.resume(programme, by="linh", at=LATER)
    assert protege.free_places == 1
    with pytest.raises(NotPaused):
        protege.resume(programme, by="linh", at=LATER)
    with pytest.raises(NotPaused):
        protege.wake(IN_MARCH)


@pytest.mark.parametrize("until", [date(2026, 11, 1), date(2026, 11, 2), date(2027, 11, 1), date(2028, 1, 1)])
def test_a_pause_lasts_at_least_a_day_and_not_longer_than_the_programme(until: date) -> None:
    programme = a_programme()
    with pytest.raises(Invalid) as refusal:
        an_enrolment(programme).pause(programme, until, by="linh", at=NOON)
    assert refusal.value.field == "until"


def test_a_pause_in_a_programme_without_an_end_lasts_at_most_a_year() -> None:
    programme = a_programme(kind="always_open", ends_on=None)
    with pytest.raises(Invalid):
        an_enrolment(programme).pause(programme, date(2027, 11, 3), by="linh", at=NOON)
    an_enrolment(programme).pause(programme, date(2027, 11, 2), by="linh", at=NOON)


def test_only_whoever_takes_part_can_pause_or_sit_out() -> None:
    programme = a_programme()
    asked = Enrolment.request(programme, a_person(), Role.PROTEGE, Wishes(), by="linh", at=NOON)
    with pytest.raises(NotTakingPart):
        asked.pause(programme, MARCH, by="linh", at=NOON)
    with pytest.raises(NotTakingPart):
        asked.sit_out(programme, by="linh", at=NOON)
    with pytest.raises(NotYourEnrolment):
        an_enrolment(programme).pause(programme, MARCH, by="rui", at=NOON)


def test_whoever_sits_out_is_left_out_of_one_run_and_of_no_other() -> None:
    programme = a_programme()
    protege = an_enrolment(programme)
    assert not protege.is_left_out(None)
    protege.sit_out(programme, by="linh", at=NOON)
    assert protege.is_left_out(None)
    assert protege.is_left_out(NOON - timedelta(days=1)), "that one was published before"
    assert not protege.is_left_out(LATER)
    assert protege.is_left_out(None), "a publishing that is undone was none"
    protege.sit_in(programme, by="linh")
    assert not protege.is_left_out(None)


# ---------------------------------------------------------------- the end


def test_when_a_programme_has_closed_nobody_waits_and_partners_go_on() -> None:
    programme = a_programme()
    asked = Enrolment.request(programme, a_person(), Role.PROTEGE, Wishes(), by="linh", at=NOON)
    asked.published()
    waits, pauses, partner, mentor = an_enrolment(programme), an_enrolment(programme), an_enrolment(programme), a_mentor(programme, taken=1)
    pauses.pause(programme, MARCH, by="linh", at=NOON)
    pauses.published()
    partner.take_place("partnership")
    told = []
    for one in (asked, waits, pauses, partner, mentor):
        one.let_go(LATER)
        told.append([type(event) for event in one.unpublished])
    assert told == [[EnrolmentDeclined], [EnrolmentEnded], [EnrolmentEnded], [], []]
    asked.let_go(LATER)
    assert asked.state is EnrolmentState.DECLINED


def test_a_leaver_takes_no_part_any_more() -> None:
    enrolment = an_enrolment(a_programme())
    enrolment.leave(LATER)
    assert [type(event) for event in enrolment.unpublished] == [EnrolmentWithdrawn]
    with pytest.raises(EnrolmentSettled):
        enrolment.leave(LATER)


def test_a_mentor_with_partners_does_not_withdraw() -> None:
    programme = a_programme()
    with pytest.raises(StillInPartnership):
        a_mentor(programme, taken=1).withdraw(programme, by="rui", at=NOON)


def test_one_person_is_mentor_in_one_programme_and_protege_in_another() -> None:
    person: Person = a_person("rui")
    for role in (Role.MENTOR, Role.PROTEGE):
        Enrolment.request(a_programme(), person, role, Wishes(), by="rui", at=NOON)


# ---------------------------------------------------------------- the waiting list


def test_everybody_who_waits_sees_which_place_and_why() -> None:
    programme = a_programme(matching_on="2026-11-10")
    first, second, third = (an_enrolment(programme, name) for name in ("first", "second", "third"))
    second.late = True
    third.put_back(LATER)
    line = standings(programme, [first, second, third], 1, date(2026, 11, 11))
    assert [(one.person_id, one.place, one.because, one.waits_for) for one in line] == [
        ("third", 1, Because.PUT_BACK, WaitsFor.MANAGERS),
        ("first", 2, Because.FIRST_COME, WaitsFor.FREE_PLACE),
        ("second", 3, Because.LATE, WaitsFor.FREE_PLACE),
    ]


def test_before_the_day_of_matching_everybody_waits_for_it() -> None:
    programme = a_programme(matching_on="2026-11-10")
    (one,) = standings(programme, [an_enrolment(programme)], 0, date(2026, 11, 10))
    assert (one.waits_for, one.matching_on) == (WaitsFor.MATCHING_DAY, date(2026, 11, 10))


def test_where_free_places_are_offered_the_first_in_the_queue_wait_for_that() -> None:
    programme = a_programme(free_places="offered")
    line = standings(programme, [an_enrolment(programme, name) for name in ("first", "second")], 1, NOON.date())
    assert [one.waits_for for one in line] == [WaitsFor.OFFER, WaitsFor.FREE_PLACE]


def test_only_those_wait_who_could_have_a_partner_and_are_asked_about_none() -> None:
    programme, peers = a_programme(), a_programme(form="peer")
    waits, asked, pauses, partner = (an_enrolment(programme, name) for name in ("waits", "asked", "pauses", "partner"))
    pauses.pause(programme, MARCH, by="pauses", at=NOON)
    partner.take_place("partnership")
    peer, peer_with_partner = (an_enrolment(peers, name, Role.PEER, capacity=2) for name in ("peer", "paired"))
    peer_with_partner.take_place("partnership")
    everybody = [waits, asked, pauses, partner, a_mentor(programme), peer, peer_with_partner]
    assert [one.person_id for one in waiting(everybody, {"asked"})] == ["waits", "peer"]


def test_a_place_in_the_queue_is_kept_through_a_pause_and_given_up_with_a_partner() -> None:
    programme = a_programme()
    protege = an_enrolment(programme)
    protege.put_back(NOON)
    protege.pause(programme, MARCH, by="linh", at=NOON)
    protege.resume(programme, by="linh", at=LATER)
    assert protege.put_back_at == NOON
    protege.take_place("partnership")
    with pytest.raises(PartnerFound):
        protege.must_have_place()
    protege.free_place(LATER, completed=False)
    protege.put_back(LATER)
    assert protege.put_back_at == LATER
