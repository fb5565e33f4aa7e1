"""People in memory, behind the same Protocol as those on MongoDB."""

from collections.abc import Collection

from services.portal.domain.person import AddressTaken, Identity, Person
from shared.errors import NotFound


class InMemoryPeople:
    """Keeps copies, so that only what is saved stays."""

    def __init__(self) -> None:
        self.kept: dict[str, Person] = {}

    async def get(self, person_id: str) -> Person:
        person = await self.find(person_id)
        if person is None:
            raise NotFound
        return person

    async def find(self, person_id: str) -> Person | None:
        return _copy(self.kept.get(person_id))

    async def several(self, person_ids: Collection[str]) -> dict[str, Person]:
        found = [await self.find(person_id) for person_id in person_ids]
        return {person.id: person for person in found if person is not None}

    async def with_identity(self, identity: Identity) -> Person | None:
        return _copy(next((person for person in self.kept.values() if identity in person.identities), None))

    async def with_email(self, email: str) -> Person | None:
        return _copy(next((person for person in self.kept.values() if person.email == email), None))

    async def save(self, person: Person) -> None:
        if any(other.email == person.email and other.id != person.id for other in self.kept.values()):
            raise AddressTaken(field="email")
        person.published()
        self.kept[person.id] = person.model_copy()


def _copy(person: Person | None) -> Person | None:
    return None if person is None else person.model_copy()
