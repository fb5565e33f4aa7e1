"""A draft's managers change it, publish it, and take that back."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from services.matching.domain import (
    AlreadyAnswered,
    CircleTooSmall,
    DraftOutdated,
    HardRuleBroken,
    MentorFull,
    NothingToPublish,
    NotItsProgrammeManager,
    NotPublished,
    OnlySuggestion,
    PairLocked,
    PairNotInDraft,
    ProgrammeNotOpen,
    RoundsByRun,
    RunNotDraft,
)
from services.matching.handlers.drafts import (
    Candidate,
    ChangePair,
    ShowCandidates,
    Unpair,
    allow_pair,
    forbid_pair,
    lock_pair,
    pair_by_hand,
    show_candidates,
    unlock_pair,
    unpair,
)
from services.matching.handlers.publishing import PublishRun, UndoPublishing, publish_run, undo_publishing
from shared.auth import Person
from shared.errors import Invalid, NotFound
from shared.problems import problems
from shared.service import At, Running

router = APIRouter(prefix="/runs/{run_id}", tags=["match runs"])

_CHANGES = problems(NotFound, NotItsProgrammeManager, RunNotDraft, PairNotInDraft, PairLocked, HardRuleBroken, MentorFull)


class PairChange(BaseModel):
    """Which two."""

    protege_id: str
    mentor_id: str


class UnpairRequest(BaseModel):
    """Whom to leave without a mentor; of several, without which."""

    protege_id: str
    mentor_id: str | None = None


class WhoseMentors(BaseModel):
    """A protégé; and of the mentors, the best in front, those from behind `after` so many on whose reasons are told."""

    protege_id: str
    after: int = Field(default=0, ge=0)
    limit: int = Field(default=50, ge=0, le=200)


class CandidateView(BaseModel):
    """A mentor for one protégé. With a broken rule, the pair cannot be. Beyond the page that was asked for nothing is said of why."""

    mentor_id: str
    points: int
    shares: dict[str, int]
    reasons: dict[str, list[str]]
    unanswered: list[str]
    broken_rules: list[str]
    free_places: int


class Published(BaseModel):
    """How many pairs are asked: all at once where they are few, else in portions within the next minutes."""

    proposals: int


@router.post("/lock", status_code=204, responses=_CHANGES)
async def lock(run_id: str, pair: PairChange, person: Person, at: At, service: Running) -> None:
    """Keep a pair whatever later runs find."""
    await service.run(lock_pair, ChangePair(run_id=run_id, **pair.model_dump(), by=person.id, at=at))


@router.post("/unlock", status_code=204, responses=_CHANGES)
async def unlock(run_id: str, pair: PairChange, person: Person, at: At, service: Running) -> None:
    """Let the next run decide again."""
    await service.run(unlock_pair, ChangePair(run_id=run_id, **pair.model_dump(), by=person.id, at=at))


@router.post("/forbid", status_code=204, responses=_CHANGES)
async def forbid(run_id: str, pair: PairChange, person: Person, at: At, service: Running) -> None:
    """Never pair these two, in this draft and in later runs."""
    await service.run(forbid_pair, ChangePair(run_id=run_id, **pair.model_dump(), by=person.id, at=at))


@router.post("/allow", status_code=204, responses=_CHANGES)
async def allow(run_id: str, pair: PairChange, person: Person, at: At, service: Running) -> None:
    """Let two be paired again that were forbidden."""
    await service.run(allow_pair, ChangePair(run_id=run_id, **pair.model_dump(), by=person.id, at=at))


@router.post("/pair", status_code=204, responses=_CHANGES | problems(RoundsByRun))
async def pair_(run_id: str, pair: PairChange, person: Person, at: At, service: Running) -> None:
    """Give a protégé this mentor. The hard rules still hold."""
    await service.run(pair_by_hand, ChangePair(run_id=run_id, **pair.model_dump(), by=person.id, at=at))


@router.post("/unpair", status_code=204, responses=_CHANGES | problems(Invalid))
async def unpair_(run_id: str, whom: UnpairRequest, person: Person, at: At, service: Running) -> None:
    """Leave a protégé without a mentor."""
    await service.run(unpair, Unpair(run_id=run_id, **whom.model_dump(), by=person.id, at=at))


@router.get("/candidates", responses=problems(NotFound, NotItsProgrammeManager))
async def candidates(run_id: str, asked: Annotated[WhoseMentors, Query()], person: Person, service: Running) -> list[CandidateView]:
    """All mentors for one protégé, the best first, those a hard rule excludes last; one page of them with shares and reasons."""
    command = ShowCandidates(run_id=run_id, protege_id=asked.protege_id, by=person.id, after=asked.after, most=asked.limit)
    found: list[Candidate] = await service.run(show_candidates, command)
    return [
        CandidateView(
            mentor_id=one.pair.mentor_id,
            points=one.pair.points,
            shares=one.pair.shares,
            reasons=one.pair.reasons,
            unanswered=one.pair.unanswered,
            broken_rules=one.pair.broken_rules,
            free_places=one.free_places,
        )
        for one in found
    ]


_PUBLISHING = problems(
    NotFound, NotItsProgrammeManager, ProgrammeNotOpen, RunNotDraft, OnlySuggestion, NothingToPublish, DraftOutdated, CircleTooSmall
)


@router.post("/publish", responses=_PUBLISHING)
async def publish(run_id: str, person: Person, at: At, service: Running) -> Published:
    """Ask everybody who is paired."""
    return Published(proposals=await service.run(publish_run, PublishRun(run_id=run_id, by=person.id, at=at)))


@router.post("/undo", status_code=204, responses=problems(NotFound, NotItsProgrammeManager, NotPublished, AlreadyAnswered))
async def undo(run_id: str, person: Person, at: At, service: Running) -> None:
    """Take all questions back, as long as nobody has answered."""
    await service.run(undo_publishing, UndoPublishing(run_id=run_id, by=person.id, at=at))
