"""The rules of requests, one sentence each."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.matching.domain import (
    CloseReason,
    MentorRequest,
    NoPlaceLeft,
    NoSelfService,
    NotItsProgrammeManager,
    NotWithManagers,
    NotYourRequest,
    PartnerFound,
    Programme,
    ProgrammeNotOpen,
    RequestDeadlineNotReached,
    RequestMovedOn,
    RequestOver,
    RequestState,
    Role,
    WishState,
)
from shared.contracts.matching import (
    RequestAccepted,
    RequestClosed,
    RequestEscalated,
    RequestForwarded,
    RequestMade,
    RequestProposed,
    RequestReferred,
)
from shared.errors import Invalid
from shared.event import Event
from tests.unit.matching.builders import LATER, MANAGER, NOON, a_pair, a_programme, a_request, an_enrolment

DAY = timedelta(days=1)
EVERYBODY = ("rui", "amara", "deborah")


def the_event(request: MentorRequest) -> Event:
    (event,) = request.unpublished
    request.published()
    return event


def wishes(request: MentorRequest) -> dict[str, WishState]:
    return {wish.mentor_id: wish.state for wish in request.wishes}


def with_manager(programme: Programme) -> MentorRequest:
    request = a_request(programme, "rui")
    request.decline("rui", "", programme, EVERYBODY, NOON)
    request.published()
    return request


# ---------------------------------------------------------------- asking


def test_the_first_choice_is_asked_until_the_programmes_days_are_over() -> None:
    programme = a_programme(self_service={"days_to_answer": 4})
    wanted = [(a_pair("linh", name), an_enrolment(programme, name, Role.MENTOR)) for name in EVERYBODY]
    request = MentorRequest.make(programme, an_enrolment(programme), wanted, " Teach me. ", at=NOON)
    made = the_event(request)
    assert isinstance(made, RequestMade)
    assert (made.mentor_id, made.deadline_at) == ("rui", NOON + 4 * DAY)
    assert request.words == "Teach me."
    assert wishes(request) == {"rui": WishState.ASKED, "amara": WishState.WAITING, "deborah": WishState.WAITING}


def test_a_mentor_without_a_place_is_passed_over_when_asking() -> None:
    programme = a_programme()
    full, free = an_enrolment(programme, "rui", Role.MENTOR), an_enrolment(programme, "amara", Role.MENTOR)
    full.take_place("p")
    linh = an_enrolment(programme)
    with pytest.raises(NoPlaceLeft):
        MentorRequest.make(programme, linh, [(a_pair("linh", "rui"), full)], "", at=NOON)
    request = MentorRequest.make(programme, linh, [(a_pair("linh", "rui"), full), (a_pair("linh", "amara"), free)], "", at=NOON)
    assert wishes(request) == {"rui": WishState.PASSED_OVER, "amara": WishState.ASKED}


@pytest.mark.parametrize("mentors", [(), ("rui", "rui"), ("a", "b", "c", "d", "e", "f")])
def test_one_to_five_different_mentors_are_asked(mentors: tuple[str, ...]) -> None:
    programme = a_programme()
    enrolled = {name: an_enrolment(programme, name, Role.MENTOR) for name in mentors}
    wanted = [(a_pair("linh", name), enrolled[name]) for name in mentors]
    with pytest.raises(Invalid) as refusal:
        MentorRequest.make(programme, an_enrolment(programme), wanted, "", at=NOON)
    assert refusal.value.field == "mentor_ids"


def test_too_many_words_are_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        a_request(words="x" * 1_001)
    assert refusal.value.field == "words"


def test_nobody_asks_where_managers_match_where_the_programme_is_closed_or_with_a_partner() -> None:
    with pytest.raises(NoSelfService):
        a_request(a_programme(self_service={"offered": False}))
    closed = a_programme()
    rui, linh = an_enrolment(closed, "rui", Role.MENTOR), an_enrolment(closed)
    closed.close(MANAGER, NOON)
    with pytest.raises(ProgrammeNotOpen):
        MentorRequest.make(closed, linh, [(a_pair(), rui)], "", at=NOON)
    programme = a_programme()
    partnered = an_enrolment(programme)
    partnered.take_place("p")
    with pytest.raises(PartnerFound):
        MentorRequest.make(programme, partnered, [(a_pair(), an_enrolment(programme, "rui", Role.MENTOR))], "", at=NOON)


@pytest.mark.parametrize("days", [{"days_to_answer": 0}, {"days_for_managers": 31}])
def test_nobody_has_no_time_or_a_year(days: dict[str, int]) -> None:
    with pytest.raises(Invalid) as refusal:
        a_programme(self_service=days)
    assert refusal.value.field == f"self_service.{next(iter(days))}"


# ---------------------------------------------------------------- the mentor


def test_a_yes_ends_it_in_a_partnership_and_the_same_click_twice_is_one_yes() -> None:
    request = a_request(None, "rui", "amara")
    assert request.partnership_with("rui") is None
    request.accept("rui", "p", LATER)
    accepted = the_event(request)
    assert isinstance(accepted, RequestAccepted)
    assert (accepted.mentor_id, accepted.partnership_id) == ("rui", "p")
    assert request.partnership_with("rui") == "p"
    assert request.state is RequestState.ACCEPTED
    assert not request.is_open
    with pytest.raises(RequestMovedOn):
        request.accept("rui", "p", LATER)


def test_a_no_goes_to_the_next_who_is_free_and_its_reason_into_no_event() -> None:
    programme = a_programme()
    request = a_request(programme, *EVERYBODY)
    request.decline("rui", " I am on leave. ", programme, {"deborah"}, LATER)
    forwarded = the_event(request)
    assert isinstance(forwarded, RequestForwarded)
    assert (forwarded.mentor_id, forwarded.previous_mentor_id, forwarded.deadline_at) == ("deborah", "rui", LATER + 3 * DAY)
    assert "leave" not in forwarded.body().decode()
    assert request.wishes[0].decline_reason == "I am on leave."
    assert wishes(request) == {"rui": WishState.DECLINED, "amara": WishState.PASSED_OVER, "deborah": WishState.ASKED}
    request.decline("rui", "again", programme, EVERYBODY, LATER)
    assert request.unpublished == []


def test_only_who_is_asked_answers() -> None:
    programme = a_programme()
    request = a_request(programme, "rui", "amara")
    for stranger in ("amara", "linh", MANAGER):
        with pytest.raises(NotYourRequest):
            request.accept(stranger, "p", LATER)
    request.decline("rui", "", programme, EVERYBODY, LATER)
    with pytest.raises(RequestMovedOn):
        request.accept("rui", "p", LATER)
    with pytest.raises(Invalid) as refusal:
        request.decline("amara", "x" * 1_001, programme, EVERYBODY, LATER)
    assert refusal.value.field == "reason"


def test_after_the_last_a_manager_has_it_in_hand() -> None:
    programme = a_programme(self_service={"days_for_managers": 2})
    request = a_request(programme, "rui")
    request.decline("rui", "", programme, EVERYBODY, LATER)
    referred = the_event(request)
    assert isinstance(referred, RequestReferred)
    assert (referred.owner_id, referred.deadline_at, referred.turn) == (MANAGER, LATER + 2 * DAY, 1)


# ---------------------------------------------------------------- who asks


def test_who_has_not_been_asked_yet_can_be_put_in_another_order_or_left_out() -> None:
    request = a_request(None, "rui", "amara", "deborah", "ines")
    request.reorder(["ines", "amara"], by="linh", at=LATER)
    assert request.mentor_ids == ["rui", "deborah", "ines", "amara"]
    assert wishes(request)["deborah"] is WishState.WITHDRAWN
    assert request.asked is not None
    assert request.asked.mentor_id == "rui"
    for wrong in (["rui"], ["ines", "ines"], ["deborah"], ["nobody"]):
        with pytest.raises(Invalid):
            request.reorder(wrong, by="linh", at=LATER)
    with pytest.raises(NotYourRequest):
        request.reorder([], by="rui", at=LATER)


def test_a_request_is_withdrawn_by_who_made_it_and_once() -> None:
    request = a_request()
    with pytest.raises(NotYourRequest):
        request.withdraw(by="rui", at=LATER)
    request.withdraw(by="linh", at=LATER)
    closed = the_event(request)
    assert isinstance(closed, RequestClosed)
    assert (closed.mentor_id, closed.reason) == ("rui", "withdrawn")
    with pytest.raises(RequestOver):
        request.withdraw(by="linh", at=LATER)
    with pytest.raises(RequestOver):
        request.reorder([], by="linh", at=LATER)
    with pytest.raises(RequestMovedOn):
        request.accept("rui", "p", LATER)


# ---------------------------------------------------------------- time


def test_without_an_answer_it_goes_from_mentor_to_mentor_to_manager_to_all_managers_to_an_end() -> None:
    programme = a_programme()
    request = a_request(programme, "rui", "amara")
    told = []
    while request.deadline_at is not None:
        with pytest.raises(RequestDeadlineNotReached):
            request.lapse(programme, EVERYBODY, request.deadline_at - timedelta(seconds=1))
        request.lapse(programme, EVERYBODY, request.deadline_at)
        told.append(type(the_event(request)))
    assert told == [RequestForwarded, RequestReferred, RequestEscalated, RequestClosed]
    assert request.reason is CloseReason.NOBODY_ANSWERED
    assert request.let_down
    assert wishes(request) == {"rui": WishState.UNANSWERED, "amara": WishState.UNANSWERED}
    with pytest.raises(RequestOver):
        request.lapse(programme, EVERYBODY, LATER)


# ---------------------------------------------------------------- the managers


def test_a_manager_pairs_by_hand() -> None:
    programme = a_programme()
    request = with_manager(programme)
    request.pair(programme, "amara", "p", by=MANAGER, at=LATER)
    assert isinstance(the_event(request), RequestAccepted)
    assert request.partnership_id == "p"


def test_a_manager_proposes_another_and_has_it_back_when_that_does_not_come_about() -> None:
    programme = a_programme()
    request = with_manager(programme)
    request.propose(programme, "amara", "x", NOON + 14 * DAY, by=MANAGER, at=LATER)
    assert isinstance(the_event(request), RequestProposed)
    with pytest.raises(NotWithManagers):
        request.pair(programme, "amara", "p", by=MANAGER, at=LATER)
    request.lapse(programme, EVERYBODY, NOON + 14 * DAY)
    referred = the_event(request)
    assert isinstance(referred, RequestReferred)
    assert referred.turn == 2


def test_a_manager_closes_with_words_that_are_in_no_event() -> None:
    programme = a_programme()
    request = with_manager(programme)
    with pytest.raises(Invalid):
        request.close_kindly(programme, "  ", by=MANAGER, at=LATER)
    request.close_kindly(programme, "We start again in May.", by=MANAGER, at=LATER)
    closed = the_event(request)
    assert isinstance(closed, RequestClosed)
    assert (closed.mentor_id, closed.reason) == (None, "by_manager")
    assert "May" not in closed.body().decode()
    assert request.closing_words == "We start again in May."


def test_managers_act_when_it_is_their_turn_and_nobody_else_does_then() -> None:
    programme = a_programme()
    acts: list[Callable[[MentorRequest, str], None]] = [
        lambda request, by: request.pair(programme, "amara", "p", by=by, at=LATER),
        lambda request, by: request.propose(programme, "amara", "x", LATER, by=by, at=LATER),
        lambda request, by: request.close_kindly(programme, "Sorry.", by=by, at=LATER),
    ]
    for act in acts:
        with pytest.raises(NotWithManagers):
            act(a_request(programme), MANAGER)
        with pytest.raises(NotItsProgrammeManager):
            act(with_manager(programme), "linh")


def test_who_had_it_in_hand_has_it_again_unless_they_manage_no_more() -> None:
    programme = a_programme()
    request = with_manager(programme)
    request.owner_id = "sofie"
    request.propose(programme, "amara", "x", LATER, by=MANAGER, at=LATER)
    request.lapse(programme, EVERYBODY, LATER)
    assert request.owner_id == MANAGER


# ---------------------------------------------------------------- what changes meanwhile


def test_a_mentor_who_is_not_free_any_more_is_passed_over_at_once() -> None:
    programme = a_programme()
    request = a_request(programme, "rui", "amara")
    request.review(programme, an_enrolment(programme), None, {"rui", "amara"}, LATER)
    assert request.unpublished == []
    request.review(programme, an_enrolment(programme), None, {"amara"}, LATER)
    assert isinstance(the_event(request), RequestForwarded)
    assert wishes(request) == {"rui": WishState.PASSED_OVER, "amara": WishState.ASKED}


def test_it_ends_with_the_programme_with_a_partner_and_with_who_asks() -> None:
    programme = a_programme()
    partnered = an_enrolment(programme)
    partnered.take_place("p")
    withdrawn = an_enrolment(programme)
    withdrawn.withdraw(programme, by="linh", at=NOON)
    closed = a_programme()
    closed.close(MANAGER, NOON)
    for about, protege, reason in (
        (programme, partnered, CloseReason.PARTNER_FOUND),
        (programme, withdrawn, CloseReason.NOT_TAKING_PART),
        (programme, None, CloseReason.NOT_TAKING_PART),
        (closed, an_enrolment(programme), CloseReason.PROGRAMME_CLOSED),
    ):
        for request in (a_request(programme), with_manager(programme)):
            request.review(about, protege, None, EVERYBODY, LATER)
            assert request.reason is reason
            assert not request.let_down
