"""Match runs over HTTP."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from services.matching.api.queries import document_of, managed_programme
from services.matching.domain import (
    AlreadyAnswered,
    Difference,
    DraftOutdated,
    HardRuleBroken,
    MatchRun,
    MentorFull,
    NothingToPublish,
    NotItsProgrammeManager,
    NotPublished,
    PairLocked,
    PairNotInDraft,
    ProgrammeNotOpen,
    RunNotDraft,
    RunState,
    RunUnderWay,
    ShortPlaces,
)
from services.matching.handlers.proposals import PublishRun, UndoPublishing, publish_run, undo_publishing
from services.matching.handlers.runs import (
    Candidate,
    ChangePair,
    ShowCandidates,
    StartRun,
    Unpair,
    allow_pair,
    forbid_pair,
    lock_pair,
    pair_by_hand,
    show_candidates,
    start_run,
    unlock_pair,
    unpair,
)
from shared.auth import Person
from shared.errors import NotFound
from shared.problems import problems
from shared.service import At, Running, Service

router = APIRouter(tags=["match runs"])


class RunId(BaseModel):
    """The new run."""

    run_id: str


class Coverage(BaseModel):
    """How many protégés have a mentor."""

    paired: int
    proteges: int


class RunSummary(BaseModel):
    """A run in figures."""

    run_id: str
    programme_id: str
    number: int
    state: RunState
    progress: int
    step: str
    started_by_id: str
    requested_at: datetime
    published_at: datetime | None
    total_points: int
    best_possible: int
    coverage: Coverage
    places: int


class PairView(BaseModel):
    """A pair of a draft. The shares add up to the points, of 10,000. `unanswered`: criteria to which one of the two has said nothing."""

    protege_id: str
    mentor_id: str
    points: int
    shares: dict[str, int]
    reasons: dict[str, list[str]]
    unanswered: list[str]
    locked: bool
    by_hand: bool


class LeftOutView(BaseModel):
    """Somebody without a partner and why: `no_eligible_mentor`, `too_few_places` (then with the group), or `by_hand`."""

    person_id: str
    reason: str
    detail: str
    rules: dict[str, int]
    eligible: int
    group: ShortPlaces | None


class Proof(BaseModel):
    """What shows that no better match exists: every one of so many possible pairs was looked at."""

    pairs_checked: int
    rounds: int


class RunView(RunSummary):
    """A run with its draft."""

    pairs: list[PairView]
    left_out: list[LeftOutView]
    idle_mentor_ids: list[str]
    forbidden: list[tuple[str, str]]
    released: list[tuple[str, str]]
    proof: Proof
    previous_run_id: str | None
    difference: Difference | None


class PairChange(BaseModel):
    """Which two."""

    protege_id: str
    mentor_id: str


class UnpairRequest(BaseModel):
    """Whom to leave without a mentor."""

    protege_id: str


class CandidateView(BaseModel):
    """A mentor for one protégé. With a broken rule, the pair cannot be."""

    mentor_id: str
    points: int
    shares: dict[str, int]
    reasons: dict[str, list[str]]
    unanswered: list[str]
    broken_rules: list[str]
    free_places: int


class Published(BaseModel):
    """How many pairs are asked."""

    proposals: int


@router.post(
    "/programmes/{programme_id}/runs", status_code=202, responses=problems(NotFound, NotItsProgrammeManager, ProgrammeNotOpen, RunUnderWay)
)
async def start(programme_id: str, person: Person, at: At, service: Running) -> RunId:
    """Match now."""
    return RunId(run_id=await service.run(start_run, StartRun(programme_id=programme_id, by=person.id, at=at)))


@router.get("/programmes/{programme_id}/runs", responses=problems(NotFound, NotItsProgrammeManager))
async def of_programme(programme_id: str, person: Person, service: Running) -> list[RunSummary]:
    """A programme's runs, the newest first."""
    await managed_programme(service, programme_id, person)
    rows = [row async for row in service.database.runs.find({"programme_id": programme_id}).sort("number", -1)]
    return [RunSummary(**await _figures(service, MatchRun.from_document(row))) for row in rows]


@router.get("/runs/{run_id}", responses=problems(NotFound, NotItsProgrammeManager))
async def one_run(run_id: str, person: Person, service: Running) -> RunView:
    """A run with everything its draft says."""
    run = MatchRun.from_document(await document_of(service, "runs", run_id))
    await managed_programme(service, run.programme_id, person)
    return RunView(
        **await _figures(service, run),
        pairs=[PairView(**pair.model_dump()) for pair in run.pairs],
        left_out=[LeftOutView(**one.model_dump(), detail=one.detail) for one in run.left_out],
        idle_mentor_ids=run.idle_mentor_ids,
        forbidden=run.forbidden,
        released=run.released,
        proof=Proof(pairs_checked=run.pairs_checked, rounds=run.rounds),
        previous_run_id=run.previous_run_id,
        difference=await _difference(service, run),
    )


async def _figures(service: Service, run: MatchRun) -> dict[str, Any]:
    work = await service.database.run_work.find_one({"_id": run.id}) or {"progress": 100, "step": ""}
    fields = {name: getattr(run, name) for name in RunSummary.model_fields if hasattr(run, name)}
    return {
        **fields,
        "run_id": run.id,
        "progress": work["progress"],
        "step": work["step"],
        "coverage": Coverage(paired=len(run.pairs), proteges=run.proteges),
    }


async def _difference(service: Service, run: MatchRun) -> Difference | None:
    before = await service.database.runs.find_one({"_id": run.previous_run_id}) if run.previous_run_id else None
    return run.difference_from(MatchRun.from_document(before)) if before else None


# ---------------------------------------------------------------- the draft

_CHANGES = problems(NotFound, NotItsProgrammeManager, RunNotDraft, PairNotInDraft, PairLocked, HardRuleBroken, MentorFull)


@router.post("/runs/{run_id}/lock", status_code=204, responses=_CHANGES)
async def lock(run_id: str, pair: PairChange, person: Person, at: At, service: Running) -> None:
    """Keep a pair whatever later runs find."""
    await service.run(lock_pair, ChangePair(run_id=run_id, **pair.model_dump(), by=person.id, at=at))


@router.post("/runs/{run_id}/unlock", status_code=204, responses=_CHANGES)
async def unlock(run_id: str, pair: PairChange, person: Person, at: At, service: Running) -> None:
    """Let the next run decide again."""
    await service.run(unlock_pair, ChangePair(run_id=run_id, **pair.model_dump(), by=person.id, at=at))


@router.post("/runs/{run_id}/forbid", status_code=204, responses=_CHANGES)
async def forbid(run_id: str, pair: PairChange, person: Person, at: At, service: Running) -> None:
    """Never pair these two, in this draft and in later runs."""
    await service.run(forbid_pair, ChangePair(run_id=run_id, **pair.model_dump(), by=person.id, at=at))


@router.post("/runs/{run_id}/allow", status_code=204, responses=_CHANGES)
async def allow(run_id: str, pair: PairChange, person: Person, at: At, service: Running) -> None:
    """Let two be paired again that were forbidden."""
    await service.run(allow_pair, ChangePair(run_id=run_id, **pair.model_dump(), by=person.id, at=at))


@router.post("/runs/{run_id}/pair", status_code=204, responses=_CHANGES)
async def pair_(run_id: str, pair: PairChange, person: Person, at: At, service: Running) -> None:
    """Give a protégé this mentor. The hard rules still hold."""
    await service.run(pair_by_hand, ChangePair(run_id=run_id, **pair.model_dump(), by=person.id, at=at))


@router.post("/runs/{run_id}/unpair", status_code=204, responses=_CHANGES)
async def unpair_(run_id: str, whom: UnpairRequest, person: Person, at: At, service: Running) -> None:
    """Leave a protégé without a mentor."""
    await service.run(unpair, Unpair(run_id=run_id, protege_id=whom.protege_id, by=person.id, at=at))


@router.get("/runs/{run_id}/candidates", responses=problems(NotFound, NotItsProgrammeManager))
async def candidates(run_id: str, protege_id: str, person: Person, service: Running) -> list[CandidateView]:
    """All mentors for one protégé, the best first, those a hard rule excludes last."""
    found: list[Candidate] = await service.run(show_candidates, ShowCandidates(run_id=run_id, protege_id=protege_id, by=person.id))
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


@router.post("/runs/{run_id}/publish", responses=problems(NotFound, NotItsProgrammeManager, RunNotDraft, NothingToPublish, DraftOutdated))
async def publish(run_id: str, person: Person, at: At, service: Running) -> Published:
    """Ask everybody who is paired."""
    return Published(proposals=await service.run(publish_run, PublishRun(run_id=run_id, by=person.id, at=at)))


@router.post("/runs/{run_id}/undo", status_code=204, responses=problems(NotFound, NotItsProgrammeManager, NotPublished, AlreadyAnswered))
async def undo(run_id: str, person: Person, at: At, service: Running) -> None:
    """Take all questions back, as long as nobody has answered."""
    await service.run(undo_publishing, UndoPublishing(run_id=run_id, by=person.id, at=at))
