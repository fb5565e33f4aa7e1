"""Quality against coverage: the most points that any number of people can have together, and so what one more person costs.

The most points of a match with so many people grow ever more slowly, and then fall: a concave curve, straight between its corners. A
corner is a match that is worth the most when a pair counts a certain number of points more or less than its own. Between two corners either
lies another one, or their line is the curve (Eisner and Severance 1976).
"""

import itertools
from dataclasses import dataclass, replace

import numpy as np

from services.matching.engine.balance import Balance
from services.matching.engine.best import any_best_match
from services.matching.engine.blocks import spans
from services.matching.engine.pairs import Longs, Numbers, Pairs
from services.matching.engine.problem import Problem
from services.matching.engine.worth import Span, Worth, most_people_first

WORK = 4_000_000
"""So many pairs are looked at, again and again, to find corners: some seconds."""
FEWEST, MOST = 4, 12


@dataclass(frozen=True, kw_only=True)
class Corner:
    """So many people can have so many points together, and surely no more than `at_most`. Between corners, the straight line is reached."""

    people: int
    points: int
    at_most: int


@dataclass(frozen=True, kw_only=True)
class _Found:
    people: int
    points: int
    worth: Worth
    prices: Numbers


def curve(problem: Problem, known: Pairs) -> list[Corner]:
    """Some corners, evenly spread over the number of people, the last one with as many people as can be.

    Points are those of the pairs, whatever else counts in a run; who is settled is not in it. Matches are looked for among `known` pairs,
    and bounded by one look at all there are.
    """
    pairs = _plain(known)
    if not len(pairs.rows):
        return []
    most = 2 * (pairs.most + 1)
    ends = [_best(pairs, most_people_first(Span.of(pairs.points), most, pairs.balance, pairs.places))]
    corners = [_Found(people=0, points=0, worth=ends[0].worth, prices=ends[0].prices), *ends]
    straight: set[tuple[int, int]] = set()
    for _ in range(min(max(WORK // len(pairs.rows), FEWEST), MOST)):
        gaps = [
            (right.people - left.people, place)
            for place, (left, right) in enumerate(itertools.pairwise(corners))
            if right.people - left.people > 1 and (left.people, right.people) not in straight
        ]
        if not gaps:
            break
        place = max(gaps)[1]
        left, right = corners[place], corners[place + 1]
        between = _between(pairs, left, right)
        if between is None:
            straight.add((left.people, right.people))
        else:
            corners.insert(place + 1, between)
    return _bounded(problem, corners[1:])


def _plain(known: Pairs) -> Pairs:
    """Points alone, and nobody favoured."""
    even = Balance.even(len(known.proteges), len(known.mentors))
    return replace(known.only(known.possible()), counted=known.points[known.possible()], balance=even)


def _between(pairs: Pairs, left: _Found, right: _Found) -> _Found | None:
    """The corner farthest above the line between two, or None if there is none."""
    people, points = right.people - left.people, right.points - left.points
    worth = Worth(scale=people, base=-points)
    counting = pairs.only(np.asarray(worth.of(pairs.points) > 0, dtype=bool))
    if not len(counting.rows):
        return None
    found = _best(counting, worth)
    line = left.points * people - left.people * points
    return found if found.points * people - found.people * points > line else None


def _best(pairs: Pairs, worth: Worth) -> _Found:
    best = any_best_match(worth.weigh(pairs))
    return _Found(people=len(best.match), points=int(pairs.points[best.match].sum()), worth=worth, prices=best.prices.mentors)


def _bounded(problem: Problem, corners: list[_Found]) -> list[Corner]:
    """With what the prices of each corner prove for all pairs (linear programming duality)."""
    gains = np.zeros(len(corners), dtype=np.int64)
    for start, stop in spans(len(problem.proteges)):
        points = problem.blocks.points(start, stop)
        closed = (points < 0) | (problem.places < 1) | problem.settled[start:stop, None]
        for number, corner in enumerate(corners):
            worth = corner.worth
            beyond = points.astype(np.int64) * worth.scale + worth.pair - corner.prices * worth.unit
            gains[number] += int(np.where(closed, 0, beyond).max(axis=1, initial=0).sum())
    return [
        Corner(people=corner.people, points=corner.points, at_most=_most(corner, int(gain), problem.places))
        for corner, gain in zip(corners, gains, strict=True)
    ]


def _most(corner: _Found, gains: int, places: Longs) -> int:
    """No match with so many people has more points than this."""
    paid = gains + int((corner.prices * corner.worth.unit * places).sum())
    return (paid - corner.worth.pair * corner.people) // corner.worth.scale
