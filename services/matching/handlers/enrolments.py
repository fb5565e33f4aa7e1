"""What can be asked about taking part."""

from dataclasses import dataclass
from datetime import date, datetime

from services.matching.domain import Enrolment, Person, Role, Wishes
from services.matching.handlers.partnering import Partnering
from services.matching.handlers.stores import Enrolments, People, Programmes, Proposals, Requests


@dataclass(frozen=True, kw_only=True)
class RequestEnrolment:
    programme_id: str
    person_id: str
    role: Role
    wishes: Wishes
    by: str
    at: datetime


async def request_enrolment(command: RequestEnrolment, programmes: Programmes, enrolments: Enrolments, people: People) -> str:
    """Ask to take part; the enrolment's id."""
    programme = await programmes.get(command.programme_id)
    person = await people.get(command.person_id)
    enrolment = Enrolment.request(programme, person, command.role, command.wishes, by=command.by, at=command.at)
    enrolments.add(enrolment)
    return enrolment.id


@dataclass(frozen=True, kw_only=True)
class ReviseEnrolment:
    enrolment_id: str
    wishes: Wishes
    by: str
    at: datetime


async def revise_enrolment(command: ReviseEnrolment, programmes: Programmes, enrolments: Enrolments) -> None:
    """Say anew what one needs and is strong at."""
    enrolment = await enrolments.get(command.enrolment_id)
    programme = await programmes.get(enrolment.programme_id)
    enrolment.revise(programme, command.wishes, by=command.by)
    enrolments.save(enrolment)


@dataclass(frozen=True, kw_only=True)
class DecideEnrolment:
    enrolment_id: str
    by: str
    at: datetime


async def approve_enrolment(command: DecideEnrolment, programmes: Programmes, enrolments: Enrolments) -> None:
    """Take somebody in."""
    enrolment = await enrolments.get(command.enrolment_id)
    programme = await programmes.get(enrolment.programme_id)
    enrolment.approve(programme, by=command.by, at=command.at)
    enrolments.save(enrolment)


async def decline_enrolment(command: DecideEnrolment, programmes: Programmes, enrolments: Enrolments) -> None:
    """Have no place for somebody."""
    enrolment = await enrolments.get(command.enrolment_id)
    programme = await programmes.get(enrolment.programme_id)
    enrolment.decline(programme, by=command.by, at=command.at)
    enrolments.save(enrolment)


async def withdraw_enrolment(command: DecideEnrolment, programmes: Programmes, enrolments: Enrolments) -> None:
    """Not take part any more."""
    enrolment = await enrolments.get(command.enrolment_id)
    programme = await programmes.get(enrolment.programme_id)
    enrolment.withdraw(programme, by=command.by, at=command.at)
    enrolments.save(enrolment)


# ---------------------------------------------------------------- standing aside, and places


@dataclass(frozen=True, kw_only=True)
class PauseEnrolment:
    enrolment_id: str
    until: date
    by: str
    at: datetime


async def pause_enrolment(command: PauseEnrolment, programmes: Programmes, enrolments: Enrolments) -> None:
    """Not be matched or found before a day."""
    enrolment = await enrolments.get(command.enrolment_id)
    programme = await programmes.get(enrolment.programme_id)
    enrolment.pause(programme, command.until, by=command.by, at=command.at)
    enrolments.save(enrolment)


async def resume_enrolment(command: DecideEnrolment, programmes: Programmes, enrolments: Enrolments) -> None:
    """Be matched again before the day."""
    enrolment = await enrolments.get(command.enrolment_id)
    programme = await programmes.get(enrolment.programme_id)
    enrolment.resume(programme, by=command.by, at=command.at)
    enrolments.save(enrolment)


@dataclass(frozen=True, kw_only=True)
class WakeEnrolment:
    enrolment_id: str
    at: datetime


async def wake_enrolment(command: WakeEnrolment, enrolments: Enrolments) -> None:
    """A pause is over."""
    enrolment = await enrolments.get(command.enrolment_id)
    enrolment.wake(command.at)
    enrolments.save(enrolment)


async def sit_out(command: DecideEnrolment, programmes: Programmes, enrolments: Enrolments) -> None:
    """Be left out of the run that is published next."""
    enrolment = await enrolments.get(command.enrolment_id)
    programme = await programmes.get(enrolment.programme_id)
    enrolment.sit_out(programme, by=command.by, at=command.at)
    enrolments.save(enrolment)


async def sit_in(command: DecideEnrolment, programmes: Programmes, enrolments: Enrolments) -> None:
    """Be in it after all."""
    enrolment = await enrolments.get(command.enrolment_id)
    programme = await programmes.get(enrolment.programme_id)
    enrolment.sit_in(programme, by=command.by)
    enrolments.save(enrolment)


@dataclass(frozen=True, kw_only=True)
class OfferPlaces:
    enrolment_id: str
    capacity: int
    by: str
    at: datetime


async def offer_places(command: OfferPlaces, programmes: Programmes, enrolments: Enrolments) -> None:
    """Have more or fewer places from now on."""
    enrolment = await enrolments.get(command.enrolment_id)
    programme = await programmes.get(enrolment.programme_id)
    enrolment.offer_places(programme, command.capacity, by=command.by)
    enrolments.save(enrolment)


# ---------------------------------------------------------------- many at once


@dataclass(frozen=True, kw_only=True)
class ApproveAll:
    programme_id: str
    by: str
    at: datetime


async def approve_all(command: ApproveAll, programmes: Programmes, enrolments: Enrolments) -> int:
    """Take in everybody who waits for it, some hundreds at a time; how many. None when nobody waits any more."""
    programme = await programmes.get(command.programme_id)
    programme.must_be_managed_by(command.by)
    waiting = await enrolments.requested(programme.id)
    for enrolment in waiting:
        enrolment.approve(programme, by=command.by, at=command.at)
        enrolments.save(enrolment)
    return len(waiting)


@dataclass(frozen=True, kw_only=True)
class SettleProposals:
    enrolment_id: str
    at: datetime


async def settle_proposals(command: SettleProposals, enrolments: Enrolments, proposals: Proposals) -> None:
    """Take back what somebody is asked who can take no (further) partner; the others are put back first in the queue."""
    enrolment = await enrolments.get(command.enrolment_id)
    if enrolment.free_places < 1:
        await _take_back(enrolment, enrolments, proposals, command.at)


async def _take_back(enrolment: Enrolment, enrolments: Enrolments, proposals: Proposals, at: datetime) -> None:
    for proposal in await proposals.open_of(enrolment.id):
        proposal.withdraw(at)
        proposals.save(proposal)
        other = await enrolments.get(proposal.other_enrolment(enrolment.id))
        other.put_back(at)
        enrolments.save(other)


@dataclass(frozen=True, kw_only=True)
class RememberPerson:
    person: Person
    at: datetime


async def remember_person(command: RememberPerson, people: People) -> None:
    """Keep what the portal tells about somebody."""
    people.save(command.person)


@dataclass(frozen=True, kw_only=True)
class DismissLeaver:
    person_id: str
    at: datetime


async def dismiss_leaver(
    command: DismissLeaver, enrolments: Enrolments, proposals: Proposals, requests: Requests, partnering: Partnering
) -> None:
    """Somebody has left: what they were asked is taken back, their partnerships end, and the others are first in the queue."""
    for found in await enrolments.everywhere(command.person_id):
        await _take_back(found, enrolments, proposals, command.at)
        for request_id in await requests.concerning(found.id):
            requests.look_again(request_id)
        await partnering.part_from(found, command.at)
        enrolment = await enrolments.get(found.id)
        enrolment.leave(command.at)
        enrolments.save(enrolment)
