"""The stores of notifications in memory; the same conformance suite runs over these and over MongoDB."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from services.notifications.domain import OLD_NEWS, Closing, Kind, Listener, Meeting, Notice, NotYourNotice, Preferences, Programme
from shared.event import Event


@dataclass
class InMemoryNotices:
    """`Notices`."""

    inbox: dict[str, Notice] = field(default_factory=dict)
    post: list[str] = field(default_factory=list)
    closings: dict[str, tuple[Closing, Sequence[str]]] = field(default_factory=dict)

    async def tell(self, notice: Notice) -> None:
        if notice.id in self.inbox:
            return
        self.inbox[notice.id] = notice.model_copy(deep=True)
        if notice.goes_by_mail:
            self.post.append(notice.id)

    async def get(self, notice_id: str) -> Notice:
        if notice_id not in self.inbox:
            raise NotYourNotice
        return self.inbox[notice_id].model_copy(deep=True)

    async def unseen_of(self, person_id: str) -> list[Notice]:
        return [notice.model_copy(deep=True) for notice in self._of(person_id) if notice.seen_at is None]

    def _of(self, person_id: str) -> list[Notice]:
        return [notice for notice in self.inbox.values() if notice.person_id == person_id]

    def kinds_of(self, person_id: str) -> list[Kind]:
        """What somebody has been told."""
        return [notice.kind for notice in self._of(person_id)]

    def save(self, notice: Notice) -> None:
        self.inbox[notice.id] = notice

    async def about(self, kind: Kind, matter: str) -> list[Notice]:
        return [notice for notice in self.inbox.values() if (notice.kind, notice.matter) == (kind, matter)]

    def close(self, closing: Closing, concerns: Sequence[str]) -> None:
        self.closings[closing.id] = (closing, concerns)

    def remove(self, notice: Notice) -> None:
        del self.inbox[notice.id]


@dataclass
class InMemoryDirectory:
    """`Directory`."""

    people: dict[str, Listener] = field(default_factory=dict)
    programmes: dict[str, Programme] = field(default_factory=dict)
    preferences: dict[str, Preferences] = field(default_factory=dict)

    def keep_person(self, person: Listener) -> None:
        self.people[person.person_id] = person

    def keep_programme(self, programme: Programme) -> None:
        self.programmes[programme.programme_id] = programme

    async def managers_of(self, programme_id: str) -> tuple[str, ...] | None:
        programme = self.programmes.get(programme_id)
        return None if programme is None else programme.manager_ids

    def keep_preferences(self, preferences: Preferences) -> None:
        self.preferences[preferences.person_id] = preferences


@dataclass
class InMemoryDiary:
    """`Diary`."""

    meetings: dict[str, Meeting] = field(default_factory=dict)
    reminders: dict[str, datetime] = field(default_factory=dict)
    agendas: dict[str, int] = field(default_factory=dict)
    pauses: dict[str, date] = field(default_factory=dict)
    waiting_for_managers: list[Event] = field(default_factory=list)

    def keep(self, meeting: Meeting) -> None:
        self.meetings[meeting.meeting_id] = meeting

    async def find(self, meeting_id: str) -> Meeting | None:
        return self.meetings.get(meeting_id)

    def remove(self, meeting_id: str) -> None:
        self.meetings.pop(meeting_id, None)

    def remind_of(self, meeting: Meeting) -> None:
        self.reminders[meeting.meeting_id] = meeting.remind_at

    def forget_reminder_of(self, meeting_id: str) -> None:
        self.reminders.pop(meeting_id, None)

    def keep_agenda(self, partnership_id: str, open_items: int) -> None:
        self.agendas[partnership_id] = open_items

    async def agenda_is_empty(self, partnership_id: str) -> bool:
        return not self.agendas.get(partnership_id)

    def keep_pause(self, partnership_id: str, until: date | None) -> None:
        if until is None:
            self.pauses.pop(partnership_id, None)
        else:
            self.pauses[partnership_id] = until

    async def paused_until(self, partnership_id: str) -> date | None:
        return self.pauses.get(partnership_id)

    def try_managers_again(self, event: Event, at: datetime) -> None:
        if at < event.at + OLD_NEWS:
            self.waiting_for_managers.append(event)
