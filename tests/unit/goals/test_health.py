from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.goals.health import AnswerFact, CauseCode, CharterFact, Facts, Feedback, MeetingFact, NextStepCode, State, assess, feedback_of
from tests.unit.goals.builders import DAY, DEBORAH, INES, NOON, answers, booked, met, missed, some_facts

EMPTY = CharterFact()
BADNESS = [State.NEW, State.WELL, State.WATCH, State.HELP]


def judged(day: float, **changed: object) -> tuple[State, CauseCode | None, dict[str, object]]:
    """How a pair is judged so many days after its start."""
    health = assess(some_facts(**changed), NOON + day * DAY)
    return health.state, health.cause.code if health.cause else None, health.cause.parameters if health.cause else {}


def test_a_pair_that_has_signed_and_met_is_well() -> None:
    assert judged(20) == (State.WELL, None, {})


def test_a_pair_is_new_while_nothing_is_late() -> None:
    assert judged(5, charter=EMPTY, meetings=(), goals=0) == (State.NEW, None, {})
    assert judged(14, charter=EMPTY, meetings=(), goals=0) == (State.NEW, None, {})


@pytest.mark.parametrize(("day", "state"), [(14, State.NEW), (15, State.WATCH), (28, State.WATCH), (29, State.HELP)])
def test_a_charter_that_nobody_proposes_is_noticed(day: int, state: State) -> None:
    assert judged(day, charter=EMPTY)[0] is state


def test_a_charter_that_waits_names_who_has_to_answer() -> None:
    waiting = CharterFact(proposed_at=NOON, waits_for_id=DEBORAH)
    health = assess(some_facts(charter=waiting), NOON + 8 * DAY)
    assert health.state is State.WATCH
    assert health.cause is not None
    assert health.next_step is not None
    assert (health.cause.code, health.cause.parameters) == (CauseCode.CHARTER_WAITING, {"days": 8, "person_id": DEBORAH})
    assert (health.next_step.code, health.next_step.parameters) == (NextStepCode.REMIND_PERSON, {"person_id": DEBORAH})


def test_a_change_of_a_signed_charter_may_take_its_time() -> None:
    reopened = CharterFact(proposed_at=NOON, waits_for_id=INES, signed=True, cadence_weeks=4)
    assert judged(40, charter=reopened)[0] is State.WELL


@pytest.mark.parametrize(
    ("weeks", "days", "state"),
    [(4, 42, State.WELL), (4, 43, State.WATCH), (4, 70, State.WATCH), (4, 71, State.HELP), (1, 11, State.WATCH), (6, 63, State.WELL)],
)
def test_a_pair_is_late_by_its_own_rhythm(weeks: int, days: int, state: State) -> None:
    charter = CharterFact(proposed_at=NOON, signed=True, cadence_weeks=weeks)
    assert judged(10 + days, charter=charter)[0] is state


def test_being_late_tells_the_days_and_the_rhythm() -> None:
    assert judged(10 + 47) == (State.WATCH, CauseCode.NOT_MET, {"days": 47, "cadence_weeks": 4})


def test_a_pair_that_has_never_met_is_noticed() -> None:
    assert judged(21, meetings=())[0] is State.NEW
    assert judged(22, meetings=()) == (State.WATCH, CauseCode.NOT_MET_YET, {"days": 22})
    assert judged(43, meetings=())[0] is State.HELP


def test_a_booked_meeting_is_half_the_cure() -> None:
    assert judged(10 + 47, meetings=(met(10), booked(60)))[0] is State.WELL
    assert judged(10 + 71, meetings=(met(10), booked(90)))[0] is State.WATCH
    assert judged(22, meetings=(booked(30),))[0] is State.NEW


def test_a_booked_meeting_that_has_passed_cures_nothing() -> None:
    assert judged(10 + 47, meetings=(met(10), booked(50)))[0] is State.WATCH


def test_missed_meetings_count_among_the_last_four() -> None:
    assert judged(41, meetings=(met(10), missed(20), met(30), met(40)))[0] is State.WELL
    assert judged(41, meetings=(met(10), missed(20), missed(30), met(40))) == (
        State.WATCH,
        CauseCode.MEETINGS_MISSED,
        {"missed": 2, "of": 4},
    )
    assert judged(41, meetings=(missed(10), missed(20), missed(30), met(40)))[0] is State.HELP
    assert judged(81, meetings=(missed(10), missed(20), met(50), met(60), met(70), met(80)))[0] is State.WELL


def test_a_pair_without_a_goal_is_watched_and_no_more() -> None:
    assert judged(30, goals=0)[0] is State.WELL
    assert judged(31, goals=0) == (State.WATCH, CauseCode.NO_GOAL, {"days": 31, "met": 1})
    assert judged(52, goals=0)[0] is State.WATCH


def test_who_has_not_met_is_not_asked_for_a_goal_yet() -> None:
    assert judged(40, goals=0, meetings=(booked(41),))[0] is State.NEW


def test_a_pair_without_a_rhythm_is_judged_by_the_usual_one_and_not_told_it_agreed_on_it() -> None:
    waiting = CharterFact(proposed_at=NOON + 50 * DAY, waits_for_id=INES)
    assert judged(10 + 43, charter=waiting) == (State.WATCH, CauseCode.NOT_MET, {"days": 43, "cadence_weeks": None})


def test_one_persons_answer_alone_is_never_shown() -> None:
    only_ines = (AnswerFact(meeting_id="one", yes=0, given_at=NOON), AnswerFact(meeting_id="two", yes=0, given_at=NOON))
    assert feedback_of(only_ines) is None
    assert judged(20, answers=only_ines)[0] is State.WELL


def test_the_share_counts_the_last_three_meetings_both_answered() -> None:
    assert feedback_of(answers((0, 0), (2, 2), (2, 1), (2, 0))) == Feedback(percent=75, answers=6)


def test_a_low_share_is_watched_and_needs_help_when_it_stays() -> None:
    assert judged(20, answers=answers((1, 1))) == (State.WATCH, CauseCode.LOW_FEEDBACK, {"percent": 50, "answers": 2})
    assert judged(20, answers=answers((0, 0)))[0] is State.WATCH
    assert judged(20, answers=answers((0, 0), (0, 1)))[0] is State.HELP


def test_who_stays_when_the_other_leaves_is_offered_a_new_match() -> None:
    for left, stays in [(INES, DEBORAH), (DEBORAH, INES)]:
        health = assess(some_facts(left_ids=frozenset({left})), NOON + 20 * DAY)
        assert health.state is State.HELP
        assert health.next_step is not None
        assert (health.next_step.code, health.next_step.parameters) == (NextStepCode.OFFER_NEW_MATCH, {"person_id": stays})


def test_a_partnership_past_its_end_is_offered_a_closing() -> None:
    end = (NOON + 20 * DAY).date()
    assert judged(34, ends_on=end)[0] is State.WELL
    assert judged(35, ends_on=end) == (State.WATCH, CauseCode.PAST_END, {"days": 15})


def test_nothing_is_late_while_two_stand_still_but_that_somebody_left() -> None:
    until = (NOON + 200 * DAY).date()
    assert judged(190)[0] is State.HELP
    assert judged(190, paused_until=until) == (State.WELL, None, {})
    assert judged(190, paused_until=until, left_ids=frozenset({DEBORAH}))[0] is State.HELP
    assert judged(201, paused_until=until)[0] is State.HELP, "the day has come"


def test_after_a_pause_time_is_counted_from_its_end() -> None:
    resumed = NOON + 200 * DAY
    assert judged(210, resumed_at=resumed)[0] is State.WELL
    assert judged(250, resumed_at=resumed)[1:] == (CauseCode.NOT_MET, {"days": 50, "cadence_weeks": 4})
    assert judged(210, resumed_at=resumed, charter=EMPTY, meetings=(), goals=0)[0] is State.NEW


def test_three_signals_together_need_help() -> None:
    waiting = CharterFact(proposed_at=NOON + 35 * DAY, waits_for_id=INES)
    assert judged(45, charter=waiting, meetings=(met(1),), goals=1)[0] is State.WATCH
    assert judged(45, charter=waiting, meetings=(met(1),), goals=0)[0] is State.HELP


@pytest.mark.parametrize(
    ("reason", "offered"),
    [("completed", False), ("by_agreement", False), ("no_time", False), ("needs_changed", True), ("not_working", True), ("left", True)],
)
def test_an_ended_pair_has_a_reason_and_a_next_step_only_where_somebody_may_want_one(reason: str, offered: bool) -> None:  # noqa: FBT001 - a table's column
    health = assess(some_facts(ended_at=NOON + 10 * DAY, reason=reason), NOON + 12 * DAY)
    assert health.state is State.ENDED
    assert health.cause is not None
    assert health.cause.parameters == {"reason": reason, "days": 2}
    assert (health.next_step is not None) is offered


# ---------------------------------------------------------------- whatever the facts are

moments = st.integers(min_value=0, max_value=400).map(lambda day: NOON + day * DAY)
meetings = st.builds(
    lambda state, at: MeetingFact(state=state, starts_at=at, ends_at=at + timedelta(hours=1)),
    st.sampled_from(["booked", "ended", "missed", "cancelled"]),
    moments,
)
charters = st.builds(
    CharterFact,
    proposed_at=st.none() | moments,
    waits_for_id=st.sampled_from([None, INES, DEBORAH]),
    signed=st.booleans(),
    cadence_weeks=st.none() | st.integers(1, 6),
)
answer_facts = st.builds(AnswerFact, meeting_id=st.sampled_from("abcde"), yes=st.integers(0, 2), given_at=moments)
all_facts = st.builds(
    some_facts,
    ends_on=st.none() | st.dates(date(2026, 6, 1), date(2027, 6, 1)),
    ended_at=st.none() | moments,
    reason=st.sampled_from(["completed", "by_agreement", "not_working", "left"]),
    left_ids=st.frozensets(st.sampled_from([INES, DEBORAH])),
    charter=charters,
    meetings=st.lists(meetings, max_size=8).map(tuple),
    goals=st.integers(0, 3),
    answers=st.lists(answer_facts, max_size=10, unique_by=lambda answer: (answer.meeting_id, answer.yes)).map(tuple),
)


@given(all_facts, moments)
def test_every_state_but_new_and_well_has_a_cause_and_every_alarm_a_next_step(facts: Facts, at: datetime) -> None:
    health = assess(facts, at)
    assert (health.cause is None) is (health.state in {State.NEW, State.WELL})
    assert health.next_step is not None or health.state not in {State.WATCH, State.HELP}
    assert (health.state is State.ENDED) is (facts.ended_at is not None)


@given(all_facts, moments)
def test_what_a_manager_is_told_is_numbers_ids_and_codes(facts: Facts, at: datetime) -> None:
    health = assess(facts, at)
    told = [
        *(health.cause.parameters.values() if health.cause else ()),
        *(health.next_step.parameters.values() if health.next_step else ()),
    ]
    known = {INES, DEBORAH, "completed", "by_agreement", "not_working", "left"}
    assert all(value is None or isinstance(value, int) or value in known for value in told)


@given(all_facts, moments, st.integers(1, 60))
def test_booking_a_meeting_never_makes_a_running_pair_look_worse(facts: Facts, at: datetime, days: int) -> None:
    facts = replace(facts, ended_at=None)
    coming = MeetingFact(state="booked", starts_at=at + days * DAY, ends_at=at + days * DAY)
    before = assess(facts, at).state
    after = assess(replace(facts, meetings=(*facts.meetings, coming)), at).state
    assert max(BADNESS.index(after), 1) <= max(BADNESS.index(before), 1)


@given(st.lists(answer_facts, max_size=10), st.randoms())
def test_the_share_does_not_depend_on_the_order_in_which_answers_are_read(given_answers: list[AnswerFact], random: Random) -> None:
    apart = [replace(answer, given_at=NOON + ord(answer.meeting_id) * DAY) for answer in given_answers]
    shuffled = list(apart)
    random.shuffle(shuffled)
    assert feedback_of(shuffled) == feedback_of(apart)
