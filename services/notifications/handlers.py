"""What notifications can be asked to do. Each handler runs inside one unit of work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.notifications.domain import (
    Closing,
    Kind,
    Listener,
    Meeting,
    Notice,
    Preferences,
    Programme,
    closings_of,
    concerns_managers,
    notices_for_managers,
    notices_of,
    outdated_by,
    reminders_of,
)
from shared.event import Event

# ------------------------------------------------------------------ what the handlers need


class Notices(Protocol):
    """Everybody's notices."""

    async def tell(self, notice: Notice) -> None:
        """Put it into the inbox, and into the post where it goes by mail; unless it has been told already."""

    async def get(self, notice_id: str) -> Notice:
        """Raises NotYourNotice when there is none."""

    async def unseen_of(self, person_id: str) -> list[Notice]: ...

    def save(self, notice: Notice) -> None: ...

    async def about(self, kind: Kind, matter: str) -> list[Notice]:
        """What everybody was told of this kind about this matter."""

    def close(self, closing: Closing, concerns: Sequence[str]) -> None:
        """Settle a question; `concerns` are people who cannot be found by their notices any more."""

    def remove(self, notice: Notice) -> None: ...


class Directory(Protocol):
    """The people and programmes we have heard of."""

    def keep_person(self, person: Listener) -> None: ...

    def keep_programme(self, programme: Programme) -> None: ...

    async def managers_of(self, programme_id: str) -> tuple[str, ...] | None:
        """None for a programme we have not heard of yet."""

    def keep_preferences(self, preferences: Preferences) -> None: ...


class Diary(Protocol):
    """What is to happen later, and what is known about it until then."""

    def keep(self, meeting: Meeting) -> None: ...

    async def find(self, meeting_id: str) -> Meeting | None: ...

    def remove(self, meeting_id: str) -> None: ...

    def remind_of(self, meeting: Meeting) -> None: ...

    def forget_reminder_of(self, meeting_id: str) -> None: ...

    def keep_agenda(self, partnership_id: str, open_items: int) -> None: ...

    async def agenda_is_empty(self, partnership_id: str) -> bool: ...

    def keep_pause(self, partnership_id: str, until: date | None) -> None:
        """The first day on which two go on; None: they do already."""

    async def paused_until(self, partnership_id: str) -> date | None: ...

    def try_managers_again(self, event: Event, at: datetime) -> None:
        """Tell the managers when it is known who they are; given up once the event is old news."""


# ------------------------------------------------------------------ telling


@dataclass(frozen=True, kw_only=True)
class Tell:
    """`at`: when it was heard, not when it happened."""

    event: Event
    at: datetime


async def tell(command: Tell, notices: Notices, directory: Directory, diary: Diary) -> None:
    """Tell everybody an event concerns, and settle the questions it answers."""
    leaving = [notice for kind, matter in outdated_by(command.event) for notice in await notices.about(kind, matter)]
    for notice in leaving:
        notices.remove(notice)
    for closing in closings_of(command.event):
        notices.close(closing, [notice.person_id for notice in leaving])
    for notice in notices_of(command.event, arrived_at=command.at):
        await notices.tell(notice)
    if concerns_managers(command.event):
        await tell_managers(command, notices, directory, diary)


async def tell_managers(command: Tell, notices: Notices, directory: Directory, diary: Diary) -> None:
    """Tell the programme's managers; later, when the programme is not known yet: topics know no order among each other."""
    manager_ids = await directory.managers_of(getattr(command.event, "programme_id", ""))
    if manager_ids is None:
        diary.try_managers_again(command.event, command.at)
    for notice in notices_for_managers(command.event, manager_ids or (), arrived_at=command.at):
        await notices.tell(notice)


# ------------------------------------------------------------------ meetings


@dataclass(frozen=True, kw_only=True)
class PlanReminder:
    """`told_at`: when the two learned of this time."""

    meeting: Meeting
    told_at: datetime


async def plan_reminder(command: PlanReminder, diary: Diary) -> None:
    """Remind the two a day before; a meeting that was moved has only its new reminder."""
    diary.keep(command.meeting)
    if command.meeting.is_worth_reminding_of(command.told_at):
        diary.remind_of(command.meeting)
    else:
        diary.forget_reminder_of(command.meeting.meeting_id)


@dataclass(frozen=True, kw_only=True)
class DropReminder:
    meeting_id: str


async def drop_reminder(command: DropReminder, diary: Diary) -> None:
    """The meeting is over or off."""
    diary.remove(command.meeting_id)
    diary.forget_reminder_of(command.meeting_id)


@dataclass(frozen=True, kw_only=True)
class Remind:
    meeting_id: str
    at: datetime


async def remind(command: Remind, notices: Notices, diary: Diary) -> None:
    """A day is left, or less when nobody could be reminded in time; nothing is said once the meeting has begun, or in a pause."""
    meeting = await diary.find(command.meeting_id)
    if meeting is None or not meeting.is_ahead(command.at) or meeting.falls_into(await diary.paused_until(meeting.partnership_id)):
        return
    agenda_is_empty = await diary.agenda_is_empty(meeting.partnership_id)
    for notice in reminders_of(meeting, agenda_is_empty=agenda_is_empty, at=command.at):
        await notices.tell(notice)


# ------------------------------------------------------------------ what a person does


@dataclass(frozen=True, kw_only=True)
class MarkSeen:
    notice_id: str
    by: str
    at: datetime


async def mark_seen(command: MarkSeen, notices: Notices) -> None:
    """Somebody has seen a notice of theirs."""
    notice = await notices.get(command.notice_id)
    notice.mark_seen(by=command.by, at=command.at)
    notices.save(notice)


@dataclass(frozen=True, kw_only=True)
class MarkAllSeen:
    by: str
    at: datetime


async def mark_all_seen(command: MarkAllSeen, notices: Notices) -> None:
    """Somebody has seen their whole inbox."""
    for notice in await notices.unseen_of(command.by):
        notice.mark_seen(by=command.by, at=command.at)
        notices.save(notice)


@dataclass(frozen=True, kw_only=True)
class ChoosePreferences:
    preferences: Preferences
    at: datetime


async def choose_preferences(command: ChoosePreferences, directory: Directory) -> None:
    """Somebody says how they want to be told."""
    directory.keep_preferences(command.preferences)
