"""How a meeting stands, and what its two say of it."""

from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from shared.event import Event


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


class Happening(BaseModel):
    """One thing that became of a meeting: what its event is called, who did it where that is told, and the time it has since."""

    what: str
    at: datetime
    by_id: str | None = None
    starts_at: datetime | None = None

    @classmethod
    def of(cls, event: Event) -> "Happening":
        """An event as the two read of it later."""
        told = event.model_dump(include={"by_id", "starts_at"})
        return cls(what=event.event_type.split(".")[2], at=event.at, **told)


class Agreed(BaseModel):
    """The time by the clock on the wall, in whose zone, and by which release of the zone data it was reckoned."""

    wall: str
    zone: str
    tzdata: str

    @classmethod
    def at(cls, instant: datetime, zone: str, tzdata: str) -> "Agreed":
        """What the clock shows then."""
        return cls(wall=instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat(), zone=zone, tzdata=tzdata)

    def instant(self, now: datetime) -> datetime:
        """When the clock shows it by today's rules. Where it does so twice, an instant that still fits stays (`now`)."""
        wall, zone = datetime.fromisoformat(self.wall), ZoneInfo(self.zone)
        if now.astimezone(zone).replace(tzinfo=None) == wall:
            return now
        return wall.replace(tzinfo=zone).astimezone(UTC)


class MoveProposal(BaseModel):
    """Other times for a booked meeting, which keeps its own until the partner has picked one. `turn` counts the proposals."""

    starts: list[datetime]
    by_id: str
    held_until: datetime
    turn: int
