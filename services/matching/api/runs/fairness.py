"""How a draft treats groups of people."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.matching.api.runs.rows import managed_run, rows_of
from services.matching.domain import NotItsProgrammeManager
from services.matching.engine.fairness import FEWEST, Fairness, GroupFigures, Outcome, fairness, load
from services.matching.store.drafts import LEFT_OUT, MENTORS, PAIRS
from shared.auth import Person
from shared.errors import NotFound
from shared.mongo import Document
from shared.problems import problems
from shared.service import Running

router = APIRouter(prefix="/runs/{run_id}", tags=["match runs"])

Field = Literal["department", "location", "level"]


class GroupView(BaseModel):
    """A group of protégés, or several small ones together; an empty name is of those of whom it is not known.

    `coverage`: in percent. `low_points`: nineteen of twenty who are paired have as many or more. `first_choice`: percent of those paired
    who have the best there was for them alone. What speaks of too few people is null.
    """

    groups: list[str]
    proteges: int
    paired: int
    coverage: float
    mean_points: int | None
    low_points: int | None
    first_choice: float | None


class LoadView(BaseModel):
    """How protégés are spread over the mentors who have places. `deviation`: the standard deviation."""

    mentors: int
    without_anybody: int
    most: int
    mean: float
    deviation: float


class FairnessView(BaseModel):
    """Figures by group. `ratio`: the lowest coverage by the highest. A group of fewer than `fewest` people is shown only with others."""

    by: Field
    fewest: int
    whole: GroupView | None
    parts: list[GroupView]
    ratio: float | None
    load: LoadView


@router.get("/fairness", responses=problems(NotFound, NotItsProgrammeManager))
async def fair(run_id: str, person: Person, service: Running, by: Annotated[Field, Query()] = "department") -> FairnessView:
    """How many of each group have a partner, and how good their pairs are."""
    run = await managed_run(service, run_id, person)
    pairs = await rows_of(service, PAIRS, run, fields={"protege_id": 1, "points": 1, "best_points": 1})
    left_out = await rows_of(service, LEFT_OUT, run, fields={"person_id": 1, "best_points": 1})
    mentors = await rows_of(service, MENTORS, run, fields={"mentor_id": 1, "places": 1, "taken": 1})
    ids = [row["protege_id"] for row in pairs] + [row["person_id"] for row in left_out]
    groups = {row["_id"]: _name(row.get(by)) async for row in service.database.people.find({"_id": {"$in": ids}}, {by: 1})}
    found = await asyncio.to_thread(_figures, pairs, left_out, groups)
    spread = load({row["mentor_id"]: row["places"] for row in mentors}, {row["mentor_id"]: row["taken"] for row in mentors})
    return FairnessView(
        by=by,
        fewest=FEWEST,
        whole=_view(found.whole) if found.whole else None,
        parts=[_view(part) for part in found.parts],
        ratio=found.ratio,
        load=LoadView(**vars(spread)),
    )


def _figures(pairs: list[Document], left_out: list[Document], groups: dict[str, str]) -> Fairness:
    paired = [Outcome(group=groups.get(row["protege_id"], ""), points=row["points"], best_points=row.get("best_points")) for row in pairs]
    alone = [Outcome(group=groups.get(row["person_id"], ""), points=None, best_points=row.get("best_points")) for row in left_out]
    return fairness(paired + alone)


def _name(value: object) -> str:
    return "" if value is None else str(value)


def _view(figures: GroupFigures) -> GroupView:
    return GroupView(**{**vars(figures), "groups": list(figures.groups)})
