"""What people do to their meetings in their own calendars, and what we write there."""

from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain import Answer, Change, Coming, Copy, Meeting, Shown
from services.scheduling.handlers.protocols import Announcements, Copies, Meetings, Policies, Times


@dataclass(frozen=True, kw_only=True)
class NoteWritten:
    """We have written an entry, or taken it away (`starts_at` is None)."""

    meeting_id: str
    person_id: str
    calendar: str
    starts_at: datetime | None
    ends_at: datetime | None
    text: str
    mark: str | None
    at: datetime


async def note_written(command: NoteWritten, copies: Copies) -> None:
    """Remember it, so that it is known again when it is read."""
    copy = await copies.of(command.meeting_id, command.person_id)
    copy.look_into(command.calendar)
    if command.starts_at is None or command.ends_at is None:
        copy.was_taken_away()
    else:
        copy.was_written(starts_at=command.starts_at, ends_at=command.ends_at, text=command.text, mark=command.mark)
    await copies.save(copy)


@dataclass(frozen=True, kw_only=True)
class TakeChange:
    """An entry as it was just read (`shown`; None: it is gone). `mark` names this state of it, `edition` how often we had written it."""

    meeting_id: str
    person_id: str
    calendar: str
    shown: Shown | None
    mark: str
    edition: int
    at: datetime

    @property
    def occasion(self) -> str:
        """Each time a calendar is brought back has a name of its own, also when the same was done to it as before."""
        return f"{self.edition}-{self.mark}"


async def take_change(
    command: TakeChange, meetings: Meetings, copies: Copies, policies: Policies, *, times: Times, announcements: Announcements
) -> Change:
    """Make of what a person has done in their calendar what it means here. Raises what a new time is refused with."""
    meeting, copy = await meetings.find(command.meeting_id), await copies.of(command.meeting_id, command.person_id)
    if meeting is None or command.person_id not in meeting.partners or not _is_news(command, copy):
        return Change.NOTHING
    copy.look_into(command.calendar)
    change = copy.change(command.shown, meeting)
    copy.seen = command.mark
    await copies.save(copy)
    if change is Change.MOVED and command.shown is not None:
        await _move(command.shown.starts_at, command, meeting, policies=policies, times=times, announcements=announcements)
    elif change is Change.GONE:
        meeting.cancel(command.person_id, command.at)
        await times.give_back(meeting)
        await announcements.withdraw(meeting)
    elif change is Change.DECLINED:
        answer = Answer(coming=Coming.DECLINED, revision=meeting.revision, stamp=command.at, verified=True)
        if meeting.hear(command.person_id, answer):
            await announcements.look_for_times(meeting, command.person_id)
    elif change is Change.BEHIND:
        await announcements.restore(meeting, command.person_id, command.occasion)
    if change not in {Change.NOTHING, Change.BEHIND}:
        await meetings.save(meeting)
    return change


async def turn_back(command: TakeChange, meetings: Meetings, copies: Copies, announcements: Announcements) -> None:
    """What was done in a calendar cannot be: it shows the meeting as it is again, and a mail says why."""
    meeting, copy = await meetings.find(command.meeting_id), await copies.of(command.meeting_id, command.person_id)
    if meeting is None or not _is_news(command, copy):
        return
    copy.seen = command.mark
    await copies.save(copy)
    await announcements.restore(meeting, command.person_id, command.occasion)
    if meeting.open:
        await announcements.decline_counter(meeting, command.person_id)


def _is_news(command: TakeChange, copy: Copy) -> bool:
    """Not what we wrote ourselves, not what was acted on, and not what was read before we wrote anew."""
    return command.edition == copy.edition and command.mark not in {copy.seen, copy.mark}


async def _move(
    starts_at: datetime, command: TakeChange, meeting: Meeting, *, policies: Policies, times: Times, announcements: Announcements
) -> None:
    """As agreed where the partner lets it be, else a question to them; the calendar shows the old time until they have answered."""
    by = command.person_id
    other = next(person for person in meeting.partners if person != by)
    if (await policies.of(other)).partner_may_move:
        meeting.move(by, starts_at, command.at)
        await times.take(meeting)
        await announcements.invite(meeting)
    else:
        meeting.propose_move(by, [starts_at], command.at)
        await times.hold(meeting)
        await announcements.restore(meeting, by, command.occasion)
