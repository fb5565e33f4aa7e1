"""The keys the portal signs its tokens with. Private halves never leave this database but into memory."""

from datetime import UTC, datetime, timedelta
from typing import Final

import orjson
from joserfc.jwk import OKPKey

from shared.mongo import Collection, Document, Index
from shared.secrets import Safe
from shared.service import Service

# Verifiers may have fetched the keys just before a change; tokens live for minutes, so an hour is plenty.
_SHOWN_AFTER_USE: Final = timedelta(hours=1)

INDEXES = [Index("signing_keys", "-created_at")]


class SigningKeys:
    """The newest key signs; older ones are shown until every token they signed has run out."""

    def __init__(self, service: Service, lifetime: timedelta, safe: Safe | None) -> None:
        self._service = service
        self._lifetime = lifetime
        self._safe = safe

    async def current(self) -> OKPKey:
        """The key to sign with now. A new one is made when there is none, or the newest is too old."""
        now = datetime.now(UTC)
        newest = await self._keys.find_one(sort=[("created_at", -1), ("_id", -1)])
        if newest is None or now - newest["created_at"] >= self._lifetime:
            newest = await self._make(now)
        return OKPKey.import_key(orjson.loads(self._opened(newest)))

    async def public(self) -> list[Document]:
        """All keys a valid token may be signed with, as JWKs without their private halves."""
        oldest = datetime.now(UTC) - self._lifetime - _SHOWN_AFTER_USE
        rows = self._keys.find({"created_at": {"$gte": oldest}}).sort([("created_at", -1), ("_id", -1)])
        return [dict(row["public"]) async for row in rows]

    async def _make(self, now: datetime) -> Document:
        key = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": "Ed25519"}, auto_kid=True)
        private = orjson.dumps(key.as_dict(private=True)).decode()
        sealed = private if self._safe is None else self._safe.seal(private, place=f"signing_keys/{key.kid}")
        row = {"_id": key.kid, "private": sealed, "public": dict(key.as_dict(private=False)), "created_at": now}
        await self._keys.insert_one(row)
        return row

    def _opened(self, row: Document) -> str:
        private = row["private"]
        if isinstance(private, str):
            return private
        if self._safe is None:
            raise ValueError("the signing keys are sealed: set PORTAL_SECRET_KEY")
        return self._safe.open(bytes(private), place=f"signing_keys/{row['_id']}")

    @property
    def _keys(self) -> Collection:
        return self._service.database.signing_keys
