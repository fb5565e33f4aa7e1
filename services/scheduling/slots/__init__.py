"""When can these people meet: busy time, working hours and the search for common free time. Pure: integers in, integers out.

Instants are epoch seconds, spans are half-open `(start, end)` pairs of them. Wall times appear only at the edges, in `clocks`.
"""

from services.scheduling.slots.clocks import ClockChange, Stretch, clock_changes, first_instant, stretches, wall_time
from services.scheduling.slots.hours import OFFICE_HOURS, Hours, working_spans
from services.scheduling.slots.ical import Unreadable
from services.scheduling.slots.offers import Offer, Wish, best_offers
from services.scheduling.slots.reading import Reading, read_busy, without_private_words
from services.scheduling.slots.reasons import Binding, NoSlot, why_none
from services.scheduling.slots.search import GRID, Diary, Window, busy_of, common_free, free_starts
from services.scheduling.slots.spans import Span, clipped, common, merged, overlaps, padded, without

__all__ = [
    "GRID",
    "OFFICE_HOURS",
    "Binding",
    "ClockChange",
    "Diary",
    "Hours",
    "NoSlot",
    "Offer",
    "Reading",
    "Span",
    "Stretch",
    "Unreadable",
    "Window",
    "Wish",
    "best_offers",
    "busy_of",
    "clipped",
    "clock_changes",
    "common",
    "common_free",
    "first_instant",
    "free_starts",
    "merged",
    "overlaps",
    "padded",
    "read_busy",
    "stretches",
    "wall_time",
    "why_none",
    "without",
    "without_private_words",
    "working_spans",
]
