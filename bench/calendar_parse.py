"""A calendar of 5,000 events over 90 days: our engine against icalendar and recurring-ical-events, which must say the same."""

import time
from datetime import UTC, datetime

import recurring_ical_events
from icalendar import Calendar

from bench.heavy_calendar import heavy_calendar
from bench.report import interleaved, report
from services.scheduling.slots import Span, clipped, merged, read_busy

EVENTS, ROUNDS = 5_000, 3
START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 30, tzinfo=UTC)


def library(text: str) -> list[Span]:
    """What the libraries make of it; that a cancelled occurrence is free they leave to whoever asks. Whole days are in UTC here."""
    events = [
        event for event in recurring_ical_events.of(Calendar.from_ical(text)).between(START, END) if event.get("STATUS") != "CANCELLED"
    ]
    return merged(
        clipped(((_instant(event["DTSTART"].dt), _instant(event["DTEND"].dt)) for event in events), _instant(START), _instant(END))
    )


def engine(text: str) -> list[Span]:
    """What ours makes of it."""
    return list(read_busy(text, "UTC", _instant(START), _instant(END)).busy)


def _instant(moment: datetime) -> int:
    timed = moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return int(timed.timestamp())


def run() -> bool:
    """CPU of ours against theirs, each with the whole text."""
    text = heavy_calendar(EVENTS)
    ours = engine(text)

    def mine() -> float:
        began = time.process_time()
        assert engine(text) == ours
        return time.process_time() - began

    def other() -> float:
        began = time.process_time()
        assert library(text) == ours
        return time.process_time() - began

    fast, slow = interleaved(mine, other, ROUNDS)
    notes = f"CPU; {EVENTS} events, {len(text) / 1e6:.1f} MB, {len(ours)} busy spans, the same from both"
    return report("calendar-parse", fast, slow, unit="s", goal=f"<= {1 / 15:.4f}", notes=notes)
