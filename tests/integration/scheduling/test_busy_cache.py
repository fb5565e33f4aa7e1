"""The busy cache on a real MongoDB: what is known of calendars stays until something better is known, and says how old it is."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.scheduling.domain import Calendar, CalendarKind, CalendarUnreachable
from services.scheduling.handlers import ConnectCalendar, connect_calendar
from services.scheduling.store import (
    CalendarBook,
    CalendarSecrets,
    CalendarServerError,
    Capabilities,
    Changes,
    Item,
    Place,
    ReadOnly,
    Scope,
    refreshing,
)
from services.scheduling.store.busy import lay_out
from services.scheduling.store.provider import Busy
from shared.secrets import Safe, new_key
from tests.integration.scheduling.conftest import World
from tests.support.probe import eventually
from tests.unit.scheduling.pair import NOW

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=3)
HOUR = timedelta(hours=1)
AT = "https://calendar.example/work/"


def span(number: int = 0) -> tuple[int, int]:
    start = NOON + number * HOUR
    return int(start.timestamp()), int((start + HOUR).timestamp())


def item(key: str, number: int = 0, **more: Any) -> Item:
    return Item(**{"key": key, "uid": key, "busy": (span(number),), **more})


def whole(*items: Item, cursor: str | None = "c1", stays: float = 0.0) -> Changes:
    return Changes(items=items, cursor=cursor, reset=True, stays_seconds=stays)


def changed(*items: Item, cursor: str | None = "c2") -> Changes:
    return Changes(items=items, cursor=cursor, reset=False)


@dataclass
class ScriptedCalendar(ReadOnly):
    """A calendar that says what a test has it say; the last thing again and again."""

    says: list[Changes | CalendarServerError]
    cursors: list[str | None] = field(default_factory=list)
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(itemised=True, changes=True))
    readers: int = 0
    most_readers: int = 0
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.go_on.set()

    async def discover(self) -> Sequence[Place]:
        return [Place(place=AT, name="Work", writable=False)]

    async def busy(self, place: str, scope: Scope) -> Busy:
        found = await self.changes(place, scope, None)
        return Busy(spans=[one for item in found.items for one in item.busy])

    async def is_read(self) -> bool:
        """Whether somebody reads it at this moment."""
        return self.readers > 0

    async def changes(self, _place: str, _scope: Scope, cursor: str | None) -> Changes:
        self.cursors.append(cursor)
        self.readers += 1
        self.most_readers = max(self.most_readers, self.readers)
        try:
            await self.go_on.wait()
        finally:
            self.readers -= 1
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(said, Exception):
            raise said
        return said


@dataclass
class Shelf:
    """Scripted calendars of one person."""

    world: World
    book: CalendarBook
    open: dict[str, ScriptedCalendar] = field(default_factory=dict)

    async def connect(self, *says: Changes | CalendarServerError) -> tuple[str, ScriptedCalendar]:
        calendar = Calendar.new(self.world.pair.protege_id)
        self.open[calendar.id] = ScriptedCalendar(list(says))
        command = ConnectCalendar(
            calendar_id=calendar.id,
            kind=CalendarKind.CALDAV,
            secret=self.book.secrets.seal(calendar, "orange"),
            reads=[AT],
            target_url=None,
            by=calendar.person_id,
            at=NOW,
        )
        await self.world.running.service.run(connect_calendar, command)
        return calendar.id, self.open[calendar.id]

    async def read(self, calendar_id: str, by: refreshing.Refresher | None = None) -> str | None:
        """Read it; what is wrong with it."""
        try:
            await (by or refreshing.Refresher(self.book)).refresh(self.world.running.service, calendar_id)
        except CalendarUnreachable as problem:
            return str(problem)
        return None

    async def busy(self) -> list[tuple[int, int]]:
        row = await self.world.database.busy.find_one({"_id": self.world.pair.protege_id})
        return [(start, end) for start, end in row["spans"]]

    async def rows(self, **where: Any) -> list[dict[str, Any]]:
        return [row async for row in self.world.database.busy_blocks.find(where)]

    async def calendar(self, calendar_id: str) -> Calendar:
        return Calendar.from_document(await self.world.database.calendars.find_one({"_id": calendar_id}))

    async def due_in(self, calendar_id: str) -> timedelta:
        row = await self.world.database.refreshes.find_one({"_id": calendar_id})
        return row["due_at"] - datetime.now(UTC)  # type: ignore[no-any-return]


@pytest.fixture
def shelf(world: World, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setattr(refreshing, "PATIENCE_SECONDS", 300.0)
    book: CalendarBook = world.running.app.state.book
    found = Shelf(world, CalendarBook(book.secrets, {CalendarKind.CALDAV: lambda calendar, _: found.open[calendar.id]}))
    return found


async def test_a_whole_calendar_then_changes_one_by_one_then_a_whole_one_again(shelf: Shelf) -> None:
    calendar_id, calendar = await shelf.connect(
        whole(item("stays"), item("moves", 2), item("goes", 4)),
        changed(item("moves", 6), Item(key="goes", gone=True), item("comes", 8)),
        changed(cursor="c2"),
        whole(item("other", 3), cursor="c9"),
    )
    await shelf.read(calendar_id)
    assert await shelf.busy() == [span(0), span(2), span(4)]
    await shelf.read(calendar_id)
    assert await shelf.busy() == [span(0), span(6), span(8)]
    await shelf.read(calendar_id)
    await shelf.read(calendar_id)
    assert await shelf.busy() == [span(3)]
    assert calendar.cursors == [None, "c1", "c2", "c2"]
    assert len({row["generation"] for row in await shelf.rows()}) == 1
    assert len(await shelf.rows()) == 1


async def test_rows_hold_when_and_nothing_else(shelf: Shelf) -> None:
    calendar_id, _ = await shelf.connect(whole(item("Secret plans with Ana.ics")))
    await shelf.read(calendar_id)
    (row,) = await shelf.rows()
    assert set(row) == {"_id", "source", "generation", "person_id", "key", "uid", "edition", "start", "end", "until"}
    assert "Secret" not in str(row)


async def test_what_two_calendars_tell_of_the_same_entry_counts_once_as_the_newer_copy_has_it(shelf: Shelf) -> None:
    older, _ = await shelf.connect(whole(item("invitation", 0, edition=(1, 5)), item("mine", 4)))
    newer, _ = await shelf.connect(whole(item("invitation", 2, edition=(2, 3)), item("hers", 6)))
    await shelf.read(older)
    await shelf.read(newer)
    assert await shelf.busy() == [span(2), span(4), span(6)]
    async with shelf.world.ines() as client:
        assert (await client.delete(f"/calendars/{newer}")).status_code == 204
    assert await shelf.busy() == [span(0), span(4)]


async def test_two_calendars_read_at_once_lose_nothing_of_each_other(shelf: Shelf) -> None:
    calendars = [(await shelf.connect(whole(item(f"entry-{number}", 2 * number))))[0] for number in range(6)]
    await asyncio.gather(*(shelf.read(calendar_id) for calendar_id in calendars))
    assert await shelf.busy() == [span(2 * number) for number in range(6)]


async def test_what_was_laid_out_but_never_put_in_place_counts_for_nothing(shelf: Shelf) -> None:
    calendar_id, _ = await shelf.connect(whole(item("known")), whole(item("new", 2), cursor="c5"))
    await shelf.read(calendar_id)
    calendar = await shelf.calendar(calendar_id)
    await lay_out(shelf.world.database, calendar, AT, [item("half", 9)], span(20)[1])  # and the process dies
    assert await shelf.busy() == [span(0)]
    await shelf.read(calendar_id)
    assert await shelf.busy() == [span(2)]
    assert len(await shelf.rows()) == 1


async def test_a_calendar_is_read_by_one_at_a_time_however_many_want_it(shelf: Shelf) -> None:
    calendar_id, calendar = await shelf.connect(whole(item("one")))
    replicas = [refreshing.Refresher(shelf.book) for _ in range(3)]
    answers = await asyncio.gather(*(shelf.read(calendar_id, by=replica) for replica in replicas for _ in range(5)))
    assert set(answers) == {None}
    assert calendar.most_readers == 1
    assert len(calendar.cursors) <= len(replicas)


async def test_what_is_read_of_a_calendar_that_was_disconnected_meanwhile_is_forgotten(shelf: Shelf) -> None:
    calendar_id, calendar = await shelf.connect(whole(item("one")))
    calendar.go_on.clear()
    reading = asyncio.create_task(shelf.read(calendar_id))
    await eventually(calendar.is_read, "it is being read")
    async with shelf.world.ines() as client:
        assert (await client.delete(f"/calendars/{calendar_id}")).status_code == 204
    calendar.go_on.set()
    await reading
    assert await shelf.busy() == []
    assert await shelf.rows() == []


async def test_what_is_read_of_a_calendar_that_was_connected_anew_meanwhile_does_not_count(shelf: Shelf) -> None:
    calendar_id, calendar = await shelf.connect(whole(item("old")))
    calendar.go_on.clear()
    reading = asyncio.create_task(shelf.read(calendar_id))
    await eventually(calendar.is_read, "it is being read")
    await shelf.world.database.calendars.update_one({"_id": calendar_id}, {"$inc": {"generation": 1, "version": 1}})
    calendar.go_on.set()
    await reading
    assert await shelf.busy() == []
    assert await shelf.rows() == []


async def test_who_was_too_slow_and_lost_the_turn_changes_nothing(shelf: Shelf) -> None:
    calendar_id, calendar = await shelf.connect(whole(item("old")))
    calendar.go_on.clear()
    slow = asyncio.create_task(shelf.read(calendar_id))
    await eventually(calendar.is_read, "it is being read")
    past = datetime(2026, 1, 1, tzinfo=UTC)
    await shelf.world.database.refreshes.update_one({"_id": calendar_id}, {"$set": {"held_until": past}})
    shelf.open[calendar_id] = ScriptedCalendar([whole(item("new", 2), cursor="c5")])
    await shelf.read(calendar_id)
    calendar.go_on.set()
    await slow
    assert await shelf.busy() == [span(2)]
    assert [(row["start"], row["end"]) for row in await shelf.rows()] == [span(2)]
    (source,) = [row async for row in shelf.world.database.sources.find()]
    assert source["cursor"] == "c5"


async def test_a_call_that_comes_while_a_calendar_is_read_has_it_read_once_more(shelf: Shelf) -> None:
    calendar_id, calendar = await shelf.connect(whole(item("old")), changed(item("new", 2)))
    calendar.go_on.clear()
    reading = asyncio.create_task(shelf.read(calendar_id))
    await eventually(calendar.is_read, "it is being read")
    await shelf.world.database.refreshes.update_one({"_id": calendar_id}, [{"$set": {"due_at": "$$NOW"}}])
    calendar.go_on.set()
    await reading
    assert await refreshing.Refresher(shelf.book).refresh_next(shelf.world.running.service)
    assert await shelf.busy() == [span(0), span(2)]
    assert not await refreshing.Refresher(shelf.book).refresh_next(shelf.world.running.service)


async def test_more_changes_than_fit_in_one_transaction_are_read_as_a_calendar_that_is_new(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refreshing, "MOST_AT_ONCE", 2)
    many = [item(f"entry-{number}", 2 * number) for number in range(3)]
    calendar_id, calendar = await shelf.connect(whole(item("one")), changed(*many), whole(*many, cursor="c7"))
    await shelf.read(calendar_id)
    await shelf.read(calendar_id)
    assert await shelf.busy() == [span(0), span(2), span(4)]
    assert calendar.cursors == [None, "c1", None]


async def test_a_calendar_with_more_busy_times_than_are_kept_is_refused_and_what_was_known_stays(shelf: Shelf) -> None:
    flood = Item(key="flood", busy=tuple((60 * number, 60 * number + 30) for number in range(20_001)))
    calendar_id, _ = await shelf.connect(whole(item("known")), whole(flood))
    await shelf.read(calendar_id)
    assert "more than 20000 busy times" in str(await shelf.read(calendar_id))
    assert await shelf.busy() == [span(0)]


# ---------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("error", "at_least", "at_most"),
    [
        (CalendarServerError("away"), timedelta(minutes=4), timedelta(minutes=6)),
        (CalendarServerError("later", retry_after=7200.0), timedelta(minutes=118), timedelta(hours=2)),
        (CalendarServerError("gone", lasting=True), timedelta(hours=5), timedelta(hours=6)),
        (CalendarServerError("locked out", reconnect=True), timedelta(hours=23), timedelta(hours=24)),
    ],
)
async def test_the_last_good_answer_is_kept_and_dated_and_the_server_is_left_alone(
    shelf: Shelf, error: CalendarServerError, at_least: timedelta, at_most: timedelta
) -> None:
    calendar_id, _ = await shelf.connect(whole(item("known")), error)
    await shelf.read(calendar_id)
    read_at = (await shelf.calendar(calendar_id)).refreshed_at
    assert await shelf.read(calendar_id) == str(error)
    found = await shelf.calendar(calendar_id)
    assert (found.refreshed_at, found.problem, found.reconnect) == (read_at, str(error), error.reconnect)
    assert await shelf.busy() == [span(0)]
    assert at_least < await shelf.due_in(calendar_id) <= at_most
    async with shelf.world.ines() as client:
        (view,) = (await client.get("/calendars/mine")).json()
    assert (view["problem"], view["reconnect"]) == (str(error), error.reconnect)
    assert datetime.fromisoformat(view["refreshed_at"]) == read_at


async def test_what_is_not_known_is_said_where_times_are_offered(shelf: Shelf) -> None:
    async def known() -> tuple[str, Any]:
        async with shelf.world.deborah() as client:
            people = (await client.get(shelf.world.path("slots"))).json()["people"]
        (hers,) = [person for person in people if person["person_id"] == shelf.world.pair.protege_id]
        return hers["calendars"], hers["checked_at"]

    assert await known() == ("none", None)
    calendar_id, _ = await shelf.connect(whole(item("known")), CalendarServerError("locked out", reconnect=True))
    assert await known() == ("unsure", None)
    await shelf.read(calendar_id)
    state, checked_at = await known()
    assert (state, datetime.fromisoformat(checked_at)) == ("fresh", (await shelf.calendar(calendar_id)).refreshed_at)
    await shelf.read(calendar_id)
    assert await known() == ("unsure", checked_at)
    await shelf.world.database.calendars.update_one({}, {"$set": {"problem": None, "kind": "feed"}})
    assert await known() == ("hours_old", checked_at)
    await shelf.world.database.calendars.update_one({}, {"$set": {"refreshed_at": datetime.now(UTC) - 4 * HOUR, "kind": "caldav"}})
    assert (await known())[0] == "unsure"


async def test_a_calendar_that_is_more_than_its_adapter_can_bear_stops_nobody(shelf: Shelf) -> None:
    calendar_id, calendar = await shelf.connect(whole(item("known")))
    await shelf.read(calendar_id)
    calendar.says = [KeyError("DTSTART")]  # type: ignore[list-item]
    assert await shelf.read(calendar_id) == "The calendar cannot be understood."
    assert await shelf.busy() == [span(0)]
    await shelf.world.database.refreshes.update_one({}, {"$unset": {"due_at": ""}})
    assert await refreshing.Refresher(shelf.book).refresh_next(shelf.world.running.service)


async def test_a_server_that_fails_again_and_again_is_asked_less_and_less_often(shelf: Shelf) -> None:
    calendar_id, _ = await shelf.connect(CalendarServerError("away"))
    pauses = []
    for _ in range(6):
        await shelf.read(calendar_id)
        pauses.append(await shelf.due_in(calendar_id))
    assert [round(pause / timedelta(minutes=5)) for pause in pauses] == [1, 2, 4, 8, 12, 12]


async def test_a_server_that_is_slow_holds_up_nobody_else(shelf: Shelf) -> None:
    slow, hanging = await shelf.connect(whole(item("slow")))
    hanging.go_on.clear()
    refresher = refreshing.Refresher(shelf.book)
    reading = asyncio.create_task(refresher.refresh_next(shelf.world.running.service))
    await eventually(hanging.is_read, "it is being read")
    quick, _ = await shelf.connect(whole(item("quick", 2)))
    assert await refresher.refresh_next(shelf.world.running.service)
    assert await shelf.busy() == [span(2)]
    hanging.go_on.set()
    await reading
    assert await shelf.busy() == [span(0), span(2)]
    assert {slow, quick} == {row["_id"] async for row in shelf.world.database.refreshes.find()}


async def test_how_often_is_the_provider_s_and_the_publisher_s_word(shelf: Shelf) -> None:
    calendar_id, calendar = await shelf.connect(whole(item("one"), stays=7200.0))
    calendar.capabilities = replace(calendar.capabilities, poll_seconds=900.0)
    await shelf.read(calendar_id)
    assert timedelta(minutes=118) < await shelf.due_in(calendar_id) <= timedelta(hours=2)


async def test_a_provider_that_tells_only_the_sum_is_asked_for_it_and_written_only_when_it_changes(shelf: Shelf) -> None:
    calendar_id, calendar = await shelf.connect(whole(item("a"), item("b", 2)))
    calendar.capabilities = Capabilities(itemised=False)
    await shelf.read(calendar_id)
    assert await shelf.busy() == [span(0), span(2)]
    before = await shelf.rows()
    await shelf.read(calendar_id)
    assert await shelf.rows() == before


async def test_a_secret_sealed_with_an_older_key_is_sealed_anew_when_its_calendar_was_read(shelf: Shelf) -> None:
    old, new = new_key(), new_key()
    shelf.book.secrets = CalendarSecrets(Safe([old]))
    calendar_id, _ = await shelf.connect(whole())
    shelf.book.secrets = CalendarSecrets(Safe([new, old]))
    await shelf.read(calendar_id)
    assert CalendarSecrets(Safe([new])).open(await shelf.calendar(calendar_id)) == "orange"
    shelf.book.secrets = CalendarSecrets(Safe([new_key()]))
    assert "cannot be read any more" in str(await shelf.read(calendar_id))
    assert (await shelf.calendar(calendar_id)).reconnect
