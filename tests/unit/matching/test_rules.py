"""The rules of programmes, enrolments, drafts, proposals and partnerships, one sentence each."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.matching.domain import (
    AlreadyAnswered,
    AlreadyOpened,
    CriterionWeights,
    DeadlineNotReached,
    EndReason,
    Enrolment,
    EnrolmentSettled,
    MayNotOpenProgrammes,
    NoPlaceLeft,
    NotItsProgrammeManager,
    NotYourEnrolment,
    NotYourPartnership,
    NotYourProposal,
    PartnerFound,
    Partnership,
    PartnershipOver,
    PersonInactive,
    Programme,
    ProgrammeNotOpen,
    ProgrammeState,
    Proposal,
    ProposalClosed,
    ProposalState,
    Role,
    StillInPartnership,
    Wishes,
    queue,
)
from shared.aggregate import Aggregate
from shared.contracts.matching import (
    PartnershipEnded,
    PartnershipStarted,
    ProgrammeClosed,
    ProgrammeOpened,
    ProgrammeRevised,
    ProposalAccepted,
    ProposalDeclined,
)
from shared.errors import Invalid
from shared.event import Event
from tests.unit.matching.builders import (
    LATER,
    MANAGER,
    NOON,
    a_pair,
    a_person,
    a_programme,
    a_proposal,
    an_enrolment,
    terms,
)

FORTNIGHT = timedelta(days=14)


def kinds(aggregate: Aggregate) -> list[type[Event]]:
    return [type(event) for event in aggregate.unpublished]


# ---------------------------------------------------------------- programmes


def test_only_programme_managers_and_administrators_set_up_programmes() -> None:
    for role in ("programme_manager", "administrator"):
        assert Programme.draft(terms(), "sofie", frozenset({role}), NOON).manager_ids == ["sofie"]
    with pytest.raises(MayNotOpenProgrammes):
        Programme.draft(terms(), "linh", frozenset(), NOON)


def test_a_programme_is_told_of_from_its_opening_on() -> None:
    programme = a_programme(opened=False)
    programme.revise(terms(name="Other"), MANAGER, NOON)
    assert programme.unpublished == []
    programme.open(MANAGER, NOON)
    programme.revise(terms(name="Third"), MANAGER, NOON)
    programme.close(MANAGER, NOON)
    assert kinds(programme) == [ProgrammeOpened, ProgrammeRevised, ProgrammeClosed]


def test_a_programme_is_opened_once_and_not_after_its_last_day() -> None:
    programme = a_programme()
    with pytest.raises(AlreadyOpened):
        programme.open(MANAGER, NOON)
    with pytest.raises(Invalid) as refusal:
        a_programme(opened=False).open(MANAGER, NOON + timedelta(days=400))
    assert refusal.value.field == "ends_on"


def test_a_closed_programme_is_neither_revised_nor_closed_again() -> None:
    programme = a_programme()
    programme.close(MANAGER, NOON)
    assert programme.state is ProgrammeState.CLOSED
    with pytest.raises(ProgrammeNotOpen):
        programme.close(MANAGER, NOON)
    with pytest.raises(ProgrammeNotOpen):
        programme.revise(terms(), MANAGER, NOON)


def test_an_administrator_can_name_a_manager_and_others_cannot() -> None:
    programme = a_programme()
    programme.add_manager("sofie", "root", frozenset({"administrator"}), NOON)
    programme.add_manager("sofie", MANAGER, frozenset(), NOON)
    assert programme.manager_ids == [MANAGER, "sofie"]
    with pytest.raises(NotItsProgrammeManager):
        programme.add_manager("linh", "linh", frozenset({"programme_manager"}), NOON)


@pytest.mark.parametrize(
    "change",
    [
        {"ends_on": date(2026, 11, 1)},
        {"default_capacity": 0},
        {"default_capacity": 51},
        {"name": ""},
        {"weights": {"needs": -1}},
        {"weights": dict.fromkeys(CriterionWeights.model_fields, 0)},
    ],
)
def test_terms_that_make_no_sense_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        a_programme(**change)


# ---------------------------------------------------------------- enrolments


def test_leavers_strangers_and_closed_programmes_enrol_nobody() -> None:
    programme = a_programme()
    with pytest.raises(PersonInactive):
        Enrolment.request(programme, a_person(active=False), Role.MENTOR, Wishes(), by="linh", at=NOON)
    with pytest.raises(NotItsProgrammeManager):
        Enrolment.request(programme, a_person(), Role.MENTOR, Wishes(), by="amara", at=NOON)
    with pytest.raises(ProgrammeNotOpen):
        Enrolment.request(a_programme(opened=False), a_person(), Role.MENTOR, Wishes(), by="linh", at=NOON)


def test_a_mentor_has_the_programmes_places_unless_said_otherwise() -> None:
    programme = a_programme(default_capacity=3)
    assert an_enrolment(programme, "rui", Role.MENTOR).capacity == 3
    assert an_enrolment(programme, "rui", Role.MENTOR, capacity=2).free_places == 2
    assert an_enrolment(programme, "linh", Role.PROTEGE, capacity=2).capacity == 1


def test_whoever_enrols_somebody_else_need_not_know_the_answers() -> None:
    programme = a_programme(questions=[{"id": "why", "label": "Why?", "required": True}])
    Enrolment.request(programme, a_person(), Role.PROTEGE, Wishes(), by=MANAGER, at=NOON)
    with pytest.raises(Invalid):
        Enrolment.request(programme, a_person(), Role.PROTEGE, Wishes(answers={"why": "  "}), by="linh", at=NOON)


def test_an_enrolment_is_decided_once() -> None:
    programme = a_programme()
    enrolment = an_enrolment(programme)
    for decide in (enrolment.approve, enrolment.decline):
        with pytest.raises(EnrolmentSettled):
            decide(programme, by=MANAGER, at=NOON)
    with pytest.raises(NotYourEnrolment):
        enrolment.withdraw(programme, by="amara", at=NOON)


def test_nobody_withdraws_out_of_a_running_partnership() -> None:
    programme = a_programme()
    protege = an_enrolment(programme)
    protege.take_place("partnership")
    with pytest.raises(StillInPartnership):
        protege.withdraw(programme, by="linh", at=NOON)
    with pytest.raises(PartnerFound):
        protege.take_place("another")


def test_the_queue_has_those_in_front_who_were_put_back_the_longest_first() -> None:
    programme = a_programme()
    people = [an_enrolment(programme, name) for name in ("first", "second", "third", "fourth")]
    people[3].put_back(NOON)
    people[2].put_back(LATER)
    people[3].put_back(LATER + FORTNIGHT)
    assert [one.person_id for one in queue(people)] == ["fourth", "third", "first", "second"]


# ---------------------------------------------------------------- proposals and partnerships


def test_a_proposal_is_accepted_by_both_and_the_same_click_twice_is_one_yes() -> None:
    proposal, _, _ = a_proposal()
    assert not proposal.accept("linh", LATER)
    assert not proposal.accept("linh", LATER)
    assert proposal.accept("rui", LATER)
    assert not proposal.accept("rui", LATER)
    assert kinds(proposal) == [ProposalAccepted, ProposalAccepted]
    assert proposal.state is ProposalState.ACCEPTED


def test_a_proposal_cannot_be_answered_after_its_deadline() -> None:
    proposal, _, _ = a_proposal()
    with pytest.raises(DeadlineNotReached):
        proposal.expire(LATER)
    late = NOON + FORTNIGHT + timedelta(minutes=1)
    with pytest.raises(ProposalClosed):
        proposal.accept("linh", late)
    with pytest.raises(ProposalClosed):
        proposal.decline("linh", "", late)
    assert proposal.unpublished == []


def test_only_the_two_who_are_asked_answer() -> None:
    proposal, _, _ = a_proposal()
    for who in ("amara", MANAGER):
        with pytest.raises(NotYourProposal):
            proposal.accept(who, LATER)
        with pytest.raises(NotYourProposal):
            proposal.decline(who, "no", LATER)


def test_a_decline_lets_down_the_other_and_its_reason_is_in_no_event() -> None:
    proposal, protege, mentor = a_proposal()
    proposal.accept("linh", LATER)
    proposal.decline("rui", "We have met before.", LATER)
    proposal.decline("rui", "Another click", LATER)
    assert proposal.let_down == [protege.id]
    assert proposal.decline_reason == "We have met before."
    assert kinds(proposal) == [ProposalAccepted, ProposalDeclined]
    assert "met" not in "".join(event.model_dump_json() for event in proposal.unpublished)
    with pytest.raises(ProposalClosed):
        proposal.accept("linh", LATER)
    assert mentor.free_places == 1


def test_an_expired_proposal_lets_down_only_who_had_said_yes() -> None:
    proposal, _, mentor = a_proposal()
    proposal.accept("rui", LATER)
    proposal.expire(NOON + FORTNIGHT)
    assert proposal.let_down == [mentor.id]
    with pytest.raises(AlreadyAnswered):
        proposal.must_be_unanswered()


def test_a_proposal_cannot_be_made_for_who_has_no_place() -> None:
    programme = a_programme()
    _, protege, mentor = a_proposal(programme)
    Partnership.start(programme, protege, mentor, at=LATER)
    amara = an_enrolment(programme, "amara")
    with pytest.raises(NoPlaceLeft):
        Proposal.make(a_pair("amara"), amara, mentor, run_id=None, at=LATER)


def test_the_mentors_places_guard_the_partnership() -> None:
    programme = a_programme()
    _, protege, mentor = a_proposal(programme)
    partnership = Partnership.start(programme, protege, mentor, at=LATER)
    assert kinds(partnership) == [PartnershipStarted]
    assert (mentor.free_places, protege.free_places) == (0, 0)
    with pytest.raises(NoPlaceLeft):
        Partnership.start(programme, an_enrolment(programme, "amara"), mentor, at=LATER)
    with pytest.raises(PartnerFound):
        Partnership.start(programme, protege, an_enrolment(programme, "deborah", Role.MENTOR), at=LATER)


@pytest.mark.parametrize(
    ("reason", "free", "first"), [("completed", 0, False), ("by_agreement", 1, True), ("not_working", 1, True), ("left", 1, False)]
)
def test_an_ended_partnership_frees_the_place(reason: str, free: int, *, first: bool) -> None:
    programme = a_programme()
    _, protege, mentor = a_proposal(programme)
    partnership = Partnership.start(programme, protege, mentor, at=LATER)
    with pytest.raises(NotYourPartnership):
        partnership.end(programme, protege, mentor, EndReason(reason), by="amara", at=LATER)
    partnership.end(programme, protege, mentor, EndReason(reason), by=MANAGER, at=LATER)
    assert (mentor.free_places, protege.free_places, protege.put_back_at is not None) == (1, free, first)
    assert isinstance(partnership.unpublished[-1], PartnershipEnded)
    with pytest.raises(PartnershipOver):
        partnership.end(programme, protege, mentor, EndReason(reason), by="linh", at=LATER)
