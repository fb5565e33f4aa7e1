"""A mentoring programme: what it asks of people, and how it matches them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from services.matching.domain.vocabulary import LARGEST_CAPACITY, NotItsProgrammeManager, Role
from shared.aggregate import Aggregate, new_id
from shared.contracts.matching import ProgrammeClosed, ProgrammeOpened, ProgrammeRevised
from shared.errors import Invalid, NotAllowed, Rejected

OPENERS = frozenset({"programme_manager", "administrator"})
MOST_QUESTIONS = 30
LONGEST_NAME = 120


class ProgrammeState(StrEnum):
    """A draft is seen by its managers only; an open one takes people; a closed one lets its partnerships end."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


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


class CriterionWeights(BaseModel):
    """How much each criterion counts, from 0 (not at all) to 100; only their proportion matters."""

    model_config = ConfigDict(extra="forbid")

    needs: int = 40
    goals: int = 20
    level: int = 15
    location: int = 15
    languages: int = 10


class HardRules(BaseModel):
    """What must not be, whatever the points."""

    model_config = ConfigDict(extra="forbid")

    never_own_line: bool = True
    shared_language: bool = True


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


class Programme(Aggregate):
    """A programme and who manages it."""

    terms: Terms
    manager_ids: list[str]
    state: ProgrammeState = ProgrammeState.DRAFT

    @classmethod
    def draft(cls, terms: Terms, by: str, roles: frozenset[str]) -> Self:
        """A new programme, managed by whoever makes it. Raises MayNotOpenProgrammes or Invalid."""
        if not roles & OPENERS:
            raise MayNotOpenProgrammes
        terms.check()
        return cls(id=new_id(), terms=terms, manager_ids=[by])

    def revise(self, terms: Terms, by: str, at: datetime) -> None:
        """Decide anew. What has been matched stays as it is."""
        self.must_be_managed_by(by)
        if self.state is ProgrammeState.CLOSED:
            raise ProgrammeNotOpen
        terms.check()
        self.terms = terms
        self._tell_if_open(at)

    def open(self, by: str, at: datetime) -> None:
        """Let people enrol. Raises Invalid if its last day has passed."""
        self.must_be_managed_by(by)
        if self.state is not ProgrammeState.DRAFT:
            raise AlreadyOpened
        if self.terms.ends_on < at.date():
            raise Invalid("The programme's last day has passed.", field="ends_on")
        self.state = ProgrammeState.OPEN
        self.record(ProgrammeOpened(**self._facts(at)))

    def close(self, by: str, at: datetime) -> None:
        """Take nobody any more. Running partnerships go on."""
        self.must_be_managed_by(by)
        self.must_be_open()
        self.state = ProgrammeState.CLOSED
        self.record(ProgrammeClosed(**self._facts(at)))

    def add_manager(self, person_id: str, by: str, roles: frozenset[str], at: datetime) -> None:
        """Share the work. An administrator can do this too, so that no programme is without anybody."""
        if "administrator" not in roles:
            self.must_be_managed_by(by)
        if person_id not in self.manager_ids:
            self.manager_ids.append(person_id)
            self._tell_if_open(at)

    def must_be_managed_by(self, person_id: str) -> None:
        """Raises NotItsProgrammeManager."""
        if person_id not in self.manager_ids:
            raise NotItsProgrammeManager

    def must_be_open(self) -> None:
        """Raises ProgrammeNotOpen."""
        if self.state is not ProgrammeState.OPEN:
            raise ProgrammeNotOpen

    def _tell_if_open(self, at: datetime) -> None:
        """Nobody has heard of a draft, so nobody need hear that it changed."""
        if self.state is ProgrammeState.OPEN:
            self.record(ProgrammeRevised(**self._facts(at)))

    def _facts(self, at: datetime) -> "dict[str, object]":
        return {
            "programme_id": self.id,
            "name": self.terms.name,
            "starts_on": self.terms.starts_on,
            "ends_on": self.terms.ends_on,
            "manager_ids": tuple(self.manager_ids),
            "at": at,
        }


class MayNotOpenProgrammes(NotAllowed):
    """Only programme managers and administrators can set up programmes."""


class ProgrammeNotOpen(Rejected):
    """The programme is not open."""


class AlreadyOpened(Rejected):
    """The programme has been opened already."""
