"""The best match of all: most people paired, then the most points, with prices that prove it.

Min-cost flow on a few candidates of each protégé and each mentor; exact prices for that; then a look at every pair there is. A pair that
would be worth more than its two prices joins the candidates, and the flow runs again; when there is none, nothing better exists anywhere
(linear programming duality; column generation).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from services.matching.engine.cohort import Cohort

CANDIDATES = 20
"""Of each protégé and, apart from that, of each mentor: one-sided lists strand people."""
VIOLATORS_A_ROW = 5
BLOCK_ROWS = 1_024

Longs = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is left to decide: the worth of every pair (0: must not be), and each mentor's places. Protégés are rows.

    A worth is made of three parts, each more than all of the next can be together: one for being a pair, the points, a tie-break.
    """

    worth: Longs
    places: Longs
    pair: int
    """What one more pair is worth, more than any number of points."""
    point: int
    """What one point is worth, more than all tie-breaks."""


@dataclass(frozen=True, kw_only=True)
class Solution:
    """For each protégé the mentor's column, or -1; and the prices that prove it the best: what each side gains, in worth."""

    chosen: NDArray[np.intp]
    gains: Longs
    prices: Longs
    rounds: int
    pairs_checked: int


def make_problem(cohort: Cohort, points: NDArray[np.int32], eligible: Mask, rows: NDArray[np.intp], places: NDArray[np.intp]) -> Problem:
    """The problem of the protégés in `rows`. Points count with what somebody has earned by waiting."""
    shape = (len(rows), len(places))
    bonus = np.array([cohort.proteges[row].bonus for row in rows], dtype=np.int64)
    preferred = points[rows].astype(np.int64) + bonus[:, None] + np.array([one.bonus for one in cohort.mentors], dtype=np.int64)[None, :]
    many = max(len(rows), 1)
    bits = max(8, min(16, 36 - many.bit_length()))  # finer where there is room: the solver multiplies costs by the number of people
    point = many << bits
    tie = _tie_breaks([cohort.proteges[row].person_id for row in rows], [one.person_id for one in cohort.mentors], bits)
    fine = preferred * point + tie
    pair = (min(many, len(places)) + 1) * (int(fine.max(initial=0)) + 1)
    allowed = eligible[rows] & (places > 0)[None, :]
    return Problem(worth=np.where(allowed, fine + pair, 0).reshape(shape), places=places.astype(np.int64), pair=pair, point=point)


def _tie_breaks(proteges: list[str], mentors: list[str], bits: int) -> Longs:
    """A number of its own for each pair, from the two ids alone: without it, the order of rows would decide between equals."""
    left, right = (np.array([_digest(name) for name in names], dtype=np.uint64) for names in (proteges, mentors))
    mixed = (left[:, None] ^ (right << np.uint64(1))[None, :]) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return (mixed >> np.uint64(64 - bits)).astype(np.int64)


def _digest(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")


def solve(problem: Problem, progress: Callable[[int], None] = lambda _: None) -> Solution:
    """The best match and its prices. `progress` is told how many rounds are done."""
    arcs = _candidates(problem)
    rounds = 0
    while True:
        rounds += 1
        chosen = _flow(problem, arcs)
        prices = _prices(problem, arcs, chosen)
        progress(rounds)
        gains = _gains(problem, arcs, prices)
        missed = _violators(problem, prices, gains)
        if not missed.any():
            checked = int((problem.worth > 0).sum())
            return Solution(chosen=chosen, gains=gains, prices=prices, rounds=rounds, pairs_checked=checked)
        arcs |= missed


def _candidates(problem: Problem) -> Mask:
    """The best few of each row and of each column: a mentor with many places needs more of them."""
    worth = problem.worth
    arcs = _best_of_each_row(worth, CANDIDATES) | _best_of_each_row(worth.T, max(CANDIDATES, 2 * int(problem.places.max(initial=0)))).T
    return arcs & (worth > 0)


def _best_of_each_row(worth: Longs, count: int) -> Mask:
    rows, columns = worth.shape
    if columns <= count:
        return np.ones(worth.shape, dtype=bool)
    best = np.zeros(worth.shape, dtype=bool)
    for start in range(0, rows, BLOCK_ROWS):  # by blocks: argpartition allocates eight bytes for every pair it sees
        block = worth[start : start + BLOCK_ROWS]
        np.put_along_axis(
            best[start : start + BLOCK_ROWS], np.argpartition(block, columns - count, axis=1)[:, -count:], values=True, axis=1
        )
    return best


def _flow(problem: Problem, arcs: Mask) -> NDArray[np.intp]:
    """The best match that uses only these pairs. The solver takes the largest flow first, whatever a pair is worth by itself."""
    protege_count, mentor_count = problem.worth.shape
    rows, columns = np.nonzero(arcs)
    chosen = np.full(protege_count, -1, dtype=np.intp)
    if not rows.size:
        return chosen
    source, sink = protege_count + mentor_count, protege_count + mentor_count + 1
    worth = problem.worth[rows, columns]
    graph = min_cost_flow.SimpleMinCostFlow()
    graph.add_arcs_with_capacity_and_unit_cost(
        np.full(protege_count, source),
        np.arange(protege_count),
        np.ones(protege_count, dtype=np.int64),
        np.zeros(protege_count, dtype=np.int64),
    )
    pairs = graph.add_arcs_with_capacity_and_unit_cost(
        rows, protege_count + columns, np.ones(rows.size, dtype=np.int64), int(worth.max()) - worth
    )
    graph.add_arcs_with_capacity_and_unit_cost(
        protege_count + np.arange(mentor_count), np.full(mentor_count, sink), problem.places, np.zeros(mentor_count, dtype=np.int64)
    )
    graph.set_nodes_supplies(np.array([source, sink]), np.array([protege_count, -protege_count]))
    status = graph.solve_max_flow_with_min_cost()
    if status != graph.OPTIMAL:
        raise ArithmeticError(f"The flow solver gave up: {status}.")
    used = graph.flows(pairs) > 0
    chosen[rows[used]] = columns[used]
    return chosen


def _prices(problem: Problem, arcs: Mask, chosen: NDArray[np.intp]) -> Longs:
    """What a place with each mentor is worth: halfway between the lowest and the highest prices that explain the match.

    Both are fixpoints over the candidates, and whatever lies between two valid lists of prices is valid too; the middle needs fewer rounds.
    """
    rows, columns = np.nonzero(arcs)
    worth = problem.worth[rows, columns]
    paired = np.flatnonzero(chosen >= 0)
    own = np.zeros(len(chosen), dtype=np.int64)
    own[paired] = problem.worth[paired, chosen[paired]]
    differs = columns != chosen[rows]
    rows, columns, worth = rows[differs], columns[differs], worth[differs]
    step = worth - own[rows]
    lowest = _lowest_prices(len(problem.places), rows, columns, step, chosen)
    highest = _highest_prices(problem, rows, columns, step, chosen=chosen, own=own)
    middle: Longs = np.maximum((lowest + highest) // 2, 0)
    return middle


def _lowest_prices(mentor_count: int, rows: Longs, columns: Longs, step: Longs, chosen: NDArray[np.intp]) -> Longs:
    """Nobody may prefer another mentor at these prices; raised from nothing until that holds."""
    prices = np.zeros(mentor_count, dtype=np.int64)
    at = chosen[rows]
    for _ in range(mentor_count + 1):
        before = prices.copy()
        np.maximum.at(prices, columns, step + np.where(at >= 0, before[at], 0))
        if np.array_equal(prices, before):
            return prices
    raise ArithmeticError("The match can be bettered in a circle, so it is not the best.")


def _highest_prices(problem: Problem, rows: Longs, columns: Longs, step: Longs, *, chosen: NDArray[np.intp], own: Longs) -> Longs:
    """No mentor with a free place may have a price, and nobody may pay more than the pair is worth; lowered until that holds."""
    paired = chosen >= 0
    taken = np.bincount(chosen[paired], minlength=len(problem.places))
    prices = np.where(taken < problem.places, 0, np.iinfo(np.int64).max // 4)
    np.minimum.at(prices, chosen[paired], own[paired])
    prices[problem.places == 0] = 0
    of_paired = chosen[rows] >= 0
    rows, columns, step = rows[of_paired], columns[of_paired], step[of_paired]
    at = chosen[rows]
    for _ in range(len(prices) + 1):
        before = prices.copy()
        np.minimum.at(prices, at, before[columns] - step)
        if np.array_equal(prices, before):
            return prices
    raise ArithmeticError("The match can be bettered in a circle, so it is not the best.")


def _gains(problem: Problem, arcs: Mask, prices: Longs) -> Longs:
    """What each protégé gains at these prices: the best candidate's worth less its price, or nothing."""
    gains: Longs = np.where(arcs, problem.worth - prices[None, :], 0).max(axis=1, initial=0)
    return gains


def _violators(problem: Problem, prices: Longs, gains: Longs) -> Mask:
    """The pairs worth more than gain and price together, the worst few of each protégé."""
    excess = np.where(problem.worth > 0, problem.worth - prices[None, :] - gains[:, None], 0)
    return (excess > 0) & _best_of_each_row(excess, VIOLATORS_A_ROW)
