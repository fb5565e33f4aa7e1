"""What a match is checked with: all pairs there are, the proof that comes with it, and what is said of it in the end."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from services.matching.engine.balance import Balance
from services.matching.engine.pairs import Longs, Numbers, Pairs


class Whole(Protocol):
    """All pairs there are, of everybody, in as many parts as memory asks for."""

    @property
    def proteges(self) -> tuple[str, ...]: ...
    @property
    def mentors(self) -> tuple[str, ...]: ...
    @property
    def places(self) -> Longs: ...
    @property
    def balance(self) -> Balance: ...

    def parts(self) -> Iterable[Pairs]:
        """Each pair in one of them."""
        ...

    def formed(self, match: Longs) -> Pairs:
        """The pairs of a match."""
        ...


@dataclass(frozen=True, kw_only=True)
class Bound:
    """No match counts more than `most`. The pairs it is about count from `least` to `highest` points, in multiples of `step`."""

    most: int
    least: int
    highest: int
    step: int


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Prices and bonuses, and for which pairs they are: those with a place and at least so many points, where `least` is given."""

    prices: Numbers
    bonuses: Numbers
    scale: int
    pair: int
    reward: int = 0
    least: int | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What proves a match in its mode. `people`: nobody pairs more; `worst`: nobody with more than these points in each pair as many."""

    mode: str
    total: Proof
    people: Proof | None = None
    worst: Proof | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a match reaches and what could be reached.

    `kept`: how many of those whom the floors ask for are paired. `value`: the points as they count, with what somebody has earned and less
    what full mentors cost. Upper bounds: of `kept` with as many people; of `value` with that too, and with the least of points as here.
    """

    matched: int
    total_points: int
    smallest_points: int | None
    kept: int
    value: int
    matched_upper_bound: int
    kept_upper_bound: int
    upper_bound: int
    optimal: bool
