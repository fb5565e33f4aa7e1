"""Working hours over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.scheduling.api.views import Body, Reads
from services.scheduling.domain import WorkingHours
from services.scheduling.handlers import SetAvailability, set_availability
from shared.auth import Person
from shared.errors import Invalid
from shared.problems import problems
from shared.service import At, Running

router = APIRouter(prefix="/availability", tags=["availability"])

Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$", examples=["09:00"])]


class HoursView(BaseModel):
    """The same hours on several weekdays; Monday is 0. Past midnight when the end is not after the start."""

    days: list[Annotated[int, Field(ge=0, le=6)]]
    start: Clock
    end: Clock


class AvailabilityView(Body):
    """When somebody works, by their own clock."""

    zone: Annotated[str, Field(description="IANA time zone", examples=["Europe/Lisbon"])]
    hours: list[HoursView]
    notice_hours: int = 0
    buffer_minutes: int = 0


@router.get("/mine")
async def my_availability(person: Person, reads: Reads) -> AvailabilityView:
    """When you work; Monday to Friday, nine to five, until you say something else."""
    found = await reads.availability(person.id)
    hours = [HoursView(days=window.days, start=_clock(window.start), end=_clock(window.end)) for window in found.hours]
    return AvailabilityView(zone=found.zone, hours=hours, notice_hours=found.notice_hours, buffer_minutes=found.buffer_minutes)


@router.put("/mine", status_code=204, responses=problems(Invalid))
async def set_my_availability(body: AvailabilityView, person: Person, at: At, service: Running) -> None:
    """Say when you work."""
    command = SetAvailability(
        zone=body.zone,
        hours=[WorkingHours(days=window.days, start=_minutes(window.start), end=_minutes(window.end)) for window in body.hours],
        notice_hours=body.notice_hours,
        buffer_minutes=body.buffer_minutes,
        by=person.id,
        at=at,
    )
    await service.run(set_availability, command)


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
