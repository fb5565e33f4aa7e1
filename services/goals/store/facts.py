"""What other services have told, as plain rows in one unit of work."""

from services.goals.domain import Meeting, MeetingNotFound, Partnership, PartnershipNotFound, Programme
from shared.mongo import Document
from shared.unit import Unit


class MongoPartnerships:
    """`Partnerships` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, partnership_id: str) -> Partnership:
        row = await self._unit.row("partnerships", partnership_id)
        if row is None:
            raise PartnershipNotFound
        return partnership_from(row)

    async def save(self, partnership: Partnership) -> None:
        days = {
            name: day and day.isoformat() for name, day in (("ends_on", partnership.ends_on), ("paused_until", partnership.paused_until))
        }
        self._unit.put("partnerships", {"_id": partnership.id, **partnership.model_dump(exclude={"id"}), **days})


class MongoMeetings:
    """`Meetings` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, meeting_id: str) -> Meeting:
        row = await self._unit.row("meetings", meeting_id)
        if row is None:
            raise MeetingNotFound
        return meeting_from(row)

    async def save(self, meeting: Meeting) -> None:
        self._unit.put("meetings", {"_id": meeting.id, **meeting.model_dump(exclude={"id"}), "state": meeting.state.value})


def keep_programme(programme: Programme, unit: Unit) -> None:
    """Remember who manages a programme."""
    unit.put("programmes", {"_id": programme.id, "manager_ids": list(programme.manager_ids)})


def keep_person(person_id: str, *, active: bool, locale: str, unit: Unit) -> None:
    """Remember whether somebody works here, and in which language."""
    unit.put("people", {"_id": person_id, "active": active, "locale": locale})


def partnership_from(row: Document) -> Partnership:
    return Partnership.model_validate({**row, "id": row["_id"]})


def meeting_from(row: Document) -> Meeting:
    return Meeting.model_validate({**row, "id": row["_id"]})


def programme_from(row: Document) -> Programme:
    return Programme.model_validate({**row, "id": row["_id"]})
