"""Why each pair, and why not: reasons for everybody who was paired and everybody who was left out."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from services.matching.cli.results import Solved, points_of
from services.matching.cli.task import Task
from services.matching.engine import Cohort, Scorer
from services.matching.engine.eligible import Eligible
from services.matching.engine.shortage import Shortage, Shortages


def explanation(task: Task, solved: Solved) -> dict[str, Any]:
    """Points that add up, by criterion; for who was left out no eligible mentor, with counts per rule, or the group that lacks places."""
    taken = np.bincount(task.pairs.columns[solved.match], minlength=len(task.pairs.mentors))
    free = task.pairs.places - taken
    return {
        "pairs": list(_pairs(task, solved)),
        "left_out": list(_left_out(task, solved)),
        "mentors_with_free_places": {task.pairs.mentors[column]: int(free[column]) for column in np.flatnonzero(free)},
    }


def _pairs(task: Task, solved: Solved) -> Iterator[dict[str, Any]]:
    match = sorted(solved.match.tolist())
    names = [(task.pairs.proteges[task.pairs.rows[pair]], task.pairs.mentors[task.pairs.columns[pair]]) for pair in match]
    if task.cohort is None:
        for pair, (protege, mentor) in zip(match, names, strict=True):
            points = points_of(task, int(task.pairs.points[pair]))
            yield {"protege": protege, "mentor": mentor, "points": points, "shares": {"scores": points}}
        return
    scorer = Scorer(task.cohort)
    for pair in match:
        scored = scorer.pair(int(task.pairs.rows[pair]), int(task.pairs.columns[pair]))
        yield {
            "protege": scored.protege_id,
            "mentor": scored.mentor_id,
            "points": scored.points,
            "shares": scored.shares,
            "reasons": scored.reasons,
            "unanswered": scored.unanswered,
        }


def _left_out(task: Task, solved: Solved) -> Iterator[dict[str, Any]]:
    pairs = task.pairs
    chosen = np.full(len(pairs.proteges), -1, dtype=np.int64)
    chosen[pairs.rows[solved.match]] = pairs.columns[solved.match]
    rows = np.flatnonzero(chosen < 0)
    fitting = Eligible.of_pairs(pairs.only(pairs.possible()))
    shortages = Shortages(fitting, chosen).of(rows)
    counts = _rule_counts(task, rows.tolist())
    first: dict[int, str] = {}  # of each group, who is told of it: thousands may share one of thousands
    for row in rows.tolist():
        eligible = len(fitting.mentors_of(row))
        reason: dict[str, Any] = {"protege": pairs.proteges[row], "eligible_mentors": eligible, "rules": counts[row]}
        if not eligible:
            yield {**reason, "reason": "no_eligible_mentor"}
        elif (shortage := shortages[row]) is not None:
            teller = first.setdefault(id(shortage), pairs.proteges[row])
            group = {"group": _group(task, shortage)} if teller == pairs.proteges[row] else {"same_group_as": teller}
            yield {**reason, "reason": "too_few_places", **group}
        elif solved.evidence is None:
            yield {**reason, "reason": "others_were_liked_as_much_or_more"}
        else:
            best = points_of(task, max(pairs.points[slice(*np.searchsorted(pairs.rows, [row, row + 1]))].tolist()))
            yield {**reason, "reason": "more_points_without", "best_points": best}


def _group(task: Task, shortage: Shortage) -> dict[str, Any]:
    return {
        "proteges": [task.pairs.proteges[row] for row in shortage.rows],
        "mentors": [task.pairs.mentors[column] for column in shortage.columns],
        "places": shortage.places,
    }


def _rule_counts(task: Task, rows: list[int]) -> dict[int, dict[str, int]]:
    """How many mentors each rule excludes, by protégé."""
    if task.cohort is not None:
        return _hard_rules(task.cohort, rows)
    listed, pairs = task.listed, task.pairs
    mentors = len(listed.mentors)
    degree, both = (np.bincount(one.rows, minlength=len(listed.proteges)) for one in (listed, pairs))
    full = np.bincount(pairs.rows[~pairs.possible()], minlength=len(listed.proteges))
    return {
        row: _only_some(
            {"not_listed": mentors - int(degree[row]), "not_both_wish": int(degree[row] - both[row]), "capacity_0": int(full[row])}
        )
        for row in rows
    }


def _hard_rules(cohort: Cohort, rows: list[int]) -> dict[int, dict[str, int]]:
    scorer, counts = Scorer(cohort), {}
    for row in rows:
        broken = scorer.broken(row)
        excluded = np.any([*broken.values(), scorer.places < 0], axis=0)
        without = int((~excluded & (scorer.places < 1)).sum())
        counts[row] = _only_some({rule: int(mask.sum()) for rule, mask in broken.items()} | {"capacity_0": without})
    return counts


def _only_some(counts: Mapping[str, int]) -> dict[str, int]:
    return {rule: count for rule, count in counts.items() if count}
