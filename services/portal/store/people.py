"""People in MongoDB."""

import re
from collections.abc import Collection
from typing import Any, Final

from services.portal.domain.person import AddressTaken, Identity, Person, search_words
from shared.mongo import Document, Index
from shared.service import Service
from shared.unit import Unit

_CARD: Final = ("name", "email", "department", "location", "zone", "level", "languages", "active")
_MOST_FOUND: Final = 50
_MOST_WORDS: Final = 6

INDEXES = [
    Index("people", "employee_id", unique=True),
    Index("people", "email"),
    Index("people", "words"),
    Index("people", "identities.issuer", "identities.subject"),
]


class MongoPeople:
    """`People` in one unit of work. Addresses are claims, so two people can swap theirs in one unit."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._addresses: dict[str, str] = {}

    async def get(self, person_id: str) -> Person:
        return self._remember(await self._unit.get("people", Person, person_id))

    async def find(self, person_id: str) -> Person | None:
        person = await self._unit.find("people", Person, person_id)
        return None if person is None else self._remember(person)

    async def several(self, person_ids: Collection[str]) -> dict[str, Person]:
        await self._unit.prefetch({"people": person_ids})
        found = [await self.find(person_id) for person_id in person_ids]
        return {person.id: person for person in found if person is not None}

    async def with_identity(self, identity: Identity) -> Person | None:
        return await self._one({"identities": {"$elemMatch": identity.model_dump()}})

    async def with_email(self, email: str) -> Person | None:
        return await self._one({"email": email})

    async def save(self, person: Person) -> None:
        before = self._addresses.get(person.id)
        if before != person.email:
            if before is not None:
                self._unit.release("addresses", {"_id": before, "person_id": person.id})
            self._unit.claim("addresses", {"_id": person.email, "person_id": person.id}, AddressTaken(field="email"))
            self._addresses[person.id] = person.email
        self._unit.save("people", person)

    async def _one(self, where: dict[str, Any]) -> Person | None:
        found = await self._unit.query("people", Person, where, limit=1)
        return self._remember(found[0]) if found else None

    def _remember(self, person: Person) -> Person:
        self._addresses.setdefault(person.id, person.email)
        return person


class PeopleRows:
    """People as queries see them: documents, read as they are."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def one(self, person_id: str) -> Person | None:
        """The person with this id."""
        document = await self._service.database.people.find_one({"_id": person_id})
        return None if document is None else Person.from_document(document)

    async def with_email(self, email: str) -> Person | None:
        """The person with this address."""
        document = await self._service.database.people.find_one({"email": email})
        return None if document is None else Person.from_document(document)

    async def cards(self, person_ids: Collection[str]) -> list[Document]:
        """The little that is shown of these people."""
        rows = self._service.database.people.find({"_id": {"$in": list(person_ids)}}, dict.fromkeys(_CARD, 1))
        return [row async for row in rows]

    async def search(self, text: str, limit: int) -> list[Document]:
        """Active people of whom each word of `text` begins a word of the name, address or employee id."""
        words = search_words(text)[:_MOST_WORDS]
        where: dict[str, Any] = {"active": True}
        if words:
            where["$and"] = [{"words": {"$regex": f"^{re.escape(word)}"}} for word in words]
        rows = self._service.database.people.find(where, dict.fromkeys(_CARD, 1)).sort([("name", 1), ("_id", 1)])
        return [row async for row in rows.limit(min(limit, _MOST_FOUND)).max_time_ms(2000)]

    async def everyone(self) -> list[Person]:
        """All people, as an import compares itself with them."""
        return [Person.from_document(document) async for document in self._service.database.people.find()]

    async def count(self) -> int:
        """How many people there are."""
        found: int = await self._service.database.people.count_documents({"active": True})
        return found
