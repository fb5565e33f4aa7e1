"""Common free time over HTTP."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.scheduling.api.views import (
    BindingView,
    ClockChangeView,
    DaysOffView,
    NoneView,
    OfferView,
    PersonTimeView,
    Reads,
    SlotView,
    SpanView,
)
from services.scheduling.domain import NotYourPartnership
from services.scheduling.domain.calendar import Knowledge
from services.scheduling.slots import (
    DAY,
    WEEKS_AHEAD,
    Diary,
    Span,
    Window,
    Wish,
    best_offers,
    clipped,
    clock_changes,
    first_instant,
    free_starts,
    merged,
    wall_time,
    why_none,
    without,
)
from services.scheduling.store import usual, window_for
from shared.auth import Person
from shared.errors import NotFound
from shared.problems import problems
from shared.service import At

router = APIRouter(tags=["slots"])

MOST_DAYS = 42


class SlotsView(BaseModel):
    """When the two can meet, and the three times most worth offering, the best first."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Annotated[datetime, Field(alias="from")]
    until: datetime
    minutes: int
    may_book: Annotated[bool, Field(description="whether the other partner lets you book one of them without being asked")]
    people: list[PersonTimeView]
    offers: list[OfferView]
    free: list[SlotView]
    clock_changes: list[ClockChangeView]
    none: NoneView | None
    days_off: list[DaysOffView]


@router.get("/partnerships/{partnership_id}/slots", responses=problems(NotFound, NotYourPartnership))
async def slots(
    partnership_id: str,
    person: Person,
    at: At,
    reads: Reads,
    *,
    from_: Annotated[
        date | None,
        Query(alias="from", description="the first day; else the Monday of the week the next meeting is due in, or today"),
    ] = None,
    days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 14,
    minutes: Annotated[int | None, Query(ge=15, le=240, description="as the charter says when not given")] = None,
    language: Annotated[str, Query(description="of the names of holidays")] = "en",
    moving: Annotated[str | None, Query(description="id of a meeting to be moved: it does not stand in its own way")] = None,
) -> SlotsView:
    """The times at which both are free, from what is known of their calendars; quick, and never with what they are busy."""
    series = await reads.series(partnership_id, person.id)
    rhythm, meetings, people = await reads.standing(series)
    zone = people[0].zone
    last, due = usual(series, rhythm, meetings, zone)
    first_day = from_ or _first_day(due, wall_time(zone, int(at.timestamp())).date())
    start, end = first_instant(zone, first_day), first_instant(zone, first_day + timedelta(days=days))
    diaries, known, policy = await asyncio.gather(
        reads.diaries(people, start, end, at=at, but=moving),
        reads.knowledge(series.partners, datetime.now(UTC)),
        reads.policy(series.other(person.id)),
    )
    window = window_for(diaries, start, end, (minutes or rhythm.minutes) * 60, at)
    starts = free_starts(diaries, window)
    offers = best_offers(starts, window.length, diaries, Wish(due, int(last.timestamp()) if last else None))
    nothing = None
    if not starts:  # what would help may lie in the weeks that follow, and they must be known for that
        nothing = why_none(await reads.diaries(people, start, end + WEEKS_AHEAD * 7 * DAY, at=at, but=moving), window)
    changes = {(change.at, change.zone): change for diary in diaries for change in clock_changes(diary.zone, start, end)}
    return SlotsView(
        from_=_instant(start),
        until=_instant(end),
        minutes=window.length // 60,
        may_book=policy.partner_may_book,
        people=[_person(diary, window, known[diary.person_id]) for diary in diaries],
        offers=[OfferView(starts_at=_instant(offer.start), ends_at=_instant(offer.end), why=offer.why) for offer in offers],
        free=[SlotView(starts_at=_instant(begin), ends_at=_instant(begin + window.length)) for begin in starts],
        clock_changes=[
            ClockChangeView(at=_instant(change.at), zone=change.zone, minutes=change.minutes) for _, change in sorted(changes.items())
        ],
        none=nothing
        and NoneView(
            binding=[BindingView(person_id=bind.person_id, constraint=bind.constraint) for bind in nothing.binding], attempt=nothing.attempt
        ),
        days_off=DaysOffView.of_both(people, first_day, first_day + timedelta(days=days), language),
    )


def _first_day(due: date | None, today: date) -> date:
    """Where one looks when no day is said: in the week of the day the rhythm asks for, and never before today."""
    return max(due - timedelta(days=due.weekday()), today) if due else today


def _person(diary: Diary, window: Window, known: tuple[Knowledge, datetime | None]) -> PersonTimeView:
    working = without(diary.working(window.start, window.end), merged([*diary.off, *diary.full]))
    busy = clipped(diary.busy, window.start, window.end)
    return PersonTimeView(
        person_id=diary.person_id,
        zone=diary.zone,
        working=_views(working),
        busy=_views(busy),
        calendars=known[0],
        checked_at=known[1],
    )


def _views(spans: Sequence[Span]) -> list[SpanView]:
    return [SpanView(start=_instant(start), end=_instant(end)) for start, end in spans]


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
