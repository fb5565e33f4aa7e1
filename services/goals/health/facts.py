"""What health is computed from. No word of the two is among it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from services.goals.health.thresholds import FEEDBACK_MEETINGS, USUAL_CADENCE_WEEKS

TAPS = 2
"""Questions one answers after a meeting: was it worth the time, did we do what we said."""


@dataclass(frozen=True, kw_only=True)
class MeetingFact:
    """A meeting that is booked, has ended (they met) or was missed."""

    state: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class AnswerFact:
    """How one person answered after one meeting. yes: how many of the two taps."""

    meeting_id: str
    yes: int
    given_at: datetime


@dataclass(frozen=True, kw_only=True)
class CharterFact:
    """The charter's dates. waits_for_id: who has to answer the newest version, if it waits."""

    proposed_at: datetime | None = None
    waits_for_id: str | None = None
    signed: bool = False
    cadence_weeks: int | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One pair. goals: how many it has, shared and private. left_ids: who of the two does not work here any more.

    paused_until: the first day on which the two go on. resumed_at: when their last pause ended.
    """

    partnership_id: str
    protege_id: str
    mentor_id: str
    started_at: datetime
    ends_on: date | None = None
    paused_until: date | None = None
    resumed_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    left_ids: frozenset[str] = frozenset()
    charter: CharterFact = CharterFact()
    meetings: tuple[MeetingFact, ...] = ()
    goals: int = 0
    answers: tuple[AnswerFact, ...] = ()

    def is_paused(self, at: datetime) -> bool:
        """Whether the two stand still."""
        return self.paused_until is not None and at.date() < self.paused_until

    def counted_from(self, since: datetime) -> datetime:
        """From when something is late: a pause in between does not count."""
        return max(since, self.resumed_at or since)

    @property
    def cadence_weeks(self) -> int:
        return self.charter.cadence_weeks or USUAL_CADENCE_WEEKS

    @property
    def met(self) -> tuple[MeetingFact, ...]:
        """The meetings that took place, in order."""
        return self._in_order("ended")

    @property
    def come(self) -> tuple[MeetingFact, ...]:
        """The meetings whose time has come, met or missed, in order."""
        return self._in_order("ended", "missed")

    @property
    def last_met_at(self) -> datetime | None:
        return self.met[-1].ends_at if self.met else None

    def next_at(self, at: datetime) -> datetime | None:
        """When they meet next, if that is booked."""
        return min((meeting.starts_at for meeting in self.meetings if meeting.state == "booked" and meeting.starts_at > at), default=None)

    def _in_order(self, *states: str) -> tuple[MeetingFact, ...]:
        return tuple(sorted((meeting for meeting in self.meetings if meeting.state in states), key=lambda meeting: meeting.starts_at))


@dataclass(frozen=True)
class Feedback:
    """What both said, together. percent: taps that said yes. answers: how many people's answers that is."""

    percent: int
    answers: int


def feedback_of(answers: Iterable[AnswerFact]) -> Feedback | None:
    """The share of yes over the last meetings both have answered; None while there is none.

    A meeting counts only when both have answered, so that the figure never changes by one person's taps alone.
    """
    by_meeting: dict[str, list[AnswerFact]] = {}
    for answer in answers:
        by_meeting.setdefault(answer.meeting_id, []).append(answer)
    both = [of_meeting for of_meeting in by_meeting.values() if len(of_meeting) >= TAPS]
    lately = sorted(both, key=lambda of_meeting: max(answer.given_at for answer in of_meeting))[-FEEDBACK_MEETINGS:]
    taken = [answer for of_meeting in lately for answer in of_meeting]
    if not taken:
        return None
    return Feedback(percent=round(100 * sum(answer.yes for answer in taken) / (TAPS * len(taken))), answers=len(taken))
