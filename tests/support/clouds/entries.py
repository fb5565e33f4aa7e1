"""Reading the times of a stub's events, and the dates of those that repeat."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo


def google_instant(point: Mapping[str, Any], zone: str) -> datetime:
    """When an EventDateTime is; a date begins at the calendar's own midnight."""
    if "date" in point:
        return datetime.combine(date.fromisoformat(point["date"]), time(), ZoneInfo(zone)).astimezone(UTC)
    found = datetime.fromisoformat(point["dateTime"])
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(point.get("timeZone", zone)))).astimezone(UTC)


def graph_instant(point: Mapping[str, Any]) -> datetime:
    """When a dateTimeTimeZone is."""
    found = datetime.fromisoformat(point["dateTime"][:26])
    return found.replace(tzinfo=ZoneInfo(point.get("timeZone") or "UTC")).astimezone(UTC)


def graph_point(at: datetime) -> dict[str, str]:
    """An instant as Graph writes it: seven digits, no offset."""
    return {"dateTime": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"}


def weekly(start: datetime, zone: str, times: int) -> Iterator[datetime]:
    """The starts of a weekly series, by the clock on the wall."""
    local = start.astimezone(ZoneInfo(zone))
    for _ in range(times):
        yield local.astimezone(UTC)
        local += timedelta(days=7)
