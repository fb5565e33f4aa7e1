"""The agenda belongs to the protégé."""

from datetime import timedelta
from typing import Any

from shared.contracts.scheduling import AgendaChanged
from tests.integration.scheduling.conftest import CalendarServer, World
from tests.unit.scheduling.pair import NOW, TEN, an_id


async def add(world: World, text: str, by: str = "protege") -> str:
    async with world.ines() if by == "protege" else world.deborah() as client:
        answer = await client.post(world.path("agenda/items"), json={"text": text, "kind": "question", "goal_id": None})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["item_id"])


async def agenda(world: World) -> list[dict[str, Any]]:
    async with world.deborah() as client:
        return list((await client.get(world.path("agenda"))).json()["items"])


async def test_both_add_and_the_protege_orders(world: World) -> None:
    first, second = await add(world, "What next?"), await add(world, "A story of mine", by="mentor")
    async with world.deborah() as client:
        refused = await client.post(world.path(f"agenda/items/{second}/move"), json={"to": 0})
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/agenda-is-the-proteges")
        assert (await client.delete(world.path(f"agenda/items/{first}"))).status_code == 403
    async with world.ines() as client:
        assert (await client.post(world.path(f"agenda/items/{second}/move"), json={"to": 0})).status_code == 204
        assert (await client.post(world.path(f"agenda/items/{second}/move"), json={"to": 2})).status_code == 422
    assert [item["item_id"] for item in await agenda(world)] == [second, first]
    assert [item["by_id"] for item in await agenda(world)] == [world.pair.mentor_id, world.pair.protege_id]


async def test_what_is_open_stays_for_the_next_meeting_and_what_is_done_goes(world: World) -> None:
    first, second = await add(world, "Done soon"), await add(world, "Stays open")
    await world.book()
    async with world.ines() as client:
        assert (await client.post(world.path(f"agenda/items/{first}/done"))).status_code == 204
    assert [item["done"] for item in await agenda(world)] == [True, False]
    await world.running.fire_timers(TEN.replace(hour=16))
    assert [item["item_id"] for item in await agenda(world)] == [second]


async def test_an_event_of_the_agenda_holds_numbers_alone(world: World) -> None:
    first = await add(world, "My secret worry")
    await add(world, "Another one", by="mentor")
    async with world.ines() as client:
        await client.delete(world.path(f"agenda/items/{first}"))
    events = await world.running.published(AgendaChanged)
    assert [event.open_items for event in events] == [1, 2, 1]
    assert "secret" not in str(events)


async def test_what_cannot_be_on_an_agenda_is_refused(world: World) -> None:
    async with world.ines() as client:
        for body in ({"text": " ", "kind": "note"}, {"text": "x" * 501, "kind": "note"}, {"text": "x", "kind": "joke"}):
            assert (await client.post(world.path("agenda/items"), json=body)).status_code == 422
        assert (await client.post(world.path(f"agenda/items/{an_id()}/done"))).status_code == 404
        for number in range(50):
            await client.post(world.path("agenda/items"), json={"text": str(number), "kind": "note"})
        full = await client.post(world.path("agenda/items"), json={"text": "one more", "kind": "note"})
    assert (full.status_code, full.json()["type"]) == (409, "/problems/agenda-full")


async def test_the_style_is_as_agreed_but_for_the_next_meeting_where_the_protege_wants_another(world: World) -> None:
    async def styles() -> tuple[str, str]:
        async with world.deborah() as client:
            found = (await client.get(world.path("agenda"))).json()
        return found["style"], found["agreed_style"]

    assert await styles() == ("questions", "questions")
    await world.running.hear(world.pair.signed(agenda_style="goals_and_progress"))
    await world.book()
    async with world.deborah() as client:
        assert (await client.put(world.path("agenda/style"), json={"style": "open"})).status_code == 403
    async with world.ines() as client:
        assert (await client.put(world.path("agenda/style"), json={"style": "loud"})).status_code == 422
        assert (await client.put(world.path("agenda/style"), json={"style": "open"})).status_code == 204
    assert await styles() == ("open", "goals_and_progress")
    await world.running.fire_timers(TEN + timedelta(hours=1))
    assert await styles() == ("goals_and_progress", "goals_and_progress")


async def test_in_an_open_agenda_the_mentor_orders_too(world: World) -> None:
    await world.running.hear(world.pair.signed(agenda_style="open"))
    first, second = await add(world, "One"), await add(world, "Two")
    async with world.deborah() as client:
        assert (await client.post(world.path(f"agenda/items/{second}/move"), json={"to": 0})).status_code == 204
        assert (await client.post(world.path(f"agenda/items/{first}/done"))).status_code == 204
    assert [item["item_id"] for item in await agenda(world)] == [second, first]


async def connect(world: World, calendars: CalendarServer) -> None:
    async with world.ines() as client:
        account = {"kind": "caldav", "url": calendars.url("ines"), "username": "ines", "password": "orange"}
        assert (await client.post("/calendars/mine", json=account)).status_code == 201


async def test_the_next_meeting_s_entry_alone_tells_the_agenda_and_hands_it_on_when_the_meeting_is_over(
    world: World, calendars: CalendarServer
) -> None:
    await connect(world, calendars)
    later, sooner = await world.book(TEN + timedelta(days=28)), await world.book()
    await add(world, "How do I say no?")

    async def entry(meeting_id: str) -> str:
        await world.running.send_deliveries()
        async with calendars.as_("ines") as program:
            return (await program.get(f"{calendars.url('ines')}{meeting_id}.ics")).text

    assert "say no" in await entry(sooner)
    assert "BEGIN:VEVENT" in await entry(later)
    assert "agenda" not in (await entry(later)).lower()
    await world.tell(sooner, "end", at=TEN + timedelta(minutes=5))
    await world.database.deliveries.update_many({"state": "waiting"}, {"$set": {"due_at": NOW}})  # the meeting lies ahead of any clock
    assert "say no" in await entry(later)
    (item,) = await agenda(world)
    assert item["carried_from"] == TEN.isoformat().replace("+00:00", "Z")


async def test_a_meeting_booked_before_the_next_one_takes_the_agenda_over_and_gives_it_back_when_it_is_cancelled(
    world: World, calendars: CalendarServer
) -> None:
    await connect(world, calendars)
    later = await world.book(TEN + timedelta(days=28))
    await add(world, "How do I say no?")

    async def tells_agenda(meeting_id: str) -> bool:
        await world.running.send_deliveries()
        async with calendars.as_("ines") as program:
            return "say no" in (await program.get(f"{calendars.url('ines')}{meeting_id}.ics")).text

    assert await tells_agenda(later)
    sooner = await world.book()
    assert (await tells_agenda(sooner), await tells_agenda(later)) == (True, False)
    assert (await world.tell(sooner, "cancel")).status_code == 204
    assert await tells_agenda(later)
