"""The independent checker, on a result that anybody has made."""

from pathlib import Path
from typing import Any

import numpy as np

from services.matching.cli.options import Options
from services.matching.cli.problems import must_be_none
from services.matching.cli.results import MODES, figures, points_of, stable_match
from services.matching.cli.scores import UNIT, read_points
from services.matching.cli.tables import Table
from services.matching.cli.task import Task
from services.matching.cli.writing import as_json
from services.matching.engine.check import faults
from services.matching.engine.modes import find_match
from services.matching.engine.pairs import Longs
from services.matching.engine.stable import blocking_pairs

SHOWN = 20


def check_result(task: Task, given: Options) -> tuple[str, int, dict[Path, str]]:
    """Whether it can be, what it reaches, and whether there is anything better: to be said, and to be written.

    The exit code between the two is 0 if it is the best, else 1.
    """
    match, wrong = _read_match(task, given.check or Path())
    wrong += faults(task.pairs, match)
    found: dict[str, Any] = {"feasible": not wrong, "faults": wrong[:SHOWN]}
    if not wrong:
        found |= _stability(task, match, given) if given.mode == "stable" else _optimality(task, match, given)
    document = as_json(found) + "\n"
    words = "".join(f"{name.replace('_', ' ')}: {_word(one)}\n" for name, one in found.items())
    code = 0 if found["feasible"] and found.get("stable", found.get("optimal")) else 1
    return document if given.format == "json" else words, code, {given.report: document} if given.report else {}


def _optimality(task: Task, match: Longs, given: Options) -> dict[str, Any]:
    """The prices come from our own solving, and nothing is believed of them: the checker adds up what they prove."""
    evidence = find_match(task.pairs, MODES[given.mode, given.coverage], given.seed).evidence
    return figures(task, match, evidence)


def _stability(task: Task, match: Longs, given: Options) -> dict[str, Any]:
    blocking = blocking_pairs(task.preferences, match)
    points = task.pairs.points[match].tolist()
    most = stable_match(task, given).most_people
    names = [f"{task.pairs.proteges[task.pairs.rows[pair]]} with {task.pairs.mentors[task.pairs.columns[pair]]}" for pair in blocking]
    return {
        "matched": len(points),
        "matched_upper_bound": most,
        "total_points": points_of(task, sum(points)),
        "upper_bound": None,
        "smallest_points": points_of(task, min(points, default=None)),
        "stable": not names,
        "optimal": not names and len(points) == most,
        "blocking_pairs": len(names),
        "would_rather_have_each_other": names[:SHOWN],
    }


def _read_match(task: Task, file: Path) -> tuple[Longs, list[str]]:
    """The pairs of a result by their place in the task's, and what is wrong with those that are none."""
    table = Table(file, ("protege", "mentor"), ("points",))
    rows = {name: row for row, name in enumerate(task.pairs.proteges)}
    columns = {name: column for column, name in enumerate(task.pairs.mentors)}
    keys = task.pairs.rows * len(columns) + task.pairs.columns
    found, wrong = [], []
    for line, (protege, mentor, text) in table.rows():
        key = rows.get(protege, -1) * len(columns) + columns.get(mentor, 0)
        place = int(np.searchsorted(keys, key))
        known = protege in rows and mentor in columns and place < len(keys) and keys[place] == key
        points = read_points(text, line, table.problems) if text else None
        if not known:
            wrong.append(f"line {line}: {protege} with {mentor} may not be formed")
            continue
        found.append(place)
        own = int(task.pairs.points[place])
        if points is not None and points * task.unit != own * UNIT:
            wrong.append(f"line {line}: {protege} with {mentor} is worth {points_of(task, own)} points, not {text}")
    must_be_none(table.problems)
    return np.array(found, dtype=np.int64), wrong


def _word(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value)) or "none"
    return {True: "yes", False: "no", None: "unknown"}.get(value, str(value)) if isinstance(value, bool | None) else str(value)
