"""What a programme's managers decide about it."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from services.matching.domain.programme.criteria import CriterionWeights, HardRules
from services.matching.domain.programme.questions import Question
from services.matching.domain.vocabulary import LARGEST_CAPACITY
from shared.errors import Invalid

MOST_QUESTIONS = 30
LONGEST_NAME = 120


class Terms(BaseModel):
    """What a programme's managers decide about it."""

    model_config = ConfigDict(extra="forbid")

    name: str
    starts_on: date
    ends_on: date
    default_capacity: int = 1
    questions: list[Question] = []
    weights: CriterionWeights = Field(default_factory=CriterionWeights)
    rules: HardRules = Field(default_factory=HardRules)

    def check(self) -> None:
        """Raises Invalid, with the field, for terms that make no sense."""
        if not self.name.strip() or len(self.name) > LONGEST_NAME:
            raise Invalid(f"A programme needs a name of at most {LONGEST_NAME} characters.", field="name")
        if self.ends_on <= self.starts_on:
            raise Invalid("A programme must end after it begins.", field="ends_on")
        if not 1 <= self.default_capacity <= LARGEST_CAPACITY:
            raise Invalid(f"A mentor has between 1 and {LARGEST_CAPACITY} places.", field="default_capacity")
        self._check_weights()
        self._check_questions()

    def _check_weights(self) -> None:
        weights = self.weights.model_dump()
        for name, weight in weights.items():
            most = 100
            if not 0 <= weight <= most:
                raise Invalid(f"A weight is a whole number from 0 to {most}.", field=f"weights.{name}")
        if not any(weights.values()):
            raise Invalid("At least one criterion must count.", field="weights")

    def _check_questions(self) -> None:
        if len(self.questions) > MOST_QUESTIONS:
            raise Invalid(f"A programme asks at most {MOST_QUESTIONS} questions.", field="questions")
        if len({question.id for question in self.questions}) < len(self.questions):
            raise Invalid("Two questions have the same id.", field="questions")
        for place, question in enumerate(self.questions):
            if not question.label.strip():
                raise Invalid("A question needs words.", field=f"questions.{place}.label")
            fewest = 2
            if question.kind == "choice" and len(set(question.options)) < fewest:
                raise Invalid("A choice needs at least two different options.", field=f"questions.{place}.options")
