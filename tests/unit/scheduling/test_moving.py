"""Another time for a meeting that stands, and which answer counts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain import (
    Answer,
    AnswerIsTheOthers,
    Answers,
    Coming,
    Meeting,
    NotBooked,
    NothingProposed,
    NotProposed,
    OldTime,
    ReplyAddresses,
    same_mailbox,
)
from services.scheduling.domain.letter import Letter, vouched_for
from shared.contracts.scheduling import MeetingCancelled, MeetingMoved, MeetingMoveProposed, MeetingMoveSettled
from shared.errors import Invalid
from shared.secrets import Safe, new_key
from tests.unit.scheduling.pair import NOW, TEN, Pair

HOUR = timedelta(hours=1)
MORNING = datetime(2026, 1, 10, 9, tzinfo=UTC)


@pytest.fixture
def pair() -> Pair:
    return Pair()


def asked(pair: Pair) -> Meeting:
    meeting = pair.booked()
    meeting.propose_move(pair.mentor_id, [TEN + HOUR, TEN + 2 * HOUR], NOW)
    meeting.published()
    return meeting


def facts(meeting: Meeting) -> list[type]:
    return [type(event) for event in meeting.unpublished]


def test_a_meeting_stands_until_the_partner_has_picked_another_time(pair: Pair) -> None:
    meeting = pair.booked()
    meeting.published()
    meeting.propose_move(pair.mentor_id, [TEN + HOUR], NOW)
    assert (meeting.starts_at, meeting.revision) == (TEN, 0)
    (event,) = meeting.unpublished
    assert isinstance(event, MeetingMoveProposed)
    assert (event.other_id, event.turn) == (pair.protege_id, 1)
    meeting.pick(pair.protege_id, TEN + HOUR, NOW)
    assert (meeting.starts_at, meeting.revision, meeting.moving) == (TEN + HOUR, 1, None)
    assert facts(meeting)[1:] == [MeetingMoveSettled, MeetingMoved]


def test_who_asks_does_not_answer(pair: Pair) -> None:
    with pytest.raises(AnswerIsTheOthers):
        asked(pair).pick(pair.mentor_id, TEN + HOUR, NOW)


def test_only_a_time_that_was_asked_for_can_be_picked(pair: Pair) -> None:
    with pytest.raises(NotProposed):
        asked(pair).pick(pair.protege_id, TEN + 5 * HOUR, NOW)


def test_a_newer_question_takes_the_place_of_the_older_one(pair: Pair) -> None:
    meeting = asked(pair)
    meeting.propose_move(pair.protege_id, [TEN + 3 * HOUR], NOW)
    assert facts(meeting) == [MeetingMoveSettled, MeetingMoveProposed]
    assert meeting.moving is not None
    assert (meeting.moving.turn, meeting.wanted) == (2, [TEN + 3 * HOUR])


@pytest.mark.parametrize(("by", "outcome"), [("protege", "kept"), ("mentor", "withdrawn")])
def test_a_meeting_left_where_it_is_tells_who_asked(pair: Pair, by: str, outcome: str) -> None:
    meeting = asked(pair)
    meeting.keep(pair.protege_id if by == "protege" else pair.mentor_id, NOW)
    (event,) = meeting.unpublished
    assert isinstance(event, MeetingMoveSettled)
    assert (event.outcome, meeting.wanted) == (outcome, [])
    with pytest.raises(NothingProposed):
        meeting.keep(pair.protege_id, NOW)


def test_a_meeting_that_is_cancelled_asks_nobody_any_more(pair: Pair) -> None:
    meeting = asked(pair)
    meeting.cancel(pair.mentor_id, NOW)
    assert facts(meeting) == [MeetingMoveSettled, MeetingCancelled]


def test_a_question_that_was_not_answered_ends_with_the_meeting(pair: Pair) -> None:
    meeting = asked(pair)
    meeting.end()
    assert meeting.moving is None


def test_the_time_it_has_cannot_be_asked_for_and_a_question_for_a_time_is_no_meeting_yet(pair: Pair) -> None:
    with pytest.raises(Invalid):
        pair.booked().propose_move(pair.mentor_id, [TEN], NOW)
    with pytest.raises(NotBooked):
        pair.proposed().propose_move(pair.mentor_id, [TEN + HOUR], NOW)


def test_what_was_saved_before_there_were_answers_is_read(pair: Pair) -> None:
    document = pair.booked().to_document()
    for name in ("moving", "turns", "answers", "held_until"):
        del document[name]
    assert Meeting.from_document(document).answers == Answers()


def an_answer(coming: Coming = Coming.ACCEPTED, *, revision: int = 0, minutes: int = 0, verified: bool = True) -> Answer:
    return Answer(coming=coming, revision=revision, stamp=MORNING + timedelta(minutes=minutes), verified=verified)


def test_an_unverified_answer_stands_apart_and_gives_way_to_a_verified_one() -> None:
    answers = Answers()
    assert answers.hear("ana", an_answer(Coming.DECLINED, minutes=5, verified=False), 0)
    found = answers.of("ana", 0)
    assert found is not None
    assert not found.verified
    assert answers.hear("ana", an_answer(), 0)
    assert answers.of("ana", 0) == an_answer()
    assert answers.unverified == {}


def test_an_answer_to_an_earlier_time_is_no_answer() -> None:
    answers = Answers()
    answers.hear("ana", an_answer(), 0)
    assert answers.of("ana", 1) is None
    with pytest.raises(OldTime):
        answers.hear("ana", an_answer(), 1)


@given(st.permutations([(revision, minutes) for revision in (1, 2) for minutes in (0, 5, 9)]), st.integers(0, 3))
def test_the_newest_answer_counts_in_whatever_order_and_how_often_they_come(order: list[tuple[int, int]], repeated: int) -> None:
    answers = Answers()
    for revision, minutes in [*order, *order[:repeated]]:
        answers.hear("ana", an_answer(revision=revision, minutes=minutes), 1)
    assert answers.given["ana"] == an_answer(revision=2, minutes=9)


def test_only_the_last_few_strangers_are_remembered_each_once() -> None:
    answers = Answers()
    for number in [*range(9), 8]:
        answers.turn_away(f"{number}@evil.test")
    assert answers.strangers == [f"{number}@evil.test" for number in range(4, 9)]


def test_a_reply_address_shows_one_guest_of_one_meeting() -> None:
    old, new = new_key(), new_key()
    before, addresses = (
        ReplyAddresses("Replies@tandem.test", Safe([old]).marks),
        ReplyAddresses("replies@tandem.test", Safe([new, old]).marks),
    )
    address = addresses.of("meeting", "ana")
    assert addresses.shows(["x@y.z", address.upper()], "meeting", "ana")
    assert addresses.shows([before.of("meeting", "ana")], "meeting", "ana"), "also after a rotation of keys"
    for meeting, person in (("other", "ana"), ("meeting", "ben"), ("meeting/ana", "")):
        assert not addresses.shows([address], meeting, person)
    label = address.partition("+")[2].partition("@")[0]
    for forged in ("replies@tandem.test", f"replies+{label}@evil.test", f"other+{label}@tandem.test", f"replies+{label[:-1]}@tandem.test"):
        assert not addresses.shows([forged], "meeting", "ana")


def test_one_mailbox_has_several_spellings() -> None:
    assert same_mailbox("MAILTO:Ana+Work@Example.org", "ana@example.org")
    assert not same_mailbox("ana@example.org", "ana@example.com")


@pytest.mark.parametrize("domain", ["mail.example.org", "example.org"])
def test_a_domain_is_vouched_for_with_those_below_it(domain: str) -> None:
    assert vouched_for(Letter(digest="", sender="ana@mail.example.org", vouched=(domain,)), "ana@mail.example.org")


@pytest.mark.parametrize("domain", ["org", "ample.org", "a.mail.example.org"])
def test_no_other_domain_is(domain: str) -> None:
    assert not vouched_for(Letter(digest="", sender="ana@mail.example.org", vouched=(domain,)), "ana@mail.example.org")
