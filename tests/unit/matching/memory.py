"""A unit of work over dictionaries: what the stores need of a real one, and nothing more. It passes the same suite as the real one."""

import copy
import inspect
import operator
import typing
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from services.matching.main import STORES
from shared.aggregate import Aggregate
from shared.errors import NotFound, Rejected, StaleAggregate
from shared.event import Event
from shared.timers import Timer

Document = dict[str, Any]


class Memory:
    """A database without a server. `events`: what was published, in order."""

    def __init__(self) -> None:
        self.collections: dict[str, dict[str, Document]] = defaultdict(dict)
        self.events: list[Event] = []

    async def run(self, handler: Callable[..., Awaitable[Any]], command: Any) -> Any:
        """Run a handler in a unit of work and commit it; again when another was quicker, as a service does."""
        try:
            return await self._run_once(handler, command)
        except StaleAggregate:
            return await self._run_once(handler, command)

    async def _run_once(self, handler: Callable[..., Awaitable[Any]], command: Any) -> Any:
        unit = MemoryUnit(self, getattr(command, "at", None) or datetime.now(UTC))
        hints = typing.get_type_hints(handler)
        stores = [STORES[hints[name]](typing.cast("Any", unit)) for name in list(inspect.signature(handler).parameters)[1:]]
        result = await handler(command, *stores)
        await unit.flush()
        return result

    def timers(self, kind: str) -> list[Document]:
        """The timers of a kind."""
        return [row for row in self.collections["timers"].values() if row["kind"] == kind]


class MemoryUnit:
    """`shared.unit.Unit` as far as stores use it."""

    def __init__(self, memory: Memory, at: datetime) -> None:
        self.at = at
        self._memory = memory
        self._staged: dict[tuple[str, str], Document | None] = {}
        self._versions: dict[tuple[str, str], int] = {}
        self._claims: dict[tuple[str, str], Rejected] = {}
        self._events: list[Event] = []

    async def prefetch(self, wanted: Mapping[str, Iterable[str]]) -> None:
        """Everything is at hand already."""

    async def row(self, collection: str, key: str) -> Document | None:
        document = self._staged.get((collection, key), self._memory.collections[collection].get(key))
        return copy.deepcopy(document)

    async def find(self, collection: str, kind: Any, key: str) -> Any:
        document = await self.row(collection, key)
        return None if document is None else kind.from_document(document)

    async def get(self, collection: str, kind: Any, key: str) -> Any:
        found = await self.find(collection, kind, key)
        if found is None:
            raise NotFound
        return found

    async def rows(
        self,
        collection: str,
        where: Document,
        fields: Iterable[str] = (),
        sort: Iterable[tuple[str, int]] = (("_id", 1),),
        limit: int = 0,
    ) -> list[Document]:
        found = self._found(collection, where, sort, limit)
        return [{name: row[name] for name in ("_id", *(fields or row))} for row in copy.deepcopy(found)]

    async def query(
        self, collection: str, kind: Any, where: Document, sort: Iterable[tuple[str, int]] = (("_id", 1),), limit: int = 0
    ) -> list[Any]:
        return [await self.find(collection, kind, row["_id"]) for row in self._found(collection, where, sort, limit)]

    def _found(self, collection: str, where: Document, sort: Iterable[tuple[str, int]], limit: int) -> list[Document]:
        rows = [row for row in self._memory.collections[collection].values() if fits(row, where)]
        for name, direction in reversed(list(sort)):
            rows.sort(key=lambda row: row[name], reverse=direction < 0)
        return rows[: limit or None]

    def save(self, collection: str, aggregate: Aggregate) -> None:
        self._versions.setdefault((collection, aggregate.id), aggregate.version)
        self._events += aggregate.unpublished
        aggregate.sequence += len(aggregate.unpublished)
        aggregate.published()
        aggregate.version += 1
        self._staged[collection, aggregate.id] = aggregate.to_document()

    def put(self, collection: str, document: Document) -> None:
        self._staged[collection, document["_id"]] = document

    def remove(self, collection: str, key: str) -> None:
        self._staged[collection, key] = None

    def claim(self, collection: str, document: Document, taken: Rejected) -> None:
        self.put(collection, document)
        self._claims[collection, document["_id"]] = taken

    def remind(self, timer: Timer) -> None:
        self.put("timers", timer.to_document())

    def forget(self, timer_id: str) -> None:
        self.remove("timers", timer_id)

    async def flush(self) -> None:
        """Write everything, or nothing."""
        for (collection, key), taken in self._claims.items():
            if key in self._memory.collections[collection]:
                raise taken
        for (collection, key), version in self._versions.items():
            if self._memory.collections[collection].get(key, {"version": 0})["version"] != version:
                raise StaleAggregate(collection)
        for (collection, key), document in self._staged.items():
            self._memory.collections[collection].pop(key, None)
            if document is not None:
                self._memory.collections[collection][key] = document
        self._memory.events += self._events


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {"$in": lambda value, wanted: value in wanted, "$gt": operator.gt, "$ne": operator.ne}


def fits(row: Document, where: Document) -> bool:
    """The few words of MongoDB's query language that the stores use."""
    for name, wanted in where.items():
        if name == "$or":
            if not any(fits(row, one) for one in wanted):
                return False
        elif isinstance(wanted, Mapping):
            if not all(OPERATORS[word](row.get(name), value) for word, value in wanted.items()):
                return False
        elif row.get(name) != wanted:
            return False
    return True
