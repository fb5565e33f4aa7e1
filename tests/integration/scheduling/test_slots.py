"""Common free time, as the page that shows both weeks gets it."""

from datetime import date, datetime, timedelta
from typing import Any

from tests.integration.scheduling.conftest import World
from tests.unit.scheduling.pair import TEN

HOUR = timedelta(hours=1)
MONDAY = date(2030, 1, 7)


async def slots(world: World, **query: Any) -> dict[str, Any]:
    async with world.ines() as client:
        answer = await client.get(world.path("slots"), params={"from": MONDAY.isoformat(), "days": 7, "minutes": 60, **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def hours(world: World, person: str, zone: str, start: str, end: str, **more: Any) -> None:
    body = {"zone": zone, "hours": [{"days": [0, 1, 2, 3, 4], "start": start, "end": end}], **more}
    async with world.ines() if person == "ines" else world.deborah() as client:
        assert (await client.put("/availability/mine", json=body)).status_code == 204


async def test_the_week_of_both_with_three_offers_on_three_days(world: World) -> None:
    found = await slots(world)
    assert (found["from"], found["until"], found["minutes"]) == ("2030-01-07T00:00:00Z", "2030-01-14T00:00:00Z", 60)
    assert [person["zone"] for person in found["people"]] == ["Europe/Lisbon", "America/Toronto"]
    assert found["people"][1]["working"][0] == {"start": "2030-01-07T14:00:00Z", "end": "2030-01-07T22:00:00Z"}
    assert len(found["free"]) == 5 * 9
    assert {slot["starts_at"][11:16] for slot in found["free"]} == {f"{14 + n // 4}:{n % 4 * 15:02}" for n in range(9)}
    assert len({offer["starts_at"][:10] for offer in found["offers"]}) == 3
    assert found["none"] is None


async def test_what_either_has_on_is_not_offered_and_nobody_sees_what_it_is(world: World) -> None:
    await world.book(TEN, minutes=180)
    found = await slots(world, days=3)
    assert not [slot for slot in found["free"] if slot["starts_at"].startswith("2030-01-09")]
    assert [person["busy"] for person in found["people"]] == [[{"start": "2030-01-09T14:00:00Z", "end": "2030-01-09T17:00:00Z"}]] * 2


async def test_a_meeting_to_be_moved_does_not_stand_in_its_own_way(world: World) -> None:
    meeting_id = await world.book(TEN, minutes=180)
    assert [slot for slot in (await slots(world, moving=meeting_id))["free"] if slot["starts_at"].startswith("2030-01-09")]


async def test_every_offer_can_be_booked(world: World) -> None:
    await world.database.busy.insert_one({"_id": world.pair.mentor_id, "spans": [[int(TEN.timestamp()), int(TEN.timestamp()) + 3000]]})
    offers = (await slots(world))["offers"]
    answer = await world.propose(*(datetime.fromisoformat(offer["starts_at"]) for offer in offers))
    assert answer.status_code == 201


async def test_when_there_is_none_it_says_what_binds_and_what_would_help(world: World) -> None:
    await hours(world, "deborah", "Australia/Sydney", "09:00", "17:00")
    found = await slots(world)
    assert (found["free"], found["offers"]) == ([], [])
    assert {bind["constraint"] for bind in found["none"]["binding"]} == {"hours"}
    assert {bind["person_id"] for bind in found["none"]["binding"]} == {world.pair.protege_id, world.pair.mentor_id}
    assert found["none"]["try"] == "wider:120"


async def test_the_clock_change_of_either_is_told(world: World) -> None:
    found = await slots(world, **{"from": "2030-03-25", "days": 14})
    assert found["clock_changes"] == [{"at": "2030-03-31T01:00:00Z", "zone": "Europe/Lisbon", "minutes": 60}]
    by_day = {slot["starts_at"][:10]: slot["starts_at"][11:16] for slot in reversed(found["free"])}
    assert by_day["2030-03-29"] == by_day["2030-04-01"] == "13:00"
    assert {slot["ends_at"][11:16] for slot in found["free"] if slot["starts_at"] > "2030-04"} >= {"16:00"}
    assert max(slot["ends_at"][11:16] for slot in found["free"] if slot["starts_at"] > "2030-04") == "16:00"


async def test_notice_and_pauses_are_kept(world: World) -> None:
    await hours(world, "ines", "Europe/Lisbon", "09:00", "17:00", notice_hours=24, buffer_minutes=30)
    await world.database.busy.insert_one({"_id": world.pair.protege_id, "spans": [[int(TEN.timestamp()), int(TEN.timestamp()) + 1800]]})
    found = await slots(world)
    assert min(slot["starts_at"] for slot in found["free"] if slot["starts_at"].startswith("2030-01-09")) == "2030-01-09T15:00:00Z"
    async with world.ines(at=TEN) as client:
        late = (await client.get(world.path("slots"), params={"from": "2030-01-09", "days": 2, "minutes": 60})).json()
    assert min(slot["starts_at"] for slot in late["free"]) == "2030-01-10T14:00:00Z"


async def test_without_being_asked_for_more_it_looks_two_weeks_from_where_one_is_due_for_as_long_as_the_charter_says(world: World) -> None:
    await world.running.hear(world.pair.signed(minutes=90))
    async with world.ines() as client:
        found = (await client.get(world.path("slots"))).json()
        assert (await client.get(world.path("slots"), params={"days": 43})).status_code == 422
        # The first meeting is due on Wednesday 14 January, a week after the two began.
    assert (found["from"][:10], found["until"][:10], found["minutes"]) == ("2026-01-12", "2026-01-26", 90)
    async with world.ines(at=TEN) as client:
        late = (await client.get(world.path("slots"))).json()
    assert late["from"][:10] == TEN.date().isoformat()
