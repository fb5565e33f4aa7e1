"""What goals does when something happened elsewhere: it remembers. Health is computed from that when it is read."""

from collections.abc import Iterable
from typing import Any

from services.goals.domain import Meeting, MeetingState, Partnership, Programme
from services.goals.store import MongoMeetings, MongoPartnerships, keep_person, keep_programme
from shared.contracts.matching import (
    PartnershipEnded,
    PartnershipPaused,
    PartnershipProlonged,
    PartnershipResumed,
    PartnershipStarted,
    ProgrammeClosed,
    ProgrammeOpened,
    ProgrammeRevised,
)
from shared.contracts.portal import PersonChanged
from shared.contracts.scheduling import MeetingBooked, MeetingCancelled, MeetingEnded, MeetingMissed, MeetingMoved, MeetingProposed
from shared.reactions import Reactions
from shared.unit import Unit

reactions = Reactions(service="goals")


OfPartnership = PartnershipStarted | PartnershipPaused | PartnershipResumed | PartnershipProlonged | PartnershipEnded


def _the_partnership(event: OfPartnership) -> Iterable[tuple[str, str]]:
    return [("partnerships", event.partnership_id)]


@reactions.to(PersonChanged)
async def know_person(event: PersonChanged, unit: Unit) -> None:
    """Who has left makes a pair need help."""
    keep_person(event.person_id, active=event.active, locale=event.locale, unit=unit)


@reactions.to(ProgrammeOpened)
async def know_programme(event: ProgrammeOpened, unit: Unit) -> None:
    """A programme's managers may see the health of its pairs."""
    keep_programme(Programme(id=event.programme_id, manager_ids=event.manager_ids), unit)


@reactions.to(ProgrammeRevised)
async def know_programme_anew(event: ProgrammeRevised, unit: Unit) -> None:
    """It may have other managers now."""
    keep_programme(Programme(id=event.programme_id, manager_ids=event.manager_ids), unit)


@reactions.to(ProgrammeClosed)
async def know_closed_programme(event: ProgrammeClosed, unit: Unit) -> None:
    """Its pairs go on, and so do its managers."""
    keep_programme(Programme(id=event.programme_id, manager_ids=event.manager_ids), unit)


@reactions.to(PartnershipStarted, loads=_the_partnership)
async def know_partnership(event: PartnershipStarted, unit: Unit) -> None:
    """Two people may now write a charter, and one of them goals."""
    partnership = Partnership(
        id=event.partnership_id,
        programme_id=event.programme_id,
        protege_id=event.protege_id,
        mentor_id=event.mentor_id,
        started_at=event.at,
        ends_on=event.ends_on,
    )
    await MongoPartnerships(unit).save(partnership)


@reactions.to(PartnershipPaused, loads=_the_partnership)
async def pause_partnership(event: PartnershipPaused, unit: Unit) -> None:
    """Nothing is late while the two stand still."""
    await _change_partnership(event, unit, paused_until=event.until)


@reactions.to(PartnershipResumed, loads=_the_partnership)
async def resume_partnership(event: PartnershipResumed, unit: Unit) -> None:
    """The two go on, and time is counted from now."""
    await _change_partnership(event, unit, paused_until=None, resumed_at=event.at)


@reactions.to(PartnershipProlonged, loads=_the_partnership)
async def prolong_partnership(event: PartnershipProlonged, unit: Unit) -> None:
    """The two have a later last day."""
    await _change_partnership(event, unit, ends_on=event.ends_on)


@reactions.to(PartnershipEnded, loads=_the_partnership)
async def end_partnership(event: PartnershipEnded, unit: Unit) -> None:
    """What the two wrote can still be read."""
    await _change_partnership(event, unit, ended_at=event.at, reason=event.reason)


async def _change_partnership(event: OfPartnership, unit: Unit, **changes: Any) -> None:
    partnerships = MongoPartnerships(unit)
    partnership = await partnerships.get(event.partnership_id)
    await partnerships.save(partnership.model_copy(update=changes))


@reactions.to(MeetingProposed)
async def know_proposed_meeting(event: MeetingProposed, unit: Unit) -> None:
    """It has no time yet."""
    await _know_meeting(event, MeetingState.PROPOSED, unit)


@reactions.to(MeetingBooked)
async def know_booked_meeting(event: MeetingBooked, unit: Unit) -> None:
    """A booked meeting eases what would be overdue."""
    await _know_meeting(event, MeetingState.BOOKED, unit)


@reactions.to(MeetingMoved)
async def know_moved_meeting(event: MeetingMoved, unit: Unit) -> None:
    """Still booked, at another time."""
    await _know_meeting(event, MeetingState.BOOKED, unit)


@reactions.to(MeetingCancelled)
async def know_cancelled_meeting(event: MeetingCancelled, unit: Unit) -> None:
    """Neither met nor missed."""
    await _know_meeting(event, MeetingState.CANCELLED, unit)


@reactions.to(MeetingEnded)
async def know_ended_meeting(event: MeetingEnded, unit: Unit) -> None:
    """The two met; feedback is asked for from now on."""
    await _know_meeting(event, MeetingState.ENDED, unit)


@reactions.to(MeetingMissed)
async def know_missed_meeting(event: MeetingMissed, unit: Unit) -> None:
    """It did not take place."""
    await _know_meeting(event, MeetingState.MISSED, unit)


TimedMeeting = MeetingBooked | MeetingMoved | MeetingEnded | MeetingMissed


async def _know_meeting(event: TimedMeeting | MeetingProposed | MeetingCancelled, state: MeetingState, unit: Unit) -> None:
    """Each event says all there is to know, so nothing is read, and the partnership need not be known yet."""
    timed = event if isinstance(event, TimedMeeting) else None
    meeting = Meeting(
        id=event.meeting_id,
        partnership_id=event.partnership_id,
        programme_id=event.programme_id,
        state=state,
        starts_at=timed.starts_at if timed else None,
        ends_at=timed.ends_at if timed else None,
        saved_minutes=event.saved_minutes if isinstance(event, MeetingEnded) else 0,
    )
    await MongoMeetings(unit).save(meeting)
