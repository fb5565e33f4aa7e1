"""The best match of a sparse list of pairs, with the prices that prove it, and the one of its equals that ids and seed decide on."""

from dataclasses import dataclass, replace

import numpy as np

from services.matching.engine.flow import NEVER, CostTooLarge, Runs, cheapest_largest_match, cheapest_match, largest_cost
from services.matching.engine.pairs import Longs, Numbers
from services.matching.engine.prices import NotTheBest, Prices, bound_at, gains_at, lowest_prices
from services.matching.engine.ties import Lots
from services.matching.engine.worth import Weighed

TIE_BITS = 40


@dataclass(frozen=True, kw_only=True)
class Best:
    """The pairs formed, by their place in the list; and the lowest prices, in worth, that prove there is nothing better."""

    match: Longs
    prices: Prices


def best_match(weighed: Weighed, seed: int) -> Best:
    """The match worth the most. Two stages: find what can be had, then choose among all matches that are worth as much."""
    found = any_best_match(weighed)
    lots = Lots(weighed.pairs.proteges, weighed.pairs.mentors, seed)
    return Best(match=settled(weighed, found.prices, lots), prices=found.prices)


def any_best_match(weighed: Weighed) -> Best:
    """One of the matches worth the most: which one is the solver's habit."""
    try:
        match = _quick(weighed)
        return Best(match=match, prices=lowest_prices(weighed, match))
    except (CostTooLarge, NotTheBest):  # the second where the solver's words were too short and it did not notice
        if weighed.reward or weighed.load:
            raise
        match = _refined(weighed)
        return Best(match=match, prices=lowest_prices(weighed, match))


def settled(weighed: Weighed, prices: Prices, lots: Lots) -> Longs:
    """Among all best matches, the one that the ids decide on: without it, the solver's habits would decide between equals.

    A match is a best one just when it has only pairs without slack, everybody with a gain is in it, every place that costs less than its
    price is taken and none that costs more, and no group with a bonus goes beyond its floor, nor one with less than the reward below it.
    `prices` may be any that prove it: the match is the same. Raises NotTheBest where they prove nothing.
    """
    pairs, balance = weighed.pairs, weighed.pairs.balance
    gains = gains_at(prices, weighed)
    tight = np.flatnonzero(gains[pairs.rows] + prices.mentors[pairs.columns] == weighed.of + prices.groups[balance.groups[pairs.rows]])
    among, bits = pairs.only(tight), min(TIE_BITS, largest_cost(pairs).bit_length() - 1)
    places = weighed.costs_of_places()
    must_be_taken, may_be_taken = (
        np.bincount(places.of, weights=places.count * wanted, minlength=len(pairs.places)).astype(np.int64)
        for wanted in (places.cost < prices.mentors[places.of], places.cost <= prices.mentors[places.of])
    )
    sizes = np.bincount(balance.groups, minlength=len(balance.floors))
    least = np.where(prices.groups < weighed.reward, balance.floors, 0)
    most = np.where(prices.groups > 0, np.minimum(balance.floors, sizes), sizes)
    match: Longs = tight[
        cheapest_match(
            among,
            lots.of(among.rows, among.columns, bits),
            alone=np.where(gains > 0, NEVER, 0).astype(np.int64),
            filled=may_be_taken,
            empty=_free(may_be_taken - must_be_taken),
            waiting=_free(most - least),
            must_wait=sizes - most,
        )
    ]
    if weighed.value(match) != bound_at(prices, gains, weighed):
        raise NotTheBest
    return match


def _quick(weighed: Weighed) -> Longs:
    """In one go, if the solver's machine words are long enough."""
    pairs, places = weighed.pairs, weighed.costs_of_places()
    highest, least = int(max(weighed.of.tolist(), default=0)), int(min(weighed.of.tolist(), default=0))
    heaviest = int(places.cost.max(initial=0))
    people_first = pairs.most * (highest - least + heaviest + weighed.reward) < least
    if (highest - least if people_first else highest) + heaviest + weighed.reward > largest_cost(pairs):
        raise CostTooLarge
    costs = (highest - weighed.of).astype(np.int64)
    if people_first:
        return cheapest_largest_match(pairs, costs, places, weighed.reward)
    sizes = np.bincount(pairs.balance.groups, minlength=len(pairs.balance.floors))
    floors = np.minimum(pairs.balance.floors, sizes)
    groups = np.arange(len(sizes))
    return cheapest_match(
        pairs,
        costs,
        alone=np.full(len(pairs.proteges), highest, dtype=np.int64),
        filled=pairs.places,
        empty=replace(places, cost=-places.cost),
        waiting=Runs(
            of=np.concatenate((groups, groups)),
            count=np.concatenate((sizes - floors, floors)),
            cost=np.repeat(np.array([0, weighed.reward], dtype=np.int64), len(groups)),
        ),
        must_wait=np.zeros(len(groups), dtype=np.int64),
    )


def _refined(weighed: Weighed) -> Longs:
    """By steps, each as fine as machine words allow, until nothing is rounded any more.

    At any prices, every pair has a slack: what gain and price are more than its worth; so has a protégé without a partner, and an empty
    place. All slacks of a match together are what it lacks to the bound. So a pair with more slack than the best match known is in no best
    match, the others have small slacks, and the prices found for rounded slacks are nearly right for the next, finer step.
    """
    pairs, weighed = weighed.pairs, replace(weighed, of=weighed.of.astype(object))
    rows, columns, worth = pairs.rows, pairs.columns, weighed.of
    prices = Prices(mentors=np.zeros(len(pairs.mentors), dtype=object), groups=np.zeros(len(pairs.balance.floors), dtype=object))
    gains = gains_at(prices, weighed)
    match = np.zeros(0, dtype=np.int64)
    room = largest_cost(pairs)
    sizes = np.bincount(pairs.balance.groups, minlength=len(pairs.balance.floors))
    while True:
        lacking = bound_at(prices, gains, weighed) - weighed.value(match)
        bits = max(0, lacking.bit_length() - room.bit_length() + 1)
        slack = gains[rows] + prices.mentors[columns] - worth
        near = np.flatnonzero(slack <= lacking)
        empty = _costs(prices.mentors, lacking, bits)
        may_be_empty = np.flatnonzero(empty != NEVER)
        match = near[
            cheapest_match(
                pairs.only(near),
                (slack[near] >> bits).astype(np.int64),
                alone=_costs(gains, lacking, bits),
                filled=pairs.places,
                empty=Runs(of=may_be_empty, count=pairs.places[may_be_empty], cost=empty[may_be_empty]),
                waiting=_free(sizes),
                must_wait=sizes * 0,
            )
        ]
        if not bits:
            return match
        coarse = replace(weighed, of=(gains >> bits)[rows] + (prices.mentors >> bits)[columns] - (slack >> bits))
        coarse_prices = lowest_prices(coarse, match)
        gains = (gains_at(coarse_prices, coarse) + 1) << bits  # one more each: what rounding may have taken
        prices = replace(prices, mentors=(coarse_prices.mentors + 1) << bits)


def _costs(slacks: Numbers, lacking: int, bits: int) -> Longs:
    """Rounded; whoever would lack more than the best match known must not stay alone."""
    return np.where(slacks > lacking, NEVER, np.minimum(slacks, lacking) >> bits).astype(np.int64)


def _free(count: Longs) -> Runs:
    return Runs(of=np.arange(len(count)), count=count, cost=np.zeros(len(count), dtype=np.int64))
