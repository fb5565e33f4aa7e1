"""The run of meetings of one partnership: who meets, and for how long they do."""

from datetime import date, datetime
from enum import StrEnum

from shared.aggregate import Aggregate
from shared.errors import NotAllowed, Rejected


class NotYourPartnership(NotAllowed):
    """Only the two partners see and change their meetings."""


class PartnershipOver(Rejected):
    """This partnership has ended; no more meetings are arranged for it."""


class SeriesState(StrEnum):
    RUNNING = "running"
    ENDED = "ended"


class Series(Aggregate):
    """All meetings of one partnership; its id is the partnership's."""

    programme_id: str
    protege_id: str
    mentor_id: str
    started_at: datetime
    ends_on: date | None = None
    paused_until: date | None = None
    """The first day on which the two go on."""
    state: SeriesState = SeriesState.RUNNING
    ended_at: datetime | None = None
    least_days: int | None = None
    most_days: int | None = None
    agreements: int = 0
    """How often the two have agreed on the gap between meetings: its version."""

    @property
    def partners(self) -> tuple[str, str]:
        """The protégé first: it is their clock that a meeting's grid follows."""
        return self.protege_id, self.mentor_id

    def other(self, person_id: str) -> str:
        """The partner of one of the two."""
        return self.mentor_id if person_id == self.protege_id else self.protege_id

    def must_be_partner(self, person_id: str) -> None:
        """Refuse everybody but the two. Raises NotYourPartnership."""
        if person_id not in self.partners:
            raise NotYourPartnership

    def must_run(self) -> None:
        """Refuse what makes no sense after the end. Raises PartnershipOver."""
        if self.state is SeriesState.ENDED:
            raise PartnershipOver

    def due_on(self, day: date | None) -> date | None:
        """The day the next meeting is due, which a pause puts off."""
        return max(day, self.paused_until) if day is not None and self.paused_until is not None else day

    def is_paused_on(self, day: date) -> bool:
        """Whether the two stand still on a day to come."""
        return self.paused_until is not None and day < self.paused_until

    def agree_on_gap(self, least_days: int, most_days: int) -> None:
        """Both want so many days from one meeting to the next."""
        if (self.least_days, self.most_days) != (least_days, most_days):
            self.least_days, self.most_days = least_days, most_days
            self.agreements += 1

    def end(self, at: datetime) -> None:
        """The partnership is over."""
        self.state = SeriesState.ENDED
        self.ended_at = at
