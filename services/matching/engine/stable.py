"""Matches that no pair would rather leave, with ties and incomplete lists: protégés propose, mentors hold the best they have seen.

With strict lists every stable match pairs the same people, and this is the one protégés like best (Gale and Shapley 1962; Roth 1986). With
ties the number of people depends on how they are broken, and the most is hard to find (Manlove and others 2002): several tie-breaks are
tried, each leaning towards whom the last one left out; and whoever has nobody may ask all once more, before equals (after Király 2011).
"""

import heapq
from dataclasses import dataclass

import numpy as np

from services.matching.engine.flow import largest_match
from services.matching.engine.pairs import Longs, Pairs

STEPS_A_SECOND = 400_000
"""Proposals that any machine manages: a time given is turned into steps, so that the same time gives the same match everywhere."""
FEWEST_TRIES = 4
LEANING_TRIES = 8
"""So often it leans further towards whom it left out, then afresh, or it would go round in circles."""
_TIES = 2**20


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """Pairs both would accept, and the rank each has with its protégé and with its mentor: less is better, the same is a tie."""

    pairs: Pairs
    by_protege: Longs
    by_mentor: Longs

    @classmethod
    def by_points(cls, pairs: Pairs) -> "Preferences":
        """Both sides like best what has most points."""
        steps = {points: rank for rank, points in enumerate(sorted(set(pairs.points.tolist()), reverse=True))}
        ranks = np.array([steps[points] for points in pairs.points.tolist()], dtype=np.int64)
        return cls(pairs=pairs, by_protege=ranks, by_mentor=ranks)

    def has_ties(self) -> bool:
        """Whether anybody likes two equally."""
        return _repeats(self.pairs.rows, self.by_protege) or _repeats(self.pairs.columns, self.by_mentor)


@dataclass(frozen=True, kw_only=True)
class StableMatch:
    """The pairs formed, and how many people no stable match can exceed."""

    match: Longs
    most_people: int


def blocking_pairs(preferences: Preferences, match: Longs) -> Longs:
    """The pairs of whom both would rather have each other: the mentor has an empty place or somebody less liked."""
    pairs, never = preferences.pairs, np.iinfo(np.int64).max
    own = np.full(len(pairs.proteges), never, dtype=np.int64)
    own[pairs.rows[match]] = preferences.by_protege[match]
    taken = np.bincount(pairs.columns[match], minlength=len(pairs.places))
    worst = np.full(len(pairs.places), -1, dtype=np.int64)
    np.maximum.at(worst, pairs.columns[match], preferences.by_mentor[match])
    worst[taken < pairs.places] = never
    return np.flatnonzero((preferences.by_protege < own[pairs.rows]) & (preferences.by_mentor < worst[pairs.columns]))


def find_stable(preferences: Preferences, seed: int = 0, seconds: float = 10) -> StableMatch:
    """A stable match of as many people as some tie-breaks reach."""
    pairs = preferences.pairs
    if not preferences.has_ties():
        only = _proposals(preferences, np.zeros(len(pairs.rows), dtype=np.int64), np.zeros(len(pairs.rows), dtype=np.int64))
        return StableMatch(match=only, most_people=len(only))
    most = len(largest_match(pairs.rows, pairs.columns, len(pairs.proteges), pairs.places))
    best = np.zeros(0, dtype=np.int64)
    missed, empty = np.zeros(len(pairs.proteges), dtype=np.int64), np.zeros(len(pairs.places), dtype=np.int64)
    tries = max(FEWEST_TRIES, int(seconds * STEPS_A_SECOND) // (len(pairs.rows) + len(pairs.proteges) + 1_000))
    for number in range(min(tries, 1_000)):
        chance = [_scattered(len(pairs.rows), seed, 2 * number + side) for side in (0, 1)]
        lean = [np.minimum(weight, 7) * (_TIES // 8) for weight in (empty[pairs.columns], missed[pairs.rows])]
        found = _proposals(preferences, *((_TIES - 1 - leaning - one // 8) for leaning, one in zip(lean, chance, strict=True)))
        if len(found) > len(best):
            best = found
        if len(best) == most:
            break
        missed[pairs.chosen(found) < 0] += 1
        empty += np.bincount(pairs.columns[found], minlength=len(empty)) < pairs.places
        if number % LEANING_TRIES == LEANING_TRIES - 1:
            missed[:], empty[:] = 0, 0
    return StableMatch(match=best, most_people=most)


def _proposals(preferences: Preferences, protege_ties: Longs, mentor_ties: Longs) -> Longs:
    """Deferred acceptance with ties broken by these numbers, the lower the better, but first for whoever asks the second time."""
    pairs = preferences.pairs
    order = np.lexsort((protege_ties, preferences.by_protege, pairs.rows))
    bounds = np.searchsorted(pairs.rows, np.arange(len(pairs.proteges) + 1)).tolist()
    asked, again = bounds[:-1], bytearray(len(pairs.proteges))
    wishes, columns, places = order.tolist(), pairs.columns.tolist(), pairs.places.tolist()
    keys = ((2 * preferences.by_mentor + 1) * _TIES + mentor_ties).tolist()
    held: list[list[tuple[int, int, int]]] = [[] for _ in places]  # of each mentor, the least liked first
    for first in range(len(pairs.proteges)):
        row = first
        while True:
            if asked[row] == bounds[row + 1]:
                if again[row]:
                    break
                again[row], asked[row] = 1, bounds[row]
                if bounds[row] == bounds[row + 1]:
                    break
            pair = wishes[asked[row]]
            asked[row] += 1
            column = columns[pair]
            offer = (again[row] * _TIES - keys[pair], row, pair)
            if len(held[column]) < places[column]:
                heapq.heappush(held[column], offer)
                break
            if places[column] and offer[0] > held[column][0][0]:
                row = heapq.heapreplace(held[column], offer)[1]
    return np.array(sorted(pair for those in held for _, _, pair in those), dtype=np.int64)


def _repeats(people: Longs, ranks: Longs) -> bool:
    order = np.lexsort((ranks, people))
    return bool(((np.diff(people[order]) == 0) & (np.diff(ranks[order]) == 0)).any())


def _scattered(count: int, seed: int, number: int) -> Longs:
    """Numbers below `_TIES` that look like chance, the same everywhere (SplitMix64, Steele and others 2014)."""
    mixed = (np.arange(count, dtype=np.uint64) + np.uint64((seed * 1_000_003 + number * 7_919 + 1) % 2**63)) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    return (mixed >> np.uint64(64 - _TIES.bit_length() + 1)).astype(np.int64)
