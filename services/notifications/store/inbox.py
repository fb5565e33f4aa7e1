"""The inbox as its reader sees it: each notice with what has become of its question."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from services.notifications.domain import MANNERS, Kind, Notice
from shared.mongo import Database, Document, aggregate

FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
LEAVING = [str(kind) for kind, manner in MANNERS.items() if manner.leaves]


class Only(StrEnum):
    """Which part of the inbox."""

    ALL = "all"
    NEW = "new"
    WAITING = "waiting"


class Counts(BaseModel):
    """How many notices have not been seen, and how many wait for an answer."""

    new: int
    waiting: int


class Entry(BaseModel):
    """A notice as its reader sees it."""

    notice_id: str
    kind: Kind
    subject: dict[str, str | int]
    link: str
    at: datetime
    seen_at: datetime | None
    needs_answer: bool
    answer_until: datetime | None


class Inbox:
    """Reads inboxes. What is asked at `at` is told as of then: an answer's deadline may have passed."""

    def __init__(self, database: Database) -> None:
        self._notices = database.notices

    async def page(self, person_id: str, *, only: Only, before: datetime | None, limit: int, at: datetime) -> list[Entry]:
        """The newest notices first, those from before `before` where given."""
        mine: Document = {"person_id": person_id, **({"at": {"$lt": before}} if before else {})}
        return await self._entries([{"$match": mine}, {"$sort": {"at": -1, "_id": -1}}, *_as_seen(at), *_only(only), {"$limit": limit}])

    async def count(self, person_id: str, *, at: datetime) -> Counts:
        """How many are new, how many wait."""
        might_count = {"person_id": person_id, "$or": [{"seen_at": None}, {"needs_answer": True}]}
        total: Document = {
            "_id": None,
            "new": {"$sum": {"$cond": [{"$eq": [{"$ifNull": ["$seen_at", None]}, None]}, 1, 0]}},
            "waiting": {"$sum": {"$cond": ["$waiting", 1, 0]}},
        }
        rows = await aggregate(self._notices, [{"$match": might_count}, *_as_seen(at), {"$group": total}])
        return Counts.model_validate(rows[0]) if rows else Counts(new=0, waiting=0)

    async def entry(self, notice_id: str, *, at: datetime) -> Entry | None:
        """One notice, whoever it belongs to."""
        found = await self._entries([{"$match": {"_id": notice_id}}, *_as_seen(at)])
        return found[0] if found else None

    async def arrived_since(self, person_id: str, since: datetime, told: Collection[str], *, at: datetime) -> list[tuple[datetime, Entry]]:
        """What has come into an inbox since then, without what was told already, in the order it came."""
        come = {"person_id": person_id, "arrived_at": {"$gte": since}, "_id": {"$nin": sorted(told)}}
        rows = await aggregate(self._notices, [{"$match": come}, {"$sort": {"arrived_at": 1, "_id": 1}}, *_as_seen(at)])
        return [(row["arrived_at"], _entry(row)) for row in rows]

    async def latest(self, person_id: str, since: datetime) -> dict[str, datetime]:
        """The ids of what has come since then, with the time it came."""
        found = self._notices.find({"person_id": person_id, "arrived_at": {"$gte": since}}, {"arrived_at": 1})
        return {row["_id"]: row["arrived_at"] async for row in found}

    async def arrival_of(self, notice_id: str, person_id: str) -> datetime | None:
        """When a notice came into this inbox."""
        row = await self._notices.find_one({"_id": notice_id, "person_id": person_id}, {"arrived_at": 1})
        return None if row is None else row["arrived_at"]

    async def _entries(self, pipeline: Sequence[Mapping[str, Any]]) -> list[Entry]:
        return [_entry(row) for row in await aggregate(self._notices, pipeline)]


def _as_seen(at: datetime) -> list[Document]:
    """Whether it still waits. A question that was answered or has run out has been seen, wherever that was."""
    in_time = {"$gt": [{"$ifNull": ["$answer_until", FOR_EVER]}, at]}
    settled_at = {"$ifNull": [{"$first": "$closings.at"}, "$answer_until"]}
    return [
        {"$lookup": {"from": "closings", "localField": "closed_by", "foreignField": "_id", "as": "closings"}},
        {"$set": {"waiting": {"$and": ["$needs_answer", {"$eq": ["$closings", []]}, in_time]}}},
        {"$match": {"$or": [{"waiting": True}, {"kind": {"$nin": LEAVING}}]}},
        {"$set": {"seen_at": {"$ifNull": ["$seen_at", {"$cond": [{"$and": ["$needs_answer", {"$not": "$waiting"}]}, settled_at, None]}]}}},
    ]


def _only(only: Only) -> list[Document]:
    match only:
        case Only.NEW:
            return [{"$match": {"seen_at": None}}]
        case Only.WAITING:
            return [{"$match": {"waiting": True}}]
        case Only.ALL:
            return []


def _entry(row: Document) -> Entry:
    waiting = row.pop("waiting")
    row.pop("closings")
    notice = Notice.from_document(row)
    return Entry(
        notice_id=notice.id,
        kind=notice.kind,
        subject=notice.subject,
        link=notice.link,
        at=notice.at,
        seen_at=notice.seen_at,
        needs_answer=waiting,
        answer_until=notice.answer_until,
    )
