"""A meeting as calendar programs read it in a mail: an invitation or a cancellation (RFC 5546)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from icalendar import vCalAddress, vText

from services.scheduling.domain.appointment import Appointment, empty_calendar
from services.scheduling.domain.meeting import Meeting
from services.scheduling.domain.standing import MeetingState


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


def invitation(
    meeting: Meeting, words: Wording, at: datetime, *, organiser: Guest, guests: Sequence[Guest], method: str | None = None
) -> tuple[str, str]:
    """The method, REQUEST or CANCEL unless it is given, and the object to send. Times are in UTC, so that no zone can be misread."""
    cancelled = meeting.state is MeetingState.CANCELLED
    method = method or ("CANCEL" if cancelled else "REQUEST")
    calendar = empty_calendar()
    event = Appointment.of(meeting, title=words.summary, description=words.description).event(at)
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
