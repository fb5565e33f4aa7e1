"""Files of people that were uploaded and not imported yet, and what became of those that were."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shared.mongo import Collection, Document, Index, ReturnDocument
from shared.service import Service

_KEPT_SECONDS: Final = 7 * 24 * 3600
# Longer than any import takes: whoever began one this long ago and has not ended it has died.
_LONGEST_IMPORT: Final = timedelta(minutes=2)

INDEXES = [Index("imports", "at", expire_after=_KEPT_SECONDS)]


@dataclass(frozen=True, kw_only=True)
class PeopleFile:
    """An uploaded file. `fingerprint` is what its manager has last seen of its effect; `result` is there once it is imported."""

    id: str
    by: str
    name: str
    raw: bytes
    mapping: Mapping[str, str]
    at: datetime
    fingerprint: str = ""
    state: str = "preview"
    result: Mapping[str, int] | None = None


class PeopleFiles:
    """They are previews, no aggregates: each change is one atomic write."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def add(self, file: PeopleFile) -> None:
        """Keep an upload for a week."""
        packed = zlib.compress(file.raw)
        await self._files.insert_one(
            {
                "_id": file.id,
                "by": file.by,
                "name": file.name,
                "packed": packed,
                "mapping": dict(file.mapping),
                "at": file.at,
                "fingerprint": file.fingerprint,
                "state": file.state,
                "result": None,
            }
        )

    async def find(self, file_id: str) -> PeopleFile | None:
        """The upload, if it is still kept."""
        document = await self._files.find_one({"_id": file_id})
        return None if document is None else _file(document)

    async def seen(self, file_id: str, fingerprint: str, mapping: Mapping[str, str]) -> None:
        """Its manager has now seen this effect of it."""
        await self._files.update_one({"_id": file_id, "state": "preview"}, {"$set": {"fingerprint": fingerprint, "mapping": dict(mapping)}})

    async def begin(self, file_id: str) -> PeopleFile | None:
        """Begin to import it; None when somebody has."""
        now = datetime.now(UTC)
        free = [{"state": "preview"}, {"state": "importing", "begun_at": {"$lt": now - _LONGEST_IMPORT}}]
        document = await self._files.find_one_and_update(
            {"_id": file_id, "$or": free}, {"$set": {"state": "importing", "begun_at": now}}, return_document=ReturnDocument.AFTER
        )
        return None if document is None else _file(document)

    async def end(self, file_id: str, result: Mapping[str, int] | None) -> None:
        """It is imported; or, without a result, it is a preview again."""
        await self._files.update_one({"_id": file_id}, {"$set": {"state": "preview" if result is None else "done", "result": result}})

    @property
    def _files(self) -> Collection:
        return self._service.database.imports


def _file(document: Document) -> PeopleFile:
    fields: dict[str, Any] = {name: document[name] for name in ("by", "name", "mapping", "at", "fingerprint", "state", "result")}
    return PeopleFile(id=document["_id"], raw=zlib.decompress(document["packed"]), **fields)
