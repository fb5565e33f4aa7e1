"""The best match of a sparse list of pairs, with the prices that prove it, and the one of its equals that ids and seed decide on."""

import hashlib
from dataclasses import dataclass

import numpy as np

from services.matching.engine.flow import NEVER, CostTooLarge, cheapest_largest_match, cheapest_match, largest_cost
from services.matching.engine.pairs import Longs, Numbers, Pairs, exact_sum
from services.matching.engine.prices import NotTheBest, bound_at, gains_at, lowest_prices
from services.matching.engine.worth import Worth

TIE_BITS = 40


@dataclass(frozen=True, kw_only=True)
class Best:
    """The pairs formed, by their place in the list; and the prices and gains, in `worth`, that prove there is nothing better."""

    match: Longs
    worth: Worth
    prices: Numbers
    gains: Numbers


def best_match(pairs: Pairs, worth: Worth, seed: int) -> Best:
    """The match worth the most. Two stages: find what can be had, then choose among all matches that are worth as much."""
    try:
        match = _quick(pairs, worth)
        prices = lowest_prices(pairs, worth.of, match)
    except (CostTooLarge, NotTheBest):  # the second where the solver's words were too short and it did not notice
        match = _refined(pairs, worth.of)
        prices = lowest_prices(pairs, worth.of, match)
    gains = gains_at(prices, pairs, worth.of)
    match = _settled(pairs, worth, prices, gains, seed)
    if exact_sum(worth.of[match]) != bound_at(prices, gains, pairs.places):
        raise NotTheBest
    return Best(match=match, worth=worth, prices=prices, gains=gains)


def _quick(pairs: Pairs, worth: Worth) -> Longs:
    """In one go, if the solver's machine words are long enough."""
    highest, least = int(max(worth.of.tolist(), default=0)), int(min(worth.of.tolist(), default=0))
    people_first = pairs.most * (highest - least) < least
    if (highest - least if people_first else highest) > largest_cost(len(pairs.proteges), len(pairs.mentors)):
        raise CostTooLarge
    costs = (highest - worth.of).astype(np.int64)
    if people_first:
        return cheapest_largest_match(pairs.rows, pairs.columns, costs, len(pairs.proteges), pairs.places)
    unmatched = np.full(len(pairs.proteges), highest, dtype=np.int64)
    unused = np.zeros(len(pairs.mentors), dtype=np.int64)
    return cheapest_match(pairs.rows, pairs.columns, costs, unmatched=unmatched, unused=unused, places=pairs.places)


def _refined(pairs: Pairs, exact: Numbers) -> Longs:
    """By steps, each as fine as machine words allow, until nothing is rounded any more.

    At any prices, every pair has a slack: what gain and price are more than its worth; so has a protégé without a partner, and an empty
    place. All slacks of a match together are what it lacks to the bound. So a pair with more slack than the best match known is in no best
    match, the others have small slacks, and the prices found for rounded slacks are nearly right for the next, finer step.
    """
    rows, columns, worth = pairs.rows, pairs.columns, exact.astype(object)
    prices = np.zeros(len(pairs.mentors), dtype=object)
    gains = gains_at(prices, pairs, worth)
    match = np.zeros(0, dtype=np.int64)
    room = largest_cost(len(pairs.proteges), len(pairs.mentors))
    while True:
        lacking = bound_at(prices, gains, pairs.places) - exact_sum(worth[match])
        bits = max(0, lacking.bit_length() - room.bit_length() + 1)
        slack = gains[rows] + prices[columns] - worth
        near = np.flatnonzero(slack <= lacking)
        match = near[
            cheapest_match(
                rows[near],
                columns[near],
                (slack[near] >> bits).astype(np.int64),
                unmatched=_costs(gains, lacking, bits),
                unused=_costs(prices, lacking, bits),
                places=pairs.places,
            )
        ]
        if not bits:
            return match
        coarse = (gains >> bits)[rows] + (prices >> bits)[columns] - (slack >> bits)
        coarse_prices = lowest_prices(pairs, coarse, match)
        coarse_gains = gains_at(coarse_prices, pairs, coarse)
        prices, gains = (coarse_prices + 1) << bits, (coarse_gains + 1) << bits  # one more each: what rounding may have taken


def _costs(slacks: Numbers, lacking: int, bits: int) -> Longs:
    """Rounded; whoever would lack more than the best match known must not stay alone."""
    return np.where(slacks > lacking, NEVER, np.minimum(slacks, lacking) >> bits).astype(np.int64)


def _settled(pairs: Pairs, worth: Worth, prices: Numbers, gains: Numbers, seed: int) -> Longs:
    """Among all best matches, the one that the ids decide on: without it, the solver's habits would decide between equals.

    A match is a best one just when it has only pairs without slack, and everybody with a gain and every place with a price is in it.
    """
    tight = np.flatnonzero(gains[pairs.rows] + prices[pairs.columns] == worth.of)
    bits = min(TIE_BITS, largest_cost(len(pairs.proteges), len(pairs.mentors)).bit_length() - 1)
    match: Longs = tight[
        cheapest_match(
            pairs.rows[tight],
            pairs.columns[tight],
            _tie_breaks(pairs, tight, seed, bits),
            unmatched=np.where(gains > 0, NEVER, 0).astype(np.int64),
            unused=np.where(prices > 0, NEVER, 0).astype(np.int64),
            places=pairs.places,
        )
    ]
    return match


def _tie_breaks(pairs: Pairs, wanted: Longs, seed: int, bits: int) -> Longs:
    """A number of its own for each pair, from the two ids and the seed alone."""
    left, right = (np.array([_digest(seed, name) for name in names], dtype=np.uint64) for names in (pairs.proteges, pairs.mentors))
    mixed = (left[pairs.rows[wanted]] ^ (right[pairs.columns[wanted]] << np.uint64(1))) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return (mixed >> np.uint64(64 - bits)).astype(np.int64)


def _digest(seed: int, name: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed} {name}".encode(), digest_size=8).digest(), "big")
