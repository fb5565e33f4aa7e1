"""Arranging several meetings together: all of them, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain import Gap, Meeting, NotYourPartnership, Series, Session, must_make_a_series
from services.scheduling.handlers.protocols import AllSeries, Announcements, Availabilities, Meetings, Plans, Policies, Times


@dataclass(frozen=True, kw_only=True)
class ProposePlan:
    partnership_id: str
    sessions: Sequence[Session]
    minutes: int
    place: str
    gap: Gap
    by: str
    at: datetime


async def propose_plan(
    command: ProposePlan, all_series: AllSeries, plans: Plans, *, availabilities: Availabilities, meetings: Meetings, times: Times
) -> None:
    """Ask the other partner to agree to all of it, and keep all its times for a while."""
    series = await all_series.get(command.partnership_id)
    plan, zone = await plans.of(series), (await availabilities.of(series.protege_id)).zone
    plan.propose(
        series,
        by=command.by,
        sessions=command.sessions,
        minutes=command.minutes,
        place=command.place,
        gap=command.gap,
        zone=zone,
        at=command.at,
    )
    await times.hold_plan(plan, [await _theirs(session, series, meetings) for session in command.sessions if session.meeting_id])
    await plans.save(plan)


async def book_plan(
    command: ProposePlan,
    all_series: AllSeries,
    policies: Policies,
    *,
    availabilities: Availabilities,
    meetings: Meetings,
    times: Times,
    announcements: Announcements,
) -> list[str]:
    """Arrange all of it at once, if the other partner lets one; the meetings' ids."""
    series = await all_series.get(command.partnership_id)
    series.must_be_partner(command.by)
    series.must_run()
    command.gap.must_make_sense()
    zone = (await availabilities.of(series.protege_id)).zone
    must_make_a_series(command.sessions, command.minutes, command.gap, zone, command.at)
    (await policies.of(series.other(command.by))).must_allow_booking()
    series.agree_on_gap(command.gap.least, command.gap.most)
    await all_series.save(series)
    return await _arrange(command, series, meetings, times, announcements)


@dataclass(frozen=True, kw_only=True)
class AnswerPlan:
    partnership_id: str
    by: str
    at: datetime


async def agree_to_plan(
    command: AnswerPlan, all_series: AllSeries, plans: Plans, *, meetings: Meetings, times: Times, announcements: Announcements
) -> list[str]:
    """All of it stands, with the gap both have agreed on; the meetings' ids."""
    series = await all_series.get(command.partnership_id)
    series.must_be_partner(command.by)
    series.must_run()
    plan = await plans.of(series)
    gap = plan.agree(command.by, command.at)
    await plans.save(plan)
    series.agree_on_gap(gap.least, gap.most)
    await all_series.save(series)
    await times.let_go(plan)
    arranged = ProposePlan(
        partnership_id=series.id,
        sessions=plan.sessions,
        minutes=plan.minutes,
        place=plan.place,
        gap=gap,
        by=plan.by_id or command.by,
        at=command.at,
    )
    return await _arrange(arranged, series, meetings, times, announcements)


async def turn_down_plan(command: AnswerPlan, all_series: AllSeries, plans: Plans, times: Times) -> None:
    """It is taken back, or said no to; its times are free again."""
    series = await all_series.get(command.partnership_id)
    series.must_be_partner(command.by)
    plan = await plans.of(series)
    plan.turn_down(command.by, command.at)
    await plans.save(plan)
    await times.let_go(plan)


async def _arrange(command: ProposePlan, series: Series, meetings: Meetings, times: Times, announcements: Announcements) -> list[str]:
    """In one unit of work: what one of them is refused, none of them gets."""
    arranged = []
    for session in command.sessions:
        if session.meeting_id is None:
            meeting = Meeting.book(
                series, by=command.by, starts_at=session.starts_at, minutes=command.minutes, place=command.place, at=command.at
            )
        else:
            meeting = await _theirs(session, series, meetings)
            if meeting.starts_at == session.starts_at:
                continue
            meeting.move(command.by, session.starts_at, command.at)
        await times.take(meeting, instead_of=series.id)
        await meetings.save(meeting)
        await announcements.invite(meeting)
        arranged.append(meeting.id)
    return arranged


async def _theirs(session: Session, series: Series, meetings: Meetings) -> Meeting:
    meeting = await meetings.get(session.meeting_id or "")
    if meeting.partnership_id != series.id:
        raise NotYourPartnership
    return meeting
