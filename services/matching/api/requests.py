"""Requests over HTTP: to who asks, to who is asked, and to the managers, each what is theirs to see."""

from fastapi import APIRouter
from pydantic import BaseModel

from services.matching.api.queries import document_of, managed_programme, programme_of
from services.matching.api.request_views import AskedOfMe, ManagedRequest, MyRequest, OneRequest, as_asker, as_manager, as_mentor
from services.matching.domain import (
    AlreadyAsking,
    HardRuleBroken,
    MentorRequest,
    NoPlaceLeft,
    NoSelfService,
    NotItsProgrammeManager,
    NotTakingPart,
    NotWithManagers,
    NotYourRequest,
    PartnerFound,
    ProgrammeNotOpen,
    RequestMovedOn,
    RequestOver,
    RequestState,
)
from services.matching.handlers.requests import (
    AcceptRequest,
    CloseRequest,
    DeclineRequest,
    GiveMentor,
    MakeRequest,
    ReorderWishes,
    WithdrawRequest,
    accept_request,
    close_request,
    decline_request,
    make_request,
    pair_requester,
    propose_to_requester,
    reorder_wishes,
    withdraw_request,
)
from shared.auth import Person
from shared.errors import Invalid, NotFound
from shared.problems import problems
from shared.service import At, Running

router = APIRouter(tags=["requests"])


class Asking(BaseModel):
    """Up to five mentors, the most wanted first, and a few words that only they read, each when it is their turn."""

    mentor_ids: list[str]
    words: str = ""


class RequestId(BaseModel):
    """The new request."""

    request_id: str


class Order(BaseModel):
    """Those who have not been asked yet, in a new order. Who is left out is not asked."""

    mentor_ids: list[str]


class Decline(BaseModel):
    """Why not. Only the programme's managers read it."""

    reason: str = ""


class NewPartnership(BaseModel):
    """The partnership that has begun."""

    partnership_id: str


class GivenMentor(BaseModel):
    """Which mentor a manager has in mind."""

    mentor_id: str


class NewProposal(BaseModel):
    """The proposal that asks the two."""

    proposal_id: str


class Closing(BaseModel):
    """Why, in kind words. The protégé reads them."""

    words: str


# ---------------------------------------------------------------- who asks


@router.post(
    "/programmes/{programme_id}/requests",
    status_code=201,
    responses=problems(NotFound, NoSelfService, ProgrammeNotOpen, AlreadyAsking, PartnerFound, NoPlaceLeft, Invalid),
)
async def ask(programme_id: str, asking: Asking, person: Person, at: At, service: Running) -> RequestId:
    """Ask mentors of one's own choice, one after the other."""
    command = MakeRequest(programme_id=programme_id, **asking.model_dump(), by=person.id, at=at)
    return RequestId(request_id=await service.run(make_request, command))


@router.get("/requests/mine")
async def mine(person: Person, service: Running) -> list[MyRequest]:
    """What one has asked, the newest first."""
    rows = service.database.requests.find({"protege_id": person.id}).sort("_id", -1)
    return [as_asker(MentorRequest.from_document(row)) async for row in rows]


@router.get("/requests/asked-of-me")
async def asked_of_me(person: Person, service: Running) -> list[AskedOfMe]:
    """What one is asked as a mentor, or was, the newest first."""
    named = {"wishes": {"$elemMatch": {"mentor_id": person.id, "asked_at": {"$ne": None}}}}
    rows = service.database.requests.find(named).sort("_id", -1)
    return [as_mentor(MentorRequest.from_document(row), person.id) async for row in rows]


@router.get("/requests/{request_id}", responses=problems(NotFound, NotYourRequest))
async def one_request(request_id: str, person: Person, service: Running) -> OneRequest:
    """A request, as it is to whoever looks: to who asks, to a manager, or to a mentor who is asked or was."""
    request = MentorRequest.from_document(await document_of(service, "requests", request_id))
    if request.protege_id == person.id:
        return as_asker(request)
    managers = (await programme_of(service, request.programme_id)).manager_ids
    if person.id in managers and (request.asked is None or request.asked.mentor_id != person.id):
        return as_manager(request)
    return as_mentor(request, person.id)


@router.put("/requests/{request_id}/order", status_code=204, responses=problems(NotFound, NotYourRequest, RequestOver, Invalid))
async def reorder(request_id: str, order: Order, person: Person, at: At, service: Running) -> None:
    """Put those who have not been asked yet in another order."""
    await service.run(reorder_wishes, ReorderWishes(request_id=request_id, mentor_ids=order.mentor_ids, by=person.id, at=at))


@router.post("/requests/{request_id}/withdraw", status_code=204, responses=problems(NotFound, NotYourRequest, RequestOver))
async def withdraw(request_id: str, person: Person, at: At, service: Running) -> None:
    """Ask nobody any more."""
    await service.run(withdraw_request, WithdrawRequest(request_id=request_id, by=person.id, at=at))


# ---------------------------------------------------------------- the mentor who is asked


@router.post(
    "/requests/{request_id}/accept", responses=problems(NotFound, NotYourRequest, RequestMovedOn, NoPlaceLeft, PartnerFound, NotTakingPart)
)
async def accept(request_id: str, person: Person, at: At, service: Running) -> NewPartnership:
    """Say yes: the partnership begins, unless one's last place has gone to somebody quicker."""
    return NewPartnership(partnership_id=await service.run(accept_request, AcceptRequest(request_id=request_id, by=person.id, at=at)))


@router.post("/requests/{request_id}/decline", status_code=204, responses=problems(NotFound, NotYourRequest, RequestMovedOn, Invalid))
async def decline(request_id: str, answer: Decline, person: Person, at: At, service: Running) -> None:
    """Say no. The protégé's next choice is asked, and the protégé does not learn why."""
    await service.run(decline_request, DeclineRequest(request_id=request_id, reason=answer.reason, by=person.id, at=at))


# ---------------------------------------------------------------- the managers


@router.get("/programmes/{programme_id}/requests", responses=problems(NotFound, NotItsProgrammeManager))
async def of_programme(programme_id: str, person: Person, service: Running, state: RequestState | None = None) -> list[ManagedRequest]:
    """All requests of a programme, the newest first."""
    await managed_programme(service, programme_id, person)
    where = {"programme_id": programme_id, **({"state": state.value} if state else {})}
    return [as_manager(MentorRequest.from_document(row)) async for row in service.database.requests.find(where).sort("_id", -1)]


_GIVING = problems(
    NotFound, NotItsProgrammeManager, NotWithManagers, HardRuleBroken, NoPlaceLeft, PartnerFound, NotTakingPart, ProgrammeNotOpen
)


@router.post("/requests/{request_id}/pair", responses=_GIVING)
async def pair(request_id: str, given: GivenMentor, person: Person, at: At, service: Running) -> NewPartnership:
    """Bring the protégé and a mentor together at once: both have told the manager that they want to."""
    command = GiveMentor(request_id=request_id, mentor_id=given.mentor_id, by=person.id, at=at)
    return NewPartnership(partnership_id=await service.run(pair_requester, command))


@router.post("/requests/{request_id}/propose", status_code=201, responses=_GIVING)
async def propose(request_id: str, given: GivenMentor, person: Person, at: At, service: Running) -> NewProposal:
    """Propose the protégé and another mentor to each other; both are asked."""
    command = GiveMentor(request_id=request_id, mentor_id=given.mentor_id, by=person.id, at=at)
    return NewProposal(proposal_id=await service.run(propose_to_requester, command))


@router.post(
    "/requests/{request_id}/close", status_code=204, responses=problems(NotFound, NotItsProgrammeManager, NotWithManagers, Invalid)
)
async def close(request_id: str, closing: Closing, person: Person, at: At, service: Running) -> None:
    """End a request kindly."""
    await service.run(close_request, CloseRequest(request_id=request_id, words=closing.words, by=person.id, at=at))
