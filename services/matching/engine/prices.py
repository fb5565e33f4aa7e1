"""What a place with each mentor is worth: the prices that explain a match, if it is the best, and prove it.

Where groups have floors, each of a group counts a bonus beyond the pair, up to the reward: more than nothing only where the floor brings
somebody in whom points would leave out. Prices and bonuses together are what linear programming calls the dual.
"""

from dataclasses import dataclass

import numpy as np

from services.matching.engine.pairs import Longs, Numbers, exact_sum
from services.matching.engine.worth import Weighed

NOTHING = -(2**60)


class NotTheBest(ArithmeticError):  # noqa: N818 - a statement about a match
    """No prices explain this match: it can be bettered."""


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Of a place with each mentor, and the bonus of each group."""

    mentors: Numbers
    groups: Numbers


def lowest_prices(weighed: Weighed, match: Longs) -> Prices:
    """The least prices at which nobody prefers another mentor, each what one more place there would add. `match`: the pairs formed.

    Raises NotTheBest where they never hold, or where a place that nobody takes has a price.
    """
    pairs = weighed.pairs
    least, most = _limits(weighed, match)
    found = raised(least, *_steps(weighed, match))
    full = np.bincount(pairs.columns[match], minlength=len(pairs.places)) >= pairs.places
    if (found > most)[~np.concatenate((full, np.zeros(len(pairs.balance.floors), dtype=bool)))].any():
        raise NotTheBest
    return _split(weighed, found)


def highest_prices(weighed: Weighed, match: Longs) -> Prices:
    """The highest prices that explain the match, each what it would lose by one place fewer there. Raises NotTheBest."""
    least, most = _limits(weighed, match)
    source, target, step = _steps(weighed, match)
    found = -raised(-most, target, source, step)
    if (found < least).any():
        raise NotTheBest
    return _split(weighed, found)


def reach_of(weighed: Weighed, match: Longs, offers: Longs) -> Numbers:
    """What a further place with each mentor would be worth to one who has nobody, if others moved on to it; next to nothing out of reach.

    `offers`: the pairs of this one, by their place in the list.
    """
    pairs = weighed.pairs
    start = np.full(len(pairs.places) + len(pairs.balance.floors), NOTHING, dtype=weighed.of.dtype)
    start[pairs.columns[offers]] = weighed.of[offers]
    return _split(weighed, raised(start, *_steps(weighed, match))).mentors


def gains_at(prices: Prices, weighed: Weighed) -> Numbers:
    """What each protégé gains at these prices: the best pair's worth less its price, or nothing."""
    pairs, groups = weighed.pairs, weighed.pairs.balance.groups
    gains = np.zeros(len(pairs.proteges), dtype=weighed.of.dtype)
    if len(pairs.rows):
        begins = np.flatnonzero(np.diff(pairs.rows, prepend=-1))
        beyond = np.maximum.reduceat(weighed.of - prices.mentors[pairs.columns], begins)
        gains[pairs.rows[begins]] = np.maximum(beyond + prices.groups[groups[pairs.rows[begins]]], 0)
    return gains


def bound_at(prices: Prices, gains: Numbers, weighed: Weighed) -> int:
    """No match is worth more than this: each pair is worth at most a gain and a price, each paid once per protégé and per place.

    A place that costs something is worth its price less that; a floor's people are worth at least the reward.
    """
    places = weighed.costs_of_places()
    paid: int = sum(
        max(price - cost, 0) * count
        for price, cost, count in zip(prices.mentors[places.of].tolist(), places.cost.tolist(), places.count.tolist(), strict=True)
    )
    kept: int = sum(
        (weighed.reward - bonus) * floor for bonus, floor in zip(prices.groups.tolist(), weighed.pairs.balance.floors.tolist(), strict=True)
    )
    return exact_sum(gains) + paid + kept


def _limits(weighed: Weighed, match: Longs) -> tuple[Numbers, Numbers]:
    """What prices and bonuses must at least and at most be for the places that are taken and the floors that are reached."""
    pairs, balance, large = weighed.pairs, weighed.pairs.balance, weighed.of.dtype
    rows, columns = pairs.rows[match], pairs.columns[match]
    load = np.bincount(columns, minlength=len(pairs.places))
    covered = balance.covered(rows)
    last, following = ((balance.taken + count).astype(large) * weighed.load for count in (load - 1, load))
    least_bonus = np.where(covered < balance.floors, weighed.reward, 0).astype(large)
    most_bonus = np.where(covered > balance.floors, 0, weighed.reward).astype(large)
    highest = np.where((load < pairs.places) | (pairs.places == 0), following, np.iinfo(np.int64).max).astype(large)
    np.minimum.at(highest, columns, weighed.of[match] + most_bonus[balance.groups[rows]])
    least = np.where(load > 0, last, 0).astype(large)
    return np.concatenate((least, least_bonus)), np.concatenate((highest, most_bonus))


def _steps(weighed: Weighed, match: Longs) -> tuple[Longs, Longs, Numbers]:
    """Which price or bonus must be at least another one and a step more; a group's bonus stands behind all mentors' prices."""
    pairs, of = weighed.pairs, weighed.of
    groups = len(pairs.places) + pairs.balance.groups
    at = pairs.chosen(match)[pairs.rows]
    moves = np.flatnonzero((at >= 0) & (at != np.arange(len(at))))  # whoever is somewhere must not want to move on
    stays = np.flatnonzero(at < 0)  # whoever has nobody must not want to pay the price
    source = [pairs.columns[at[moves]], groups[pairs.rows[stays]]]
    target = [pairs.columns[moves], pairs.columns[stays]]
    step = [of[moves] - of[at[moves]], of[stays]]
    if weighed.reward:  # and whoever is somewhere must not want to leave: without a reward this cannot be
        source.append(pairs.columns[match])
        target.append(groups[pairs.rows[match]])
        step.append(-of[match])
    return np.concatenate(source), np.concatenate(target), np.concatenate(step)


def raised(values: Numbers, source: Longs, target: Longs, step: Numbers) -> Numbers:
    """Each raised until it is at least every source and step (Bellman and Ford). Only what has risen can make others rise."""
    order = np.argsort(source, kind="stable")
    source, target, step = source[order], target[order], step[order]
    starts = np.searchsorted(source, np.arange(len(values) + 1))
    values = values.copy()
    looked_at: Longs | slice = slice(None)
    for _ in range(len(values) + 2):
        offered = values[source[looked_at]] + step[looked_at]
        better = offered > values[target[looked_at]]
        wanted = target[looked_at][better]
        if not wanted.size:
            return values
        np.maximum.at(values, wanted, offered[better])
        risen = np.flatnonzero(np.bincount(wanted, minlength=len(values)))
        looked_at = _ranges(starts[risen], starts[risen + 1])
    raise NotTheBest


def _split(weighed: Weighed, values: Numbers) -> Prices:
    mentors = len(weighed.pairs.places)
    return Prices(mentors=values[:mentors], groups=values[mentors:])


def _ranges(starts: Longs, ends: Longs) -> Longs:
    """All whole numbers from each start up to its end."""
    lengths = ends - starts
    offsets = np.repeat(starts - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
    found: Longs = np.arange(int(lengths.sum())) + offsets
    return found
