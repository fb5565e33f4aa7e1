from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx2
import pytest

from deploy.local.letters import Letters
from deploy.local.mailbox import create_app, smtp_server
from deploy.local.ports import free_ports

CALENDAR = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//test//EN\r
METHOD:REQUEST\r
BEGIN:VEVENT\r
UID:1\r
DTSTAMP:20261122T120000Z\r
DTSTART:20261126T150000Z\r
DTEND:20261126T160000Z\r
SUMMARY:Inês and Deborah\r
END:VEVENT\r
END:VCALENDAR\r
"""


@pytest.fixture
async def smtp_port(tmp_path: Path) -> AsyncIterator[int]:
    (port,) = free_ports(1)
    async with smtp_server(Letters(tmp_path), port):
        yield port


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(create_app(Letters(tmp_path))), base_url="http://mailbox.test") as client:
        yield client


def a_mail(to: str = "ines@alder.example", subject: str = "Hello") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "tandem@alder.example", to, subject
    mail.set_content("Plain words.")
    mail.add_alternative("<p>Rich words.</p><script>alert(1)</script>", subtype="html")
    mail.add_alternative(CALENDAR, subtype="calendar", params={"method": "REQUEST"})
    return mail


async def send(mail: EmailMessage, port: int) -> None:
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=port)


async def test_a_mail_sent_is_read_by_programs_with_all_its_parts(smtp_port: int, browser: httpx2.AsyncClient) -> None:
    await send(a_mail(), smtp_port)
    (summary,) = (await browser.get("/api/messages")).json()
    whole = (await browser.get(f"/api/messages/{summary['message_id']}")).json()
    assert (whole["subject"], whole["to"], whole["from"]) == ("Hello", ["ines@alder.example"], "tandem@alder.example")
    assert whole["text"].strip() == "Plain words."
    assert "Rich words." in whole["html"]
    assert "METHOD:REQUEST" in whole["calendar"]


async def test_mail_is_found_by_recipient_and_by_subject_newest_first(smtp_port: int, browser: httpx2.AsyncClient) -> None:
    for to, subject in (("ines@alder.example", "One"), ("deborah@alder.example", "Two"), ("ines@alder.example", "Three")):
        await send(a_mail(to, subject), smtp_port)

    async def subjects(query: str) -> list[str]:
        return [message["subject"] for message in (await browser.get(f"/api/messages?{query}")).json()]

    assert await subjects("") == ["Three", "Two", "One"]
    assert await subjects("q=INES") == ["Three", "One"]
    assert await subjects("q=two") == ["Two"]
    assert await subjects("limit=1") == ["Three"]


async def test_people_see_a_mail_and_what_a_calendar_program_would_see(smtp_port: int, browser: httpx2.AsyncClient) -> None:
    await send(a_mail(), smtp_port)
    assert "Hello" in (await browser.get("/")).text
    (summary,) = (await browser.get("/api/messages")).json()
    page = (await browser.get(f"/messages/{summary['message_id']}")).text
    assert "Inês and Deborah" in page
    assert "2026-11-26 15:00:00" in page


async def test_the_html_of_a_mail_can_run_no_script_and_load_nothing(smtp_port: int, browser: httpx2.AsyncClient) -> None:
    await send(a_mail(), smtp_port)
    (summary,) = (await browser.get("/api/messages")).json()
    policy = (await browser.get(f"/messages/{summary['message_id']}/html")).headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    page = await browser.get(f"/messages/{summary['message_id']}")
    assert "<script>" not in page.text
    assert "unsafe" not in page.headers["Content-Security-Policy"]


async def test_mail_survives_a_restart(smtp_port: int, tmp_path: Path) -> None:
    await send(a_mail(), smtp_port)
    assert [letter.subject for letter in Letters(tmp_path).newest(10)] == ["Hello"]


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2fetc%2fpasswd", "%00"])
async def test_only_caught_mail_can_be_read(name: str, browser: httpx2.AsyncClient) -> None:
    assert (await browser.get(f"/api/messages/{name}")).status_code == 404
    assert (await browser.get(f"/messages/{name}")).status_code == 404


async def test_a_mail_that_makes_no_sense_is_shown_all_the_same(smtp_port: int, browser: httpx2.AsyncClient) -> None:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=smtp_port)
    async with client:
        await client.sendmail(
            "x@alder.example", ["y@alder.example"], b'Content-Type: text/calendar; charset="klingon"\r\n\r\n\xff\xfenot a calendar'
        )
    (summary,) = (await browser.get("/api/messages")).json()
    assert (await browser.get(f"/messages/{summary['message_id']}")).status_code == 200
