"""What comes back by mail: answers to invitations, counter-proposals, and much that is neither."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.scheduling.domain import Answer, Coming, Letter, Meeting, NotBooked, OldTime, Reply, same_mailbox, vouched_for
from services.scheduling.handlers.protocols import Announcements, Letters, Meetings, People, Times


class Outcome(StrEnum):
    """What came of a letter."""

    SEEN = "seen"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    STRANGER = "stranger"
    APPLIED = "applied"
    OVERTAKEN = "overtaken"
    UNVERIFIED = "unverified"
    OLD_TIME = "old_time"
    DELEGATED = "delegated"
    COUNTERED = "countered"
    TURNED_DOWN = "turned_down"
    SENT_AGAIN = "sent_again"


@dataclass(frozen=True, kw_only=True)
class TakeLetter:
    """`proven`: the people whose own invitation this letter answers, as the address it came to shows. `skipped`: there is nothing in it."""

    letter: Letter
    meeting_id: str | None
    proven: Collection[str]
    skipped: bool
    at: datetime


async def take_letter(
    command: TakeLetter, letters: Letters, people: People, *, meetings: Meetings, times: Times, announcements: Announcements
) -> Outcome:
    """Do what the letter asks, once. Raises what a counter-proposal is refused with."""
    if await letters.seen(command.letter):
        return Outcome.SEEN
    reply = command.letter.reply
    meeting = await meetings.find(command.meeting_id) if command.meeting_id is not None else None
    if command.skipped or reply is None:
        outcome = Outcome.SKIPPED
    elif meeting is None:
        outcome = Outcome.UNKNOWN
    else:
        guest = await _guest(meeting, reply.attendee, people)
        outcome = await _hear(command, reply, meeting, guest, times=times, announcements=announcements)
        await meetings.save(meeting)
    await letters.keep(command.letter, outcome, command.at)
    return outcome


async def turn_down(command: TakeLetter, letters: Letters, people: People, *, meetings: Meetings, announcements: Announcements) -> Outcome:
    """The time of a counter-proposal cannot be: tell the guest's calendar program."""
    meeting = await meetings.find(command.meeting_id or "")
    guest = await _guest(meeting, command.letter.reply.attendee, people) if meeting and command.letter.reply else None
    if meeting is not None and guest is not None:
        await announcements.decline_counter(meeting, guest)
    await letters.keep(command.letter, Outcome.TURNED_DOWN, command.at)
    return Outcome.TURNED_DOWN


async def _guest(meeting: Meeting, attendee: str, people: People) -> str | None:
    for person_id in meeting.partners:
        address = await people.address_of(person_id)
        if address and same_mailbox(attendee, address):
            return person_id
    return None


async def _hear(
    command: TakeLetter, reply: Reply, meeting: Meeting, guest: str | None, *, times: Times, announcements: Announcements
) -> Outcome:
    if guest is None:
        meeting.answers.turn_away(reply.attendee)
        return Outcome.STRANGER
    verified = guest in command.proven or vouched_for(command.letter, reply.attendee)
    if reply.method == "REPLY" and reply.coming in _COMING:
        answer = Answer(coming=_COMING[reply.coming], revision=reply.revision, stamp=reply.stamp, verified=verified)
        return await _answer(answer, meeting, guest, announcements)
    if not verified:
        return Outcome.UNVERIFIED
    if reply.method == "COUNTER":
        return await _counter(command, reply, meeting, guest, times)
    await announcements.invite_again(meeting, guest)
    return Outcome.DELEGATED if reply.coming == "DELEGATED" else Outcome.SENT_AGAIN


async def _answer(answer: Answer, meeting: Meeting, guest: str, announcements: Announcements) -> Outcome:
    try:
        news = meeting.hear(guest, answer)
    except NotBooked:
        return Outcome.SKIPPED
    except OldTime:
        if answer.verified:
            await announcements.invite_again(meeting, guest)
        return Outcome.OLD_TIME
    if news and answer.verified and answer.coming is Coming.DECLINED:
        await announcements.look_for_times(meeting, guest)
    if not news:
        return Outcome.OVERTAKEN
    return Outcome.APPLIED if answer.verified else Outcome.UNVERIFIED


async def _counter(command: TakeLetter, reply: Reply, meeting: Meeting, guest: str, times: Times) -> Outcome:
    """A time proposed in a calendar program is one proposed here, if both are free then."""
    if reply.revision < meeting.revision:
        raise OldTime
    meeting.propose_move(guest, [reply.starts_at] if reply.starts_at else [], command.at)
    await times.hold(meeting)
    return Outcome.COUNTERED


_COMING = {"ACCEPTED": Coming.ACCEPTED, "TENTATIVE": Coming.TENTATIVE, "DECLINED": Coming.DECLINED}
