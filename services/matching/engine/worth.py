"""One whole number for what a pair is worth, so that more of it means more people first, or more points first."""

import math
from dataclasses import dataclass

from services.matching.engine.pairs import Numbers, Pairs

WORDS = 2**58
"""Up to here prices and gains can be added in machine words."""


@dataclass(frozen=True, kw_only=True)
class Worth:
    """`of` each pair `unit` times this is `scale` times its points and `pair` more. Above nothing for every pair."""

    of: Numbers
    unit: int
    scale: int
    pair: int


def most_people_first(pairs: Pairs) -> Worth:
    """A pair counts for more than all points that a match can gain or lose without it."""
    least, unit, highest = _steps(pairs)
    pair = pairs.most * highest + 1
    of = (_roomy(pairs.points, pair + highest + abs(least)) - least) // unit + pair
    return Worth(of=of, unit=unit, scale=1, pair=pair * unit - least)


def most_points_first(pairs: Pairs) -> Worth:
    """A pair counts for less than the smallest step in points can be. No pair may have less than no points."""
    unit = math.gcd(*pairs.points.tolist()) or 1
    scale = pairs.most + 1
    highest = int(max(pairs.points.tolist(), default=0)) // unit
    return Worth(of=_roomy(pairs.points, highest * scale + 1) // unit * scale + 1, unit=unit, scale=scale, pair=unit)


def people_alone(pairs: Pairs) -> Worth:
    """Every pair counts the same, whatever its points."""
    return Worth(of=_roomy(pairs.points, 1) * 0 + 1, unit=1, scale=0, pair=1)


def _steps(pairs: Pairs) -> tuple[int, int, int]:
    """The fewest points, the step of which all differences are multiples, and the largest difference in such steps."""
    points = pairs.points.tolist()
    least = min(points, default=0)
    unit = math.gcd(*(one - least for one in points)) or 1
    return least, unit, (max(points, default=0) - least) // unit


def _roomy(points: Numbers, largest: int) -> Numbers:
    return points if points.dtype != object and largest < WORDS else points.astype(object)
