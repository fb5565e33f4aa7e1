"""The signals: each looks at the facts of one pair and says whether it is out, why, and what to do next."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.goals.health import thresholds
from services.goals.health.codes import CauseCode, NextStepCode, State
from services.goals.health.facts import Facts, feedback_of


@dataclass(frozen=True)
class Cause:
    """Why. The parameters are listed beneath the code."""

    code: CauseCode
    parameters: dict[str, Any]


@dataclass(frozen=True)
class NextStep:
    """What a manager can do. The parameters are listed beneath the code."""

    code: NextStepCode
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Signal:
    """A signal that is out: WATCH, or HELP when it is far out."""

    state: State
    cause: Cause
    next_step: NextStep


def person_left(facts: Facts, _: datetime) -> Signal | None:
    """One of the two has left the organisation."""
    for person_id, other_id in ((facts.mentor_id, facts.protege_id), (facts.protege_id, facts.mentor_id)):
        if person_id in facts.left_ids:
            return _signal(
                State.HELP, CauseCode.PERSON_LEFT, {"person_id": person_id}, NextStepCode.OFFER_NEW_MATCH, {"person_id": other_id}
            )
    return None


def meetings_missed(facts: Facts, _: datetime) -> Signal | None:
    """Several of the last meetings were missed."""
    lately = facts.come[-thresholds.LATELY_MEETINGS :]
    missed = sum(meeting.state == "missed" for meeting in lately)
    state = _beyond(missed, thresholds.MISSED_UNTIL_WATCH - 1, thresholds.MISSED_UNTIL_HELP - 1)
    return _signal(
        state,
        CauseCode.MEETINGS_MISSED,
        {"missed": missed, "of": len(lately)},
        NextStepCode.ASK_ABOUT_RHYTHM,
        {"cadence_weeks": facts.charter.cadence_weeks},
    )


def not_met_yet(facts: Facts, at: datetime) -> Signal | None:
    """They have never met, although there was time to."""
    if facts.met:
        return None
    days = _days(facts.counted_from(facts.started_at), at)
    state = _beyond(days, thresholds.FIRST_MEETING_DAYS, thresholds.FIRST_MEETING_HELP_DAYS)
    return _signal(
        _eased(state, booked=facts.next_at(at) is not None), CauseCode.NOT_MET_YET, {"days": days}, NextStepCode.SUGGEST_FIRST_MEETING
    )


def not_met(facts: Facts, at: datetime) -> Signal | None:
    """They have not met for longer than their rhythm says."""
    if facts.last_met_at is None:
        return None
    days = _days(facts.counted_from(facts.last_met_at), at)
    rhythm = facts.cadence_weeks * 7
    state = _beyond(days, rhythm * thresholds.CADENCES_UNTIL_WATCH, rhythm * thresholds.CADENCES_UNTIL_HELP)
    return _signal(
        _eased(state, booked=facts.next_at(at) is not None),
        CauseCode.NOT_MET,
        {"days": days, "cadence_weeks": facts.charter.cadence_weeks},
        NextStepCode.SUGGEST_TIMES,
    )


def low_feedback(facts: Facts, _: datetime) -> Signal | None:
    """The two found the last meetings not worth the time, or did not do what they said."""
    feedback = feedback_of(facts.answers)
    if feedback is None or feedback.percent >= thresholds.LOW_FEEDBACK_PERCENT:
        return None
    far = feedback.percent < thresholds.LOW_FEEDBACK_HELP_PERCENT and feedback.answers >= thresholds.LOW_FEEDBACK_HELP_ANSWERS
    return _signal(
        State.HELP if far else State.WATCH,
        CauseCode.LOW_FEEDBACK,
        {"percent": feedback.percent, "answers": feedback.answers},
        NextStepCode.ASK_EACH_IN_PRIVATE,
    )


def charter_empty(facts: Facts, at: datetime) -> Signal | None:
    """Neither has proposed a charter."""
    if facts.charter.proposed_at is not None:
        return None
    days = _days(facts.counted_from(facts.started_at), at)
    state = _beyond(days, thresholds.NEW_CHARTER_DAYS, thresholds.CHARTER_HELP_DAYS)
    return _signal(state, CauseCode.CHARTER_EMPTY, {"days": days}, NextStepCode.REMIND_OF_CHARTER)


def charter_waiting(facts: Facts, at: datetime) -> Signal | None:
    """A first charter waits for the other's answer. A later one may take its time: the signed one is in force."""
    charter = facts.charter
    if charter.signed or charter.proposed_at is None or charter.waits_for_id is None:
        return None
    days = _days(facts.counted_from(charter.proposed_at), at)
    person = {"person_id": charter.waits_for_id}
    state = _beyond(days, thresholds.ANSWER_DAYS, thresholds.ANSWER_HELP_DAYS)
    return _signal(state, CauseCode.CHARTER_WAITING, {"days": days, **person}, NextStepCode.REMIND_PERSON, person)


def past_end(facts: Facts, at: datetime) -> Signal | None:
    """The partnership should have been closed."""
    if facts.ends_on is None:
        return None
    days = (at.date() - facts.ends_on).days
    state = State.WATCH if days > thresholds.CLOSING_DAYS else None
    return _signal(state, CauseCode.PAST_END, {"days": days}, NextStepCode.OFFER_CLOSING)


def no_goal(facts: Facts, at: datetime) -> Signal | None:
    """They have met and no goal is written. Before they have met it would be too early to ask for one."""
    days = _days(facts.counted_from(facts.started_at), at)
    state = State.WATCH if facts.met and facts.goals == 0 and days > thresholds.FIRST_GOAL_DAYS else None
    return _signal(
        state, CauseCode.NO_GOAL, {"days": days, "met": len(facts.met)}, NextStepCode.OFFER_GOAL_GUIDE, {"person_id": facts.protege_id}
    )


SIGNALS: tuple[Callable[[Facts, datetime], Signal | None], ...] = (
    person_left,
    not_met,
    not_met_yet,
    meetings_missed,
    low_feedback,
    past_end,
    charter_empty,
    charter_waiting,
    no_goal,
)
"""The most telling first: of several that are equally far out, the first is named as the cause."""


def _signal(
    state: State | None, cause: CauseCode, parameters: dict[str, Any], step: NextStepCode, step_parameters: dict[str, Any] | None = None
) -> Signal | None:
    return Signal(state, Cause(cause, parameters), NextStep(step, step_parameters or {})) if state else None


def _beyond(figure: float, watch: float, help_: float) -> State | None:
    if figure > help_:
        return State.HELP
    return State.WATCH if figure > watch else None


def _eased(state: State | None, *, booked: bool) -> State | None:
    """A booked meeting is half the cure: what needed help is watched, what was watched is well."""
    if not booked:
        return state
    return State.WATCH if state is State.HELP else None


def _days(since: datetime, at: datetime) -> int:
    return max((at - since).days, 0)
