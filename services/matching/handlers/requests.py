"""What can be asked about requests: by the protégé who asks, the mentor who is asked, the managers, and when a time has come."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.matching.domain import HardRuleBroken, MentorRequest, Pair, Proposal
from services.matching.handlers.cohort import Field, Surveys
from services.matching.handlers.partnering import Partnering
from services.matching.handlers.runs import one_scored, pair_of
from services.matching.handlers.stores import Enrolments, Programmes, Proposals, Requests
from shared.errors import Invalid


@dataclass(frozen=True, kw_only=True)
class MakeRequest:
    programme_id: str
    mentor_ids: Sequence[str]
    """The most wanted first."""
    words: str
    by: str
    at: datetime


async def make_request(command: MakeRequest, programmes: Programmes, surveys: Surveys, requests: Requests) -> str:
    """Ask mentors, one after the other; the request's id."""
    programme = await programmes.get(command.programme_id)
    field = await surveys.between(programme, command.by, command.mentor_ids)
    field.must_have(command.by)
    allowed = _allowed(field, command.by, command.mentor_ids)
    for place, mentor_id in enumerate(command.mentor_ids):
        if mentor_id not in allowed:
            raise Invalid("This mentor cannot be asked in this programme.", field=f"mentor_ids.{place}")
    wanted = [(allowed[mentor_id], field.enrolments[mentor_id]) for mentor_id in command.mentor_ids]
    request = MentorRequest.make(programme, field.enrolments[command.by], wanted, command.words, at=command.at)
    _hold_asked(request, field, surveys)
    requests.add(request)
    return request.id


@dataclass(frozen=True, kw_only=True)
class ReorderWishes:
    request_id: str
    mentor_ids: Sequence[str]
    by: str
    at: datetime


async def reorder_wishes(command: ReorderWishes, requests: Requests) -> None:
    """Put those who have not been asked yet in another order; who is left out is withdrawn."""
    request = await requests.get(command.request_id)
    request.reorder(command.mentor_ids, by=command.by, at=command.at)
    requests.save(request)


@dataclass(frozen=True, kw_only=True)
class WithdrawRequest:
    request_id: str
    by: str
    at: datetime


async def withdraw_request(command: WithdrawRequest, requests: Requests) -> None:
    """Ask nobody any more."""
    request = await requests.get(command.request_id)
    request.withdraw(by=command.by, at=command.at)
    requests.save(request)


# ---------------------------------------------------------------- the mentor who is asked


@dataclass(frozen=True, kw_only=True)
class AcceptRequest:
    request_id: str
    by: str
    at: datetime


async def accept_request(command: AcceptRequest, requests: Requests, partnering: Partnering) -> str:
    """Say yes; the partnership's id."""
    request = await requests.get(command.request_id)
    before = request.partnership_with(command.by)
    if before is not None:
        return before
    wish = request.must_be_asked(command.by)
    partnership = await partnering.begin(request.protege_enrolment_id, wish.enrolment_id, command.at)
    request.accept(command.by, partnership.id, command.at)
    requests.save(request)
    return partnership.id


@dataclass(frozen=True, kw_only=True)
class DeclineRequest:
    request_id: str
    reason: str
    by: str
    at: datetime


async def decline_request(command: DeclineRequest, requests: Requests, programmes: Programmes, surveys: Surveys) -> None:
    """Say no; the next one is asked."""
    request = await requests.get(command.request_id)
    programme = await programmes.get(request.programme_id)
    field = await surveys.between(programme, request.protege_id, request.mentor_ids)
    request.decline(command.by, command.reason, programme, _free(field, request), command.at)
    _hold_asked(request, field, surveys)
    requests.save(request)


# ---------------------------------------------------------------- the managers


@dataclass(frozen=True, kw_only=True)
class GiveMentor:
    request_id: str
    mentor_id: str
    by: str
    at: datetime


async def pair_requester(command: GiveMentor, requests: Requests, programmes: Programmes, surveys: Surveys, partnering: Partnering) -> str:
    """Bring a protégé together with a mentor at once; the partnership's id."""
    request = await requests.get(command.request_id)
    programme = await programmes.get(request.programme_id)
    request.must_be_managed(programme, command.by)
    field = await surveys.between(programme, request.protege_id, [command.mentor_id])
    _fitting(field, request, command.mentor_id)
    partnership = await partnering.begin(request.protege_enrolment_id, field.enrolments[command.mentor_id].id, command.at)
    request.pair(programme, command.mentor_id, partnership.id, by=command.by, at=command.at)
    requests.save(request)
    return partnership.id


async def propose_to_requester(
    command: GiveMentor, requests: Requests, programmes: Programmes, surveys: Surveys, proposals: Proposals
) -> str:
    """Propose a protégé and another mentor to each other; the proposal's id."""
    request = await requests.get(command.request_id)
    programme = await programmes.get(request.programme_id)
    request.must_be_managed(programme, command.by)
    programme.must_be_open()
    field = await surveys.between(programme, request.protege_id, [command.mentor_id])
    pair = _fitting(field, request, command.mentor_id)
    protege, mentor = field.enrolments[request.protege_id], field.enrolments[command.mentor_id]
    proposal = Proposal.make(pair, protege, mentor, run_id=None, request_id=request.id, at=command.at)
    surveys.hold(field, request.protege_id, command.mentor_id)
    proposals.save(proposal)
    request.propose(programme, command.mentor_id, proposal.id, proposal.deadline_at, by=command.by, at=command.at)
    requests.save(request)
    return proposal.id


@dataclass(frozen=True, kw_only=True)
class CloseRequest:
    request_id: str
    words: str
    by: str
    at: datetime


async def close_request(command: CloseRequest, requests: Requests, programmes: Programmes) -> None:
    """End a request kindly."""
    request = await requests.get(command.request_id)
    request.close_kindly(await programmes.get(request.programme_id), command.words, by=command.by, at=command.at)
    requests.save(request)


# ---------------------------------------------------------------- what happens by itself


@dataclass(frozen=True, kw_only=True)
class MoveRequest:
    request_id: str
    at: datetime


async def lapse_request(command: MoveRequest, requests: Requests, programmes: Programmes, surveys: Surveys, enrolments: Enrolments) -> None:
    """Nobody has acted in time."""
    request = await requests.get(command.request_id)
    programme = await programmes.get(request.programme_id)
    field = await surveys.between(programme, request.protege_id, request.mentor_ids)
    request.lapse(programme, _free(field, request), command.at)
    _hold_asked(request, field, surveys)
    requests.save(request)
    if request.let_down:
        protege = await enrolments.get(request.protege_enrolment_id)
        protege.put_back(command.at)
        enrolments.save(protege)


async def review_request(command: MoveRequest, requests: Requests, programmes: Programmes, surveys: Surveys, proposals: Proposals) -> None:
    """Something has changed that it depends on."""
    request = await requests.get(command.request_id)
    programme = await programmes.get(request.programme_id)
    field = await surveys.between(programme, request.protege_id, request.mentor_ids)
    proposal = await proposals.get(request.proposal_id) if request.proposal_id is not None else None
    request.review(programme, field.enrolments.get(request.protege_id), proposal, _free(field, request), command.at)
    _hold_asked(request, field, surveys)
    requests.save(request)


@dataclass(frozen=True, kw_only=True)
class SettleRequests:
    enrolment_id: str
    at: datetime


async def settle_requests(command: SettleRequests, requests: Requests) -> None:
    """Somebody can take no (further) partner: look at the requests that depend on it."""
    for request_id in await requests.concerning(command.enrolment_id):
        requests.look_again(request_id)


@dataclass(frozen=True, kw_only=True)
class SettleProgramme:
    programme_id: str
    at: datetime


async def settle_programme(command: SettleProgramme, requests: Requests) -> None:
    """A programme has closed: nobody is asked any more."""
    for request_id in await requests.open_in(command.programme_id):
        requests.look_again(request_id)


def _allowed(field: Field, protege_id: str, mentor_ids: Collection[str]) -> dict[str, Pair]:
    """The mentors among these whom the protégé may have, with what speaks for it."""
    scored = field.scored(field.cohort(everybody=True), ((protege_id, mentor_id) for mentor_id in mentor_ids))
    return {pair.mentor_id: pair_of(pair) for pair in scored if not pair.broken_rules}


def _free(field: Field, request: MentorRequest) -> set[str]:
    """The mentors of a request who can be asked now."""
    return {mentor_id for mentor_id in _allowed(field, request.protege_id, request.mentor_ids) if field.places[mentor_id] > 0}


def _hold_asked(request: MentorRequest, field: Field, surveys: Surveys) -> None:
    """Somebody is asked: both must still be free when that is written."""
    if request.asked is not None:
        surveys.hold(field, *({request.protege_id, request.asked.mentor_id} & field.enrolments.keys()))


def _fitting(field: Field, request: MentorRequest, mentor_id: str) -> Pair:
    """Raises NotFound for who is no mentor here, HardRuleBroken."""
    field.must_have(request.protege_id, mentor_id)
    scored = one_scored(field, request.protege_id, mentor_id)
    if scored.broken_rules:
        raise HardRuleBroken(f"The hard rule “{scored.broken_rules[0]}” excludes this pair.")
    return pair_of(scored)
