"""The points of a pair, criterion by criterion: each bar starts where the one above ends, so they add up by eye."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from services.portal.pages.svg import element, percent

FULL = 100
"""What a perfect pair has on a page. Matching counts in hundredths of that."""


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One criterion's part. `most` is what it can give at best in this programme."""

    name: str
    points: int
    most: int
    reasons: tuple[str, ...]
    bar: Markup


@dataclass(frozen=True, kw_only=True)
class Points:
    """A pair's points: whole numbers that add up to the total exactly."""

    criteria: tuple[Criterion, ...]
    total: int
    bar: Markup


def points_of(shares: Mapping[str, float], weights: Mapping[str, float], reasons: Mapping[str, Sequence[str]]) -> Points:
    """`shares` in points of 100, `weights` in the order they are shown; a criterion that does not count is left out."""
    counting = {name: weight for name, weight in weights.items() if weight > 0}
    most = whole_parts({name: FULL * weight / sum(counting.values()) for name, weight in counting.items()})
    points = whole_parts({name: shares.get(name, 0) for name in counting})
    start = 0
    criteria = []
    for name, rounded in most.items():
        own = points[name]
        # Rounding may give a full criterion one point more than its rounded limit.
        limit = max(rounded, own)
        criteria.append(Criterion(name=name, points=own, most=limit, reasons=tuple(reasons.get(name, ())), bar=_bar(start, own, limit)))
        start += own
    return Points(criteria=tuple(criteria), total=start, bar=_bar(0, start, FULL))


def whole_parts(parts: Mapping[str, float]) -> dict[str, int]:
    """Whole numbers that add up to the rounded sum, each within one of its part (largest remainder)."""
    floors = {name: int(part) for name, part in parts.items()}
    missing = round(sum(parts.values())) - sum(floors.values())
    for name in sorted(parts, key=lambda name: floors[name] - parts[name])[:missing]:
        floors[name] += 1
    return floors


def _bar(start: int, points: int, most: int) -> Markup:
    def rectangle(kind: str, width: int) -> Markup:
        return element("rect", class_=kind, x=percent(start / FULL), width=percent(width / FULL), height=10, rx=2)

    return element("svg", rectangle("ghost", most), rectangle("full", points), class_="pic fallbar", aria_hidden="true")
