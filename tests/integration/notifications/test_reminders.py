"""A meeting is reminded of a day before, at the time it has then."""

from datetime import timedelta

from services.notifications.domain import Kind
from shared.contracts import matching, scheduling
from tests.integration.notifications.test_inbox import kinds
from tests.support.service import RunningService
from tests.unit.notifications.cast import DAY, Cast

HOUR = timedelta(hours=1)
REMINDERS = {Kind.MEETING_TOMORROW, Kind.AGENDA_EMPTY}


async def reminded(notifications: RunningService, person_id: str) -> list[str]:
    return [kind for kind in await kinds(notifications, person_id) if kind in REMINDERS]


async def test_both_are_reminded_a_day_before(notifications: RunningService, cast: Cast) -> None:
    booked = cast.event(scheduling.MeetingBooked)
    await notifications.hear(booked)
    assert await notifications.fire_timers(booked.starts_at - DAY - HOUR) == 0
    assert await notifications.fire_timers(booked.starts_at - DAY) == 1
    assert await reminded(notifications, cast.protege_id) == [Kind.AGENDA_EMPTY]
    assert await reminded(notifications, cast.mentor_id) == [Kind.MEETING_TOMORROW]


async def test_a_protege_with_an_agenda_is_not_asked_for_one(notifications: RunningService, cast: Cast) -> None:
    booked = cast.event(scheduling.MeetingBooked)
    await notifications.hear(booked, cast.event(scheduling.AgendaChanged, partnership_id=booked.partnership_id, open_items=2))
    await notifications.fire_timers(booked.starts_at - DAY)
    assert await reminded(notifications, cast.protege_id) == [Kind.MEETING_TOMORROW]


async def test_an_agenda_that_was_emptied_again_is_empty(notifications: RunningService, cast: Cast) -> None:
    booked = cast.event(scheduling.MeetingBooked)
    changes = [cast.event(scheduling.AgendaChanged, partnership_id=booked.partnership_id, open_items=items) for items in (2, 0)]
    await notifications.hear(booked, *changes)
    await notifications.fire_timers(booked.starts_at - DAY)
    assert await reminded(notifications, cast.protege_id) == [Kind.AGENDA_EMPTY]


async def test_a_reminder_moves_with_its_meeting(notifications: RunningService, cast: Cast) -> None:
    booked = cast.event(scheduling.MeetingBooked)
    later = {"starts_at": booked.starts_at + 3 * DAY, "ends_at": booked.ends_at + 3 * DAY}
    moved = cast.event(scheduling.MeetingMoved, meeting_id=booked.meeting_id, previous_starts_at=booked.starts_at, **later)
    await notifications.hear(booked, moved)
    assert await notifications.fire_timers(booked.starts_at) == 0
    assert await notifications.fire_timers(moved.starts_at - DAY) == 1
    assert await reminded(notifications, cast.mentor_id) == [Kind.MEETING_TOMORROW]


async def test_a_meeting_moved_to_within_a_day_needs_no_reminder(notifications: RunningService, cast: Cast) -> None:
    booked = cast.event(scheduling.MeetingBooked)
    soon = {"starts_at": cast.now + 5 * HOUR, "ends_at": cast.now + 6 * HOUR}
    await notifications.hear(booked, cast.event(scheduling.MeetingMoved, meeting_id=booked.meeting_id, **soon))
    assert await notifications.fire_timers(booked.starts_at) == 0


async def test_a_meeting_moved_away_and_back_is_reminded_of_once(notifications: RunningService, cast: Cast) -> None:
    booked = cast.event(scheduling.MeetingBooked)
    later = {"starts_at": booked.starts_at + 3 * DAY, "ends_at": booked.ends_at + 3 * DAY}
    back = {"starts_at": booked.starts_at, "ends_at": booked.ends_at}
    await notifications.hear(
        booked,
        cast.event(scheduling.MeetingMoved, meeting_id=booked.meeting_id, **later),
        cast.event(scheduling.MeetingMoved, meeting_id=booked.meeting_id, at=cast.now + HOUR, **back),
    )
    assert await notifications.fire_timers(booked.starts_at + 3 * DAY) == 1
    assert await reminded(notifications, cast.mentor_id) == [Kind.MEETING_TOMORROW]


async def test_a_cancelled_meeting_is_not_reminded_of(notifications: RunningService, cast: Cast) -> None:
    booked = cast.event(scheduling.MeetingBooked)
    await notifications.hear(booked, cast.event(scheduling.MeetingCancelled, meeting_id=booked.meeting_id))
    assert await notifications.fire_timers(booked.starts_at) == 0
    assert await reminded(notifications, cast.mentor_id) == []


async def test_a_meeting_that_has_begun_is_not_reminded_of(notifications: RunningService, cast: Cast) -> None:
    began = {"starts_at": cast.now - HOUR, "ends_at": cast.now}
    await notifications.hear(cast.event(scheduling.MeetingBooked, at=cast.now - 3 * DAY, **began))
    assert await notifications.fire_timers(cast.now) == 1
    assert await reminded(notifications, cast.mentor_id) == []


async def test_nobody_is_reminded_of_a_meeting_that_falls_into_a_pause(notifications: RunningService, cast: Cast) -> None:
    booked, later = cast.event(scheduling.MeetingBooked), cast.now + 40 * DAY
    after = cast.event(scheduling.MeetingBooked, partnership_id=booked.partnership_id, starts_at=later, ends_at=later + HOUR)
    await notifications.hear(booked, after, cast.event(matching.PartnershipPaused, partnership_id=booked.partnership_id))
    assert await notifications.fire_timers(booked.starts_at) == 1
    assert await reminded(notifications, cast.mentor_id) == []
    assert Kind.PARTNERSHIP_PAUSED in await kinds(notifications, cast.mentor_id)
    assert await notifications.fire_timers(after.starts_at) == 1
    assert await reminded(notifications, cast.mentor_id) == [Kind.MEETING_TOMORROW]


async def test_who_goes_on_early_is_reminded_again(notifications: RunningService, cast: Cast) -> None:
    booked = cast.event(scheduling.MeetingBooked)
    pair = {"partnership_id": booked.partnership_id}
    await notifications.hear(booked, cast.event(matching.PartnershipPaused, **pair), cast.event(matching.PartnershipResumed, **pair))
    await notifications.fire_timers(booked.starts_at - DAY)
    assert await reminded(notifications, cast.mentor_id) == [Kind.MEETING_TOMORROW]
