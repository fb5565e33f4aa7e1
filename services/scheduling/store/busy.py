"""The busy cache: a row for each time each entry of each calendar takes, and for each person the sum that pages read.

A whole calendar is laid out beside what is known, as the next generation of its source, a thousand rows at a time; the unit of work that
stores the cursor then puts it in the other's place. A few changes are made within that unit. Names of entries are kept as digests.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from services.scheduling.domain import Calendar
from services.scheduling.domain.items import Item
from services.scheduling.handlers import Look
from services.scheduling.slots import Span, merged
from services.scheduling.store.provider import CalendarServerError
from shared.mongo import Database, Document, ReturnDocument
from shared.unit import Unit

MOST_ROWS = 20_000
_AT_ONCE = 1_000

# Of a source: the entries that have parts nobody can read, each with how many.
Unread = dict[str, int]


def name_of(text: str) -> str:
    """A short name that stands for a text, whatever its length, and tells nothing of it."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def source_id(calendar: Calendar, place: str) -> str:
    """The id of one place of a calendar."""
    return f"{calendar.id}/{name_of(place)}"


async def lay_out(database: Database, calendar: Calendar, place: str, items: Sequence[Item], until: int) -> int:
    """Write all rows of a source beside those that count, as its next generation; which. Raises CalendarServerError."""
    if sum(len(item.busy) for item in items) > MOST_ROWS:
        raise CalendarServerError(f"The calendar holds more than {MOST_ROWS} busy times.", lasting=True)
    source = source_id(calendar, place)
    row = await database.sources.find_one_and_update(
        {"_id": source}, {"$inc": {"laid": 1}}, upsert=True, return_document=ReturnDocument.AFTER
    )
    generation = int(row["laid"])
    rows = [one for item in items for one in _rows(calendar, source, generation, item, until)]
    for begin in range(0, len(rows), _AT_ONCE):
        await database.busy_blocks.insert_many(rows[begin : begin + _AT_ONCE], ordered=False)
    return generation


async def sweep(database: Database, calendar: Calendar, place: str, generation: int) -> None:
    """Remove what was laid out as this generation unless it counts, and all generations before the one that does."""
    source = source_id(calendar, place)
    row = await database.sources.find_one({"_id": source}, {"generation": 1}) or {}
    counts = row.get("generation", 0)
    needless = [{"generation": {"$lt": counts}}, *([{"generation": generation}] if generation != counts else [])]
    await database.busy_blocks.delete_many({"source": source, "$or": needless})


def _rows(calendar: Calendar, source: str, generation: int, item: Item, until: int) -> Iterable[Document]:
    key, uid = name_of(item.key), name_of(item.uid) if item.uid else None
    for start, end in item.busy:
        yield {
            "_id": f"{source}/{generation}/{key}/{start}",
            "source": source,
            "generation": generation,
            "person_id": calendar.person_id,
            "key": key,
            "uid": uid,
            "edition": list(item.edition),
            "start": start,
            "end": end,
            "until": datetime.fromtimestamp(until, UTC),
        }


class MongoBusyCache:
    """`BusyCache` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def is_turn_of(self, calendar: Calendar, turn: str) -> bool:
        row = await self._unit.row("refreshes", calendar.id)
        return row is not None and row["holder"] == turn

    async def know(self, calendar: Calendar, looks: Sequence[Look]) -> int:
        sources = await self._sources_of(calendar.person_id)
        changed: dict[str, dict[str, list[Document]]] = {}
        before = dict(sources)
        for look in looks:
            source = source_id(calendar, look.place)
            if look.generation is None and not look.items and look.cursor == sources.get(source, {}).get("cursor"):
                continue
            known = await self._unit.row("sources", source) or {}
            generation = known.get("generation", 0) if look.generation is None else look.generation
            if look.generation is None:
                changed[source] = self._change(calendar, source, generation, look)
            sources[source] = {
                "_id": source,
                "person_id": calendar.person_id,
                "calendar_id": calendar.id,
                "generation": generation,
                "laid": max(known.get("laid", 0), generation),
                "cursor": look.cursor,
                "until": look.until if look.generation is not None else known.get("until", 0),
                "read_as": look.read_as,
                "unread": _unread(look, known.get("unread", {})),
            }
            self._unit.put("sources", sources[source])
        if changed or sources != before:
            await self._sum_up(calendar.person_id, sources, changed)
        return sum(sum(row["unread"].values()) for row in sources.values() if row.get("calendar_id") == calendar.id)

    async def forget(self, calendar: Calendar) -> None:
        theirs = {"$gte": f"{calendar.id}/", "$lt": f"{calendar.id}0"}  # the ids that begin with its own and a slash
        self._unit.release("sources", {"_id": theirs})
        self._unit.release("busy_blocks", {"source": theirs})
        sources = await self._sources_of(calendar.person_id)
        left = {source: row for source, row in sources.items() if not source.startswith(f"{calendar.id}/")}
        await self._sum_up(calendar.person_id, left, {})

    async def _sources_of(self, person_id: str) -> dict[str, Document]:
        return {row["_id"]: row for row in await self._unit.rows("sources", {"person_id": person_id})}

    def _change(self, calendar: Calendar, source: str, generation: int, look: Look) -> dict[str, list[Document]]:
        """Write what has changed; the rows of each entry that has."""
        rows = {name_of(item.key): list(_rows(calendar, source, generation, item, look.until)) for item in look.items}
        if rows:
            self._unit.release("busy_blocks", {"source": source, "key": {"$in": list(rows)}})
        for row in (row for of_entry in rows.values() for row in of_entry):
            self._unit.put("busy_blocks", row)
        return rows

    async def _sum_up(
        self, person_id: str, sources: Mapping[str, Document], changed: Mapping[str, Mapping[str, Sequence[Document]]]
    ) -> None:
        """Write the person's busy time anew. What two of their calendars tell of the same entry is taken from the newer copy."""
        fields = ("source", "generation", "key", "uid", "edition", "start", "end")
        known = await self._unit.rows("busy_blocks", {"person_id": person_id, "source": {"$in": list(sources)}}, fields)
        rows = [
            row
            for row in known
            if row["generation"] == sources[row["source"]]["generation"] and row["key"] not in changed.get(row["source"], {})
        ]
        rows += [row for entries in changed.values() for entry in entries.values() for row in entry]
        spans = merged(_of_newest_copies(rows))
        self._unit.put("busy", {"_id": person_id, "spans": [list(span) for span in spans]})


def _of_newest_copies(rows: Iterable[Document]) -> Iterable[Span]:
    copies: dict[Any, dict[str, list[Document]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        copies[row["uid"] or row["_id"]][row["source"]].append(row)
    for by_source in copies.values():
        newest = max(by_source.values(), key=lambda copy: max(row["edition"] for row in copy)) if len(by_source) > 1 else None
        for copy in by_source.values():
            if newest is None or copy is newest:
                yield from ((row["start"], row["end"]) for row in copy)


def _unread(look: Look, known: Mapping[str, int]) -> Unread:
    found = {name_of(item.key): item.unread for item in look.items}
    kept = {} if look.generation is not None else {key: count for key, count in known.items() if key not in found}
    return {**kept, **{key: count for key, count in found.items() if count}}
