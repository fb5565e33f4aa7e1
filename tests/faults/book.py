"""What was tried under load, and what became of it: done, refused, or not known."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What the one who asked knows afterwards."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Attempt:
    """One thing somebody tried. `mark` is in what it wrote, and in nothing else."""

    kind: str
    mark: str
    outcome: Outcome
    subject: str = ""
    """The id that the service answered, or the thing it was done to."""
    at: float = 0.0


@dataclass
class Book:
    """Everything that was tried."""

    attempts: list[Attempt] = field(default_factory=list)

    def counts(self) -> Counter[Outcome]:
        return Counter(attempt.outcome for attempt in self.attempts)

    def of(self, kind: str) -> list[Attempt]:
        return [attempt for attempt in self.attempts if attempt.kind == kind]

    def done_between(self, since: float, until: float) -> int:
        """How many things were answered with yes in a time."""
        return sum(attempt.outcome is Outcome.DONE and since <= attempt.at <= until for attempt in self.attempts)
