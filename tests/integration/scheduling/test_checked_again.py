"""A time is looked up in both calendars just before it is given away."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.scheduling.store import CalDavAccount, rechecking
from tests.integration.scheduling.conftest import CalendarServer, World
from tests.integration.scheduling.peers import entry
from tests.integration.scheduling.test_calendars import connect
from tests.unit.scheduling.pair import NOW, TEN

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A calendar server on a busy machine may take longer than a person is to wait."""
    monkeypatch.setattr(rechecking, "ASK_SECONDS", 120.0)


async def test_a_time_that_has_gone_in_the_calendar_since_it_was_read_is_not_booked_and_is_remembered_as_gone(
    world: World, calendars: CalendarServer
) -> None:
    await connect(world, calendars, "deborah")
    async with calendars.as_("deborah") as theirs:
        await theirs.put(f"{calendars.url('deborah')}late.ics", content=entry("late", TEN))
    answer = await world.propose(TEN, book=True)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/time-taken")
    assert "2030-01-09T14:00:00Z" not in [offer["starts_at"] for offer in answer.json()["next"]]
    row = await world.database.busy.find_one({"_id": world.pair.mentor_id})
    assert row["spans"] == [[int(TEN.timestamp()), int((TEN + HOUR).timestamp())]]


async def test_a_time_that_has_come_free_since_is_booked(world: World, calendars: CalendarServer) -> None:
    await connect(world, calendars, "deborah")
    spans = [[int((TEN - 5 * HOUR).timestamp()), int((TEN + 5 * HOUR).timestamp())]]
    await world.database.busy.update_one({"_id": world.pair.mentor_id}, {"$set": {"spans": spans}})
    answer = await world.propose(TEN, book=True)
    assert (answer.status_code, answer.json()["unchecked"]) == (201, [])
    row = await world.database.busy.find_one({"_id": world.pair.mentor_id})
    assert row["spans"] == [[spans[0][0], int(TEN.timestamp())], [int((TEN + HOUR).timestamp()), spans[0][1]]]


@pytest.mark.parametrize("choosing", ["pick", "move"])
async def test_picking_and_moving_look_again_too(world: World, calendars: CalendarServer, choosing: str) -> None:
    meeting_id = await world.book(TEN - 2 * HOUR) if choosing == "move" else (await world.propose(TEN)).json()["meeting_id"]
    await connect(world, calendars, "ines")
    async with calendars.as_("ines") as theirs:
        await theirs.put(f"{calendars.url('ines')}late.ics", content=entry("late", TEN))
    answer = await world.tell(meeting_id, choosing, by="mentor", starts_at=TEN.isoformat())
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/time-taken")
    assert len(answer.json()["next"]) == 3


async def test_a_calendar_that_does_not_answer_in_time_holds_nobody_up_and_is_named(
    world: World, calendars: CalendarServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect(world, calendars, "deborah")
    before = await world.database.busy.find_one({"_id": world.pair.mentor_id})

    async def never(*_: Any, **__: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(rechecking, "ASK_SECONDS", 0.05)
    monkeypatch.setattr(CalDavAccount, "busy", never)
    answer = await world.propose(TEN, book=True)
    assert (answer.status_code, answer.json()["unchecked"]) == (201, [world.pair.mentor_id])
    assert await world.database.busy.find_one({"_id": world.pair.mentor_id}) == before


async def test_a_meeting_does_not_stand_in_its_own_way_in_the_calendar(world: World, calendars: CalendarServer) -> None:
    await connect(world, calendars, "ines")
    meeting_id = await world.book(TEN)
    await world.running.send_deliveries()
    answer = await world.tell(meeting_id, "move", at=NOW, starts_at=(TEN + HOUR / 2).isoformat())
    assert answer.status_code == 204, answer.text
