"""Who may enrol in a programme, when, and who is taken in at once: rules on what the company knows of people."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.matching.domain.person import Person
from services.matching.domain.vocabulary import Role
from shared.errors import Invalid

MOST_RULES = 20
MOST_VALUES = 200


class PersonRule(BaseModel):
    """What must be so of a person. What nobody knows of somebody is in no list and on no level."""

    model_config = ConfigDict(extra="forbid")

    field: Literal["department", "location", "zone", "language", "level"]
    one_of: list[str] = Field(default=[], description="one of these must be so, in any spelling of capitals")
    none_of: list[str] = Field(default=[], description="none of these may be so")
    at_least: int | None = Field(default=None, description="of levels: this one or higher")
    at_most: int | None = Field(default=None, description="of levels: this one or lower")
    for_role: Literal["protege", "mentor", "both"] = "both"

    def concerns(self, role: Role) -> bool:
        """Whether people in this role are held to it; peers are both."""
        return self.for_role in {"both", role.value} or role is Role.PEER

    def holds_for(self, person: Person) -> bool:
        """Whether it is so."""
        if self.field == "level":
            return person.level > 0 and (self.at_least or 0) <= person.level <= (self.at_most or person.level)
        values = person.languages if self.field == "language" else (str(getattr(person, self.field)),)
        known = {value.strip().casefold() for value in values}
        wanted, unwanted = ({value.casefold() for value in values} for values in (self.one_of, self.none_of))
        return (not wanted or bool(known & wanted)) and not known & unwanted

    def __str__(self) -> str:
        """The rule in a sentence."""
        parts = [
            f"one of {', '.join(self.one_of)}" if self.one_of else "",
            f"none of {', '.join(self.none_of)}" if self.none_of else "",
            f"at least {self.at_least}" if self.at_least is not None else "",
            f"at most {self.at_most}" if self.at_most is not None else "",
        ]
        return f"The {self.field} must be {' and '.join(part for part in parts if part)}."

    def problems(self, place: str) -> Iterator[Invalid]:
        """What makes no sense in it, by field."""
        levels = {name: level for name in ("at_least", "at_most") if (level := getattr(self, name)) is not None}
        if self.field == "level" and (self.one_of or self.none_of):
            yield Invalid("Levels are numbers: say at_least, at_most or both.", field=f"{place}.field")
        elif self.field != "level" and levels:
            yield Invalid("Only levels have a least and a most: say one_of, none_of or both.", field=f"{place}.field")
        elif not (levels or self.one_of or self.none_of):
            yield Invalid("Say what must be so, or leave the rule out.", field=f"{place}.field")
        for name, level in levels.items():
            if level < 1:
                yield Invalid("A level is a whole number, 1 or more.", field=f"{place}.{name}")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            yield Invalid("Nobody is on a level that is at least this and at most that.", field=f"{place}.at_most")
        for name, values in (("one_of", self.one_of), ("none_of", self.none_of)):
            if len(values) > MOST_VALUES or any(not value.strip() for value in values):
                yield Invalid(f"At most {MOST_VALUES}, and none of them empty.", field=f"{place}.{name}")
        if both := {value.casefold() for value in self.one_of} & {value.casefold() for value in self.none_of}:
            yield Invalid(f"“{min(both)}” is wanted and unwanted.", field=f"{place}.none_of")


class Admission(BaseModel):
    """How people get into a programme. Managers can enrol somebody at any time, as an exception that stays visible."""

    model_config = ConfigDict(extra="forbid")

    opens_on: date | None = Field(
        default=None, description="people can enrol from this day on; from the opening of the programme if not said"
    )
    closes_on: date | None = Field(default=None, description="the last day to enrol; whoever comes later is late")
    late_joiners: Literal["waiting_list", "refused"] = Field(
        default="waiting_list", description="whether those who are late wait for a free place, or are refused"
    )
    approval: Literal["by_hand", "by_rule"] = Field(
        default="by_hand", description="by_rule: whoever fits approve_if takes part at once, and managers decide on the others"
    )
    only: list[PersonRule] = Field(default=[], description="who may enrol: all of these must be so")
    approve_if: list[PersonRule] = Field(
        default=[], description="who takes part at once: all of these must be so; everybody if there are none"
    )

    def unmet(self, person: Person, role: Role) -> list[PersonRule]:
        """The rules by which this person may not enrol."""
        return _broken(self.only, person, role)

    def admits_at_once(self, person: Person, role: Role) -> bool:
        """Whether no manager need look at this one."""
        return self.approval == "by_rule" and not _broken(self.approve_if, person, role)

    def problems(self) -> Iterator[Invalid]:
        """What makes no sense in it, by field."""
        if self.approve_if and self.approval == "by_hand":
            yield Invalid("These rules approve nobody as long as approval is by hand.", field="enrolment.approve_if")
        for name, rules in (("only", self.only), ("approve_if", self.approve_if)):
            if len(rules) > MOST_RULES:
                yield Invalid(f"At most {MOST_RULES} rules.", field=f"enrolment.{name}")
            for place, rule in enumerate(rules):
                yield from rule.problems(f"enrolment.{name}.{place}")


def _broken(rules: Sequence[PersonRule], person: Person, role: Role) -> list[PersonRule]:
    return [rule for rule in rules if rule.concerns(role) and not rule.holds_for(person)]
