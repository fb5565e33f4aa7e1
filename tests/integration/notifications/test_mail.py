"""Mail: arrives in the reader's language, is tried again or given up visibly, and is never old or unwanted."""

from typing import Any

import pytest

from services.notifications.domain import Kind
from shared.contracts import matching, scheduling
from tests.support.mail import MailServer
from tests.support.service import RunningService
from tests.unit.notifications.cast import DAY, Cast

pytestmark = pytest.mark.usefixtures("long_pauses")


async def outcomes(notifications: RunningService) -> list[tuple[str, str | None]]:
    return sorted((row["state"], row.get("problem")) for row in await notifications.deliveries("mail"))


async def mails_seen(notifications: RunningService, *roles: str) -> Any:
    async with notifications.client("operator", roles) as client:
        return await client.get("/deliveries/mail")


async def test_a_mail_arrives_in_the_language_and_at_the_clock_of_its_reader(
    notifications: RunningService, cast: Cast, mail_server: MailServer
) -> None:
    made = cast.event(matching.ProposalMade)
    await notifications.hear(made)
    await notifications.send_deliveries()
    (english,) = mail_server.to("ines@example.org")
    (german,) = mail_server.to("deborah@example.org")
    assert english["Subject"] == "Deborah Okafor and you could be partners"
    assert german["Subject"] == "Ines Carvalho und du, das könnte passen"
    assert str(english["From"]) == "Tandem <tandem@example.org>"
    assert english["Auto-Submitted"] == "auto-generated"
    text, html = (part.get_content() for part in english.iter_parts())
    assert f"http://portal.test/proposals/{made.proposal_id}" in text
    assert f"http://portal.test/proposals/{made.proposal_id}" in html
    assert "(Halifax)" in german.get_body().get_content()  # type: ignore[union-attr] # it has one
    assert await outcomes(notifications) == [("sent", None), ("sent", None)]


async def test_the_same_letter_has_the_same_message_id(notifications: RunningService, cast: Cast, mail_server: MailServer) -> None:
    await notifications.hear(cast.event(matching.MatchRunFailed))
    await notifications.send_deliveries()
    again = {"$set": {"state": "waiting", "payload": {"notice_id": (await notifications.service.database.notices.find_one())["_id"]}}}
    await notifications.service.database.deliveries.update_many({}, {**again, "$currentDate": {"due_at": True}})
    await notifications.send_deliveries()
    assert len(mail_server.received) == 2
    assert len({mail["Message-ID"] for mail in mail_server.received}) == 1


async def test_what_the_inbox_says_first_hand_is_not_mailed(notifications: RunningService, cast: Cast) -> None:
    await notifications.hear(cast.event(scheduling.MeetingBooked), cast.event(matching.MatchRunFinished))
    assert await notifications.deliveries("mail") == []


async def test_a_mail_server_that_is_busy_is_asked_again(notifications: RunningService, cast: Cast, mail_server: MailServer) -> None:
    mail_server.answers = ["451 not now"]
    await notifications.hear(cast.event(matching.MatchRunFailed))
    await notifications.send_deliveries()
    assert await outcomes(notifications) == [("waiting", "the mail server said 451")]
    await notifications.service.database.deliveries.update_many({}, {"$currentDate": {"due_at": True}})
    await notifications.send_deliveries()
    assert await outcomes(notifications) == [("sent", None)]
    assert len(mail_server.received) == 1


async def test_a_mail_server_that_is_away_is_asked_again(notifications: RunningService, cast: Cast, mail_server: MailServer) -> None:
    sender = notifications.service.delivery_loop._channels["mail"].sender
    sender._smtp = type(sender._smtp)(**{**vars(sender._smtp), "port": 1})  # type: ignore[attr-defined] # a MailSender
    await notifications.hear(cast.event(matching.MatchRunFailed))
    await notifications.send_deliveries()
    assert await outcomes(notifications) == [("waiting", "the mail server: SMTPConnectError")]


async def test_an_address_that_is_refused_ends_visibly_and_says_no_address(
    notifications: RunningService, cast: Cast, mail_server: MailServer
) -> None:
    mail_server.answers = ["550 no such user sofie@example.org"]
    await notifications.hear(cast.event(matching.MatchRunFailed))
    await notifications.send_deliveries()
    (seen,) = (await mails_seen(notifications, "administrator")).json()
    assert seen["state"] == "failed"
    assert seen["problem"] == "the mail server said 550"
    assert "example.org" not in str(seen)


async def test_a_person_without_a_proper_address_ends_visibly(notifications: RunningService, cast: Cast) -> None:
    await notifications.hear(cast.person(cast.manager_id, "Sofie Lindqvist", email="sofie@example.org, everybody@example.org"))
    await notifications.hear(cast.event(matching.MatchRunFailed))
    await notifications.send_deliveries()
    assert await outcomes(notifications) == [("failed", "the person's address is none")]


@pytest.mark.parametrize(
    "name",
    [
        'Żaneta "Z" 山田, Dr.',
        "Żaneta Größenwahn-Österreicher",
        'Bobby, the "quoted" <b>',
    ],
)
async def test_a_name_in_any_script_arrives_as_it_is(notifications: RunningService, cast: Cast, mail_server: MailServer, name: str) -> None:
    await notifications.hear(cast.person(cast.protege_id, name, email="other@example.org"))
    await notifications.hear(cast.event(matching.PartnershipStarted))
    await notifications.send_deliveries()
    (to_them,) = mail_server.to("other@example.org")
    (about_them,) = mail_server.to("deborah@example.org")
    assert to_them["To"].addresses[0].display_name == name
    assert about_them["Subject"] == f"{name} und du, ihr seid jetzt ein Team"
    assert all(len(word) <= 75 for word in to_them.as_bytes().split() if word.startswith(b"=?"))


async def test_a_name_cannot_add_a_header(notifications: RunningService, cast: Cast, mail_server: MailServer) -> None:
    await notifications.hear(cast.person(cast.manager_id, "Bobby\r\nBcc: everybody@example.org", email="bobby@example.org"))
    await notifications.hear(cast.event(matching.MatchRunFailed))
    await notifications.send_deliveries()
    (mail,) = mail_server.received
    assert mail["Bcc"] is None
    assert "Hello Bobby Bcc: everybody@example.org," in mail.get_body().get_content()  # type: ignore[union-attr] # it has one


async def test_only_administrators_see_what_became_of_mails(notifications: RunningService) -> None:
    assert (await mails_seen(notifications)).status_code == 403
    assert (await mails_seen(notifications, "programme_manager")).status_code == 403


async def test_mails_are_listed_by_state(notifications: RunningService, cast: Cast) -> None:
    await notifications.hear(cast.event(matching.MatchRunFailed))
    async with notifications.client("operator", ["administrator"]) as client:
        assert len((await client.get("/deliveries/mail", params={"state": "waiting"})).json()) == 1
        assert (await client.get("/deliveries/mail", params={"state": "sent"})).json() == []


async def test_old_events_are_never_mailed(notifications: RunningService, cast: Cast, mail_server: MailServer) -> None:
    await notifications.hear(cast.event(matching.PartnershipStarted, at=cast.now - 30 * DAY))
    await notifications.send_deliveries()
    assert await notifications.deliveries("mail") == []
    assert mail_server.received == []


async def test_who_wants_no_mail_gets_none_even_of_what_is_on_its_way(
    notifications: RunningService, cast: Cast, mail_server: MailServer
) -> None:
    await notifications.hear(cast.event(matching.MatchRunFailed))
    async with notifications.client(cast.manager_id) as client:
        assert (await client.get("/preferences/mine")).json() == {"email": True}
        assert (await client.put("/preferences/mine", json={"email": False})).status_code == 204
        assert (await client.get("/preferences/mine")).json() == {"email": False}
    await notifications.send_deliveries()
    assert mail_server.received == []
    assert await outcomes(notifications) == [("dropped", "the person wants no mail")]


async def test_a_wrong_preference_changes_nothing(notifications: RunningService, cast: Cast) -> None:
    async with notifications.client(cast.manager_id) as client:
        for wrong in ({"email": "no"}, {"email": 0}, {}, {"email": False, "sms": True}):
            assert (await client.put("/preferences/mine", json=wrong)).status_code == 422
        assert (await client.get("/preferences/mine")).json() == {"email": True}


async def test_who_has_left_gets_no_mail(notifications: RunningService, cast: Cast, mail_server: MailServer) -> None:
    await notifications.hear(cast.event(matching.MatchRunFailed), cast.person(cast.manager_id, "Sofie Lindqvist", active=False))
    await notifications.send_deliveries()
    assert mail_server.received == []
    assert await outcomes(notifications) == [("dropped", "the person has left")]


async def test_a_question_answered_meanwhile_is_not_mailed(notifications: RunningService, cast: Cast, mail_server: MailServer) -> None:
    made = cast.event(matching.ProposalMade)
    await notifications.hear(made, cast.event(matching.ProposalAccepted, proposal_id=made.proposal_id, by_id=cast.mentor_id))
    await notifications.send_deliveries()
    assert mail_server.to("deborah@example.org") == []
    assert len(mail_server.to("ines@example.org")) == 1


async def test_a_reminder_of_a_meeting_that_was_moved_is_not_mailed(
    notifications: RunningService, cast: Cast, mail_server: MailServer
) -> None:
    booked = cast.event(scheduling.MeetingBooked)
    await notifications.hear(booked)
    await notifications.fire_timers(booked.starts_at - DAY)
    later = {"starts_at": booked.starts_at + DAY, "ends_at": booked.ends_at + DAY}
    await notifications.hear(cast.event(scheduling.MeetingMoved, meeting_id=booked.meeting_id, **later))
    await notifications.send_deliveries()
    assert mail_server.received == []
    assert {state for state, _ in await outcomes(notifications)} == {"dropped"}


async def test_a_reminder_says_when(notifications: RunningService, cast: Cast, mail_server: MailServer) -> None:
    booked = cast.event(scheduling.MeetingBooked)
    await notifications.hear(booked)
    await notifications.fire_timers(booked.starts_at - DAY)
    await notifications.send_deliveries()
    (reminder,) = mail_server.to("ines@example.org")
    assert "(Lisbon)" in reminder["Subject"]
    assert reminder["Subject"].endswith("what do you bring?")
    assert len(mail_server.to("deborah@example.org")) == 1


async def test_a_mail_waits_for_who_it_is_for_to_be_known(notifications: RunningService, mail_server: MailServer) -> None:
    stranger = Cast()
    await notifications.hear(stranger.event(matching.MatchRunFailed))
    await notifications.send_deliveries()
    assert await outcomes(notifications) == [("waiting", "who it is for is not known yet")]
    await notifications.hear(*stranger.people())
    await notifications.service.database.deliveries.update_many({}, {"$currentDate": {"due_at": True}})
    await notifications.send_deliveries()
    assert len(mail_server.received) == 1
    assert (await notifications.service.database.notices.find_one())["kind"] == Kind.MATCH_RUN_FAILED
