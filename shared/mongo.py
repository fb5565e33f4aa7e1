"""MongoDB: the only module that knows its driver. `DRIVER` chooses between motor and PyMongo's own async client."""

import asyncio
import inspect
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pymongo
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient, DeleteMany, DeleteOne, InsertOne, ReplaceOne, ReturnDocument, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern

__all__ = [
    "BulkWriteError",
    "DeleteMany",
    "DeleteOne",
    "DuplicateKeyError",
    "Index",
    "InsertOne",
    "PyMongoError",
    "ReplaceOne",
    "ReturnDocument",
    "UpdateOne",
    "aggregate",
    "breathing",
    "close_client",
    "ensure_indexes",
    "from_now_on",
    "in_breaths",
    "in_transaction",
    "is_outage",
    "later",
    "of_one_moment",
    "open_client",
    "resume_position",
    "session_id",
    "still",
    "watch",
]

T = TypeVar("T")

# The switch between the two drivers, and the only one: "motor" or "pymongo".
DRIVER = "motor"

# Both drivers' types differ only in what this module hides, so the rest of the code need not choose.
Client = Any
Database = Any
Collection = Any
Session = Any
Document = dict[str, Any]

# Without limits of its own a driver waits for ever on a server that was stopped but not closed. Less than the ten seconds in which
# a service must have stopped: motor works in threads, and even a cancelled task waits for what its thread has begun.
TIMEOUTS: Mapping[str, Any] = {"serverSelectionTimeoutMS": 5_000, "connectTimeoutMS": 5_000, "timeoutMS": 8_000}
# A change stream is asked again so often: less than an operation may take.
AWAIT_CHANGES_MS = 5_000

AT_ONE_BREATH = 5
"""Documents, or other things as small: a fraction of a millisecond."""
AT_ONCE = 100
"""Documents that the server sends together: while the driver reads them, nothing else moves."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.004, 0.5
_ABORT_SECONDS = 1.0


def open_client(url: str, driver: str | None = None) -> Client:
    """A client for the server at `url`, bound to the running event loop; majority writes, aware times."""
    kind: Any = {"motor": AsyncIOMotorClient, "pymongo": AsyncMongoClient}[driver or DRIVER]
    return kind(url, tz_aware=True, w="majority", journal=True, retryWrites=True, maxPoolSize=40, **TIMEOUTS)


async def close_client(client: Client) -> None:
    """Close all connections."""
    await _settled(client.close())


async def _settled(value: Any) -> Any:
    """What motor gives at once and PyMongo's client gives to be awaited."""
    return await value if inspect.isawaitable(value) else value


# ---------------------------------------------------------------- indexes


@dataclass(frozen=True)
class Index:
    """An index of one collection. A field with a leading minus runs downwards."""

    collection: str
    fields: tuple[str, ...]
    unique: bool
    partial: Mapping[str, Any] | None
    expire_after: int | None

    def __init__(
        self,
        collection: str,
        *fields: str,
        unique: bool = False,
        partial: Mapping[str, Any] | None = None,
        expire_after: int | None = None,
    ) -> None:
        for name, value in (
            ("collection", collection),
            ("fields", fields),
            ("unique", unique),
            ("partial", partial),
            ("expire_after", expire_after),
        ):
            object.__setattr__(self, name, value)

    @property
    def options(self) -> dict[str, Any]:
        """The driver's words for what was asked."""
        options: dict[str, Any] = {"unique": True} if self.unique else {}
        if self.partial is not None:
            options["partialFilterExpression"] = dict(self.partial)
        if self.expire_after is not None:
            options["expireAfterSeconds"] = self.expire_after
        return options


async def ensure_indexes(database: Database, indexes: Iterable[Index]) -> None:
    """Create what is missing; what is there already stays untouched."""
    for index in indexes:
        keys = [(field.lstrip("-"), -1 if field.startswith("-") else 1) for field in index.fields]
        await database[index.collection].create_index(keys, **index.options)


# ---------------------------------------------------------------- the server's clock


def later(milliseconds: float) -> Document:
    """The server's time in so many milliseconds, for a pipeline update: two replicas' clocks may differ by more than a lease."""
    return {"$add": ["$$NOW", milliseconds]}


def still(field: str, *, over: bool = False) -> Document:
    """A filter: the time in `field` is yet to come (or over, or was never set) by the server's clock."""
    return {"$expr": {"$lte": [{"$ifNull": [f"${field}", 0]}, "$$NOW"]} if over else {"$gt": [f"${field}", "$$NOW"]}}


# ---------------------------------------------------------------- transactions


def session_id(session: Session) -> Any:
    """The id under which the server knows a session: what `killSessions` takes."""
    return session.session_id["id"]


# How the server says that what it was told makes no sense, as opposed to that it cannot do it now: BadValue, FailedToParse,
# TypeMismatch, Overflow, InvalidLength, DollarPrefixedFieldName, InvalidIdField, EmptyFieldName, DottedFieldName, ImmutableField,
# DocumentValidationFailure, ConversionFailure, BSONObjectTooLarge.
_NONSENSE = frozenset({2, 9, 14, 15, 16, 52, 53, 56, 57, 66, 121, 241, 10334})
_TAKEN = frozenset({11000, 11001, 12582})


def is_outage(error: BaseException) -> bool:
    """Whether the database, not the document, is what failed: worth waiting for, never worth blaming a record."""
    if not isinstance(error, PyMongoError):
        return False
    codes = {error.code} if isinstance(error, OperationFailure) else set()
    if isinstance(error, BulkWriteError):
        # The error as a whole has one code whatever was the matter: a disk that is full is named within.
        codes = {failed.get("code") for failed in error.details.get("writeErrors", ())}
    return not codes & (_NONSENSE | _TAKEN)


async def in_transaction(
    client: Client,
    work: Callable[[Session], Awaitable[T]],
    *,
    before: Callable[[Session], Awaitable[None]] | None = None,
    seconds: float = 60.0,
) -> T:
    """Run `work` in a transaction and commit it; again, with growing pauses, when the server asks for that.

    The driver's own `with_transaction` repeats without a pause: 395 times a second while a document is held.
    `before` is told of the session before it is used, so that others can end it if this process dies.
    Raises what `work` raises, and the driver's error when it has not succeeded within `seconds`.
    """
    pause, until = _FIRST_PAUSE, time.monotonic() + seconds
    async with await _settled(client.start_session()) as session:
        if before is not None:
            await before(session)
        while True:
            await _settled(session.start_transaction())
            try:
                result = await work(session)
                await _commit(session, until)
            except BaseException as error:
                await _abort(session)
                transient = isinstance(error, PyMongoError) and error.has_error_label("TransientTransactionError")
                if not transient or time.monotonic() > until:
                    raise
            else:
                return result
            await asyncio.sleep(random.uniform(0.5, 1) * pause)  # noqa: S311 - to part those who collided, not to hide anything
            pause = min(pause * 2, _LONGEST_PAUSE)


async def _commit(session: Session, until: float) -> None:
    """Commit; ask again, with growing pauses, while the server cannot say whether it did."""
    pause = _FIRST_PAUSE
    while True:
        try:
            return await session.commit_transaction()  # type: ignore[no-any-return]
        except PyMongoError as error:
            if not error.has_error_label("UnknownTransactionCommitResult") or time.monotonic() > until:
                raise
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


async def _abort(session: Session) -> None:
    """End the transaction, or leave it to the server, which does so by itself: a server that does not answer holds up nobody's end."""
    if session.in_transaction:
        with pymongo.timeout(_ABORT_SECONDS):
            await asyncio.shield(session.abort_transaction())


# ---------------------------------------------------------------- where the two drivers differ


async def breathing(cursor: Any) -> AsyncIterator[Document]:
    """All that a cursor finds, with a turn for everybody else now and then: thousands may be at hand, and each takes its time to read."""
    count = 0
    async for document in cursor.batch_size(AT_ONCE):
        yield document
        count += 1
        if count % AT_ONE_BREATH == 0:
            await asyncio.sleep(0)


async def in_breaths(things: Iterable[T]) -> AsyncIterator[T]:
    """All of them, with the same turns for everybody else."""
    for count, thing in enumerate(things, start=1):
        yield thing
        if count % AT_ONE_BREATH == 0:
            await asyncio.sleep(0)


async def aggregate(collection: Collection, pipeline: Sequence[Mapping[str, Any]]) -> list[Document]:
    """All results of an aggregation."""
    cursor = await _settled(collection.aggregate(list(pipeline)))
    return [document async for document in cursor]


@asynccontextmanager
async def watch(
    collection: Collection, pipeline: Sequence[Mapping[str, Any]], position: Mapping[str, Any] | None = None
) -> AsyncIterator[Any]:
    """A change stream; `position`: where it begins, as `from_now_on` or another one's `resume_position` says."""
    stream = collection.watch(list(pipeline), max_await_time_ms=AWAIT_CHANGES_MS, **(position or {}))
    async with await _settled(stream) as changes:
        yield changes


async def from_now_on(database: Database) -> Mapping[str, Any]:
    """Where a change stream begins that misses nothing from now on; motor opens one only when it is first read."""
    return {"start_at_operation_time": (await database.command("ping"))["operationTime"]}


def resume_position(stream: Any) -> Mapping[str, Any]:
    """Where another change stream goes on after what this one has read."""
    return {"resume_after": stream.resume_token}


def of_one_moment(collection: Collection) -> Collection:
    """The collection, read as it was at one moment: a plain scan may see a later row and miss an earlier one."""
    return collection.with_options(read_concern=ReadConcern("snapshot"))
