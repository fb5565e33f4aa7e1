"""What a published match has come to for one who took part: only what concerns this one, and nothing of anybody else."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from services.matching.api.queries import told_to_the_two
from services.matching.domain import RunState
from services.matching.store.drafts import LEFT_OUT, PAIRS, left_out_of, pair_of
from shared.auth import Person
from shared.errors import NotFound
from shared.problems import problems
from shared.service import Running, Service

router = APIRouter(prefix="/programmes/{programme_id}", tags=["match runs"])

SENTENCES = {
    "no_eligible_mentor": "The programme's rules leave no mentor for you.",
    "too_few_places": "There are mentors who would fit you, and they have fewer places than there are people.",
}
OTHERWISE = "There are mentors who would fit you, and this time their places went to others."


class MyOutcome(BaseModel):
    """`paired`: asked together with somebody, with what speaks for it by criterion. `left_out`: without a partner, and why.

    `rules`: the programme's rules that keep mentors from one who is left out. How many, who they are, and who came before is not told.
    """

    outcome: Literal["paired", "left_out", "not_in_it"]
    detail: str = ""
    reason: str | None = None
    rules: list[str] = []
    reasons: dict[str, list[str]] = {}


@router.get("/my-outcome", responses=problems(NotFound))
async def my_outcome(programme_id: str, person: Person, service: Running) -> MyOutcome:
    """What the match that was published last has come to for whoever asks."""
    where = {"programme_id": programme_id, "state": RunState.PUBLISHED.value}
    run = await service.database.runs.find_one(where, {"draft_id": 1, "passed_over": 1}, sort=[("number", -1)])
    if run is None:
        raise NotFound
    return await _paired(service, run["draft_id"], run["passed_over"], person.id) or await _left_out(service, run["draft_id"], person.id)


async def _paired(service: Service, draft_id: str, passed_over: list[list[str]], person_id: str) -> MyOutcome | None:
    where = {"draft_id": draft_id, "$or": [{"protege_id": person_id}, {"mentor_id": person_id}]}
    pairs = [pair_of(row) async for row in service.database[PAIRS].find(where).sort("_id", 1)]
    asked = [pair for pair in pairs if list(pair.pairing) not in passed_over]
    if not asked:
        return None
    only = asked[0].reasons if len(asked) == 1 else {}  # who has several partners reads the reasons with each
    return MyOutcome(outcome="paired", reasons=told_to_the_two(only))


async def _left_out(service: Service, draft_id: str, person_id: str) -> MyOutcome:
    row = await service.database[LEFT_OUT].find_one({"_id": f"{draft_id}/{person_id}"})
    if row is None:
        return MyOutcome(outcome="not_in_it")
    one = left_out_of(row)
    reason = one.reason if one.reason in SENTENCES else "others_came_first"
    return MyOutcome(outcome="left_out", detail=SENTENCES.get(reason, OTHERWISE), reason=reason, rules=sorted(one.rules))
