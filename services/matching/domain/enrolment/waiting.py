"""The waiting list: who is the how-manieth, and why, and what is waited for."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from enum import StrEnum

from pydantic import BaseModel

from services.matching.domain.enrolment.enrolment import Enrolment
from services.matching.domain.programme import Programme
from services.matching.domain.vocabulary import Role


class Because(StrEnum):
    """Why somebody has this place in the queue."""

    FIRST_COME = "first_come"
    PUT_BACK = "put_back"
    LATE = "late"


class WaitsFor(StrEnum):
    """What must happen before somebody in the queue has a partner."""

    MATCHING_DAY = "matching_day"
    FREE_PLACE = "free_place"
    OFFER = "offer"
    MANAGERS = "managers"


class Standing(BaseModel):
    """Somebody's place in the queue, counted from 1. `matching_on`: the day that is waited for, where it is one."""

    enrolment_id: str
    person_id: str
    place: int
    because: Because
    waits_for: WaitsFor
    matching_on: date | None = None


def waiting(enrolments: Iterable[Enrolment], asked: Collection[str]) -> list[Enrolment]:
    """Those who have no partner and look for one, besides the people who are asked about somebody already."""
    return [
        one for one in enrolments if one.role is not Role.MENTOR and one.free_places and not one.has_partner and one.person_id not in asked
    ]


def queue(enrolments: Sequence[Enrolment]) -> list[Enrolment]:
    """Those who wait, the first in front: whoever was put back, the longest first, then in the order of enrolment."""
    return sorted(enrolments, key=lambda one: (one.put_back_at is None, one.put_back_at or one.requested_at, one.id))


def standings(programme: Programme, waiting: Sequence[Enrolment], free_places: int, day: date) -> list[Standing]:
    """The queue with the reason for each place. `free_places`: of all mentors together, those not offered to anybody."""
    terms = programme.terms
    day_to_come = terms.matching_on if terms.matching_on is not None and terms.matching_on >= day else None
    return [
        Standing(
            enrolment_id=one.id,
            person_id=one.person_id,
            place=place,
            because=Because.PUT_BACK if one.put_back_at else Because.LATE if one.late else Because.FIRST_COME,
            waits_for=_waits_for(programme, place, free_places, day_to_come),
            matching_on=day_to_come,
        )
        for place, one in enumerate(queue(waiting), 1)
    ]


def _waits_for(programme: Programme, place: int, free_places: int, day_to_come: date | None) -> WaitsFor:
    if day_to_come is not None:
        return WaitsFor.MATCHING_DAY
    if place > free_places:
        return WaitsFor.FREE_PLACE
    return WaitsFor.OFFER if programme.terms.free_places == "offered" else WaitsFor.MANAGERS
