"""Runs of a programme: start one, see how far it is and what came of it, cancel it."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from services.matching.api.queries import managed_programme
from services.matching.api.runs.rows import LeftOutView, PairView, idle_mentors_of, left_out_in, managed_run, match_of, pairs_of
from services.matching.domain import (
    Failure,
    FloorReached,
    Limits,
    MatchRun,
    NotItsProgrammeManager,
    PartnershipForm,
    ProgrammeNotOpen,
    PublishingUnderWay,
    RulesExcludeEverybody,
    RunOptions,
    RunSettled,
    RunState,
    RunUnderWay,
)
from services.matching.domain.run import Pairing
from services.matching.handlers.runs import CancelRun, StartRun, cancel_run, start_run
from services.matching.settings import Settings
from shared.auth import Person
from shared.errors import Invalid, NotFound
from shared.problems import problems
from shared.service import At, Running, Service

router = APIRouter(tags=["match runs"])


class RunId(BaseModel):
    """The new run."""

    run_id: str


class Coverage(BaseModel):
    """How many protégés, or peers, have somebody."""

    paired: int
    proteges: int


class RunSummary(BaseModel):
    """A run in figures. `failure`, of one without a draft: `memory`, `time` or `fault`. `asked`: how many pairs publishing has got to.

    `weights`: what each criterion counted then, in ten-thousandths. `kept`: the locked pairs that a run after this one has to keep, and
    `forbidden` those that it may not form.
    """

    run_id: str
    programme_id: str
    number: int
    form: PartnershipForm
    options: RunOptions
    state: RunState
    failure: Failure | None
    progress: int
    step: str
    started_by_id: str
    requested_at: datetime
    published_at: datetime | None
    asked: int
    total_points: int
    best_possible: int
    smallest_points: int | None
    coverage: Coverage
    places: int
    weights: dict[str, int]
    kept: list[Pairing]
    forbidden: list[Pairing]


class Proof(BaseModel):
    """What shows that no better match exists: every one of so many possible pairs was looked at.

    No match has more people than `matched_upper_bound`, nor one with as many people a greater value than `upper_bound`; an `optimal` one
    reaches both. `value`: the points as they count, with what people have earned by waiting or were named for, and less for mentors with
    many. `weights`, in ten-thousandths, are what counted; two runs with the same input and engine have the same match.
    """

    pairs_checked: int
    rounds: int
    optimal: bool
    value: int
    matched_upper_bound: int
    upper_bound: int | None
    weights: dict[str, int]
    input_hash: str
    engine_version: str


class Difference(BaseModel):
    """What changed against the draft before: pairs as [protégé, mentor]. Pairs that were forbidden in that draft count as removed."""

    added: list[Pairing]
    removed: list[Pairing]
    kept: int


class RunHead(RunSummary):
    """A run without its pairs. `passed_over`: pairs not asked, because one of the two was no longer free when their turn came."""

    released: list[Pairing]
    passed_over: list[Pairing]
    floors: list[FloorReached]
    proof: Proof
    previous_run_id: str | None
    difference: Difference | None


class RunView(RunHead):
    """A run with its draft."""

    pairs: list[PairView]
    left_out: list[LeftOutView]
    idle_mentor_ids: list[str]


@router.post(
    "/programmes/{programme_id}/runs",
    status_code=202,
    responses=problems(NotFound, NotItsProgrammeManager, ProgrammeNotOpen, RunUnderWay, PublishingUnderWay, RulesExcludeEverybody, Invalid),
)
async def start(programme_id: str, person: Person, at: At, service: Running, options: RunOptions | None = None) -> RunId:
    """Match now: without options everybody who is free, for most people and then most points.

    What no run could do with the programme and the people there are is refused with its field.
    """
    settings: Settings | Any = service.settings
    allowed = Limits(seconds=int(settings.solver_seconds), megabytes=settings.solver_megabytes)
    command = StartRun(programme_id=programme_id, by=person.id, at=at, options=options or RunOptions(), allowed=allowed)
    return RunId(run_id=await service.run(start_run, command))


@router.get("/programmes/{programme_id}/runs", responses=problems(NotFound, NotItsProgrammeManager))
async def of_programme(programme_id: str, person: Person, service: Running) -> list[RunSummary]:
    """A programme's runs, the newest first."""
    await managed_programme(service, programme_id, person)
    rows = [row async for row in service.database.runs.find({"programme_id": programme_id}).sort("number", -1)]
    return [RunSummary(**await _figures(service, MatchRun.from_document(row))) for row in rows]


@router.get("/runs/{run_id}", responses=problems(NotFound, NotItsProgrammeManager))
async def one_run(run_id: str, person: Person, service: Running) -> RunView:
    """A run with everything its draft says; of a large one, better ask for the summary and for pages of pairs."""
    run = await managed_run(service, run_id, person)
    return RunView(
        **await head_of(service, run),
        pairs=await pairs_of(service, run),
        left_out=await left_out_in(service, run),
        idle_mentor_ids=await idle_mentors_of(service, run),
    )


@router.get("/runs/{run_id}/summary", responses=problems(NotFound, NotItsProgrammeManager))
async def summary(run_id: str, person: Person, service: Running) -> RunSummary:
    """How far a run is, and what came of it, in figures."""
    return RunSummary(**await _figures(service, await managed_run(service, run_id, person)))


@router.post("/runs/{run_id}/cancel", status_code=204, responses=problems(NotFound, NotItsProgrammeManager, RunSettled))
async def cancel(run_id: str, person: Person, at: At, service: Running) -> None:
    """Stop working on a run. It has no draft then."""
    await service.run(cancel_run, CancelRun(run_id=run_id, by=person.id, at=at))


async def head_of(service: Service, run: MatchRun) -> dict[str, Any]:
    """All that is said of a run but who is paired and who is left out."""
    told = {name: getattr(run, name) for name in RunHead.model_fields if hasattr(run, name)}
    proof = Proof(**{name: getattr(run, name) for name in Proof.model_fields})
    return {**told, **await _figures(service, run), "proof": proof, "difference": await _difference(service, run)}


async def _figures(service: Service, run: MatchRun) -> dict[str, Any]:
    work = await service.database.run_work.find_one({"_id": run.id}) or {"progress": 100, "step": ""}
    fields = {name: getattr(run, name) for name in RunSummary.model_fields if hasattr(run, name)}
    return {
        **fields,
        "run_id": run.id,
        "progress": work["progress"],
        "step": work["step"],
        "coverage": Coverage(paired=run.proteges - run.left_out, proteges=run.proteges),
    }


async def _difference(service: Service, run: MatchRun) -> Difference | None:
    before = await service.database.runs.find_one({"_id": run.previous_run_id}) if run.previous_run_id else None
    if before is None or not run.can_be_compared_with(previous := MatchRun.from_document(before)):
        return None
    old, new = set(await match_of(service, previous)), set(await match_of(service, run))
    return Difference(added=sorted(new - old), removed=sorted((old | set(previous.parted)) - new), kept=len(new & old))
