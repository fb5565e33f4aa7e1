"""A meeting: proposed or booked, moved or cancelled, held or missed."""

import re
from datetime import datetime, timedelta
from typing import Self

from pydantic import Field

from services.scheduling.domain.answers import Answer, Answers
from services.scheduling.domain.buckets import buckets_between
from services.scheduling.domain.proposing import must_be_ahead, times_worth_proposing
from services.scheduling.domain.refusals import (
    AnswerIsTheOthers,
    MeetingOver,
    NotBooked,
    NothingProposed,
    NothingToSay,
    NotOverYet,
    NotProposed,
    NotWaitingForAnswer,
    NotYetBegun,
)
from services.scheduling.domain.series import NotYourPartnership, Series
from services.scheduling.domain.standing import Agreed, Happening, MeetingState, MoveProposal, Why, Word
from shared.aggregate import Aggregate, new_id
from shared.contracts.scheduling import (
    MeetingBooked,
    MeetingCancelled,
    MeetingEnded,
    MeetingMissed,
    MeetingMoved,
    MeetingMoveProposed,
    MeetingMoveSettled,
    MeetingProposed,
    MeetingRezoned,
)
from shared.errors import Invalid
from shared.event import Event

SHORTEST, LONGEST = 15, 240
MOST_HAPPENINGS = 50
HOLD = timedelta(hours=48)
LONGEST_PLACE = 300
UID_HOST = "meetings.tandem"
NOBODY = ""
_LINK = re.compile(r"https://[^\s/?#@\\\"<>]+(?:[/?#][^\s\\\"<>]*)?")
"""An address with nothing around it, no user name in it, and no character that would end it early on a page or in a calendar."""


class Meeting(Aggregate):
    """One meeting of two partners. `revision` is iCalendar's SEQUENCE: it grows when a calendar must show something else."""

    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    state: MeetingState
    minutes: int
    place: str = ""
    proposed: list[datetime] = Field(default_factory=list)
    proposed_by_id: str | None = None
    held_until: datetime | None = None
    """Until then nobody else gets the proposed times. They can be picked later, too, if they are still free."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    revision: int = 0
    arranged_at: datetime
    saved_minutes: int = 0
    """What of the time was given back, because the two were done before its end."""
    noted_by_id: str | None = None
    """Who wrote the meeting down after it had taken place."""
    link_follows: bool | None = None
    """Whether the two were told that a link to a video call follows; None until somebody has tried to make one."""
    words: dict[str, Word] = Field(default_factory=dict)
    """By person, once somebody has said that it was missed. It is missed as long as one of them says so."""
    moving: MoveProposal | None = None
    turns: int = 0
    answers: Answers = Field(default_factory=Answers)
    agreed: Agreed | None = None
    """What the clock on the wall is to show then. The instant follows it when the rules of its zone change."""
    history: list[Happening] = Field(default_factory=list)
    """What has become of it, the latest last; of meetings from before this was kept, only what came after."""

    def record(self, event: Event) -> None:
        """Remember a fact, for the others and for the two."""
        super().record(event)
        self.history = [*self.history, Happening.of(event)][-MOST_HAPPENINGS:]

    @classmethod
    def propose(cls, series: Series, *, by: str, starts: list[datetime], minutes: int, place: str, at: datetime) -> Self:
        """Ask the other partner which of up to three times suits. Raises Invalid, TimePassed, PartnershipOver, NotYourPartnership."""
        meeting = cls._arrange(series, MeetingState.PROPOSED, by=by, minutes=minutes, place=place, at=at)
        meeting.proposed = times_worth_proposing(starts, at)
        meeting.proposed_by_id, meeting.held_until = by, at + HOLD
        meeting.record(
            MeetingProposed(
                meeting_id=meeting.id,
                partnership_id=meeting.partnership_id,
                programme_id=meeting.programme_id,
                by_id=by,
                other_id=series.other(by),
                starts=tuple(meeting.proposed),
                minutes=minutes,
                at=at,
            )
        )
        return meeting

    @classmethod
    def book(cls, series: Series, *, by: str, starts_at: datetime, minutes: int, place: str, at: datetime) -> Self:
        """Arrange a meeting at once. Raises Invalid, TimePassed, PartnershipOver, NotYourPartnership."""
        meeting = cls._arrange(series, MeetingState.BOOKED, by=by, minutes=minutes, place=place, at=at)
        meeting.take_time(starts_at, at)
        return meeting

    @classmethod
    def note_down(cls, series: Series, *, by: str, starts_at: datetime, minutes: int, place: str, at: datetime) -> Self:
        """Write down a meeting that took place without having been arranged here. Raises Invalid, NotOverYet."""
        meeting = cls._arrange(series, MeetingState.BOOKED, by=by, minutes=minutes, place=place, at=at)
        meeting.starts_at, meeting.ends_at = starts_at, starts_at + timedelta(minutes=minutes)
        if meeting.ends_at > at:
            raise NotOverYet
        if starts_at < series.started_at:
            raise Invalid("This was before your partnership began.", field="starts_at")
        meeting.noted_by_id = by
        meeting.end()
        return meeting

    @classmethod
    def _arrange(cls, series: Series, state: MeetingState, *, by: str, minutes: int, place: str, at: datetime) -> Self:
        series.must_be_partner(by)
        series.must_run()
        if not SHORTEST <= minutes <= LONGEST:
            raise Invalid(f"A meeting lasts {SHORTEST} to {LONGEST} minutes.", field="minutes")
        if len(place) > LONGEST_PLACE or any(not character.isprintable() for character in place):
            raise Invalid(f"A place is one line of at most {LONGEST_PLACE} characters.", field="place")
        return cls(
            id=new_id(),
            partnership_id=series.id,
            programme_id=series.programme_id,
            protege_id=series.protege_id,
            mentor_id=series.mentor_id,
            state=state,
            minutes=minutes,
            place=place.strip(),
            arranged_at=at,
        )

    def pick(self, by: str, starts_at: datetime, at: datetime) -> None:
        """The other partner says which of the proposed times it is to be."""
        self.must_be_partner(by)
        if self.moving is not None:
            self._pick_move(self.moving, by, starts_at, at)
            return
        if self.state is not MeetingState.PROPOSED:
            raise NotWaitingForAnswer
        if by == self.proposed_by_id:
            raise AnswerIsTheOthers
        if starts_at not in self.proposed:
            raise NotProposed
        self.take_time(starts_at, at)
        self.state = MeetingState.BOOKED

    def take_time(self, starts_at: datetime, at: datetime) -> None:
        """Be held at this time. Raises TimePassed."""
        must_be_ahead(starts_at, at)
        self.starts_at, self.ends_at = starts_at, starts_at + timedelta(minutes=self.minutes)
        self.record(
            MeetingBooked(
                **self._ids,
                starts_at=self.starts_at,
                ends_at=self.ends_at,
                at=at,
            )
        )

    def move(self, by: str, starts_at: datetime, at: datetime) -> None:
        """Hold the meeting at another time. It must not have begun."""
        self.must_be_partner(by)
        previous = self._must_be_to_come(at)
        must_be_ahead(starts_at, at)
        if starts_at == previous:
            raise Invalid("The meeting is at this time already.", field="starts_at")
        self._settle_move(by, "moved", at)
        self.starts_at, self.ends_at = starts_at, starts_at + timedelta(minutes=self.minutes)
        self.revision += 1
        self.record(
            MeetingMoved(
                **self._ids,
                by_id=by,
                starts_at=self.starts_at,
                ends_at=self.ends_at,
                previous_starts_at=previous,
                at=at,
            )
        )

    def agree_on_clock(self, zone: str, tzdata: str) -> None:
        """Remember by whose clock the two meet, and by which rules that clock was reckoned."""
        if self.starts_at is not None:
            self.agreed = Agreed.at(self.starts_at, zone, tzdata)

    def follow_clock(self, tzdata: str, at: datetime) -> bool:
        """By new rules of its zone the meeting is when the clock shows what was agreed; whether that is another instant."""
        if self.agreed is None or self.starts_at is None or self.state is not MeetingState.BOOKED:
            return False
        previous, starts_at = self.starts_at, self.agreed.instant(self.starts_at)
        self.agreed.tzdata = tzdata
        if starts_at == previous or previous <= at:
            return False
        self.starts_at, self.ends_at = starts_at, starts_at + timedelta(minutes=self.minutes)
        self.revision += 1
        more = {"starts_at": starts_at, "ends_at": self.ends_at, "previous_starts_at": previous}
        self.record(MeetingMoved(**self._ids, by_id=NOBODY, **more, at=at))
        self.record(MeetingRezoned(**self._ids, zone=self.agreed.zone, **more, at=at))
        return True

    def propose_move(self, by: str, starts: list[datetime], at: datetime) -> None:
        """Ask the other partner for another time; an earlier question of that kind is forgotten. The meeting stands meanwhile."""
        self.must_be_partner(by)
        if (now := self._must_be_to_come(at)) in starts:
            raise Invalid("The meeting is at this time already.", field="starts")
        self._settle_move(by, "withdrawn", at)
        self.turns += 1
        self.moving = MoveProposal(starts=times_worth_proposing(starts, at), by_id=by, held_until=at + HOLD, turn=self.turns)
        more = {"by_id": by, "other_id": self.mentor_id if by == self.protege_id else self.protege_id}
        self.record(MeetingMoveProposed(**self._ids, **more, starts_at=now, starts=tuple(self.moving.starts), turn=self.turns, at=at))

    def _pick_move(self, moving: MoveProposal, by: str, starts_at: datetime, at: datetime) -> None:
        if by == moving.by_id:
            raise AnswerIsTheOthers
        if starts_at not in moving.starts:
            raise NotProposed
        self.move(by, starts_at, at)

    def keep(self, by: str, at: datetime) -> None:
        """Leave the meeting where it is: the proposal is turned down, or taken back by who made it. Raises NothingProposed."""
        self.must_be_partner(by)
        if self.moving is None:
            raise NothingProposed
        self._settle_move(by, "withdrawn" if by == self.moving.by_id else "kept", at)

    def _settle_move(self, by: str | None, outcome: str, at: datetime) -> None:
        if self.moving is not None:
            self.record(MeetingMoveSettled(**self._ids, by_id=by, outcome=outcome, turn=self.moving.turn, at=at))
            self.moving = None

    def hear(self, by: str, answer: Answer) -> bool:
        """Take in what a partner says of coming; False when they have said something newer. Raises OldTime, NotBooked."""
        self.must_be_partner(by)
        if self.state is not MeetingState.BOOKED:
            raise NotBooked
        return self.answers.hear(by, answer, self.revision)

    def cancel(self, by: str | None, at: datetime) -> None:
        """Take back the meeting, or the question for its time. `by` is None when the partnership has ended."""
        if by is not None:
            self.must_be_partner(by)
        if self.state is not MeetingState.PROPOSED:
            self._must_be_to_come(at)
        self._settle_move(by, "cancelled", at)
        self.state = MeetingState.CANCELLED
        self.revision += 1
        self.record(MeetingCancelled(**self._ids, by_id=by, starts_at=self.starts_at, at=at))

    def end(self) -> None:
        """Its time has passed. Raises NotBooked when something else has become of it."""
        if self.state is not MeetingState.BOOKED or self.ends_at is None:
            raise NotBooked
        self._end(self.ends_at)

    def end_early(self, by: str, at: datetime) -> None:
        """The two are done; what is left of the time is given back. Raises NotBooked, NotYetBegun, MeetingOver."""
        self.must_be_partner(by)
        if self.state is not MeetingState.BOOKED or self.starts_at is None or self.ends_at is None:
            raise NotBooked
        if at <= self.starts_at:
            raise NotYetBegun
        if at >= self.ends_at:
            raise MeetingOver
        self.saved_minutes = (self.ends_at - at) // timedelta(minutes=1)
        self.ends_at = at
        self._end(at)

    def _end(self, at: datetime) -> None:
        if self.starts_at is None or self.ends_at is None:
            raise NotBooked
        self.state = MeetingState.ENDED
        self._settle_move(None, "withdrawn", at)
        self.record(MeetingEnded(**self._ids, starts_at=self.starts_at, ends_at=self.ends_at, saved_minutes=self.saved_minutes, at=at))

    def miss(self, by: str, at: datetime, why: Why = Why.UNSAID) -> None:
        """One partner says that it did not take place. The other's word stands beside it, and changes nothing."""
        self.must_be_partner(by)
        if self.state in {MeetingState.PROPOSED, MeetingState.CANCELLED} or self.starts_at is None or self.ends_at is None:
            raise NotBooked
        if at < self.starts_at:
            raise NotYetBegun
        self.words[by] = Word(took_place=False, why=why)
        if self.state is MeetingState.MISSED:
            return
        self.state = MeetingState.MISSED
        self.record(MeetingMissed(**self._ids, by_id=by, starts_at=self.starts_at, ends_at=self.ends_at, at=at))

    def say_it_took_place(self, by: str, at: datetime) -> None:
        """One partner remembers having met. It counts as met once nobody says any more that it was missed."""
        self.must_be_partner(by)
        if self.state is not MeetingState.MISSED or self.ends_at is None:
            raise NothingToSay
        if at < self.ends_at:
            raise NotOverYet
        self.words[by] = Word(took_place=True)
        if all(word.took_place for word in self.words.values()):
            self._end(at)

    def add_link(self, link: str) -> bool:
        """A call was made, and is the place. False where it is not needed any more."""
        if self.state is not MeetingState.BOOKED or self.place:
            return False
        if self.link_follows:
            self.revision += 1  # calendars know the meeting already, and another place is a change
        self.place, self.link_follows = link, False
        return True

    def go_without_link(self, *, follows: bool) -> bool:
        """No call could be made so far. False when the two know that already, or need none."""
        if self.state is not MeetingState.BOOKED or self.place or self.link_follows is not None:
            return False
        self.link_follows = follows
        return True

    @property
    def lacks_link(self) -> bool:
        """Whether a call may be made for it."""
        return self.state is MeetingState.BOOKED and not self.place and self.link_follows is not False

    def must_be_partner(self, person_id: str) -> None:
        """Refuse everybody but the two. Raises NotYourPartnership."""
        if person_id not in self.partners:
            raise NotYourPartnership

    def _must_be_to_come(self, at: datetime) -> datetime:
        """When it begins. Raises NotBooked or MeetingOver when nothing can be changed any more."""
        if self.state in {MeetingState.CANCELLED, MeetingState.MISSED, MeetingState.PROPOSED} or self.starts_at is None:
            raise NotBooked
        if self.state is MeetingState.ENDED or at >= self.starts_at:
            raise MeetingOver
        return self.starts_at

    @property
    def _ids(self) -> dict[str, str]:
        """What every event of a meeting carries."""
        return {
            "meeting_id": self.id,
            "partnership_id": self.partnership_id,
            "programme_id": self.programme_id,
            "protege_id": self.protege_id,
            "mentor_id": self.mentor_id,
        }

    @property
    def partners(self) -> tuple[str, str]:
        return self.protege_id, self.mentor_id

    @property
    def open(self) -> bool:
        """Whether it may still take place."""
        return self.state in {MeetingState.PROPOSED, MeetingState.BOOKED}

    @property
    def uid(self) -> str:
        """Its name in every calendar, for life."""
        return f"{self.id}@{UID_HOST}"

    @property
    def video_link(self) -> str | None:
        """The address of a video call, when that is the place: given here, or made for the meeting, and never read from a calendar."""
        return self.place if _LINK.fullmatch(self.place) else None

    @property
    def buckets(self) -> list[int]:
        """Every quarter of an hour (since 1970) that the meeting touches: what a person can give only once."""
        return [] if self.starts_at is None or self.ends_at is None else buckets_between(self.starts_at, self.ends_at)

    @property
    def held_buckets(self) -> list[int]:
        """Every quarter of an hour that one of the proposed times touches, and the meeting's own does not."""
        length = timedelta(minutes=self.minutes)
        return sorted({bucket for start in self.wanted for bucket in buckets_between(start, start + length)} - set(self.buckets))

    @property
    def wanted(self) -> list[datetime]:
        """The times that wait for an answer."""
        if self.moving is not None:
            return self.moving.starts
        return self.proposed if self.state is MeetingState.PROPOSED else []
