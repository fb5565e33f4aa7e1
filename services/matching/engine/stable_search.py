"""The most people a stable match can pair, by Google's constraint solver, where tie-breaks leave it open in programmes of usual size."""

from collections import defaultdict

import numpy as np
from ortools.sat.python import cp_model

from services.matching.engine.pairs import Longs
from services.matching.engine.stable import Preferences, StableMatch

WORK_A_SECOND = 0.2
"""The solver's own measure of work, which is the same on every machine, that any machine does in a second."""


def search(preferences: Preferences, known: StableMatch, seconds: float, seed: int) -> StableMatch:
    """A larger stable match, or a lower bound for all of them, if there is one and it is found in time."""
    pairs = preferences.pairs
    model = cp_model.CpModel()
    formed = [model.new_bool_var("") for _ in range(len(pairs.rows))]
    has_as_good = _up_to_rank(pairs.rows, preferences.by_protege)
    full_of_as_good = _up_to_rank(pairs.columns, preferences.by_mentor)
    settled, full = {}, {}
    for (row, rank), (before, group) in has_as_good.items():
        settled[row, rank] = model.new_bool_var("")
        model.add(settled[row, rank] == sum((formed[pair] for pair in group), settled[row, before] if before is not None else 0))
    count: dict[tuple[int, int], cp_model.LinearExprT] = {}
    for (column, rank), (before, group) in full_of_as_good.items():
        places = int(pairs.places[column])
        held = model.new_int_var(0, places, "")
        model.add(held == sum((formed[pair] for pair in group), count[column, before] if before is not None else 0))
        count[column, rank] = held
        full[column, rank] = model.new_bool_var("")
        model.add(held >= places).only_enforce_if(full[column, rank])
    for pair in range(len(formed)):
        protege, mentor = (pairs.rows[pair], preferences.by_protege[pair]), (pairs.columns[pair], preferences.by_mentor[pair])
        model.add_bool_or(settled[int(protege[0]), int(protege[1])], full[int(mentor[0]), int(mentor[1])])
    chosen = set(known.match.tolist())
    for pair, variable in enumerate(formed):
        model.add_hint(variable, pair in chosen)
    model.add(sum(formed) <= known.most_people)
    model.maximize(sum(formed))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.catch_sigint_signal = False  # or Ctrl-C would only end the search, and the rest would go on
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.max_deterministic_time = seconds * WORK_A_SECOND
    solver.parameters.max_time_in_seconds = seconds
    status = solver.solve(model)
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return known
    found = np.array([pair for pair, variable in enumerate(formed) if solver.value(variable)], dtype=np.int64)
    most = min(known.most_people, int(solver.best_objective_bound + 1e-6))
    return StableMatch(match=found if len(found) > len(known.match) else known.match, most_people=max(most, len(known.match)))


def _up_to_rank(people: Longs, ranks: Longs) -> dict[tuple[int, int], tuple[int | None, list[int]]]:
    """For each person and rank, in order: the rank before, and the pairs of this one."""
    groups: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for pair, (person, rank) in enumerate(zip(people.tolist(), ranks.tolist(), strict=True)):
        groups[person][rank].append(pair)
    found: dict[tuple[int, int], tuple[int | None, list[int]]] = {}
    for person, by_rank in groups.items():
        before: int | None = None
        for rank in sorted(by_rank):
            found[person, rank] = (before, by_rank[rank])
            before = rank
    return found
