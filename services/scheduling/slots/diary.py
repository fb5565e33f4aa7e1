"""What is known of one person's time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.scheduling.slots.clocks import Stretch, stretches
from services.scheduling.slots.hours import Hours, working_spans
from services.scheduling.slots.spans import Span, clipped, merged, padded, without

GRID = 15 * 60


@dataclass(frozen=True)
class Spell:
    """From one instant to another a person keeps other hours than usual, or none, or lives by another clock. Spells do not overlap."""

    start: int
    end: int
    zone: str
    hours: tuple[Hours, ...] = ()


@dataclass(frozen=True)
class Diary:
    """One person's time: `busy`, `off` and `full` sorted and without overlaps; `buffer`, `notice`, `horizon` and `grid` in seconds.

    off: holidays and days away. full: days and weeks with as many meetings as this person wants. horizon: how far ahead they let
    themselves be booked, 0 for as far as one likes. grid: what their meetings begin on, by their own clock.
    """

    person_id: str
    zone: str
    hours: tuple[Hours, ...]
    busy: tuple[Span, ...] = ()
    buffer: int = 0
    notice: int = 0
    horizon: int = 0
    off: tuple[Span, ...] = ()
    full: tuple[Span, ...] = ()
    spells: tuple[Spell, ...] = ()
    grid: int = GRID

    @property
    def taken(self) -> Sequence[Span]:
        """Time that cannot be had: busy with the breath around it, days off, and what is full."""
        busy = padded(self.busy, self.buffer) if self.buffer else self.busy
        return merged([*busy, *self.off, *self.full]) if self.off or self.full else busy

    def working(self, start: int, end: int) -> tuple[Span, ...]:
        """When they work between two instants, whatever else they do then."""
        return (
            working_spans(self.hours, self.zone, start, end) if not self.spells else _worked(self.hours, self.zone, self.spells, start, end)
        )

    def walls(self, start: int, end: int) -> tuple[Stretch, ...]:
        """What their clock shows between two instants, wherever they are then."""
        return stretches(self.zone, start, end) if not self.spells else _walls(self.zone, self.spells, start, end)


@lru_cache(maxsize=1024)
def _worked(hours: tuple[Hours, ...], zone: str, spells: tuple[Spell, ...], start: int, end: int) -> tuple[Span, ...]:
    usual = without(working_spans(hours, zone, start, end), merged((spell.start, spell.end) for spell in spells))
    others = [
        span
        for spell in spells
        if spell.start < end and spell.end > start
        for span in clipped(working_spans(spell.hours, spell.zone, start, end), spell.start, spell.end)
    ]
    return tuple(merged([*usual, *others]))


def _walls(zone: str, spells: tuple[Spell, ...], start: int, end: int) -> tuple[Stretch, ...]:
    found: list[Stretch] = []
    at = start
    for spell in sorted(spells, key=lambda spell: spell.start):
        begins, ends = max(spell.start, at), min(spell.end, end)
        if begins < ends:
            found += [*stretches(zone, at, begins), *stretches(spell.zone, begins, ends)]
            at = ends
    return (*found, *stretches(zone, at, end))
