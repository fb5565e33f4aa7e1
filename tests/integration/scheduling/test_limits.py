"""What else limits one's time, over HTTP, and what the search makes of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.integration.scheduling.conftest import World
from tests.integration.scheduling.test_slots import MONDAY, hours, slots
from tests.support.service import both_drivers
from tests.unit.scheduling.pair import NOW, TEN

DAY = timedelta(days=1)

# The real store, by either driver.
driver = both_drivers


async def limit(world: World, *, by: str = "protege", **limits: Any) -> Any:
    async with world.ines() if by == "protege" else world.deborah() as client:
        return await client.put("/availability/mine/limits", json=limits)


async def days(world: World, **query: Any) -> set[str]:
    """The days of the week of 7 January 2030 on which the two can meet."""
    return {slot["starts_at"][8:10] for slot in (await slots(world, **query))["free"]}


EIGHTH = {"first_on": "2030-01-08", "last_on": "2030-01-08"}
WEEK = {"07", "08", "09", "10", "11"}


async def test_nothing_limits_who_has_said_nothing_and_what_is_said_is_kept(world: World) -> None:
    usual = {
        "country": "", "region": "", "horizon_days": 0, "most_a_day": 0, "most_a_week": 0, "grid_minutes": 15, "changes": [],
    }  # fmt: skip
    said = {
        "country": "DE",
        "region": "BY",
        "horizon_days": 90,
        "most_a_day": 1,
        "most_a_week": 3,
        "grid_minutes": 30,
        "changes": [
            {"first_on": "2030-01-07", "last_on": "2030-01-08", "zone": None, "hours": []},
            {"first_on": "2030-01-09", "last_on": "2030-01-09", "zone": "Asia/Tokyo", "hours": None},
            {"first_on": "2030-01-10", "last_on": "2030-01-10", "zone": None, "hours": [{"days": [3], "start": "10:00", "end": "11:30"}]},
        ],
    }
    async with world.ines() as client:
        assert (await client.get("/availability/mine/limits")).json() == usual
        assert (await client.put("/availability/mine/limits", json=said)).status_code == 204
        assert (await client.get("/availability/mine/limits")).json() == said
    await hours(world, "ines", "Europe/Lisbon", "08:00", "18:00")
    async with world.ines() as client:
        assert (await client.get("/availability/mine/limits")).json() == said


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"country": "XX"}, "country"),
        ({"country": "DE", "region": "PARIS"}, "region"),
        ({"horizon_days": 366}, "horizon_days"),
        ({"most_a_day": -1}, "most_a_day"),
        ({"grid_minutes": 7}, "grid_minutes"),
        ({"changes": [{"first_on": "2030-01-08", "last_on": "2030-01-07", "hours": []}]}, "last_on"),
        ({"changes": [{"first_on": "2030-01-08", "last_on": "2030-01-09", "zone": "Mars/Base"}]}, "zone"),
        ({"changes": [{"first_on": "2030-01-08", "last_on": "2030-01-09"}] * 2}, "first_on"),
        (
            {"changes": [{"first_on": "2030-01-08", "last_on": "2030-01-09", "hours": [{"days": [], "start": "09:00", "end": "10:00"}]}]},
            "hours",
        ),
    ],
)
async def test_what_makes_no_sense_is_refused_beside_its_field_and_changes_nothing(world: World, wrong: dict[str, Any], field: str) -> None:
    refused = await limit(world, **wrong)
    assert refused.status_code == 422, refused.text
    assert field in refused.text
    async with world.ines() as client:
        assert (await client.get("/availability/mine/limits")).json()["country"] == ""


async def test_nobody_is_offered_a_holiday_of_either(world: World) -> None:
    world_week = {"from": "2029-12-31"}
    assert "01" in await days(world, **world_week)
    await limit(world, by="mentor", country="CA", region="ON")
    assert "01" not in await days(world, **world_week)
    found = await slots(world, **world_week)
    (deborah,) = (person for person in found["people"] if person["zone"] == "America/Toronto")
    assert not [span for span in deborah["working"] if span["start"].startswith("2030-01-01")]


async def test_a_day_away_is_free_for_nobody_and_a_journey_moves_the_hours(world: World) -> None:
    away = {"first_on": "2030-01-08", "last_on": "2030-01-09", "hours": []}
    journey = {"first_on": "2030-01-10", "last_on": "2030-01-10", "zone": "America/Los_Angeles"}
    await limit(world, changes=[away, journey])
    found = await slots(world)
    assert {slot["starts_at"][8:10] for slot in found["free"]} == WEEK - {"08", "09"}
    assert min(slot["starts_at"] for slot in found["free"] if slot["starts_at"].startswith("2030-01-10")) == "2030-01-10T17:00:00Z"


async def test_what_is_enough_for_a_day_or_a_week_is_not_exceeded_and_moving_does_not_count(world: World) -> None:
    meeting_id = await world.book(TEN)
    await limit(world, most_a_day=1)
    assert await days(world) == WEEK - {"09"}
    assert await days(world, moving=meeting_id) == WEEK
    await limit(world, most_a_week=1)
    assert await days(world) == set()
    assert await days(world, **{"from": "2030-01-14"}) == {"14", "15", "16", "17", "18"}
    none = (await slots(world))["none"]
    assert none["binding"] == [{"person_id": world.pair.protege_id, "constraint": "full"}]


async def test_nobody_is_booked_further_ahead_than_they_want(world: World) -> None:
    await limit(world, by="mentor", horizon_days=30)
    found = await slots(world)
    assert found["free"] == []
    assert found["none"] == {"binding": [{"person_id": world.pair.mentor_id, "constraint": "horizon"}], "try": "horizon:0"}
    assert await days(world, **{"from": (NOW + DAY).date().isoformat()})


async def test_meetings_begin_on_the_coarser_of_two_grids(world: World) -> None:
    await limit(world, grid_minutes=5)
    minutes = {slot["starts_at"][14:16] for slot in (await slots(world))["free"]}
    assert minutes == {"00", "15", "30", "45"}
    await limit(world, by="mentor", grid_minutes=5)
    assert len({slot["starts_at"][14:16] for slot in (await slots(world))["free"]}) == 12
    await limit(world, grid_minutes=30)
    assert {slot["starts_at"][14:16] for slot in (await slots(world))["free"]} == {"00", "30"}


async def test_a_later_day_is_named_only_if_both_are_really_free_then(world: World) -> None:
    busy = [int((TEN - 2 * DAY).timestamp()), int((TEN + 20 * DAY).timestamp())]
    await world.database.busy.insert_one({"_id": world.pair.mentor_id, "spans": [busy]})
    found = await slots(world, **{"from": MONDAY.isoformat()})
    assert found["free"] == []
    assert datetime.fromisoformat(found["none"]["try"].removeprefix("later:")).date() >= (TEN + 20 * DAY).date()


async def test_a_country_s_holidays_are_shown_in_the_reader_s_language(world: World) -> None:
    async with world.ines() as client:
        assert "BY" in (await client.get("/availability/countries")).json()["DE"]
        found = (await client.get("/availability/holidays", params={"country": "DE", "region": "BY", "language": "de"})).json()
        assert {"code": "BY", "name": "Bayern"} in found["regions"]
        assert {"on": "2026-12-25", "name": "Erster Weihnachtstag"} in found["days"]
        assert (await client.get("/availability/holidays", params={"country": "XX"})).status_code == 422


async def test_both_see_the_days_off_of_the_months_to_come_and_nothing_of_why_one_is_away(world: World) -> None:
    await limit(world, country="PT", changes=[{"first_on": "2026-02-02", "last_on": "2026-02-06", "hours": []}])
    async with world.deborah() as client:
        found = (await client.get(world.path("series"), params={"language": "en"})).json()["days_off"]
    assert {off["person_id"] for off in found} == {world.pair.protege_id}
    assert found[0] == {"person_id": world.pair.protege_id, "first_on": "2026-02-02", "last_on": "2026-02-06", "why": "away", "name": ""}
    assert ("2026-04-03", "holiday", "Good Friday") in {(off["first_on"], off["why"], off["name"]) for off in found}
    week = await slots(world, **{"from": "2026-02-02"})
    assert [off["why"] for off in week["days_off"]] == ["away"]


async def test_the_series_names_what_is_planned_until_it_is_agreed_to(world: World) -> None:
    starts = [(TEN + number * 28 * DAY).isoformat() for number in range(3)]
    body = {"starts": starts, "minutes": 60, "least_days": 28, "most_days": 35}
    async with world.ines() as ines, world.deborah() as deborah:
        assert (await ines.post(world.path("plan"), json=body)).status_code == 201
        assert (await deborah.get(world.path("series"))).json()["planned"] == [start.replace("+00:00", "Z") for start in starts]
        assert (await deborah.post(world.path("plan/agree"))).status_code == 200
        assert (await deborah.get(world.path("series"))).json()["planned"] == []
