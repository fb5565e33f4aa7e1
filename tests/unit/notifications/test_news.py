"""The table of who is told what."""

from typing import Any

import pytest

from services.notifications.consumers import reactions
from services.notifications.domain import (
    MANNERS,
    NEWS,
    Kind,
    Meeting,
    Notice,
    closings_of,
    concerns_managers,
    notices_for_managers,
    notices_of,
    outdated_by,
    reminders_of,
)
from shared.contracts import goals, matching, portal, scheduling
from shared.event import Event
from tests.unit.notifications.cast import DAY, Cast

ALL_EVENTS = (*portal.EVENTS, *matching.EVENTS, *goals.EVENTS, *scheduling.EVENTS)
KEPT_ONLY = {
    portal.PersonChanged,
    matching.ProgrammeOpened,
    matching.ProgrammeRevised,
    matching.ProgrammeClosed,
    scheduling.AgendaChanged,
}
# The protégé has just done it, and the event does not say whether the mentor may see it.
TOLD_TO_NOBODY = {goals.GoalProgressed, goals.GoalClosed}


def told(event: Event, managers: tuple[str, ...] = ()) -> dict[tuple[str, Kind], Notice]:
    """What each person is told."""
    notices = notices_of(event, arrived_at=event.at) + notices_for_managers(event, managers, arrived_at=event.at)
    return {(notice.person_id, notice.kind): notice for notice in notices}


def is_closed(notice: Notice, event: Event) -> bool:
    return bool({closing.id for closing in closings_of(event)} & set(notice.closed_by))


@pytest.mark.parametrize("event", ALL_EVENTS, ids=lambda event: event.__name__)
def test_every_event_is_told_kept_or_knowingly_ignored(event: type[Event]) -> None:
    assert [event in NEWS, event in KEPT_ONLY, event in TOLD_TO_NOBODY].count(True) == 1
    assert (event.event_type in reactions.events) == (event not in TOLD_TO_NOBODY)


def test_every_kind_of_notice_has_a_manner_and_comes_of_an_event_or_a_timer() -> None:
    by_event = {tells.kind for news in NEWS.values() for tells in news.tells}
    assert set(MANNERS) == set(Kind)
    assert set(Kind) - by_event == {Kind.MEETING_TOMORROW, Kind.AGENDA_EMPTY}


@pytest.mark.parametrize("event", NEWS, ids=lambda event: event.__name__)
def test_every_notice_has_the_ids_its_link_needs(event: type[Event]) -> None:
    cast = Cast()
    for by_id in (cast.protege_id, cast.mentor_id):
        given = {"by_id": by_id} if "by_id" in event.model_fields else {}
        for notice in told(cast.event(event, **given), (cast.manager_id,)).values():
            assert notice.link.startswith("/")
            assert "{" not in notice.link


@pytest.mark.parametrize("event", NEWS, ids=lambda event: event.__name__)
def test_the_same_event_heard_twice_makes_the_same_notices(event: type[Event]) -> None:
    happened = Cast().event(event)
    assert {notice.id for notice in told(happened, ("m",)).values()} == {notice.id for notice in told(happened, ("m",)).values()}


@pytest.mark.parametrize("kind", [kind for kind, manner in MANNERS.items() if manner.needs_answer])
def test_every_question_is_settled_by_some_event(kind: Kind) -> None:
    cast = Cast()
    settling = [event for event in NEWS for closing in closings_of(cast.event(event)) if closing.id.startswith(f"{kind}/")]
    assert settling


def test_a_proposal_asks_both_until_its_deadline() -> None:
    cast = Cast()
    made = cast.event(matching.ProposalMade)
    notices = told(made)
    assert set(notices) == {(cast.protege_id, Kind.PROPOSAL_MADE), (cast.mentor_id, Kind.PROPOSAL_MADE)}
    for_mentor = notices[cast.mentor_id, Kind.PROPOSAL_MADE]
    assert for_mentor.needs_answer
    assert for_mentor.answer_until == made.deadline_at
    assert for_mentor.subject["other_id"] == cast.protege_id
    assert for_mentor.subject["my_role"] == "mentor"


def test_an_acceptance_answers_for_one_and_tells_the_other() -> None:
    cast = Cast()
    made = cast.event(matching.ProposalMade)
    accepted = cast.event(matching.ProposalAccepted, proposal_id=made.proposal_id, by_id=cast.mentor_id)
    asked = told(made)
    assert is_closed(asked[cast.mentor_id, Kind.PROPOSAL_MADE], accepted)
    assert not is_closed(asked[cast.protege_id, Kind.PROPOSAL_MADE], accepted)
    assert set(told(accepted)) == {(cast.protege_id, Kind.PROPOSAL_ACCEPTED)}


@pytest.mark.parametrize("decided", [matching.ProposalDeclined, matching.ProposalWithdrawn, matching.ProposalExpired])
def test_a_proposal_that_has_ended_asks_nobody(decided: type[Any]) -> None:
    cast = Cast()
    made = cast.event(matching.ProposalMade)
    ended = cast.event(decided, proposal_id=made.proposal_id)
    assert all(is_closed(notice, ended) for notice in told(made).values())


def test_a_protege_whose_mentor_declined_is_told_without_blame_and_managers_are_told_who() -> None:
    cast = Cast()
    notices = told(cast.event(matching.ProposalDeclined, by_id=cast.mentor_id), (cast.manager_id,))
    assert set(notices) == {(cast.protege_id, Kind.PROPOSAL_DECLINED), (cast.manager_id, Kind.PAIRING_DECLINED)}
    assert "by_id" not in notices[cast.protege_id, Kind.PROPOSAL_DECLINED].subject
    assert notices[cast.manager_id, Kind.PAIRING_DECLINED].subject["by_id"] == cast.mentor_id


def test_a_mentor_whose_protege_declined_has_a_free_place() -> None:
    cast = Cast()
    notices = told(cast.event(matching.ProposalDeclined, by_id=cast.protege_id))
    assert set(notices) == {(cast.mentor_id, Kind.PLACE_FREE_AGAIN)}


def test_a_request_asks_one_mentor_after_the_other_and_none_learns_of_the_one_before() -> None:
    cast = Cast()
    first = cast.event(matching.RequestMade)
    second = cast.event(matching.RequestForwarded, request_id=first.request_id, mentor_id="next", previous_mentor_id=cast.mentor_id)
    asked, forwarded = told(first), told(second)
    assert set(asked) == {(cast.mentor_id, Kind.REQUEST_MADE)}
    assert set(forwarded) == {("next", Kind.REQUEST_MADE), (cast.protege_id, Kind.REQUEST_FORWARDED)}
    assert is_closed(asked[cast.mentor_id, Kind.REQUEST_MADE], second)
    for notice in forwarded.values():
        assert cast.mentor_id not in notice.subject.values()
        assert not is_closed(notice, second)
    assert forwarded["next", Kind.REQUEST_MADE].answer_until == second.deadline_at


def test_a_request_nobody_has_said_yes_to_waits_for_its_manager_then_for_all_of_them() -> None:
    cast = Cast()
    made = cast.event(matching.RequestMade)
    of_it: dict[str, Any] = {"request_id": made.request_id, "turn": 1}
    referred = cast.event(matching.RequestReferred, **of_it, owner_id=cast.manager_id)
    escalated = cast.event(matching.RequestEscalated, **of_it)
    owner = told(referred)[cast.manager_id, Kind.REQUEST_REFERRED]
    assert set(told(referred)) == {(cast.manager_id, Kind.REQUEST_REFERRED), (cast.protege_id, Kind.REQUEST_WITH_MANAGER)}
    assert set(told(escalated, ("one", "two"))) == {("one", Kind.REQUEST_ESCALATED), ("two", Kind.REQUEST_ESCALATED)}
    assert is_closed(told(made)[cast.mentor_id, Kind.REQUEST_MADE], referred)
    assert is_closed(owner, escalated)
    for done in (matching.RequestProposed, matching.RequestAccepted, matching.RequestClosed):
        ended = cast.event(done, **of_it)
        assert is_closed(owner, ended)
        assert is_closed(told(escalated, ("one",))["one", Kind.REQUEST_ESCALATED], ended)
        assert is_closed(told(made)[cast.mentor_id, Kind.REQUEST_MADE], ended)
    again = told(cast.event(matching.RequestReferred, request_id=made.request_id, turn=2, owner_id=cast.manager_id))
    assert not is_closed(again[cast.manager_id, Kind.REQUEST_REFERRED], cast.event(matching.RequestProposed, **of_it))


@pytest.mark.parametrize(
    ("reason", "is_told"), [("by_manager", True), ("nobody_answered", True), ("withdrawn", False), ("partner_found", False)]
)
def test_who_asked_is_told_of_the_end_unless_it_was_their_own_doing(reason: str, *, is_told: bool) -> None:
    cast = Cast()
    closed = cast.event(matching.RequestClosed, reason=reason, mentor_id=None)
    assert set(told(closed)) == ({(cast.protege_id, Kind.REQUEST_CLOSED)} if is_told else set())
    asked = cast.event(matching.RequestClosed, reason=reason)
    assert (cast.mentor_id, Kind.REQUEST_TAKEN_BACK) in told(asked)


def test_why_a_partnership_ended_is_told_to_managers_only() -> None:
    cast = Cast()
    notices = told(cast.event(matching.PartnershipEnded, reason="not_working"), (cast.manager_id,))
    assert notices[cast.manager_id, Kind.PAIR_ENDED].subject["reason"] == "not_working"
    assert "reason" not in notices[cast.protege_id, Kind.PARTNERSHIP_ENDED].subject
    assert "reason" not in notices[cast.mentor_id, Kind.PARTNERSHIP_ENDED].subject


def test_nothing_is_asked_about_a_partnership_that_has_ended() -> None:
    cast = Cast()
    proposed = cast.event(goals.CharterProposed)
    ended = cast.event(matching.PartnershipEnded, partnership_id=proposed.partnership_id)
    assert is_closed(told(proposed)[cast.mentor_id, Kind.CHARTER_PROPOSED], ended)


def test_a_new_version_of_a_charter_takes_the_place_of_the_one_before() -> None:
    cast = Cast()
    first = cast.event(goals.CharterProposed, version=1)
    second = cast.event(
        goals.CharterProposed, partnership_id=first.partnership_id, version=2, by_id=cast.mentor_id, other_id=cast.protege_id
    )
    signed = cast.event(goals.CharterSigned, partnership_id=first.partnership_id, version=2)
    assert is_closed(told(first)[cast.mentor_id, Kind.CHARTER_PROPOSED], second)
    asked = told(second)[cast.protege_id, Kind.CHARTER_PROPOSED]
    assert asked.subject["other_id"] == cast.mentor_id
    assert not is_closed(asked, second)
    assert is_closed(asked, signed)


def test_managers_questions_leave_the_inbox_once_one_of_them_has_answered() -> None:
    cast = Cast()
    requested = cast.event(matching.EnrolmentRequested)
    approved = cast.event(matching.EnrolmentApproved, enrolment_id=requested.enrolment_id)
    asked = told(requested, ("one", "two"))
    assert concerns_managers(requested)
    assert all(is_closed(notice, approved) for notice in asked.values())
    assert outdated_by(approved) == [(Kind.ENROLMENT_REQUESTED, requested.enrolment_id)]


def test_two_taps_are_asked_of_both_and_answered_by_each() -> None:
    cast = Cast()
    ended = cast.event(scheduling.MeetingEnded)
    given = cast.event(goals.FeedbackGiven, meeting_id=ended.meeting_id, person_id=cast.mentor_id)
    asked = told(ended)
    assert is_closed(asked[cast.mentor_id, Kind.MEETING_ENDED], given)
    assert not is_closed(asked[cast.protege_id, Kind.MEETING_ENDED], given)


def test_nobody_is_asked_about_a_meeting_that_did_not_take_place() -> None:
    cast = Cast()
    ended = cast.event(scheduling.MeetingEnded)
    missed = cast.event(scheduling.MeetingMissed, meeting_id=ended.meeting_id)
    assert all(is_closed(notice, missed) for notice in told(ended).values())


def test_a_goal_is_told_to_the_mentor_once_and_only_when_shared() -> None:
    cast = Cast()
    kept = cast.event(goals.GoalWritten, shared=False)
    shared = cast.event(goals.GoalRevised, goal_id=kept.goal_id, shared=True)
    again = cast.event(goals.GoalRevised, goal_id=kept.goal_id, shared=True, at=cast.now + DAY)
    assert told(kept) == {}
    assert {notice.id for notice in told(shared).values()} == {notice.id for notice in told(again).values()}


def test_a_cancellation_nobody_of_the_two_made_is_told_to_both() -> None:
    cast = Cast()
    notices = told(cast.event(scheduling.MeetingCancelled, by_id=None, starts_at=None))
    assert {person_id for person_id, _ in notices} == {cast.protege_id, cast.mentor_id}


def test_only_the_protege_hears_of_an_empty_agenda() -> None:
    cast = Cast()
    meeting = Meeting.model_validate(cast.event(scheduling.MeetingBooked).model_dump())
    kinds = {notice.person_id: notice.kind for notice in reminders_of(meeting, agenda_is_empty=True, at=cast.now)}
    assert kinds == {cast.protege_id: Kind.AGENDA_EMPTY, cast.mentor_id: Kind.MEETING_TOMORROW}


def test_old_news_is_in_the_inbox_but_neither_new_nor_mailed() -> None:
    cast = Cast()
    event = cast.event(matching.PartnershipStarted, at=cast.now - 4 * DAY)
    notice = notices_of(event, arrived_at=cast.now)[0]
    assert notice.seen_at == cast.now
    assert not notice.goes_by_mail


def test_a_mail_is_not_sent_after_its_question_has_run_out() -> None:
    cast = Cast()
    made = cast.event(matching.ProposalMade, deadline_at=cast.now + DAY)
    assert notices_of(made, arrived_at=cast.now)[0].mail_until == made.deadline_at


def test_both_are_told_of_a_pause_and_that_it_is_over() -> None:
    cast = Cast()
    paused = cast.event(matching.PartnershipPaused, by_id=cast.mentor_id)
    notices = told(paused)
    assert {person_id for person_id, _ in notices} == {cast.protege_id, cast.mentor_id}
    assert {notice.subject["until"] for notice in notices.values()} == {paused.until.isoformat()}
    assert len(told(cast.event(matching.PartnershipResumed, by_id=None))) == len(told(cast.event(matching.PartnershipProlonged))) == 2


def test_who_pauses_oneself_is_not_told_and_whom_a_manager_puts_on_pause_is() -> None:
    cast = Cast()
    assert told(cast.event(matching.EnrolmentPaused, by_id=cast.protege_id)) == {}
    assert told(cast.event(matching.EnrolmentPaused, by_id=cast.manager_id)).keys() == {(cast.protege_id, Kind.ENROLMENT_PAUSED)}
    assert told(cast.event(matching.EnrolmentResumed, by_id=None)).keys() == {(cast.protege_id, Kind.ENROLMENT_RESUMED)}


def test_whose_partnership_is_complete_is_not_told_twice() -> None:
    cast = Cast()
    assert told(cast.event(matching.EnrolmentEnded, reason="completed")) == {}
    assert told(cast.event(matching.EnrolmentEnded, reason="programme_closed")).keys() == {(cast.protege_id, Kind.ENROLMENT_ENDED)}


def test_managers_are_told_how_many_wait_for_them() -> None:
    cast = Cast()
    (notice,) = told(cast.event(matching.ProgrammeReviewDue, waiting_approval=2, waiting_partner=7), (cast.manager_id,)).values()
    assert (notice.person_id, notice.subject["waiting_approval"], notice.subject["waiting_partner"]) == (cast.manager_id, 2, 7)
