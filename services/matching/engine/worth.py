"""One whole number for what a pair is worth, so that more of it means more people first, or more points first."""

import math
from dataclasses import dataclass

import numpy as np

from services.matching.engine.balance import Balance
from services.matching.engine.flow import Runs
from services.matching.engine.pairs import Longs, Numbers, Pairs, exact_sum

WORDS = 2**58
"""Up to here prices and gains can be added in machine words."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """Between which numbers the points of pairs lie: `least`, and up to `highest` steps of `unit` more."""

    least: int = 0
    unit: int = 1
    highest: int
    words: bool = True
    """Whether they are machine words."""

    @classmethod
    def of(cls, points: Numbers) -> "Span":
        """The least of them and the step of which all differences are multiples."""
        numbers = points.tolist()
        least = min(numbers, default=0)
        unit = math.gcd(*(one - least for one in numbers)) or 1
        return cls(least=least, unit=unit, highest=(max(numbers, default=0) - least) // unit, words=points.dtype != object)

    @classmethod
    def from_zero(cls, points: Numbers) -> "Span":
        """From nothing, in steps of which all points are multiples."""
        numbers = points.tolist()
        unit = math.gcd(*numbers) or 1
        return cls(unit=unit, highest=int(max(numbers, default=0)) // unit, words=points.dtype != object)


@dataclass(frozen=True, kw_only=True)
class Change:
    """Of a match: how many people more, how many of them for the sake of floors, and points as they count, which may be fewer then."""

    people: int
    kept: int
    points: int


@dataclass(frozen=True, kw_only=True)
class Worth:
    """How worth is counted. `unit` times the worth of a pair is `scale` times its points and `pair` more."""

    scale: int
    base: int
    least: int = 0
    unit: int = 1
    reward: int = 0
    """What each of a group counts beyond the pair, up to the group's floor."""
    words: bool = True

    @property
    def pair(self) -> int:
        """What being a pair counts, whatever its points."""
        return self.unit * self.base - self.scale * self.least

    def of(self, counted: Numbers) -> Numbers:
        """Of each pair. Above nothing for every one that may count."""
        exact = counted if self.words else counted.astype(object)
        return (exact - self.least) // self.unit * self.scale + self.base

    def change(self, worth: int) -> Change:
        """What a difference of worth between two matches is made of."""
        if not self.scale:
            people, kept = _rounded(worth, self.base)
            return Change(people=people, kept=kept, points=0)
        if self.scale == 1:
            people, rest = _rounded(worth, self.base)
            kept, points = _rounded(rest, self.reward)
            return Change(people=people, kept=kept, points=points)
        kept, rest = _rounded(worth, self.reward)
        points, people = _rounded(rest, self.scale)
        return Change(people=people, kept=kept, points=points)

    def weigh(self, pairs: Pairs) -> "Weighed":
        """These pairs with what they are worth."""
        return Weighed(pairs=pairs, of=self.of(pairs.counted), reward=self.reward, load=pairs.balance.spread * self.scale // self.unit)


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """Pairs and what each `of` them is worth; what a floor's next person is worth; what a mentor's next place costs more than the last."""

    pairs: Pairs
    of: Numbers
    reward: int = 0
    load: int = 0

    def value(self, match: Longs) -> int:
        """What these pairs are worth together."""
        balance = self.pairs.balance
        burden = self.load and balance.burden(self.pairs.columns[match]) // balance.spread * self.load
        return exact_sum(self.of[match]) + self.reward * balance.kept_up(self.pairs.rows[match]) - burden

    def costs_of_places(self) -> Runs:
        """By mentor, how many places cost what."""
        places = self.pairs.places
        if not self.load:
            return Runs(of=np.arange(len(places)), count=places, cost=np.zeros(len(places), dtype=np.int64))
        columns = np.repeat(np.arange(len(places)), places)
        before = np.arange(len(columns)) - np.repeat(np.cumsum(places) - places, places)
        return Runs(of=columns, count=np.ones(len(columns), dtype=np.int64), cost=(self.pairs.balance.taken[columns] + before) * self.load)


def most_people_first(span: Span, most: int, balance: Balance, places: Longs) -> Worth:
    """A pair counts for more than all floors, and a floor for more than all points, that `most` pairs can gain or lose without it."""
    change = most * (span.highest + balance.heaviest(places))
    reward = change + 1 if balance.has_floors else 0
    base = most * reward + change + 1
    words = span.words and base + span.highest + abs(span.least) < WORDS
    return Worth(scale=1, base=base, least=span.least, unit=span.unit, reward=reward, words=words)


def most_points_first(span: Span, most: int, balance: Balance, places: Longs) -> Worth:
    """A pair counts for less than the smallest step in points can be. No pair may have less than no points."""
    scale = most + 1
    change = most * ((span.highest + balance.heaviest(places)) * scale + 1)
    reward = change + 1 if balance.has_floors else 0
    words = span.words and span.highest * scale + 1 + reward < WORDS
    return Worth(scale=scale, base=1, unit=span.unit, reward=reward, words=words)


def people_alone(most: int, balance: Balance) -> Worth:
    """Every pair counts the same, whatever its points, and for more than all floors."""
    return Worth(scale=0, base=most + 1, reward=1) if balance.has_floors else Worth(scale=0, base=1)


def _rounded(number: int, step: int) -> tuple[int, int]:
    """How many steps, to the nearest, and what is left, which may be less than nothing."""
    steps = (number + step // 2) // step if step else 0
    return steps, number - steps * step
