"""Which times may be proposed."""

from datetime import datetime

from services.scheduling.domain.refusals import TimePassed
from shared.errors import Invalid

MOST_PROPOSED = 3


def must_be_ahead(starts_at: datetime, at: datetime) -> None:
    """Raises TimePassed."""
    if starts_at <= at:
        raise TimePassed


def times_worth_proposing(starts: list[datetime], at: datetime) -> list[datetime]:
    """The same times in order, each once. Raises Invalid, TimePassed."""
    times = sorted(set(starts))
    if not 1 <= len(times) <= MOST_PROPOSED:
        raise Invalid(f"Propose one to {MOST_PROPOSED} different times.", field="starts")
    for start in times:
        must_be_ahead(start, at)
    return times
