"""What scheduling shows over HTTP."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Depends, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.scheduling.domain import Availability, Coming, Happening, Kind, Meeting, MeetingState, Style, Word
from services.scheduling.domain.calendar import Knowledge
from services.scheduling.store import CalendarBook, Queries, Recheck, Refresher
from shared.service import Running


class Body(BaseModel):
    """What is sent to us: a field we do not know is an error."""

    model_config = ConfigDict(extra="forbid")


class MoveView(BaseModel):
    """Times one of the two asks for in the place of the one that stands."""

    starts: list[AwareDatetime]
    by_id: str
    held_until: AwareDatetime


class AnswerView(BaseModel):
    """What one of the two says of coming. `verified`: it is known to be from them."""

    person_id: str
    coming: Coming
    verified: bool


class MeetingView(BaseModel):
    """One meeting."""

    meeting_id: str
    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    state: MeetingState
    minutes: int
    place: str
    video_link: Annotated[str | None, Field(description="the place, when it is the address of a video call")]
    link_follows: Annotated[bool | None, Field(description="whether a call is still being made for it")] = None
    starts_at: AwareDatetime | None
    ends_at: AwareDatetime | None
    proposed: list[AwareDatetime]
    proposed_by_id: str | None
    saved_minutes: int
    noted_by_id: str | None
    words: dict[str, Word]
    held_until: Annotated[AwareDatetime | None, Field(description="until then nobody else gets the proposed times")] = None
    moving: MoveView | None = None
    answers: list[AnswerView]
    strangers: Annotated[list[str], Field(description="addresses that have answered without having been asked")]
    history: Annotated[list[Happening], Field(description="what has become of it, the latest last")]

    @classmethod
    def of(cls, meeting: Meeting) -> "MeetingView":
        """The meeting as its two see it."""
        hidden = {"id", "version", "sequence", "stamp", "revision", "arranged_at", "answers"}
        said = [(person_id, meeting.answers.of(person_id, meeting.revision)) for person_id in meeting.partners]
        return cls(
            meeting_id=meeting.id,
            video_link=meeting.video_link,
            answers=[AnswerView(person_id=one, coming=answer.coming, verified=answer.verified) for one, answer in said if answer],
            strangers=meeting.answers.strangers,
            **meeting.model_dump(exclude=hidden),
        )


class DaysOffView(BaseModel):
    """Days on which one of the two is not to be had as usual; `name` is a holiday's, in the language that was asked for."""

    person_id: str
    first_on: date
    last_on: date
    why: Literal["holiday", "away", "elsewhere", "other_hours"]
    name: str

    @classmethod
    def of_both(cls, people: Sequence[Availability], first: date, last: date, language: str) -> "list[DaysOffView]":
        """What is different for each of them between two days."""
        return [cls(person_id=one.id, **vars(off)) for one in people for off in one.limits.told(first, last, language)]


class SeriesView(BaseModel):
    """All meetings of one partnership, and when the next one is due."""

    cadence_weeks: int | None
    minutes: int
    met: int
    saved_minutes: int
    last_met_at: AwareDatetime | None
    next_due_on: date | None
    meetings: list[MeetingView]
    planned: Annotated[list[AwareDatetime], Field(description="of the plan that waits for an answer: when meetings would be")]
    days_off: Annotated[list[DaysOffView], Field(description="of both, in the months to come")]


class SpanView(BaseModel):
    """From one instant to another."""

    start: datetime
    end: datetime


class PersonTimeView(BaseModel):
    """When one of the two works, and when they are busy; never with what."""

    person_id: str
    zone: str
    working: list[SpanView]
    busy: list[SpanView]
    calendars: Annotated[Knowledge, Field(description="how far what is known of their calendars can be relied on")]
    checked_at: Annotated[AwareDatetime | None, Field(description="as of when their calendars are known, the oldest of them")]


class SlotView(BaseModel):
    """A time at which both are free."""

    starts_at: datetime
    ends_at: datetime


class OfferView(SlotView):
    """One of the best times: `why` is usual_time, on_rhythm, quiet, fair_hours, soonest or free."""

    why: str


class ClockChangeView(BaseModel):
    """A zone's clocks are put forward, or back (then `minutes` is negative)."""

    at: datetime
    zone: str
    minutes: int


class BindingView(BaseModel):
    """What of whom stands in the way: no_hours, hours, busy, buffer or notice."""

    person_id: str
    constraint: str


class NoneView(BaseModel):
    """Why there is no common time; `try` is `shorter:30`, `later:2026-12-07`, `wider:60`, `buffer:0`, `notice:0` or `nothing`."""

    model_config = ConfigDict(populate_by_name=True)

    binding: list[BindingView]
    attempt: Annotated[str, Field(alias="try")]


class ItemView(BaseModel):
    """Something to talk about."""

    item_id: str
    text: str
    kind: Kind
    by_id: str
    goal_id: str | None
    step_id: str | None
    done: bool
    carried_from: Annotated[AwareDatetime | None, Field(description="the start of the first meeting that left it open")]


class AgendaView(BaseModel):
    """What the two want to talk about next; `style` is how, `agreed_style` how their charter says, which is usually the same."""

    items: list[ItemView]
    style: Style
    agreed_style: Style


class MadeMeeting(BaseModel):
    """The id of what was made."""

    meeting_id: str
    unchecked: Annotated[list[str], Field(description="whose calendar did not answer in time: what was last known of it counted")] = []


class MadeItem(BaseModel):
    """The id of what was made."""

    item_id: str


# The four below are coroutines because FastAPI would send plain functions to a thread on every request.
async def _queries(service: Running) -> Queries:
    return Queries(service.database)


async def _book(request: Request) -> CalendarBook:
    return request.app.state.book  # type: ignore[no-any-return] # put there by `create_app`


async def _refresher(request: Request) -> Refresher:
    return request.app.state.refresher  # type: ignore[no-any-return] # put there by `create_app`


async def _recheck(request: Request) -> Recheck:
    return request.app.state.recheck  # type: ignore[no-any-return] # put there by `create_app`


Reads = Annotated[Queries, Depends(_queries)]
Book = Annotated[CalendarBook, Depends(_book)]
Refreshing = Annotated[Refresher, Depends(_refresher)]
Rechecking = Annotated[Recheck, Depends(_recheck)]
