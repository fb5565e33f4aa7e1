"""A wish: one of the mentors a protégé would like to ask, and what has become of it."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class WishState(StrEnum):
    """A wish waits for its turn, is asked, and ends one way or the other."""

    WAITING = "waiting"
    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    UNANSWERED = "unanswered"
    PASSED_OVER = "passed_over"
    """The mentor had no place any more, or takes no part."""
    WITHDRAWN = "withdrawn"


class Wish(BaseModel):
    """A mentor who is to be asked, with what speaks for the pair. Why one declines is for the programme's managers only."""

    model_config = ConfigDict(extra="forbid")

    mentor_id: str
    enrolment_id: str
    points: int
    shares: dict[str, int]
    reasons: dict[str, list[str]]
    state: WishState = WishState.WAITING
    asked_at: datetime | None = None
    ended_at: datetime | None = None
    decline_reason: str = ""

    def end(self, state: WishState, at: datetime) -> None:
        """Nobody waits for this mentor any more."""
        self.state, self.ended_at = state, at
