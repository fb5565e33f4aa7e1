"""Google Calendar and Microsoft Graph, each as a server with a memory that keeps to what its provider publishes: the same of both."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.scheduling.domain import CalendarKind
from services.scheduling.slots import Span
from services.scheduling.store.provider import CalendarServerError, Item
from tests.support.clouds.connected import HOUR, KEY, NOON, Connected, busy_now, cloud_of, ours, scope_of, span
from tests.support.clouds.google import Google
from tests.support.clouds.graph import Graph

# ---------------------------------------------------------------- what is busy


async def test_events_take_their_time_whatever_they_are_called(theirs: Connected) -> None:
    theirs.meets(NOON)
    theirs.meets(NOON + 3 * HOUR, tentative=True)
    assert await busy_now(theirs) == [span(NOON), span(NOON + 3 * HOUR)]


@pytest.mark.parametrize("how", [{"free": True}, {"declined": True}])
async def test_what_is_marked_free_or_declined_takes_no_time(theirs: Connected, how: dict[str, Any]) -> None:
    theirs.meets(NOON, **how)
    assert await busy_now(theirs) == []


@pytest.mark.parametrize(
    ("cloud", "kind", "busy"),
    [
        (CalendarKind.GOOGLE, "workingLocation", False),
        (CalendarKind.GOOGLE, "birthday", False),
        (CalendarKind.GOOGLE, "outOfOffice", True),
        (CalendarKind.GOOGLE, "focusTime", True),
        (CalendarKind.GOOGLE, "fromGmail", True),
        (CalendarKind.MICROSOFT, "workingElsewhere", False),
        (CalendarKind.MICROSOFT, "oof", True),
        (CalendarKind.MICROSOFT, "unknown", True),
    ],
)
async def test_the_kind_of_an_event_says_whether_it_takes_time(database: Any, cloud: CalendarKind, kind: str, busy: bool) -> None:  # noqa: FBT001 - a column
    async with cloud_of(cloud) as stub:
        theirs = Connected(stub, database)
        await theirs.allow()
        theirs.meets(NOON, kind=kind)
        assert await busy_now(theirs) == ([span(NOON)] if busy else [])


@pytest.mark.parametrize("zone", ["Europe/Lisbon", "Asia/Kathmandu", "America/St_Johns"])
async def test_a_whole_day_is_the_owners_own_day_also_when_the_clock_changes(theirs: Connected, zone: str) -> None:
    there = ZoneInfo(zone)
    theirs.is_away(date(2026, 3, 29))
    theirs.is_away(date(2026, 4, 6), 2)
    theirs.is_away(date(2026, 4, 20), free=True)
    midnights = [datetime(2026, 3, 29, tzinfo=there), datetime(2026, 3, 30, tzinfo=there)]
    midnights += [datetime(2026, 4, 6, tzinfo=there), datetime(2026, 4, 8, tzinfo=there)]
    seconds = [int(at.timestamp()) for at in midnights]
    assert await busy_now(theirs, zone) == [(seconds[0], seconds[1]), (seconds[2], seconds[3])]


async def test_a_series_is_read_week_by_week_by_the_clock_on_the_wall(theirs: Connected) -> None:
    theirs.meets(NOON, weekly=True)
    found = await busy_now(theirs)
    lisbon = ZoneInfo("Europe/Lisbon")
    assert len(found) == 15
    assert {datetime.fromtimestamp(start, lisbon).hour for start, _ in found} == {12}, "also after the clock has changed"


async def test_a_series_shown_as_free_is_free_every_week(theirs: Connected) -> None:
    theirs.meets(NOON, weekly=True, free=True)
    assert await busy_now(theirs) == []


async def test_an_event_that_began_before_the_window_still_takes_its_time(theirs: Connected) -> None:
    theirs.meets(NOON - 5 * HOUR, 480)
    assert await busy_now(theirs) == [span(NOON - 5 * HOUR, 8 * HOUR)]


async def test_an_event_nobody_can_read_is_counted_and_the_rest_is_read(theirs: Connected) -> None:
    theirs.meets(NOON)
    broken = {"dateTime": "soon", "timeZone": "UTC"}
    key = theirs.meets(NOON + HOUR)
    theirs.stub.events[key]["end"] = broken if isinstance(theirs.stub, Graph) else theirs.stub.events[key]["end"]
    if isinstance(theirs.stub, Google):
        del theirs.stub.events[key]["end"]["dateTime"]
        theirs.stub._all = lambda *_args, **_kw: list(theirs.stub.events.values())  # type: ignore[method-assign]
    else:
        theirs.stub._view = lambda *_: dict(theirs.stub.events)  # type: ignore[method-assign]
    found = await theirs.provider().changes(theirs.place, scope_of(NOON - HOUR), None)
    assert [(item.busy, item.unread) for item in found.items] == [((span(NOON),), 0), ((), 1)]


async def test_free_and_busy_is_asked_in_pieces_and_leaves_our_own_meetings_out(theirs: Connected) -> None:
    provider = theirs.provider()
    theirs.meets(NOON + timedelta(days=95))
    await provider.upsert(theirs.place, KEY, ours(NOON + timedelta(days=70)), if_version=None)
    assert list((await provider.busy(theirs.place, scope_of(NOON, 107))).spans) == [span(NOON + timedelta(days=95))]
    assert list((await provider.busy(theirs.place, scope_of(NOON + timedelta(days=70), 1))).spans) == []
    assert list((await provider.busy(theirs.place, scope_of(NOON, 50))).spans) == []


# ---------------------------------------------------------------- what has changed


class Copy:
    """What our side knows of a calendar: the items it was told, by key."""

    def __init__(self, theirs: Connected) -> None:
        self.theirs = theirs
        self.cursor: str | None = None
        self.items: dict[str, Item] = {}
        self.resets = 0

    async def pull(self) -> None:
        found = await self.theirs.provider().changes(self.theirs.place, scope_of(NOON - HOUR), self.cursor)
        if found.reset:
            self.items.clear()
            self.resets += 1
        for item in found.items:
            self.items[item.key] = item
            if item.gone:
                del self.items[item.key]
        self.cursor = found.cursor

    @property
    def busy(self) -> list[Span]:
        return sorted(one for item in self.items.values() for one in item.busy)


async def test_only_what_has_changed_is_told_the_next_time(theirs: Connected) -> None:
    theirs.stub.page = 2
    keys = [theirs.meets(NOON + number * 2 * HOUR) for number in range(5)]
    copy = Copy(theirs)
    await copy.pull()
    assert len(copy.busy) == 5
    theirs.meets(NOON + 20 * HOUR, event_id=keys[0])
    theirs.stub.remove_event(keys[1])
    theirs.meets(NOON + 30 * HOUR)
    theirs.meets(NOON + 4 * HOUR, event_id=keys[2], declined=True)
    await copy.pull()
    assert copy.busy == [span(NOON + hours * HOUR) for hours in (6, 8, 20, 30)]
    assert copy.busy == await busy_now(theirs)
    before = len(theirs.stub.asked)
    await copy.pull()
    assert (len(theirs.stub.asked), copy.resets) == (before + 1, 1), "nothing has changed: one request"


async def test_a_series_that_is_moved_or_deleted_takes_its_old_times_with_it(theirs: Connected) -> None:
    key = theirs.meets(NOON, weekly=True)
    copy = Copy(theirs)
    await copy.pull()
    theirs.meets(NOON + timedelta(days=1, hours=2), weekly=True, event_id=key)
    await copy.pull()
    assert copy.busy == await busy_now(theirs)
    theirs.stub.remove_event(key)
    await copy.pull()
    assert copy.busy == await busy_now(theirs) == []


async def test_a_token_that_is_too_old_means_to_read_everything_anew(theirs: Connected) -> None:
    key = theirs.meets(NOON)
    theirs.meets(NOON + 2 * HOUR)
    copy = Copy(theirs)
    await copy.pull()
    theirs.stub.remove_event(key)
    theirs.stub.expire_tokens()
    await copy.pull()
    assert (copy.resets, copy.busy) == (2, [span(NOON + 2 * HOUR)])


async def test_our_meeting_comes_back_when_it_is_moved_edited_or_deleted_there(theirs: Connected) -> None:
    copy = Copy(theirs)
    await copy.pull()
    version = await theirs.provider().upsert(theirs.place, KEY, ours(place="Room 5"), if_version=None)
    await copy.pull()
    assert copy.busy == [], "a claim stands for it"
    echo = copy.items[KEY]
    assert (echo.ours, echo.version) == (ours(place="Room 5"), version)
    there = next(iter(theirs.stub.events))
    theirs.meets(NOON + 5 * HOUR, event_id=there)
    await copy.pull()
    moved = copy.items[KEY].ours
    assert moved is not None
    assert (moved.starts_at, moved.revision) == (NOON + 5 * HOUR, 0)
    theirs.stub.remove_event(there)
    await copy.pull()
    assert KEY not in copy.items


async def test_our_meeting_moved_out_of_the_window_is_not_taken_for_deleted(theirs: Connected) -> None:
    await theirs.provider().upsert(theirs.place, KEY, ours(), if_version=None)
    copy = Copy(theirs)
    await copy.pull()
    theirs.meets(NOON + timedelta(days=200), event_id=next(iter(theirs.stub.events)))
    await copy.pull()
    moved = copy.items[KEY].ours
    assert moved is not None
    assert moved.starts_at == NOON + timedelta(days=200)


# ---------------------------------------------------------------- writing


async def test_writing_the_same_again_makes_no_second_event(theirs: Connected) -> None:
    provider = theirs.provider()
    written = {await provider.upsert(theirs.place, KEY, ours(), if_version=None) for _ in range(3)}
    assert (len(written), len(theirs.stub.events)) == (1, 1)


async def test_a_meeting_deleted_there_can_be_written_again(theirs: Connected) -> None:
    provider = theirs.provider()
    await provider.upsert(theirs.place, KEY, ours(), if_version=None)
    theirs.stub.remove_event(next(iter(theirs.stub.events)))
    assert await provider.get(theirs.place, KEY) is None
    await provider.upsert(theirs.place, KEY, ours(NOON + HOUR, 1), if_version=None)
    found = await provider.get(theirs.place, KEY)
    assert found is not None
    assert found.ours == ours(NOON + HOUR, 1)


async def test_who_may_know_only_when_somebody_is_busy_reads_no_words_and_writes_nothing(theirs: Connected) -> None:
    await theirs.allow(theirs.cloud.reads[0])
    theirs.meets(NOON)
    assert await busy_now(theirs) == [span(NOON)]
    with pytest.raises(CalendarServerError) as refused:
        await theirs.provider().upsert(theirs.place, KEY, ours(), if_version=None)
    assert refused.value.lasting
