"""Who is alive, and who does what alone: member rows and leases, judged by the server's clock."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog

from shared.mongo import Client, Database, DuplicateKeyError, PyMongoError, ReturnDocument, Session, later, session_id, still

LEASE_MS = 12_000
# A holder stops trusting its lease well before the server would give it away.
TRUSTED = 0.6
RENEWALS_PER_LEASE = 3

log = structlog.get_logger()


class Member:
    """This replica's own row: until when it counts as alive, and which sessions die with it."""

    def __init__(self, client: Client, database: Database, name: str) -> None:
        self.client = client
        self.database = database
        self.name = name
        self._sessions: set[bytes] = set()

    async def join(self) -> None:
        """Take this name. Whoever died under it may have left a transaction open: end it."""
        former = await self.database.members.find_one({"_id": self.name})
        if former is not None:
            await self._bury(former)
        await self.renew()

    async def renew(self) -> None:
        """Say that this replica lives."""
        await self.database.members.update_one({"_id": self.name}, [{"$set": {"until": later(LEASE_MS)}}], upsert=True)

    async def leave(self) -> None:
        """Say goodbye, so that nobody waits for the lease to end."""
        await self.database.members.delete_one({"_id": self.name})

    async def remember(self, session: Session) -> None:
        """Note a session before it is used: a killed process leaves its transaction open, and its documents locked, for a minute."""
        identity = session_id(session)
        if bytes(identity) not in self._sessions:
            await self.database.members.update_one({"_id": self.name}, {"$addToSet": {"sessions": identity}}, upsert=True)
            self._sessions.add(bytes(identity))

    async def living(self) -> int:
        """How many replicas live. The dead ones found on the way are buried."""
        async for dead in self.database.members.find(still("until", over=True)):
            if dead["_id"] != self.name:
                await self._bury(dead)
        return max(1, int(await self.database.members.count_documents(still("until"))))

    async def _bury(self, dead: dict[str, Any]) -> None:
        """End the open transactions of a replica that is gone."""
        sessions = [{"id": identity} for identity in dead.get("sessions", ())]
        if sessions:
            await self.client.admin.command("killSessions", sessions)
        await self.database.members.delete_one({"_id": dead["_id"], "until": dead.get("until")})
        log.info("sessions of a former replica ended", member=dead["_id"], sessions=len(sessions))


class Leases:
    """A fixed set of named jobs, each done by one replica at a time, shared evenly among those alive."""

    def __init__(self, member: Member, names: Iterable[str]) -> None:
        self._member = member
        self._rows = member.database.leases
        self._names = sorted(names)
        self._held: frozenset[str] = frozenset()
        self._trusted_until = 0.0

    def held(self) -> frozenset[str]:
        """What this replica may do at this moment, by its own monotonic clock."""
        return self._held if time.monotonic() < self._trusted_until else frozenset()

    async def prepare(self) -> None:
        """Make sure that there is a row for each name: `$expr` is not allowed in an upsert."""
        for name in self._names:
            with contextlib.suppress(DuplicateKeyError):
                await self._rows.insert_one({"_id": name, "owner": None})

    async def renew(self) -> None:
        """Keep what is held, give back what is more than a fair share, take what is free."""
        began = time.monotonic()
        await self._member.renew()
        fair = -(-len(self._names) // await self._member.living())
        mine = {"_id": {"$in": self._names}, "owner": self._member.name, **still("until")}
        await self._rows.update_many(mine, [{"$set": {"until": later(LEASE_MS)}}])
        names = sorted([row["_id"] async for row in self._rows.find(mine)])
        held = set(names[:fair])
        self._held &= held  # before another has them
        for surplus in names[fair:]:
            await self._give_back(surplus)
        while len(held) < fair and (taken := await self._take()) is not None:
            held.add(taken)
        self._held = frozenset(held)
        self._trusted_until = began + LEASE_MS / 1000 * TRUSTED

    async def _take(self) -> str | None:
        row = await self._rows.find_one_and_update(
            {"_id": {"$in": self._names}, **still("until", over=True)},
            [{"$set": {"owner": self._member.name, "until": later(LEASE_MS), "epoch": {"$add": [{"$ifNull": ["$epoch", 0]}, 1]}}}],
            return_document=ReturnDocument.AFTER,
        )
        return None if row is None else str(row["_id"])

    async def _give_back(self, name: str) -> None:
        await self._rows.update_one({"_id": name, "owner": self._member.name}, {"$set": {"owner": None}, "$unset": {"until": ""}})

    async def release(self) -> None:
        """Give everything back at once."""
        held, self._held = self._held, frozenset()
        for name in held:
            await self._give_back(name)

    async def keep(self, got_more: Callable[[], None]) -> None:
        """Renew for as long as the process runs; `got_more` is called when something was taken over: it may have waited long."""
        while True:
            await asyncio.sleep(LEASE_MS / 1000 / RENEWALS_PER_LEASE)
            before = self._held
            try:
                await self.renew()
                if self._held - before:
                    got_more()
            except PyMongoError as error:
                log.warning("leases could not be renewed", problem=error)
