"""What one partner writes down about one meeting: for themselves, or for both. Nothing of it leaves the two."""

from datetime import datetime
from typing import Self

from services.scheduling.domain.meeting import Meeting
from shared.aggregate import Aggregate
from shared.errors import Invalid

LONGEST_NOTES = 10_000


class Notes(Aggregate):
    """One person's notes on one meeting; their id is made of both. They record no event."""

    meeting_id: str
    partnership_id: str
    by_id: str
    text: str = ""
    shared: bool = False
    """Whether the partner reads them, too. Nobody else ever does."""
    written_at: datetime | None = None

    @classmethod
    def of(cls, meeting: Meeting, by: str) -> Self:
        """A page with nothing on it. Raises NotYourPartnership."""
        meeting.must_be_partner(by)
        return cls(id=notes_id(meeting.id, by), meeting_id=meeting.id, partnership_id=meeting.partnership_id, by_id=by)

    def write(self, text: str, at: datetime, *, shared: bool) -> None:
        """Keep these words in place of the earlier ones. Raises Invalid, which does not repeat them."""
        words = text.strip()
        if len(words) > LONGEST_NOTES:
            raise Invalid(f"Notes have at most {LONGEST_NOTES} characters.", field="text")
        self.text, self.shared, self.written_at = words, shared, at

    def may_be_read_by(self, person_id: str) -> bool:
        """Their author, and the partner when they are shared."""
        return self.by_id == person_id or self.shared


def notes_id(meeting_id: str, person_id: str) -> str:
    """What is kept once: one person's notes on one meeting."""
    return f"{meeting_id}/{person_id}"
