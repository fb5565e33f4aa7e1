"""Whatever people do in their calendars, and in whatever order, how often or how late we hear of it: in the end all show the same."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.domain import Change, Copy, Meeting, MeetingState, Policy, Shown, TimeTaken, copy_id
from services.scheduling.handlers import (
    CancelMeeting,
    ChooseTime,
    KeepMeeting,
    NoteWritten,
    TakeChange,
    cancel_meeting,
    keep_meeting,
    move_meeting,
    note_written,
    pick_time,
    take_change,
    turn_back,
)
from shared.errors import Rejected
from tests.unit.scheduling.pair import NOW, TEN, Pair

HOUR = timedelta(hours=1)
TAKEN = TEN + 5 * HOUR
"""An hour at which one of the two has something else."""


@dataclass(frozen=True)
class Entry:
    """The meeting as it stands in somebody's calendar."""

    starts_at: datetime
    ends_at: datetime
    revision: int
    text: str
    version: int


@dataclass
class House:
    """The service with one meeting, its two calendars, and what is on its way between them."""

    moves_count: bool
    pair: Pair = field(default_factory=Pair)
    calendars: dict[str, Entry | None] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    on_their_way: list[TakeChange] = field(default_factory=list)
    copies: dict[str, Copy] = field(default_factory=dict)
    own_words: dict[str, str] = field(default_factory=dict)
    _step: list[Callable[[], None]] = field(default_factory=list)
    _versions: int = 0

    def __post_init__(self) -> None:
        self.meeting = self.pair.booked()
        self.calendars = dict.fromkeys(self.people)
        self.waiting = list(self.people)

    @property
    def people(self) -> tuple[str, str]:
        return self.pair.protege_id, self.pair.mentor_id

    # ------------------------------------------------------------ what the handlers need; what a refused one has done is undone

    async def run(self, handler: Callable[..., Awaitable[Any]], command: Any, **stores: Any) -> Any:
        self._step = []
        result = await handler(command, **dict.fromkeys(stores, self))
        for change in self._step:
            change()
        return result

    async def get(self, _meeting_id: str) -> Meeting:
        return self.meeting.model_copy(deep=True)

    async def find(self, meeting_id: str) -> Meeting:
        return await self.get(meeting_id)

    async def of(self, *ids: str) -> Any:
        if len(ids) == 1:
            return Policy(id=ids[0], partner_may_move=self.moves_count)
        return self.copies.get(copy_id(*ids), Copy.of(*ids)).model_copy(deep=True)

    async def save(self, saved: Meeting | Copy) -> None:
        if isinstance(saved, Copy):
            self._step.append(lambda: self.copies.update({saved.id: saved}))
        else:
            saved.published()
            self._step.append(lambda: setattr(self, "meeting", saved))

    async def take(self, meeting: Meeting) -> None:
        if meeting.starts_at == TAKEN:
            raise TimeTaken

    async def hold(self, meeting: Meeting) -> None:
        if TAKEN in meeting.wanted:
            raise TimeTaken

    async def give_back(self, _meeting: Meeting) -> None:
        """Nobody else wants it."""

    async def invite(self, _meeting: Meeting) -> None:
        self._step.append(lambda: self.waiting.extend(self.people))

    withdraw = invite

    async def restore(self, _meeting: Meeting, person_id: str, _occasion: str) -> None:
        self._step.append(lambda: self.waiting.append(person_id))

    async def decline_counter(self, _meeting: Meeting, _person_id: str) -> None:
        """A mail."""

    async def look_for_times(self, _meeting: Meeting, _person_id: str) -> None:
        """Not in this play."""

    # ------------------------------------------------------------ calendars

    def put(self, person: str, **changes: Any) -> None:
        self._versions += 1
        there = self.calendars[person]
        if there is not None:
            self.calendars[person] = replace(there, **changes, version=self._versions)

    async def send(self, person: str, *, dies: bool = False) -> None:
        """Write the meeting as it is into a calendar. Who dies after it has not noted down that it did."""
        copy: Copy = await self.of(self.meeting.id, person)
        there = self.calendars[person]
        own = there is not None and copy.text is not None and there.text != copy.text
        self._versions += 1
        written = None
        if self.meeting.state is not MeetingState.CANCELLED:
            assert self.meeting.starts_at is not None
            assert self.meeting.ends_at is not None
            text = there.text if own and there else "ours"
            written = Entry(self.meeting.starts_at, self.meeting.ends_at, self.meeting.revision, text, self._versions)
        self.calendars[person] = written
        if not dies:
            await self.run(
                note_written,
                NoteWritten(
                    meeting_id=self.meeting.id,
                    person_id=person,
                    calendar="c/1",
                    starts_at=written.starts_at if written else None,
                    ends_at=written.ends_at if written else None,
                    text=copy.text if own and copy.text else "ours",
                    mark=str(written.version) if written else None,
                    at=NOW,
                ),
                copies=self,
            )

    def read(self, person: str) -> TakeChange:
        """The entry as it stands now, and how often we had written it."""
        there, copy = self.calendars[person], self.copies.get(copy_id(self.meeting.id, person), Copy.of(self.meeting.id, person))
        return TakeChange(
            meeting_id=self.meeting.id,
            person_id=person,
            calendar="c/1",
            shown=Shown(starts_at=there.starts_at, ends_at=there.ends_at, revision=there.revision) if there else None,
            mark=str(there.version) if there else f"gone-{copy.edition}",
            edition=copy.edition,
            at=NOW,
        )

    async def hear(self, command: TakeChange) -> None:
        try:
            await self.run(take_change, command, meetings=self, copies=self, policies=self, times=self, announcements=self)
        except Rejected:
            await self.run(turn_back, command, meetings=self, copies=self, announcements=self)

    # ------------------------------------------------------------ the adversary

    async def act(self, deed: str, who: int, number: int) -> None:  # noqa: C901 - each thing that can happen
        person, at = self.people[who], TEN + number * HOUR
        match deed:
            case "drag":
                self.put(person, starts_at=at, ends_at=at + HOUR, revision=number)
            case "stretch":
                there = self.calendars[person]
                self.put(person, **({"ends_at": there.starts_at + 2 * HOUR} if there else {}))
            case "delete":
                self.calendars[person] = None
            case "rename":
                if self.calendars[person] is not None:
                    self.own_words[person] = f"mine {number}"
                self.put(person, text=f"mine {number}")
            case "send" | "send and die" if self.waiting:
                place = number % len(self.waiting)
                await self.send(self.waiting[place], dies=deed == "send and die")
                if deed == "send":
                    self.waiting.pop(place)
            case "read":
                self.on_their_way.append(self.read(person))
            case "hear" | "hear twice" if self.on_their_way:
                place = number % len(self.on_their_way)
                await self.hear(self.on_their_way[place])
                if deed == "hear":
                    self.on_their_way.pop(place)
            case "lose" if self.on_their_way:
                self.on_their_way.pop(number % len(self.on_their_way))
            case "move" | "pick" | "keep" | "cancel":
                await self.click(deed, person, at, number)

    async def click(self, deed: str, person: str, at: datetime, number: int) -> None:
        """What one of the two does here."""
        starts = self.meeting.moving.starts if self.meeting.moving else [at]
        choice = ChooseTime(meeting_id=self.meeting.id, starts_at=starts[number % len(starts)] if deed == "pick" else at, by=person, at=NOW)
        try:
            match deed:
                case "move":
                    await self.run(move_meeting, choice, meetings=self, times=self, announcements=self)
                case "pick":
                    await self.run(pick_time, choice, meetings=self, times=self, announcements=self)
                case "keep":
                    await self.run(keep_meeting, KeepMeeting(meeting_id=self.meeting.id, by=person, at=NOW), meetings=self, times=self)
                case "cancel":
                    command = CancelMeeting(meeting_id=self.meeting.id, by=person, at=NOW)
                    await self.run(cancel_meeting, command, meetings=self, times=self, announcements=self)
        except Rejected:
            return  # as a person is told

    async def settle(self) -> None:
        """Nobody does anything any more; what is on its way arrives late, and the calendars are looked at as the clock asks."""
        for command in self.on_their_way:
            await self.hear(command)
        for _ in range(4):
            while self.waiting:
                await self.send(self.waiting.pop())
            for person in self.people:
                await self.hear(self.read(person))
        assert not self.waiting


DEEDS = ["drag", "stretch", "delete", "rename", "send", "send", "send and die", "read", "read", "hear", "hear", "hear twice", "lose"]
CLICKS = ["move", "pick", "keep", "cancel"]
STEPS = st.lists(st.tuples(st.sampled_from([*DEEDS, *CLICKS]), st.integers(0, 1), st.integers(0, 7)), max_size=25)


@settings(max_examples=400, deadline=None)
@given(steps=STEPS, moves_count=st.booleans())
async def test_in_the_end_both_calendars_show_the_meeting_as_it_is(steps: list[tuple[str, int, int]], moves_count: bool) -> None:  # noqa: FBT001
    house = House(moves_count)
    for step in steps:
        await house.act(*step)
    await house.settle()
    for person in house.people:
        there = house.calendars[person]
        if house.meeting.state is MeetingState.CANCELLED:
            assert there is None
        else:
            assert there is not None
            assert (there.starts_at, there.ends_at) == (house.meeting.starts_at, house.meeting.ends_at)
            if person in house.own_words and there.text != "ours":
                assert there.text == house.own_words[person]
    deeds = Counter(deed for deed, _, _ in steps)
    assert house.meeting.turns <= deeds["drag"], "nothing we did ourselves is taken for a person's deed"
    assert house.meeting.revision <= sum(deeds[deed] for deed in ("drag", "delete", *CLICKS))


@pytest.fixture
async def house() -> House:
    house = House(moves_count=False)
    await house.settle()
    return house


async def test_a_drag_is_one_question_however_often_it_is_heard_of(house: House) -> None:
    person = house.people[0]
    house.put(person, starts_at=TEN + HOUR, ends_at=TEN + 2 * HOUR)
    read = house.read(person)
    for _ in range(3):
        await house.hear(read)
    await house.settle()
    await house.hear(read)
    assert house.meeting.turns == 1
    assert house.meeting.starts_at == TEN


async def test_what_was_read_before_we_wrote_is_not_taken_for_the_persons_deed(house: House) -> None:
    person = house.people[0]
    read = house.read(person)
    await house.act("move", 1, 2)
    await house.settle()
    await house.hear(read)
    await house.settle()
    assert (house.meeting.turns, house.meeting.starts_at) == (0, TEN + 2 * HOUR)


async def test_who_is_behind_has_not_moved_anything(house: House) -> None:
    await house.act("move", 1, 2)
    house.waiting.clear()  # the calendar's server was away for too long
    await house.settle()
    assert (house.meeting.turns, house.meeting.starts_at) == (0, TEN + 2 * HOUR)


async def test_ones_own_words_survive_every_move(house: House) -> None:
    await house.act("rename", 0, 3)
    for hours in (1, 2, 3):
        await house.act("move", 1, hours)
        await house.settle()
    there = house.calendars[house.people[0]]
    assert there is not None
    assert there.text == "mine 3"


def test_what_differs_is_told_from_what_was_written_last() -> None:
    meeting = Pair().booked(TEN)
    copy = Copy.of(meeting.id, meeting.mentor_id)
    at_ten = Shown(starts_at=TEN, ends_at=TEN + HOUR, revision=0)
    later = Shown(starts_at=TEN + HOUR, ends_at=TEN + 2 * HOUR, revision=0)
    assert copy.change(None, meeting) is Change.NOTHING, "never written"
    assert copy.change(later, meeting) is Change.MOVED
    copy.was_written(starts_at=TEN, ends_at=TEN + HOUR, text="", mark="1")
    assert copy.change(at_ten, meeting) is Change.NOTHING
    assert copy.change(None, meeting) is Change.GONE
    assert copy.change(replace(at_ten, declined=True), meeting) is Change.DECLINED
    meeting.move(meeting.mentor_id, TEN + 2 * HOUR, NOW)
    assert copy.change(at_ten, meeting) is Change.BEHIND
    assert copy.change(later, meeting) is Change.MOVED
    meeting.cancel(meeting.mentor_id, NOW)
    assert copy.change(at_ten, meeting) is Change.BEHIND
    assert copy.change(None, meeting) is Change.NOTHING
