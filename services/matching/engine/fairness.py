"""How a match treats groups of people: figures for each, and none for a group so small that they would speak of single people."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FEWEST = 5
"""Of fewer people no figure is shown."""
PERCENT = 100
LOWEST = 5
"""The percentile that stands for the worst that people of a group got."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a protégé got: the points of the best pair, None without one. `best_points`: of the best there was for this one alone."""

    group: str
    points: int | None
    best_points: int | None


@dataclass(frozen=True, kw_only=True)
class GroupFigures:
    """Of one group, or of several small ones together. Percentages are of whole numbers; points of those who are paired.

    `first_choice`: how many of a hundred paired have the best there was for them alone. Figures of points are None for fewer than `FEWEST`.
    """

    groups: tuple[str, ...]
    proteges: int
    paired: int
    coverage: float
    mean_points: int | None
    low_points: int | None
    first_choice: float | None


@dataclass(frozen=True, kw_only=True)
class Fairness:
    """`whole`: everybody. `parts` hold each of them once. `ratio`: the lowest coverage of a part by the highest."""

    whole: GroupFigures | None
    parts: tuple[GroupFigures, ...]
    ratio: float | None


@dataclass(frozen=True, kw_only=True)
class Load:
    """How protégés are spread over the mentors who have places."""

    mentors: int
    without_anybody: int
    most: int
    mean: float
    deviation: float


def fairness(outcomes: Sequence[Outcome]) -> Fairness:
    """The figures of each group that is large enough.

    Smaller ones are shown together, and with as many others, the smallest first, as are needed to be enough: so no figure of theirs can be
    had by taking the others' from those of all. Where not even all are enough, nothing is shown.
    """
    by_group: defaultdict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        by_group[one.group].append(one)
    if len(outcomes) < FEWEST:
        return Fairness(whole=None, parts=(), ratio=None)
    together: list[str] = []
    alone: list[str] = []
    people = 0
    for group in sorted(by_group, key=lambda name: (len(by_group[name]), name)):
        if len(by_group[group]) < FEWEST or 0 < people < FEWEST:
            together.append(group)
            people += len(by_group[group])
        else:
            alone.append(group)
    parts = [*([tuple(sorted(together))] if together else []), *((group,) for group in sorted(alone))]
    shown = tuple(_figures(part, [one for group in part for one in by_group[group]]) for part in parts)
    highest = max(part.coverage for part in shown)
    return Fairness(
        whole=_figures(tuple(sorted(by_group)), list(outcomes)),
        parts=shown,
        ratio=round(min(part.coverage for part in shown) / highest, 3) if highest else None,
    )


def load(places: Mapping[str, int], taken: Mapping[str, int]) -> Load:
    """Of the mentors who have places or anybody. `deviation`: the standard deviation of how many protégés each has."""
    counts = [taken.get(mentor_id, 0) for mentor_id, number in places.items() if number > 0 or taken.get(mentor_id, 0) > 0]
    mean = sum(counts) / len(counts) if counts else 0.0
    spread = sum((count - mean) ** 2 for count in counts) / len(counts) if counts else 0.0
    return Load(
        mentors=len(counts),
        without_anybody=counts.count(0),
        most=max(counts, default=0),
        mean=round(mean, 3),
        deviation=round(spread**0.5, 3),
    )


def _figures(groups: tuple[str, ...], outcomes: Sequence[Outcome]) -> GroupFigures:
    points = sorted(one.points for one in outcomes if one.points is not None)
    enough = len(points) >= FEWEST
    first = sum(one.points is not None and one.points == one.best_points for one in outcomes)
    return GroupFigures(
        groups=groups,
        proteges=len(outcomes),
        paired=len(points),
        coverage=_percent(len(points), len(outcomes)),
        mean_points=round(sum(points) / len(points)) if enough else None,
        low_points=points[len(points) * LOWEST // PERCENT] if enough else None,
        first_choice=_percent(first, len(points)) if enough else None,
    )


def _percent(part: int, whole: int) -> float:
    return round(PERCENT * part / whole, 1)
