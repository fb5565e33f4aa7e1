"""A match in lines that are short enough to be written down one after the other."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from services.matching.engine.cohort import Cohort
from services.matching.engine.left_out import LeftOut
from services.matching.engine.match import Match

PORTION = 500
"""Pairs or people in one line."""
SHOWN = 20


def lines_of(found: Match, cohort: Cohort) -> Iterator[dict[str, Any]]:
    """Some pairs, people left out or mentors a line, and last the figures under `found`."""
    taken = Counter(pair.mentor_id for pair in found.pairs)
    mentors = [{"mentor_id": one.person_id, "places": max(one.places, 0), "taken": taken[one.person_id]} for one in cohort.mentors]
    yield from _portions("pairs", [{name: value for name, value in vars(pair).items() if name != "broken_rules"} for pair in found.pairs])
    yield from _portions("left_out", [_left_out(one) for one in found.left_out])
    yield from _portions("mentors", mentors)
    figures = {name: getattr(found, name) for name in ("total_points", "released", "proteges", "places", "rounds", "pairs_checked")}
    yield {"found": {**figures, "paired": len(found.pairs), "left_out": len(found.left_out)}}


def _left_out(one: LeftOut) -> dict[str, Any]:
    """With the first few mentors of the group: most of those who are left out share one, and it may be half the cohort."""
    group = one.group and {
        "proteges": one.group.proteges,
        "mentors": len(one.group.mentor_ids),
        "mentor_ids": one.group.mentor_ids[:SHOWN],
        "places": one.group.places,
    }
    return {**vars(one), "group": group}


def _portions(name: str, rows: Sequence[object]) -> Iterator[dict[str, Any]]:
    for start in range(0, len(rows), PORTION):
        yield {name: rows[start : start + PORTION]}
