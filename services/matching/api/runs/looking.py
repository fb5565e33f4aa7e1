"""What a draft's managers look at: its pairs and who is left out, a page at a time, and what sets it apart from another run."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.matching.api.queries import document_of
from services.matching.api.runs.rows import LeftOutView, PairView, left_out_in, managed_run, match_of, pairs_of, rows_of
from services.matching.domain import MatchRun, NotItsProgrammeManager, PartnershipState, PlaceWorth
from services.matching.domain.run import Pairing
from services.matching.engine.differences import Change, ChangeKind, differences
from services.matching.store.drafts import MENTORS, SHORTAGES, mentor_of
from shared.auth import Asker, Person
from shared.errors import NotFound
from shared.problems import problems
from shared.service import Running, Service

RUNNING = "running"
UNKNOWN = -1

router = APIRouter(prefix="/runs/{run_id}", tags=["match runs"])

After = Annotated[str, Query(description="The `next` of the page before.")]
Against = Annotated[str, Query(description="The id of another run, or `running`: who are partners now.")]
Of = Annotated[str, Query(description="The person id of a protégé or mentor.")]
Limit = Annotated[int, Query(ge=1, le=500)]


class PairPage(BaseModel):
    """Some pairs; `next` leads to more."""

    pairs: list[PairView]
    next: str | None


class LeftOutPage(BaseModel):
    """Some of those who are left out; `next` leads to more."""

    left_out: list[LeftOutView]
    next: str | None


class ShortageView(BaseModel):
    """People who can only be paired with these mentors, who have fewer places than they are: so some of them are left out."""

    protege_ids: list[str]
    mentor_ids: list[str]
    places: int


class PlacesView(BaseModel):
    """A mentor's places in a draft, and what one more or one fewer would have changed; None where that was not worked out."""

    mentor_id: str
    places: int
    taken: int
    one_more: PlaceWorth | None
    one_fewer: PlaceWorth | None


class Partner(BaseModel):
    """A mentor of one protégé. Of those who are partners already nobody knows the points."""

    mentor_id: str
    points: int | None


class ChangeView(BaseModel):
    """A protégé who has `gained` or `lost` a partner, or `moved` to another."""

    protege_id: str
    kind: ChangeKind
    before: list[Partner]
    after: list[Partner]


class MentorChange(BaseModel):
    """A mentor with another number of protégés."""

    mentor_id: str
    before: int
    after: int


class DifferencesView(BaseModel):
    """This run held against another, person by person. Whoever is not named has the same partner in both, or nobody."""

    run_id: str
    against: str
    gained: int
    lost: int
    moved: int
    kept: int
    points_before: int | None
    points_after: int
    changes: list[ChangeView]
    mentors: list[MentorChange]


@router.get("/pairs", responses=problems(NotFound, NotItsProgrammeManager))
async def pairs(run_id: str, person: Person, service: Running, *, after: After = "", limit: Limit = 100, of: Of = "") -> PairPage:
    """A draft's pairs by protégé, a page at a time; all, or those of one person."""
    run = await managed_run(service, run_id, person)
    found = await pairs_of(service, run, after=after, limit=limit, of=of)
    return PairPage(pairs=found, next=f"{found[-1].protege_id}/{found[-1].mentor_id}" if len(found) == limit else None)


@router.get("/left-out", responses=problems(NotFound, NotItsProgrammeManager))
async def left_out(run_id: str, person: Person, service: Running, after: After = "", limit: Limit = 100) -> LeftOutPage:
    """Those a draft leaves without a partner, and why, a page at a time."""
    run = await managed_run(service, run_id, person)
    found = await left_out_in(service, run, after=after, limit=limit)
    return LeftOutPage(left_out=found, next=found[-1].person_id if len(found) == limit else None)


@router.get("/groups/{number}", responses=problems(NotFound, NotItsProgrammeManager))
async def group(run_id: str, number: int, person: Person, service: Running) -> ShortageView:
    """All of a group that has too few places."""
    run = await managed_run(service, run_id, person)
    row = await document_of(service, SHORTAGES, f"{run.draft_id}/{number}")
    return ShortageView(protege_ids=row["protege_ids"], mentor_ids=row["mentor_ids"], places=row["places"])


@router.get("/places", responses=problems(NotFound, NotItsProgrammeManager))
async def places(run_id: str, person: Person, service: Running) -> list[PlacesView]:
    """The mentors' places and what more or fewer would be worth; those where one more would pair most people first, then most points."""
    run = await managed_run(service, run_id, person)
    mentors = [mentor_of(row) for row in await rows_of(service, MENTORS, run)]
    mentors.sort(key=lambda one: (-(one.one_more.people), -one.one_more.points) if one.one_more else (1, 0))
    return [PlacesView(**one.model_dump()) for one in mentors]


@router.get("/differences", responses=problems(NotFound, NotItsProgrammeManager))
async def different(run_id: str, against: Against, person: Person, service: Running) -> DifferencesView:
    """What this run does differently from another one of the same programme, or from how people are paired now."""
    run = await managed_run(service, run_id, person)
    before, after = await _held_against(service, run, against, person), await match_of(service, run)
    found = differences(before, after)
    kinds = [change.kind for change in found.changes]
    return DifferencesView(
        run_id=run.id,
        against=against,
        gained=kinds.count(ChangeKind.GAINED),
        lost=kinds.count(ChangeKind.LOST),
        moved=kinds.count(ChangeKind.MOVED),
        kept=found.kept,
        points_before=None if against == RUNNING else sum(before.values()),
        points_after=sum(after.values()),
        changes=[change_view(change) for change in found.changes],
        mentors=[MentorChange(mentor_id=mentor_id, before=old, after=new) for mentor_id, (old, new) in found.mentors.items()],
    )


async def _held_against(service: Service, run: MatchRun, against: str, person: Asker) -> dict[Pairing, int]:
    if against != RUNNING:
        other = await managed_run(service, against, person)
        if other.programme_id != run.programme_id:
            raise NotFound
        return await match_of(service, other)
    where = {"programme_id": run.programme_id, "state": {"$ne": PartnershipState.ENDED.value}}
    rows = service.database.partnerships.find(where, {"protege_id": 1, "mentor_id": 1})
    return {(row["protege_id"], row["mentor_id"]): UNKNOWN async for row in rows}


def change_view(change: Change) -> ChangeView:
    """The change as it is told."""
    before, after = (
        [Partner(mentor_id=mentor_id, points=None if points == UNKNOWN else points) for mentor_id, points in partners]
        for partners in (change.before, change.after)
    )
    return ChangeView(protege_id=change.protege_id, kind=change.kind, before=before, after=after)
