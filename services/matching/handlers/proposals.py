"""What can be asked about proposals."""

from dataclasses import dataclass
from datetime import datetime

from services.matching.domain import (
    AlreadyProposed,
    HardRuleBroken,
    Proposal,
)
from services.matching.handlers.cohort import Surveys
from services.matching.handlers.partnering import Partnering
from services.matching.handlers.runs import one_scored, pair_of
from services.matching.handlers.stores import Enrolments, Programmes, Proposals, Runs


@dataclass(frozen=True, kw_only=True)
class OfferPair:
    programme_id: str
    protege_id: str
    mentor_id: str
    by: str
    at: datetime


async def offer_pair(
    command: OfferPair,
    programmes: Programmes,
    surveys: Surveys,
    proposals: Proposals,
) -> str:
    """Ask two people outside any run; the proposal's id. A place may be offered to several: whoever completes first has it."""
    programme = await programmes.get(command.programme_id)
    programme.must_be_managed_by(command.by)
    programme.must_be_open()
    field = await surveys.between(programme, command.protege_id, [command.mentor_id])
    field.must_have(command.protege_id, command.mentor_id)
    asked = [{other.protege_id, other.mentor_id} for other in await proposals.open_in(programme.id)]
    if {command.protege_id, command.mentor_id} in asked:
        raise AlreadyProposed
    scored = one_scored(field, command.protege_id, command.mentor_id)
    if scored.broken_rules:
        raise HardRuleBroken(f"The hard rule “{scored.broken_rules[0]}” excludes this pair.")
    protege, mentor = field.enrolments[command.protege_id], field.enrolments[command.mentor_id]
    proposal = Proposal.make(pair_of(scored), protege, mentor, run_id=None, at=command.at)
    surveys.hold(field, command.protege_id, command.mentor_id)
    proposals.save(proposal)
    return proposal.id


# ---------------------------------------------------------------- answers


@dataclass(frozen=True, kw_only=True)
class AcceptProposal:
    proposal_id: str
    by: str
    at: datetime


async def accept_proposal(command: AcceptProposal, proposals: Proposals, runs: Runs, partnering: Partnering) -> str | None:
    """One partner says yes; the partnership's id when both have. Too late while all questions of its run are taken back."""
    proposal = await proposals.get(command.proposal_id)
    if proposal.run_id is not None:
        (await runs.get(proposal.run_id)).must_not_be_undone()
    both = proposal.accept(command.by, command.at)
    proposals.save(proposal)
    if not both:
        return None
    enrolments = proposal.protege_enrolment_id, proposal.mentor_enrolment_id
    return (await partnering.begin(*enrolments, command.at, proposal.round)).id


@dataclass(frozen=True, kw_only=True)
class DeclineProposal:
    proposal_id: str
    reason: str
    by: str
    at: datetime


async def decline_proposal(command: DeclineProposal, proposals: Proposals, enrolments: Enrolments) -> None:
    """One partner says no; the other is first in the queue again."""
    proposal = await proposals.get(command.proposal_id)
    proposal.decline(command.by, command.reason, command.at)
    await _end(proposal, proposals, enrolments, command.at)


@dataclass(frozen=True, kw_only=True)
class ExpireProposal:
    proposal_id: str
    at: datetime


async def expire_proposal(command: ExpireProposal, proposals: Proposals, enrolments: Enrolments) -> None:
    """The deadline has passed; whoever had said yes is first in the queue again."""
    proposal = await proposals.get(command.proposal_id)
    proposal.expire(command.at)
    await _end(proposal, proposals, enrolments, command.at)


async def _end(proposal: Proposal, proposals: Proposals, enrolments: Enrolments, at: datetime) -> None:
    proposals.save(proposal)
    for enrolment_id in proposal.let_down:
        enrolment = await enrolments.get(enrolment_id)
        enrolment.put_back(at)
        enrolments.save(enrolment)
