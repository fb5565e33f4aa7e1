"""Working hours over HTTP."""

from datetime import date
from typing import Annotated, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.scheduling.api.views import Body, Reads
from services.scheduling.domain import ChangedDays, Limits, WorkingHours
from services.scheduling.handlers import SetAvailability, SetLimits, set_availability, set_limits
from services.scheduling.slots import countries, holidays_between, regions_of
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


class ChangedDaysView(Body):
    """Days on which other hours are kept; none at all: away; null: the usual ones, by the clock of another zone."""

    first_on: date
    last_on: date
    zone: Annotated[str | None, Field(description="where you are then; null: where you usually are", examples=["Asia/Tokyo"])] = None
    hours: list[HoursView] | None = None


class LimitsView(Body):
    """What else limits your time. 0 means that there is no such limit."""

    country: Annotated[str, Field(max_length=2, description="whose public holidays are yours; empty: none", examples=["DE"])] = ""
    region: Annotated[str, Field(max_length=10, examples=["BY"])] = ""
    horizon_days: Annotated[int, Field(description="how far ahead you let yourself be booked")] = 0
    most_a_day: Annotated[int, Field(description="meetings arranged here that are enough for a day")] = 0
    most_a_week: Annotated[int, Field(description="meetings arranged here that are enough for a week")] = 0
    grid_minutes: Annotated[Literal[5, 15, 30], Field(description="what your meetings begin on, by your clock")] = 15
    changes: Annotated[list[ChangedDaysView], Field(default_factory=list)]

    @classmethod
    def of(cls, limits: Limits) -> Self:
        changes = [
            ChangedDaysView(**change.model_dump(exclude={"hours"}), hours=change.hours and [_shown(window) for window in change.hours])
            for change in limits.changes
        ]
        return cls(**limits.model_dump(exclude={"changes"}), changes=changes)

    def limits(self) -> Limits:
        """As scheduling keeps them."""
        changes = [
            ChangedDays(
                **change.model_dump(exclude={"hours"}), hours=None if change.hours is None else [_kept(window) for window in change.hours]
            )
            for change in self.changes
        ]
        return Limits(**self.model_dump(exclude={"changes"}), changes=changes)


class RegionView(BaseModel):
    """A part of a country with holidays of its own."""

    code: str
    name: str


class HolidayView(BaseModel):
    """A public holiday."""

    on: date
    name: str


class HolidaysView(BaseModel):
    """What is known of a country."""

    regions: list[RegionView]
    days: list[HolidayView]


@router.get("/mine")
async def my_availability(person: Person, reads: Reads) -> AvailabilityView:
    """When you work; Monday to Friday, nine to five, until you say something else."""
    found = await reads.availability(person.id)
    return AvailabilityView(
        zone=found.zone,
        hours=[_shown(window) for window in found.hours],
        notice_hours=found.notice_hours,
        buffer_minutes=found.buffer_minutes,
    )


@router.put("/mine", status_code=204, responses=problems(Invalid))
async def set_my_availability(body: AvailabilityView, person: Person, at: At, service: Running) -> None:
    """Say when you work."""
    command = SetAvailability(
        zone=body.zone,
        hours=[_kept(window) for window in body.hours],
        notice_hours=body.notice_hours,
        buffer_minutes=body.buffer_minutes,
        by=person.id,
        at=at,
    )
    await service.run(set_availability, command)


@router.get("/mine/limits")
async def my_limits(person: Person, reads: Reads) -> LimitsView:
    """What else limits your time."""
    return LimitsView.of((await reads.availability(person.id)).limits)


@router.put("/mine/limits", status_code=204, responses=problems(Invalid))
async def set_my_limits(body: LimitsView, person: Person, at: At, service: Running) -> None:
    """Say which holidays you have, when you are away or elsewhere, how far ahead you plan, and how many meetings are enough."""
    await service.run(set_limits, SetLimits(limits=body.limits(), by=person.id, at=at))


@router.get("/countries")
async def known_countries() -> dict[str, list[str]]:
    """The countries whose public holidays are known (ISO 3166-1), with the codes of their regions."""
    return {country: list(regions) for country, regions in countries().items()}


@router.get("/holidays")
async def holidays(at: At, country: str, region: str = "", language: str = "") -> HolidaysView:
    """A country's regions, and its public holidays of the year to come. Raises Invalid."""
    Limits(country=country, region=region).must_make_sense()
    today = at.date()
    days = holidays_between(country, region, today, today.replace(year=today.year + 1, day=min(today.day, 28)), language)
    regions = [RegionView(code=code, name=name) for code, name in regions_of(country)]
    return HolidaysView(regions=regions, days=[HolidayView(on=day, name=name) for day, name in days.items()])


def _shown(window: WorkingHours) -> HoursView:
    return HoursView(days=window.days, start=_clock(window.start), end=_clock(window.end))


def _kept(window: HoursView) -> WorkingHours:
    return WorkingHours(days=window.days, start=_minutes(window.start), end=_minutes(window.end))


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
