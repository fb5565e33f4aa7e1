"""What a language model makes of people's phrases, kept so that each is looked up once: by a hash, without the phrase."""

import hashlib
from collections.abc import Collection, Mapping

from services.matching.engine.meaning import MODEL
from shared.mongo import Index, in_breaths
from shared.unit import Unit

KEPT_SECONDS = 180 * 24 * 3_600
INDEXES = [Index("meanings", "found_at", expire_after=KEPT_SECONDS)]


class MongoMeanings:
    """`Meanings` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def of(self, phrases: Collection[str]) -> dict[str, str]:
        keys = {_key(phrase): phrase for phrase in phrases}
        await self._unit.prefetch({"meanings": keys})
        rows = {phrase: await self._unit.row("meanings", key) async for key, phrase in in_breaths(keys.items())}
        return {phrase: row["vector"] for phrase, row in rows.items() if row is not None}

    def keep(self, vectors: Mapping[str, str]) -> None:
        for phrase, vector in vectors.items():
            self._unit.put("meanings", {"_id": _key(phrase), "vector": vector, "found_at": self._unit.at})


def _key(phrase: str) -> str:
    """One model's vectors are not compared with another's."""
    return hashlib.sha256(f"{MODEL}\n{phrase}".encode()).hexdigest()
