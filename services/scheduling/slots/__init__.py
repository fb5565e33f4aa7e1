"""When can these people meet: busy time, working hours and the search for common free time. Pure: integers in, integers out.

Instants are epoch seconds, spans are half-open `(start, end)` pairs of them. Wall times appear only at the edges, in `clocks`.
"""

from services.scheduling.slots.clocks import DAY, ClockChange, Stretch, clock_changes, first_instant, stretches, wall_time
from services.scheduling.slots.days_off import countries, holidays_between, regions_of
from services.scheduling.slots.diary import GRID, Diary, Spell
from services.scheduling.slots.hours import ALL_DAY, MINUTES_A_DAY, OFFICE_HOURS, BadHours, Hours, read_hours, working_spans
from services.scheduling.slots.ical import LARGEST_FILE, Sheet, Unreadable, decoded, read_sheet
from services.scheduling.slots.moments import shown
from services.scheduling.slots.offers import Offer, Wish, best_offers
from services.scheduling.slots.planning import Cadence, SeriesPlan, Wanted, plan_series, what_was_borne
from services.scheduling.slots.reading import EntryTime, Reading, busy_by_entry, busy_in, read_busy, without_private_words
from services.scheduling.slots.reasons import WEEKS_AHEAD, Binding, NoSlot, why_none
from services.scheduling.slots.search import Window, busy_of, common_free, free_starts, starts_for_some
from services.scheduling.slots.spans import Span, clipped, common, merged, overlaps, padded, without
from services.scheduling.slots.zones import known_zone

__all__ = [
    "ALL_DAY",
    "DAY",
    "GRID",
    "LARGEST_FILE",
    "MINUTES_A_DAY",
    "OFFICE_HOURS",
    "WEEKS_AHEAD",
    "BadHours",
    "Binding",
    "Cadence",
    "ClockChange",
    "Diary",
    "EntryTime",
    "Hours",
    "NoSlot",
    "Offer",
    "Reading",
    "SeriesPlan",
    "Sheet",
    "Span",
    "Spell",
    "Stretch",
    "Unreadable",
    "Wanted",
    "Window",
    "Wish",
    "best_offers",
    "busy_by_entry",
    "busy_in",
    "busy_of",
    "clipped",
    "clock_changes",
    "common",
    "common_free",
    "countries",
    "decoded",
    "first_instant",
    "free_starts",
    "holidays_between",
    "known_zone",
    "merged",
    "overlaps",
    "padded",
    "plan_series",
    "read_busy",
    "read_hours",
    "read_sheet",
    "regions_of",
    "shown",
    "starts_for_some",
    "stretches",
    "wall_time",
    "what_was_borne",
    "why_none",
    "without",
    "without_private_words",
    "working_spans",
]
