"""Forms that wait for their sender to sign in again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from shared.mongo import Collection, Document, Index
from shared.service import Service

_SECONDS: Final = 900

INDEXES = [Index("held_forms", "at", expire_after=_SECONDS)]


class HeldForms:
    """Each under the hash of a secret only its browser has."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def keep(self, key: str, *, person_id: str, path: str, fields: Sequence[tuple[str, str]], at: datetime) -> None:
        """Keep what was typed."""
        await self._forms.insert_one(
            {"_id": key, "person_id": person_id, "path": path, "fields": [list(field) for field in fields], "at": at}
        )

    async def take(self, key: str, person_id: str) -> Document | None:
        """What this person had typed; it is given once."""
        found: Document | None = await self._forms.find_one_and_delete({"_id": key, "person_id": person_id})
        return found

    @property
    def _forms(self) -> Collection:
        return self._service.database.held_forms
