"""Invitations by mail, as a calendar program reads them."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import icalendar
import pytest

from tests.integration.scheduling.conftest import World
from tests.unit.scheduling.pair import TEN

pytestmark = pytest.mark.usefixtures("long_pauses")

HOUR = timedelta(hours=1)


def calendar_in(mail: EmailMessage) -> Any:
    (part,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    calendar = icalendar.Calendar.from_ical(part.get_content())
    assert part.get_param("method") == calendar["METHOD"]
    assert part.get_content_charset() == "utf-8"
    return calendar


async def test_both_are_invited_and_told_of_every_change(world: World) -> None:
    async with world.ines() as client:
        await client.post(world.path("agenda/items"), json={"text": "How do I say no, kindly; and firmly?", "kind": "question"})
    meeting_id = await world.book(place="Room 3, second floor")
    await world.running.send_deliveries()
    await world.tell(meeting_id, "move", starts_at=(TEN + HOUR).isoformat())
    await world.running.send_deliveries()
    await world.tell(meeting_id, "cancel")
    await world.running.send_deliveries()
    for person, partner in ((world.pair.protege_id, "Deborah Osei"), (world.pair.mentor_id, "Inês Carvalho")):
        mails = world.mail.to(person)
        calendars = [calendar_in(mail) for mail in mails]
        events = [calendar.events[0] for calendar in calendars]
        assert [calendar["METHOD"] for calendar in calendars] == ["REQUEST", "REQUEST", "CANCEL"]
        assert len({str(event["UID"]) for event in events}) == 1
        assert [event["SEQUENCE"] for event in events] == [0, 1, 2]
        assert [event["STATUS"] for event in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
        assert [event["DTSTART"].dt for event in events] == [TEN, TEN + HOUR, TEN + HOUR]
        assert "How do I say no, kindly; and firmly?" in events[0]["DESCRIPTION"]
        assert events[0]["LOCATION"] == "Room 3, second floor"
        assert str(events[0]["ORGANIZER"]) == "mailto:tandem@example.org"
        assert {str(guest).rpartition("-")[2] for guest in events[0]["ATTENDEE"]} == {
            f"{one}@example.org" for one in (world.pair.protege_id, world.pair.mentor_id)
        }
        assert {guest.params["PARTSTAT"] for guest in events[0]["ATTENDEE"]} == {"NEEDS-ACTION"}
        assert all(partner in str(mail["Subject"]) for mail in mails)
        assert len({mail["Message-ID"] for mail in mails}) == 3
    assert len(world.mail.received) == 6


async def test_each_reads_it_in_their_language_and_by_their_clock(world: World) -> None:
    await world.book()
    await world.running.send_deliveries()
    (hers,), (theirs) = world.mail.to(world.pair.protege_id), world.mail.to(world.pair.mentor_id)
    assert hers["Subject"] == "Meeting with Deborah Osei, Wednesday 9 January 2030, 14:00 (Lisbon)"
    assert theirs[0]["Subject"] == "Treffen mit Inês Carvalho, Mittwoch, 9. Januar 2030, 9:00 (Toronto)"
    text = hers.get_body(("plain",))
    assert text is not None
    assert "9:00 (Toronto)" in text.get_content()
    assert "http://portal.test/meetings/" in text.get_content()


async def test_a_name_cannot_add_lines_to_the_invitation(world: World) -> None:
    wicked = world.pair.people()[1].model_copy(update={"name": "Deborah\r\nATTENDEE:mailto:other@example.org\r\nBcc: other@example.org"})
    await world.running.hear(wicked)
    await world.book()
    await world.running.send_deliveries()
    for mail in world.mail.received:
        assert mail["Bcc"] is None
        assert len(calendar_in(mail).events[0]["ATTENDEE"]) == 2


async def test_a_server_that_says_later_gets_it_later_and_one_that_says_no_gets_it_never_again(world: World) -> None:
    world.mail.answers = ["451 later"]
    await world.book()
    await world.running.send_deliveries()
    states = sorted(row["state"] for row in await world.running.deliveries("invitation"))
    assert states == ["sent", "waiting"]
    await world.database.deliveries.update_many({"state": "waiting"}, [{"$set": {"due_at": "$$NOW"}}])
    await world.running.send_deliveries()
    assert [row["state"] for row in await world.running.deliveries("invitation")] == ["sent", "sent"]
    world.mail.answers = ["550 no", "550 no"]
    await world.book(TEN + HOUR)
    await world.running.send_deliveries()
    assert sorted(row["state"] for row in await world.running.deliveries("invitation")) == ["failed", "failed", "sent", "sent"]


async def test_an_invitation_overtaken_by_a_change_is_not_sent(world: World) -> None:
    meeting_id = await world.book()
    await world.tell(meeting_id, "move", starts_at=(TEN + HOUR).isoformat())
    await world.running.send_deliveries()
    assert [calendar_in(mail).events[0]["SEQUENCE"] for mail in world.mail.received] == [1, 1]
    assert sorted(row["state"] for row in await world.running.deliveries("invitation")) == ["dropped", "dropped", "sent", "sent"]


async def test_a_question_for_a_time_sends_no_invitation(world: World) -> None:
    meeting_id = (await world.propose(TEN)).json()["meeting_id"]
    await world.tell(meeting_id, "cancel")
    await world.running.send_deliveries()
    assert world.mail.received == []


@pytest.mark.parametrize("channel", ["invitation", "calendar"])
async def test_a_delivery_holds_ids_and_no_private_word(world: World, channel: str) -> None:
    async with world.ines() as client:
        await client.post(world.path("agenda/items"), json={"text": "My secret worry", "kind": "note"})
    await world.book(place="Room 3")
    rows = str(await world.running.deliveries(channel))
    assert "secret" not in rows
    assert "Room 3" not in rows
    events = str([row["events"] async for row in world.database.outbox.find()])
    assert "secret" not in events
