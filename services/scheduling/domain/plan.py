"""Several meetings arranged together: proposed by one of the two as a whole, and agreed as a whole."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from services.scheduling.domain.buckets import buckets_between
from services.scheduling.domain.meeting import HOLD, LONGEST, SHORTEST
from services.scheduling.domain.proposing import must_be_ahead
from services.scheduling.domain.series import Series
from shared.aggregate import Aggregate
from shared.contracts.scheduling import PlanProposed, PlanSettled
from shared.errors import Invalid, NotAllowed, Rejected

MOST_SESSIONS = 12
SHORTEST_GAP, LONGEST_GAP = 1, 92


class NoPlanOpen(Rejected):
    """No plan waits for an answer."""


class PlanIsTheOthers(NotAllowed):
    """Your partner agrees to the plan you have proposed."""


class PlanState(StrEnum):
    NONE = "none"
    OPEN = "open"
    AGREED = "agreed"
    SETTLED = "settled"


class Gap(BaseModel):
    """How many days there are from one meeting to the next, at least and at most; agreed by both with the plan it is part of."""

    least: int
    most: int

    def must_make_sense(self) -> None:
        """Raises Invalid."""
        if not SHORTEST_GAP <= self.least <= self.most <= LONGEST_GAP:
            raise Invalid(f"Between two meetings there are {SHORTEST_GAP} to {LONGEST_GAP} days.", field="least_days")


class Session(BaseModel):
    """One meeting of a plan: a new one, or one that stands and is moved (or left) where `meeting_id` names it."""

    starts_at: datetime
    meeting_id: str | None = None


class Plan(Aggregate):
    """The one plan of a partnership, whose id it has: so no two can be open at once. `turn` counts the proposals."""

    protege_id: str
    mentor_id: str
    state: PlanState = PlanState.NONE
    by_id: str | None = None
    sessions: list[Session] = Field(default_factory=list)
    minutes: int = 0
    place: str = ""
    gap: Gap | None = None
    held_until: datetime | None = None
    turn: int = 0

    @classmethod
    def of(cls, series: Series) -> "Plan":
        """Nothing is planned yet."""
        return cls(id=series.id, protege_id=series.protege_id, mentor_id=series.mentor_id)

    def propose(
        self, series: Series, *, by: str, sessions: Sequence[Session], minutes: int, place: str, gap: Gap, zone: str, at: datetime
    ) -> None:
        """Ask the other partner to agree to all of it; an earlier question is forgotten. Raises Invalid, TimePassed, PartnershipOver."""
        series.must_be_partner(by)
        series.must_run()
        gap.must_make_sense()
        must_make_a_series(sessions, minutes, gap, zone, at)
        self._settle(by, "withdrawn", at)
        self.state, self.by_id, self.sessions, self.minutes = PlanState.OPEN, by, list(sessions), minutes
        self.place, self.gap, self.held_until, self.turn = place, gap, at + HOLD, self.turn + 1
        starts = tuple(session.starts_at for session in sessions)
        self.record(PlanProposed(**self._ids, by_id=by, other_id=series.other(by), starts=starts, minutes=minutes, turn=self.turn, at=at))

    def agree(self, by: str, at: datetime) -> Gap:
        """The other partner agrees; the gap both have agreed on with it. Raises NoPlanOpen, PlanIsTheOthers."""
        if self.state is not PlanState.OPEN or self.gap is None:
            raise NoPlanOpen
        if by == self.by_id:
            raise PlanIsTheOthers
        self._settle(by, "agreed", at)
        self.state = PlanState.AGREED
        return self.gap

    def turn_down(self, by: str, at: datetime) -> None:
        """Take it back, or say no to it. Raises NoPlanOpen."""
        if self.state is not PlanState.OPEN:
            raise NoPlanOpen
        self._settle(by, "withdrawn" if by == self.by_id else "declined", at)

    def _settle(self, by: str, outcome: str, at: datetime) -> None:
        if self.state is PlanState.OPEN:
            self.record(PlanSettled(**self._ids, by_id=by, outcome=outcome, turn=self.turn, at=at))
            self.state = PlanState.SETTLED

    @property
    def _ids(self) -> dict[str, str]:
        return {"partnership_id": self.id, "protege_id": self.protege_id, "mentor_id": self.mentor_id}

    @property
    def partners(self) -> tuple[str, str]:
        return self.protege_id, self.mentor_id

    @property
    def wanted(self) -> list[datetime]:
        """The times that are kept for the plan while it waits."""
        return [session.starts_at for session in self.sessions] if self.state is PlanState.OPEN else []

    @property
    def held_buckets(self) -> list[int]:
        """Every quarter of an hour that one of them touches."""
        length = timedelta(minutes=self.minutes)
        return sorted({bucket for start in self.wanted for bucket in buckets_between(start, start + length)})


def must_make_a_series(sessions: Sequence[Session], minutes: int, gap: Gap, zone: str, at: datetime) -> None:
    """In order, ahead, and with gaps as wanted, in days of a calendar in this zone. Raises Invalid, TimePassed."""
    if not 1 <= len(sessions) <= MOST_SESSIONS:
        raise Invalid(f"Plan 1 to {MOST_SESSIONS} meetings.", field="starts")
    if not SHORTEST <= minutes <= LONGEST:
        raise Invalid(f"A meeting lasts {SHORTEST} to {LONGEST} minutes.", field="minutes")
    for session in sessions:
        must_be_ahead(session.starts_at, at)
    days = [session.starts_at.astimezone(ZoneInfo(zone)).date() for session in sessions]
    if any(not gap.least <= (after - before).days <= gap.most for before, after in pairwise(days)):
        raise Invalid(f"Between two meetings there are to be {gap.least} to {gap.most} days.", field="starts")
