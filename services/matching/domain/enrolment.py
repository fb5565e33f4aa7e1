"""An enrolment: somebody's part in a programme, what they say about themselves, and, of a mentor, the places."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from services.matching.domain.hours import MOST_HOURS, Hours, spans
from services.matching.domain.person import Person
from services.matching.domain.programme import Programme
from services.matching.domain.vocabulary import LARGEST_CAPACITY, MOST_TAGS, NoPlaceLeft, Role, Tag
from shared.aggregate import Aggregate, new_id
from shared.contracts.matching import EnrolmentApproved, EnrolmentDeclined, EnrolmentRequested, EnrolmentWithdrawn
from shared.errors import Invalid, NotAllowed, Rejected

LONGEST_ANSWER = 2_000


class EnrolmentState(StrEnum):
    """Requested until a manager has looked at it; only approved ones are matched."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


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
        if role is Role.MENTOR and self.capacity is not None and not 1 <= self.capacity <= LARGEST_CAPACITY:
            raise Invalid(f"A mentor has between 1 and {LARGEST_CAPACITY} places.", field="capacity")
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


class Enrolment(Aggregate):
    """One person in one role in one programme. A mentor's `places_taken` is the guard of capacity, whatever way a partnership begins."""

    programme_id: str
    person_id: str
    role: Role
    state: EnrolmentState = EnrolmentState.REQUESTED
    capacity: int = 1
    needs: list[str] = Field(default_factory=list)
    strengths: list[str] = Field(default_factory=list)
    goals: list[str] = Field(default_factory=list)
    hours: list[str] = Field(default_factory=list)
    answers: dict[str, str] = Field(default_factory=dict)
    requested_at: datetime
    put_back_at: datetime | None = None
    """When this one was put back first in the queue because another said no."""
    places_taken: int = 0
    partnership_id: str | None = None
    completed: bool = False
    """A protégé whose partnership has reached its end waits for no other."""

    @classmethod
    def request(cls, programme: Programme, person: Person, role: Role, wishes: Wishes, *, by: str, at: datetime) -> Self:
        """Ask to take part; a manager can ask for somebody else, and need not know the answers to the programme's questions."""
        if by == person.id:
            wishes.must_be_complete(role, programme)
        else:
            programme.must_be_managed_by(by)
        programme.must_be_open()
        person.must_be_active()
        enrolment = cls(id=new_id(), programme_id=programme.id, person_id=person.id, role=role, requested_at=at)
        enrolment._take_over(wishes, programme)
        enrolment.record(EnrolmentRequested(**enrolment._facts(at)))
        return enrolment

    def revise(self, programme: Programme, wishes: Wishes, *, by: str) -> None:
        """Say it anew; the next run goes by it."""
        self._must_be_mine_or_managed(programme, by)
        self._must_be(EnrolmentState.REQUESTED, EnrolmentState.APPROVED)
        if by == self.person_id:
            wishes.must_be_complete(self.role, programme)
        self._take_over(wishes, programme)

    def differs(self, programme: Programme, wishes: Wishes) -> bool:
        """Whether `revise` would change anything."""
        return any(getattr(self, name) != value for name, value in self._said(wishes, programme).items())

    def _take_over(self, wishes: Wishes, programme: Programme) -> None:
        for name, value in self._said(wishes, programme).items():
            setattr(self, name, value)

    def _said(self, wishes: Wishes, programme: Programme) -> dict[str, object]:
        """What the wishes make of this enrolment. Raises Invalid."""
        wishes.check(self.role, programme)
        capacity = (wishes.capacity or programme.terms.default_capacity) if self.role is Role.MENTOR else 1
        if capacity < self.places_taken:
            raise Invalid("This mentor has more partners than that already.", field="capacity")
        return {
            "capacity": capacity,
            "needs": _once(wishes.needs),
            "strengths": _once(wishes.strengths),
            "goals": _once(wishes.goals),
            "hours": _once(wishes.hours),
            "answers": {name: answer.strip() for name, answer in wishes.answers.items() if answer.strip()},
        }

    def approve(self, programme: Programme, *, by: str, at: datetime) -> None:
        """Take somebody in."""
        programme.must_be_managed_by(by)
        self._must_be(EnrolmentState.REQUESTED)
        self.state = EnrolmentState.APPROVED
        self.record(EnrolmentApproved(**self._facts(at)))

    def decline(self, programme: Programme, *, by: str, at: datetime) -> None:
        """Have no place for somebody."""
        programme.must_be_managed_by(by)
        self._must_be(EnrolmentState.REQUESTED)
        self.state = EnrolmentState.DECLINED
        self.record(EnrolmentDeclined(**self._facts(at)))

    def withdraw(self, programme: Programme, *, by: str, at: datetime) -> None:
        """Not take part any more. A running partnership is ended first, so that the other one is not forgotten."""
        self._must_be_mine_or_managed(programme, by)
        self._must_be(EnrolmentState.REQUESTED, EnrolmentState.APPROVED)
        if self.partnership_id is not None or self.places_taken:
            raise StillInPartnership
        self.state = EnrolmentState.WITHDRAWN
        self.record(EnrolmentWithdrawn(**self._facts(at)))

    # ------------------------------------------------------------ places

    @property
    def free_places(self) -> int:
        """How many more partners this one can have."""
        if self.state is not EnrolmentState.APPROVED:
            return 0
        if self.role is Role.MENTOR:
            return self.capacity - self.places_taken
        return int(self.partnership_id is None and not self.completed)

    def must_have_place(self) -> None:
        """Raises NoPlaceLeft for a mentor, PartnerFound for a protégé, who can take no other partner."""
        if self.free_places < 1:
            raise NoPlaceLeft if self.role is Role.MENTOR else PartnerFound

    def take_place(self, partnership_id: str) -> None:
        """Begin a partnership."""
        self.must_have_place()
        self.put_back_at = None
        if self.role is Role.MENTOR:
            self.places_taken += 1
        else:
            self.partnership_id = partnership_id

    def free_place(self, *, completed: bool) -> None:
        """A partnership has ended."""
        if self.role is Role.MENTOR:
            self.places_taken -= 1
        else:
            self.partnership_id = None
            self.completed = completed

    def put_back(self, at: datetime) -> None:
        """Back to the front of the queue: it was not this one who said no."""
        self.put_back_at = self.put_back_at or at

    # ------------------------------------------------------------ rules

    def _must_be(self, *states: EnrolmentState) -> None:
        if self.state not in states:
            raise EnrolmentSettled

    def _must_be_mine_or_managed(self, programme: Programme, by: str) -> None:
        if by != self.person_id and by not in programme.manager_ids:
            raise NotYourEnrolment

    def _facts(self, at: datetime) -> "dict[str, object]":
        return {
            "enrolment_id": self.id,
            "programme_id": self.programme_id,
            "person_id": self.person_id,
            "role": self.role.value,
            "at": at,
        }


def queue(enrolments: Sequence[Enrolment]) -> list[Enrolment]:
    """Those who wait, the first in front: whoever was put back, the longest first, then in the order of enrolment."""
    return sorted(enrolments, key=lambda one: (one.put_back_at is None, one.put_back_at or one.requested_at, one.id))


def _once(tags: Sequence[str]) -> list[str]:
    """The tags without repeats, in the order in which they were named."""
    return list({tag.casefold(): tag for tag in reversed(tags)}.values())[::-1]


class AlreadyEnrolled(Rejected):
    """This person takes part in this programme already, or has asked to."""


class NotYourEnrolment(NotAllowed):
    """This is somebody else's enrolment."""


class EnrolmentSettled(Rejected):
    """This enrolment has been decided on or withdrawn."""


class StillInPartnership(Rejected):
    """There is a running partnership. End it first."""


class PartnerFound(Rejected):
    """The protégé has a partner already."""
