"""A meeting's entry in one partner's calendar: what we have written there, and what has become of it since."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.scheduling.domain.meeting import Meeting
from services.scheduling.domain.standing import MeetingState
from shared.aggregate import Aggregate


class Change(StrEnum):
    """What differs between a calendar and the meeting, and who has to follow."""

    NOTHING = "nothing"
    BEHIND = "behind"
    """The calendar does not show yet, or not any more, what it should: it is written anew."""
    MOVED = "moved"
    GONE = "gone"
    DECLINED = "declined"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The entry as it stands in the calendar. `declined`: its owner has said no to it there."""

    starts_at: datetime
    ends_at: datetime
    revision: int
    declined: bool = False


class Copy(Aggregate):
    """What we wrote last, so that what the person has done can be told from it: without that, who is behind would look like who moved it.

    `calendar` names the calendar it is in, and which connection of it. `edition` counts our writes. `mark` names the state we left it in,
    `seen` the one that was read and acted on: the same is not acted on twice.
    `text` is a digest of the words we wrote: where others stand now they are the person's own and stay.
    """

    meeting_id: str
    person_id: str
    calendar: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    text: str | None = None
    mark: str | None = None
    edition: int = 0
    seen: str | None = None

    @classmethod
    def of(cls, meeting_id: str, person_id: str) -> "Copy":
        """Of an entry nothing is known of yet."""
        return cls(id=copy_id(meeting_id, person_id), meeting_id=meeting_id, person_id=person_id)

    def look_into(self, calendar: str) -> None:
        """Where another calendar was connected since, nothing has been written there yet."""
        if self.calendar != calendar:
            self.calendar = calendar
            self.starts_at = self.ends_at = self.text = self.mark = self.seen = None

    def was_written(self, *, starts_at: datetime, ends_at: datetime, text: str, mark: str | None) -> None:
        """Our own hand: what is read with this mark is no news."""
        self.starts_at, self.ends_at, self.text, self.mark, self.seen = starts_at, ends_at, text, mark, None
        self.edition += 1

    def was_taken_away(self) -> None:
        """We have removed it ourselves."""
        self.starts_at = self.ends_at = self.text = self.mark = self.seen = None
        self.edition += 1

    def change(self, shown: Shown | None, meeting: Meeting) -> Change:
        """Compare three: what we wrote last, what stands there now, and the meeting as it is."""
        booked = meeting.state is MeetingState.BOOKED
        if shown is None:
            return Change.GONE if booked and self.starts_at is not None else Change.NOTHING
        if not booked:
            return Change.BEHIND if meeting.state is MeetingState.CANCELLED else Change.NOTHING
        if shown.starts_at == meeting.starts_at:
            if shown.declined:
                return Change.DECLINED
            return Change.NOTHING if shown.ends_at == meeting.ends_at else Change.BEHIND
        written_before = shown.starts_at == self.starts_at if self.starts_at is not None else shown.revision < meeting.revision
        return Change.BEHIND if written_before else Change.MOVED


def copy_id(meeting_id: str, person_id: str) -> str:
    """There is one for each of the two."""
    return f"{meeting_id}/{person_id}"
