"""The few fields matching keeps of each person, in MongoDB."""

from collections.abc import Iterable, Mapping

from services.matching.domain import Person, PersonUnknown
from shared.mongo import Index, in_breaths
from shared.timers import Timer
from shared.unit import Unit

INDEXES = [Index("people", "employee_id"), Index("people", "email")]
_HIGHEST_TREE = 100


class MongoPeople:
    """`People` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, person_id: str) -> Person:
        row = await self._unit.row("people", person_id)
        if row is None:
            raise PersonUnknown(field="person_id")
        return Person.from_document(row)

    async def many(self, person_ids: Iterable[str]) -> dict[str, Person]:
        ids = list(person_ids)
        await self._unit.prefetch({"people": ids})
        rows = [(person_id, await self._unit.row("people", person_id)) async for person_id in in_breaths(ids)]
        return {person_id: Person.from_document(row) async for person_id, row in in_breaths(rows) if row is not None}

    async def by_keys(self, employee_ids: Iterable[str], emails: Iterable[str]) -> tuple[dict[str, Person], dict[str, Person]]:
        where = {"$or": [{"employee_id": {"$in": list(employee_ids)}}, {"email": {"$in": list(emails)}}]}
        people = [Person.from_document(row) for row in await self._unit.rows("people", where)]
        return {person.employee_id: person for person in people if person.employee_id}, {
            person.email: person for person in people if person.email
        }

    async def managers_above(self, person_ids: Iterable[str]) -> Mapping[str, str]:
        managers: dict[str, str] = {}
        level = set(person_ids)
        for _ in range(_HIGHEST_TREE):
            await self._unit.prefetch({"people": level})
            rows = [await self._unit.row("people", person_id) async for person_id in in_breaths(level)]
            above = {row["_id"]: row["manager_id"] for row in rows if row is not None and row["manager_id"]}
            managers |= above
            level = set(above.values()) - managers.keys()
            if not level:
                break
        return managers

    def save(self, person: Person) -> None:
        self._unit.put("people", person.to_document())
        if not person.active:
            self._unit.remind(Timer(id=f"left/{person.id}", kind="leaver", due_at=self._unit.at, subject=person.id))
