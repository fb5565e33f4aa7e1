"""Times, dates and numbers as the viewer reads them: in their zone, their language, with the exact one on hover."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta, get_timezone_location
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup, escape

from services.portal.pages.texts import texts
from services.portal.pages.viewer import Viewer, current

PATTERNS = {
    "en": {"exact": "EEEE d MMMM y, H:mm", "day": "d MMMM y", "short": "d MMMM", "weekday": "EEEE d MMMM", "clock": "H:mm"},
    "de": {"exact": "EEEE, d. MMMM y, H:mm", "day": "d. MMMM y", "short": "d. MMMM", "weekday": "EEEE, d. MMMM", "clock": "H:mm"},
}
HOUR = timedelta(hours=1)
ABOUT_TWO_MONTHS = 60


@cache
def locale_of(code: str) -> Locale:
    """British English, so that days come before months and hours go to 24."""
    return Locale.parse("en_GB" if code == "en" else code)


def instant(value: datetime | str) -> datetime:
    """An aware time, also out of the text an API answers with."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def on_day(value: date | datetime | str, zone: str) -> date:
    """The day something falls on for somebody in `zone`."""
    if isinstance(value, str) and len(value) == len("2026-10-22"):
        return date.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return instant(value).astimezone(ZoneInfo(zone)).date()


def _time(machine: str, shown: str, title: str) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(machine, title, shown)


def _exact(moment: datetime, viewer: Viewer, zone: str) -> str:
    local = format_datetime(moment, PATTERNS[viewer.locale]["exact"], tzinfo=ZoneInfo(zone), locale=locale_of(viewer.locale))
    return f"{local} ({place(zone)})"


def _instant_as(pattern: str, value: datetime | str, zone: str | None) -> Markup:
    viewer, moment = current.get(), instant(value)
    there = zone or viewer.zone
    shown = format_datetime(moment, PATTERNS[viewer.locale][pattern], tzinfo=ZoneInfo(there), locale=locale_of(viewer.locale))
    return _time(moment.astimezone(ZoneInfo(there)).isoformat(), shown, _exact(moment, viewer, there))


def exact(value: datetime | str, zone: str | None = None) -> Markup:
    """Thursday 22 October 2026, 14:30."""
    return _instant_as("exact", value, zone)


def clock(value: datetime | str, zone: str | None = None) -> Markup:
    """14:30."""
    return _instant_as("clock", value, zone)


def _day_as(pattern: str, value: date | datetime | str, zone: str | None) -> Markup:
    viewer = current.get()
    there = zone or viewer.zone
    day_there, locale = on_day(value, there), locale_of(viewer.locale)
    title = format_date(day_there, f"EEEE, {PATTERNS['de']['day']}" if viewer.locale == "de" else "EEEE d MMMM y", locale=locale)
    return _time(day_there.isoformat(), format_date(day_there, PATTERNS[viewer.locale][pattern], locale=locale), title)


def day(value: date | datetime | str, zone: str | None = None) -> Markup:
    """22 October, with the year when it is not this one."""
    viewer = current.get()
    same_year = on_day(value, zone or viewer.zone).year == on_day(viewer.now, zone or viewer.zone).year
    return _day_as("short" if same_year else "day", value, zone)


def period(value: Mapping[str, Any]) -> Markup:
    """From the first day to the last one; without an end: from 22 October on."""
    starts = day(value["starts_on"])
    if value["ends_on"] is None:
        return Markup(texts(current.get().locale).gettext("from %(day)s on")) % {"day": starts}  # noqa: S704 - our own words, and a day
    return Markup("{} \u2013 {}").format(starts, day(value["ends_on"]))


def weekday(value: date | datetime | str, zone: str | None = None) -> Markup:
    """Thursday 22 October."""
    return _day_as("weekday", value, zone)


def month(value: date | datetime | str) -> str:
    """Oct."""
    viewer = current.get()
    return format_date(on_day(value, viewer.zone), "LLL", locale=locale_of(viewer.locale)).rstrip(".")


def relative(value: date | datetime | str) -> str:
    """In 3 days, as words only. Within an hour it counts minutes, then it counts days as the calendar does."""
    viewer = current.get()
    _ = texts(viewer.locale).gettext
    whole_day = not isinstance(value, datetime) and (isinstance(value, date) or len(value) == len("2026-10-22"))
    if not whole_day:
        gap = instant(value) - viewer.now  # type: ignore[arg-type]  # a plain date is a whole day
        if abs(gap) < HOUR:
            if abs(gap) < timedelta(minutes=1):
                return _("now")
            return format_timedelta(gap, granularity="minute", threshold=60, add_direction=True, locale=locale_of(viewer.locale))
    days = (on_day(value, viewer.zone) - on_day(viewer.now, viewer.zone)).days
    near = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}
    if days in near:
        return near[days]
    # The library rounds 9 days to a week: days stay days until they are two months.
    if abs(days) < ABOUT_TWO_MONTHS:
        return _days(days, viewer)
    return format_timedelta(timedelta(days=days), granularity="month", add_direction=True, locale=locale_of(viewer.locale))


def _days(days: int, viewer: Viewer) -> str:
    words = texts(viewer.locale)
    if days > 0:
        return words.ngettext("in %(num)d day", "in %(num)d days", days) % {"num": days}
    return words.ngettext("%(num)d day ago", "%(num)d days ago", -days) % {"num": -days}


def ago(value: date | datetime | str) -> Markup:
    """In 3 days, with the exact time on hover and for screen readers."""
    viewer = current.get()
    if isinstance(value, datetime) or (isinstance(value, str) and len(value) > len("2026-10-22")):
        moment = instant(value)
        return _time(moment.astimezone(ZoneInfo(viewer.zone)).isoformat(), relative(value), _exact(moment, viewer, viewer.zone))
    whole = on_day(value, viewer.zone)
    return _time(whole.isoformat(), relative(value), format_date(whole, PATTERNS[viewer.locale]["day"], locale=locale_of(viewer.locale)))


def days_since(value: date | datetime | str) -> int:
    """Whole days from then to now, as the viewer's calendar counts."""
    viewer = current.get()
    return (on_day(viewer.now, viewer.zone) - on_day(value, viewer.zone)).days


def days_between(earlier: date | datetime | str, later: date | datetime | str, zone: str) -> int:
    """Whole days from one to the other, as a calendar in `zone` counts."""
    return (on_day(later, zone) - on_day(earlier, zone)).days


def place(zone: str) -> str:
    """The city a zone is named after: Lisbon, Lissabon."""
    return get_timezone_location(ZoneInfo(zone), locale=locale_of(current.get().locale), return_city=True)


def number(value: float) -> str:
    return format_decimal(value, locale=locale_of(current.get().locale))


def percent(share: float) -> str:
    """0.88 as 88 %."""
    return format_percent(share, format="#,##0\u00a0%", locale=locale_of(current.get().locale))


def listing(items: Iterable[object], style: str = "standard") -> Markup:
    """A, B and C. Each item is escaped unless it is markup already."""
    shown = [str(escape(item)) for item in items]
    return Markup(format_list(shown, style=style, locale=locale_of(current.get().locale)))  # type: ignore[arg-type]  # noqa: S704 - each item is escaped above
