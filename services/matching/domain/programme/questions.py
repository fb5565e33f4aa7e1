"""What a programme asks of people when they enrol."""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.matching.domain.programme.criteria import LARGEST_WEIGHT
from services.matching.domain.vocabulary import Role
from shared.errors import Invalid


class Question(BaseModel):
    """A question of the programme's own, asked at enrolment."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=60)
    label: str = Field(max_length=300)
    kind: Literal["text", "choice", "number", "yes_no"] = "text"
    options: list[str] = []
    for_role: Literal["protege", "mentor", "both"] = "both"
    required: bool = False
    counts: Literal["not", "same", "other", "close"] = Field(
        default="not", description="whether two fit who answer the same, or something else, or nearly the same"
    )
    against: str | None = Field(default=None, description="the question whose answer by the other side it counts against, if not this one")
    weight: int = Field(default=0, description="how much it counts among the criteria")
    hard: bool = Field(default=False, description="whether two whose answers do not fit must not be paired at all")
    within: float | None = Field(default=None, gt=0, description="of numbers that count as close: so far apart they no longer are")

    def asks(self, role: Role) -> bool:
        """Whether people in this role are asked; peers are both."""
        return self.for_role in {"both", role.value} or role is Role.PEER

    @property
    def matters(self) -> bool:
        """Whether its answers count in matching."""
        return self.counts != "not"

    def accepts(self, answer: str) -> bool:
        """Whether this is an answer to it."""
        match self.kind:
            case "choice":
                return answer in self.options
            case "number":
                return answer.removeprefix("-").replace(".", "", 1).isdecimal()
            case "yes_no":
                return answer in {"yes", "no"}
            case _:
                return True

    def problems_of_matching(self, other: "Question | None") -> Iterator[Invalid]:
        """What makes no sense in how it counts. `other`: the question it counts against, which may be itself."""
        if not 0 <= self.weight <= LARGEST_WEIGHT:
            yield Invalid(f"A weight is a whole number from 0 to {LARGEST_WEIGHT}.", field="weight")
        if not self.matters:
            if self.weight or self.hard or self.against:
                yield Invalid("Say how its answers count.", field="counts")
            return
        if other is None:
            yield Invalid("There is no such question.", field="against")
        elif other is self and self.for_role != "both":
            yield Invalid("Only one side is asked: name the question of the other side that it counts against.", field="against")
        elif other is not self and "both" not in {self.for_role, other.for_role} and self.for_role == other.for_role:
            yield Invalid("Both questions are asked of the same side.", field="against")
        elif other.kind != self.kind:
            yield Invalid("Answers of two kinds cannot be compared.", field="against")
        if self.hard and (self.kind == "text" or (self.counts == "close" and self.kind != "number")):
            yield Invalid("This is too vague to exclude anybody.", field="hard")
        if (self.counts == "close" and self.kind == "number") != (self.within is not None):
            yield Invalid("Numbers that count as close need a distance, and nothing else does.", field="within")
