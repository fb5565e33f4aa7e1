"""Forms that were sent, for a few minutes, so that the same form sent twice is done once."""

from datetime import UTC, datetime
from typing import Final

from shared.mongo import Collection, Document, DuplicateKeyError, Index
from shared.service import Service

_MINUTES: Final = 10

INDEXES = [Index("submissions", "at", expire_after=_MINUTES * 60)]


class Submissions:
    """One row per token of a page, with what was sent with it last."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def begin(self, key: str, fingerprint: str) -> bool:
        """Whether this is a new wish. False: the same was sent last with this key, and is done or being worked on."""
        row = {"fingerprint": fingerprint, "path": None, "toast": None, "at": datetime.now(UTC)}
        try:
            # Matches only another form than the last one; for the same one the upsert runs into the row that is there.
            await self._rows.replace_one({"_id": key, "fingerprint": {"$ne": fingerprint}}, row, upsert=True)
        except DuplicateKeyError:
            return False
        return True

    async def find(self, key: str) -> Document | None:
        """How far the last form with this key has come: `path` is None while it is being worked on."""
        found: Document | None = await self._rows.find_one({"_id": key})
        return found

    async def end(self, key: str, path: str, toast: str | None) -> None:
        """The form is done; its sender was sent to `path`."""
        await self._rows.update_one({"_id": key}, {"$set": {"path": path, "toast": toast}})

    async def forget(self, key: str) -> None:
        """The form came to nothing and may be sent again."""
        await self._rows.delete_one({"_id": key})

    @property
    def _rows(self) -> Collection:
        return self._service.database.submissions
