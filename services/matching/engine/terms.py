"""What a programme decides about its matching: what counts how much, what must not be, what is wished."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "choice", "number", "yes_no"]
Counts = Literal["same", "other", "close"]


@dataclass(frozen=True, kw_only=True)
class Weights:
    """How much each criterion counts, in whole numbers; only their proportion matters, also to those of a programme's own questions."""

    needs: int = 30
    """The protégé's needs met by the mentor's strengths."""
    learning: int = 10
    """What the mentor wants to learn met by the protégé's strengths."""
    goals: int = 20
    level: int = 15
    department: int = 0
    location: int = 15
    languages: int = 10
    hours: int = 0
    earlier_partners: int = 0
    waiting: int = 0


@dataclass(frozen=True, kw_only=True)
class HardRules:
    """What must not be, whatever the points. Who has not answered cannot be seen to keep a rule, and so breaks it."""

    never_own_line: bool = True
    shared_language: bool = True
    never_again: bool = True
    """Nobody gets a partner of before."""
    never_after_no: bool = True
    """Nobody gets somebody who has said no, or was told no."""
    least_shared_hours: int = 0
    """Hours a week both can meet; 0 for no rule."""
    most_hours_apart: int | None = None
    """Between the clocks of the two, in the worse of winter and summer, the shorter way round."""
    least_levels_above: int | None = None
    """How far the mentor must at least be above the protégé; less than nothing means below."""
    most_levels_above: int | None = None
    department: Literal["any", "same", "other"] = "any"


@dataclass(frozen=True, kw_only=True)
class Wished:
    """What is best in the criteria that programmes see differently."""

    levels_above: int = 2
    """How far the mentor should be above the protégé."""
    department: Literal["same", "other"] = "other"
    earlier_partners: Literal["prefer", "avoid"] = "avoid"
    shared_hours: int = 5
    """So many hours a week both can meet are enough."""
    days_waited: int = 90
    """Who has waited this long has waited longest."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question of the programme's own, and how its answers count: the protégé's to `protege` beside the mentor's to `mentor`."""

    id: str
    protege: str
    mentor: str
    kind: Kind
    counts: Counts
    weight: int = 0
    hard: bool = False
    within: float | None = None
    """Of numbers: this far apart they are as far from each other as can be; in a hard rule they may be this far apart."""
    protege_options: tuple[str, ...] = ()
    mentor_options: tuple[str, ...] = ()

    @property
    def criterion(self) -> str:
        """Its name among the criteria."""
        return f"question.{self.id}"


PARTS = 10_000
"""Normalised weights add up to this."""


def normalised(weights: Weights, questions: tuple[Question, ...]) -> dict[str, int]:
    """The share of each criterion that counts, in parts of `PARTS`. Raises ValueError if none does, or one counts less than nothing.

    A run keeps these beside its result: weights themselves would mean something else as soon as a criterion is added.
    """
    given = {**vars(weights), **{question.criterion: question.weight for question in questions}}
    if min(given.values()) < 0 or not any(given.values()):
        raise ValueError("At least one criterion must count, and none less than nothing.")
    return apportioned(PARTS, {name: weight for name, weight in given.items() if weight})


def apportioned(whole: int, parts: Mapping[str, int]) -> dict[str, int]:
    """A whole number divided in proportion, so that what comes out adds up to it (largest remainder; the first named wins among equals)."""
    total = sum(parts.values())
    if not total:
        return dict.fromkeys(parts, 0)
    shares = {name: whole * part // total for name, part in parts.items()}
    missing = whole - sum(shares.values())
    for name in sorted(parts, key=lambda name: -(whole * parts[name] % total))[:missing]:
        shares[name] += 1
    return shares
