"""What we know of people besides their meetings: their letters, their entries and their addresses, in one unit of work."""

from datetime import datetime

from services.scheduling.domain import Copy, Letter, copy_id
from shared.unit import Unit


class MongoLetters:
    """`Letters` in one unit of work: a row for each, that holds what came of it and nothing of what it says."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def seen(self, letter: Letter) -> bool:
        named = letter.message_id and await self._unit.rows("letters", {"message_id": letter.message_id}, limit=1)
        return bool(named) or await self._unit.row("letters", letter.digest) is not None

    async def keep(self, letter: Letter, outcome: str, at: datetime) -> None:
        row = {"_id": letter.digest, "message_id": letter.message_id, "skipped": letter.skipped, "outcome": str(outcome), "at": at}
        self._unit.put("letters", row)


class MongoCopies:
    """`Copies` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def of(self, meeting_id: str, person_id: str) -> Copy:
        return await self._unit.find("copies", Copy, copy_id(meeting_id, person_id)) or Copy.of(meeting_id, person_id)

    async def save(self, copy: Copy) -> None:
        self._unit.save("copies", copy)


class MongoPeople:
    """`People` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def address_of(self, person_id: str) -> str:
        person = await self._unit.row("people", person_id)
        return str(person["email"]) if person else ""
