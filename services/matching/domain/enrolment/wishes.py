"""What somebody says about themselves when they enrol."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from services.matching.domain.hours import MOST_HOURS, Hours, spans
from services.matching.domain.programme import Programme
from services.matching.domain.vocabulary import MOST_TAGS, Role, Tag
from shared.errors import Invalid

LONGEST_ANSWER = 2_000


class Wishes(BaseModel):
    """What somebody says about themselves when they enrol. `capacity`: places of a mentor, the programme's default if not said."""

    model_config = ConfigDict(extra="forbid")

    capacity: int | None = None
    needs: list[Tag] = []
    strengths: list[Tag] = []
    goals: list[Tag] = []
    hours: list[Hours] = []
    answers: dict[str, str] = {}

    def check(self, role: Role, programme: Programme) -> None:
        """Raises Invalid, with the field, for what the programme cannot work with."""
        if role is not Role.PROTEGE and self.capacity is not None:
            programme.must_allow_places(self.capacity)
        tags: Mapping[str, Sequence[str]] = {"needs": self.needs, "strengths": self.strengths, "goals": self.goals}
        for name, words in tags.items():
            if len(words) > MOST_TAGS:
                raise Invalid(f"Name at most {MOST_TAGS}; the first counts most.", field=name)
        if len(self.hours) > MOST_HOURS:
            raise Invalid(f"At most {MOST_HOURS} times.", field="hours")
        try:
            spans(self.hours)
        except ValueError as error:
            raise Invalid(f"{error}.", field="hours") from error
        for question in programme.terms.questions:
            answer = self.answers.get(question.id, "").strip()
            if answer and (len(answer) > LONGEST_ANSWER or not question.accepts(answer)):
                raise Invalid("This is not an answer to the question.", field=f"answers.{question.id}")
        if unknown := set(self.answers) - {question.id for question in programme.terms.questions}:
            raise Invalid("The programme does not ask this.", field=f"answers.{min(unknown)}")

    def must_be_complete(self, role: Role, programme: Programme) -> None:
        """Raises Invalid for a required question without an answer."""
        for question in programme.terms.questions:
            if question.required and question.asks(role) and not self.answers.get(question.id, "").strip():
                raise Invalid("This question needs an answer.", field=f"answers.{question.id}")
