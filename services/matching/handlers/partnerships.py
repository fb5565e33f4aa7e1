"""What can be asked about partnerships."""

from dataclasses import dataclass
from datetime import date, datetime

from services.matching.domain import EndReason
from services.matching.handlers.stores import Enrolments, Partnerships, Programmes


@dataclass(frozen=True, kw_only=True)
class EndPartnership:
    partnership_id: str
    reason: EndReason
    rematch: bool | None = None
    words: str = ""
    by: str
    at: datetime


async def end_partnership(command: EndPartnership, partnerships: Partnerships, enrolments: Enrolments, programmes: Programmes) -> None:
    """Two go on without each other."""
    partnership = await partnerships.get(command.partnership_id)
    programme = await programmes.get(partnership.programme_id)
    protege, mentor = await enrolments.get(partnership.protege_enrolment_id), await enrolments.get(partnership.mentor_enrolment_id)
    partnership.end(programme, protege, mentor, command.reason, rematch=command.rematch, words=command.words, by=command.by, at=command.at)
    partnerships.save(partnership)
    enrolments.save(protege)
    enrolments.save(mentor)


@dataclass(frozen=True, kw_only=True)
class PausePartnership:
    partnership_id: str
    until: date
    by: str
    at: datetime


async def pause_partnership(command: PausePartnership, partnerships: Partnerships, programmes: Programmes) -> None:
    """Stand still before a day."""
    partnership = await partnerships.get(command.partnership_id)
    programme = await programmes.get(partnership.programme_id)
    partnership.pause(programme, command.until, by=command.by, at=command.at)
    partnerships.save(partnership)


@dataclass(frozen=True, kw_only=True)
class ResumePartnership:
    partnership_id: str
    by: str
    at: datetime


async def resume_partnership(command: ResumePartnership, partnerships: Partnerships, programmes: Programmes) -> None:
    """Go on before the day."""
    partnership = await partnerships.get(command.partnership_id)
    programme = await programmes.get(partnership.programme_id)
    partnership.resume(programme, by=command.by, at=command.at)
    partnerships.save(partnership)


@dataclass(frozen=True, kw_only=True)
class ProlongPartnership:
    partnership_id: str
    ends_on: date
    by: str
    at: datetime


async def prolong_partnership(command: ProlongPartnership, partnerships: Partnerships, programmes: Programmes) -> None:
    """Have a later last day."""
    partnership = await partnerships.get(command.partnership_id)
    programme = await programmes.get(partnership.programme_id)
    partnership.prolong(programme, command.ends_on, by=command.by, at=command.at)
    partnerships.save(partnership)


# ---------------------------------------------------------------- what time does


@dataclass(frozen=True, kw_only=True)
class PartnershipDue:
    partnership_id: str
    at: datetime


async def wake_partnership(command: PartnershipDue, partnerships: Partnerships) -> None:
    """A pause is over."""
    partnership = await partnerships.get(command.partnership_id)
    partnership.wake(command.at)
    partnerships.save(partnership)


async def complete_partnership(command: PartnershipDue, partnerships: Partnerships, enrolments: Enrolments, programmes: Programmes) -> None:
    """The last day is over, and the days to look back."""
    partnership = await partnerships.get(command.partnership_id)
    programme = await programmes.get(partnership.programme_id)
    protege, mentor = await enrolments.get(partnership.protege_enrolment_id), await enrolments.get(partnership.mentor_enrolment_id)
    partnership.complete(programme, protege, mentor, command.at)
    partnerships.save(partnership)
    enrolments.save(protege)
    enrolments.save(mentor)
