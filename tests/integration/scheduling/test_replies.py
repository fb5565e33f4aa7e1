"""Answers to invitations, sent to a real mailbox as calendar programs send them."""

import imaplib
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.local.ports import free_ports
from services.scheduling.handlers import Outcome
from services.scheduling.store import MailboxAway
from shared.contracts.scheduling import MeetingMoved, MeetingMoveProposed
from tests.integration.scheduling.conftest import World
from tests.integration.scheduling.test_invitations import calendar_in
from tests.support.probe import eventually
from tests.support.service import RunningService
from tests.unit.scheduling.pair import TEN, an_id

pytestmark = pytest.mark.usefixtures("long_pauses")

HOUR = timedelta(hours=1)
AUTHORITY = "mx.tandem.test"


@pytest.fixture(scope="module")
def imap_port() -> Iterator[int]:
    """A real IMAP server with one empty mailbox."""
    (port,) = free_ports(1)
    program = str(Path(sys.executable).with_name("pymap"))
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "dict", "--demo-user", "replies", "--demo-password", "orange"]
    with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own
        yield port
        process.terminate()


@pytest.fixture
def more_settings(imap_port: int) -> dict[str, Any]:
    return {
        "imap_host": "127.0.0.1",
        "imap_port": imap_port,
        "imap_security": "none",
        "imap_username": "replies",
        "imap_password": "orange",
        "reply_address": "replies@tandem.test",
        "mail_authority": AUTHORITY,
    }


class Post:
    """Puts letters into the mailbox, and has them read."""

    def __init__(self, world: World, port: int) -> None:
        self.world = world
        self._port = port
        self._number = 0

    def client(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self._port)
        client.login("replies", "orange")
        client.select("INBOX")
        return client

    def empty(self) -> None:
        client = self.client()
        client.uid("STORE", "1:*", "+FLAGS", r"(\Deleted)")
        client.expunge()
        client.logout()

    def put(self, raw: str | bytes) -> None:
        content = raw if isinstance(raw, bytes) else raw.replace("\n", "\r\n").encode()
        client = self.client()
        client.append("INBOX", "", "", content)
        client.logout()

    async def read(self, running: RunningService | None = None) -> None:
        """Read all there is, now."""
        chosen = running or self.world.running
        await chosen.service.database.mailboxes.update_many({}, {"$set": {"due_at": datetime.now(UTC) - HOUR}})
        while await chosen.app.state.mailroom.look(chosen.service):
            pass

    def letter(
        self,
        meeting_id: str,
        *,
        by: str = "mentor",
        coming: str = "ACCEPTED",
        to: str = "replies@tandem.test",
        sender: str | None = None,
        attendee: str | None = None,
        method: str = "REPLY",
        sequence: int = 0,
        stamp: str = "20260110T090000Z",
        starts_at: datetime = TEN,
        headers: str = "",
        message_id: str | None = None,
    ) -> str:
        """As Exchange writes one: no organiser, its own address in capitals."""
        self._number += 1
        address = self.address_of(by)
        start, end = (at.strftime("%Y%m%dT%H%M%SZ") for at in (starts_at, starts_at + HOUR))
        return (
            f"{headers}From: Somebody <{sender or address}>\nTo: {to}\nSubject: Accepted\n"
            f"Message-ID: {message_id or f'<{self._number}.{an_id()}@mail.example.org>'}\n"
            f'Content-Type: text/calendar; method={method}; charset="utf-8"\n\n'
            f"BEGIN:VCALENDAR\nMETHOD:{method}\nVERSION:2.0\nPRODID:Microsoft Exchange Server 2010\nBEGIN:VEVENT\n"
            f"UID:{meeting_id}@meetings.tandem\nDTSTAMP:{stamp}\nDTSTART:{start}\nDTEND:{end}\nSEQUENCE:{sequence}\n"
            f"ATTENDEE;PARTSTAT={coming};CN=Somebody:MAILTO:{(attendee or address).upper()}\nEND:VEVENT\nEND:VCALENDAR\n"
        )

    def address_of(self, by: str) -> str:
        pair = self.world.pair
        return f"deborah-{pair.mentor_id}@example.org" if by == "mentor" else f"ines-{pair.protege_id}@example.org"

    def vouched(self, domain: str = "example.org") -> str:
        return f"Authentication-Results: {AUTHORITY}; dmarc=pass header.from={domain}\n"

    async def own_address(self, by: str = "mentor") -> str:
        """Where this guest's calendar program answers: the organiser of the last invitation."""
        await self.world.running.send_deliveries()
        person = self.world.pair.mentor_id if by == "mentor" else self.world.pair.protege_id
        mails = [mail for mail in self.world.mail.to(person) if mail.get_content_type() == "multipart/alternative"]
        return str(calendar_in(mails[-1]).events[0]["ORGANIZER"]).removeprefix("mailto:")

    async def outcomes(self) -> list[str]:
        return [row["outcome"] async for row in self.world.database.letters.find().sort("_id", 1)]


@pytest.fixture
async def post(world: World, imap_port: int) -> AsyncIterator[Post]:
    post = Post(world, imap_port)

    async def up() -> bool:
        try:
            post.empty()
        except OSError:
            return False
        return True

    await eventually(up, "the IMAP server answers")
    yield post
    await world.running.app.state.mailroom._reader.close()


def said(meeting: dict[str, Any], by: str) -> tuple[str, bool] | None:
    return next(((one["coming"], one["verified"]) for one in meeting["answers"] if one["person_id"] == by), None)


async def test_an_answer_to_ones_own_address_counts_though_it_names_no_organiser(world: World, post: Post) -> None:
    meeting_id = await world.book()
    own = await post.own_address()
    assert own.startswith("replies+")
    assert own != await post.own_address("protege")
    post.put(post.letter(meeting_id, to=own))
    await post.read()
    assert await post.outcomes() == ["applied"]
    assert said(await world.meeting(meeting_id), world.pair.mentor_id) == ("accepted", True)
    assert said(await world.meeting(meeting_id), world.pair.protege_id) is None


async def test_an_answer_our_mail_server_vouches_for_counts(world: World, post: Post) -> None:
    meeting_id = await world.book()
    post.put(post.letter(meeting_id, coming="TENTATIVE", headers=post.vouched()))
    await post.read()
    assert said(await world.meeting(meeting_id), world.pair.mentor_id) == ("tentative", True)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Authentication-Results: mx.elsewhere.test; dmarc=pass header.from=example.org\n",
        f"Authentication-Results: {AUTHORITY}; dmarc=fail header.from=example.org\n",
        f"Authentication-Results: {AUTHORITY}; dmarc=pass header.from=evil.test\n",
        f"Authentication-Results: {AUTHORITY}; dmarc=none\nAuthentication-Results: {AUTHORITY}; dmarc=pass header.from=example.org\n",
        f'Authentication-Results: {AUTHORITY}; spf=pass smtp.mailfrom="x; dmarc=pass header.from=example.org "@evil.test\n',
        f"Authentication-Results: {AUTHORITY}; spf=pass (a; dmarc=pass header.from=example.org ) smtp.mailfrom=evil.test\n",
    ],
)
async def test_an_answer_nobody_vouches_for_is_shown_and_nothing_follows(world: World, post: Post, header: str) -> None:
    meeting_id = await world.book()
    await world.running.send_deliveries()
    post.put(post.letter(meeting_id, coming="DECLINED", headers=header))
    await post.read()
    await world.running.send_deliveries()
    found = await world.meeting(meeting_id)
    assert said(found, world.pair.mentor_id) == ("declined", False)
    assert (found["state"], found["moving"]) == ("booked", None)
    assert await post.outcomes() == ["unverified"]


async def test_a_colleague_cannot_answer_for_somebody_of_the_same_domain(world: World, post: Post) -> None:
    meeting_id = await world.book()
    post.put(post.letter(meeting_id, sender="colleague@example.org", headers=post.vouched()))
    await post.read()
    assert said(await world.meeting(meeting_id), world.pair.mentor_id) == ("accepted", False)


async def test_who_cannot_come_has_three_other_times_proposed_and_the_partner_picks_one(world: World, post: Post) -> None:
    meeting_id = await world.book()
    post.put(post.letter(meeting_id, coming="DECLINED", to=await post.own_address()))
    await post.read()
    await world.running.send_deliveries()
    found = await world.meeting(meeting_id)
    assert said(found, world.pair.mentor_id) == ("declined", True)
    assert (found["state"], found["starts_at"], found["moving"]["by_id"]) == ("booked", "2030-01-09T14:00:00Z", world.pair.mentor_id)
    assert len(found["moving"]["starts"]) == 3
    (asked,) = await world.running.published(MeetingMoveProposed)
    assert (asked.other_id, asked.starts_at) == (world.pair.protege_id, TEN)
    assert (await world.tell(meeting_id, "pick", starts_at=found["moving"]["starts"][1])).status_code == 204
    moved = await world.meeting(meeting_id)
    assert (moved["starts_at"], moved["moving"], moved["answers"]) == (found["moving"]["starts"][1], None, [])
    assert len(await world.running.published(MeetingMoved)) == 1
    assert await world.claims() == 8


async def test_a_late_answer_of_before_a_newer_one_changes_nothing(world: World, post: Post) -> None:
    meeting_id = await world.book()
    own = await post.own_address()
    for coming, stamp in (("TENTATIVE", "20260110T100000Z"), ("ACCEPTED", "20260110T090000Z"), ("ACCEPTED", "20260110T110000Z")):
        post.put(post.letter(meeting_id, coming=coming, stamp=stamp, to=own))
    await post.read()
    assert sorted(await post.outcomes()) == ["applied", "applied", "overtaken"]
    assert said(await world.meeting(meeting_id), world.pair.mentor_id) == ("accepted", True)


async def test_an_answer_to_an_earlier_time_is_asked_for_again(world: World, post: Post) -> None:
    meeting_id = await world.book()
    own = await post.own_address()
    await world.tell(meeting_id, "move", starts_at=(TEN + HOUR).isoformat())
    await world.running.send_deliveries()
    world.mail.received.clear()
    post.put(post.letter(meeting_id, sequence=0, to=own))
    await post.read()
    await world.running.send_deliveries()
    assert await post.outcomes() == ["old_time"]
    assert (await world.meeting(meeting_id))["answers"] == []
    (again,) = world.mail.received
    assert calendar_in(again).events[0]["SEQUENCE"] == 1
    assert world.pair.mentor_id in str(again["To"])
    post.put(post.letter(meeting_id, sequence=1, to=own))
    await post.read()
    assert said(await world.meeting(meeting_id), world.pair.mentor_id) == ("accepted", True)


async def test_a_letter_that_comes_twice_counts_once(world: World, post: Post) -> None:
    meeting_id = await world.book()
    own = await post.own_address()
    letter = post.letter(meeting_id, coming="DECLINED", to=own, message_id="<same@mail.example.org>")
    post.put(letter)
    post.put(letter)
    post.put(post.letter(meeting_id, to=own, stamp="20260110T120000Z", message_id="<same@mail.example.org>"))
    await post.read()
    assert await post.outcomes() == ["applied"]
    assert said(await world.meeting(meeting_id), world.pair.mentor_id) == ("declined", True)
    await world.database.mailboxes.update_many({}, {"$set": {"validity": 1}})  # the mailbox was made anew: all is read again
    await post.read()
    assert await post.outcomes() == ["applied"]


async def test_two_replicas_take_each_letter_in_once(world: World, replica: RunningService, post: Post) -> None:
    meeting_id = await world.book()
    own = await post.own_address()
    for number in range(6):
        post.put(post.letter(meeting_id, to=own, stamp=f"2026011{number}T090000Z"))
    await post.read()
    await post.read(replica)
    assert await post.outcomes() == ["applied"] * 6
    await replica.app.state.mailroom._reader.close()


async def test_who_was_not_asked_is_not_counted_and_both_see_that_they_answered(world: World, post: Post) -> None:
    meeting_id = await world.book()
    own = await post.own_address()
    post.put(post.letter(meeting_id, to=own, sender="eve@evil.test", attendee="eve@evil.test", headers=post.vouched("evil.test")))
    await post.read()
    found = await world.meeting(meeting_id)
    assert (found["answers"], found["strangers"]) == ([], ["eve@evil.test"])
    assert await post.outcomes() == ["stranger"]


async def test_an_invitation_cannot_be_handed_on(world: World, post: Post) -> None:
    meeting_id = await world.book()
    own = await post.own_address()
    world.mail.received.clear()
    post.put(post.letter(meeting_id, coming="DELEGATED", to=own))
    await post.read()
    await world.running.send_deliveries()
    assert (await world.meeting(meeting_id))["answers"] == []
    assert [calendar_in(mail)["METHOD"] for mail in world.mail.received] == ["REQUEST"]


async def test_a_counter_proposal_at_a_free_time_is_one_of_ours(world: World, post: Post) -> None:
    meeting_id = await world.book()
    post.put(post.letter(meeting_id, method="COUNTER", starts_at=TEN + 2 * HOUR, to=await post.own_address()))
    await post.read()
    found = await world.meeting(meeting_id)
    assert found["moving"]["starts"] == ["2030-01-09T16:00:00Z"]
    assert found["moving"]["by_id"] == world.pair.mentor_id
    assert (await world.tell(meeting_id, "keep")).status_code == 204
    assert (await world.meeting(meeting_id))["moving"] is None
    assert await world.claims() == 8


async def test_a_counter_proposal_at_a_time_that_is_not_free_is_declined(world: World, post: Post) -> None:
    meeting_id = await world.book()
    own = await post.own_address()
    await world.book(TEN + 2 * HOUR)
    await world.running.send_deliveries()
    world.mail.received.clear()
    post.put(post.letter(meeting_id, method="COUNTER", starts_at=TEN + 2 * HOUR, to=own))
    await post.read()
    await world.running.send_deliveries()
    assert (await world.meeting(meeting_id))["moving"] is None
    (mail,) = world.mail.received
    event = calendar_in(mail).events[0]
    assert calendar_in(mail)["METHOD"] == "DECLINECOUNTER"
    assert (str(event["UID"]), event["SEQUENCE"]) == (f"{meeting_id}@meetings.tandem", 0)
    assert await post.outcomes() == ["turned_down"]


@pytest.mark.parametrize(
    ("headers", "message_id"),
    [
        ("Auto-Submitted: auto-replied\n", None),
        ("Return-Path: <>\n", None),
        ("", "<invitation.019a.1.0@example.org>"),
    ],
)
async def test_automatic_answers_bounces_and_our_own_letters_are_left_alone(
    world: World, post: Post, headers: str, message_id: str | None
) -> None:
    meeting_id = await world.book()
    post.put(post.letter(meeting_id, to=await post.own_address(), headers=headers, message_id=message_id))
    await post.read()
    assert await post.outcomes() == ["skipped"]
    assert (await world.meeting(meeting_id))["answers"] == []


async def test_what_nobody_can_read_stops_nobody(world: World, post: Post) -> None:
    meeting_id = await world.book()
    own = await post.own_address()
    nested = "".join(f"--b{depth}\nContent-Type: multipart/mixed; boundary=b{depth + 1}\n\n" for depth in range(3000))
    mailroom = world.running.app.state.mailroom
    # The mail server of these tests is itself brought down by this one.
    deep = f"From: a@evil.test\nContent-Type: multipart/mixed; boundary=b0\n\n{nested}".encode()
    assert await mailroom.take(world.running.service, deep) is Outcome.SKIPPED
    post.put(b"From: a@evil.test\r\n\r\n" + b"x" * 1_500_000)
    post.put(b"\xff\xfe\x00 this is no mail")
    post.put(post.letter(meeting_id, to=own).replace("BEGIN:VEVENT", "BEGIN:VEVENT\nBEGIN:VEVENT" * 2000))
    post.put(post.letter(f"{meeting_id}\nATTENDEE:MAILTO:x@evil.test", to=own))
    post.put(post.letter(meeting_id, to=own))
    await post.read()
    assert said(await world.meeting(meeting_id), world.pair.mentor_id) == ("accepted", True)
    rows = [row async for row in world.database.letters.find()]
    assert {row["skipped"] for row in rows} == {"unreadable", "too_large", "no_answer", ""}
    assert "evil" not in str(rows)


async def test_a_mail_server_that_is_away_is_asked_again_later(world: World, post: Post) -> None:
    meeting_id = await world.book()
    own = await post.own_address()
    mailbox = world.running.app.state.mailroom._mailbox
    account = mailbox._account
    (nobody,) = free_ports(1)
    mailbox._account = type(account)(**{**vars(account), "port": nobody})
    with pytest.raises(MailboxAway):
        await post.read()
    mailbox._account = account
    post.put(post.letter(meeting_id, to=own))
    await post.read()
    assert await post.outcomes() == ["applied"]


async def test_one_says_on_the_page_whether_one_comes(world: World) -> None:
    meeting_id = await world.book()
    assert (await world.tell(meeting_id, "answer", coming="accepted")).status_code == 204
    assert said(await world.meeting(meeting_id), world.pair.protege_id) == ("accepted", True)
    async with world.ines() as client:
        assert (await client.get(f"/meetings/{meeting_id}/answer")).status_code == 405
    assert (await world.tell(meeting_id, "answer", by="mentor", coming="declined")).status_code == 204
    await world.running.send_deliveries()
    assert len((await world.meeting(meeting_id))["moving"]["starts"]) == 3
