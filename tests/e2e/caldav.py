"""The demo calendars, read and written as a calendar program would: by CalDAV over HTTP."""

import re
from datetime import UTC, datetime
from urllib.parse import urljoin

from icalendar import Calendar, Component

from deploy.local import demo
from shared.http import Client, open_client

_MULTISTATUS = 207
_EVERYTHING = """<?xml version="1.0"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop>
<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter></C:calendar-query>"""


def a_calendar(uid: str, starts_at: datetime, ends_at: datetime, summary: str) -> str:
    """A calendar file with one appointment."""
    return "\r\n".join(
        (
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//A test//EN",
            "BEGIN:VEVENT",
            f"UID:{uid}",
            f"DTSTAMP:{_utc(datetime.now(UTC))}",
            f"DTSTART:{_utc(starts_at)}",
            f"DTEND:{_utc(ends_at)}",
            f"SUMMARY:{summary}",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        )
    )


async def write(url: str, email: str, uid: str, text: str) -> None:
    """Put an appointment into somebody's calendar."""
    async with open_client() as client:
        answer = await client.put(f"{url}{uid}.ics", content=text, headers={"content-type": "text/calendar"}, auth=_name(email))
    assert answer.is_success, answer.text


async def events(url: str, email: str) -> list[Component]:
    """All that is in somebody's calendar."""
    async with open_client() as client:
        answer = await _everything(client, url, email)
    texts = re.findall(r"BEGIN:VCALENDAR.*?END:VCALENDAR", answer.replace("&#13;", ""), re.DOTALL)
    return [event for text in texts for event in Calendar.from_ical(text).walk("VEVENT")]


async def move(url: str, email: str, starts_at: datetime, to: datetime) -> None:
    """Drag the one appointment of this time to another time: fetched, changed, and put back over that very version."""
    async with open_client() as client:
        for path in re.findall(r"<(?:\w+:)?href>([^<]+)</", await _everything(client, url, email)):
            address = urljoin(url, path)
            there = await client.get(address, auth=_name(email))
            calendar = Calendar.from_ical(there.text)
            (event,) = calendar.walk("VEVENT")
            begins, ends = event.decoded("DTSTART"), event.decoded("DTEND")
            if begins != starts_at:
                continue
            for name, at in (("DTSTART", to), ("DTEND", to + (ends - begins))):
                del event[name]
                event.add(name, at)
            headers = {"content-type": "text/calendar", "if-match": there.headers["etag"]}
            answer = await client.put(address, content=calendar.to_ical(), headers=headers, auth=_name(email))
            assert answer.is_success, answer.text
            return
    raise AssertionError(f"nothing is at {starts_at} in the calendar of {email}")


async def _everything(client: Client, url: str, email: str) -> str:
    headers = {"content-type": "application/xml", "depth": "1"}
    answer = await client.request("REPORT", url, content=_EVERYTHING, headers=headers, auth=_name(email))
    assert answer.status_code == _MULTISTATUS, answer.text
    return answer.text


def _name(email: str) -> tuple[str, str]:
    return demo.by_email()[email].calendar_user, demo.CALENDAR_PASSWORD


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
