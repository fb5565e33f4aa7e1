"""What a request looks like: to who asks, to who is asked, and to the managers."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from services.matching.api.queries import told_to_the_two
from services.matching.domain import CloseReason, MentorRequest, RequestState, WishState

Answer = Literal["waiting", "asked", "accepted", "passed", "withdrawn"]


class MyWish(BaseModel):
    """One of the mentors named. `passed`: it did not come about, and nobody is told why."""

    mentor_id: str
    answer: Answer
    asked_at: datetime | None
    reasons: dict[str, list[str]]


Follows = Literal["next_mentor", "manager", "all_managers", "closed"]


class MyRequest(BaseModel):
    """A request as who asks sees it: whose turn it is (`step` of `steps` mentors), until when, and what follows if nobody acts."""

    role: Literal["asker"] = "asker"
    request_id: str
    programme_id: str
    state: RequestState
    step: int | None
    steps: int
    since: datetime
    deadline_at: datetime | None
    follows: Follows | None
    wishes: list[MyWish]
    words: str
    made_at: datetime
    proposal_id: str | None
    partnership_id: str | None
    reason: CloseReason | None
    closing_words: str


class AskedOfMe(BaseModel):
    """A request as the mentor sees it who is asked, or was; the words only while an answer is awaited and after a yes."""

    role: Literal["mentor"] = "mentor"
    request_id: str
    programme_id: str
    protege_id: str
    my_answer: Literal["awaited", "accepted", "declined", "not_needed"]
    asked_at: datetime
    deadline_at: datetime | None
    reasons: dict[str, list[str]]
    words: str
    partnership_id: str | None


class ManagedWish(BaseModel):
    """One of the mentors named, with what became of it and why one said no."""

    mentor_id: str
    state: WishState
    points: int
    asked_at: datetime | None
    ended_at: datetime | None
    decline_reason: str


class ManagedRequest(BaseModel):
    """A request as the programme's managers see it: all but what the protégé wrote to the mentors."""

    role: Literal["manager"] = "manager"
    request_id: str
    programme_id: str
    protege_id: str
    state: RequestState
    since: datetime
    deadline_at: datetime | None
    owner_id: str | None
    wishes: list[ManagedWish]
    made_at: datetime
    proposal_id: str | None
    partnership_id: str | None
    reason: CloseReason | None
    closing_words: str


OneRequest = Annotated[MyRequest | AskedOfMe | ManagedRequest, Field(discriminator="role")]


_ANSWERS: dict[WishState, Answer] = {
    WishState.WAITING: "waiting",
    WishState.ASKED: "asked",
    WishState.ACCEPTED: "accepted",
    WishState.DECLINED: "passed",
    WishState.UNANSWERED: "passed",
    WishState.PASSED_OVER: "passed",
    WishState.WITHDRAWN: "withdrawn",
}


def as_asker(request: MentorRequest) -> MyRequest:
    """For who asks."""
    wishes = [wish for wish in request.wishes if wish.state is not WishState.WITHDRAWN or wish.asked_at is not None]
    step = next((place for place, wish in enumerate(wishes, 1) if wish.state is WishState.ASKED), None)
    return MyRequest(
        **_fields(request, MyRequest),
        step=step,
        steps=len(wishes),
        follows=_follows(request),
        wishes=[
            MyWish(mentor_id=wish.mentor_id, answer=_ANSWERS[wish.state], asked_at=wish.asked_at, reasons=told_to_the_two(wish.reasons))
            for wish in wishes
        ],
    )


def _follows(request: MentorRequest) -> Follows | None:
    """What happens if whose turn it is does not act."""
    waiting = any(wish.state is WishState.WAITING for wish in request.wishes)
    follows: dict[RequestState, Follows] = {
        RequestState.ASKED: "next_mentor" if waiting else "manager",
        RequestState.WITH_MANAGER: "all_managers",
        RequestState.ESCALATED: "closed",
        RequestState.PROPOSED: "manager",
    }
    return follows.get(request.state)


def as_mentor(request: MentorRequest, mentor_id: str) -> AskedOfMe:
    """For a mentor who is or was asked. Raises NotYourRequest."""
    wish = request.wish_for(mentor_id)
    awaited, accepted = wish.state is WishState.ASKED, wish.state is WishState.ACCEPTED
    declined = wish.state is WishState.DECLINED
    return AskedOfMe(
        request_id=request.id,
        programme_id=request.programme_id,
        protege_id=request.protege_id,
        my_answer="awaited" if awaited else "accepted" if accepted else "declined" if declined else "not_needed",
        asked_at=wish.asked_at or request.made_at,
        deadline_at=request.deadline_at if awaited else None,
        reasons=told_to_the_two(wish.reasons),
        words=request.words if awaited or accepted else "",
        partnership_id=request.partnership_id if accepted else None,
    )


def as_manager(request: MentorRequest) -> ManagedRequest:
    """For a manager of the programme."""
    wishes = [ManagedWish(**{name: getattr(wish, name) for name in ManagedWish.model_fields}) for wish in request.wishes]
    return ManagedRequest(**_fields(request, ManagedRequest), wishes=wishes)


def _fields(request: MentorRequest, view: type[BaseModel]) -> dict[str, Any]:
    """What a view takes over as it is."""
    own = {name: getattr(request, name) for name in view.model_fields if name != "wishes" and hasattr(request, name)}
    return {"request_id": request.id, **own}
