"""Suggests a series of meetings out of what is known of two people's time, or how to mend one in which a time was lost."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.scheduling.domain import Availability, Gap, Meeting, MeetingState, Rhythm, Series
from services.scheduling.slots import (
    Cadence,
    Diary,
    SeriesPlan,
    Wanted,
    first_instant,
    free_starts,
    overlaps,
    plan_series,
    wall_time,
    what_was_borne,
)
from services.scheduling.store.offering import window_for
from services.scheduling.store.queries import Queries, usual

FREEZE = timedelta(hours=48)
"""Nothing that is nearer is moved by a plan."""
AFTER_THE_LAST = 7
GAPS = {1: (5, 9), 2: (11, 17), 3: (18, 24), 4: (28, 35), 5: (32, 38), 6: (38, 46)}
"""What a cadence of so many weeks means in days."""
USUAL_GAP = (28, 42)


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A plan, the meetings its sessions are (None: a new one), who had borne how much before it, and the gap it keeps to."""

    plan: SeriesPlan | None
    meetings: Sequence[Meeting | None]
    borne: Sequence[float]
    people: Sequence[str]
    gap: Gap
    minutes: int


def gap_of(series: Series, rhythm: Rhythm) -> Gap:
    """What the two have agreed on, else what their charter means, else every four to six weeks."""
    if series.least_days is not None and series.most_days is not None:
        return Gap(least=series.least_days, most=series.most_days)
    least, most = GAPS.get(rhythm.weeks or 0, USUAL_GAP)
    return Gap(least=least, most=most)


async def suggest_plan(
    reads: Queries, series: Series, *, sessions: int, minutes: int | None, gap: Gap | None, first: date | None, at: datetime
) -> Suggestion:
    """So many meetings from a day on, besides those that stand: they are taken in, and left where they are unless a time was lost."""
    rhythm, meetings, working = await reads.standing(series)
    zone = working[0].zone
    wanted_gap = gap or gap_of(series, rhythm)
    last, due = usual(series, rhythm, meetings, zone)
    ahead = sorted(
        (one for one in meetings if one.state is MeetingState.BOOKED and one.starts_at is not None and one.starts_at > at),
        key=lambda one: one.starts_at or at,
    )[:sessions]
    standing: list[Meeting | None] = [*ahead, *[None] * (sessions - len(ahead))]
    day = max(first or due or date.min, wall_time(zone, int(at.timestamp())).date())
    start, length = first_instant(zone, day), (minutes or rhythm.minutes) * 60
    end = first_instant(zone, day + timedelta(days=sessions * wanted_gap.most + AFTER_THE_LAST))
    diaries = await reads.diaries(working, start, end, at=at, but=None)
    stands = [await _start_of(reads, one, working, at) if one is not None else None for one in standing]
    held = [int(one.starts_at.timestamp()) for one in meetings if one.state is MeetingState.ENDED and one.starts_at]
    borne = what_was_borne(held, length, diaries)
    frozen = frozenset(
        number for number, one in enumerate(standing) if one is not None and one.starts_at is not None and one.starts_at < at + FREEZE
    )
    wanted = Wanted(
        sessions=sessions,
        length=length,
        cadence=Cadence(wanted_gap.least, wanted_gap.most),
        after=int(last.timestamp()) if last is not None and _reaches(last, wanted_gap, at) and first is None else None,
        due=first_instant(zone, due) if due is not None and first is None else start,
        stands=stands,
        fixed=frozen,
        borne=borne,
    )
    plan = await asyncio.to_thread(_plan, diaries, wanted, start, end, at)
    return Suggestion(plan=plan, meetings=standing, borne=borne, people=series.partners, gap=wanted_gap, minutes=length // 60)


def _plan(diaries: Sequence[Diary], wanted: Wanted, start: int, end: int, at: datetime) -> SeriesPlan | None:
    """Beside the event loop: a year of quarters of an hour is many times."""
    return plan_series(free_starts(diaries, window_for(diaries, start, end, wanted.length, at)), diaries, wanted)


def _reaches(last: datetime, gap: Gap, at: datetime) -> bool:
    """Whether the gap since the last meeting can still be kept."""
    return last + timedelta(days=gap.most) > at


async def _start_of(reads: Queries, meeting: Meeting, working: Sequence[Availability], at: datetime) -> int | None:
    """The start of a meeting that stands; None when one of the two has something else at its time by now."""
    if meeting.starts_at is None or meeting.ends_at is None:
        return None
    start, end = int(meeting.starts_at.timestamp()), int(meeting.ends_at.timestamp())
    if meeting.starts_at < at + FREEZE:
        return start
    diaries = await reads.diaries(working, start, end, at=at, but=meeting.id)
    return None if any(overlaps(diary.busy, start, end) for diary in diaries) else start
