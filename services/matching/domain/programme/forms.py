"""The forms a programme and its partnerships can have, and what it calls its people."""

from collections.abc import Iterator
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from shared.errors import Invalid

LONGEST_WORD = 40
MOST_ROUNDS = 20


class ProgrammeKind(StrEnum):
    """A cohort begins and ends together; one that is always open has no last day."""

    COHORT = "cohort"
    ALWAYS_OPEN = "always_open"


class PartnershipForm(StrEnum):
    """Who comes together: two, a group, two for one meeting, two of a kind, or two of whom the younger in rank is the mentor."""

    ONE_TO_ONE = "one_to_one"
    CIRCLE = "circle"
    FLASH = "flash"
    PEER = "peer"
    REVERSE = "reverse"


class CircleSize(BaseModel):
    """How many protégés a mentor's circle has."""

    model_config = ConfigDict(extra="forbid")

    smallest: int = Field(default=3, description="a circle with fewer does not begin")
    largest: int = Field(default=6, description="how many a circle takes")


class Flash(BaseModel):
    """Rounds of short meetings: in each of them everybody meets one other at most, and nobody the same one twice."""

    model_config = ConfigDict(extra="forbid")

    meetings: int = Field(default=3, description="how many short meetings each protégé has")
    rounds: int = Field(default=3, description="in how many rounds they are held")

    def problems(self) -> Iterator[Invalid]:
        """What makes no sense in it, by field."""
        if not 1 <= self.rounds <= MOST_ROUNDS:
            yield Invalid(f"Between 1 and {MOST_ROUNDS} rounds.", field="flash.rounds")
        elif not 1 <= self.meetings <= self.rounds:
            yield Invalid(f"With {self.rounds} rounds each protégé has between 1 and {self.rounds} meetings.", field="flash.meetings")


class Called(BaseModel):
    """What a programme calls its people on its screens; the usual words of the reader's language where nothing is said."""

    model_config = ConfigDict(extra="forbid")

    protege: str = Field(default="", description="one protégé, for example mentee")
    proteges: str = Field(default="", description="several, for example mentees")
    mentor: str = Field(default="", description="one mentor, for example coach")
    mentors: str = Field(default="", description="several, for example coaches")

    def problems(self) -> Iterator[Invalid]:
        """What makes no sense in it, by field."""
        for name, word in self:
            if len(word) > LONGEST_WORD or word != word.strip():
                yield Invalid(f"A word of at most {LONGEST_WORD} characters.", field=f"called.{name}")
        for one, several in (("protege", "proteges"), ("mentor", "mentors")):
            if bool(getattr(self, one)) is not bool(getattr(self, several)):
                yield Invalid(
                    "Say the word for one and the word for several.", field=f"called.{one if getattr(self, several) else several}"
                )
