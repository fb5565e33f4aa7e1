"""Being called by the clouds when a calendar has changed, so that a change is seen at once and not only when it is looked for.

A call is only a hint: it makes the calendar due to be read. Many hints make it due once.
"""

import asyncio
import hmac
import random
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from services.scheduling.domain import Calendar, CalendarKind
from services.scheduling.store.calendars import CalendarBook
from services.scheduling.store.clouds.grants import Grants
from services.scheduling.store.provider import CalendarServerError, Channel, PushingProvider
from shared.mongo import Database, Index, ReturnDocument, later, still
from shared.secrets import CannotOpen, Safe
from shared.service import Service

LOOK_EVERY_SECONDS = 5.0
WORK_MS = 120_000
AGAIN_MS = 900_000

INDEXES = [
    Index("channels", "due_at"),
    Index("channels", "channel_id"),
    Index("channels", "former.id", partial={"former": {"$exists": True}}),
]

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Hint:
    """What a cloud has called for: a channel of ours, and the secret it has shown. `renew`: the channel itself needs us."""

    channel_id: str
    secret: str
    changed: bool = True
    renew: bool = False


class Watcher:
    """Keeps a channel open for each connected calendar whose cloud can call us, and gives back what is not needed any more."""

    def __init__(self, database: Callable[[], Database], book: CalendarBook, grants: Grants, safe: Safe, hooks: str | None) -> None:
        """`hooks`: below which public address the clouds can call us; None where they cannot."""
        self._database = database
        self._book = book
        self._grants = grants
        self._safe = safe
        self._hooks = hooks

    async def watch(self, _service: Service) -> None:
        """Look after the channels for as long as the process runs."""
        while True:
            while await self.tend_next():
                pass
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def tend_next(self) -> bool:
        """Do one thing that is due; False when nothing is. Rows are claimed, so replicas share the work."""
        for calendar_id in await self._grants.needless():
            if await self._ended(calendar_id):
                return True
        if self._hooks is None:
            return False
        row = await self._database().channels.find_one_and_update(
            still("due_at", over=True),
            [{"$set": {"due_at": later(WORK_MS)}}],
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        if row is None:
            return await self._enlist()
        try:
            await self._tend(row, self._hooks)
        except CalendarServerError as problem:
            log.info("a calendar's cloud could not be asked to call", kind=row["kind"], problem=problem)
            await self._put(row["_id"], AGAIN_MS, {})
        return True

    async def _enlist(self) -> bool:
        """Make a row for each calendar that has none. Graph tells of changes only with a consent that comes with the one to write."""
        known = await self._database().channels.distinct("_id")
        can_call = [{"kind": CalendarKind.GOOGLE.value}, {"kind": CalendarKind.MICROSOFT.value, "target_url": {"$ne": None}}]
        wanted = {"_id": {"$nin": known}, "$or": can_call, "reconnect": {"$ne": True}}
        missing = [row async for row in self._database().calendars.find(wanted, {"kind": 1})]
        for row in missing:
            await self._database().channels.update_one(
                {"_id": row["_id"]}, [{"$set": {"kind": row["kind"], "due_at": "$$NOW"}}], upsert=True
            )
        return bool(missing)

    async def _tend(self, row: Mapping[str, Any], hooks: str) -> None:
        """Open a channel, renew it at half of its life, or close the one it has taken the place of. Raises CalendarServerError."""
        document = await self._database().calendars.find_one({"_id": row["_id"], "kind": row["kind"]})
        if document is None or document.get("reconnect"):
            await self._database().channels.delete_one({"_id": row["_id"]})
            return
        calendar = Calendar.from_document(document)
        provider: PushingProvider = self._book.open(calendar)  # type: ignore[assignment] # both clouds can call
        place, url = calendar.reads[0], f"{hooks}/{calendar.kind.value}"
        if "former" in row and row.get("spoke"):
            await provider.stop(_channel(row["former"], ""))
            await self._database().channels.update_one({"_id": row["_id"]}, {"$unset": {"former": ""}})
        held = await self._held(row)
        if held is not None and not row.get("renew") and _half_of_its_life(row) > datetime.now(UTC):
            await self._put(row["_id"], _until_half(row), {})
            return
        new = await (provider.renew(place, held, url=url) if held else provider.watch(place, url=url, secret=secrets.token_urlsafe(48)))
        former = {"former": {"id": held.id, "resource": held.resource}} if held and held.id != new.id else {}
        kept = {
            "channel_id": new.id,
            "resource": new.resource,
            "secret": {"$literal": self._safe.seal(new.secret, place=_place(row["_id"]))},
            "opened_at": datetime.now(UTC),
            "expires_at": new.expires_at,
            "renew": False,
            "spoke": False,
            **former,
        }
        await self._put(row["_id"], _until_half(kept), kept)
        await self._read_soon(row["_id"])  # what has changed before the channel was open was not told

    async def _put(self, calendar_id: str, milliseconds: float, fields: Mapping[str, Any]) -> None:
        await self._database().channels.update_one({"_id": calendar_id}, [{"$set": {**fields, "due_at": later(milliseconds)}}])

    async def _held(self, row: Mapping[str, Any]) -> Channel | None:
        """The channel that is open; None when there is none, or none we could prove."""
        if "channel_id" not in row or row["expires_at"] <= datetime.now(UTC):
            return None
        try:
            return _channel({**row, "id": row["channel_id"]}, self._safe.open(bytes(row["secret"]), place=_place(row["_id"])))
        except CannotOpen:
            return None

    async def _ended(self, calendar_id: str) -> bool:
        """Give a person's consent back. Their channel ends with it, or with its life. False when the cloud cannot be told now."""
        try:
            await self._grants.end(calendar_id)
        except CalendarServerError as problem:
            log.info("a consent could not be given back yet", problem=problem)
            return False
        await self._database().channels.delete_one({"_id": calendar_id})
        return True

    # ---------------------------------------------------------------- being called

    async def hear(self, kind: CalendarKind, hints: Iterable[Hint]) -> bool:
        """Take hints for what they are; False when one of them showed another secret than its channel's."""
        believed = True
        for hint in {hint.channel_id: hint for hint in hints}.values():
            row = await self._database().channels.find_one(
                {"kind": kind.value, "$or": [{"channel_id": hint.channel_id}, {"former.id": hint.channel_id}]}
            )
            if row is None or not self._knows(row, hint.secret):
                believed = False
                continue
            if hint.changed:
                await self._read_soon(row["_id"])
            first_word = "former" in row and not row.get("spoke") and row["channel_id"] == hint.channel_id
            if hint.renew or first_word:
                said = {"renew": hint.renew, "spoke": first_word or bool(row.get("spoke"))}
                await self._put(row["_id"], 0.0, said)
        return believed

    def _knows(self, row: Mapping[str, Any], secret: str) -> bool:
        try:
            held = self._safe.open(bytes(row["secret"]), place=_place(row["_id"]))
        except CannotOpen:
            return False
        return hmac.compare_digest(held.encode(), secret.encode())

    async def _read_soon(self, calendar_id: str) -> None:
        """However often it is said before it is read, it is read once."""
        await self._database().refreshes.update_one({"_id": calendar_id}, [{"$set": {"due_at": "$$NOW"}}])


def _half_of_its_life(row: Mapping[str, Any]) -> datetime:
    opened: datetime = row["opened_at"]
    expires: datetime = row["expires_at"]
    return opened + (expires - opened) / 2


def _until_half(row: Mapping[str, Any]) -> float:
    """Milliseconds, a little less for each in its own way: what was connected together need not be renewed together."""
    left = (_half_of_its_life(row) - datetime.now(UTC)) / timedelta(milliseconds=1)
    return max(left, 0.0) * random.uniform(0.8, 1.0)  # noqa: S311 - spreads the load


def _channel(row: Mapping[str, Any], secret: str) -> Channel:
    expires_at = row.get("expires_at", datetime.now(UTC))
    return Channel(id=row["id"], secret=secret, resource=row["resource"], expires_at=expires_at)


def _place(calendar_id: str) -> str:
    return f"channels/{calendar_id}/secret"
