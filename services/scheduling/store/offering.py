"""The times worth offering around one that is wanted or gone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.scheduling.domain import Series
from services.scheduling.slots import Diary, Offer, Window, Wish, best_offers, first_instant, free_starts, wall_time
from services.scheduling.store.queries import Queries

DAYS_LOOKED_AT = (14, 42)


def window_for(diaries: Sequence[Diary], start: int, end: int, length: int, at: datetime) -> Window:
    """The search of these people: what is on the coarsest of their grids is on the others, too."""
    return Window(start=start, end=end, length=length, now=int(at.timestamp()), grid=max(diary.grid for diary in diaries))


async def next_offers(reads: Queries, series: Series, wanted: datetime, minutes: int, *, at: datetime, but: str | None) -> list[Offer]:
    """The three best times in the two weeks from a day on, or in six when there is none; the meeting `but` is in nobody's way."""
    _, meetings, people = await reads.standing(series)
    zone = people[0].zone
    held = [meeting.starts_at for meeting in meetings if meeting.starts_at is not None and meeting.starts_at < at]
    day = wall_time(zone, int(max(wanted, at).timestamp())).date()
    for days in DAYS_LOOKED_AT:
        start, end = first_instant(zone, day), first_instant(zone, day + timedelta(days=days))
        diaries = await reads.diaries(people, start, end, at=at, but=but)
        starts = free_starts(diaries, window_for(diaries, start, end, minutes * 60, at))
        starts = [start for start in starts if start != int(wanted.timestamp())]
        if starts:
            return best_offers(starts, minutes * 60, diaries, Wish(day, int(max(held).timestamp()) if held else None))
    return []
