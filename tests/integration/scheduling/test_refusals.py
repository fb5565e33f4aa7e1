"""What is refused, and that it leaves nothing behind."""

from datetime import timedelta

import pytest

from tests.integration.scheduling.conftest import World
from tests.unit.scheduling.pair import NOW, TEN, an_id

HOUR = timedelta(hours=1)


@pytest.fixture
async def meeting_id(world: World) -> str:
    return await world.book()


@pytest.mark.parametrize("roles", [[], ["administrator"], ["programme_manager"]])
async def test_nobody_but_the_two_sees_or_changes_anything(world: World, meeting_id: str, roles: list[str]) -> None:
    async with world.running.client("sofie", roles, at=NOW) as stranger:
        reads = [world.path(what) for what in ("series", "slots", "agenda")] + [f"/meetings/{meeting_id}"]
        assert [(await stranger.get(path)).status_code for path in reads] == [403] * 4
        body = {"starts": [TEN.isoformat()], "minutes": 60, "book": True}
        assert (await stranger.post(world.path("meetings"), json=body)).status_code == 403
        assert (await stranger.post(world.path("agenda/items"), json={"text": "x", "kind": "note"})).status_code == 403
        start = {"starts_at": (TEN + HOUR).isoformat()}
        asked = {"move": start, "pick": start, "propose-move": {"starts": [start["starts_at"]]}, "answer": {"coming": "declined"}}
        asked |= {what: {} for what in ("keep", "cancel", "missed")}
        changes = [await stranger.post(f"/meetings/{meeting_id}/{what}", json=body) for what, body in asked.items()]
        assert [answer.status_code for answer in changes] == [403] * 7
        assert changes[0].json()["type"] == "/problems/not-your-partnership"
        assert (await stranger.get("/meetings/mine")).json() == []
    assert (await world.meeting(meeting_id))["state"] == "booked"


async def test_without_a_token_nothing_is_said(world: World) -> None:
    async with world.running.anonymous() as nobody:
        for path in ("/availability/mine", "/calendars/mine", "/meetings/mine", world.path("slots")):
            assert (await nobody.get(path)).status_code == 401


async def test_what_is_not_there_is_not_found(world: World) -> None:
    async with world.ines() as client:
        assert (await client.get(f"/meetings/{an_id()}")).status_code == 404
        assert (await client.post(f"/meetings/{an_id()}/cancel")).status_code == 404
        for what in ("series", "slots", "agenda"):
            assert (await client.get(f"/partnerships/{an_id()}/{what}")).status_code == 404


async def test_a_time_that_has_passed_is_refused(world: World) -> None:
    answer = await world.propose(NOW - HOUR)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/time-passed")
    assert (await world.propose(NOW - HOUR, book=True)).status_code == 409
    assert await world.database.meetings.count_documents({}) == 0


async def test_wrong_input_names_its_field(world: World) -> None:
    for body, field in (
        ({"starts": [TEN.isoformat()], "minutes": 5}, "minutes"),
        ({"starts": [TEN.isoformat()], "minutes": 60, "place": "a\r\nATTENDEE:b"}, "place"),
        ({"starts": [TEN.isoformat(), (TEN + HOUR).isoformat()], "minutes": 60, "book": True}, "starts"),
        ({"starts": [], "minutes": 60}, "starts"),
        ({"starts": ["2030-01-09T14:00:00"], "minutes": 60}, "starts.0"),
    ):
        async with world.ines() as client:
            answer = await client.post(world.path("meetings"), json=body)
        assert answer.status_code == 422, body
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await world.database.meetings.count_documents({}) == 0


async def test_only_the_other_one_picks_and_only_what_was_proposed(world: World) -> None:
    meeting_id = (await world.propose(TEN)).json()["meeting_id"]
    assert (await world.tell(meeting_id, "pick", starts_at=TEN.isoformat())).status_code == 403
    assert (await world.tell(meeting_id, "pick", by="mentor", starts_at=(TEN + HOUR).isoformat())).status_code == 409
    assert (await world.tell(meeting_id, "move", starts_at=(TEN + HOUR).isoformat())).status_code == 409
    assert (await world.tell(meeting_id, "pick", by="mentor", starts_at=TEN.isoformat())).status_code == 204
    assert (await world.tell(meeting_id, "pick", by="mentor", starts_at=TEN.isoformat())).status_code == 409


async def test_what_is_over_cannot_be_changed(world: World, meeting_id: str) -> None:
    await world.running.fire_timers(TEN + HOUR)
    assert (await world.tell(meeting_id, "move", starts_at=(TEN + 5 * HOUR).isoformat(), at=TEN + 2 * HOUR)).status_code == 409
    assert (await world.tell(meeting_id, "cancel", at=TEN + 2 * HOUR)).status_code == 409


async def test_working_hours_that_make_no_sense_are_refused_and_the_old_ones_stay(world: World) -> None:
    good = {
        "zone": "Asia/Kathmandu",
        "hours": [{"days": [6, 0], "start": "22:00", "end": "06:00"}],
        "notice_hours": 24,
        "buffer_minutes": 15,
    }
    async with world.ines() as client:
        assert (await client.get("/availability/mine")).json()["zone"] == "Europe/Lisbon"
        assert (await client.put("/availability/mine", json=good)).status_code == 204
        for wrong, field in (
            ({"zone": "Mars/Olympus"}, "zone"),
            ({"hours": [{"days": [], "start": "09:00", "end": "17:00"}]}, "hours"),
            ({"hours": [{"days": [1], "start": "09:00", "end": "09:00"}]}, "hours"),
            ({"hours": [{"days": [7], "start": "09:00", "end": "17:00"}]}, "hours.0.days.0"),
            ({"hours": [{"days": [1], "start": "9 o'clock", "end": "17:00"}]}, "hours.0.start"),
            ({"notice_hours": -1}, "notice_hours"),
            ({"buffer_minutes": 1000}, "buffer_minutes"),
        ):
            answer = await client.put("/availability/mine", json={**good, **wrong})
            assert answer.status_code == 422, wrong
            assert answer.json()["errors"][0]["field"] == field
        assert (await client.get("/availability/mine")).json() == good


async def test_a_body_of_a_hundred_megabytes_is_refused(world: World) -> None:
    async with world.ines() as client:
        answer = await client.post("/calendars/mine/ics", content=b"x" * 100_000_000, headers={"content-type": "text/calendar"})
    assert answer.status_code == 413
