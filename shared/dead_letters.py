"""Dead letters for those who operate the system: what lies, why, and what to do with it. Never what it says."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.auth import Asker, Person
from shared.errors import Invalid, NotFound
from shared.mongo import Document, aggregate
from shared.problems import problems
from shared.queues import Order, StillToCome

router = APIRouter(tags=["operation"])

SHOWN = 200
# The body is left out: it names people, and a reader of this list need not know whom.
_WITHOUT_BODY = {"value": 0, "headers": 0}


def _service(request: Request) -> Any:
    """The running service; its type would be a circle of imports."""
    return request.app.state.service


def _administrator(person: Person) -> Asker:
    person.must_be("administrator")
    return person


def _reader(person: Person) -> Asker:
    person.must_be("administrator", "auditor")
    return person


Administrator = Annotated[Asker, Depends(_administrator)]
Reader = Annotated[Asker, Depends(_reader)]
Operated = Annotated[Any, Depends(_service)]
State = Literal["parked", "waiting", "gap"]
Text = Annotated[str | None, Field(max_length=500)]


class Wanted(BaseModel):
    """Which letters, and how many at a time."""

    model_config = ConfigDict(extra="forbid")

    state: State | None = None
    topic: Text = None
    type: Text = None
    aggregate: Annotated[str | None, Field(max_length=500, description="topic/key")] = None
    reason: Annotated[str | None, Field(max_length=500, description="part of the reason")] = None
    since: Annotated[AwareDatetime | None, Field(description="parked then or later")] = None
    after: Annotated[str | None, Field(max_length=500, description="what the page before named as `next`")] = None
    limit: Annotated[int, Field(ge=1, le=SHOWN)] = 50

    def query(self) -> Document:
        """What to ask the database, but for the place in the list."""
        exact = {"state": self.state, "topic": self.topic, "type": self.type, "aggregate": self.aggregate}
        where: Document = {name: value for name, value in exact.items() if value}
        if self.reason:
            where["reason"] = {"$regex": re.escape(self.reason), "$options": "i"}
        if self.since:
            where["parked_at"] = {"$gte": self.since}
        return where


class Letter(BaseModel):
    """A record that could not be taken in, or that waits behind one."""

    letter_id: str
    aggregate: str | None
    type: str
    event_id: Annotated[str, Field(description="ce_id, empty where it had none")]
    sequence: int
    state: Annotated[str, Field(description="parked, waiting or gap")]
    reason: str | None
    attempts: int
    parked_at: datetime
    topic: str
    partition: int
    offset: int


class Letters(BaseModel):
    """A page of letters, oldest first; how many there are in all, and how many in each state."""

    letters: list[Letter]
    next: Annotated[str | None, Field(description="where the next page begins; null on the last")]
    total: int
    by_state: dict[str, int]


class ReplayOf(BaseModel):
    """Whose queue to run."""

    model_config = ConfigDict(extra="forbid")

    aggregate: Annotated[str, Field(min_length=1, max_length=500, description="topic/key")]
    reason: Annotated[str, Field(max_length=500, description="what was mended")] = ""
    without_missing: Annotated[bool, Field(description="wait no longer for events that have never come")] = False
    dry_run: Annotated[bool, Field(description="only say what would happen")] = False


class Discard(BaseModel):
    """Why a letter is given up."""

    reason: Annotated[str, Field(min_length=3, max_length=500)]


class Replayed(BaseModel):
    """How many went through, how many are left in the queue, and why."""

    done: int
    left: int
    problem: Annotated[str | None, Field(description="what stopped it")]
    missing: Annotated[int | None, Field(description="the event that the rest waits for")]


class Audited(BaseModel):
    """What somebody had done to what was stuck."""

    audit_id: str
    at: datetime
    by: str
    action: Annotated[str, Field(description="replayed, discarded or retried")]
    aggregate: str | None = None
    letter: str | None = None
    delivery: str | None = None
    type: str | None = None
    reason: str = ""
    done: Annotated[int | None, Field(description="how many events went through")] = None
    stopped_by: Annotated[str | None, Field(description="why no more went through")] = None


class Audit(BaseModel):
    """A page of it, newest first."""

    rows: list[Audited]
    next: str | None


class NoSuchPlace(Invalid):
    """This is not where a page begins."""


@router.get("/dead-letters", responses=problems(NoSuchPlace))
async def letters(_by: Administrator, service: Operated, wanted: Annotated[Wanted, Query()]) -> Letters:
    """The records that lie, oldest first."""
    stored = service.database.dead_letters
    where = wanted.query()
    rows = stored.find(_from("parked_at", "$gt", wanted.after, where), _WITHOUT_BODY)
    found = await rows.sort([("parked_at", 1), ("_id", 1)]).limit(wanted.limit + 1).to_list(wanted.limit + 1)
    whatever_state = {name: value for name, value in where.items() if name != "state"}
    counted = await aggregate(stored, [{"$match": whatever_state}, {"$group": {"_id": "$state", "number": {"$sum": 1}}}])
    by_state = {row["_id"]: row["number"] for row in counted}
    return Letters(
        letters=[_letter(row) for row in found[: wanted.limit]],
        next=_place("parked_at", found, wanted.limit),
        total=by_state.get(wanted.state, 0) if wanted.state else sum(by_state.values()),
        by_state=by_state,
    )


@router.post("/dead-letters/replay")
async def replay(by: Administrator, service: Operated, of: ReplayOf) -> Replayed:
    """Run the queue of one aggregate in order, until one fails again. Once more, it does nothing more."""
    queues = service.consumer.queues
    if of.dry_run:
        outcome = await queues.rehearse(of.aggregate, without_missing=of.without_missing)
    else:
        outcome = await queues.replay(of.aggregate, Order(by.id, of.reason), without_missing=of.without_missing)
    return Replayed(done=outcome.done, left=outcome.left, problem=outcome.problem, missing=outcome.missing)


@router.post("/dead-letters/{letter_id:path}/discard", status_code=204, responses=problems(NotFound, StillToCome))
async def discard(by: Administrator, service: Operated, letter_id: str, why: Discard) -> None:
    """Give one record up, for a reason; what waits behind it goes on."""
    if await service.consumer.queues.discard(letter_id, Order(by.id, why.reason)) is None:
        raise NotFound


@router.get("/dead-letters/{letter_id:path}", responses=problems(NotFound))
async def letter(_by: Administrator, service: Operated, letter_id: str) -> Letter:
    """One record."""
    row = await service.database.dead_letters.find_one({"_id": letter_id}, _WITHOUT_BODY)
    if row is None:
        raise NotFound
    return _letter(row)


@router.get("/audit", responses=problems(NoSuchPlace))
async def audit(
    _by: Reader,
    service: Operated,
    after: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=SHOWN)] = 50,
) -> Audit:
    """What was done to dead letters, newest first: by whom, when, why, and how many went through."""
    rows = service.database.audit.find(_from("at", "$lt", after, {}))
    found = await rows.sort([("at", -1), ("_id", -1)]).limit(limit + 1).to_list(limit + 1)
    return Audit(rows=[_audited(row) for row in found[:limit]], next=_place("at", found, limit))


def _letter(row: Document) -> Letter:
    fields = {name for name in Letter.model_fields if name not in {"letter_id", "event_id"}}
    return Letter(letter_id=row["_id"], event_id=row["id"], **{name: row[name] for name in fields})


def _audited(row: Document) -> Audited:
    return Audited(audit_id=str(row["_id"]), **{name: row[name] for name in Audited.model_fields if row.get(name) is not None})


def _place(field: str, found: list[Document], limit: int) -> str | None:
    """Where the next page begins, in words that stay right when rows come and go."""
    return f"{found[limit - 1][field].isoformat()}~{found[limit - 1]['_id']}" if len(found) > limit else None


def _from(field: str, beyond: str, place: str | None, where: Document) -> Document:
    """The filter, beyond a place in the list."""
    if place is None:
        return where
    moment, _, key = place.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None or not key:
            raise NoSuchPlace(field="after")
    except ValueError as error:
        raise NoSuchPlace(field="after") from error
    return {"$and": [where, {"$or": [{field: {beyond: at}}, {field: at, "_id": {beyond: key}}]}]}
