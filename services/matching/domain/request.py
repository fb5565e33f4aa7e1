"""A request: a protégé asks mentors of their own choice, one after the other, until one says yes or a manager takes it up."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field

from services.matching.domain.enrolment import Enrolment
from services.matching.domain.programme import Programme, ProgrammeState
from services.matching.domain.proposal import Proposal
from services.matching.domain.run import Pair
from services.matching.domain.vocabulary import NoPlaceLeft
from services.matching.domain.wish import Wish, WishState
from shared.aggregate import Aggregate, new_id
from shared.contracts.matching import (
    RequestAccepted,
    RequestClosed,
    RequestEscalated,
    RequestForwarded,
    RequestMade,
    RequestProposed,
    RequestReferred,
)
from shared.errors import Invalid, NotAllowed, Rejected

MOST_WISHES = 5
LONGEST_WORDS = 1_000


class RequestState(StrEnum):
    """A mentor is asked; a manager is to help; all managers are; two are asked whom a manager has proposed to each other."""

    ASKED = "asked"
    WITH_MANAGER = "with_manager"
    ESCALATED = "escalated"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    CLOSED = "closed"


class CloseReason(StrEnum):
    """Why a request ends without a yes to it."""

    WITHDRAWN = "withdrawn"
    PARTNER_FOUND = "partner_found"
    NOT_TAKING_PART = "not_taking_part"
    PROGRAMME_CLOSED = "programme_closed"
    BY_MANAGER = "by_manager"
    NOBODY_ANSWERED = "nobody_answered"


class MentorRequest(Aggregate):
    """What one protégé asks for. `words` are for the mentor who is asked, `closing_words` for the protégé; neither is in any event."""

    programme_id: str
    protege_id: str
    protege_enrolment_id: str
    words: str
    wishes: list[Wish]
    state: RequestState = RequestState.ASKED
    made_at: datetime
    since: datetime
    deadline_at: datetime | None
    """Until when it stays in its state if nobody acts; None when it has ended."""
    asked_enrolment_id: str | None = None
    declined_by: list[str] = Field(default_factory=list)
    owner_id: str | None = None
    """The manager who has it in hand."""
    turn: int = 0
    """How often it has come to the managers."""
    proposal_id: str | None = None
    partnership_id: str | None = None
    reason: CloseReason | None = None
    closing_words: str = ""

    @classmethod
    def make(cls, programme: Programme, protege: Enrolment, wanted: Sequence[tuple[Pair, Enrolment]], words: str, *, at: datetime) -> Self:
        """Ask, in this order. Raises Invalid, PartnerFound, or NoPlaceLeft if none of them can be asked now."""
        programme.must_let_ask()
        protege.must_have_place()
        if not 1 <= len(wanted) <= MOST_WISHES or len({mentor.id for _, mentor in wanted}) < len(wanted):
            raise Invalid(f"Name between one and {MOST_WISHES} different mentors, the one you would like most first.", field="mentor_ids")
        request = cls(
            id=new_id(),
            programme_id=programme.id,
            protege_id=protege.person_id,
            protege_enrolment_id=protege.id,
            words=_short(words),
            wishes=[
                Wish(mentor_id=mentor.person_id, enrolment_id=mentor.id, points=pair.points, shares=pair.shares, reasons=pair.reasons)
                for pair, mentor in wanted
            ],
            made_at=at,
            since=at,
            deadline_at=None,
        )
        first = request._ask_next(programme, {mentor.person_id for _, mentor in wanted if mentor.free_places > 0}, at)
        if first is None:
            raise NoPlaceLeft
        request.record(RequestMade(**request._facts(at), mentor_id=first.mentor_id, deadline_at=request.deadline_at))
        return request

    # ------------------------------------------------------------ the mentor who is asked

    @property
    def mentor_ids(self) -> list[str]:
        """All who were named, in order."""
        return [wish.mentor_id for wish in self.wishes]

    @property
    def asked(self) -> Wish | None:
        """The wish that waits for an answer."""
        return next((wish for wish in self.wishes if wish.state is WishState.ASKED), None)

    def wish_for(self, mentor_id: str) -> Wish:
        """What a mentor is or was asked. Raises NotYourRequest for who never was."""
        for wish in self.wishes:
            if wish.mentor_id == mentor_id and wish.asked_at is not None:
                return wish
        raise NotYourRequest

    def must_be_asked(self, mentor_id: str) -> Wish:
        """The wish that waits for this mentor. Raises NotYourRequest, or RequestMovedOn for who is no longer asked."""
        wish = self.wish_for(mentor_id)
        if wish.state is not WishState.ASKED:
            raise RequestMovedOn
        return wish

    def partnership_with(self, mentor_id: str) -> str | None:
        """What a mentor's yes has led to: the same click twice is one yes."""
        return self.partnership_id if self.wish_for(mentor_id).state is WishState.ACCEPTED else None

    def accept(self, by: str, partnership_id: str, at: datetime) -> None:
        """Say yes: the two are partners."""
        self.must_be_asked(by).end(WishState.ACCEPTED, at)
        self._find_partner(by, partnership_id, at)

    def decline(self, by: str, reason: str, programme: Programme, free: Collection[str], at: datetime) -> None:
        """Say no: it goes to the next of those who are `free` to be asked, or to a manager. The same click twice is one no."""
        if self.wish_for(by).state is WishState.DECLINED:
            return
        wish = self.must_be_asked(by)
        wish.decline_reason = _short(reason, "reason")
        self.declined_by.append(by)
        self._pass(wish, WishState.DECLINED, programme, free, at)

    # ------------------------------------------------------------ who asks

    def must_be_mine(self, person_id: str) -> None:
        """Raises NotYourRequest for anybody but who asks."""
        if person_id != self.protege_id:
            raise NotYourRequest

    def reorder(self, mentor_ids: Sequence[str], *, by: str, at: datetime) -> None:
        """Put those who have not been asked yet in this order; who is left out is withdrawn."""
        self.must_be_mine(by)
        self.must_be_open()
        waiting = {wish.mentor_id: wish for wish in self.wishes if wish.state is WishState.WAITING}
        if len(set(mentor_ids)) < len(mentor_ids) or not set(mentor_ids) <= waiting.keys():
            raise Invalid("Only those who have not been asked yet can be put in another order, each once.", field="mentor_ids")
        for mentor_id in waiting.keys() - set(mentor_ids):
            waiting[mentor_id].end(WishState.WITHDRAWN, at)
        self.wishes = [wish for wish in self.wishes if wish.state is not WishState.WAITING] + [waiting[one] for one in mentor_ids]

    def withdraw(self, *, by: str, at: datetime) -> None:
        """Ask nobody any more."""
        self.must_be_mine(by)
        self.close(CloseReason.WITHDRAWN, at)

    # ------------------------------------------------------------ the managers

    def pair(self, programme: Programme, mentor_id: str, partnership_id: str, *, by: str, at: datetime) -> None:
        """Give the protégé this mentor."""
        self.must_be_managed(programme, by)
        self._find_partner(mentor_id, partnership_id, at)

    def propose(self, programme: Programme, mentor_id: str, proposal_id: str, deadline_at: datetime, *, by: str, at: datetime) -> None:
        """Propose the protégé and another mentor to each other."""
        self.must_be_managed(programme, by)
        self._go(RequestState.PROPOSED, at, deadline_at)
        self.proposal_id = proposal_id
        self.record(RequestProposed(**self._facts(at), mentor_id=mentor_id, turn=self.turn))

    def close_kindly(self, programme: Programme, words: str, *, by: str, at: datetime) -> None:
        """End it, with words that the protégé reads."""
        self.must_be_managed(programme, by)
        if not words.strip():
            raise Invalid("Tell why, in a few kind words: the protégé reads them.", field="words")
        self.closing_words = _short(words)
        self.close(CloseReason.BY_MANAGER, at)

    def must_be_managed(self, programme: Programme, by: str) -> None:
        """Raises NotItsProgrammeManager, or NotWithManagers while somebody else is to act."""
        programme.must_be_managed_by(by)
        if self.state not in {RequestState.WITH_MANAGER, RequestState.ESCALATED}:
            raise NotWithManagers

    # ------------------------------------------------------------ what happens by itself

    def lapse(self, programme: Programme, free: Collection[str], at: datetime) -> None:
        """Nobody has acted in time. Raises RequestDeadlineNotReached while there is still time."""
        self.must_be_open()
        if self.deadline_at is not None and at < self.deadline_at:
            raise RequestDeadlineNotReached
        asked = self.asked
        if asked is not None:
            self._pass(asked, WishState.UNANSWERED, programme, free, at)
        elif self.state is RequestState.WITH_MANAGER:
            self._go(RequestState.ESCALATED, at, at + _days(programme.terms.self_service.days_for_managers))
            self.record(RequestEscalated(**self._facts(at), deadline_at=self.deadline_at, turn=self.turn))
        elif self.state is RequestState.ESCALATED:
            self.close(CloseReason.NOBODY_ANSWERED, at)
        else:
            self._refer(programme, at)

    def review(
        self, programme: Programme, protege: Enrolment | None, proposal: Proposal | None, free: Collection[str], at: datetime
    ) -> None:
        """Something may have changed that it depends on. `protege`: of who asks, None when that one takes no part any more."""
        self.must_be_open()
        asked = self.asked
        if programme.state is ProgrammeState.CLOSED:
            self.close(CloseReason.PROGRAMME_CLOSED, at)
        elif protege is None or protege.free_places < 1:
            found = protege is not None and protege.has_partner
            self.close(CloseReason.PARTNER_FOUND if found else CloseReason.NOT_TAKING_PART, at)
        elif self.state is RequestState.PROPOSED and proposal is not None and not proposal.is_open:
            self._refer(programme, at)
        elif asked is not None and asked.mentor_id not in free:
            self._pass(asked, WishState.PASSED_OVER, programme, free, at)

    def close(self, reason: CloseReason, at: datetime) -> None:
        """End without a yes."""
        self.must_be_open()
        asked = self.asked
        if asked is not None:
            asked.end(WishState.WITHDRAWN, at)
        self._go(RequestState.CLOSED, at, None)
        self.reason = reason
        mentor_id = asked.mentor_id if asked else None
        self.record(RequestClosed(**self._facts(at), mentor_id=mentor_id, reason=reason.value, turn=self.turn))

    # ------------------------------------------------------------ rules

    @property
    def is_open(self) -> bool:
        """Whether somebody is still to act."""
        return self.deadline_at is not None

    @property
    def let_down(self) -> bool:
        """Whether the protégé waited for the programme in vain, and is to be first in the queue."""
        return self.reason is CloseReason.NOBODY_ANSWERED

    def must_be_open(self) -> None:
        """Raises RequestOver."""
        if not self.is_open:
            raise RequestOver

    def _pass(self, asked: Wish, ending: WishState, programme: Programme, free: Collection[str], at: datetime) -> None:
        """From the mentor who is asked to the next one, or to a manager."""
        asked.end(ending, at)
        following = self._ask_next(programme, free, at)
        if following is None:
            self._refer(programme, at)
        else:
            names = {"mentor_id": following.mentor_id, "previous_mentor_id": asked.mentor_id}
            self.record(RequestForwarded(**self._facts(at), **names, deadline_at=self.deadline_at))

    def _ask_next(self, programme: Programme, free: Collection[str], at: datetime) -> Wish | None:
        """Ask the first who is waiting and free; who comes before is passed over. None if there is nobody."""
        for wish in [wish for wish in self.wishes if wish.state is WishState.WAITING]:
            if wish.mentor_id in free:
                wish.state, wish.asked_at = WishState.ASKED, at
                self._go(RequestState.ASKED, at, at + _days(programme.terms.self_service.days_to_answer))
                self.asked_enrolment_id = wish.enrolment_id
                return wish
            wish.end(WishState.PASSED_OVER, at)
        return None

    def _refer(self, programme: Programme, at: datetime) -> None:
        self._go(RequestState.WITH_MANAGER, at, at + _days(programme.terms.self_service.days_for_managers))
        self.turn += 1
        self.owner_id = self.owner_id if self.owner_id in programme.manager_ids else programme.manager_ids[0]
        self.record(RequestReferred(**self._facts(at), owner_id=self.owner_id, deadline_at=self.deadline_at, turn=self.turn))

    def _find_partner(self, mentor_id: str, partnership_id: str, at: datetime) -> None:
        self._go(RequestState.ACCEPTED, at, None)
        self.partnership_id = partnership_id
        self.record(RequestAccepted(**self._facts(at), mentor_id=mentor_id, partnership_id=partnership_id, turn=self.turn))

    def _go(self, state: RequestState, at: datetime, deadline_at: datetime | None) -> None:
        self.state, self.since, self.deadline_at, self.asked_enrolment_id = state, at, deadline_at, None

    def _facts(self, at: datetime) -> "dict[str, object]":
        return {"request_id": self.id, "programme_id": self.programme_id, "protege_id": self.protege_id, "at": at}


def _days(number: int) -> timedelta:
    return timedelta(days=number)


def _short(words: str, field: str = "words") -> str:
    if len(words) > LONGEST_WORDS:
        raise Invalid(f"At most {LONGEST_WORDS} characters.", field=field)
    return words.strip()


class NotYourRequest(NotAllowed):
    """Only who asks, who is asked and the programme's managers can see this request."""


class AlreadyAsking(Rejected):
    """You have a request under way in this programme. Withdraw it first, or change its order."""


class RequestMovedOn(Rejected):
    """This request does not wait for your answer any more."""


class RequestOver(Rejected):
    """This request has ended."""


class NotWithManagers(Rejected):
    """This request does not wait for a manager."""


class RequestDeadlineNotReached(Rejected):
    """There is still time to act."""
