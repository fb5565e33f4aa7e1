"""What the handlers need to have kept or done for them. `save` also publishes what an aggregate has recorded."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.scheduling.domain import (
    Agenda,
    Availability,
    Calendar,
    Copy,
    Letter,
    Meeting,
    Notes,
    PersonHere,
    Plan,
    Policy,
    Rhythm,
    Series,
    Style,
    VideoChoice,
)
from services.scheduling.domain.items import Item
from services.scheduling.slots import Span


class AllSeries(Protocol):
    """The series of all partnerships."""

    async def get(self, partnership_id: str) -> Series:
        """Raises NotFound."""
        ...

    async def save(self, series: Series) -> None: ...

    async def clear_later(self, series: Series) -> None:
        """Have what is arranged within its pause cancelled, in a unit of its own."""
        ...

    async def close_later(self, series: Series) -> None:
        """Have what is still arranged cancelled, in units of their own."""
        ...


class Meetings(Protocol):
    """All meetings."""

    async def get(self, meeting_id: str) -> Meeting:
        """Raises NotFound."""
        ...

    async def find(self, meeting_id: str) -> Meeting | None: ...

    async def open_of(self, partnership_id: str) -> list[Meeting]:
        """Those that may still take place."""
        ...

    async def next_of(self, partnership_id: str, at: datetime) -> Meeting | None:
        """The booked meeting that ends first after `at`."""
        ...

    async def ahead_of(self, person_id: str, at: datetime) -> list[Meeting]:
        """A person's booked meetings that end after `at`."""
        ...

    async def save(self, meeting: Meeting) -> None: ...


class Copies(Protocol):
    """What we have written into people's calendars."""

    async def of(self, meeting_id: str, person_id: str) -> Copy:
        """The entry of one meeting in one partner's calendar; one of which nothing is known before we have written it."""
        ...

    async def save(self, copy: Copy) -> None: ...


class Letters(Protocol):
    """The letters that have come in: which, and what came of them; nothing of what they say."""

    async def seen(self, letter: Letter) -> bool:
        """Whether this letter has been taken in, by its name or by its content."""
        ...

    async def keep(self, letter: Letter, outcome: str, at: datetime) -> None: ...


class People(Protocol):
    """Who people are."""

    async def address_of(self, person_id: str) -> str:
        """Their mail address; empty when it is not known."""
        ...


class Times(Protocol):
    """Whose time is taken. A quarter of an hour of one person can be given only once."""

    async def must_be_free(self, people: Sequence[str], starts_at: datetime, ends_at: datetime, *, but: Collection[str]) -> None:
        """Refuse a time one of them has something else at than those of `but`. Raises TimeTaken."""
        ...

    async def take(self, meeting: Meeting, *, instead_of: str | None = None) -> None:
        """Give the meeting its time and no other; what is kept for the plan `instead_of` is not in its way.

        Raises TimeTaken, at the latest when the unit of work is written.
        """
        ...

    async def hold_plan(self, plan: Plan, meetings: Sequence[Meeting]) -> None:
        """Keep all times of a plan until its hold ends; the meetings it moves are not in its way. Raises TimeTaken."""
        ...

    async def let_go(self, plan: Plan) -> None:
        """Nothing is kept for the plan any more."""
        ...

    async def note(self, meeting: Meeting) -> None:
        """Give a meeting of the past its time. No calendar is asked: it may stand in them. Raises MetOtherwise."""
        ...

    async def note_clock(self, meeting: Meeting) -> None:
        """Have the meeting remember what the clock of its two shows at its time, by today's rules."""
        ...

    async def hold(self, meeting: Meeting) -> None:
        """Keep the proposed times for the meeting until its hold ends. Raises TimeTaken as `take` does."""
        ...

    async def give_back(self, meeting: Meeting) -> None:
        """The meeting needs no time any more."""
        ...

    async def know_slot(self, person_id: str, slot: Span, spans: Sequence[Span]) -> None:
        """Remember what their calendar says of one stretch of time, beside what was known of the rest."""
        ...


class Announcements(Protocol):
    """What goes out to calendars and by mail after the commit."""

    async def ask_to_reconnect(self, calendar: Calendar) -> None:
        """Tell its owner that it does not let us in any more."""
        ...

    async def invite(self, meeting: Meeting) -> None:
        """Tell both of the meeting as it is now."""
        ...

    async def withdraw(self, meeting: Meeting) -> None:
        """Tell both that it is off."""
        ...

    async def rewrite(self, meeting: Meeting, edition: int) -> None:
        """Bring both calendars in step with the agenda, without mail."""
        ...

    async def restore(self, meeting: Meeting, person_id: str, occasion: str) -> None:
        """Bring a partner's calendar back to the meeting as it is, whatever was done to it there; once for each occasion. Without mail."""
        ...

    async def invite_again(self, meeting: Meeting, person_id: str) -> None:
        """Send one partner the invitation as it is now: they have answered an earlier one, or have lost it."""
        ...

    async def decline_counter(self, meeting: Meeting, person_id: str) -> None:
        """Tell a partner's calendar program that the time it proposed cannot be (DECLINECOUNTER)."""
        ...

    async def look_for_times(self, meeting: Meeting, person_id: str) -> None:
        """Have other times proposed in the name of a partner who cannot come."""
        ...

    async def write_to(self, meeting: Meeting, person_id: str, calendar_id: str, generation: int) -> None:
        """Bring a calendar that was just connected in step."""
        ...


class Agendas(Protocol):
    """The agendas of all partnerships."""

    async def of(self, series: Series) -> Agenda:
        """The partnership's agenda; an empty one when nobody has written on it yet."""
        ...

    async def find(self, partnership_id: str) -> Agenda | None:
        """The partnership's agenda, if somebody has ever written on it."""
        ...

    async def agreed_style(self, series: Series) -> Style:
        """How the two have agreed to work with it; the protégé's questions until they have."""
        ...

    async def save(self, agenda: Agenda) -> None: ...


class AllNotes(Protocol):
    """What people have written about their meetings."""

    async def of(self, meeting: Meeting, by: str) -> Notes:
        """One person's notes on a meeting; empty ones when they have written none. Raises NotYourPartnership."""
        ...

    async def save(self, notes: Notes) -> None: ...


class Availabilities(Protocol):
    """When people work."""

    async def of(self, person_id: str) -> Availability:
        """What a person has said, else office hours in the zone their record names."""
        ...

    async def save(self, availability: Availability) -> None: ...


class Plans(Protocol):
    """The one plan of each partnership."""

    async def of(self, series: Series) -> Plan:
        """A partnership's plan; one in which nothing is planned yet."""
        ...

    async def save(self, plan: Plan) -> None: ...


class Policies(Protocol):
    """What people let their partners do."""

    async def of(self, person_id: str) -> Policy:
        """What a person has said, else the usual."""
        ...

    async def save(self, policy: Policy) -> None: ...


class VideoChoices(Protocol):
    """Where people meet by video."""

    async def of(self, person_id: str) -> VideoChoice:
        """What a person has said, else nothing."""
        ...

    async def save(self, choice: VideoChoice) -> None: ...


class Calendars(Protocol):
    """Where busy time is read from."""

    async def get(self, calendar_id: str) -> Calendar:
        """Raises NotFound."""
        ...

    async def of(self, person_id: str) -> list[Calendar]:
        """A person's calendars, the one they connected first first."""
        ...

    async def save(self, calendar: Calendar) -> None: ...

    async def remove(self, calendar: Calendar) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a look at one place of a calendar has shown.

    `generation`: all of it was written down beside what is known, as this one, and is to take its place; None: `items` are what has
    changed. `items` hold, either way, our own meetings and what could not be read. `until`: up to when the look reached, in epoch seconds.
    `read_as`: by whose clock and under which addresses it was read.
    """

    place: str
    cursor: str | None
    until: int
    read_as: str
    generation: int | None
    items: Sequence[Item]


class BusyCache(Protocol):
    """When people's calendars say that they are busy."""

    async def is_turn_of(self, calendar: Calendar, turn: str) -> bool:
        """Whether nobody else has begun to read the calendar meanwhile."""
        ...

    async def know(self, calendar: Calendar, looks: Sequence[Look]) -> int:
        """Remember it; how many entries of the calendar nobody can read."""
        ...

    async def forget(self, calendar: Calendar) -> None:
        """It says nothing any more."""
        ...


class Facts(Protocol):
    """What other services have told."""

    async def know_person(self, person: PersonHere) -> None: ...

    async def know_programme(self, programme_id: str, name: str) -> None: ...

    async def know_rhythm(self, partnership_id: str, rhythm: Rhythm) -> None: ...
