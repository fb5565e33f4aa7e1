"""What several routes read."""

from collections.abc import Collection, Mapping
from datetime import datetime

from services.matching.domain import Programme, ProgrammeState, RunState
from shared.auth import Asker
from shared.errors import NotFound
from shared.mongo import Document
from shared.service import Service


async def programme_of(service: Service, programme_id: str) -> Programme:
    """Raises NotFound."""
    return Programme.from_document(await document_of(service, "programmes", programme_id))


async def managed_programme(service: Service, programme_id: str, person: Asker) -> Programme:
    """Raises NotFound, and NotItsProgrammeManager for everybody else."""
    programme = await programme_of(service, programme_id)
    programme.must_be_managed_by(person.id)
    return programme


async def seen_programme(service: Service, programme_id: str, person: Asker) -> Programme:
    """The same for its auditors too."""
    programme = await programme_of(service, programme_id)
    programme.must_let_see(person.id)
    return programme


async def document_of(service: Service, collection: str, key: str) -> Document:
    """Raises NotFound."""
    document: Document | None = await service.database[collection].find_one({"_id": key})
    if document is None:
        raise NotFound
    return document


def told_to_the_two(reasons: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """What two may read of why they fit: nothing of how long one has waited, nor of what one has answered to the programme."""
    return {name: words for name, words in reasons.items() if name != "waiting" and not name.startswith("question.")}


def can_see(programme: Programme, person: Asker) -> bool:
    """A draft is its managers' own business."""
    return programme.state is not ProgrammeState.DRAFT or person.id in programme.manager_ids or "administrator" in person.roles


async def last_published(service: Service, programme_ids: Collection[str]) -> dict[str, datetime]:
    """When a match was last published, by programme."""
    where = {"programme_id": {"$in": list(programme_ids)}, "state": {"$in": [RunState.PUBLISHING.value, RunState.PUBLISHED.value]}}
    rows = service.database.runs.find(where, {"programme_id": 1, "published_at": 1}).sort("number", 1)
    return {row["programme_id"]: row["published_at"] async for row in rows}
