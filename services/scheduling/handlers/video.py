"""Video calls of meetings."""

from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain import VideoKind
from services.scheduling.handlers.protocols import Announcements, Meetings, VideoChoices


@dataclass(frozen=True, kw_only=True)
class ChooseVideo:
    kind: VideoKind
    by: str
    at: datetime


async def choose_video(command: ChooseVideo, choices: VideoChoices) -> None:
    """Have calls of this kind made for meetings without a place, or none."""
    choice = await choices.of(command.by)
    choice.choose(command.kind)
    await choices.save(choice)


@dataclass(frozen=True, kw_only=True)
class AddLink:
    """A call was made."""

    meeting_id: str
    link: str
    at: datetime


async def add_link(command: AddLink, meetings: Meetings, announcements: Announcements) -> None:
    """The call is the meeting's place, unless it has got another meanwhile; the two are invited, anew where they have been already."""
    meeting = await meetings.get(command.meeting_id)
    if meeting.add_link(command.link):
        await meetings.save(meeting)
        await announcements.invite(meeting)


@dataclass(frozen=True, kw_only=True)
class GoWithoutLink:
    """No call could be made so far; `follows`: it will be tried again."""

    meeting_id: str
    follows: bool
    at: datetime


async def go_without_link(command: GoWithoutLink, meetings: Meetings, announcements: Announcements) -> None:
    """The two are invited all the same: a call that cannot be made never costs a meeting."""
    meeting = await meetings.get(command.meeting_id)
    if meeting.go_without_link(follows=command.follows):
        await meetings.save(meeting)
        await announcements.invite(meeting)
