"""What a programme asks of people when they enrol."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.matching.domain.vocabulary import Role


class Question(BaseModel):
    """A question of the programme's own, asked at enrolment."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=60)
    label: str = Field(max_length=300)
    kind: Literal["text", "choice", "number", "yes_no"] = "text"
    options: list[str] = []
    for_role: Literal["protege", "mentor", "both"] = "both"
    required: bool = False

    def asks(self, role: Role) -> bool:
        """Whether people in this role are asked."""
        return self.for_role in {"both", role.value}

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
