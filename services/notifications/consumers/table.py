"""Which event and which timer becomes which command. Who is told what stands in `domain/news.py`."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from services.notifications.domain import NEWS, Listener, Meeting, Programme, concerns_managers, notices_of
from services.notifications.handlers import (
    DropReminder,
    PlanReminder,
    Remind,
    Tell,
    drop_reminder,
    plan_reminder,
    remind,
    tell,
    tell_managers,
)
from services.notifications.store import LATE_MANAGERS, REMINDER, MongoDiary, MongoDirectory, MongoNotices
from shared.contracts.matching import PartnershipPaused, PartnershipResumed, ProgrammeClosed, ProgrammeOpened, ProgrammeRevised
from shared.contracts.portal import PersonChanged
from shared.contracts.scheduling import AgendaChanged, MeetingBooked, MeetingCancelled, MeetingEnded, MeetingMissed, MeetingMoved
from shared.event import Event
from shared.reactions import Reactions
from shared.timers import Timer
from shared.unit import Unit

reactions = Reactions(service="notifications")

BY_TYPE = {event.event_type: event for event in NEWS}


def its_notices(event: Event) -> Iterable[tuple[str, str]]:
    """The documents telling will want to look at."""
    for notice in notices_of(event, arrived_at=event.at):
        yield "notices", notice.id
    if concerns_managers(event):
        yield "programmes", getattr(event, "programme_id", "")


async def tell_everybody(event: Event, unit: Unit) -> None:
    """Tell whom it concerns. The clock is read here: `unit.at` is when it happened, which may be long ago."""
    await tell(Tell(event=event, at=datetime.now(UTC)), MongoNotices(unit), MongoDirectory(unit), MongoDiary(unit))


for _event in NEWS:
    reactions.to(_event, loads=its_notices)(tell_everybody)


# ------------------------------------------------------------------ meetings are told of, and reminded of


async def tell_and_plan_reminder(event: Any, unit: Unit) -> None:
    await tell_everybody(event, unit)
    await plan_reminder(PlanReminder(meeting=Meeting.model_validate(event.model_dump()), told_at=event.at), MongoDiary(unit))


async def tell_and_drop_reminder(event: Any, unit: Unit) -> None:
    await tell_everybody(event, unit)
    await drop_reminder(DropReminder(meeting_id=event.meeting_id), MongoDiary(unit))


for _planned in (MeetingBooked, MeetingMoved):
    reactions.to(_planned, loads=its_notices)(tell_and_plan_reminder)
for _over in (MeetingCancelled, MeetingEnded, MeetingMissed):
    reactions.to(_over, loads=its_notices)(tell_and_drop_reminder)


async def tell_and_keep_pause(event: Any, unit: Unit) -> None:
    """Of meetings that fall into a pause nobody is reminded."""
    await tell_everybody(event, unit)
    MongoDiary(unit).keep_pause(event.partnership_id, getattr(event, "until", None))


for _pause in (PartnershipPaused, PartnershipResumed):
    reactions.to(_pause, loads=its_notices)(tell_and_keep_pause)


@reactions.to(AgendaChanged)
async def keep_agenda(event: AgendaChanged, unit: Unit) -> None:
    """An empty agenda changes what the protégé is reminded of."""
    MongoDiary(unit).keep_agenda(event.partnership_id, event.open_items)


# ------------------------------------------------------------------ people and programmes


@reactions.to(PersonChanged)
async def keep_person(event: PersonChanged, unit: Unit) -> None:
    MongoDirectory(unit).keep_person(Listener.model_validate(event.model_dump(include=set(Listener.model_fields))))


async def keep_programme(event: Any, unit: Unit) -> None:
    MongoDirectory(unit).keep_programme(Programme.model_validate(event.model_dump(include=set(Programme.model_fields))))


for _programme in (ProgrammeOpened, ProgrammeRevised, ProgrammeClosed):
    reactions.to(_programme)(keep_programme)


# ------------------------------------------------------------------ timers


@reactions.when(REMINDER)
async def remind_the_two(timer: Timer, unit: Unit) -> None:
    await remind(Remind(meeting_id=timer.subject, at=unit.at), MongoNotices(unit), MongoDiary(unit))


@reactions.when(LATE_MANAGERS)
async def tell_late_managers(timer: Timer, unit: Unit) -> None:
    """The programme was not known when the event came; perhaps it is now."""
    event = BY_TYPE[timer.details["type"]].model_validate(timer.details["event"])
    await tell_managers(Tell(event=event, at=unit.at), MongoNotices(unit), MongoDirectory(unit), MongoDiary(unit))
