"""When people work."""

from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain import Limits, WorkingHours
from services.scheduling.handlers.protocols import Availabilities


@dataclass(frozen=True, kw_only=True)
class SetAvailability:
    zone: str
    hours: list[WorkingHours]
    notice_hours: int
    buffer_minutes: int
    by: str
    at: datetime


async def set_availability(command: SetAvailability, availabilities: Availabilities) -> None:
    """Say when one works, and how much air one wants."""
    availability = await availabilities.of(command.by)
    availability.set(zone=command.zone, hours=command.hours, notice_hours=command.notice_hours, buffer_minutes=command.buffer_minutes)
    await availabilities.save(availability)


@dataclass(frozen=True, kw_only=True)
class SetLimits:
    limits: Limits
    by: str
    at: datetime


async def set_limits(command: SetLimits, availabilities: Availabilities) -> None:
    """Say which holidays one has, when one is away, and how much is enough."""
    availability = await availabilities.of(command.by)
    availability.limit(command.limits, command.at.date())
    await availabilities.save(availability)
