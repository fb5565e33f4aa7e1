"""What a programme matches by: what counts how much, what must not be, what is wished. The engine's words are the same."""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.errors import Invalid

LARGEST_WEIGHT = 100
MOST_LEVELS = 99
HOURS_A_WEEK = 168
HALF_A_DAY = 12
LONGEST_WAIT = 9_999


class CriterionWeights(BaseModel):
    """How much each criterion counts, from 0 (not at all) to 100; only their proportion matters, also to those of the own questions."""

    model_config = ConfigDict(extra="forbid")

    needs: int = Field(default=30, description="the protégé's needs met by the mentor's strengths")
    learning: int = Field(default=10, description="what the mentor wants to learn met by the protégé's strengths")
    goals: int = 20
    level: int = 15
    department: int = 0
    location: int = Field(default=15, description="the same place, or working hours in common")
    languages: int = 10
    hours: int = Field(default=0, description="hours of the week in which both can meet")
    earlier_partners: int = 0
    waiting: int = Field(default=0, description="how long a protégé has waited")

    def problems(self) -> Iterator[Invalid]:
        """What makes no sense in it, by field."""
        for name, weight in self:
            if not 0 <= weight <= LARGEST_WEIGHT:
                yield Invalid(f"A weight is a whole number from 0 to {LARGEST_WEIGHT}.", field=f"weights.{name}")


class HardRules(BaseModel):
    """What must not be, whatever the points. Who has not answered cannot be seen to keep a rule, and so breaks it."""

    model_config = ConfigDict(extra="forbid")

    never_own_line: bool = True
    shared_language: bool = True
    never_again: bool = Field(default=True, description="nobody gets a partner of before")
    never_after_no: bool = Field(default=True, description="nobody gets somebody who has said no, or was told no")
    least_shared_hours: int = Field(default=0, description="hours of the week in which both can meet; 0 for no such rule")
    most_hours_apart: int | None = Field(default=None, description="between their clocks, in the worse of winter and summer")
    least_levels_above: int | None = Field(default=None, description="how far the mentor must be above the protégé; below 0: under")
    most_levels_above: int | None = None
    department: Literal["any", "same", "other"] = "any"

    def problems(self) -> Iterator[Invalid]:
        """What makes no sense in it, by field."""
        if not 0 <= self.least_shared_hours <= HOURS_A_WEEK:
            yield Invalid(f"A week has {HOURS_A_WEEK} hours.", field="rules.least_shared_hours")
        if self.most_hours_apart is not None and not 0 <= self.most_hours_apart <= HALF_A_DAY:
            yield Invalid(f"No two clocks are more than {HALF_A_DAY} hours apart.", field="rules.most_hours_apart")
        least, most = self.least_levels_above, self.most_levels_above
        for name, levels in (("least_levels_above", least), ("most_levels_above", most)):
            if levels is not None and abs(levels) > MOST_LEVELS:
                yield Invalid(f"Levels are at most {MOST_LEVELS} apart.", field=f"rules.{name}")
        if least is not None and most is not None and least > most:
            yield Invalid("No mentor can be so far above and so near at once.", field="rules.most_levels_above")


class Wished(BaseModel):
    """What is best in the criteria that programmes see differently."""

    model_config = ConfigDict(extra="forbid")

    levels_above: int = Field(default=2, description="how far the mentor should be above the protégé; below 0: under")
    department: Literal["same", "other"] = "other"
    earlier_partners: Literal["prefer", "avoid"] = "avoid"
    shared_hours: int = Field(default=5, description="so many hours a week in which both can meet are enough")
    days_waited: int = Field(default=90, description="who has waited this long has waited longest")

    def problems(self) -> Iterator[Invalid]:
        """What makes no sense in it, by field."""
        if abs(self.levels_above) > MOST_LEVELS:
            yield Invalid(f"Levels are at most {MOST_LEVELS} apart.", field="wished.levels_above")
        if not 1 <= self.shared_hours <= HOURS_A_WEEK:
            yield Invalid(f"A whole number from 1 to {HOURS_A_WEEK}.", field="wished.shared_hours")
        if not 1 <= self.days_waited <= LONGEST_WAIT:
            yield Invalid(f"A whole number from 1 to {LONGEST_WAIT}.", field="wished.days_waited")
