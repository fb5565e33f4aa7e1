"""Finds the best circles: prices by a linear programme on a few candidates, a look at all pairs, branching where that leaves it open."""

import math
from dataclasses import dataclass

import numpy as np
import scipy.sparse

from services.matching.engine.best import best_match
from services.matching.engine.blocks import spans
from services.matching.engine.forms.circle_proof import FINE, NOBODY, Best, Circles, Proof, best_circles, foremost
from services.matching.engine.forms.formed import points_at
from services.matching.engine.pairs import Longs, Mask, Numbers, Pairs, exact_sum, numbers
from services.matching.engine.ties import digests, mixed
from services.matching.engine.worth import Weighed

CANDIDATES = 10
"""Of each protégé."""
CIRCLEFULS = 3
"""Of each mentor, so many times as fit into the circle."""
NODES = 1_000
"""So often a search may branch: a measure of work that is the same on every machine."""
SMALL = 5_000
"""So few pairs are all looked at from the start."""
MOST_PAIRS = 100_000
"""So many pairs the search may look at; where more could be in something better, the gap stays."""
TIE_BITS = 30
OPEN_FROM = (1 - 1e-6, 0.5, 1e-6)
"""From how far on a circle that is opened in part is tried as one: mostly, all are opened wholly or not at all."""
LEFT_OVER = 1e-3
"""What the solver's bound may be off by, far less than a point."""
NO_LIMIT = 2**62
"""Where the solver has proven nothing."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What counts how much: a point, a pair, one to be kept. At least `people` pairs, and `keep` of those to be kept."""

    point: int = 0
    pair: int = 0
    kept: int = 0
    people: int = 0
    keep: int = 0


@dataclass(frozen=True, kw_only=True)
class Seating:
    """Row and column of each pair formed, by row; how many of them were to be kept, and the points of all."""

    rows: Longs
    columns: Longs
    keep: int
    points: int

    @property
    def people(self) -> int:
        """How many sit in a circle."""
        return len(self.rows)

    def counts(self, goal: Goal) -> int:
        """What it reaches of a goal."""
        return goal.point * self.points + goal.pair * self.people + goal.kept * self.keep

    def meets(self, goal: Goal) -> bool:
        """Whether it has the goal's least numbers."""
        return self.people >= goal.people and self.keep >= goal.keep


def nobody() -> Seating:
    """No circle at all."""
    return Seating(rows=np.zeros(0, dtype=np.int64), columns=np.zeros(0, dtype=np.int64), keep=0, points=0)


class Search:
    """Looks for circles among the pairs that have turned out to matter so far: each a number, row times mentors plus column, in order."""

    def __init__(self, circles: Circles, seed: int) -> None:
        self._circles, self._seed = circles, seed
        self._mentors = len(circles.blocks.mentors)
        self._core = self._candidates()

    def best(self, goal: Goal, known: Seating) -> tuple[Seating, int]:
        """The best seating found for a goal that a known one meets, and what none can exceed."""
        proof, best, opened = self._priced(goal)
        bound = _bound(goal, proof, best)
        for line in OPEN_FROM:
            if known.counts(goal) < bound // FINE:
                known = self._better(goal, known, opened > line)
        while known.counts(goal) < bound // FINE:
            limit, opened = self._branched(goal)
            known = self._better(goal, known, opened > 1 / 2)
            promising = self._promising(proof, best, bound, known.counts(goal) + 1)
            if np.isin(promising, self._core, assume_unique=True).all():
                return known, max(known.counts(goal), min(bound // FINE, limit))
            if len(promising) > MOST_PAIRS:
                break
            self._core = np.union1d(promising, known.rows * self._mentors + known.columns)
        return known, bound // FINE

    def _better(self, goal: Goal, known: Seating, opened: Mask) -> Seating:
        other = self._seated(opened)
        return other if other.meets(goal) and other.counts(goal) > known.counts(goal) else known

    # ------------------------------------------------------------ prices

    def _priced(self, goal: Goal) -> tuple[Proof, Best, Numbers]:
        """Prices at which the candidates lack no pair, the best circles there, and how far each circle is opened."""
        from scipy.optimize import linprog  # noqa: PLC0415 - half a second, for those who have circles

        while True:
            costs, constraints, limits = self._programme(goal)
            solved = linprog(costs, A_ub=constraints, b_ub=limits, bounds=(0, 1), method="highs-ds")
            if not solved.success:
                raise ArithmeticError(f"The linear programme was not solved: {solved.message}")
            worth = np.rint(-solved.ineqlin.marginals * FINE).astype(np.int64)
            more, more_kept = (int(one) for one in worth[-2:])
            proof = Proof(
                prices=np.maximum(worth[: len(self._circles.blocks.proteges)], 0),
                point=goal.point * FINE,
                pair=goal.pair * FINE + max(more, 0),
                kept=goal.kept * FINE + max(more_kept, 0),
            )
            best = best_circles(self._circles, proof)
            opened = solved.x[len(self._core) :]
            if _bound(goal, proof, best) // FINE <= math.floor(-solved.fun + LEFT_OVER):
                return proof, best, opened
            place, column = np.nonzero(np.arange(len(best.rows))[:, None] < best.size)
            wider = np.union1d(self._core, best.rows[place, column] * self._mentors + column)
            if len(wider) == len(self._core):
                return proof, best, opened
            self._core = wider

    def _programme(self, goal: Goal) -> tuple[Numbers, scipy.sparse.csr_matrix, Numbers]:
        """The candidates and then the circles as variables: their costs, and what must not exceed which limits.

        Each protégé once; each circle as large as can be, and as it must be; nobody in a circle that is not opened; and the goal's least
        numbers.
        """
        circles, count, mentors = self._circles, len(self._core), self._mentors
        rows, columns = np.divmod(self._core, mentors)
        points = points_at(circles.blocks, rows, columns)
        kept = self._is_kept(self._core)
        costs = np.concatenate([-(goal.point * points + goal.pair + goal.kept * kept), np.zeros(mentors)])
        pairs, opened = np.arange(count), count + np.arange(mentors)
        ones, each = np.ones(count), np.arange(mentors)

        def block(height: int, *parts: tuple[Numbers, Numbers, Numbers]) -> scipy.sparse.csr_matrix:
            at, of, what = (np.concatenate(lists) for lists in zip(*parts, strict=True))
            return scipy.sparse.csr_matrix((what, (at, of)), (height, count + mentors))

        nothing = np.zeros(count, dtype=np.int64)
        constraints = [
            block(len(circles.blocks.proteges), (rows, pairs, ones)),
            block(mentors, (columns, pairs, ones), (each, opened, -circles.largest)),
            block(mentors, (columns, pairs, -ones), (each, opened, circles.smallest)),
            block(count, (pairs, pairs, ones), (pairs, opened[columns], -ones)),
            block(1, (nothing, pairs, -ones)),
            block(1, (nothing, pairs, -1.0 * kept)),
        ]
        limits = np.zeros(sum(part.shape[0] for part in constraints))
        limits[: len(circles.blocks.proteges)] = 1
        limits[-2:] = -goal.people, -goal.keep
        return costs, scipy.sparse.vstack(constraints, format="csr"), limits

    # ------------------------------------------------------------ branching

    def _branched(self, goal: Goal) -> tuple[int, Numbers]:
        """What no circles of the candidates exceed, and the best opened; only so many branches are looked at."""
        from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - see above

        costs, constraints, limits = self._programme(goal)
        found = milp(
            costs,
            constraints=LinearConstraint(constraints, -np.inf, limits),
            bounds=Bounds(0, 1),
            integrality=np.concatenate([self._is_kept(self._core), np.ones(self._mentors)]),
            options={"mip_rel_gap": 0, "node_limit": NODES},
        )
        opened = np.zeros(self._mentors) if found.x is None else found.x[len(self._core) :]
        proven = found.mip_dual_bound is not None and np.isfinite(found.mip_dual_bound)
        return math.floor(-found.mip_dual_bound + LEFT_OVER) if proven else NO_LIMIT, opened

    def _promising(self, proof: Proof, best: Best, bound: int, wanted: int) -> Longs:
        """The pairs that a seating which counts so much could have, as far as the prices say."""
        found = []
        for start, stop in spans(len(self._circles.blocks.proteges)):
            counted = proof.counted(self._circles, start, stop)
            possible = (counted != NOBODY) & (best.forced != NOBODY)
            with_it = np.where(possible, counted, 0) + np.where(possible, best.forced - best.counts, 0) + bound
            row, column = np.nonzero(possible & (with_it >= wanted * FINE))
            found.append((row + start) * self._mentors + column)
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)

    # ------------------------------------------------------------ seating

    def _seated(self, opened: Mask) -> Seating:
        """Who goes to which of these circles: those to be kept first, then most people, then most points; names decide between equals.

        Nobody, if the circles cannot all be made large enough. A circle is two tables: one for as many as it must have, which counts more
        than all else, and one for the rest.
        """
        circles, blocks, mentors = self._circles, self._circles.blocks, self._mentors
        pairs = self._core[opened[self._core % mentors]]
        points, kept = points_at(blocks, *np.divmod(pairs, mentors)), self._is_kept(pairs)
        people, most = len(blocks.proteges) + 1, int(points.max(initial=0))
        person = people * (most + 1)
        one_kept = people * (most + person) * int(kept.any())
        worth = [one + person + one_kept * keep for one, keep in zip(points.tolist(), kept.tolist(), strict=True)]
        needed = people * (most + person + one_kept)
        names = [f"{name} {table}" for table in ("a", "b") for name in blocks.mentors]
        tables = Pairs.make(
            blocks.proteges,
            names,
            rows=np.tile(pairs // mentors, 2),
            columns=np.concatenate([pairs % mentors, pairs % mentors + mentors]),
            points=numbers([one + needed for one in worth] + worth),
            places=[*np.where(opened, circles.smallest, 0).tolist(), *np.where(opened, circles.largest - circles.smallest, 0).tolist()],
        )
        tables = tables.only(tables.possible())
        match = best_match(Weighed(pairs=tables, of=tables.points), self._seed).match
        column = {name: place % mentors for place, name in enumerate(names)}
        seated = np.array([column[tables.mentors[table]] for table in tables.columns[match].tolist()], dtype=np.int64)
        if (np.bincount(seated, minlength=mentors) < np.where(opened, circles.smallest, 0)).any():
            return nobody()
        return self._seating(tables.rows[match], seated)

    def _seating(self, rows: Longs, columns: Longs) -> Seating:
        return Seating(
            rows=rows,
            columns=columns,
            keep=int(self._is_kept(rows * self._mentors + columns).sum()),
            points=exact_sum(points_at(self._circles.blocks, rows, columns)),
        )

    def _is_kept(self, pairs: Longs) -> Mask:
        kept = self._circles.kept
        return np.isin(pairs, kept[:, 0] * self._mentors + kept[:, 1])

    def _candidates(self) -> Longs:
        """All pairs of a small problem; else the best few of each protégé, and of each mentor, and those to be kept.

        Equals are spread over all by their names, or everybody would be a candidate with the same few.
        """
        circles, mentors = self._circles, self._mentors
        people = len(circles.blocks.proteges)
        each = mentors if people * mentors <= SMALL else CANDIDATES
        left, right = digests(circles.blocks.proteges, self._seed), digests(circles.blocks.mentors, self._seed)
        plain = Proof(prices=np.zeros(people, dtype=np.int64), point=2**TIE_BITS, pair=0, kept=0)

        def spread(start: int, stop: int) -> Longs:
            counted = plain.counted(circles, start, stop)
            return np.where(counted == NOBODY, NOBODY, counted + mixed(left[start:stop, None], right[None, :], TIE_BITS))

        _, rows = foremost(circles, spread, min(people, CIRCLEFULS * int(circles.largest.max(initial=0))))
        place, column = np.nonzero(rows >= 0)
        found = [rows[place, column] * mentors + column, circles.kept[:, 0] * mentors + circles.kept[:, 1]]
        for start, stop in spans(people):
            counted = spread(start, stop)
            best = np.argsort(-counted, axis=1)[:, :each]
            row, place = np.nonzero(np.take_along_axis(counted, best, axis=1) != NOBODY)
            found.append((row + start) * mentors + best[row, place])
        return np.unique(np.concatenate(found))


def _bound(goal: Goal, proof: Proof, best: Best) -> int:
    """What no seating of at least so many people exceeds, as fine as prices are."""
    return best.bound - (proof.pair - goal.pair * FINE) * goal.people - (proof.kept - goal.kept * FINE) * goal.keep
