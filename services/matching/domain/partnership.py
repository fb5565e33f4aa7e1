"""A partnership: two who both said yes."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

from services.matching.domain.enrolment import Enrolment
from services.matching.domain.programme import Programme, ProgrammeState
from shared.aggregate import Aggregate, new_id
from shared.contracts.matching import PartnershipEnded, PartnershipPaused, PartnershipProlonged, PartnershipResumed, PartnershipStarted
from shared.errors import Invalid, NotAllowed, Rejected

LONGEST_PAUSE = timedelta(days=180)
LONGEST_PROLONGED = timedelta(weeks=520)
LONGEST_WORDS = 2_000
DAYS_TO_CLOSE = 14
"""So long after its last day the two can look back and end it themselves."""


class PartnershipState(StrEnum):
    """Runs, perhaps with a pause, until somebody ends it or its last day is over."""

    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class EndReason(StrEnum):
    """Why two go on without each other; nobody is blamed."""

    COMPLETED = "completed"
    BY_AGREEMENT = "by_agreement"
    NEEDS_CHANGED = "needs_changed"
    NO_TIME = "no_time"
    NOT_WORKING = "not_working"
    LEFT = "left"


ASKS_FOR_ANOTHER = frozenset({EndReason.BY_AGREEMENT, EndReason.NEEDS_CHANGED, EndReason.NOT_WORKING})
"""A protégé who ends it for one of these wants another mentor, unless it is said otherwise."""


class Partnership(Aggregate):
    """The running pair. Holds one of the mentor's places until it ends."""

    programme_id: str
    protege_id: str
    mentor_id: str
    protege_enrolment_id: str
    mentor_enrolment_id: str
    state: PartnershipState = PartnershipState.RUNNING
    round: int | None = None
    """Of rounds of short meetings the one in which the two meet."""
    started_at: datetime
    ends_on: date | None = None
    paused_until: date | None = None
    """The first day on which it goes on."""
    ended_at: datetime | None = None
    ended_by_id: str | None = None
    reason: EndReason | None = None
    words: str = ""
    """What was said about the end, to the programme's managers only, and in no event."""

    @classmethod
    def start(cls, programme: Programme, protege: Enrolment, mentor: Enrolment, *, round_: int | None = None, at: datetime) -> Self:
        """The only way two become partners, whatever led to it. Raises NoPlaceLeft or PartnerFound when somebody else was quicker."""
        partnership = cls(
            id=new_id(),
            programme_id=programme.id,
            protege_id=protege.person_id,
            mentor_id=mentor.person_id,
            protege_enrolment_id=protege.id,
            mentor_enrolment_id=mentor.id,
            round=round_,
            started_at=at,
            ends_on=programme.terms.partnership_ends_on(at.date()),
        )
        mentor.take_place(partnership.id)
        protege.take_place(partnership.id)
        partnership.record(PartnershipStarted(**partnership._facts(at), ends_on=partnership.ends_on))
        return partnership

    # ------------------------------------------------------------ on the way

    def pause(self, programme: Programme, until: date, *, by: str, at: datetime) -> None:
        """Stand still before a day. Again: until another day."""
        self._must_run(programme, by)
        last = min(day for day in ((at + LONGEST_PAUSE).date(), self.ends_on) if day is not None)
        if not at.date() < until <= last:
            raise Invalid(f"A pause lasts at least a day, and at most until {last}.", field="until")
        self.state, self.paused_until = PartnershipState.PAUSED, until
        self.record(PartnershipPaused(**self._facts(at), until=until, by_id=by))

    def resume(self, programme: Programme, *, by: str, at: datetime) -> None:
        """Go on before the day."""
        self._must_run(programme, by)
        self._resume(by, at)

    def wake(self, at: datetime) -> None:
        """The day has come."""
        if self.paused_until is not None and at.date() < self.paused_until:
            raise PauseNotOver
        self._resume(None, at)

    def _resume(self, by: str | None, at: datetime) -> None:
        if self.state is not PartnershipState.PAUSED:
            raise PartnershipNotPaused
        self.state, self.paused_until = PartnershipState.RUNNING, None
        self.record(PartnershipResumed(**self._facts(at), by_id=by))

    def prolong(self, programme: Programme, ends_on: date, *, by: str, at: datetime) -> None:
        """Have a later last day, not after the programme's."""
        self._must_run(programme, by)
        latest = min(programme.terms.ends_on or date.max, (at + LONGEST_PROLONGED).date())
        if not max(at.date(), self.ends_on or date.min) < ends_on <= latest:
            raise Invalid(f"This must be a later day than now, and none after {latest}.", field="ends_on")
        self._prolong(ends_on, at)

    def _prolong(self, ends_on: date, at: datetime) -> None:
        self.ends_on = ends_on
        self.record(PartnershipProlonged(**self._facts(at), ends_on=ends_on))

    # ------------------------------------------------------------ the end

    def end(
        self,
        programme: Programme,
        protege: Enrolment,
        mentor: Enrolment,
        reason: EndReason,
        *,
        rematch: bool | None = None,
        words: str = "",
        by: str,
        at: datetime,
    ) -> None:
        """Go on without each other. Who is left, and who asks for a rematch, is first in the queue.

        rematch: whether who ends it wants another partner; not said, it follows from the reason. A protégé who wants none takes no part
        any more, and can enrol again.
        """
        self._must_run(programme, by)
        if rematch and reason is EndReason.COMPLETED:
            raise Invalid("What is complete needs no other partner. Enrol again for something new.", field="rematch")
        if len(words) > LONGEST_WORDS:
            raise Invalid(f"At most {LONGEST_WORDS} characters.", field="words")
        self.ended_by_id, self.words = by, words.strip()
        self._end(protege, mentor, reason, at)
        if reason is not EndReason.COMPLETED:
            self._put_back(protege, mentor, at, rematch=rematch)
            if rematch is False and by == self.protege_id and not protege.has_partner:
                protege.withdraw(programme, by=by, at=at)
        self._let_go(programme, protege, mentor, at)

    def complete(self, programme: Programme, protege: Enrolment, mentor: Enrolment, at: datetime) -> None:
        """The last day is over, and the days to look back. Goes on where the programme's own last day was moved meanwhile."""
        if self.state is PartnershipState.ENDED:
            raise PartnershipOver
        last = max(self.ends_on or date.min, programme.terms.partnership_ends_on(self.started_at.date()))
        if last != self.ends_on:
            self._prolong(last, at)
        elif at.date() <= last + timedelta(days=DAYS_TO_CLOSE):
            raise StillTime
        else:
            self._end(protege, mentor, EndReason.COMPLETED, at)
            self._let_go(programme, protege, mentor, at)

    def _end(self, protege: Enrolment, mentor: Enrolment, reason: EndReason, at: datetime) -> None:
        self.state, self.ended_at, self.reason, self.paused_until = PartnershipState.ENDED, at, reason, None
        mentor.free_place(at, completed=False)
        protege.free_place(at, completed=reason is EndReason.COMPLETED)
        self.record(PartnershipEnded(**self._facts(at), reason=reason.value))

    def _put_back(self, protege: Enrolment, mentor: Enrolment, at: datetime, *, rematch: bool | None) -> None:
        if self.ended_by_id == self.protege_id:
            if self.reason in ASKS_FOR_ANOTHER if rematch is None else rematch:
                protege.put_back(at)
            if self.reason is EndReason.LEFT:
                mentor.put_back(at)
        elif self.ended_by_id == self.mentor_id:
            protege.put_back(at)
            if rematch:
                mentor.put_back(at)
        elif self.reason is not EndReason.LEFT:  # a manager does not say which of the two has left
            protege.put_back(at)

    @staticmethod
    def _let_go(programme: Programme, protege: Enrolment, mentor: Enrolment, at: datetime) -> None:
        """In a programme that has closed nobody waits for anything any more."""
        if programme.state is ProgrammeState.CLOSED:
            protege.let_go(at)
            mentor.let_go(at)

    # ------------------------------------------------------------ rules

    def must_concern(self, person_id: str, programme: Programme) -> None:
        """Raises NotYourPartnership for anybody but the two and the programme's managers."""
        if person_id not in {self.protege_id, self.mentor_id, *programme.manager_ids}:
            raise NotYourPartnership

    def _must_run(self, programme: Programme, by: str) -> None:
        self.must_concern(by, programme)
        if self.state is PartnershipState.ENDED:
            raise PartnershipOver

    def _facts(self, at: datetime) -> "dict[str, object]":
        return {
            "partnership_id": self.id,
            "programme_id": self.programme_id,
            "protege_id": self.protege_id,
            "mentor_id": self.mentor_id,
            "at": at,
        }


class NotYourPartnership(NotAllowed):
    """This is somebody else's partnership."""


class PartnershipOver(Rejected):
    """This partnership has ended."""


class PartnershipNotPaused(Rejected):
    """This partnership has no pause to be ended."""


class PauseNotOver(Rejected):
    """The pause is not over yet."""


class StillTime(Rejected):
    """The two still have time to end it themselves."""
