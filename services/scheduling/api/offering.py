"""The times worth offering, and what is said to who was too late for one."""

from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import Field

from services.scheduling.api.views import OfferView
from services.scheduling.domain import Series, TimeTaken
from services.scheduling.store import Queries, next_offers
from shared.problems import Problem, problems

T = TypeVar("T")


class TakenProblem(Problem):
    """A time that is gone, and the next three at which both are free."""

    next: Annotated[list[OfferView], Field(default_factory=list)]


def taken_among(refusals: Mapping[int | str, dict[str, Any]]) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route that can lose a time to somebody else."""
    lost = problems(TimeTaken)[TimeTaken.status]
    before = refusals.get(TimeTaken.status)
    words = f"{before['description']}\n\n{lost['description']}" if before else lost["description"]
    return {**refusals, TimeTaken.status: {"model": TakenProblem, "description": words}}


async def or_next(
    doing: Awaitable[T], reads: Queries, series: Series, wanted: datetime, minutes: int, *, at: datetime, but: str | None
) -> T:
    """What comes of it. When the time is taken, the refusal names the next three times around it."""
    try:
        return await doing
    except TimeTaken as taken:
        found = await next_offers(reads, series, wanted, minutes, at=at, but=but)
        views = [OfferView(starts_at=_time(offer.start), ends_at=_time(offer.end), why=offer.why) for offer in found]
        raise TimeTaken(more={"next": [view.model_dump(mode="json") for view in views]}) from taken


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
