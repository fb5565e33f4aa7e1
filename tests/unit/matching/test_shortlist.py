"""A shortlist has the best of everybody, as sorting all pairs would find them, and lots between equals."""

import numpy as np
import pytest

from services.matching.engine import shortlist as engine_shortlist
from services.matching.engine.shortlist import LOT_BITS, Shortlist, best_of_rows
from services.matching.engine.ties import Lots
from tests.unit.matching.problems import a_problem


@pytest.mark.parametrize("highest", [0, 3, 10_000])
@pytest.mark.parametrize("columns", [1, 30, 700])
def test_the_best_of_each_row_are_those_that_sorting_puts_first(highest: int, columns: int) -> None:
    table = np.random.default_rng(columns).integers(-1, highest + 1, (40, columns)).astype(np.int16)
    expected = {
        row * columns + column
        for row, values in enumerate(table)
        for column in np.argsort(-values, kind="stable")[:5]
        if values[column] >= 0
    }
    assert set(best_of_rows(table, 5).tolist()) == expected


@pytest.mark.parametrize("highest", [0, 5, 10_000])
def test_both_sides_are_on_it_with_their_best(highest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_shortlist, "OF_EACH", 3)
    monkeypatch.setattr(engine_shortlist, "PER_PLACE", 2)
    chance = np.random.default_rng(highest)
    points, places = chance.integers(-1, highest + 1, (300, 60)), chance.integers(0, 5, 60)
    problem = a_problem(points.tolist(), places.tolist())
    lots = Lots(problem.proteges, problem.mentors, 7)
    shortlist = Shortlist(problem, lots)
    for strip in problem.strips():
        shortlist.look_at(strip)
    ranking = (points << LOT_BITS) + lots.of(np.arange(300)[:, None], np.arange(60)[None, :], LOT_BITS)
    ranking[(points < 0) | (places == 0)] = -1
    wanted = set()
    for row in range(300):
        wanted |= {row * 60 + int(column) for column in np.argsort(-ranking[row])[:3] if ranking[row, column] >= 0}
    for column in range(60):
        room = max(3, 2 * int(places[column]))
        wanted |= {int(row) * 60 + column for row in np.argsort(-ranking[:, column])[:room] if ranking[row, column] >= 0}
    assert shortlist.keys().tolist() == sorted(wanted)
