"""Proposals over HTTP."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from services.matching.api.queries import document_of, managed_programme, programme_of, told_to_the_two
from services.matching.domain import (
    AlreadyProposed,
    HardRuleBroken,
    NoPlaceLeft,
    NotItsProgrammeManager,
    NotTakingPart,
    NotYourProposal,
    PartnerFound,
    ProgrammeNotOpen,
    Proposal,
    ProposalClosed,
    ProposalState,
    Role,
)
from services.matching.handlers.proposals import (
    AcceptProposal,
    DeclineProposal,
    OfferPair,
    accept_proposal,
    decline_proposal,
    offer_pair,
)
from shared.auth import Person
from shared.errors import Invalid, NotFound
from shared.problems import problems
from shared.service import At, Running

router = APIRouter(tags=["proposals"])

Answer = Literal["accepted", "declined"]


class Offer(BaseModel):
    """Who is to be asked."""

    protege_id: str
    mentor_id: str


class ProposalId(BaseModel):
    """The new proposal."""

    proposal_id: str


class ProposalView(BaseModel):
    """A proposal as one of the two who are asked sees it."""

    proposal_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    my_role: Role | None
    state: ProposalState
    my_answer: Answer | None
    other_answered: bool
    made_at: datetime
    deadline_at: datetime
    round: int | None
    reasons: dict[str, list[str]]


class ManagedProposalView(ProposalView):
    """A proposal as a manager of its programme sees it, with who said no and why."""

    run_id: str | None
    points: int
    shares: dict[str, int]
    accepted_by: list[str]
    declined_by: str | None
    decline_reason: str
    ended_at: datetime | None


class Accepted(BaseModel):
    """The partnership, once both have said yes."""

    partnership_id: str | None


class Refusal(BaseModel):
    """Why not. Only the programme's managers read it."""

    reason: str = ""


@router.post(
    "/programmes/{programme_id}/offers",
    status_code=201,
    responses=problems(NotFound, NotItsProgrammeManager, ProgrammeNotOpen, AlreadyProposed, HardRuleBroken, NoPlaceLeft, PartnerFound),
)
async def offer(programme_id: str, pair: Offer, person: Person, at: At, service: Running) -> ProposalId:
    """Ask two people outside any run. The same place may be offered to several: whoever completes first has it."""
    command = OfferPair(programme_id=programme_id, **pair.model_dump(), by=person.id, at=at)
    return ProposalId(proposal_id=await service.run(offer_pair, command))


@router.get("/programmes/{programme_id}/proposals", responses=problems(NotFound, NotItsProgrammeManager))
async def proposals_of_programme(
    programme_id: str, person: Person, service: Running, state: ProposalState | None = None
) -> list[ManagedProposalView]:
    """All proposals of a programme, the newest first."""
    await managed_programme(service, programme_id, person)
    where = {"programme_id": programme_id} | ({"state": state.value} if state else {})
    return [_managed(Proposal.from_document(row), person.id) async for row in service.database.proposals.find(where).sort("_id", -1)]


@router.get("/proposals/mine")
async def my_proposals(person: Person, service: Running) -> list[ProposalView]:
    """What one is or was asked, the newest first."""
    either = {"$or": [{"protege_id": person.id}, {"mentor_id": person.id}]}
    return [_asked(Proposal.from_document(row), person.id) async for row in service.database.proposals.find(either).sort("_id", -1)]


@router.get("/proposals/{proposal_id}", responses=problems(NotFound, NotYourProposal))
async def one_proposal(proposal_id: str, person: Person, service: Running) -> ManagedProposalView | ProposalView:
    """A proposal: to the two who are asked, and, with more in it, to the programme's managers."""
    proposal = Proposal.from_document(await document_of(service, "proposals", proposal_id))
    if person.id in {proposal.protege_id, proposal.mentor_id}:
        return _asked(proposal, person.id)
    programme = await programme_of(service, proposal.programme_id)
    if person.id not in programme.manager_ids:
        raise NotYourProposal
    return _managed(proposal, person.id)


@router.post(
    "/proposals/{proposal_id}/accept",
    responses=problems(NotFound, NotYourProposal, ProposalClosed, NotTakingPart, NoPlaceLeft, PartnerFound),
)
async def accept(proposal_id: str, person: Person, at: At, service: Running) -> Accepted:
    """Say yes. The second yes starts the partnership, unless the mentor's last place has gone to somebody quicker."""
    return Accepted(partnership_id=await service.run(accept_proposal, AcceptProposal(proposal_id=proposal_id, by=person.id, at=at)))


@router.post(
    "/proposals/{proposal_id}/decline",
    status_code=204,
    responses=problems(NotFound, NotYourProposal, ProposalClosed, Invalid),
)
async def decline(proposal_id: str, refusal: Refusal, person: Person, at: At, service: Running) -> None:
    """Say no. The other one is first in the queue again, and does not learn why."""
    await service.run(decline_proposal, DeclineProposal(proposal_id=proposal_id, reason=refusal.reason, by=person.id, at=at))


def _asked(proposal: Proposal, person_id: str) -> ProposalView:
    roles = {proposal.mentor_id: Role.MENTOR, proposal.protege_id: Role.PROTEGE}
    answers = {**dict.fromkeys(proposal.accepted_by, "accepted"), **({proposal.declined_by: "declined"} if proposal.declined_by else {})}
    fields = {name: getattr(proposal, name) for name in ProposalView.model_fields if hasattr(proposal, name)}
    return ProposalView(
        proposal_id=proposal.id,
        my_role=roles.get(person_id),
        my_answer=answers.get(person_id),
        other_answered=bool(answers.keys() - {person_id}),
        **fields | {"reasons": told_to_the_two(proposal.reasons)},
    )


def _managed(proposal: Proposal, person_id: str) -> ManagedProposalView:
    names = ManagedProposalView.model_fields.keys() - ProposalView.model_fields.keys()
    shown = _asked(proposal, person_id).model_dump() | {"reasons": proposal.reasons}
    return ManagedProposalView(**shown, **{name: getattr(proposal, name) for name in names})
