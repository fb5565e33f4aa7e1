"""When people work."""

from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain import WorkingHours
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
