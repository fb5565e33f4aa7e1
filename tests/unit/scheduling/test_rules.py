"""The rules of meetings and agendas, without a database."""

from datetime import timedelta

import pytest

from services.scheduling.domain import (
    Agenda,
    AgendaIsTheProteges,
    Appointment,
    Availability,
    Meeting,
    MeetingOver,
    MeetingState,
    NotBooked,
    NotProposed,
    NotYourPartnership,
    PartnershipOver,
    Rhythm,
    Style,
    TimePassed,
    WorkingHours,
)
from services.scheduling.domain.invitation import Guest, Wording, invitation
from shared.errors import Invalid
from tests.unit.scheduling.pair import NOW, STARTED_AT, TEN, Pair

HOUR = timedelta(hours=1)


def test_a_meeting_touches_every_quarter_of_an_hour_it_overlaps() -> None:
    first = int(TEN.timestamp()) // 900
    assert Pair().booked(TEN, minutes=60).buckets == [first, first + 1, first + 2, first + 3]
    assert Pair().booked(TEN + timedelta(minutes=10), minutes=30).buckets == [first, first + 1, first + 2]
    assert Pair().proposed().buckets == []


def test_a_meeting_cannot_be_arranged_after_the_end_of_the_partnership() -> None:
    series = Pair().series()
    series.end(NOW)
    with pytest.raises(PartnershipOver):
        Meeting.book(series, by=series.protege_id, starts_at=TEN, minutes=60, place="", at=NOW)


def test_times_proposed_twice_count_once_and_come_in_order() -> None:
    assert Pair().proposed(TEN + HOUR, TEN, TEN).proposed == [TEN, TEN + HOUR]
    with pytest.raises(Invalid):
        Pair().proposed(*(TEN + number * HOUR for number in range(4)))


def test_a_time_that_passed_since_it_was_proposed_cannot_be_picked() -> None:
    pair = Pair()
    meeting = pair.proposed(TEN, TEN + HOUR)
    with pytest.raises(TimePassed):
        meeting.pick(pair.mentor_id, TEN, TEN)
    with pytest.raises(NotProposed):
        meeting.pick(pair.mentor_id, TEN + 2 * HOUR, TEN)
    assert meeting.state is MeetingState.PROPOSED


def test_a_revision_grows_with_each_change_a_calendar_must_show_and_with_no_other() -> None:
    pair = Pair()
    meeting = pair.proposed(TEN)
    meeting.pick(pair.mentor_id, TEN, NOW)
    assert meeting.revision == 0
    meeting.move(pair.protege_id, TEN + HOUR, NOW)
    assert meeting.revision == 1
    meeting.cancel(pair.mentor_id, NOW)
    assert meeting.revision == 2


def test_a_meeting_that_has_begun_can_be_neither_moved_nor_cancelled() -> None:
    pair = Pair()
    meeting = pair.booked(TEN)
    with pytest.raises(MeetingOver):
        meeting.move(pair.protege_id, TEN + HOUR, TEN)
    with pytest.raises(MeetingOver):
        meeting.cancel(pair.protege_id, TEN)
    meeting.end()
    with pytest.raises(NotBooked):
        meeting.end()


def test_a_stranger_changes_nothing() -> None:
    meeting = Pair().booked()
    with pytest.raises(NotYourPartnership):
        meeting.cancel("stranger", NOW)
    with pytest.raises(NotYourPartnership):
        meeting.miss("stranger", TEN)


def test_an_invitation_keeps_its_name_for_life_and_lets_no_text_become_a_property() -> None:
    meeting = Pair().booked()
    words = Wording(summary="Inês\r\nATTENDEE:mailto:x@example.org", description="a;b,c\\d\nnext")
    guests = [Guest("Inês", "ines@example.org"), Guest("Deborah", "deborah@example.org")]
    method, text = invitation(meeting, words, NOW, organiser=Guest("Tandem", "tandem@example.org"), guests=guests)
    lines = text.replace("\r\n ", "").split("\r\n")
    assert method == "REQUEST"
    assert sum(line.startswith("ATTENDEE") for line in lines) == 2
    assert f"UID:{meeting.uid}" in lines
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "METHOD" not in Appointment.of(meeting, title=words.summary, description="").calendar_object(NOW)


def test_the_first_meeting_is_due_in_a_week_and_the_next_as_agreed() -> None:
    assert str(Rhythm().due_on(STARTED_AT, None, "Europe/Lisbon")) == "2026-01-14"
    assert Rhythm().due_on(STARTED_AT, TEN, "Europe/Lisbon") is None
    assert str(Rhythm(weeks=4).due_on(STARTED_AT, TEN, "Europe/Lisbon")) == "2030-02-06"


def test_an_agenda_makes_one_line_of_what_is_written() -> None:
    series = Pair().series()
    agenda = Agenda.of(series)
    agenda.add(series.protege_id, "  What\nnext? ", "question", NOW)
    assert [item.text for item in agenda.items] == ["What next?"]


@pytest.mark.parametrize(("start", "end"), [(540, 540), (-1, 60), (1440, 60), (0, 1441)])
def test_hours_that_do_not_fit_in_a_day_are_refused(start: int, end: int) -> None:
    availability = Availability.usual("ines", "Europe/Lisbon")
    with pytest.raises(Invalid):
        availability.set(zone="Europe/Lisbon", hours=[WorkingHours(days=[0], start=start, end=end)], notice_hours=0, buffer_minutes=0)
    assert availability.hours == [WorkingHours(days=[0, 1, 2, 3, 4], start=540, end=1020)]


def test_a_video_link_is_where_calendar_programs_look_for_it() -> None:
    pair = Pair()
    meeting = Meeting.book(pair.series(), by=pair.mentor_id, starts_at=TEN, minutes=60, place="https://meet.example.org/a?b=c;d,e", at=NOW)
    text = Appointment.of(meeting, title="Inês", description="").calendar_object(NOW).replace("\r\n ", "")
    assert "LOCATION:https://meet.example.org/a?b=c\\;d\\,e\r\n" in text
    (line,) = (line for line in text.split("\r\n") if line.startswith("CONFERENCE"))
    name, _, address = line.partition(":")
    assert {*name.split(";")} == {"CONFERENCE", "VALUE=URI", "FEATURE=VIDEO"}
    assert address == "https://meet.example.org/a?b=c;d,e"


def test_a_link_that_stands_in_a_calendar_is_not_taken_for_ours() -> None:
    appointment = Appointment.of(Pair().booked(), title="Inês", description="")
    ours = appointment.calendar_object(NOW)
    theirs = ours.replace(
        "TRANSP:OPAQUE", "TRANSP:OPAQUE\r\nCONFERENCE;VALUE=URI:https://evil.example.org/x\r\nLOCATION:https://evil.example.org/x"
    )
    read = Appointment.read(theirs)
    assert read is not None
    assert (read.place, read.video_link) == ("https://evil.example.org/x", None)


@pytest.mark.parametrize(
    "place",
    ["", "Room 4", "http://meet.example.org/a", "https://", "see https://meet.example.org", "https://me@meet.example.org/", 'https://a/"b'],
)
def test_what_is_no_whole_and_safe_address_is_no_video_link(place: str) -> None:
    pair = Pair()
    meeting = Meeting.book(pair.series(), by=pair.mentor_id, starts_at=TEN, minutes=60, place=place, at=NOW)
    assert meeting.video_link is None
    assert "CONFERENCE" not in Appointment.of(meeting, title="Inês", description="").calendar_object(NOW)


def test_in_an_open_agenda_both_order_and_in_the_others_the_protege_alone() -> None:
    series = Pair().series()
    agenda = Agenda.of(series)
    first, second = (agenda.add(series.protege_id, text, "question", NOW) for text in ("One", "Two"))
    for agreed in (Style.QUESTIONS, Style.GOALS_AND_PROGRESS):
        with pytest.raises(AgendaIsTheProteges):
            agenda.move(series.mentor_id, second, 0, NOW, agreed)
    agenda.move(series.mentor_id, second, 0, NOW, Style.OPEN)
    agenda.choose_style(series.protege_id, Style.QUESTIONS)
    with pytest.raises(AgendaIsTheProteges):
        agenda.remove(series.mentor_id, first, NOW, Style.OPEN)
    with pytest.raises(AgendaIsTheProteges):
        agenda.choose_style(series.mentor_id, Style.OPEN)
    assert [item.item_id for item in agenda.items] == [second, first]


def test_what_stays_open_remembers_the_first_meeting_that_left_it_open() -> None:
    series = Pair().series()
    agenda = Agenda.of(series)
    agenda.add(series.protege_id, "Still open", "question", NOW)
    agenda.choose_style(series.protege_id, Style.OPEN)
    assert agenda.turn_over(TEN)
    assert (agenda.style, agenda.items[0].carried_from) == (None, TEN)
    assert not agenda.turn_over(TEN + HOUR)
    assert agenda.items[0].carried_from == TEN
