"""Peers: one pool in which everybody is paired with one other; as many pairs as can be, then the most points.

A matching in a general graph (Edmonds 1965), by rustworkx, which checks its own result. That takes minutes where everybody may be with
everybody, so it is shown only the pairs that matter: prices of the pool as if each were on both sides, proven for all pairs, bound what any
match can have, and by how much one with a certain pair falls short of that. What falls shorter than a match we know is left away.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.matching.engine.blocks import MUST_NOT_BE, Blocks, DenseBlocks, Points, spans
from services.matching.engine.cohort import Pairing
from services.matching.engine.forms.formed import Formed, FormedPair
from services.matching.engine.pairs import Longs
from services.matching.engine.problem import Problem
from services.matching.engine.solver import Search, Searched
from services.matching.engine.ties import digests, mixed

FEW = 20_000
"""So many pairs are all looked at."""
MANY = 2_000_000
"""So many too, where prices leave open how many people can be paired."""
OF_EACH = 3
"""So many pairs a person are shown at first."""
TIE_BITS = 40


def form_peers(blocks: Blocks, fixed: Sequence[Pairing] = (), seed: int = 0) -> Formed:
    """The best pairs of a pool; rows and columns are the same people. Of a pair, `protege_id` is the first by id.

    A pair must be allowed in both directions and has the mean of their points. Fixed pairs are kept where they may be, the first by id
    where they are in each other's way. Raises ValueError where rows and columns are not the same people.
    """
    if blocks.proteges != blocks.mentors:
        raise ValueError("Peers are one pool: the same people in rows and columns.")
    names, every = blocks.proteges, both_ways(blocks)
    kept, released = _kept(names, every, fixed)
    points = every.copy()
    settled = [place for pair in kept for place in pair]
    points[settled], points[:, settled] = MUST_NOT_BE, MUST_NOT_BE
    best = _Pool(names=names, points=points, seed=seed).best()
    at = sorted({*kept, *best.pairs})
    pairs = [FormedPair(protege_id=names[one], mentor_id=names[other], points=int(every[one, other])) for one, other in at]
    paired = {place for pair in at for place in pair}
    return Formed(
        pairs=pairs,
        left_out=[name for place, name in enumerate(names) if place not in paired],
        idle_mentor_ids=[],
        released=released,
        least_released=len(released),
        matched_upper_bound=len(kept) + best.most_pairs,
        upper_bound=sum(pair.points for pair in pairs),
        pairs_checked=int(np.count_nonzero(every >= 0)) // 2,
    )


def both_ways(blocks: Blocks) -> Points:
    """The points of each two, the same in both directions; nobody with themselves."""
    people = len(blocks.proteges)
    one_way = np.full((people, people), MUST_NOT_BE, dtype=np.int32)
    for start, stop in spans(people):
        one_way[start:stop] = blocks.points(start, stop)
    points = np.where((one_way >= 0) & (one_way.T >= 0), (one_way + one_way.T) // 2, MUST_NOT_BE).astype(np.int32)
    np.fill_diagonal(points, MUST_NOT_BE)
    return points


def _kept(names: Sequence[str], points: Points, fixed: Sequence[Pairing]) -> tuple[list[tuple[int, int]], list[Pairing]]:
    places = {name: place for place, name in enumerate(names)}
    kept: dict[tuple[int, int], None] = {}
    released, busy = [], set[int]()
    for one, other in sorted(set(fixed)):
        first, second = sorted((places.get(one, -1), places.get(other, -1)))
        pair = first, second
        if pair in kept:
            continue
        if first < 0 or points[pair] < 0 or busy & set(pair):
            released.append((one, other))
            continue
        kept[pair] = None
        busy |= set(pair)
    return list(kept), released


@dataclass(frozen=True, kw_only=True)
class _Best:
    """The best pairs of all that are as many, by the places of the two, the first smaller; and how many pairs no others exceed."""

    pairs: list[tuple[int, int]]
    most_pairs: int


@dataclass(frozen=True, kw_only=True)
class _Pool:
    """The people to be paired, and the points of each two."""

    names: tuple[str, ...]
    points: Points
    seed: int

    def best(self) -> _Best:
        """As many pairs as can be, with the most points."""
        fitting = np.count_nonzero(self.points >= 0, axis=1)
        count = int(fitting.sum()) // 2
        if count <= FEW:
            return self._best_of_all()
        prices = self._priced(0)
        most = self._most_pairs(prices.answer.formed.rows)
        known = self._matched(*prices.nearest(OF_EACH * len(self.names)))
        if len(known) < most:
            known = self._matched(*prices.nearest(count))
        if len(known) < most and count <= MANY:
            return self._best_of_all()
        while True:
            alone = int(np.count_nonzero(fitting)) - 2 * len(known)
            prices = self._priced(alone) if alone else prices
            better = self._matched(*prices.near(self._total(known) + 1))
            more_people = len(better) > len(known)
            if more_people or (len(better) == len(known) and self._total(better) > self._total(known)):
                known = better
            if not more_people:
                return _Best(pairs=known, most_pairs=most)

    def _best_of_all(self) -> _Best:
        """Among all pairs there are: what rustworkx has checked is the best."""
        pairs = self._matched(*np.nonzero(np.triu(self.points >= 0)))
        return _Best(pairs=pairs, most_pairs=len(pairs))

    def _matched(self, left: Longs, right: Longs) -> list[tuple[int, int]]:
        """As many of these pairs as can be, then the most points; names decide between equals."""
        import rustworkx  # noqa: PLC0415 - only for those who have peers

        names = digests(self.names, self.seed)
        ties = mixed(names[left], names[right], TIE_BITS).tolist()
        point = (len(self.names) + 1) << TIE_BITS
        worth = [points * point + tie for points, tie in zip(self.points[left, right].tolist(), ties, strict=True)]
        graph: rustworkx.PyGraph[None, int] = rustworkx.PyGraph(multigraph=False)
        graph.add_nodes_from([None] * len(self.names))
        graph.add_edges_from(list(zip(left.tolist(), right.tolist(), worth, strict=True)))
        pairs = rustworkx.max_weight_matching(graph, max_cardinality=True, weight_fn=int, verify_optimum=True)
        return sorted((min(pair), max(pair)) for pair in pairs)

    def _total(self, pairs: list[tuple[int, int]]) -> int:
        return sum(int(self.points[pair]) for pair in pairs)

    def _most_pairs(self, rows: Longs) -> int:
        """No more can be had than half of those who have somebody when each may be on both sides, in each part of the pool by itself.

        Parts are those who are connected by pairs at all: one person of an odd part stays alone.
        """
        part, parts = np.full(len(self.names), -1), 0
        for first in range(len(self.names)):
            reached = np.array([first] if part[first] < 0 else [], dtype=np.intp)
            while reached.size:
                part[reached] = parts
                reached = np.flatnonzero((self.points[reached] >= 0).any(axis=0) & (part < 0))
            parts = int(part.max()) + 1
        return int((np.bincount(part[rows]) // 2).sum())

    def _priced(self, alone: int) -> "_Priced":
        """Prices when so many stay alone: everybody may also be paired with one of as many strangers, for no points."""
        people = len(self.names)
        points = np.full((people + alone, people + alone), MUST_NOT_BE, dtype=np.int32)
        points[:people, :people] = self.points
        with_strangers = np.where((self.points >= 0).any(axis=1), 0, MUST_NOT_BE)
        points[:people, people:], points[people:, :people] = with_strangers[:, None], with_strangers
        names = (*self.names, *(f"{self.names[-1]}~{number:09}" for number in range(alone)))
        both_sides = DenseBlocks(proteges=names, mentors=names, places=np.ones(len(names), dtype=np.int64), matrix=points)
        search = Search(Problem.plain(both_sides), self.seed)
        answer = search.most_people_first()
        return _Priced(points=self.points, answer=answer, looked_at=search.known.keys)


@dataclass(frozen=True, kw_only=True)
class _Priced:
    """Prices that are proven for everybody on both sides: twice what a pair is worth never exceeds what the two pay on both."""

    points: Points
    answer: Searched
    looked_at: Longs

    @property
    def _paid(self) -> Longs:
        return self.answer.gains + self.answer.prices.mentors

    def _twice(self, points: int) -> int:
        """What twice so many points are worth with everybody paired, with strangers too."""
        return 2 * points + len(self.answer.formed.rows) * self.answer.worth.base

    def nearest(self, count: int) -> tuple[Longs, Longs]:
        """So many of the pairs that were looked at one by one, those that fall least short."""
        people, size = len(self.points), len(self._paid)
        sides = np.sort(np.divmod(self.looked_at, size), axis=0)
        left, right = np.divmod(np.unique(sides[0] * size + sides[1]), size)
        left, right = left[right < people], right[right < people]
        short = self._paid[left] + self._paid[right] - 2 * (self.points[left, right].astype(np.int64) + self.answer.worth.base)
        nearest = np.argsort(short, kind="stable")[:count]
        return left[nearest], right[nearest]

    def near(self, points: int) -> tuple[Longs, Longs]:
        """All pairs that could be among as many pairs with so many points or more."""
        missing = int(self._paid.sum()) - self._twice(points)
        people, paid = len(self.points), self._paid
        found = []
        for start, stop in spans(people):
            block = self.points[start:stop]
            short = paid[start:stop, None] + paid[:people] - 2 * (block.astype(np.int64) + self.answer.worth.base)
            row, column = np.nonzero((block >= 0) & (short <= missing) & (np.arange(people) > np.arange(start, stop)[:, None]))
            found.append((row + start, column))
        left, right = (np.concatenate(side) for side in zip(*found, strict=True))
        return left, right
