"""The times worth offering, and what is said to who was too late for one."""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import Field

from services.scheduling.api.views import OfferView
from services.scheduling.domain import Series, TimeTaken
from services.scheduling.slots import Diary, Window, Wish, best_offers, first_instant, free_starts, wall_time
from services.scheduling.store import Queries
from shared.problems import Problem, problems

T = TypeVar("T")

DAYS_LOOKED_AT = (14, 42)


class TakenProblem(Problem):
    """A time that is gone, and the next three at which both are free."""

    next: Annotated[list[OfferView], Field(default_factory=list)]


def taken_among(refusals: Mapping[int | str, dict[str, Any]]) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route that can lose a time to somebody else."""
    lost = problems(TimeTaken)[TimeTaken.status]
    before = refusals.get(TimeTaken.status)
    words = f"{before['description']}\n\n{lost['description']}" if before else lost["description"]
    return {**refusals, TimeTaken.status: {"model": TakenProblem, "description": words}}


def window_for(diaries: Sequence[Diary], start: int, end: int, length: int, at: datetime) -> Window:
    """The search of these people: what is on the coarsest of their grids is on the others, too."""
    return Window(start=start, end=end, length=length, now=int(at.timestamp()), grid=max(diary.grid for diary in diaries))


async def or_next(
    doing: Awaitable[T], reads: Queries, series: Series, wanted: datetime, minutes: int, *, at: datetime, but: str | None
) -> T:
    """What comes of it. When the time is taken, the refusal names the next three times around it."""
    try:
        return await doing
    except TimeTaken as taken:
        found = await next_offers(reads, series, wanted, minutes, at=at, but=but)
        raise TimeTaken(more={"next": [offer.model_dump(mode="json") for offer in found]}) from taken


async def next_offers(reads: Queries, series: Series, wanted: datetime, minutes: int, *, at: datetime, but: str | None) -> list[OfferView]:
    """The three best times in the two weeks from a day on, or in six when there is none."""
    _, meetings, zone = await reads.standing(series)
    held = [meeting.starts_at for meeting in meetings if meeting.starts_at is not None and meeting.starts_at < at]
    day = wall_time(zone, int(max(wanted, at).timestamp())).date()
    for days in DAYS_LOOKED_AT:
        start, end = first_instant(zone, day), first_instant(zone, day + timedelta(days=days))
        diaries = await reads.diaries(series.partners, start, end, at=at, but=but)
        starts = free_starts(diaries, window_for(diaries, start, end, minutes * 60, at))
        if starts:
            wish = Wish(day, int(max(held).timestamp()) if held else None)
            return [
                OfferView(starts_at=datetime.fromtimestamp(offer.start, UTC), ends_at=datetime.fromtimestamp(offer.end, UTC), why=offer.why)
                for offer in best_offers(starts, minutes * 60, diaries, wish)
            ]
    return []
