"""The largest and the cheapest matches of a sparse list of pairs, by Google's flow solvers. What they say is proven elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from ortools.graph.python import max_flow, min_cost_flow

from services.matching.engine.pairs import Longs, Pairs, distinct

ROOM = 2**57
"""The solver multiplies a cost by the number of nodes, in machine words; a bit is kept for the sums it makes of them."""
NEVER = -1
"""Instead of a cost: this one may not stay without a partner."""


class CostTooLarge(ArithmeticError):  # noqa: N818 - a statement about numbers
    """The solver's machine words are too short for these costs."""


@dataclass(frozen=True, kw_only=True)
class Runs:
    """Things that cost the same, by whose they are: of mentor or group `of[k]`, `count[k]` that cost `cost[k]` each."""

    of: Longs
    count: Longs
    cost: Longs


def largest_cost(pairs: Pairs) -> int:
    """The largest cost the solver takes among so many people."""
    return ROOM // (len(pairs.proteges) + len(pairs.mentors) + len(pairs.balance.floors) + 3)


def largest_match(rows: Longs, columns: Longs, protege_count: int, places: Longs) -> Longs:
    """As many of these pairs as can be formed at once."""
    source, sink = protege_count + len(places), protege_count + len(places) + 1
    graph = max_flow.SimpleMaxFlow()
    active = distinct(rows)
    graph.add_arcs_with_capacity(np.full(len(active), source), active, np.ones(len(active), dtype=np.int64))
    arcs = graph.add_arcs_with_capacity(rows, protege_count + columns, np.ones(len(rows), dtype=np.int64))
    graph.add_arcs_with_capacity(protege_count + np.arange(len(places)), np.full(len(places), sink), places)
    if not len(rows):
        return np.zeros(0, dtype=np.int64)
    status = graph.solve(source, sink)
    if status != graph.OPTIMAL:
        raise ArithmeticError(f"The flow solver gave up: {status}.")
    return np.flatnonzero(graph.flows(arcs) > 0)


def cheapest_largest_match(pairs: Pairs, costs: Longs, places: Runs, below_floor: int) -> Longs:
    """Among the largest matches one with the least cost: of pairs, places, and `below_floor` for each whom a floor asks for in vain."""
    if not len(pairs.rows):
        return np.zeros(0, dtype=np.int64)
    protege_count, mentor_count, balance = len(pairs.proteges), len(pairs.mentors), pairs.balance
    group = protege_count + mentor_count
    source, sink = group + len(balance.floors), group + len(balance.floors) + 1
    graph = min_cost_flow.SimpleMinCostFlow()
    arcs = _add(graph, pairs.rows, protege_count + pairs.columns, costs)
    active = distinct(pairs.rows)
    if below_floor:
        _add(graph, group + balance.groups[active], active, 0)
        floors = np.flatnonzero(balance.floors)
        _add(graph, np.full(len(floors), source), group + floors, 0, balance.floors[floors])
        groups = np.arange(len(balance.floors))
        _add(graph, np.full(len(groups), source), group + groups, below_floor, len(active))
    else:
        _add(graph, np.full(len(active), source), active, 0)
    _add(graph, protege_count + places.of, np.full(len(places.of), sink), places.cost, places.count)
    graph.set_nodes_supplies(np.array([source, sink]), np.array([len(active), -len(active)]))
    return _solved(graph, graph.solve_max_flow_with_min_cost, arcs)


def cheapest_match(pairs: Pairs, costs: Longs, *, alone: Longs, filled: Longs, empty: Runs, waiting: Runs, must_wait: Longs) -> Longs:
    """The cheapest match where staying `alone` costs a protégé, and mentors have `filled` places, of which some may be `empty` at a cost.

    Of each group `must_wait` stay alone, and as many more as are `waiting`. Empty places are filled from a store that has as many people as
    there are places, and whoever stays alone goes to nobody through the group: so supply and demand are equal, and NEVER is an arc that is
    not there.
    """
    protege_count, mentor_count, groups = len(alone), len(filled), pairs.balance.groups
    group = protege_count + mentor_count
    store, nobody = group + len(must_wait), group + len(must_wait) + 1
    graph = min_cost_flow.SimpleMinCostFlow()
    arcs = _add(graph, pairs.rows, protege_count + pairs.columns, costs)
    may_stay = np.flatnonzero(alone != NEVER)
    _add(graph, may_stay, group + groups[may_stay], alone[may_stay])
    _add(graph, group + waiting.of, np.full(len(waiting.of), nobody), waiting.cost, waiting.count)
    _add(graph, np.full(len(empty.of), store), protege_count + empty.of, empty.cost, empty.count)
    _add(graph, np.array([store]), np.array([nobody]), 0, filled.sum())
    graph.set_nodes_supplies(np.arange(protege_count), np.ones(protege_count, dtype=np.int64))
    graph.set_nodes_supplies(protege_count + np.arange(mentor_count), -filled)
    graph.set_nodes_supplies(group + np.arange(len(must_wait)), -must_wait)
    graph.set_nodes_supplies(np.array([store, nobody]), np.array([filled.sum(), must_wait.sum() - protege_count]))
    return _solved(graph, graph.solve, arcs)


def cheapest_most_meetings(rows: Longs, columns: Longs, costs: Longs, *, wanted: Longs, places: Longs) -> Longs:
    """Among the most pairs, of each protégé no more than `wanted` and of each mentor no more than `places`, those with the least cost."""
    if not len(rows):
        return np.zeros(0, dtype=np.int64)
    protege_count, mentor_count = len(wanted), len(places)
    source, sink = protege_count + mentor_count, protege_count + mentor_count + 1
    graph = min_cost_flow.SimpleMinCostFlow()
    arcs = _add(graph, rows, protege_count + columns, costs)
    _add(graph, np.full(protege_count, source), np.arange(protege_count), 0, wanted)
    _add(graph, protege_count + np.arange(mentor_count), np.full(mentor_count, sink), 0, places)
    graph.set_nodes_supplies(np.array([source, sink]), np.array([wanted.sum(), -wanted.sum()]))
    return _solved(graph, graph.solve_max_flow_with_min_cost, arcs)


def _add(graph: min_cost_flow.SimpleMinCostFlow, tails: Longs, heads: Longs, costs: Longs | int, room: Longs | int = 1) -> Longs:
    count = len(tails)
    arcs: Longs = graph.add_arcs_with_capacity_and_unit_cost(
        tails, heads, np.broadcast_to(np.asarray(room, dtype=np.int64), count), np.broadcast_to(np.asarray(costs, dtype=np.int64), count)
    )
    return arcs


def _solved(graph: min_cost_flow.SimpleMinCostFlow, solve: Callable[[], object], arcs: Longs) -> Longs:
    status = solve()
    if status == graph.BAD_COST_RANGE:
        raise CostTooLarge
    if status != graph.OPTIMAL:
        raise ArithmeticError(f"The flow solver gave up: {status}.")
    return np.flatnonzero(graph.flows(arcs) > 0)
