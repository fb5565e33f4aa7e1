"""Words for days that are not like others."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.portal.pages.pictures_participant import Speech


def days_off(found: Sequence[Mapping[str, Any]], people: Mapping[str, Any], viewer_id: str, speech: Speech) -> list[str]:
    """What is different on which days for whom, a sentence each."""
    return [_said(off, "" if off["person_id"] == viewer_id else people[off["person_id"]].first, speech) for off in found]


def _said(off: Mapping[str, Any], name: str, speech: Speech) -> str:
    """`name` is empty for the reader."""
    words = {
        "holiday": (
            speech.gettext("%(days)s: you have a holiday, %(holiday)s."),
            speech.gettext("%(days)s: %(name)s has a holiday, %(holiday)s."),
        ),
        "away": (speech.gettext("%(days)s: you are away."), speech.gettext("%(days)s: %(name)s is away.")),
        "elsewhere": (speech.gettext("%(days)s: you work by another clock."), speech.gettext("%(days)s: %(name)s works by another clock.")),
        "other_hours": (speech.gettext("%(days)s: you work at other hours."), speech.gettext("%(days)s: %(name)s works at other hours.")),
    }
    mine, theirs = words[off["why"]]
    first, last = (date.fromisoformat(off[day]) for day in ("first_on", "last_on"))
    days = speech.weekday(first) if first == last else speech.dates(first, last)
    return (theirs if name else mine) % {"days": days, "name": name, "holiday": off["name"]}
