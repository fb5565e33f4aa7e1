"""The best match of all pairs there are, found among a few and proven against all.

Min-cost flow on a shortlist of pairs; exact prices for that; then a look at every pair there is. One that would be worth more than its two
prices joins the list, and the flow runs again; when there is none, nothing better exists anywhere (column generation). It is looked for at
the lowest and at the highest prices: so in the end both are right for all pairs, and say what one place more or fewer would change.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.matching.engine.best import any_best_match, settled
from services.matching.engine.blocks import Points
from services.matching.engine.flow import CostTooLarge
from services.matching.engine.modes import Answer
from services.matching.engine.pairs import Longs, distinct
from services.matching.engine.prices import Prices, gains_at, highest_prices
from services.matching.engine.problem import Problem
from services.matching.engine.shortlist import Shortlist, best_of_rows
from services.matching.engine.ties import Lots
from services.matching.engine.worth import Span, Worth, most_people_first, most_points_first, people_alone

MISSED_BY_ONE = 5
"""Of the pairs a protégé would rather have, as many join at once."""
SMALL, LARGE = 2**30, 2**62
"""Up to here 32 bits, and 64, have room for a worth and a price."""


class TooMuch(ValueError):  # noqa: N818 - a statement about numbers
    """Floors, load and bonuses are too large among so many people for what comes first to be kept apart from what comes next."""


@dataclass(frozen=True, kw_only=True)
class Searched(Answer):
    """The best match among all pairs; `prices` are the lowest. Not `proven` where there was no more time: others may be better."""

    gains: Longs
    """Of each protégé, at the lowest prices."""
    highest: Prices
    proven: bool


class Search:
    """A market of which only a shortlist is known at first. `enough`: whether to stop with what has been found, asked again and again."""

    def __init__(
        self, problem: Problem, seed: int = 0, enough: Callable[[], bool] = lambda: False, tell: Callable[[int], None] = lambda _: None
    ) -> None:
        self._problem, self._enough, self._tell = problem, enough, tell
        self._lots = Lots(problem.proteges, problem.mentors, seed)
        self.rounds = self.pairs = 0
        shortlist, highest = Shortlist(problem, self._lots), 0
        for strip in problem.strips():
            shortlist.look_at(strip)
            self.pairs += int(np.count_nonzero(strip.counted >= 0))
            highest = max(highest, int(strip.points.max(initial=0)))
        self.known = problem.pairs_at(shortlist.keys())
        self._span = Span(highest=highest + problem.most_bonus)  # also of pairs whose mentor has no place yet
        self._most = 2 * (self.known.most + 1)  # the difference between two matches, one of them with a place more, has no more pairs

    def most_people(self, least: int | None = None) -> Searched:
        """As many people as can be, whatever their points."""
        return self._answer(people_alone(self._most, self._problem.balance), least)

    def most_people_first(self, least: int | None = None) -> Searched:
        """Then most points."""
        return self._answer(most_people_first(self._span, self._most, self._problem.balance, self._problem.places), least)

    def most_points_first(self) -> Searched:
        """Then most people."""
        return self._answer(most_points_first(self._span, self._most, self._problem.balance, self._problem.places), None)

    def _answer(self, worth: Worth, least: int | None) -> Searched:
        if not worth.words:
            raise TooMuch
        while True:
            self.rounds += 1
            self._tell(self.rounds)
            pairs = self.known if least is None else self.known.only(self.known.points >= least)
            weighed = worth.weigh(pairs)
            try:
                flow = any_best_match(weighed)
            except CostTooLarge as error:
                raise TooMuch from error
            highest, gains = highest_prices(weighed, flow.match), gains_at(flow.prices, weighed)
            missed = self._missed(worth, [(flow.prices, gains), (highest, gains_at(highest, weighed))], least)
            if missed is None or not len(missed):
                break
            self.known = self._problem.pairs_at(distinct(np.concatenate((self.known.keys, missed))))
        match = flow.match if missed is None else settled(weighed, flow.prices, self._lots)
        return Searched(
            formed=pairs.only(match),
            worth=worth,
            prices=flow.prices,
            least=least,
            gains=gains,
            highest=highest,
            proven=missed is not None,
        )

    def _missed(self, worth: Worth, offers: list[tuple[Prices, Longs]], least: int | None) -> Longs | None:
        """The pairs that somebody would rather have than those known, the first few of each at each of the prices; None if it is enough."""
        small = worth.scale * self._span.highest + worth.base < SMALL and not worth.reward
        number: type[np.signedinteger[Any]] = np.int32 if small else np.int64
        never = -SMALL if small else -LARGE
        groups = self._problem.balance.groups
        held_against: list[tuple[Points, Points]] = [
            ((worth.base - prices.mentors).astype(number), (gains - prices.groups[groups]).astype(number)) for prices, gains in offers
        ]
        found = [np.zeros(0, dtype=np.int64)]
        for strip in self._problem.strips():
            if self._enough():
                return None
            counted = strip.least(least)
            worths: Points = np.where(counted < 0, number(never), counted if worth.scale == 1 else counted * number(worth.scale))
            for of_mentors, of_proteges in held_against:
                beyond = worths + of_mentors
                mine = of_proteges[strip.rows]
                wanting = np.flatnonzero(beyond.max(axis=1, initial=never) > mine)
                if wanting.size:
                    excess = beyond[wanting].astype(np.int64) - mine[wanting, None] - 1
                    rows, columns = np.divmod(best_of_rows(excess, MISSED_BY_ONE), excess.shape[1])
                    found.append((strip.start + wanting[rows]) * excess.shape[1] + columns)
        return np.concatenate(found)
