"""A meeting as calendar programs read it: an iCalendar object (RFC 5545), as an invitation or a cancellation (RFC 5546)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress, vText

from services.scheduling.domain.meeting import Meeting, MeetingState

PRODUCT = "-//Tandem//scheduling//EN"


@dataclass(frozen=True)
class Guest:
    """Somebody who is asked to come."""

    name: str
    email: str


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What a meeting is called and what is to be talked about, in its reader's language."""

    summary: str
    description: str


def calendar_entry(meeting: Meeting, words: Wording, at: datetime) -> str:
    """The meeting as it stands in one partner's calendar.

    Without organiser and guests: a server that sends invitations itself would send them a second time.
    """
    calendar = _calendar()
    calendar.add_component(_event(meeting, words, at))
    return str(calendar.to_ical().decode())


def invitation(meeting: Meeting, words: Wording, at: datetime, *, organiser: Guest, guests: Sequence[Guest]) -> tuple[str, str]:
    """The method, REQUEST or CANCEL, and the object to send. Times are in UTC, so that no zone can be misread."""
    cancelled = meeting.state is MeetingState.CANCELLED
    method = "CANCEL" if cancelled else "REQUEST"
    calendar, event = _calendar(), _event(meeting, words, at)
    calendar.add("method", method)
    host = vCalAddress(f"mailto:{organiser.email}")
    host.params["CN"] = vText(organiser.name)
    event.add("organizer", host)
    for guest in guests:
        address = vCalAddress(f"mailto:{guest.email}")
        address.params["CN"] = vText(guest.name)
        address.params["CUTYPE"] = vText("INDIVIDUAL")
        address.params["ROLE"] = vText("REQ-PARTICIPANT")
        if not cancelled:
            address.params["PARTSTAT"] = vText("NEEDS-ACTION")
            address.params["RSVP"] = vText("TRUE")
        event.add("attendee", address, encode=False)
    calendar.add_component(event)
    return method, str(calendar.to_ical().decode())


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    return calendar


def _event(meeting: Meeting, words: Wording, at: datetime) -> Event:
    if meeting.starts_at is None or meeting.ends_at is None:
        raise ValueError(meeting.id)
    event = Event()
    event.add("uid", meeting.uid)
    event.add("dtstamp", at.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", meeting.starts_at.astimezone(UTC))
    event.add("dtend", meeting.ends_at.astimezone(UTC))
    event.add("sequence", meeting.revision)
    event.add("status", "CANCELLED" if meeting.state is MeetingState.CANCELLED else "CONFIRMED")
    event.add("transp", "OPAQUE")
    event.add("summary", words.summary)
    if words.description:
        event.add("description", words.description)
    if meeting.place:
        event.add("location", meeting.place)
    return event
