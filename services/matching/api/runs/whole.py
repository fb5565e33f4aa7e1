"""A whole match in short, whatever its size: everybody in it with what a picture needs. What makes a single pair is asked for apart."""

from fastapi import APIRouter
from pydantic import BaseModel

from services.matching.api.runs.rows import LeftOutView, left_out_in, managed_run, rows_of
from services.matching.api.runs.running import RunHead, head_of
from services.matching.domain import MatchRun, NotItsProgrammeManager, RunState
from services.matching.store.drafts import MENTORS, PAIRS
from shared.auth import Person
from shared.errors import NotFound
from shared.problems import problems
from shared.service import Running, Service

router = APIRouter(prefix="/runs/{run_id}", tags=["match runs"])


class ShortPair(BaseModel):
    """Who with whom, and how well. `round`: where there are rounds of short meetings, the one in which the two meet."""

    protege_id: str
    mentor_id: str
    points: int
    locked: bool
    by_hand: bool
    round: int | None


class MentorInIt(BaseModel):
    """A mentor's places in the match, and how many of them it gives out."""

    mentor_id: str
    places: int
    taken: int


class WholeView(RunHead):
    """The whole match. `answered`: somebody has said yes or no to what it asks, so that its publishing cannot be undone any more."""

    answered: bool
    pairs: list[ShortPair]
    left_out: list[LeftOutView]
    mentors: list[MentorInIt]


@router.get("/whole", responses=problems(NotFound, NotItsProgrammeManager))
async def whole(run_id: str, person: Person, service: Running) -> WholeView:
    """Who is paired with whom, who is left out, and which places are free."""
    run = await managed_run(service, run_id, person)
    locked = set(run.locked)
    fields = {"protege_id": 1, "mentor_id": 1, "points": 1, "by_hand": 1, "round": 1}
    pairs = await rows_of(service, PAIRS, run, fields=fields)
    mentors = await rows_of(service, MENTORS, run, fields={"mentor_id": 1, "places": 1, "taken": 1})
    return WholeView(
        **await head_of(service, run),
        answered=await _answered(service, run),
        pairs=[
            ShortPair(
                protege_id=row["protege_id"],
                mentor_id=row["mentor_id"],
                points=row["points"],
                locked=(row["protege_id"], row["mentor_id"]) in locked,
                by_hand=row["by_hand"],
                round=row.get("round"),
            )
            for row in pairs
        ],
        left_out=await left_out_in(service, run),
        mentors=[MentorInIt(mentor_id=row["mentor_id"], places=row["places"], taken=row["taken"]) for row in mentors],
    )


async def _answered(service: Service, run: MatchRun) -> bool:
    if run.state is not RunState.PUBLISHED:
        return False
    answered = {"$or": [{"state": {"$ne": "open"}}, {"accepted_by": {"$ne": []}}]}
    where = {"run_id": run.id, "made_at": run.published_at, **answered}
    return await service.database.proposals.find_one(where, {"_id": 1}) is not None
