"""What a draft is weighed against: more or fewer people, other weights."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.matching.api.runs.explaining import Asked
from services.matching.api.runs.looking import ChangeView, MentorChange, change_view
from services.matching.api.runs.rows import managed_run
from services.matching.domain import CurveCorner, EngineSilent, MatchRun, NothingKept, NotItsProgrammeManager
from services.matching.engine.differences import Change, ChangeKind
from services.matching.store.drafts import LEFT_OUT, PAIRS
from shared.auth import Person
from shared.errors import Invalid, NotFound
from shared.problems import problems
from shared.service import Running, Service

HEAVIEST = 10_000

router = APIRouter(prefix="/runs/{run_id}", tags=["match runs"])


class CurveView(BaseModel):
    """Quality against coverage, beginning where there is nobody; straight between the corners. The draft is `people` with `points`."""

    corners: list[CurveCorner]
    people: int
    points: int


class Sliders(BaseModel):
    """How much each criterion is to count, the programme's own questions as `question.ID`; one that is not named counts nothing."""

    weights: dict[str, int] = Field(description="from 0 to 10,000; only their proportion matters", min_length=1)


class MatchFigures(BaseModel):
    """A match in figures, its points by the weights of the preview."""

    paired: int
    total_points: int
    smallest_points: int | None


class PreviewView(BaseModel):
    """What a run with these weights would find, as far as its candidates go. Nothing is saved, and nothing is proven: run it to have both.

    `now`: the draft as it is. What is locked or forbidden in it stays so; what was paired by hand and is not locked is matched anew.
    `weights`: all of them, in ten-thousandths.
    """

    preview: bool = True
    weights: dict[str, int]
    now: MatchFigures
    then: MatchFigures
    gained: int
    lost: int
    moved: int
    kept: int
    changes: list[ChangeView]
    mentors: list[MentorChange]


@router.get("/curve", responses=problems(NotFound, NotItsProgrammeManager))
async def curve(run_id: str, person: Person, service: Running) -> CurveView:
    """How many points so many people can have together."""
    run = await managed_run(service, run_id, person)
    return CurveView(corners=run.curve, people=run.paired, points=run.total_points)


@router.post("/preview", responses=problems(NotFound, NotItsProgrammeManager, Invalid, NothingKept, EngineSilent))
async def preview(run_id: str, sliders: Sliders, person: Person, service: Running, what_ifs: Asked) -> PreviewView:
    """What would change with other weights. The run stays as it is."""
    run = await managed_run(service, run_id, person)
    for name, weight in sliders.weights.items():
        if not 0 <= weight <= HEAVIEST:
            raise Invalid(f"A weight is a whole number from 0 to {HEAVIEST:,}.", field=f"weights.{name}")
    question = {"ask": "preview", "weights": sliders.weights, "by_hand": await _by_hand(service, run)}
    answer = await what_ifs.ask(service, run, question)
    if "unknown" in answer:
        raise Invalid(answer["unknown"], field="weights")
    changes = [change_view(Change(**change)) for change in answer["changes"]]
    kinds = [change.kind for change in changes]
    return PreviewView(
        weights=answer["weights"],
        now=answer["now"],
        then=answer["then"],
        gained=kinds.count(ChangeKind.GAINED),
        lost=kinds.count(ChangeKind.LOST),
        moved=kinds.count(ChangeKind.MOVED),
        kept=answer["kept"],
        changes=changes,
        mentors=[MentorChange(mentor_id=mentor_id, before=old, after=new) for mentor_id, (old, new) in answer["mentors"].items()],
    )


async def _by_hand(service: Service, run: MatchRun) -> dict[str, Any]:
    """What was decided on the draft since the engine made it."""
    formed = service.database[PAIRS].find({"draft_id": run.draft_id, "by_hand": True}, {"protege_id": 1, "mentor_id": 1, "points": 1})
    apart = service.database[LEFT_OUT].find({"draft_id": run.draft_id, "reason": "by_hand"}, {"person_id": 1})
    return {
        "formed": [(row["protege_id"], row["mentor_id"], row["points"]) async for row in formed],
        "apart": [row["person_id"] async for row in apart],
        "locked": run.locked,
        "forbidden": run.forbidden,
    }
