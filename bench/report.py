"""What every measurement ends in: one JSON line."""

import json
import statistics
from collections.abc import Callable, Sequence


def report(name: str, ours: float, peer: float | None, *, unit: str, goal: str, notes: str) -> bool:
    """Print the line; whether the goal is met. `<= 0.025` is held against the ratio, or against `ours` where there is no peer."""
    value = ours if peer is None else ours / peer
    relation, bound = goal.split()
    met = value <= float(bound) if relation == "<=" else value >= float(bound)
    line = {
        "bench": name,
        "ours": round(ours, 5),
        "peer": None if peer is None else round(peer, 5),
        "unit": unit,
        "ratio": None if peer is None else round(value, 5),
        "goal": goal,
        "met": met,
        "notes": notes,
    }
    print(json.dumps(line, ensure_ascii=False), flush=True)
    return met


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def interleaved(one: Callable[[], float], other: Callable[[], float], rounds: int) -> tuple[float, float]:
    """The medians of two measurements taken in turn, so that a noisy minute hits both."""
    pairs = [(one(), other()) for _ in range(rounds)]
    return statistics.median(first for first, _ in pairs), statistics.median(second for _, second in pairs)


class TooShort(Exception):  # noqa: N818 - what is wrong with the reference
    """What we are held against was over too soon to say anything."""


def must_last(seconds: float, shortest: float) -> None:
    """Refuse a reference that was over too soon. Raises TooShort."""
    if seconds < shortest:
        raise TooShort(f"the reference took {seconds:.1f} s, and less than {shortest:.0f} s say nothing")


def alternating(ours: Callable[[], float], peer: Callable[[], float], rounds: int, *, shortest: float) -> tuple[list[float], list[float]]:
    """The seconds of two measurements taken in turn, so that a noisy minute hits both. Raises TooShort."""
    first, second = [], []
    for _ in range(rounds):
        second.append(peer())
        must_last(second[-1], shortest)
        first.append(ours())
    return first, second
