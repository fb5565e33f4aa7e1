"""The rows of drafts, read for whoever asks over HTTP, and what they look like there."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from services.matching.api.queries import document_of, managed_programme
from services.matching.domain import MatchRun, ShortPlaces
from services.matching.domain.run import Pairing
from services.matching.store.drafts import LEFT_OUT, MENTORS, PAIRS, left_out_of, pair_of
from shared.auth import Asker
from shared.mongo import Document, breathing, in_breaths
from shared.service import Service


class PairView(BaseModel):
    """A pair of a draft. The shares add up to the points, of 10,000. `unanswered`: criteria to which one of the two has said nothing.

    `best_points`: those of the best pair that the protégé could be in if there were nobody else. `round`: where there are rounds of short
    meetings, the one in which the two meet.
    """

    protege_id: str
    mentor_id: str
    points: int
    shares: dict[str, int]
    reasons: dict[str, list[str]]
    unanswered: list[str]
    best_points: int | None
    locked: bool
    by_hand: bool
    round: int | None


class LeftOutView(BaseModel):
    """Somebody without a partner, and why. `rules`: how many mentors each excludes; `eligible`: how many none of them does.

    `reason`: `no_eligible_mentor`, `too_few_places` (then with the group), `more_points_without`, `others_preferred`, `circle_too_small`,
    `odd_one_out`, `search_stopped`, or `by_hand`.
    """

    person_id: str
    reason: str
    detail: str
    rules: dict[str, int]
    eligible: int
    best_points: int | None
    group: ShortPlaces | None


async def managed_run(service: Service, run_id: str, person: Asker) -> MatchRun:
    """Raises NotFound, and NotItsProgrammeManager for everybody but its programme's managers."""
    run = MatchRun.from_document(await document_of(service, "runs", run_id))
    await managed_programme(service, run.programme_id, person)
    return run


async def rows_of(
    service: Service,
    collection: str,
    run: MatchRun,
    *,
    after: str = "",
    limit: int = 0,
    fields: Mapping[str, int] | None = None,
    where: Mapping[str, Any] | None = None,
) -> list[Document]:
    """A draft's rows of one kind, in the order of their persons, from behind the key `after`; so many, or all."""
    where = {"draft_id": run.draft_id, **({"_id": {"$gt": f"{run.draft_id}/{after}"}} if after else {}), **(where or {})}
    return [row async for row in breathing(service.database[collection].find(where, fields).sort("_id", 1).limit(limit))]


async def pairs_of(service: Service, run: MatchRun, *, after: str = "", limit: int = 0, of: str = "") -> list[PairView]:
    """Its pairs, or those of one person."""
    locked = set(run.locked)
    where = {"$or": [{"protege_id": of}, {"mentor_id": of}]} if of else {}
    pairs = [pair_of(row) async for row in in_breaths(await rows_of(service, PAIRS, run, after=after, limit=limit, where=where))]
    return [PairView(**pair.model_dump(), locked=pair.pairing in locked) async for pair in in_breaths(pairs)]


async def left_out_in(service: Service, run: MatchRun, *, after: str = "", limit: int = 0) -> list[LeftOutView]:
    """Those it leaves out."""
    people = [left_out_of(row) async for row in in_breaths(await rows_of(service, LEFT_OUT, run, after=after, limit=limit))]
    return [LeftOutView(**one.model_dump(), detail=one.detail) async for one in in_breaths(people)]


async def idle_mentors_of(service: Service, run: MatchRun) -> list[str]:
    """The mentors with places who have nobody in it."""
    where = {"draft_id": run.draft_id, "taken": 0, "places": {"$gt": 0}}
    return [row["mentor_id"] async for row in breathing(service.database[MENTORS].find(where, {"mentor_id": 1}).sort("_id", 1))]


async def match_of(service: Service, run: MatchRun) -> dict[Pairing, int]:
    """The points of each of its pairs."""
    fields = {"protege_id": 1, "mentor_id": 1, "points": 1}
    rows = await rows_of(service, PAIRS, run, fields=fields)
    return {(row["protege_id"], row["mentor_id"]): row["points"] for row in rows}
