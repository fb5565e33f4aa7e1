"""What a programme's managers decide about it."""

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.matching.domain.programme.admission import Admission
from services.matching.domain.programme.criteria import CriterionWeights, HardRules, Wished
from services.matching.domain.programme.forms import Called, CircleSize, Flash, PartnershipForm, ProgrammeKind
from services.matching.domain.programme.questions import Question
from services.matching.domain.programme.self_service import SelfService
from services.matching.domain.vocabulary import LARGEST_CAPACITY, Role, Tag
from shared.errors import Invalid

MOST_QUESTIONS = 30
LONGEST_NAME = 120
MOST_ALIASES = 500
MOST_WEEKS = 520
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
USUAL_WEEKS = 52
FLASH_WEEKS = 4
_OF_COHORTS = frozenset({"enrolment.closes_on", "matching_on", "ends_on"})


class Terms(BaseModel):
    """What a programme's managers decide about it."""

    model_config = ConfigDict(extra="forbid")

    name: str
    kind: ProgrammeKind = Field(default=ProgrammeKind.COHORT, description="cohort, or always_open: without a last day")
    form: PartnershipForm = Field(default=PartnershipForm.ONE_TO_ONE, description="one_to_one, circle, flash, peer or reverse")
    starts_on: date = Field(description="the first day")
    ends_on: date | None = Field(default=None, description="the last day of a cohort")
    matching_on: date | None = Field(default=None, description="the day on which a cohort is matched")
    default_capacity: int = Field(default=1, description="places of a mentor who says nothing")
    largest_capacity: int = Field(default=LARGEST_CAPACITY, description="the most places a mentor can offer")
    circle: CircleSize = Field(default_factory=CircleSize)
    flash: Flash = Field(default_factory=Flash)
    partnership_weeks: int | None = Field(
        default=None,
        description=f"how long a partnership lasts: if not said, until the last day, or {USUAL_WEEKS} weeks ({FLASH_WEEKS} for flash)",
    )
    free_places: Literal["by_hand", "offered"] = Field(
        default="by_hand", description="whether a place that becomes free is offered to the first in the queue, or given by hand"
    )
    called: Called = Field(default_factory=Called)
    enrolment: Admission = Field(default_factory=Admission)
    questions: list[Question] = []
    weights: CriterionWeights = Field(default_factory=CriterionWeights)
    rules: HardRules = Field(default_factory=HardRules)
    wished: Wished = Field(default_factory=Wished)
    aliases: list[list[Tag]] = Field(default=[], description="groups of words that mean what the first of each does")
    compare_meanings: bool = Field(default=True, description="whether a language model, which knows English, is asked how near words are")
    no_aliases: list[Tag] = Field(default=[], description="words that here mean nothing but themselves")
    self_service: SelfService = Field(default_factory=SelfService)

    # ------------------------------------------------------------ what follows from it

    @property
    def enrols_as(self) -> tuple[Role, ...]:
        """What people can enrol as."""
        return (Role.PEER,) if self.form is PartnershipForm.PEER else (Role.PROTEGE, Role.MENTOR)

    @property
    def usual_places(self) -> int:
        """Places of a mentor who says nothing."""
        match self.form:
            case PartnershipForm.CIRCLE:
                return self.circle.largest
            case PartnershipForm.FLASH:
                return min(self.flash.rounds, self.largest_capacity)
            case _:
                return self.default_capacity

    @property
    def most_places(self) -> int:
        """The most places a mentor can offer."""
        return self.circle.largest if self.form is PartnershipForm.CIRCLE else self.largest_capacity

    @property
    def meetings(self) -> int | None:
        """How many short meetings each protégé has; None where partnerships are not short."""
        return self.flash.meetings if self.form is PartnershipForm.FLASH else None

    def is_over(self, day: date) -> bool:
        """Whether its last day has passed."""
        return self.ends_on is not None and self.ends_on < day

    def is_late(self, day: date) -> bool:
        """Whether somebody who enrols on this day comes after the others of the cohort."""
        last = self.enrolment.closes_on or self.matching_on
        return self.kind is ProgrammeKind.COHORT and last is not None and day > last

    def partnership_ends_on(self, started_on: date) -> date:
        """The last day of a partnership that starts on this day."""
        weeks = self.partnership_weeks or (
            FLASH_WEEKS if self.form is PartnershipForm.FLASH else USUAL_WEEKS if self.ends_on is None else None
        )
        by_weeks = started_on + timedelta(weeks=weeks) if weeks else None
        return min(day for day in (by_weeks, self.ends_on) if day is not None)

    # ------------------------------------------------------------ whether it makes sense

    def check(self) -> None:
        """Raises Invalid, with the field, for terms that make no sense."""
        for problem in self.problems():
            raise problem

    def problems(self) -> Iterator[Invalid]:
        """Everything that makes no sense, by field."""
        if not self.name.strip() or len(self.name) > LONGEST_NAME:
            yield Invalid(f"A programme needs a name of at most {LONGEST_NAME} characters.", field="name")
        yield from self._problems_of_days()
        yield from self._problems_of_partnerships()
        yield from self.called.problems()
        yield from self.enrolment.problems()
        yield from self.self_service.problems()
        yield from self._problems_of_questions()
        yield from self.problems_of_matching()

    def _problems_of_days(self) -> Iterator[Invalid]:
        days = {
            "enrolment.opens_on": self.enrolment.opens_on,
            "enrolment.closes_on": self.enrolment.closes_on,
            "matching_on": self.matching_on,
            "ends_on": self.ends_on,
        }
        given = [(field, day) for field, day in days.items() if day is not None]
        for field, day in [("starts_on", self.starts_on), *given]:
            if not FIRST_DAY <= day <= LAST_DAY:
                yield Invalid(f"A day between {FIRST_DAY.year} and {LAST_DAY.year}.", field=field)
        if self.kind is ProgrammeKind.ALWAYS_OPEN:
            yield from (
                Invalid("A programme that is always open has no such day.", field=field) for field, _ in given if field in _OF_COHORTS
            )
        elif self.ends_on is None:
            yield Invalid("A cohort needs a last day.", field="ends_on")
        elif self.ends_on <= self.starts_on:
            yield Invalid("A programme must end after it begins.", field="ends_on")
        else:
            for (_, earlier), (field, day) in itertools.pairwise(given):
                if day < earlier:
                    yield Invalid("Enrolment opens, then closes, then people are matched, then the programme ends.", field=field)

    def _problems_of_partnerships(self) -> Iterator[Invalid]:
        if not 1 <= self.largest_capacity <= LARGEST_CAPACITY:
            yield Invalid(f"A mentor has between 1 and {LARGEST_CAPACITY} places.", field="largest_capacity")
        elif not 1 <= self.default_capacity <= self.largest_capacity:
            yield Invalid(f"A mentor has between 1 and {self.largest_capacity} places.", field="default_capacity")
        if self.partnership_weeks is not None and not 1 <= self.partnership_weeks <= MOST_WEEKS:
            yield Invalid(f"A partnership lasts between 1 and {MOST_WEEKS} weeks.", field="partnership_weeks")
        if self.form is PartnershipForm.PEER and self.free_places == "offered":
            yield Invalid("Among peers places are given by hand or by a run.", field="free_places")
        yield from self.flash.problems()
        fewest = 2
        if not fewest <= self.circle.smallest <= LARGEST_CAPACITY:
            yield Invalid(f"A circle has between {fewest} and {LARGEST_CAPACITY} protégés.", field="circle.smallest")
        elif not self.circle.smallest <= self.circle.largest <= LARGEST_CAPACITY:
            yield Invalid(f"The largest circle has between {self.circle.smallest} and {LARGEST_CAPACITY} protégés.", field="circle.largest")

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

    def _problems_of_questions(self) -> Iterator[Invalid]:
        if len(self.questions) > MOST_QUESTIONS:
            yield Invalid(f"A programme asks at most {MOST_QUESTIONS} questions.", field="questions")
        if len({question.id for question in self.questions}) < len(self.questions):
            yield Invalid("Two questions have the same id.", field="questions")
        for place, question in enumerate(self.questions):
            if not question.label.strip():
                yield Invalid("A question needs words.", field=f"questions.{place}.label")
            fewest = 2
            if question.kind == "choice" and len(set(question.options)) < fewest:
                yield Invalid("A choice needs at least two different options.", field=f"questions.{place}.options")
