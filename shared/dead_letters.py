"""Dead letters for those who operate the system: what lies, why, and what to do with it. Never what it says."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from shared.auth import Asker, Person
from shared.errors import NotFound
from shared.mongo import Document
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


Administrator = Annotated[Asker, Depends(_administrator)]
Operated = Annotated[Any, Depends(_service)]


class Letter(BaseModel):
    """A record that could not be taken in, or that waits behind one."""

    letter_id: str
    aggregate: str | None
    type: str
    sequence: int
    state: Annotated[str, Field(description="parked, waiting or gap")]
    reason: str | None
    attempts: int
    parked_at: datetime


class ReplayOf(BaseModel):
    """Whose queue to run: `topic/key`."""

    aggregate: str


class Discard(BaseModel):
    """Why a letter is given up."""

    reason: Annotated[str, Field(min_length=3, max_length=500)]


class Replayed(BaseModel):
    """How many went through."""

    done: int


def _letter(row: Document) -> Letter:
    return Letter(letter_id=row["_id"], **{name: row[name] for name in Letter.model_fields if name != "letter_id"})


@router.get("/dead-letters", responses=problems(NotFound))
async def letters(
    _by: Administrator, service: Operated, state: str | None = None, event_type: Annotated[str | None, Query(alias="type")] = None
) -> list[Letter]:
    """The records that lie, oldest first."""
    where = {name: value for name, value in (("state", state), ("type", event_type)) if value}
    rows = service.database.dead_letters.find(where, _WITHOUT_BODY).sort("parked_at", 1).limit(SHOWN)
    return [_letter(row) async for row in rows]


@router.post("/dead-letters/replay")
async def replay(by: Administrator, service: Operated, of: ReplayOf) -> Replayed:
    """Run the queue of one aggregate in order, until one fails again."""
    outcome = await service.consumer.queues.replay(of.aggregate, Order(by.id))
    return Replayed(done=outcome.done)


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
