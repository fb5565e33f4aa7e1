"""A series of meetings planned together: the cheapest one there is, by dynamic programming over all free times.

A plan picks one time for each session so that every gap lies within what was agreed. Its cost adds up over sessions (how it looks to each
person, and what moving it would upset) and over neighbours (how far the gap is from the ideal, another weekday, another hour). So the best
plan up to a time is the best one up to some earlier time and one step more. Costs are in minutes of unpleasant hour, as in `offers`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.scheduling.slots.clocks import wall_time
from services.scheduling.slots.diary import Diary
from services.scheduling.slots.offers import burden

DAY_OFF, OTHER_DAY, OTHER_HOUR = 40, 30, 20
MOVED = 1_000_000
"""What a session that is moved costs: more than anything else together, so that as few as possible are."""
NEVER = 2**50
STEADIER = (0, 1, 2, 3, 4)
"""In quarters: how much of the weight goes to whoever bears more already."""
DECAY = 0.8

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Cadence:
    """How many days there are from one meeting to the next, as a calendar counts them: at least, at most, at best."""

    least: int
    most: int

    @property
    def ideal(self) -> int:
        """In the middle, in whole weeks where there are any: two who meet want to keep their weekday."""
        middle = (self.least + self.most) / 2
        weeks = [gap for gap in range(self.least, self.most + 1) if gap % 7 == 0]
        return min(weeks, key=lambda gap: abs(gap - middle), default=int(middle))


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """So many sessions of `length` seconds. `after` is the start of the meeting before the first one; without it the first is due on `due`.

    `stands`: for each session the start it has already, which it leaves only if it must; `fixed` ones do not leave it at all.
    `borne`: what each person has borne so far, in minutes of unpleasant hour.
    """

    sessions: int
    length: int
    cadence: Cadence
    after: int | None = None
    due: int | None = None
    stands: Sequence[int | None] = ()
    fixed: frozenset[int] = field(default_factory=frozenset)
    borne: Sequence[float] = ()


@dataclass(frozen=True)
class SeriesPlan:
    """The starts, what the plan costs, and what each person will have borne with it."""

    starts: tuple[int, ...]
    cost: int
    borne: tuple[float, ...]


def plan_series(starts: Sequence[int], diaries: Sequence[Diary], wanted: Wanted) -> SeriesPlan | None:
    """The plan in which who bears most bears least, and of those the cheapest; None where no gaps as agreed can be had.

    `starts`: the free times in order, to which the starts that stand are added. The larger of two sums does not add up, so several shares
    between the people are tried and the fairest outcome taken; the plan for each share is exact.
    """
    times = sorted({*starts, *(start for start in wanted.stands if start is not None)})
    if not times or wanted.sessions < 1:
        return None
    grid = _Grid(times, diaries, wanted)
    borne = np.array([*wanted.borne, *[0.0] * (len(diaries) - len(wanted.borne))])
    found: dict[tuple[int, ...], SeriesPlan] = {}
    heavier = borne >= borne.max()
    for share in STEADIER if len({diary.zone for diary in diaries}) > 1 else STEADIER[:1]:
        weights = np.where(heavier, 4 + share, 4 - share) if not heavier.all() else np.full(len(diaries), 4)
        picked = grid.cheapest(weights)
        if picked is not None:
            chosen = tuple(times[place] for place in picked)
            after = borne + grid.burdens[list(picked)].sum(axis=0)
            found[chosen] = SeriesPlan(chosen, grid.cost(picked), tuple(float(one) for one in after))
    # Moving fewer comes before fairness: who has to change a date bears more than an early hour.
    return min(found.values(), key=lambda plan: (grid.moved(plan.starts), max(plan.borne), plan.cost, plan.starts), default=None)


def what_was_borne(starts: Sequence[int], length: int, diaries: Sequence[Diary]) -> list[float]:
    """The ledger of the two: minutes of unpleasant hour of each in the meetings so far, the earlier ones counting for less and less."""
    sums = [0.0] * len(diaries)
    for start in sorted(starts):
        sums = [DECAY * before + burden(diary.zone, start, length) for before, diary in zip(sums, diaries, strict=True)]
    return sums


class _Grid:
    """The free times as rows of figures."""

    def __init__(self, times: Sequence[int], diaries: Sequence[Diary], wanted: Wanted) -> None:
        anchor = diaries[0].zone
        walls = [wall_time(anchor, start) for start in times]
        self._times, self._wanted = times, wanted
        self._day: Numbers = np.array([wall.date().toordinal() for wall in walls], dtype=np.int64)
        self._wall: Numbers = np.array([wall.weekday() * 24 * 60 + wall.hour * 60 + wall.minute for wall in walls], dtype=np.int64)
        self.burdens: Numbers = np.array([[burden(one.zone, start, wanted.length) for one in diaries] for start in times], dtype=np.int64)
        self._first = self._first_costs(anchor)
        self._upset = self._upsets()

    def _first_costs(self, anchor: str) -> Numbers:
        wanted = self._wanted
        if wanted.after is not None:
            before = wall_time(anchor, wanted.after)
            gaps = self._day - before.date().toordinal()
            wall = np.int64(before.weekday() * 24 * 60 + before.hour * 60 + before.minute)
            costs = self._step(gaps, wall, self._wall)
            return np.where((gaps >= wanted.cadence.least) & (gaps <= wanted.cadence.most), costs, NEVER)
        due = wall_time(anchor, wanted.due).date().toordinal() if wanted.due is not None else int(self._day[0])
        return np.abs(self._day - due) * DAY_OFF

    def _upsets(self) -> Numbers:
        """What each time costs each session because of the start that session has already."""
        upset = np.zeros((len(self._times), self._wanted.sessions), dtype=np.int64)
        for session, start in enumerate(self._wanted.stands[: self._wanted.sessions]):
            if start is not None:
                others = np.array(self._times) != start
                upset[others, session] = NEVER if session in self._wanted.fixed else MOVED
        return upset

    def _step(self, gaps: Numbers, before: Numbers | np.int64, now: Numbers | np.int64) -> Numbers:
        """From one session to the next."""
        minutes = 24 * 60
        other_day, other_hour = before // minutes != now // minutes, before % minutes != now % minutes
        costs: Numbers = np.abs(gaps - self._wanted.cadence.ideal) * DAY_OFF + other_day * OTHER_DAY + other_hour * OTHER_HOUR
        return costs

    def cheapest(self, weights: NDArray[np.int64]) -> tuple[int, ...] | None:
        """The exact optimum: for each time and number of sessions the cheapest way to get there."""
        sessions, cadence = self._wanted.sessions, self._wanted.cadence
        node = (self.burdens * weights).sum(axis=1)[:, None] // 4 + self._upset
        best = np.full(node.shape, NEVER, dtype=np.int64)
        best[:, 0] = np.minimum(self._first + node[:, 0], NEVER)
        came = np.zeros(node.shape, dtype=np.int64)
        lows, highs = np.searchsorted(self._day, self._day - cadence.most), np.searchsorted(self._day, self._day - cadence.least, "right")
        columns = np.arange(sessions - 1)
        for here, (low, high) in enumerate(zip(lows, highs, strict=True)):
            if low < high and sessions > 1:
                steps = self._step(self._day[here] - self._day[low:high], self._wall[low:high], self._wall[here])
                ways = best[low:high, :-1] + steps[:, None]
                way = ways.argmin(axis=0)
                best[here, 1:] = np.minimum(ways[way, columns] + node[here, 1:], NEVER)
                came[here, 1:] = low + way
        last = int(best[:, -1].argmin())
        if best[last, -1] >= NEVER:
            return None
        path = [last]
        for session in range(sessions - 1, 0, -1):
            path.append(int(came[path[-1], session]))
        return tuple(reversed(path))

    def cost(self, path: Sequence[int]) -> int:
        """What a plan costs when everybody counts the same."""
        total = int(self._first[path[0]])
        for session, place in enumerate(path):
            total += int(self.burdens[place].sum()) + int(self._upset[place, session])
            if session:
                before = path[session - 1]
                total += int(self._step(self._day[place] - self._day[before], self._wall[before], self._wall[place]))
        return total

    def moved(self, starts: Sequence[int]) -> int:
        """How many sessions leave the start they had."""
        return sum(stood is not None and stood != start for stood, start in zip(self._wanted.stands, starts, strict=False))
