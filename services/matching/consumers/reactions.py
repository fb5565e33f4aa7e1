"""Which event and which timer becomes which command."""

from services.matching.domain import Person
from services.matching.handlers.enrolments import (
    DismissLeaver,
    RememberPerson,
    SettleProposals,
    dismiss_leaver,
    remember_person,
    settle_proposals,
)
from services.matching.handlers.proposals import ExpireProposal, expire_proposal
from services.matching.store import MongoEnrolments, MongoPeople, MongoProposals
from shared.contracts.portal import PersonChanged
from shared.reactions import Reactions
from shared.timers import Timer
from shared.unit import Unit

reactions = Reactions(service="matching")


@reactions.to(PersonChanged, loads=lambda event: [("people", event.person_id)])
async def know_person(event: PersonChanged, unit: Unit) -> None:
    """Keep the few fields that matching needs."""
    person = Person(
        id=event.person_id,
        employee_id=event.employee_id,
        email=event.email.lower(),
        manager_id=event.manager_id,
        department=event.department,
        location=event.location,
        zone=event.zone,
        level=event.level,
        languages=event.languages,
        active=event.active,
    )
    await remember_person(RememberPerson(person=person, at=event.at), MongoPeople(unit))


@reactions.when("proposal_deadline")
async def expire(timer: Timer, unit: Unit) -> None:
    """Nobody waits for an answer for ever."""
    await expire_proposal(ExpireProposal(proposal_id=timer.subject, at=timer.due_at), MongoProposals(unit), MongoEnrolments(unit))


@reactions.when("settle_proposals")
async def settle(timer: Timer, unit: Unit) -> None:
    """Somebody can take no further partner: what they were asked besides is taken back."""
    await settle_proposals(SettleProposals(enrolment_id=timer.subject, at=timer.due_at), MongoEnrolments(unit), MongoProposals(unit))


@reactions.when("leaver")
async def dismiss(timer: Timer, unit: Unit) -> None:
    """Somebody has left: what they were asked is taken back."""
    await dismiss_leaver(DismissLeaver(person_id=timer.subject, at=timer.due_at), MongoEnrolments(unit), MongoProposals(unit))
