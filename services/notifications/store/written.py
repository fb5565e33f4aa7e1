"""What the handlers write, in one unit of work."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from services.notifications.domain import OLD_NEWS, Closing, Kind, Listener, Meeting, Notice, NotYourNotice, Preferences, Programme
from shared.deliveries import Delivery
from shared.event import Event
from shared.mongo import Index
from shared.timers import Timer
from shared.unit import Unit

INDEXES = [
    Index("notices", "person_id", "-at", "-_id"),
    Index("notices", "person_id", "arrived_at"),
    Index("notices", "kind", "matter"),
    Index("deliveries", "channel", "-created_at"),
]

REMINDER = "meeting_reminder"
LATE_MANAGERS = "late_managers"
LOOK_AGAIN_AFTER = timedelta(seconds=5)


class MongoNotices:
    """`Notices` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def tell(self, notice: Notice) -> None:
        if await self._unit.row("notices", notice.id) is not None:
            return
        self._unit.save("notices", notice)
        if notice.goes_by_mail:
            delivery = Delivery(id=f"mail/{notice.id}", channel="mail", payload={"notice_id": notice.id}, expires_at=notice.mail_until)
            self._unit.deliver(delivery)

    async def get(self, notice_id: str) -> Notice:
        notice = await self._unit.find("notices", Notice, notice_id)
        if notice is None:
            raise NotYourNotice
        return notice

    async def unseen_of(self, person_id: str) -> list[Notice]:
        return await self._unit.query("notices", Notice, {"person_id": person_id, "seen_at": None})

    def save(self, notice: Notice) -> None:
        self._unit.save("notices", notice)

    async def about(self, kind: Kind, matter: str) -> list[Notice]:
        # What this same unit tells is not found; its closing keeps it out of sight.
        return await self._unit.query("notices", Notice, {"kind": str(kind), "matter": matter})

    def close(self, closing: Closing, concerns: Sequence[str]) -> None:
        self._unit.put("closings", {"_id": closing.id, "at": closing.at, "concerns": list(concerns)})

    def remove(self, notice: Notice) -> None:
        self._unit.remove("notices", notice.id)


class MongoDirectory:
    """`Directory` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def keep_person(self, person: Listener) -> None:
        self._unit.put("people", {"_id": person.person_id, **person.model_dump(exclude={"person_id"})})

    def keep_programme(self, programme: Programme) -> None:
        self._unit.put("programmes", {"_id": programme.programme_id, "name": programme.name, "manager_ids": list(programme.manager_ids)})

    async def managers_of(self, programme_id: str) -> tuple[str, ...] | None:
        row = await self._unit.row("programmes", programme_id)
        return None if row is None else tuple(row["manager_ids"])

    def keep_preferences(self, preferences: Preferences) -> None:
        self._unit.put("preferences", {"_id": preferences.person_id, "email": preferences.email})


class MongoDiary:
    """`Diary` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def keep(self, meeting: Meeting) -> None:
        self._unit.put("meetings", {"_id": meeting.meeting_id, **meeting.model_dump(exclude={"meeting_id"})})

    async def find(self, meeting_id: str) -> Meeting | None:
        row = await self._unit.row("meetings", meeting_id)
        return None if row is None else Meeting.model_validate({"meeting_id": row["_id"], **row})

    def remove(self, meeting_id: str) -> None:
        self._unit.remove("meetings", meeting_id)

    def remind_of(self, meeting: Meeting) -> None:
        self._unit.remind(Timer(id=f"{REMINDER}/{meeting.meeting_id}", kind=REMINDER, due_at=meeting.remind_at, subject=meeting.meeting_id))

    def forget_reminder_of(self, meeting_id: str) -> None:
        self._unit.forget(f"{REMINDER}/{meeting_id}")

    def keep_agenda(self, partnership_id: str, open_items: int) -> None:
        self._unit.put("agendas", {"_id": partnership_id, "open_items": open_items})

    async def agenda_is_empty(self, partnership_id: str) -> bool:
        row = await self._unit.row("agendas", partnership_id)
        return row is None or not row["open_items"]

    def keep_pause(self, partnership_id: str, until: date | None) -> None:
        if until is None:
            self._unit.remove("pauses", partnership_id)
        else:
            self._unit.put("pauses", {"_id": partnership_id, "until": until.isoformat()})

    async def paused_until(self, partnership_id: str) -> date | None:
        row = await self._unit.row("pauses", partnership_id)
        return None if row is None else date.fromisoformat(row["until"])

    def try_managers_again(self, event: Event, at: datetime) -> None:
        if at >= event.at + OLD_NEWS:
            return
        timer_id = f"{LATE_MANAGERS}/{event.event_type}/{event.subject}/{event.at.isoformat()}"
        details = {"type": event.event_type, "event": event.model_dump(mode="json")}
        self._unit.remind(Timer(id=timer_id, kind=LATE_MANAGERS, due_at=at + LOOK_AGAIN_AFTER, subject=event.subject, details=details))
