"""What notifications knows of a meeting: enough to remind its two people a day before."""

from datetime import date, datetime, timedelta

from pydantic import BaseModel, ConfigDict

REMINDER_BEFORE = timedelta(days=1)


class Meeting(BaseModel):
    """A meeting that has a time."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    meeting_id: str
    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    starts_at: datetime
    ends_at: datetime

    @property
    def remind_at(self) -> datetime:
        """A day before; both clocks may have changed in between, 24 hours remain 24 hours."""
        return self.starts_at - REMINDER_BEFORE

    @property
    def matter(self) -> str:
        """This meeting at this time: once moved, its reminder is another."""
        return f"{self.meeting_id}@{self.starts_at.isoformat()}"

    def is_worth_reminding_of(self, told_at: datetime) -> bool:
        """Who has heard of it less than a day before needs no second word."""
        return told_at < self.remind_at

    def falls_into(self, paused_until: date | None) -> bool:
        """Whether the two stand still then."""
        return paused_until is not None and self.starts_at.date() < paused_until

    def is_ahead(self, at: datetime) -> bool:
        """Whether it has not begun."""
        return at < self.starts_at
