"""What becomes of a meeting once its time has come."""

from datetime import timedelta

import pytest

from services.scheduling.domain import (
    Meeting,
    MeetingOver,
    MeetingState,
    NotBooked,
    NothingToSay,
    NotOverYet,
    NotYetBegun,
    NotYourPartnership,
    PartnershipOver,
    Why,
    Word,
)
from shared.contracts.scheduling import MeetingEnded, MeetingMissed
from shared.errors import Invalid
from tests.unit.scheduling.pair import NOW, STARTED_AT, TEN, Pair

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def told(meeting: Meeting) -> list[str]:
    return [event.event_type.split(".")[2] for event in meeting.unpublished]


def noted(pair: Pair, **changes: object) -> Meeting:
    given = {"by": pair.mentor_id, "starts_at": TEN, "minutes": 45, "place": "", "at": TEN + DAY, **changes}
    return Meeting.note_down(pair.series(), **given)  # type: ignore[arg-type] # each test changes one of them


def test_what_is_left_of_a_meeting_that_ends_early_is_given_back_in_whole_minutes() -> None:
    pair = Pair()
    meeting = pair.booked(TEN, minutes=60)
    meeting.end_early(pair.mentor_id, TEN + 38 * MINUTE + timedelta(seconds=20))
    assert (meeting.state, meeting.saved_minutes) == (MeetingState.ENDED, 21)
    ended = meeting.unpublished[-1]
    assert isinstance(ended, MeetingEnded)
    assert (ended.saved_minutes, ended.ends_at) == (21, TEN + 38 * MINUTE + timedelta(seconds=20))


@pytest.mark.parametrize(("after", "refusal"), [(timedelta(0), NotYetBegun), (-HOUR, NotYetBegun), (HOUR, MeetingOver)])
def test_only_a_meeting_that_is_held_can_end_early(after: timedelta, refusal: type[Exception]) -> None:
    pair = Pair()
    meeting = pair.booked(TEN, minutes=60)
    with pytest.raises(refusal):
        meeting.end_early(pair.protege_id, TEN + after)
    assert (meeting.state, meeting.saved_minutes) == (MeetingState.BOOKED, 0)


def test_a_meeting_that_ended_early_does_not_end_again() -> None:
    pair = Pair()
    meeting = pair.booked(TEN)
    meeting.end_early(pair.protege_id, TEN + MINUTE)
    with pytest.raises(NotBooked):
        meeting.end()
    assert told(meeting) == ["booked", "ended"]


def test_a_meeting_of_the_past_is_noted_down_and_counts_as_met() -> None:
    pair = Pair()
    meeting = noted(pair)
    assert (meeting.state, meeting.noted_by_id, meeting.ends_at) == (MeetingState.ENDED, pair.mentor_id, TEN + 45 * MINUTE)
    assert told(meeting) == ["ended"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"at": TEN + 44 * MINUTE}, NotOverYet),
        ({"starts_at": STARTED_AT - HOUR}, Invalid),
        ({"minutes": 5}, Invalid),
        ({"by": "stranger"}, NotYourPartnership),
    ],
)
def test_what_cannot_have_taken_place_is_not_noted_down(changes: dict[str, object], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        noted(Pair(), **changes)


def test_nothing_is_noted_down_after_the_end_of_the_partnership() -> None:
    series = Pair().series()
    series.end(NOW)
    with pytest.raises(PartnershipOver):
        Meeting.note_down(series, by=series.protege_id, starts_at=TEN, minutes=45, place="", at=TEN + DAY)


def test_a_meeting_is_missed_as_long_as_one_of_the_two_says_so() -> None:
    pair = Pair()
    meeting = pair.booked(TEN)
    meeting.end()
    meeting.miss(pair.protege_id, TEN + DAY, Why.I_COULD_NOT)
    meeting.say_it_took_place(pair.mentor_id, TEN + DAY)
    assert told(meeting)[-1] == "missed"
    assert meeting.words == {pair.protege_id: Word(took_place=False, why=Why.I_COULD_NOT), pair.mentor_id: Word(took_place=True)}
    meeting.say_it_took_place(pair.protege_id, TEN + DAY)
    assert meeting.state is MeetingState.ENDED
    assert told(meeting) == ["booked", "ended", "missed", "ended"]


def test_the_word_of_the_second_is_kept_and_told_to_nobody() -> None:
    pair = Pair()
    meeting = pair.booked(TEN)
    meeting.miss(pair.protege_id, TEN + MINUTE, Why.I_WAITED)
    meeting.miss(pair.mentor_id, TEN + HOUR, Why.SOMETHING_CAME_UP)
    assert [word.why for word in meeting.words.values()] == [Why.I_WAITED, Why.SOMETHING_CAME_UP]
    assert told(meeting) == ["booked", "missed"]
    (missed,) = (event for event in meeting.unpublished if isinstance(event, MeetingMissed))
    assert "waited" not in missed.model_dump_json()


def test_nobody_says_that_a_meeting_took_place_before_it_is_over_or_when_nobody_doubts_it() -> None:
    pair = Pair()
    meeting = pair.booked(TEN)
    with pytest.raises(NothingToSay):
        meeting.say_it_took_place(pair.mentor_id, TEN + HOUR)
    meeting.miss(pair.protege_id, TEN + MINUTE)
    with pytest.raises(NotOverYet):
        meeting.say_it_took_place(pair.mentor_id, TEN + 2 * MINUTE)
    with pytest.raises(NotYourPartnership):
        meeting.say_it_took_place("stranger", TEN + HOUR)


def test_a_meeting_remembers_what_became_of_it_and_who_did_it() -> None:
    pair = Pair()
    meeting = pair.proposed(TEN, TEN + HOUR)
    meeting.pick(pair.mentor_id, TEN, NOW)
    meeting.move(pair.protege_id, TEN + DAY, NOW)
    meeting.cancel(pair.mentor_id, NOW)
    assert [(one.what, one.by_id, one.starts_at) for one in meeting.history] == [
        ("proposed", pair.protege_id, None),
        ("booked", None, TEN),
        ("moved", pair.protege_id, TEN + DAY),
        ("cancelled", pair.mentor_id, TEN + DAY),
    ]
    assert Meeting.from_document(meeting.to_document()).history == meeting.history


def test_a_meeting_from_before_histories_were_kept_can_be_read() -> None:
    document = Pair().booked().to_document()
    for name in ("history", "words", "saved_minutes", "noted_by_id", "answers"):
        del document[name]
    assert Meeting.from_document(document).history == []
