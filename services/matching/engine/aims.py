"""What a programme asks of a match, besides that it keeps the rules and has the best points."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from services.matching.engine.modes import Mode

Side = Literal["protege", "mentor"]

WHOLE = 100
MOST_BONUS = 1_000_000
"""No bonus may be larger: a hundred perfect pairs."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of the two has named the other; rank 1 is first. It counts only where no rule forbids the pair."""

    protege_id: str
    mentor_id: str
    by: Side
    rank: int

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ValueError("A rank is a whole number; 1 is the first choice.")


@dataclass(frozen=True, kw_only=True)
class Aims:
    """What comes first, and what counts beside points. Raises ValueError, with a sentence, for numbers that cannot be."""

    mode: Mode = Mode.MOST_PEOPLE
    floors: Mapping[str, int] = field(default_factory=dict)
    """By group of protégés, how many in a hundred are to be paired, if that can be."""
    spread: int = 0
    """By how many points each further protégé of one mentor counts less than the one before."""
    stickiness: int | None = None
    """By how many points a running pair counts more than its own; None: running pairs stay."""
    first_choice: int = 1_500
    """How many points a first choice counts more; a second half of that, a third a third."""
    seed: int = 0
    """Decides between equals."""

    def __post_init__(self) -> None:
        if any(not 0 <= floor <= WHOLE for floor in self.floors.values()):
            raise ValueError("A floor is from 0 to 100 in a hundred of its group.")
        if not all(0 <= bonus <= MOST_BONUS for bonus in (self.spread, self.stickiness or 0, self.first_choice)):
            raise ValueError(f"What counts beside points is from 0 to {MOST_BONUS:,} points.")

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Aims":
        """What `vars` of one gives."""
        return cls(**{**document, "mode": Mode(document["mode"])})
