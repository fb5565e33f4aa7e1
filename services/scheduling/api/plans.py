"""Several meetings arranged together, over HTTP."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from services.scheduling.api.offering import or_next, taken_among
from services.scheduling.api.views import Body, Reads, Rechecking
from services.scheduling.domain import (
    AskFirst,
    Gap,
    MeetingOver,
    NoPlanOpen,
    NotBooked,
    NotYourPartnership,
    PartnershipOver,
    PlanIsTheOthers,
    PlanState,
    Session,
    TimePassed,
)
from services.scheduling.handlers import AnswerPlan, ProposePlan, agree_to_plan, book_plan, propose_plan, turn_down_plan
from services.scheduling.store import suggest_plan
from shared.auth import Person
from shared.errors import Invalid, NotFound
from shared.problems import problems
from shared.service import At, Running

router = APIRouter(prefix="/partnerships/{partnership_id}/plan", tags=["plans"])

MOST_ASKED_FOR = 12


class SessionView(BaseModel):
    """One meeting of a plan. `meeting_id` names one that stands already; `moved`: it would leave its time."""

    starts_at: AwareDatetime
    meeting_id: str | None = None
    moved: bool = False


class BorneView(BaseModel):
    """How many minutes of unpleasant hour somebody has borne, older ones counting less: so far, and with the plan."""

    person_id: str
    before: int
    after: int


class SuggestionView(BaseModel):
    """A plan worth proposing; without sessions there is none that keeps to the gap."""

    minutes: int
    least_days: int
    most_days: int
    may_book: Annotated[bool, Field(description="whether the other partner lets you book all of it without being asked")]
    sessions: list[SessionView]
    borne: list[BorneView]


class PlanView(BaseModel):
    """The plan of a partnership as it stands."""

    state: PlanState
    by_id: str | None
    sessions: list[SessionView]
    minutes: int
    place: str
    least_days: int | None
    most_days: int | None
    held_until: AwareDatetime | None


class PlanBody(Body):
    """Meetings to propose together, or, with `book`, to arrange at once. `meeting_ids` names those that stand, in the same order."""

    starts: Annotated[list[AwareDatetime], Field(min_length=1, max_length=MOST_ASKED_FOR)]
    meeting_ids: Annotated[list[str | None], Field(default_factory=list, max_length=MOST_ASKED_FOR)]
    minutes: int
    place: str = ""
    least_days: int
    most_days: int
    book: bool = False


class ArrangedView(BaseModel):
    """The ids of what was arranged, and whose calendar did not answer in time."""

    meeting_ids: list[str]
    unchecked: list[str]


@router.get("", responses=problems(NotFound, NotYourPartnership))
async def plan(partnership_id: str, person: Person, reads: Reads) -> PlanView:
    """What is planned, and whether it waits for an answer."""
    found = await reads.plan(await reads.series(partnership_id, person.id))
    sessions = [SessionView(starts_at=session.starts_at, meeting_id=session.meeting_id) for session in found.sessions]
    return PlanView(
        state=found.state,
        by_id=found.by_id,
        sessions=sessions,
        minutes=found.minutes,
        place=found.place,
        least_days=found.gap.least if found.gap else None,
        most_days=found.gap.most if found.gap else None,
        held_until=found.held_until,
    )


@router.get("/suggestion", responses=problems(NotFound, NotYourPartnership, Invalid))
async def suggestion(
    partnership_id: str,
    person: Person,
    at: At,
    reads: Reads,
    *,
    sessions: Annotated[int, Query(ge=1, le=MOST_ASKED_FOR)] = 6,
    minutes: Annotated[int | None, Query(ge=15, le=240, description="as the charter says when not given")] = None,
    least: Annotated[int | None, Query(ge=1, le=92, description="days between two meetings, as agreed when not given")] = None,
    most: Annotated[int | None, Query(ge=1, le=92)] = None,
    from_: Annotated[date | None, Query(alias="from", description="the first day, when the next one is due when not given")] = None,
) -> SuggestionView:
    """So many meetings planned as a whole, the best there is. Those that stand are part of it, and stay where they are if they can."""
    gap = Gap(least=least or most or 1, most=most or least or 1) if least or most else None
    if gap is not None:
        gap.must_make_sense()
    series = await reads.series(partnership_id, person.id)
    found = await suggest_plan(reads, series, sessions=sessions, minutes=minutes, gap=gap, first=from_, at=at)
    starts = [datetime.fromtimestamp(start, UTC) for start in found.plan.starts] if found.plan else []
    after = found.plan.borne if found.plan else found.borne
    policy = await reads.policy(series.other(person.id))
    return SuggestionView(
        minutes=found.minutes,
        may_book=policy.partner_may_book,
        least_days=found.gap.least,
        most_days=found.gap.most,
        sessions=[
            SessionView(starts_at=start, meeting_id=one.id if one else None, moved=one is not None and one.starts_at != start)
            for start, one in zip(starts, found.meetings, strict=False)
        ],
        borne=[
            BorneView(person_id=who, before=round(before), after=round(then))
            for who, before, then in zip(found.people, found.borne, after, strict=True)
        ],
    )


@router.post(
    "",
    status_code=201,
    responses=taken_among(problems(NotFound, NotYourPartnership, PartnershipOver, AskFirst, TimePassed, NotBooked, MeetingOver, Invalid)),
)
async def arrange(
    partnership_id: str, body: PlanBody, person: Person, at: At, service: Running, *, reads: Reads, recheck: Rechecking
) -> ArrangedView:
    """Propose several meetings together, or book them at once if your partner lets you: all of them, or none."""
    series = await reads.series(partnership_id, person.id)
    ids = [*body.meeting_ids, *[None] * (len(body.starts) - len(body.meeting_ids))]
    command = ProposePlan(
        partnership_id=partnership_id,
        sessions=[Session(starts_at=start, meeting_id=one) for start, one in zip(body.starts, ids, strict=False)],
        minutes=body.minutes,
        place=body.place,
        gap=Gap(least=body.least_days, most=body.most_days),
        by=person.id,
        at=at,
    )
    if not body.book:
        await or_next(service.run(propose_plan, command), reads, series, body.starts[0], body.minutes, at=at, but=None)
        return ArrangedView(meeting_ids=[], unchecked=[])
    unchecked = await _look(service, recheck, series.partners, body.starts, minutes=body.minutes, at=at)
    made = await or_next(service.run(book_plan, command), reads, series, body.starts[0], body.minutes, at=at, but=None)
    return ArrangedView(meeting_ids=made, unchecked=unchecked)


@router.post(
    "/agree",
    responses=taken_among(problems(NotFound, NotYourPartnership, PartnershipOver, NoPlanOpen, PlanIsTheOthers, TimePassed, NotBooked)),
)
async def agree(partnership_id: str, person: Person, at: At, service: Running, *, reads: Reads, recheck: Rechecking) -> ArrangedView:
    """Agree to all your partner has proposed, with the gap between meetings. What is lost meanwhile is told, and then nothing stands."""
    series = await reads.series(partnership_id, person.id)
    found = await reads.plan(series)
    unchecked = await _look(service, recheck, series.partners, found.wanted, minutes=found.minutes, at=at)
    doing = service.run(agree_to_plan, AnswerPlan(partnership_id=partnership_id, by=person.id, at=at))
    made = await or_next(doing, reads, series, min(found.wanted, default=at), found.minutes or 45, at=at, but=None)
    return ArrangedView(meeting_ids=made, unchecked=unchecked)


@router.post("/decline", status_code=204, responses=problems(NotFound, NotYourPartnership, NoPlanOpen))
async def decline(partnership_id: str, person: Person, at: At, service: Running) -> None:
    """Say no to a plan, or take your own back."""
    await service.run(turn_down_plan, AnswerPlan(partnership_id=partnership_id, by=person.id, at=at))


async def _look(
    service: Running, recheck: Rechecking, people: tuple[str, str], starts: list[datetime], *, minutes: int, at: datetime
) -> list[str]:
    """All times in all calendars, one after the other; who has not answered for any of them."""
    missing: dict[str, None] = {}
    for start in starts:
        missing |= dict.fromkeys(await recheck.look(service, people, start, start + timedelta(minutes=minutes), at))
    return list(missing)
