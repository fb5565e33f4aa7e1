"""Why this pair, why not that one, and what would help somebody who was left out: for managers, with everybody's names."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from services.matching.api.queries import document_of
from services.matching.api.runs.drafts import PairChange
from services.matching.api.runs.rows import LeftOutView, PairView, managed_run
from services.matching.consumers.what_if import WhatIfs
from services.matching.domain import EngineSilent, HardRuleBroken, NothingKept, NotItsProgrammeManager, PlaceWorth
from services.matching.engine.what_if import sorted_out
from services.matching.handlers.drafts import Candidate, ScorePair, ShowCandidates, score_pair, show_candidates
from services.matching.store.drafts import LEFT_OUT, MENTORS, PAIRS, left_out_of, mentor_of, pair_of
from shared.auth import Person
from shared.errors import NotFound
from shared.problems import problems
from shared.service import Running

router = APIRouter(prefix="/runs/{run_id}", tags=["match runs"])

ALTERNATIVES = 5


async def _what_ifs(request: Request) -> WhatIfs:
    return request.app.state.what_ifs  # type: ignore[no-any-return] # put there by `create_app`


Asked = Annotated[WhatIfs, Depends(_what_ifs)]
Partner = Annotated[str, Query(description="Which one, where a protégé has several.")]


class Alternative(BaseModel):
    """Another mentor for the same protégé. `price`: what one more place with this mentor would add to the match, to whoever got it."""

    mentor_id: str
    points: int
    broken_rules: list[str]
    price: PlaceWorth | None


class PairExplained(BaseModel):
    """A pair, the rules it breaks by now, and the next best mentors with the rule or the price that stood in the way."""

    pair: PairView
    broken_rules: list[str]
    alternatives: list[Alternative]


class WhyNotView(BaseModel):
    """Why two are no pair: `paired` if they are one, else by `rule`, for lack of `places`, or by `price`.

    By price: a place with the mentor adds `price` to the match for those who hold it, `held_by`; the protégé would add `offer`. `if_paired`
    is what the whole match would change by if the two were a pair all the same. `points` are theirs whatever the reason.
    """

    reason: str
    points: int
    broken_rules: list[str] = []
    price: PlaceWorth | None = None
    offer: PlaceWorth | None = None
    if_paired: PlaceWorth | None = None
    held_by: list[str] = []


class RemedyView(BaseModel):
    """What alone would give somebody a partner: so many `places` more with a mentor, or a `rule` waived for this pair."""

    mentor_id: str
    places: int
    rule: str


class LeftOutExplained(BaseModel):
    """Somebody who is left out, why, and what would help. Matched anew each time, among the pairs the match was found among."""

    left_out: LeftOutView
    would_help: list[RemedyView]


@router.get("/pairs/{protege_id}", responses=problems(NotFound, NotItsProgrammeManager))
async def why(run_id: str, protege_id: str, person: Person, service: Running, mentor_id: Partner = "") -> PairExplained:
    """Why a protégé has this mentor, and what speaks against the next best."""
    run = await managed_run(service, run_id, person)
    which = {"mentor_id": mentor_id} if mentor_id else {}
    row = await service.database[PAIRS].find_one({"draft_id": run.draft_id, "protege_id": protege_id, **which})
    if row is None:
        raise NotFound
    pair = pair_of(row)
    offered: list[Candidate] = await service.run(show_candidates, ShowCandidates(run_id=run_id, protege_id=protege_id, by=person.id))
    others = [one.pair for one in offered if one.pair.mentor_id != pair.mentor_id][:ALTERNATIVES]
    keys = [f"{run.draft_id}/{one.mentor_id}" for one in others]
    prices = {row["mentor_id"]: mentor_of(row).one_more async for row in service.database[MENTORS].find({"_id": {"$in": keys}})}
    return PairExplained(
        pair=PairView(**pair.model_dump(), locked=pair.pairing in run.locked),
        broken_rules=next((one.pair.broken_rules for one in offered if one.pair.mentor_id == pair.mentor_id), []),
        alternatives=[
            Alternative(mentor_id=one.mentor_id, points=one.points, broken_rules=one.broken_rules, price=prices.get(one.mentor_id))
            for one in others
        ],
    )


@router.get("/why-not", responses=problems(NotFound, NotItsProgrammeManager, HardRuleBroken, NothingKept, EngineSilent))
async def why_not(run_id: str, two: Annotated[PairChange, Query()], person: Person, service: Running, what_ifs: Asked) -> WhyNotView:
    """Why these two are no pair in this draft."""
    run = await managed_run(service, run_id, person)
    scored = (await service.run(score_pair, ScorePair(run_id=run_id, **two.model_dump(), by=person.id))).pair
    key = "/".join((run.draft_id or "", *run.pairing(two.protege_id, two.mentor_id)))
    if await service.database[PAIRS].find_one({"_id": key}, {"_id": 1}):
        return WhyNotView(reason="paired", points=scored.points)
    if scored.broken_rules:
        return WhyNotView(reason="rule", points=scored.points, broken_rules=scored.broken_rules)
    mentor = await service.database[MENTORS].find_one({"_id": f"{run.draft_id}/{two.mentor_id}"})
    if mentor is None or mentor["places"] < 1:
        return WhyNotView(reason="places", points=scored.points)
    question = {"ask": "why_not", **two.model_dump(), "points": scored.points}
    answer = known(await what_ifs.ask(service, run, question))
    return WhyNotView(reason="price", points=scored.points, **answer)


@router.get("/left-out/{person_id}", responses=problems(NotFound, NotItsProgrammeManager, NothingKept, EngineSilent))
async def what_would_help(run_id: str, person_id: str, person: Person, service: Running, what_ifs: Asked) -> LeftOutExplained:
    """Why somebody has no partner in this draft, and the first single changes that would give them one."""
    run = await managed_run(service, run_id, person)
    one = left_out_of(await document_of(service, LEFT_OUT, f"{run.draft_id}/{person_id}"))
    offered: list[Candidate] = await service.run(show_candidates, ShowCandidates(run_id=run_id, protege_id=person_id, by=person.id))
    fitting, excluded = sorted_out(candidate.pair for candidate in offered)
    question = {"ask": "remedies", "protege_id": person_id, "fitting": fitting, "excluded": excluded}
    answer = known(await what_ifs.ask(service, run, question))
    return LeftOutExplained(
        left_out=LeftOutView(**one.model_dump(), detail=one.detail), would_help=[RemedyView(**remedy) for remedy in answer["remedies"]]
    )


def known(answer: dict[str, Any]) -> dict[str, Any]:
    """The engine's answer. Raises NotFound for whom or what it does not know: who enrolled later, or was fixed to a partner."""
    if "unknown" in answer:
        raise NotFound
    return answer
