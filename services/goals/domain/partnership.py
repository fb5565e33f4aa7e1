"""What other services have told goals: who is a pair, when they meet, who manages a programme."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from shared.errors import NotAllowed, NotFound, Rejected


class Partnership(BaseModel):
    """Two people who are paired, as matching tells it."""

    model_config = ConfigDict(frozen=True)

    id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    started_at: datetime
    ends_on: date | None = None
    paused_until: date | None = None
    """The first day on which the two go on."""
    resumed_at: datetime | None = None
    """When the last pause ended."""
    ended_at: datetime | None = None
    reason: str | None = None
    """Why it has ended: completed, by_agreement, needs_changed, no_time, not_working or left."""

    def must_be_of(self, person_id: str) -> None:
        """Raise NotYourPartnership unless the person is one of the two."""
        if person_id not in {self.protege_id, self.mentor_id}:
            raise NotYourPartnership

    def must_be_running_for(self, person_id: str) -> None:
        """Raise NotYourPartnership or PartnershipHasEnded unless the person is one of the two and they still are a pair."""
        self.must_be_of(person_id)
        if self.ended_at is not None:
            raise PartnershipHasEnded

    def other_than(self, person_id: str) -> str:
        """The other one of the two."""
        return self.mentor_id if person_id == self.protege_id else self.protege_id


class MeetingState(StrEnum):
    """Where a meeting stands, as scheduling tells it."""

    PROPOSED = "proposed"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    ENDED = "ended"
    MISSED = "missed"


class Meeting(BaseModel):
    """A meeting of a pair, as scheduling tells it. It may be known before its partnership is."""

    model_config = ConfigDict(frozen=True)

    id: str
    partnership_id: str
    programme_id: str
    state: MeetingState
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    saved_minutes: int = 0
    """What of its time the two gave back."""

    def must_have_taken_place(self) -> None:
        """Raise MeetingDidNotTakePlace or MeetingHasNotEnded unless it is over."""
        if self.state in {MeetingState.CANCELLED, MeetingState.MISSED}:
            raise MeetingDidNotTakePlace
        if self.state is not MeetingState.ENDED:
            raise MeetingHasNotEnded


class Programme(BaseModel):
    """A programme and its managers, as matching tells it."""

    model_config = ConfigDict(frozen=True)

    id: str
    manager_ids: tuple[str, ...]

    def must_be_managed_by(self, person_id: str) -> None:
        """Raise OnlyManagersMaySeeHealth unless the person manages it."""
        if person_id not in self.manager_ids:
            raise OnlyManagersMaySeeHealth


def past_everywhere(day: date, at: datetime) -> bool:
    """Whether the day is over in every time zone, so that nobody is told their own today has passed."""
    return day < (at - timedelta(hours=12)).date()


class PartnershipNotFound(NotFound):
    """There is no such partnership."""


class NotYourPartnership(NotAllowed):
    """What a pair writes is theirs alone; you are not one of the two."""


class PartnershipHasEnded(Rejected):
    """This partnership has ended; what it holds can be read, not changed."""


class MeetingNotFound(NotFound):
    """There is no such meeting."""


class MeetingHasNotEnded(Rejected):
    """The meeting is not over yet; say how it went afterwards."""


class MeetingDidNotTakePlace(Rejected):
    """The meeting did not take place, so there is nothing to say about it."""


class ProgrammeNotFound(NotFound):
    """There is no such programme."""


class OnlyManagersMaySeeHealth(NotAllowed):
    """Only the programme's managers see how its pairs are doing."""
