"""What a programme's managers decide about it."""

from collections.abc import Iterator
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from services.matching.domain.programme.criteria import CriterionWeights, HardRules, Wished
from services.matching.domain.programme.questions import Question
from services.matching.domain.programme.self_service import SelfService
from services.matching.domain.vocabulary import LARGEST_CAPACITY, Tag
from shared.errors import Invalid

MOST_QUESTIONS = 30
LONGEST_NAME = 120
MOST_ALIASES = 500


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
    wished: Wished = Field(default_factory=Wished)
    aliases: list[list[Tag]] = Field(default=[], description="groups of words that mean what the first of each does")
    compare_meanings: bool = Field(default=True, description="whether a language model, which knows English, is asked how near words are")
    no_aliases: list[Tag] = Field(default=[], description="words that here mean nothing but themselves")
    self_service: SelfService = Field(default_factory=SelfService)

    def check(self) -> None:
        """Raises Invalid, with the field, for terms that make no sense."""
        if not self.name.strip() or len(self.name) > LONGEST_NAME:
            raise Invalid(f"A programme needs a name of at most {LONGEST_NAME} characters.", field="name")
        if self.ends_on <= self.starts_on:
            raise Invalid("A programme must end after it begins.", field="ends_on")
        if not 1 <= self.default_capacity <= LARGEST_CAPACITY:
            raise Invalid(f"A mentor has between 1 and {LARGEST_CAPACITY} places.", field="default_capacity")
        self._check_questions()
        for problem in self.problems_of_matching():
            raise problem
        self.self_service.check()

    def problems_of_matching(self) -> Iterator[Invalid]:
        """What makes no sense in how people are matched, by field."""
        yield from self.weights.problems()
        yield from self.rules.problems()
        yield from self.wished.problems()
        if not any(weight for _, weight in self.weights) and not any(question.weight for question in self.questions):
            yield Invalid("At least one criterion must count.", field="weights")
        by_id = {question.id: question for question in self.questions}
        for place, question in enumerate(self.questions):
            for problem in question.problems_of_matching(by_id.get(question.against or question.id)):
                yield Invalid(str(problem), field=f"questions.{place}.{problem.field}")
        if len(self.aliases) > MOST_ALIASES or len(self.no_aliases) > MOST_ALIASES:
            yield Invalid(f"At most {MOST_ALIASES} of these.", field="aliases" if len(self.aliases) > MOST_ALIASES else "no_aliases")
        for place, group in enumerate(self.aliases):
            fewest = 2
            if not fewest <= len(group) <= MOST_ALIASES:
                yield Invalid("A group has at least two words that mean the same.", field=f"aliases.{place}")

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
