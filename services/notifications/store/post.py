"""What the mail channel reads when a letter is due: the notice, its reader, and whether it is still worth sending."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from services.notifications.domain import Kind, Listener, Notice, why_no_mail
from shared.mongo import Database

REMINDERS = (Kind.MEETING_TOMORROW, Kind.AGENDA_EMPTY)
PEOPLE_FIELDS = ("other_id", "person_id", "protege_id", "mentor_id", "by_id")


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A notice on its way by mail."""

    notice: Notice
    reader: Listener
    names: dict[str, str]
    dropped_because: str | None


class MailSeen(BaseModel):
    """What an administrator sees of a mail: that it went, never what it said or to whom."""

    delivery_id: str
    state: str
    attempts: int
    problem: str | None = None
    created_at: datetime
    ended_at: datetime | None = None
    expires_at: datetime


class Post:
    """Reads what mails need."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def mail(self, notice_id: str) -> Mail | None:
        """The mail about a notice; None while we do not know who its person is."""
        document = await self._database.notices.find_one({"_id": notice_id})
        if document is None:
            return None
        notice = Notice.from_document(document)
        row = await self._database.people.find_one({"_id": notice.person_id})
        if row is None:
            return None
        reader = Listener.model_validate({"person_id": row["_id"], **row})
        preferences = await self._database.preferences.find_one({"_id": notice.person_id}) or {}
        reason = why_no_mail(
            active=reader.active,
            wants_mail=preferences.get("email", True),
            closed=await self._database.closings.find_one({"_id": {"$in": list(notice.closed_by)}}) is not None,
            still_true=await self._still_true(notice),
        )
        return Mail(notice=notice, reader=reader, names=await self._names(notice.subject), dropped_because=reason)

    async def _still_true(self, notice: Notice) -> bool:
        """A reminder speaks of a meeting at a time; it may have been moved or taken back since."""
        if notice.kind not in REMINDERS:
            return True
        meeting = await self._database.meetings.find_one({"_id": notice.subject["meeting_id"]})
        return meeting is not None and meeting["starts_at"] == datetime.fromisoformat(str(notice.subject["starts_at"]))

    async def _names(self, subject: dict[str, str | int]) -> dict[str, str]:
        ids = {field: subject[field] for field in PEOPLE_FIELDS if field in subject}
        found = self._database.people.find({"_id": {"$in": list(ids.values())}}, {"name": 1})
        people = {row["_id"]: row["name"] async for row in found}
        names = {field: people[person_id] for field, person_id in ids.items() if person_id in people}
        programme = await self._database.programmes.find_one({"_id": subject.get("programme_id")}, {"name": 1})
        return names | ({"programme_id": programme["name"]} if programme else {})

    async def sent(self, *, state: str | None, limit: int) -> list[MailSeen]:
        """The newest mails, as states and outcomes."""
        where: dict[str, Any] = {"channel": "mail", **({"state": state} if state else {})}
        fields = {"payload": 0, "token": 0}
        rows = self._database.deliveries.find(where, fields).sort("created_at", -1).limit(limit)
        return [MailSeen.model_validate({"delivery_id": row["_id"], **row}) async for row in rows]
