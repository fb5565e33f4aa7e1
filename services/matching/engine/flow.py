"""The largest and the cheapest matches of a sparse list of pairs, by Google's flow solvers. What they say is proven elsewhere."""

from collections.abc import Callable

import numpy as np
from ortools.graph.python import max_flow, min_cost_flow

from services.matching.engine.pairs import Longs

ROOM = 2**57
"""The solver multiplies a cost by the number of nodes, in machine words; a bit is kept for the sums it makes of them."""
NEVER = -1
"""Instead of a cost: this one may not stay without a partner, these places may not stay empty."""


class CostTooLarge(ArithmeticError):  # noqa: N818 - a statement about numbers
    """The solver's machine words are too short for these costs."""


def largest_cost(protege_count: int, mentor_count: int) -> int:
    """The largest cost the solver takes among so many people."""
    return ROOM // (protege_count + mentor_count + 4)


def largest_match(rows: Longs, columns: Longs, protege_count: int, places: Longs) -> Longs:
    """As many of these pairs as can be formed at once."""
    source, sink = protege_count + len(places), protege_count + len(places) + 1
    graph = max_flow.SimpleMaxFlow()
    active = np.unique(rows)
    graph.add_arcs_with_capacity(np.full(len(active), source), active, np.ones(len(active), dtype=np.int64))
    arcs = graph.add_arcs_with_capacity(rows, protege_count + columns, np.ones(len(rows), dtype=np.int64))
    graph.add_arcs_with_capacity(protege_count + np.arange(len(places)), np.full(len(places), sink), places)
    if not len(rows):
        return np.zeros(0, dtype=np.int64)
    status = graph.solve(source, sink)
    if status != graph.OPTIMAL:
        raise ArithmeticError(f"The flow solver gave up: {status}.")
    return np.flatnonzero(graph.flows(arcs) > 0)


def cheapest_largest_match(rows: Longs, columns: Longs, costs: Longs, protege_count: int, places: Longs) -> Longs:
    """Among the largest matches one with the least cost."""
    if not len(rows):
        return np.zeros(0, dtype=np.int64)
    source, sink = protege_count + len(places), protege_count + len(places) + 1
    graph = min_cost_flow.SimpleMinCostFlow()
    arcs = _add(graph, rows, protege_count + columns, costs)
    active = np.unique(rows)
    _add(graph, np.full(len(active), source), active, 0)
    _add(graph, protege_count + np.arange(len(places)), np.full(len(places), sink), 0, places)
    graph.set_nodes_supplies(np.array([source, sink]), np.array([len(active), -len(active)]))
    return _solved(graph, graph.solve_max_flow_with_min_cost, arcs)


def cheapest_match(rows: Longs, columns: Longs, costs: Longs, *, unmatched: Longs, unused: Longs, places: Longs) -> Longs:
    """The cheapest match where a protégé without a partner costs `unmatched` and each empty place of a mentor `unused`.

    Empty places are filled from a store that has as many people as there are places, and those without a partner go to nobody: so supply
    and demand are equal, and NEVER is an arc that is not there.
    """
    protege_count, mentor_count = len(unmatched), len(unused)
    store, nobody = protege_count + mentor_count, protege_count + mentor_count + 1
    graph = min_cost_flow.SimpleMinCostFlow()
    arcs = _add(graph, rows, protege_count + columns, costs)
    may_stay, may_be_empty = np.flatnonzero(unmatched != NEVER), np.flatnonzero(unused != NEVER)
    _add(graph, may_stay, np.full(len(may_stay), nobody), unmatched[may_stay])
    _add(graph, np.full(len(may_be_empty), store), protege_count + may_be_empty, unused[may_be_empty], places[may_be_empty])
    _add(graph, np.array([store]), np.array([nobody]), 0, places.sum())
    graph.set_nodes_supplies(np.arange(protege_count), np.ones(protege_count, dtype=np.int64))
    graph.set_nodes_supplies(protege_count + np.arange(mentor_count), -places)
    graph.set_nodes_supplies(np.array([store, nobody]), np.array([places.sum(), -protege_count]))
    return _solved(graph, graph.solve, arcs)


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
