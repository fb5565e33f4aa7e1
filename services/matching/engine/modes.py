"""What one can ask of a match of a sparse list of pairs, and the answer with what proves it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from services.matching.engine.best import Best, best_match
from services.matching.engine.check import Evidence, Proof
from services.matching.engine.flow import largest_match
from services.matching.engine.pairs import Longs, Mask, Pairs
from services.matching.engine.prices import lowest_prices
from services.matching.engine.worth import Worth, most_people_first, most_points_first


class Mode(StrEnum):
    """What comes before what."""

    MOST_PEOPLE = "most people"
    """Then most points."""
    MOST_POINTS = "most points"
    """Then most people."""
    WORST_FIRST = "worst first"
    """Most people, then the fewest points of any pair as many as can be, then most points."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """The pairs formed, by their place in the list, and the evidence that there is nothing better."""

    match: Longs
    evidence: Evidence


def find_match(pairs: Pairs, mode: Mode, seed: int = 0) -> Found:
    """The best match in this mode; among equals the one that the ids and the seed decide on."""
    possible = pairs.possible()
    match mode:
        case Mode.MOST_PEOPLE:
            match, total = _best(pairs, possible, most_people_first, seed)
            return Found(match=match, evidence=Evidence(mode=mode, total=total))
        case Mode.MOST_POINTS:
            match, total = _best(pairs, possible, most_points_first, seed)
            return Found(match=match, evidence=Evidence(mode=mode, total=total))
        case Mode.WORST_FIRST:
            return _worst_first(pairs, possible, seed)


def most_people(pairs: Pairs, wanted: Mask) -> tuple[Longs, Proof]:
    """As many of the wanted pairs as can be, and the proof that there are no more."""
    places = np.flatnonzero(wanted)
    among = pairs.only(wanted)
    match = largest_match(among.rows, among.columns, len(pairs.proteges), pairs.places)
    ones = np.ones(len(places), dtype=np.int64)
    prices = lowest_prices(among, ones, match)
    return places[match], Proof(prices=prices, scale=0, pair=1)


def _best(pairs: Pairs, wanted: Mask, count: Callable[[Pairs], Worth], seed: int) -> tuple[Longs, Proof]:
    """The best of the wanted pairs that count for anything."""
    places = np.flatnonzero(wanted)
    among = pairs.only(wanted)
    worth = count(among)
    counting = np.asarray(worth.of > 0, dtype=bool)
    found: Best = best_match(among.only(counting), Worth(of=worth.of[counting], unit=worth.unit, scale=worth.scale, pair=worth.pair), seed)
    return places[counting][found.match], Proof(prices=found.prices.astype(object) * worth.unit, scale=worth.scale, pair=worth.pair)


def _worst_first(pairs: Pairs, possible: Mask, seed: int) -> Found:
    """The highest line of points above which as many people as ever can still be paired, then the best match above it."""
    match, people = most_people(pairs, possible)
    if not len(match):
        _, total = _best(pairs, possible, most_people_first, seed)
        return Found(match=match, evidence=Evidence(mode=Mode.WORST_FIRST, total=total, people=people))
    matched = len(match)
    steps = sorted(set(pairs.points[possible].tolist()))
    low, high = 0, len(steps)  # as many as ever are paired from the lower one on, fewer from the higher one on
    low = steps.index(min(pairs.points[match].tolist()))
    while high - low > 1:
        middle = (low + high) // 2
        above = possible & np.asarray(pairs.points >= steps[middle], dtype=bool)
        again = largest_match(pairs.rows[above], pairs.columns[above], len(pairs.proteges), pairs.places)
        if len(again) == matched:
            low = steps.index(min(pairs.points[above][again].tolist()))
        else:
            high = middle
    line = steps[low]
    above = possible & np.asarray(pairs.points >= line, dtype=bool)
    match, total = _best(pairs, above, most_people_first, seed)
    _, worst = most_people(pairs, possible & np.asarray(pairs.points > line, dtype=bool))
    return Found(
        match=match,
        evidence=Evidence(
            mode=Mode.WORST_FIRST,
            total=Proof(prices=total.prices, scale=total.scale, pair=total.pair, least=line),
            people=people,
            worst=Proof(prices=worst.prices, scale=0, pair=1, least=line + 1),
        ),
    )
