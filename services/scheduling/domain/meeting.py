"""A meeting: proposed or booked, moved or cancelled, held or missed."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, Field

from services.scheduling.domain.series import NotYourPartnership, Series
from shared.aggregate import Aggregate, new_id
from shared.contracts.scheduling import MeetingBooked, MeetingCancelled, MeetingEnded, MeetingMissed, MeetingMoved, MeetingProposed
from shared.errors import Invalid, NotAllowed, Rejected

BUCKET_SECONDS = 15 * 60
SHORTEST, LONGEST = 15, 240
MOST_PROPOSED = 3
HOLD = timedelta(hours=48)
LONGEST_PLACE = 300
UID_HOST = "meetings.tandem"
_LINK = re.compile(r"https://[^\s/?#@\\\"<>]+(?:[/?#][^\s\\\"<>]*)?")
"""An address with nothing around it, no user name in it, and no character that would end it early on a page or in a calendar."""


class TimePassed(Rejected):
    """This time has already passed."""


class NotProposed(Rejected):
    """This time is not one of those that were proposed."""


class AnswerIsTheOthers(NotAllowed):
    """Your partner picks one of the times you have proposed."""


class NotWaitingForAnswer(Rejected):
    """This meeting is not waiting for an answer any more."""


class NotBooked(Rejected):
    """This meeting has no time that could be changed: it was cancelled, is over, or is still to be picked."""


class MeetingOver(Rejected):
    """This meeting is over."""


class NotYetBegun(Rejected):
    """A meeting can be missed only once it should have begun."""


class NotOverYet(Rejected):
    """Only what is over can be noted down, and this has not ended yet."""


class MetOtherwise(Rejected):
    """One of you has another meeting noted down at this time."""


class NothingToSay(Rejected):
    """Nobody has said that this meeting was missed."""


class TimeTaken(Rejected):
    """One of you is not free at this time any more."""


class MeetingState(StrEnum):
    PROPOSED = "proposed"
    BOOKED = "booked"
    ENDED = "ended"
    CANCELLED = "cancelled"
    MISSED = "missed"


class Why(StrEnum):
    """Why a meeting did not take place, as one of the two tells it; never whose fault it was."""

    UNSAID = ""
    I_COULD_NOT = "i_could_not"
    I_WAITED = "i_waited"
    SOMETHING_CAME_UP = "something_came_up"


class Word(BaseModel):
    """What one partner says of a meeting whose time has come."""

    took_place: bool
    why: Why = Why.UNSAID


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
    words: dict[str, Word] = Field(default_factory=dict)
    """By person, once somebody has said that it was missed. It is missed as long as one of them says so."""

    @classmethod
    def propose(cls, series: Series, *, by: str, starts: list[datetime], minutes: int, place: str, at: datetime) -> Self:
        """Ask the other partner which of up to three times suits. Raises Invalid, TimePassed, PartnershipOver, NotYourPartnership."""
        meeting = cls._arrange(series, MeetingState.PROPOSED, by=by, minutes=minutes, place=place, at=at)
        meeting.proposed = _times_worth_proposing(starts, at)
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
        _must_be_ahead(starts_at, at)
        self.starts_at, self.ends_at = starts_at, starts_at + timedelta(minutes=self.minutes)
        self.record(
            MeetingBooked(
                meeting_id=self.id,
                partnership_id=self.partnership_id,
                programme_id=self.programme_id,
                protege_id=self.protege_id,
                mentor_id=self.mentor_id,
                starts_at=self.starts_at,
                ends_at=self.ends_at,
                at=at,
            )
        )

    def move(self, by: str, starts_at: datetime, at: datetime) -> None:
        """Hold the meeting at another time. It must not have begun."""
        self.must_be_partner(by)
        previous = self._must_be_to_come(at)
        _must_be_ahead(starts_at, at)
        if starts_at == previous:
            raise Invalid("The meeting is at this time already.", field="starts_at")
        self.starts_at, self.ends_at = starts_at, starts_at + timedelta(minutes=self.minutes)
        self.revision += 1
        self.record(
            MeetingMoved(
                meeting_id=self.id,
                partnership_id=self.partnership_id,
                programme_id=self.programme_id,
                protege_id=self.protege_id,
                mentor_id=self.mentor_id,
                by_id=by,
                starts_at=self.starts_at,
                ends_at=self.ends_at,
                previous_starts_at=previous,
                at=at,
            )
        )

    def cancel(self, by: str | None, at: datetime) -> None:
        """Take back the meeting, or the question for its time. `by` is None when the partnership has ended."""
        if by is not None:
            self.must_be_partner(by)
        if self.state is not MeetingState.PROPOSED:
            self._must_be_to_come(at)
        self.state = MeetingState.CANCELLED
        self.revision += 1
        self.record(
            MeetingCancelled(
                meeting_id=self.id,
                partnership_id=self.partnership_id,
                programme_id=self.programme_id,
                protege_id=self.protege_id,
                mentor_id=self.mentor_id,
                by_id=by,
                starts_at=self.starts_at,
                at=at,
            )
        )

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
        self.record(
            MeetingEnded(
                meeting_id=self.id,
                partnership_id=self.partnership_id,
                programme_id=self.programme_id,
                protege_id=self.protege_id,
                mentor_id=self.mentor_id,
                starts_at=self.starts_at,
                ends_at=self.ends_at,
                saved_minutes=self.saved_minutes,
                at=at,
            )
        )

    def miss(self, by: str, at: datetime, why: Why = Why.UNSAID) -> None:
        """One partner says that it did not take place. The other's word stands beside it, and changes nothing."""
        self.must_be_partner(by)
        if (
            self.state not in {MeetingState.BOOKED, MeetingState.ENDED, MeetingState.MISSED}
            or self.starts_at is None
            or self.ends_at is None
        ):
            raise NotBooked
        if at < self.starts_at:
            raise NotYetBegun
        self.words[by] = Word(took_place=False, why=why)
        if self.state is MeetingState.MISSED:
            return
        self.state = MeetingState.MISSED
        self.record(
            MeetingMissed(
                meeting_id=self.id,
                partnership_id=self.partnership_id,
                programme_id=self.programme_id,
                protege_id=self.protege_id,
                mentor_id=self.mentor_id,
                by_id=by,
                starts_at=self.starts_at,
                ends_at=self.ends_at,
                at=at,
            )
        )

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
        """The address of a video call, when that is the place. It is one that a partner gave here, never one read from a calendar."""
        return self.place if _LINK.fullmatch(self.place) else None

    @property
    def buckets(self) -> list[int]:
        """Every quarter of an hour (since 1970) that the meeting touches: what a person can give only once."""
        return [] if self.starts_at is None or self.ends_at is None else buckets_between(self.starts_at, self.ends_at)

    @property
    def held_buckets(self) -> list[int]:
        """Every quarter of an hour that one of the proposed times touches."""
        length = timedelta(minutes=self.minutes)
        return sorted({bucket for start in self.proposed for bucket in buckets_between(start, start + length)})


def buckets_between(starts_at: datetime, ends_at: datetime) -> list[int]:
    """Every quarter of an hour since 1970 that lies wholly or partly between two instants."""
    return list(range(int(starts_at.timestamp()) // BUCKET_SECONDS, (int(ends_at.timestamp()) - 1) // BUCKET_SECONDS + 1))


def _must_be_ahead(starts_at: datetime, at: datetime) -> None:
    if starts_at <= at:
        raise TimePassed


def _times_worth_proposing(starts: list[datetime], at: datetime) -> list[datetime]:
    times = sorted(set(starts))
    if not 1 <= len(times) <= MOST_PROPOSED:
        raise Invalid(f"Propose one to {MOST_PROPOSED} different times.", field="starts")
    for start in times:
        _must_be_ahead(start, at)
    return times
