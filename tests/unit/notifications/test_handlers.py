"""What notifications does when it is asked to."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from services.notifications.domain import Kind, Meeting, NotYourNotice, Preferences, Programme
from services.notifications.handlers import (
    ChoosePreferences,
    DropReminder,
    MarkAllSeen,
    MarkSeen,
    PlanReminder,
    Remind,
    Tell,
    choose_preferences,
    drop_reminder,
    mark_all_seen,
    mark_seen,
    plan_reminder,
    remind,
    tell,
)
from shared.contracts import matching, scheduling
from shared.event import Event
from tests.unit.notifications.cast import DAY, Cast
from tests.unit.notifications.memory import InMemoryDiary, InMemoryDirectory, InMemoryNotices

HOUR = timedelta(hours=1)


@dataclass
class House:
    """The handlers with their stores, and the programme's manager known."""

    cast: Cast = field(default_factory=Cast)
    notices: InMemoryNotices = field(default_factory=InMemoryNotices)
    directory: InMemoryDirectory = field(default_factory=InMemoryDirectory)
    diary: InMemoryDiary = field(default_factory=InMemoryDiary)

    def __post_init__(self) -> None:
        programme = Programme(programme_id=self.cast.programme_id, name="Leaders", manager_ids=(self.cast.manager_id,))
        self.directory.keep_programme(programme)

    async def hear(self, event: Event) -> None:
        await tell(Tell(event=event, at=event.at), self.notices, self.directory, self.diary)

    def meeting(self, **given: object) -> Meeting:
        return Meeting.model_validate(self.cast.event(scheduling.MeetingBooked, **given).model_dump())


@pytest.fixture
def house() -> House:
    return House()


async def test_partners_and_managers_are_told(house: House) -> None:
    await house.hear(house.cast.event(matching.ProposalDeclined, by_id=house.cast.mentor_id))
    assert house.notices.kinds_of(house.cast.protege_id) == [Kind.PROPOSAL_DECLINED]
    assert house.notices.kinds_of(house.cast.manager_id) == [Kind.PAIRING_DECLINED]
    assert house.notices.kinds_of(house.cast.mentor_id) == []


async def test_only_what_is_worth_a_mail_is_posted(house: House) -> None:
    await house.hear(house.cast.event(matching.PartnershipStarted))
    await house.hear(house.cast.event(scheduling.MeetingBooked))
    assert len(house.notices.post) == 2


async def test_managers_nobody_knows_are_waited_for(house: House) -> None:
    event = house.cast.event(matching.MatchPublished, programme_id="unheard of")
    await house.hear(event)
    assert house.diary.waiting_for_managers == [event]


async def test_a_managers_question_leaves_with_its_answer(house: House) -> None:
    requested = house.cast.event(matching.EnrolmentRequested)
    await house.hear(requested)
    await house.hear(house.cast.event(matching.EnrolmentDeclined, enrolment_id=requested.enrolment_id))
    assert house.notices.kinds_of(house.cast.manager_id) == []


async def test_a_reminder_is_planned_moved_and_dropped_with_its_meeting(house: House) -> None:
    meeting = house.meeting()
    await plan_reminder(PlanReminder(meeting=meeting, told_at=house.cast.now), house.diary)
    assert house.diary.reminders == {meeting.meeting_id: meeting.starts_at - DAY}
    moved = meeting.model_copy(update={"starts_at": meeting.starts_at + DAY})
    await plan_reminder(PlanReminder(meeting=moved, told_at=house.cast.now), house.diary)
    assert house.diary.reminders == {meeting.meeting_id: meeting.starts_at}
    await drop_reminder(DropReminder(meeting_id=meeting.meeting_id), house.diary)
    assert house.diary == InMemoryDiary()


async def test_who_hears_of_a_meeting_within_a_day_of_it_is_not_reminded(house: House) -> None:
    meeting = house.meeting()
    await plan_reminder(PlanReminder(meeting=meeting, told_at=meeting.starts_at - DAY), house.diary)
    assert house.diary.reminders == {}


@pytest.mark.parametrize(("before", "told"), [(DAY, True), (HOUR, True), (timedelta(0), False), (-HOUR, False)])
async def test_nobody_is_reminded_of_what_has_begun(house: House, before: timedelta, told: bool) -> None:  # noqa: FBT001 - a column of the table
    meeting = house.meeting()
    house.diary.keep(meeting)
    await remind(Remind(meeting_id=meeting.meeting_id, at=meeting.starts_at - before), house.notices, house.diary)
    assert bool(house.notices.inbox) == told


async def test_a_meeting_that_is_off_reminds_nobody(house: House) -> None:
    await remind(Remind(meeting_id="off", at=house.cast.now), house.notices, house.diary)
    assert house.notices.inbox == {}


async def test_the_first_time_of_seeing_counts(house: House) -> None:
    await house.hear(house.cast.event(matching.MatchRunFailed))
    (notice,) = house.notices.inbox.values()
    for hours in (1, 2):
        seen = MarkSeen(notice_id=notice.id, by=house.cast.manager_id, at=house.cast.now + hours * HOUR)
        await mark_seen(seen, house.notices)
    assert house.notices.inbox[notice.id].seen_at == house.cast.now + HOUR


async def test_nobody_sees_for_somebody_else(house: House) -> None:
    await house.hear(house.cast.event(matching.MatchRunFailed))
    (notice,) = house.notices.inbox.values()
    with pytest.raises(NotYourNotice):
        await mark_seen(MarkSeen(notice_id=notice.id, by=house.cast.mentor_id, at=house.cast.now), house.notices)
    await mark_all_seen(MarkAllSeen(by=house.cast.mentor_id, at=house.cast.now), house.notices)
    assert house.notices.inbox[notice.id].seen_at is None


async def test_a_choice_is_kept(house: House) -> None:
    chosen = Preferences(person_id=house.cast.protege_id, email=False)
    await choose_preferences(ChoosePreferences(preferences=chosen, at=house.cast.now), house.directory)
    assert house.directory.preferences == {house.cast.protege_id: chosen}
