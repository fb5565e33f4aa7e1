"""What scheduling tells: meetings and how full an agenda is."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from shared.event import Event


class MeetingProposed(Event, type="scheduling.meeting.proposed.v1", key="meeting_id"):
    """One partner has proposed times to the other."""

    meeting_id: str
    partnership_id: str
    programme_id: str
    by_id: str
    other_id: str
    starts: Annotated[tuple[AwareDatetime, ...], Field(description="the times to choose from")]
    minutes: int


class MeetingBooked(Event, type="scheduling.meeting.booked.v1", key="meeting_id"):
    """A meeting has its time."""

    meeting_id: str
    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class MeetingMoved(Event, type="scheduling.meeting.moved.v1", key="meeting_id"):
    """A meeting has another time."""

    meeting_id: str
    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    by_id: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    previous_starts_at: AwareDatetime


class MeetingMoveProposed(Event, type="scheduling.meeting.move_proposed.v1", key="meeting_id"):
    """One partner asks the other for another time. The meeting keeps its own until the other has picked one."""

    meeting_id: str
    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    by_id: str
    other_id: str
    starts_at: AwareDatetime
    starts: Annotated[tuple[AwareDatetime, ...], Field(description="the times to choose from")]
    turn: Annotated[int, Field(description="counts the proposals for one meeting")]


class MeetingMoveSettled(Event, type="scheduling.meeting.move_settled.v1", key="meeting_id"):
    """Another time for a meeting is not asked for any more. `kept`: the other partner leaves it where it is."""

    meeting_id: str
    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    by_id: str | None
    outcome: Annotated[str, Field(description="moved, kept, withdrawn or cancelled", examples=["kept"])]
    turn: int


class MeetingRezoned(Event, type="scheduling.meeting.rezoned.v1", key="meeting_id"):
    """The clocks of a zone follow new rules: a meeting has another instant, so that it stays at the same time on the wall."""

    meeting_id: str
    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    zone: Annotated[str, Field(description="whose clock shows what it did", examples=["Europe/Lisbon"])]
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    previous_starts_at: AwareDatetime


class MeetingCancelled(Event, type="scheduling.meeting.cancelled.v1", key="meeting_id"):
    """A meeting, or the question for its time, was taken back."""

    meeting_id: str
    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    by_id: str | None
    starts_at: AwareDatetime | None


class MeetingEnded(Event, type="scheduling.meeting.ended.v1", key="meeting_id"):
    """A meeting is over. It counts as met unless somebody says that it was missed; told once more when nobody says so any longer."""

    meeting_id: str
    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    saved_minutes: Annotated[int, Field(description="what of its time was given back, because the two were done earlier")] = 0


class MeetingMissed(Event, type="scheduling.meeting.missed.v1", key="meeting_id"):
    """A meeting did not take place."""

    meeting_id: str
    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    by_id: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class PlanProposed(Event, type="scheduling.plan.proposed.v1", key="partnership_id"):
    """One partner has proposed several meetings together."""

    partnership_id: str
    protege_id: str
    mentor_id: str
    by_id: str
    other_id: str
    starts: Annotated[tuple[AwareDatetime, ...], Field(description="all of them, in order")]
    minutes: int
    turn: Annotated[int, Field(description="counts the proposals of one partnership")]


class PlanSettled(Event, type="scheduling.plan.settled.v1", key="partnership_id"):
    """A plan does not wait for an answer any more; when it was agreed, each of its meetings tells for itself."""

    partnership_id: str
    protege_id: str
    mentor_id: str
    by_id: str
    outcome: Annotated[str, Field(description="agreed, declined or withdrawn", examples=["declined"])]
    turn: int


class AgendaChanged(Event, type="scheduling.agenda.changed.v1", key="partnership_id"):
    """The next meeting's agenda holds another number of open items."""

    partnership_id: str
    protege_id: str
    mentor_id: str
    open_items: int


EVENTS = (
    MeetingProposed,
    MeetingBooked,
    MeetingMoved,
    MeetingMoveProposed,
    MeetingMoveSettled,
    MeetingRezoned,
    MeetingCancelled,
    MeetingEnded,
    MeetingMissed,
    PlanProposed,
    PlanSettled,
    AgendaChanged,
)
