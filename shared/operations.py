"""Deliveries and timers for those who operate the system: what waits or has failed, why, and another try. Never what it says."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from shared.dead_letters import Administrator, Operated
from shared.deliveries import retry
from shared.errors import NotFound
from shared.mongo import Session
from shared.problems import problems
from shared.queues import Order, audit_row

router = APIRouter(tags=["operation"])

SHOWN = 200


class DeliveryState(BaseModel):
    """How far a delivery is."""

    delivery_id: str
    channel: str
    state: Annotated[str, Field(description="waiting, sent, failed, dropped or expired")]
    attempts: int
    problem: str | None
    created_at: datetime
    due_at: Annotated[datetime, Field(description="while it waits: when it is looked at next")]
    expires_at: Annotated[datetime, Field(description="when nobody wants it any more")]


class TimerState(BaseModel):
    """A timer whose handler failed."""

    timer_id: str
    kind: str
    attempts: int
    problem: str
    set_for: datetime
    due_at: Annotated[datetime, Field(description="when it is tried next")]


class NothingToRetry(NotFound):
    """There is no such delivery that has failed and could be tried again."""


@router.get("/deliveries")
async def deliveries(_by: Administrator, service: Operated, state: str | None = None) -> list[DeliveryState]:
    """What was sent out, failed or waits, newest first."""
    rows = service.database.deliveries.find({"state": state} if state else {}, {"payload": 0}).sort("created_at", -1).limit(SHOWN)
    return [
        DeliveryState(
            delivery_id=row["_id"],
            channel=row["channel"],
            state=row["state"],
            attempts=row["attempts"],
            problem=row.get("problem"),
            created_at=row["created_at"],
            due_at=row["due_at"],
            expires_at=row["expires_at"],
        )
        async for row in rows
    ]


@router.post("/deliveries/{delivery_id:path}/retry", status_code=204, responses=problems(NothingToRetry))
async def retry_delivery(by: Administrator, service: Operated, delivery_id: str) -> None:
    """Send what has failed once more, as if for the first time."""

    async def work(session: Session) -> None:
        if not await retry(service.database, delivery_id, session):
            raise NothingToRetry
        await service.database.audit.insert_one(audit_row("retried", Order(by.id), delivery=delivery_id), session=session)

    await service.transactions.run(work)


@router.get("/timers/failing")
async def failing_timers(_by: Administrator, service: Operated) -> list[TimerState]:
    """Timers that have failed and are tried again by themselves, with growing pauses, those that wait longest first."""
    rows = service.database.timers.find({"attempts": {"$gt": 0}}).sort("set_for", 1).limit(SHOWN)
    return [
        TimerState(
            timer_id=row["_id"],
            kind=row["kind"],
            attempts=row["attempts"],
            problem=row["problem"],
            set_for=row["set_for"],
            due_at=row["due_at"],
        )
        async for row in rows
    ]
