"""The soft criteria: how well each protégé and mentor fit, in points from 0 to 10,000 that say where they come from.

Each criterion has a value from 0 to 1,000 for a pair, which counts with the programme's weight; points are the weighted mean times ten.
Where one of the two has not answered, the criterion counts with `UNANSWERED`, about what an ordinary pair gets: so nobody sinks for a thin
profile, and nobody gains by leaving out what would not fit. It is a state of its own, and shown as such.
"""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.cohort import Cohort, Participant
from services.matching.engine.rules import languages_in_common
from services.matching.engine.words import alike, canonical

CRITERIA = ("needs", "goals", "level", "location", "languages")
FULL = 1_000
MOST_POINTS = 10_000
UNANSWERED = {"needs": 300, "goals": 300, "level": 500, "location": 500, "languages": 500}

BY_LEVELS_ABOVE = (400, 750, 1_000, 1_000, 800, 600, 400)
"""Value by how many levels the mentor is above the protégé; further apart as the last, below as `BELOW`."""
BELOW = 150
SAME_LANGUAGES = (0, 800, 1_000)
"""Value by the number of shared languages; more than listed as the last."""
FIRST_NEED_COUNTS = 2
"""What a person names first counts twice."""
BACKWARD_SHARE = 4
"""What the protégé can give the mentor is a quarter of the needs, where both have said so."""
WORKING_MINUTES = 480
ELSEWHERE = 900
"""Value of a whole working day in common with somebody at another place."""

Values = NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Scores:
    """All pairs: a row per protégé, a column per mentor. `answered` says where a criterion's value comes from answers."""

    values: dict[str, Values]
    answered: dict[str, NDArray[np.bool_]]
    weights: dict[str, int]
    points: Values

    def shares(self, row: int, column: int) -> dict[str, int]:
        """The pair's points by criterion; they add up to them exactly (largest remainder)."""
        total = sum(self.weights.values())
        exact = {name: MOST_POINTS // FULL * weight * int(self.values[name][row, column]) for name, weight in self.weights.items()}
        shares = {name: part // total for name, part in exact.items()}
        missing = int(self.points[row, column]) - sum(shares.values())
        for name in sorted(exact, key=lambda name: -(exact[name] % total))[:missing]:
            shares[name] += 1
        return shares

    def unanswered(self, row: int, column: int) -> list[str]:
        """The criteria to which one of the pair has said nothing."""
        return [name for name in self.weights if not self.answered[name][row, column]]


def score(cohort: Cohort) -> Scores:
    """Score every pair. Raises ValueError if no criterion counts."""
    weights = {name: getattr(cohort.weights, name) for name in CRITERIA}
    total = sum(weights.values())
    if total <= 0 or min(weights.values()) < 0:
        raise ValueError("At least one criterion must count, and none less than nothing.")
    measured = {
        "needs": _needs(cohort),
        "goals": _goals(cohort),
        "level": _levels(cohort),
        "location": _locations(cohort),
        "languages": _languages(cohort),
    }
    answered = {name: known for name, (_, known) in measured.items()}
    values = {name: np.where(known, value, UNANSWERED[name]).astype(np.int32) for name, (value, known) in measured.items()}
    weighted = np.zeros((len(cohort.proteges), len(cohort.mentors)), dtype=np.int32)
    for name, weight in weights.items():
        weighted += values[name] * np.int32(weight)
    points = (MOST_POINTS // FULL * weighted + total // 2) // total
    return Scores(values=values, answered=answered, weights=weights, points=points.astype(np.int32))


def _needs(cohort: Cohort) -> tuple[Values, NDArray[np.bool_]]:
    """The protégé's needs met by the mentor's strengths, and, where both said so, a little the other way round."""
    forward = _met(tuple(one.needs for one in cohort.proteges), tuple(one.strengths for one in cohort.mentors))
    backward = _met(tuple(one.needs for one in cohort.mentors), tuple(one.strengths for one in cohort.proteges)).T
    known = _both([one.needs for one in cohort.proteges], [one.strengths for one in cohort.mentors])
    both_ways = known & _both([one.strengths for one in cohort.proteges], [one.needs for one in cohort.mentors])
    return np.where(both_ways, ((BACKWARD_SHARE - 1) * forward + backward) // BACKWARD_SHARE, forward), known


def _goals(cohort: Cohort) -> tuple[Values, NDArray[np.bool_]]:
    """What the protégé aims for, among what the mentor aims for or is strong at."""
    offered = tuple((*one.goals, *one.strengths) for one in cohort.mentors)
    return _met(tuple(one.goals for one in cohort.proteges), offered), _both([one.goals for one in cohort.proteges], list(offered))


def _both(left: list[tuple[str, ...]], right: list[tuple[str, ...]]) -> NDArray[np.bool_]:
    known: NDArray[np.bool_] = _any(left)[:, None] & _any(right)[None, :]
    return known


def _any(answers: list[tuple[str, ...]]) -> NDArray[np.bool_]:
    return np.array([bool(words) for words in answers], dtype=bool)


def _met(wanted: tuple[tuple[str, ...], ...], offered: tuple[tuple[str, ...], ...]) -> Values:
    """For each who wants and each who offers: how well the best offer meets each wish, on average; the first wish counts twice."""
    wishes, offers = _index(wanted), _index(offered)
    similar = np.pad(alike(list(wishes), list(offers)), ((0, 1), (0, 1)))  # the last row and column stand for "no further tag"
    best = np.zeros((len(wishes) + 1, len(offered)), dtype=np.int32)
    for slot in _slots(offered, offers):
        np.maximum(best, similar[:, slot], out=best)
    total = np.zeros((len(wanted), len(offered)), dtype=np.int32)
    for rank, slot in enumerate(_slots(wanted, wishes)):
        total += best[slot] * np.int32(FIRST_NEED_COUNTS if rank == 0 else 1)
    counts = np.array([max(len(tags) + FIRST_NEED_COUNTS - 1, 1) for tags in wanted], dtype=np.int32)
    return total // counts[:, None]


def _index(tags: tuple[tuple[str, ...], ...]) -> dict[str, int]:
    return {tag: place for place, tag in enumerate(sorted({canonical(tag) for tag in itertools.chain.from_iterable(tags)}))}


def _slots(people: tuple[tuple[str, ...], ...], index: dict[str, int]) -> NDArray[np.intp]:
    """Row k: where to find everybody's k-th tag; those who have fewer point behind the end."""
    table = np.full((max((len(tags) for tags in people), default=0), len(people)), len(index), dtype=np.intp)
    for column, tags in enumerate(people):
        table[: len(tags), column] = [index[canonical(tag)] for tag in tags]
    return table


def _levels(cohort: Cohort) -> tuple[Values, NDArray[np.bool_]]:
    rows, columns = _level_numbers(cohort.proteges), _level_numbers(cohort.mentors)
    above = columns[None, :] - rows[:, None]
    table = np.array(BY_LEVELS_ABOVE, dtype=np.int32)
    value = np.where(above < 0, BELOW, table[np.clip(above, 0, len(table) - 1)])
    return value, (rows > 0)[:, None] & (columns > 0)[None, :]


def _level_numbers(people: tuple[Participant, ...]) -> NDArray[np.int32]:
    """A level of zero or less is one nobody has filled in."""
    return np.array([one.level or 0 for one in people], dtype=np.int32)


def _locations(cohort: Cohort) -> tuple[Values, NDArray[np.bool_]]:
    """The same place, or else the part of the working day both are at work."""
    names = sorted({one.zone for one in (*cohort.proteges, *cohort.mentors)})
    table = [minutes_in_common(one, other, cohort.year) for one in names for other in names]
    minutes = np.array(table, dtype=np.int32).reshape(len(names), len(names))
    rows, columns = (np.array([names.index(one.zone) for one in people], dtype=np.intp) for people in (cohort.proteges, cohort.mentors))
    shared = minutes[np.ix_(rows, columns)]
    places = {place: index for index, place in enumerate(sorted({_place(one) for one in (*cohort.proteges, *cohort.mentors)} - {""}))}
    at_row, at_column = (np.array([places.get(_place(one), -1) for one in people]) for people in (cohort.proteges, cohort.mentors))
    together = (at_row[:, None] == at_column[None, :]) & (at_row >= 0)[:, None]
    return np.where(together, FULL, ELSEWHERE * shared // WORKING_MINUTES), together | (shared >= 0)


def _place(one: Participant) -> str:
    return one.location.casefold().strip()


@cache
def minutes_in_common(one: str, other: str, year: int) -> int:
    """Minutes of an eight-hour working day that two zones share, in the worse of winter and summer; -1 if a zone is not known."""
    try:
        zones = ZoneInfo(one), ZoneInfo(other)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return -1
    fewest = WORKING_MINUTES
    for month in (1, 7):
        clocks = [datetime(year, month, 15, 12, tzinfo=UTC).astimezone(zone).replace(tzinfo=None) for zone in zones]
        apart = int(abs(clocks[0] - clocks[1]).total_seconds()) // 60 % 1_440
        fewest = min(fewest, max(0, WORKING_MINUTES - min(apart, 1_440 - apart)))
    return fewest


def _languages(cohort: Cohort) -> tuple[Values, NDArray[np.bool_]]:
    shared = languages_in_common(cohort.proteges, cohort.mentors)
    table = np.array(SAME_LANGUAGES, dtype=np.int32)
    known = _both([one.languages for one in cohort.proteges], [one.languages for one in cohort.mentors])
    return table[np.minimum(shared, len(table) - 1)], known
