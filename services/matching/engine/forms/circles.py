"""Circles: one mentor with several protégés, opened only where enough come together; the most people, then the most points.

Which circles to open is hard in general (Arulselvan and others 2018, "Matchings with lower quotas") and nearly always decided by prices: a
linear programme on a few candidates gives them, a look at all pairs says what the candidates lack, and the bound they prove is mostly
reached at once. Where it is not, branching looks at all pairs that could be in anything better, and at no others. Who goes to which of the
open circles is a flow, exact, and decided by names between equals.
"""

import functools
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from services.matching.engine.blocks import Blocks, spans
from services.matching.engine.cohort import Pairing
from services.matching.engine.forms.circle_proof import Circles
from services.matching.engine.forms.circle_search import Goal, Search, Seating, nobody
from services.matching.engine.forms.formed import Formed, idle, paired, points_at
from services.matching.engine.pairs import Longs
from services.matching.engine.scoring import MOST_POINTS

BONUS = 4 * MOST_POINTS
"""What a pair counts at first: nearly always enough for everybody who can be in a circle to be in one."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How many protégés a circle must have and can have. `members`: how many some mentors' circles have already."""

    smallest: int
    largest: int
    members: Mapping[str, int] = field(default_factory=dict)

    def limits(self, blocks: Blocks) -> tuple[Longs, Longs]:
        """How many more each mentor's circle must have and can have; nobody where it cannot have as many as it must."""
        members = np.array([self.members.get(name, 0) for name in blocks.mentors], dtype=np.int64)
        largest = np.minimum(blocks.places, self.largest - members)
        smallest = np.maximum(self.smallest - members, 1)
        can = largest >= smallest
        return np.where(can, smallest, 0), np.where(can, largest, 0)


def form_circles(blocks: Blocks, sizes: Sizes, fixed: Sequence[Pairing] = (), seed: int = 0) -> Formed:
    """The best circles: as many of the fixed pairs as can be, then as many people, then the most points.

    A mentor's places bound the circle too. Raises ValueError where a circle would have to be larger than it can.
    """
    if not 1 <= sizes.smallest <= sizes.largest:
        raise ValueError("A circle has a smallest size of at least 1, and a largest that is not smaller.")
    circles = _circles(blocks, sizes, fixed)
    fitting, checked = _fitting(circles)
    reachable = _reachable(circles, fitting)
    best = _search(circles, reachable, seed) if reachable else _Best(seating=nobody(), keep=0, people=0, points=0)
    known = best.seating
    faults = circles.faults(known.rows, known.columns)
    if faults:
        raise ArithmeticError("; ".join(faults))
    pairs = paired(blocks, known.rows, known.columns)
    formed = {(pair.protege_id, pair.mentor_id) for pair in pairs}
    seated = {pair.protege_id for pair in pairs}
    return Formed(
        pairs=pairs,
        left_out=[name for name in blocks.proteges if name not in seated],
        idle_mentor_ids=idle(blocks, pairs),
        released=sorted(set(fixed) - formed),
        least_released=len(set(fixed)) - best.keep,
        matched_upper_bound=best.people,
        upper_bound=best.points,
        pairs_checked=checked,
    )


@dataclass(frozen=True, kw_only=True)
class _Best:
    """The best seating found; what none exceeds in pairs to be kept, in people with as many of those, in points with as many people."""

    seating: Seating
    keep: int
    people: int
    points: int


def _search(circles: Circles, reachable: int, seed: int) -> _Best:
    search, every = Search(circles, seed), len(circles.kept)
    first = Goal(point=1, pair=BONUS, kept=BONUS)
    known, bound = search.best(first, nobody())
    if (known.keep, known.people, known.counts(first)) == (every, reachable, bound):
        return _Best(seating=known, keep=every, people=reachable, points=known.points)
    known, keep = search.best(Goal(kept=1), known)
    known, people = search.best(Goal(pair=1, keep=known.keep), known)
    known, points = search.best(Goal(point=1, people=known.people, keep=known.keep), known)
    return _Best(seating=known, keep=keep, people=min(people, reachable), points=points)


def _circles(blocks: Blocks, sizes: Sizes, fixed: Sequence[Pairing]) -> Circles:
    smallest, largest = sizes.limits(blocks)
    rows = {name: row for row, name in enumerate(blocks.proteges)}
    columns = {name: column for column, name in enumerate(blocks.mentors)}
    at = sorted({(rows[one], columns[other]) for one, other in fixed if one in rows and other in columns})
    wanted = np.array(at, dtype=np.int64).reshape(-1, 2)
    allowed = (points_at(blocks, wanted[:, 0], wanted[:, 1]) >= 0) & (largest[wanted[:, 1]] > 0)
    return Circles(blocks=blocks, smallest=smallest, largest=largest, kept=wanted[allowed])


def _fitting(circles: Circles) -> tuple[int, int]:
    """How many people may be in some circle at all, and how many pairs that makes."""
    people = pairs = 0
    for start, stop in spans(len(circles.blocks.proteges)):
        may = (circles.blocks.points(start, stop) >= 0) & (circles.largest > 0)
        people, pairs = people + int(may.any(axis=1).sum()), pairs + int(may.sum())
    return people, pairs


def _reachable(circles: Circles, people: int) -> int:
    """The largest number of people, of so many at most, that circles of some sizes add up to."""
    within, sums = (1 << (people + 1)) - 1, 1
    for smallest, largest in zip(circles.smallest.tolist(), circles.largest.tolist(), strict=True):
        sums |= functools.reduce(operator.or_, (sums << size for size in range(max(smallest, 1), largest + 1)), 0) & within
    return sums.bit_length() - 1
