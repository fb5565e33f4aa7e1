"""One of our meetings as an entry of somebody's calendar: what Tandem writes there, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from icalendar import Calendar, Event, vUri

from services.scheduling.domain.meeting import UID_HOST, Meeting
from services.scheduling.domain.standing import MeetingState

PRODUCT = "-//Tandem//scheduling//EN"


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """`revision` is iCalendar's SEQUENCE; `answers` say by address what guests have answered (PARTSTAT), where a calendar tells it."""

    uid: str
    revision: int
    starts_at: datetime
    ends_at: datetime
    title: str = ""
    description: str = ""
    place: str = ""
    video_link: str | None = None
    """The address of a video call as it is known here. One that stands in a calendar is not read: it may be anybody's."""
    cancelled: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, meeting: Meeting, *, title: str, description: str) -> "Appointment":
        """A meeting that has a time, in its reader's words. Raises ValueError for one that has none."""
        if meeting.starts_at is None or meeting.ends_at is None:
            raise ValueError(meeting.id)
        return cls(
            uid=meeting.uid,
            revision=meeting.revision,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            title=title,
            description=description,
            place=meeting.place,
            video_link=meeting.video_link,
            cancelled=meeting.state is MeetingState.CANCELLED,
        )

    @property
    def text(self) -> str:
        """A digest of its words: the same for the same words, and nothing else can be told from it."""
        return sha256(f"{self.title}\n{self.description}\n{self.place}".encode()).hexdigest()[:32]

    def event(self, at: datetime) -> Event:
        """As a VEVENT. Times are in UTC, so that no zone can be misread."""
        event = Event()
        event.add("uid", self.uid)
        event.add("dtstamp", at.astimezone(UTC).replace(microsecond=0))
        event.add("dtstart", self.starts_at.astimezone(UTC))
        event.add("dtend", self.ends_at.astimezone(UTC))
        event.add("sequence", self.revision)
        event.add("status", "CANCELLED" if self.cancelled else "CONFIRMED")
        event.add("transp", "OPAQUE")
        event.add("summary", self.title)
        if self.description:
            event.add("description", self.description)
        if self.place:
            event.add("location", self.place)
        if self.video_link:
            link = vUri(self.video_link)  # for calendar programs that show a button: RFC 7986, section 5.11
            link.params.update({"VALUE": "URI", "FEATURE": "VIDEO"})
            event.add("conference", link)
        return event

    def calendar_object(self, at: datetime) -> str:
        """As it stands in one partner's own calendar (RFC 5545).

        Without organiser and guests: a server that sends invitations itself would send them a second time.
        """
        calendar = empty_calendar()
        calendar.add_component(self.event(at))
        return str(calendar.to_ical().decode())

    @classmethod
    def read(cls, text: str) -> "Appointment | None":
        """The one of our meetings that a calendar object tells of; None when it is none or cannot be read."""
        if UID_HOST not in text:
            return None
        try:
            events = [event for event in Calendar.from_ical(text).walk("VEVENT") if str(event.get("UID", "")).endswith(f"@{UID_HOST}")]
            return cls._of_event(events[0]) if events else None
        except (ValueError, KeyError, AttributeError, TypeError):
            return None  # somebody has made of it what is no event any more; it will be written anew

    @classmethod
    def _of_event(cls, event: Any) -> "Appointment | None":
        starts_at, ends_at = event.start, event.end
        if not isinstance(starts_at, datetime) or not isinstance(ends_at, datetime) or starts_at.tzinfo is None or ends_at.tzinfo is None:
            return None
        guests = event.get("ATTENDEE", [])
        return cls(
            uid=str(event["UID"]),
            revision=int(event.get("SEQUENCE", 0)),
            starts_at=starts_at.astimezone(UTC),
            ends_at=ends_at.astimezone(UTC),
            title=str(event.get("SUMMARY", "")),
            description=str(event.get("DESCRIPTION", "")),
            place=str(event.get("LOCATION", "")),
            cancelled=str(event.get("STATUS", "")).upper() == "CANCELLED",
            answers={
                str(guest).casefold().removeprefix("mailto:"): str(guest.params.get("PARTSTAT", "NEEDS-ACTION")).upper()
                for guest in (guests if isinstance(guests, list) else [guests])
            },
        )


def empty_calendar() -> Calendar:
    """An iCalendar object of ours with nothing in it yet."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    return calendar
