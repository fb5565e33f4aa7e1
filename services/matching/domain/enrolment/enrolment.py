"""An enrolment: somebody's part in a programme, what they say about themselves, and, of a mentor, the places."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from pydantic import Field

from services.matching.domain.enrolment.wishes import Wishes
from services.matching.domain.person import Person
from services.matching.domain.programme import Programme
from services.matching.domain.vocabulary import NoPlaceLeft, Role
from shared.aggregate import Aggregate, new_id
from shared.contracts.matching import (
    EnrolmentApproved,
    EnrolmentDeclined,
    EnrolmentEnded,
    EnrolmentPaused,
    EnrolmentRequested,
    EnrolmentResumed,
    EnrolmentWithdrawn,
)
from shared.errors import Invalid, NotAllowed, Rejected

LONGEST_PAUSE = timedelta(days=365)


class EnrolmentState(StrEnum):
    """Requested until a manager has looked at it; only approved ones are matched, and only as long as they do not pause."""

    REQUESTED = "requested"
    APPROVED = "approved"
    PAUSED = "paused"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class Enrolment(Aggregate):
    """One person in one role in one programme. `places_taken` is the guard of capacity, whatever way a partnership begins."""

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
    late: bool = False
    """Came when the others of the cohort had enrolled already."""
    exceptions: list[str] = Field(default_factory=list)
    """The rules on who may enrol that a manager passed over."""
    put_back_at: datetime | None = None
    """When this one was put back first in the queue because another said no, or left, or to have another partner."""
    paused_until: date | None = None
    """The first day on which this one can be matched again."""
    sits_out_since: datetime | None = None
    """Left out of the run that is published next after this."""
    places_taken: int = 0
    partnership_id: str | None = None
    meetings: int | None = None
    """Of a protégé where there are rounds of short meetings: how many have not been yet. Such a protégé has several partners at a time."""

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """As it was saved, also by versions in which a partnership's end was a mark beside the state."""
        fields = dict(document)
        if fields.pop("completed", False):
            fields["state"] = EnrolmentState.ENDED
        return super().from_document(fields)

    # ------------------------------------------------------------ getting in

    @classmethod
    def request(cls, programme: Programme, person: Person, role: Role, wishes: Wishes, *, by: str, at: datetime) -> Self:
        """Ask to take part; a manager can ask for somebody else, past the rules, and need not know the answers to the questions."""
        if by == person.id:
            wishes.must_be_complete(role, programme)
        else:
            programme.must_be_managed_by(by)
        programme.must_be_open()
        person.must_be_active()
        if role not in programme.terms.enrols_as:
            raise Invalid(f"Here people take part as {' or '.join(programme.terms.enrols_as)}.", field="role")
        if by == person.id:
            programme.must_let_enrol(person, role, at.date())
        enrolment = cls(
            id=new_id(),
            programme_id=programme.id,
            person_id=person.id,
            role=role,
            requested_at=at,
            late=programme.terms.is_late(at.date()),
            exceptions=[str(rule) for rule in programme.terms.enrolment.unmet(person, role)],
            meetings=programme.terms.meetings if role is Role.PROTEGE else None,
        )
        enrolment._take_over(wishes, programme)
        if programme.terms.enrolment.admits_at_once(person, role):
            enrolment._approve(at)
        else:
            enrolment.record(EnrolmentRequested(**enrolment._facts(at)))
        return enrolment

    def revise(self, programme: Programme, wishes: Wishes, *, by: str) -> None:
        """Say it anew; the next run goes by it."""
        self._must_be_mine_or_managed(programme, by)
        self._must_be(EnrolmentState.REQUESTED, EnrolmentState.APPROVED, EnrolmentState.PAUSED)
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
        return {
            "capacity": 1 if self.role is Role.PROTEGE else wishes.capacity or programme.terms.usual_places,
            "needs": _once(wishes.needs),
            "strengths": _once(wishes.strengths),
            "goals": _once(wishes.goals),
            "hours": _once(wishes.hours),
            "answers": {name: answer.strip() for name, answer in wishes.answers.items() if answer.strip()},
        }

    def approve(self, programme: Programme, *, by: str, at: datetime) -> None:
        """Take somebody in."""
        programme.must_be_managed_by(by)
        programme.must_be_open()
        self._must_be(EnrolmentState.REQUESTED)
        self._approve(at)

    def _approve(self, at: datetime) -> None:
        self.state = EnrolmentState.APPROVED
        self.record(EnrolmentApproved(**self._facts(at)))

    # ------------------------------------------------------------ getting out

    def decline(self, programme: Programme, *, by: str, at: datetime) -> None:
        """Have no place for somebody."""
        programme.must_be_managed_by(by)
        self._must_be(EnrolmentState.REQUESTED)
        self._decline(at)

    def _decline(self, at: datetime) -> None:
        self.state = EnrolmentState.DECLINED
        self.record(EnrolmentDeclined(**self._facts(at)))

    def withdraw(self, programme: Programme, *, by: str, at: datetime) -> None:
        """Not take part any more. A running partnership is ended first, so that the other one is not forgotten."""
        self._must_be_mine_or_managed(programme, by)
        self._must_be(EnrolmentState.REQUESTED, EnrolmentState.APPROVED, EnrolmentState.PAUSED)
        if self.has_partner:
            raise StillInPartnership
        self._withdraw(at)

    def leave(self, at: datetime) -> None:
        """The person does not work here any more; partnerships have been ended."""
        self._must_be(EnrolmentState.REQUESTED, EnrolmentState.APPROVED, EnrolmentState.PAUSED)
        self._withdraw(at)

    def _withdraw(self, at: datetime) -> None:
        self.state = EnrolmentState.WITHDRAWN
        self.record(EnrolmentWithdrawn(**self._facts(at)))

    def let_go(self, at: datetime) -> None:
        """The programme has closed: who still waits is told that nothing comes any more. Who has a partner stays until that ends."""
        if self.state is EnrolmentState.REQUESTED:
            self._decline(at)
        elif self.state in {EnrolmentState.APPROVED, EnrolmentState.PAUSED} and not self.has_partner:
            self._end("programme_closed", at)

    def _end(self, reason: str, at: datetime) -> None:
        self.state = EnrolmentState.ENDED
        self.record(EnrolmentEnded(**self._facts(at), reason=reason))

    # ------------------------------------------------------------ standing aside

    def pause(self, programme: Programme, until: date, *, by: str, at: datetime) -> None:
        """Not be matched or found before a day. Running partnerships go on. Again: until another day."""
        self._must_be_mine_or_managed(programme, by)
        self._must_take_part()
        if not at.date() < until <= (at + LONGEST_PAUSE).date() or programme.terms.is_over(until):
            raise Invalid(
                f"A pause lasts at least a day, and at most {LONGEST_PAUSE.days} days or until the programme ends.", field="until"
            )
        self.state, self.paused_until = EnrolmentState.PAUSED, until
        self.record(EnrolmentPaused(**self._facts(at), until=until, by_id=by))

    def resume(self, programme: Programme, *, by: str, at: datetime) -> None:
        """Be matched again before the day."""
        self._must_be_mine_or_managed(programme, by)
        self._resume(by, at)

    def wake(self, at: datetime) -> None:
        """The day has come."""
        if self.paused_until is not None and at.date() < self.paused_until:
            raise StillPaused
        self._resume(None, at)

    def _resume(self, by: str | None, at: datetime) -> None:
        if self.state is not EnrolmentState.PAUSED:
            raise NotPaused
        self.state, self.paused_until = EnrolmentState.APPROVED, None
        self.record(EnrolmentResumed(**self._facts(at), by_id=by))

    def sit_out(self, programme: Programme, *, by: str, at: datetime) -> None:
        """Be left out of the run that is published next, and of no other."""
        self._must_be_mine_or_managed(programme, by)
        self._must_take_part()
        self.sits_out_since = at

    def sit_in(self, programme: Programme, *, by: str) -> None:
        """Be in it after all."""
        self._must_be_mine_or_managed(programme, by)
        self.sits_out_since = None

    def is_left_out(self, published_at: datetime | None) -> bool:
        """Whether the next run is to be without this one. `published_at`: when one was last published, if any is."""
        return self.sits_out_since is not None and (published_at is None or self.sits_out_since > published_at)

    # ------------------------------------------------------------ places

    @property
    def free_places(self) -> int:
        """How many more partners this one can have; none as long as there are more than a capacity that was lowered."""
        if self.state is not EnrolmentState.APPROVED:
            return 0
        if self._has_one_partner:
            return int(self.partnership_id is None)
        return max((self.capacity if self.meetings is None else self.meetings) - self.places_taken, 0)

    @property
    def _has_one_partner(self) -> bool:
        """At a time: a protégé anywhere but in rounds of short meetings."""
        return self.role is Role.PROTEGE and self.meetings is None

    @property
    def has_partner(self) -> bool:
        """Whether a partnership is running."""
        return self.partnership_id is not None or self.places_taken > 0

    def offer_places(self, programme: Programme, capacity: int, *, by: str) -> None:
        """Have more or fewer places from now on. Nobody loses a partner: fewer than are taken counts as partnerships end."""
        self._must_be_mine_or_managed(programme, by)
        self._must_be(EnrolmentState.REQUESTED, EnrolmentState.APPROVED, EnrolmentState.PAUSED)
        if self.role is Role.PROTEGE:
            raise Invalid("A protégé has one mentor at a time.", field="capacity")
        programme.must_allow_places(capacity)
        self.capacity = capacity

    def must_have_place(self) -> None:
        """Raises NotTakingPart; NoPlaceLeft for a mentor, PartnerFound for a protégé, who can take no other partner."""
        self._must_take_part(paused_too=False)
        if self.free_places < 1:
            raise PartnerFound if self.role is Role.PROTEGE else NoPlaceLeft

    def take_place(self, partnership_id: str) -> None:
        """Begin a partnership."""
        self.must_have_place()
        self.put_back_at = None
        if self._has_one_partner:
            self.partnership_id = partnership_id
        else:
            self.places_taken += 1

    def free_place(self, at: datetime, *, completed: bool) -> None:
        """A partnership has ended. A protégé who has come to its end, or to that of all short meetings, waits for no other."""
        if self._has_one_partner:
            self.partnership_id = None
        else:
            self.places_taken -= 1
        if self.meetings is not None and completed:
            self.meetings -= 1
        if self.role is Role.PROTEGE and completed and not self.meetings:
            self._end("completed", at)

    def put_back(self, at: datetime) -> None:
        """To the front of the queue: it was not this one who said no."""
        self.put_back_at = self.put_back_at or at

    # ------------------------------------------------------------ rules

    def _must_be(self, *states: EnrolmentState) -> None:
        if self.state not in states:
            raise EnrolmentSettled

    def _must_take_part(self, *, paused_too: bool = True) -> None:
        if self.state is not EnrolmentState.APPROVED and not (paused_too and self.state is EnrolmentState.PAUSED):
            raise NotTakingPart

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


def _once(tags: Sequence[str]) -> list[str]:
    """The tags without repeats, in the order in which they were named."""
    return list({tag.casefold(): tag for tag in reversed(tags)}.values())[::-1]


class AlreadyEnrolled(Rejected):
    """This person takes part in this programme already, or has asked to."""


class NotYourEnrolment(NotAllowed):
    """This is somebody else's enrolment."""


class EnrolmentSettled(Rejected):
    """This enrolment has been decided on or withdrawn."""


class NotTakingPart(Rejected):
    """This person does not take part at present."""


class NotPaused(Rejected):
    """There is no pause to be ended."""


class StillPaused(Rejected):
    """The pause is not over yet."""


class StillInPartnership(Rejected):
    """There is a running partnership. End it first."""


class PartnerFound(Rejected):
    """The protégé has a partner already."""
