"""What scheduling does when something happened elsewhere, and when it is time."""

from collections.abc import Iterable

from services.scheduling import handlers
from services.scheduling.domain import PersonHere, Rhythm, Style
from services.scheduling.handlers import ClearPause, EndMeeting, EndSeries, OpenSeries, PauseSeries, ProlongSeries
from services.scheduling.store import (
    MongoAgendas,
    MongoAllSeries,
    MongoAnnouncements,
    MongoAvailabilities,
    MongoFacts,
    MongoMeetings,
    MongoTimes,
)
from shared.contracts.goals import CharterSigned
from shared.contracts.matching import (
    PartnershipEnded,
    PartnershipPaused,
    PartnershipProlonged,
    PartnershipResumed,
    PartnershipStarted,
    ProgrammeOpened,
    ProgrammeRevised,
)
from shared.contracts.portal import PersonChanged
from shared.reactions import Reactions
from shared.timers import Timer
from shared.unit import Unit

reactions = Reactions(service="scheduling")


OfPartnership = PartnershipStarted | PartnershipPaused | PartnershipResumed | PartnershipProlonged | PartnershipEnded


def _its_series(event: OfPartnership) -> Iterable[tuple[str, str]]:
    return [("series", event.partnership_id)]


@reactions.to(PersonChanged)
async def know_person(event: PersonChanged, unit: Unit) -> None:
    """How to write to them, and by which clock they work."""
    await MongoFacts(unit).know_person(PersonHere(event.person_id, event.name, event.email, event.zone, event.locale, event.active))


@reactions.to(ProgrammeOpened)
async def know_programme(event: ProgrammeOpened, unit: Unit) -> None:
    """Its name stands in invitations."""
    await MongoFacts(unit).know_programme(event.programme_id, event.name)


@reactions.to(ProgrammeRevised)
async def know_programme_anew(event: ProgrammeRevised, unit: Unit) -> None:
    """It may be called something else now."""
    await MongoFacts(unit).know_programme(event.programme_id, event.name)


@reactions.to(PartnershipStarted, loads=_its_series)
async def open_series(event: PartnershipStarted, unit: Unit) -> None:
    """A new pair may arrange meetings."""
    command = OpenSeries(
        partnership_id=event.partnership_id,
        programme_id=event.programme_id,
        protege_id=event.protege_id,
        mentor_id=event.mentor_id,
        ends_on=event.ends_on,
        at=event.at,
    )
    await handlers.open_series(command, MongoAllSeries(unit))


@reactions.to(PartnershipPaused, loads=_its_series)
async def pause_series(event: PartnershipPaused, unit: Unit) -> None:
    """No meeting is due before the two go on."""
    command = PauseSeries(partnership_id=event.partnership_id, until=event.until, at=event.at)
    await handlers.pause_series(command, MongoAllSeries(unit))


@reactions.to(PartnershipResumed, loads=_its_series)
async def resume_series(event: PartnershipResumed, unit: Unit) -> None:
    """The two go on."""
    await handlers.pause_series(PauseSeries(partnership_id=event.partnership_id, until=None, at=event.at), MongoAllSeries(unit))


@reactions.to(PartnershipProlonged, loads=_its_series)
async def prolong_series(event: PartnershipProlonged, unit: Unit) -> None:
    """The two have a later last day."""
    command = ProlongSeries(partnership_id=event.partnership_id, ends_on=event.ends_on, at=event.at)
    await handlers.prolong_series(command, MongoAllSeries(unit))


@reactions.to(PartnershipEnded, loads=_its_series)
async def end_series(event: PartnershipEnded, unit: Unit) -> None:
    """No more meetings. Those arranged are other aggregates, so a timer has them cancelled."""
    await handlers.end_series(EndSeries(partnership_id=event.partnership_id, at=event.at), MongoAllSeries(unit))


@reactions.to(CharterSigned)
async def know_rhythm(event: CharterSigned, unit: Unit) -> None:
    """How often the two want to meet, and for how long. The pair itself may not be known yet."""
    rhythm = Rhythm(weeks=event.cadence_weeks, minutes=event.minutes, agenda_style=Style.named(event.agenda_style))
    await MongoFacts(unit).know_rhythm(event.partnership_id, rhythm)


@reactions.when("meeting_end")
async def end_meeting(timer: Timer, unit: Unit) -> None:
    """A meeting's time has passed."""
    command = EndMeeting(meeting_id=timer.subject, at=timer.due_at)
    await handlers.end_meeting(command, MongoMeetings(unit), MongoAgendas(unit), MongoAnnouncements(unit))


@reactions.when("clear_pause")
async def clear_pause(timer: Timer, unit: Unit) -> None:
    """The two stand still: none of their meetings takes place before they go on."""
    await handlers.clear_pause(
        ClearPause(partnership_id=timer.subject, at=timer.due_at),
        MongoAllSeries(unit),
        MongoAvailabilities(unit),
        meetings=MongoMeetings(unit),
        times=MongoTimes(unit),
        announcements=MongoAnnouncements(unit),
    )


@reactions.when("close_series")
async def cancel_what_is_left(timer: Timer, unit: Unit) -> None:
    """None of an ended partnership's meetings takes place."""
    command = EndSeries(partnership_id=timer.subject, at=timer.due_at)
    await handlers.cancel_what_is_left(command, MongoMeetings(unit), MongoTimes(unit), MongoAnnouncements(unit))
