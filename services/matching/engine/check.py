"""Checks anybody's match against the pairs, from prices alone: knows nothing of how it was found, trusts nothing but the pairs.

A proof gives each mentor a price. A pair counts `scale` times its points and `pair` more. What a protégé gains is the most that a pair of
theirs counts beyond its mentor's price, or nothing. Each pair of any match whatever counts at most gain and price; each gain is paid once,
each price at most once a place: so no match counts more than all gains and all prices times places (linear programming duality).
"""

import math
from dataclasses import dataclass

import numpy as np

from services.matching.engine.pairs import Longs, Mask, Numbers, Pairs

SMALL = 2**61


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Prices, and for which pairs they are: those with a place and at least so many points, where `least` is given."""

    prices: Numbers
    scale: int
    pair: int
    least: int | None = None

    def covers(self, pairs: Pairs) -> Mask:
        """The pairs it is about."""
        enough = True if self.least is None else np.asarray(pairs.points >= self.least, dtype=bool)
        return (pairs.places[pairs.columns] > 0) & enough

    def bound(self, pairs: Pairs) -> int:
        """No match of these pairs counts more than this."""
        if min(self.prices.tolist(), default=0) < 0:
            raise ValueError("A price is less than nothing, so it proves nothing.")
        wanted = self.covers(pairs)
        rows, columns, points = pairs.rows[wanted], pairs.columns[wanted], pairs.points[wanted]
        most = max(map(abs, (max(points.tolist(), default=0), min(points.tolist(), default=0))))
        large = most * max(self.scale, 1) + abs(self.pair) + max(self.prices.tolist(), default=0) >= SMALL
        number = object if large else np.int64
        beyond = points.astype(number) * self.scale + self.pair - self.prices.astype(number)[columns]
        gains = np.zeros(len(pairs.proteges), dtype=number)
        np.maximum.at(gains, rows, beyond)
        prices: int = sum(price * places for price, places in zip(self.prices.tolist(), pairs.places.tolist(), strict=True))
        paid: int = sum(gains.tolist())
        return paid + prices


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What proves a match in its mode. `people`: nobody pairs more; `worst`: nobody with more than these points in each pair as many."""

    mode: str
    total: Proof
    people: Proof | None = None
    worst: Proof | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a match reaches and what could be reached. Upper bounds are of points with as many people, and the least of points, as here."""

    matched: int
    total_points: int
    smallest_points: int | None
    matched_upper_bound: int
    upper_bound: int
    optimal: bool


def faults(pairs: Pairs, match: Longs) -> list[str]:
    """Why these pairs cannot all be formed."""
    times = np.bincount(pairs.rows[match], minlength=len(pairs.proteges))
    taken = np.bincount(pairs.columns[match], minlength=len(pairs.mentors))
    twice = [f"{pairs.proteges[row]} has {times[row]} mentors" for row in np.flatnonzero(times > 1)]
    full = np.flatnonzero(taken > pairs.places)
    return twice + [f"{pairs.mentors[column]} has {taken[column]} protégés and {pairs.places[column]} places" for column in full]


def judge(pairs: Pairs, match: Longs, evidence: Evidence) -> Verdict:
    """How good a match without faults is, as far as the evidence shows."""
    points = pairs.points[match].tolist()
    matched, total, smallest = len(points), sum(points), min(points, default=None)
    bound, proof = evidence.total.bound(pairs), evidence.total
    possible = pairs.points[proof.covers(pairs)].tolist()
    if evidence.mode == "most points":
        step = math.gcd(*possible) or 1  # every total is so many of these
        most_people, upper = pairs.most, bound // proof.scale // step * step
        optimal = total == upper and bound - proof.scale * total < proof.pair * (matched + 1)
    else:
        counted = proof.pair + min(possible, default=0)
        most_people = bound // counted if evidence.people is None else evidence.people.bound(pairs)
        upper = min(bound - proof.pair * matched, matched * max(pairs.points.tolist(), default=0))
        optimal = matched == most_people and total == upper
    if evidence.worst is not None and proof.least is not None:
        reached = smallest is None or smallest >= proof.least
        upper = upper if reached else matched * max(pairs.points.tolist())
        optimal = optimal and smallest == proof.least and evidence.worst.bound(pairs) < matched
    return Verdict(
        matched=matched, total_points=total, smallest_points=smallest, matched_upper_bound=most_people, upper_bound=upper, optimal=optimal
    )
