"""Who is alive, and who does what alone: member rows and leases, judged by the server's clock."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog

from shared.mongo import Client, Database, PyMongoError, ReturnDocument, Session, UpdateOne, later, session_id, still

LEASE_MS = 12_000
# A holder stops trusting its lease well before the server would give it away.
TRUSTED = 0.6
RENEWALS_PER_LEASE = 3
# The server forgets a session that was not used for half an hour.
SESSION_SECONDS = 3_600.0

log = structlog.get_logger()


class Member:
    """This replica's own row: until when it counts as alive, and which sessions die with it."""

    def __init__(self, client: Client, database: Database, name: str) -> None:
        self.client = client
        self.database = database
        self.name = name
        # When each was last used.
        self._sessions: dict[bytes, float] = {}
        self._writing = asyncio.Lock()

    async def join(self) -> None:
        """Take this name. Whoever died under it may have left a transaction open: end it."""
        former = await self.database.members.find_one({"_id": self.name})
        if former is not None:
            await self._bury(former)
        await self.renew()

    async def renew(self) -> None:
        """Say that this replica lives, and which sessions are its own: whoever has taken it for dead meanwhile has removed its row."""
        async with self._writing:
            recently = time.monotonic() - SESSION_SECONDS
            self._sessions = {identity: used for identity, used in self._sessions.items() if used > recently}
            row = {"until": later(LEASE_MS), "sessions": {"$literal": list(self._sessions)}}
            await self.database.members.update_one({"_id": self.name}, [{"$set": row}], upsert=True)

    async def leave(self) -> None:
        """Say goodbye, so that nobody waits for the lease to end."""
        await self.database.members.delete_one({"_id": self.name})

    async def remember(self, session: Session) -> None:
        """Note a session before it is used: a killed process leaves its transaction open, and its documents locked, for a minute."""
        identity = session_id(session)
        if identity not in self._sessions:
            async with self._writing:
                await self.database.members.update_one({"_id": self.name}, {"$addToSet": {"sessions": identity}}, upsert=True)
        self._sessions[identity] = time.monotonic()

    async def living(self) -> list[str]:
        """The names of those who live, this one among them, in order. The dead found on the way are buried."""
        async for dead in self.database.members.find(still("until", over=True)):
            if dead["_id"] != self.name:
                await self._bury(dead)
        return sorted({self.name, *[row["_id"] async for row in self.database.members.find(still("until"), {"_id": 1})]})

    async def _bury(self, dead: dict[str, Any]) -> None:
        """End the open transactions of a replica that is gone."""
        sessions = [{"id": identity} for identity in dead.get("sessions", ())]
        if sessions:
            await self.client.admin.command("killSessions", sessions)
        await self.database.members.delete_one({"_id": dead["_id"], "until": dead.get("until")})
        log.info("sessions of a former replica ended", member=dead["_id"], sessions=len(sessions))


class Leases:
    """A fixed set of named jobs, each done by one replica at a time, shared evenly among those alive."""

    def __init__(self, member: Member, names: Iterable[str], in_hand: Callable[[], frozenset[str]] = frozenset) -> None:
        """`in_hand` says which are being worked on at this moment: those are not given back before they are not."""
        self._member = member
        self._in_hand = in_hand
        self._rows = member.database.leases
        self._names = sorted(names)
        self._held: frozenset[str] = frozenset()
        self._trusted_until = 0.0

    def held(self) -> frozenset[str]:
        """What this replica may do at this moment, by its own monotonic clock."""
        return self._held if time.monotonic() < self._trusted_until else frozenset()

    async def prepare(self) -> None:
        """Make sure that there is a row for each name: `$expr` is not allowed in an upsert."""
        rows = [UpdateOne({"_id": name}, {"$setOnInsert": {"owner": None}}, upsert=True) for name in self._names]
        await self._rows.bulk_write(rows, ordered=False)

    async def renew(self) -> None:
        """Keep what is held, give back what is more than a fair share, take what is free."""
        began = time.monotonic()
        await self._member.renew()
        living = await self._member.living()
        fair = len(range(living.index(self._member.name), len(self._names), len(living)))
        mine = {"_id": {"$in": self._names}, "owner": self._member.name, **still("until")}
        await self._rows.update_many(mine, [{"$set": {"until": later(LEASE_MS)}}])
        names = [row["_id"] async for row in self._rows.find(mine).sort("_id", 1)]
        # What is on its way stays, although it is too much: it must not arrive after what another sends.
        in_hand = set(names) & self._in_hand()
        surplus = [name for name in names if name not in in_hand][max(0, fair - len(in_hand)) :]
        held = set(names) - set(surplus)
        self._held &= held  # before another has them
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

    async def _give_back(self, names: Iterable[str]) -> None:
        where = {"_id": {"$in": list(names)}, "owner": self._member.name}
        await self._rows.update_many(where, {"$set": {"owner": None}, "$unset": {"until": ""}})

    async def release(self) -> None:
        """Give everything back at once."""
        self._held = frozenset()
        await self._give_back(self._names)

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
