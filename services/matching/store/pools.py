"""What searches look at, kept in memory by each replica: a pool for each programme in which somebody has searched lately.

One change stream tells the pools what has changed; without it each search reads everything anew, so it is slower and not wrong.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.matching.domain import Enrolment, PartnershipState, Person, ProposalState
from services.matching.handlers.pool import Pool
from services.matching.store.programmes import MongoProgrammes
from services.matching.store.together import surveys
from shared.mongo import Document, from_now_on, resume_position, watch
from shared.service import Service
from shared.unit import Unit

TRIES = 3
"""To take up a change stream again where it was."""
LOOK_EVERY_SECONDS = 1.0
REST = 4
"""A pool that is stale is prepared anew, but rests so many times as long as that has taken: changes come in floods."""
ANEW_ANYWAY_SECONDS, FORGOTTEN_SECONDS = 900.0, 3_600.0

_PARTED: dict[str, dict[str, Any]] = {
    "proposals": {"state": ProposalState.DECLINED.value},
    "requests": {"declined_by.0": {"$exists": True}},
    "partnerships": {},
}
CHANGES: list[dict[str, Any]] = [
    {
        "$match": {
            "operationType": {"$in": ["insert", "replace"]},
            "$or": [
                {"ns.coll": {"$in": ["enrolments", "people", "programmes", "meanings"]}},
                *({"ns.coll": name, **{f"fullDocument.{key}": value for key, value in where.items()}} for name, where in _PARTED.items()),
            ],
        }
    },
]


@dataclass
class _Kept:
    """A pool, when it was prepared and how long that took, and when somebody last searched in it."""

    pool: Pool
    prepared_at: float
    took: float
    used_at: float

    def due(self, now: float) -> bool:
        """Whether to prepare it anew."""
        rested = now - self.prepared_at > REST * self.took
        return (self.pool.stale and rested) or now - self.prepared_at > ANEW_ANYWAY_SECONDS


class Pools:
    """The pools of this process."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._preparing: dict[str, asyncio.Task[Pool]] = {}
        self._missed: dict[str, list[tuple[str, Document]]] = {}
        """What has changed in programmes while they were being prepared."""
        self._position: Mapping[str, Any] | None = None
        """Up to where the pools have been told what has changed; None while nobody tells them."""
        self._streams = self._failures = 0
        """How often they were told from a new beginning; how often, lately, it could not go on."""

    async def of(self, service: Service, programme_id: str) -> Pool:
        """A programme's pool. Raises NotFound."""
        kept = self._kept.get(programme_id)
        if kept is None:
            return await self._prepared(service, programme_id)
        kept.used_at = time.monotonic()
        return kept.pool

    # ------------------------------------------------------------ preparing

    async def _prepared(self, service: Service, programme_id: str) -> Pool:
        """A new pool; those who want the same one at the same time wait for the same."""
        preparing = self._preparing.get(programme_id)
        if preparing is None:
            preparing = self._preparing[programme_id] = asyncio.create_task(self._prepare(service, programme_id))
            preparing.add_done_callback(lambda _: self._preparing.pop(programme_id))
        return await asyncio.shield(preparing)

    async def _prepare(self, service: Service, programme_id: str) -> Pool:
        began, streams, missed = time.monotonic(), self._streams, self._missed.setdefault(programme_id, [])
        try:
            # In no transaction: it would be too long for one, and what changes meanwhile is told afterwards.
            unit = Unit(service.database, None, at=datetime.now(UTC), writer="")
            seen = await surveys(unit).of(await MongoProgrammes(unit).get(programme_id))
            pool = await asyncio.to_thread(Pool, seen)
            for collection, document in missed:
                _tell(pool, collection, document)
        finally:
            del self._missed[programme_id]
        if self._position is not None and streams == self._streams:
            before, now = self._kept.get(programme_id), time.monotonic()
            self._kept[programme_id] = _Kept(pool, now, now - began, before.used_at if before else now)
        return pool

    async def refresh_pools(self, service: Service) -> None:
        """Prepare stale pools anew and forget those nobody uses, for as long as the service runs."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            now = time.monotonic()
            self._kept = {name: kept for name, kept in self._kept.items() if now - kept.used_at < FORGOTTEN_SECONDS}
            for programme_id in [name for name, kept in self._kept.items() if kept.due(now)]:
                await self._prepared(service, programme_id)

    # ------------------------------------------------------------ changes

    async def watch_changes(self, service: Service) -> None:
        """Tell the pools what changes, until the change stream fails. Called again, it goes on where it was."""
        try:
            if self._position is None:
                self._position, self._streams = await from_now_on(service.database), self._streams + 1
            async with watch(service.database, CHANGES, self._position) as changes:
                # A stream that the server has closed answers at once, for ever, and nobody else gets a turn.
                while changes.alive:
                    change = await changes.try_next()
                    self._position, self._failures = resume_position(changes), 0
                    if change is not None:
                        self._tell(change["ns"]["coll"], change["fullDocument"])
        finally:
            self._failures += 1
            if self._failures > TRIES:
                # Nobody knows any more what has changed.
                self._position = None
                self._kept.clear()

    def _tell(self, collection: str, document: Document) -> None:
        for programme_id in self._concerned(collection, document):
            if programme_id in self._missed:
                self._missed[programme_id].append((collection, document))
            if programme_id in self._kept:
                _tell(self._kept[programme_id].pool, collection, document)

    def _concerned(self, collection: str, document: Document) -> Iterator[str]:
        if collection in {"people", "meanings"}:
            yield from {*self._kept, *self._missed}
        else:
            yield document["_id"] if collection == "programmes" else document["programme_id"]


def _tell(pool: Pool, collection: str, document: Document) -> None:
    match collection:
        case "enrolments":
            pool.enrolment_changed(Enrolment.from_document(document))
        case "people":
            pool.person_changed(Person.from_document(document))
        case "programmes" | "meanings":
            pool.stale = True
        case "requests":
            for mentor_id in document["declined_by"]:
                pool.declined(document["protege_id"], mentor_id)
        case "proposals":
            pool.declined(document["protege_id"], document["mentor_id"])
        case "partnerships":
            pool.partnered(document["protege_id"], document["mentor_id"])
            # A programme may let partners of before meet again.
            pool.stale |= document["state"] == PartnershipState.ENDED.value
