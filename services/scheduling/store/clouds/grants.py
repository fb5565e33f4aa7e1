"""What people have allowed at the clouds: their tokens, sealed, renewed by one replica at a time."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from services.scheduling.domain import Calendar, CalendarKind
from services.scheduling.store.clouds.consent import Cloud, ConsentLost, Tokens
from services.scheduling.store.provider import CalendarServerError
from shared.mongo import Database, later, still
from shared.secrets import CannotOpen, Safe

# Longer than the cloud may take to answer: whoever finds a lease over knows that its holder has died.
LEASE_MS = 30_000
CONNECTING_MS = 600_000
WAIT_SECONDS, LOOK_AGAIN_SECONDS = 40.0, 0.1


class Grants:
    """The rows of `grants`, one for each connected calendar at a cloud.

    A refresh token is good for one use where the cloud rotates them: it is used under a lease, at the row's `edition`, so that no
    two replicas ever use the same one. A holder that dies before it has written down the answer loses the grant: the person is asked again.
    """

    def __init__(self, database: Callable[[], Database], safe: Safe, clouds: Mapping[CalendarKind, Cloud]) -> None:
        """`database` is asked for when there is something to do: the service connects to it after everything is put together."""
        self._database = database
        self._safe = safe
        self._clouds = clouds
        self._renewing: set[asyncio.Task[Tokens]] = set()

    @property
    def _rows(self) -> Any:
        return self._database().grants

    async def keep(self, calendar: Calendar, tokens: Tokens) -> None:
        """What has just been allowed, in place of what was."""
        row = {"person_id": calendar.person_id, "kind": calendar.kind.value, "lost": False, **self._sealed(calendar.id, tokens)}
        plain = {name: {"$literal": value} for name, value in row.items()}
        edition = {"$add": [{"$ifNull": ["$edition", 0]}, 1]}
        change = [{"$set": {**plain, "edition": edition, "kept_until": later(CONNECTING_MS)}}, {"$unset": "lease"}]
        await self._rows.update_one({"_id": calendar.id}, change, upsert=True)

    async def tokens(self, calendar_id: str, *, refused: str | None = None) -> Tokens:
        """Tokens whose access token can be used, and is not the `refused` one. Raises ConsentLost, CalendarServerError."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while True:
                    row = await self._rows.find_one({"_id": calendar_id})
                    if row is None or row["lost"]:
                        raise ConsentLost
                    tokens = self._opened(calendar_id, row)
                    if tokens.fresh and tokens.access != refused:
                        return tokens
                    if await self._claim(calendar_id, row["edition"]):
                        return await self._renew(calendar_id, row, tokens)
                    await asyncio.sleep(LOOK_AGAIN_SECONDS)  # another replica is asking for new ones
        except TimeoutError as error:
            raise CalendarServerError("The calendar service takes too long to answer.") from error

    async def _claim(self, calendar_id: str, edition: int) -> bool:
        free = {"_id": calendar_id, "edition": edition, **still("lease", over=True)}
        return await self._rows.find_one_and_update(free, [{"$set": {"lease": later(LEASE_MS)}}], {"_id": 1}) is not None

    async def _renew(self, calendar_id: str, row: Mapping[str, Any], tokens: Tokens) -> Tokens:
        """To its end, whatever becomes of the caller: an answer that nobody writes down would cost the person's consent."""
        task = asyncio.create_task(self._renewed(calendar_id, row, tokens))
        self._renewing.add(task)
        task.add_done_callback(self._renewing.discard)
        return await asyncio.shield(task)

    async def _renewed(self, calendar_id: str, row: Mapping[str, Any], tokens: Tokens) -> Tokens:
        mine = {"_id": calendar_id, "edition": row["edition"]}
        try:
            fresh = await self._clouds[CalendarKind(str(row["kind"]))].refresh(tokens)
        except ConsentLost:
            await self._rows.update_one(mine, {"$set": {"lost": True}, "$unset": {"lease": ""}})
            raise
        except CalendarServerError:
            await self._rows.update_one(mine, {"$unset": {"lease": ""}})
            raise
        await self._rows.update_one(mine, {"$set": self._sealed(calendar_id, fresh), "$inc": {"edition": 1}, "$unset": {"lease": ""}})
        return fresh

    async def is_used(self, calendar_id: str) -> None:
        """Its calendar is connected: from now on the grant is needed exactly as long as that is so."""
        await self._rows.update_one({"_id": calendar_id}, {"$set": {"used": True}})

    async def end(self, calendar_id: str) -> None:
        """Give one back to the cloud and forget it. Raises CalendarServerError while the cloud cannot be told."""
        row = await self._rows.find_one({"_id": calendar_id})
        if row is None:
            return
        cloud = self._clouds.get(CalendarKind(row["kind"]))
        if cloud is not None and not row["lost"]:
            await cloud.revoke(self._opened(calendar_id, row))
        await self._rows.delete_one({"_id": calendar_id, "edition": row["edition"]})

    async def needless(self) -> list[str]:
        """The calendars that have a grant here but are not connected any more."""
        # Of one that is just being connected the calendar is not there yet.
        settled = {"$match": {"$or": [{"used": True}, still("kept_until", over=True)]}}
        needless = {"$match": {"calendar": {"$size": 0}}}
        same = {"$and": [{"$eq": ["$_id", "$$id"]}, {"$eq": ["$kind", "$$kind"]}]}
        connected = {
            "$lookup": {
                "from": "calendars",
                "let": {"id": "$_id", "kind": "$kind"},
                "pipeline": [{"$match": {"$expr": same}}, {"$project": {"_id": 1}}],
                "as": "calendar",
            }
        }
        return [row["_id"] async for row in self._rows.aggregate([settled, connected, needless, {"$project": {"_id": 1}}])]

    def _sealed(self, calendar_id: str, tokens: Tokens) -> dict[str, object]:
        secret = orjson.dumps({"access": tokens.access, "refresh": tokens.refresh}).decode()
        sealed = self._safe.seal(secret, place=_place(calendar_id))
        return {"sealed": sealed, "expires_at": tokens.expires_at, "scopes": sorted(tokens.scopes)}

    def _opened(self, calendar_id: str, row: Mapping[str, Any]) -> Tokens:
        try:
            secret = orjson.loads(self._safe.open(bytes(row["sealed"]), place=_place(calendar_id)))
        except CannotOpen as error:
            raise ConsentLost from error
        scopes = frozenset(row["scopes"])
        return Tokens(**secret, expires_at=float(row["expires_at"]), scopes=scopes)


def _place(calendar_id: str) -> str:
    return f"grants/{calendar_id}/tokens"
