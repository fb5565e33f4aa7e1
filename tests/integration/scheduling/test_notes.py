"""Notes on meetings: for oneself or for both, and for nobody and nothing else."""

from typing import Any

import pytest

from tests.integration.scheduling.conftest import CalendarServer, World
from tests.support.service import both_drivers
from tests.unit.scheduling.pair import NOW, TEN, an_id

OWN, SHARED, REFUSED = "marzipan-own", "marzipan-shared", "marzipan-refused"

# The real store, by either driver.
driver = both_drivers


async def write(world: World, meeting_id: str, text: str, *, by: str = "protege", shared: bool = False) -> int:
    async with world.ines() if by == "protege" else world.deborah() as client:
        answer = await client.put(f"/meetings/{meeting_id}/notes/mine", json={"text": text, "shared": shared})
    assert "marzipan" not in answer.text
    return answer.status_code


async def read(world: World, meeting_id: str, by: str = "protege") -> dict[str, Any]:
    async with world.ines() if by == "protege" else world.deborah() as client:
        return dict((await client.get(f"/meetings/{meeting_id}/notes")).json())


async def test_notes_are_their_author_s_until_they_share_them_and_again_when_they_do_not_any_more(world: World) -> None:
    meeting_id = await world.book()
    assert await read(world, meeting_id) == {"mine": None, "theirs": None}
    assert await write(world, meeting_id, f"  {OWN} ") == 204
    assert (await read(world, meeting_id))["mine"] == {"text": OWN, "shared": False, "written_at": NOW.isoformat().replace("+00:00", "Z")}
    assert await read(world, meeting_id, by="mentor") == {"mine": None, "theirs": None}
    assert await write(world, meeting_id, SHARED, shared=True) == 204
    assert (await read(world, meeting_id, by="mentor"))["theirs"]["text"] == SHARED
    assert await write(world, meeting_id, SHARED) == 204
    assert (await read(world, meeting_id, by="mentor"))["theirs"] is None
    assert await write(world, meeting_id, " ") == 204
    assert (await read(world, meeting_id))["mine"] is None


async def test_nobody_else_reads_or_writes_notes(world: World) -> None:
    meeting_id = await world.book()
    assert await write(world, meeting_id, SHARED, shared=True) == 204
    for person_id, roles in (("stranger", ()), ("sofie", ("programme_manager",)), ("root", ("administrator",)), ("eye", ("auditor",))):
        async with world.running.client(person_id, roles) as client:
            refused = await client.get(f"/meetings/{meeting_id}/notes")
            assert (refused.status_code, "marzipan" in refused.text) == (403, False)
            assert (await client.put(f"/meetings/{meeting_id}/notes/mine", json={"text": "x"})).status_code == 403
    assert await write(world, an_id(), "x") == 404


async def test_a_word_planted_in_notes_is_in_no_event_mail_calendar_log_or_other_collection(
    world: World, calendars: CalendarServer, capsys: pytest.CaptureFixture[str]
) -> None:
    async with world.ines() as client:
        account = {"kind": "caldav", "url": calendars.url("ines"), "username": "ines", "password": "orange"}
        assert (await client.post("/calendars/mine", json=account)).status_code == 201
    meeting_id = await world.book()
    assert await write(world, meeting_id, OWN) == 204
    assert await write(world, meeting_id, SHARED, by="mentor", shared=True) == 204
    assert await write(world, meeting_id, REFUSED * 1_000) == 422
    assert (await world.tell(meeting_id, "move", starts_at=TEN.replace(hour=16).isoformat())).status_code == 204
    await world.running.send_deliveries()
    await world.running.fire_timers(TEN.replace(hour=18))

    assert world.mail.received
    assert "marzipan" not in "".join(mail.as_string() for mail in world.mail.received)
    async with calendars.as_("ines") as program:
        entry = await program.get(f"{calendars.url('ines')}{meeting_id}.ics")
    assert "BEGIN:VEVENT" in entry.text
    assert "marzipan" not in entry.text
    names = await world.database.list_collection_names()
    assert {"outbox", "deliveries", "meetings", "notes"} <= set(names)
    holding = {name for name in names if "marzipan" in str([row async for row in world.database[name].find()])}
    assert holding == {"notes"}
    async with world.deborah() as client:
        for path in (world.path("series"), world.path("agenda"), f"/meetings/{meeting_id}", "/meetings/mine"):
            assert "marzipan" not in (await client.get(path)).text
    written = capsys.readouterr()
    assert "answered" in written.out
    assert "marzipan" not in written.out + written.err
