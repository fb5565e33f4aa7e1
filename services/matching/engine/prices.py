"""What a place with each mentor is worth: the prices that explain a match, if it is the best, and prove it."""

import numpy as np

from services.matching.engine.pairs import Longs, Numbers, Pairs, exact_sum


class NotTheBest(ArithmeticError):  # noqa: N818 - a statement about a match
    """No prices explain this match: it can be bettered."""


def lowest_prices(pairs: Pairs, worth: Numbers, match: Longs) -> Numbers:
    """The least prices at which nobody prefers another mentor, each what one more place there would add. `match`: the pairs formed.

    Raised from nothing until they hold; where a price has risen, only those who are there can want to move on, so only they are looked
    at again. Raises NotTheBest where they never hold, or where a mentor with a free place has a price.
    """
    rows, columns, places = pairs.rows, pairs.columns, pairs.places
    prices = np.zeros(len(places), dtype=worth.dtype)
    at = pairs.chosen(match)[rows]
    np.maximum.at(prices, columns[at < 0], worth[at < 0])  # whoever has nobody would pay up to all of it
    moves = np.flatnonzero((at >= 0) & (at != np.arange(len(rows))))
    order = moves[np.argsort(columns[at[moves]], kind="stable")]
    source, target = columns[at[order]], columns[order]
    step = worth[order] - worth[at[order]]
    starts = np.searchsorted(source, np.arange(len(places) + 1))
    risen = np.flatnonzero(prices > 0)
    for sweep in range(len(places) + 2):
        looked_at = _ranges(starts[risen], starts[risen + 1]) if sweep else slice(None)
        offered = prices[source[looked_at]] + step[looked_at]
        better = offered > prices[target[looked_at]]
        wanted = target[looked_at][better]
        if not wanted.size:
            break
        np.maximum.at(prices, wanted, offered[better])
        risen = np.unique(wanted)
    else:
        raise NotTheBest
    taken = np.bincount(columns[match], minlength=len(places))
    if (prices[taken < places] > 0).any():
        raise NotTheBest
    return prices


def gains_at(prices: Numbers, pairs: Pairs, worth: Numbers) -> Numbers:
    """What each protégé gains at these prices: the best pair's worth less its price, or nothing."""
    gains = np.zeros(len(pairs.proteges), dtype=worth.dtype)
    if len(pairs.rows):
        begins = np.flatnonzero(np.diff(pairs.rows, prepend=-1))
        gains[pairs.rows[begins]] = np.maximum(np.maximum.reduceat(worth - prices[pairs.columns], begins), 0)
    return gains


def bound_at(prices: Numbers, gains: Numbers, places: Longs) -> int:
    """No match is worth more than this: each pair is worth at most a gain and a price, each paid once per protégé and per place."""
    paid: int = sum(price * room for price, room in zip(prices.tolist(), places.tolist(), strict=True))
    return exact_sum(gains) + paid


def _ranges(starts: Longs, ends: Longs) -> Longs:
    """All whole numbers from each start up to its end."""
    lengths = ends - starts
    offsets = np.repeat(starts - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
    found: Longs = np.arange(int(lengths.sum())) + offsets
    return found
