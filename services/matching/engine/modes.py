"""What one can ask of a match, and the answer with what proves it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

import numpy as np

from services.matching.engine.best import any_best_match, best_match
from services.matching.engine.evidence import Evidence, Proof
from services.matching.engine.flow import largest_match
from services.matching.engine.pairs import Longs, Pairs
from services.matching.engine.prices import Prices, lowest_prices
from services.matching.engine.worth import Span, Worth, most_people_first, most_points_first, people_alone


class Mode(StrEnum):
    """What comes before what. Where groups have floors, those come right after most people, or else first."""

    MOST_PEOPLE = "most people"
    """Then most points."""
    MOST_POINTS = "most points"
    """Then most people."""
    WORST_FIRST = "worst first"
    """Most people, then the fewest points of any pair as many as can be, then most points."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The best match of some pairs, as one counts, and the prices that prove it."""

    formed: Pairs
    worth: Worth
    prices: Prices
    least: int | None = None

    @property
    def proof(self) -> Proof:
        """What the prices, which are in worth, prove in points."""
        number = object if not self.worth.words or self.worth.unit > 1 else np.int64
        return Proof(
            prices=self.prices.mentors.astype(number) * self.worth.unit,
            bonuses=self.prices.groups.astype(number) * self.worth.unit,
            scale=self.worth.scale,
            pair=self.worth.pair,
            reward=self.worth.reward * self.worth.unit,
            least=self.least,
        )


Answered_co = TypeVar("Answered_co", bound=Answer, covariant=True)


class Market(Protocol[Answered_co]):
    """Where a match is looked for: among all pairs, or only those with at least so many points."""

    @property
    def known(self) -> Pairs:
        """Those pairs that were looked at one by one."""
        ...

    def most_people(self, least: int | None = None) -> Answered_co:
        """As many people as can be, whatever their points."""
        ...

    def most_people_first(self, least: int | None = None) -> Answered_co:
        """Then most points."""
        ...

    def most_points_first(self) -> Answered_co:
        """Then most people."""
        ...


def find(market: Market[Answered_co], mode: Mode) -> tuple[Answered_co, Evidence]:
    """The best match in this mode, and the evidence that there is nothing better."""
    match mode:
        case Mode.MOST_PEOPLE:
            found = market.most_people_first()
            return found, Evidence(mode=mode, total=found.proof)
        case Mode.MOST_POINTS:
            found = market.most_points_first()
            return found, Evidence(mode=mode, total=found.proof)
        case Mode.WORST_FIRST:
            return _worst_first(market)


def _worst_first(market: Market[Answered_co]) -> tuple[Answered_co, Evidence]:
    """The highest line of points above which as many people as ever can still be paired, then the best match above it."""
    people = market.most_people()
    if not len(people.formed.rows):
        total = market.most_people_first()
        return total, Evidence(mode=Mode.WORST_FIRST, total=total.proof, people=people.proof)
    reached, line = _people(people.formed), int(people.formed.points.min())
    while True:
        line = _highest_line(market.known, line, reached)
        worst = market.most_people(line + 1)
        if _people(worst.formed) < reached:
            break
        line = int(worst.formed.points.min())
    total = market.most_people_first(line)
    return total, Evidence(mode=Mode.WORST_FIRST, total=total.proof, people=people.proof, worst=worst.proof)


def _highest_line(pairs: Pairs, low: int, reached: tuple[int, int]) -> int:
    """The most points that all pairs of a match can have which reaches as many people; at least `low`, of which that is known."""
    pairs = pairs.only(pairs.possible())
    steps = sorted(set(pairs.points.tolist()))
    below, beyond = steps.index(low), len(steps)  # as many are reached from the one on, fewer from the other on
    while beyond - below > 1:
        middle = (below + beyond) // 2
        above = pairs.only(np.asarray(pairs.points >= steps[middle], dtype=bool))
        again = above.only(largest(above))
        if _people(again) == reached:
            below = steps.index(int(again.points.min()))
        else:
            beyond = middle
    return int(steps[below])


def largest(pairs: Pairs) -> Longs:
    """As many of these pairs as can be, and among such matches one in which the floors hold for as many people as can be."""
    if pairs.balance.has_floors:
        return any_best_match(people_alone(pairs.most, pairs.balance).weigh(pairs)).match
    return largest_match(pairs.rows, pairs.columns, len(pairs.proteges), pairs.places)


def _people(formed: Pairs) -> tuple[int, int]:
    return len(formed.rows), formed.balance.kept_up(formed.rows)


# ---------------------------------------------------------------- a list of pairs


@dataclass(frozen=True, kw_only=True)
class Found:
    """The pairs formed, by their place in the list, and the evidence that there is nothing better."""

    match: Longs
    evidence: Evidence


def find_match(pairs: Pairs, mode: Mode, seed: int = 0) -> Found:
    """The best match of a list in this mode; among equals the one that the ids and the seed decide on."""
    answer, evidence = find(Listed(pairs=pairs, seed=seed), mode)
    return Found(match=np.searchsorted(pairs.keys, answer.formed.keys), evidence=evidence)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A market of which all pairs are known."""

    pairs: Pairs
    seed: int

    @property
    def known(self) -> Pairs:
        """All there are."""
        return self.pairs

    def most_people(self, least: int | None = None) -> Answer:
        """As many of the pairs as can be."""
        pairs = self._among(least)
        worth = people_alone(pairs.most, pairs.balance)
        match = largest(pairs)
        return Answer(formed=pairs.only(match), worth=worth, prices=lowest_prices(worth.weigh(pairs), match), least=least)

    def most_people_first(self, least: int | None = None) -> Answer:
        """Then most points."""
        pairs = self._among(least)
        return self._best(pairs, most_people_first(Span.of(pairs.counted), pairs.most, pairs.balance, pairs.places), least)

    def most_points_first(self) -> Answer:
        """Then most people. Pairs with less than no points count for nothing."""
        pairs = self._among(None)
        worth = most_points_first(Span.from_zero(pairs.counted), pairs.most, pairs.balance, pairs.places)
        return self._best(pairs.only(np.asarray(worth.of(pairs.counted) > 0, dtype=bool)), worth, None)

    def _among(self, least: int | None) -> Pairs:
        pairs = self.pairs.only(self.pairs.possible())
        return pairs if least is None else pairs.only(np.asarray(pairs.points >= least, dtype=bool))

    def _best(self, pairs: Pairs, worth: Worth, least: int | None) -> Answer:
        best = best_match(worth.weigh(pairs), self.seed)
        return Answer(formed=pairs.only(best.match), worth=worth, prices=best.prices, least=least)
