"""What is wrong with a calendar, as scheduling words it and marked here so that it has its German; and how far one can rely on it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from services.portal.pages.pictures_participant import Speech
from services.portal.pages.words_participant.marks import marked

CALENDAR_COMPLAINTS = frozenset(
    {
        marked("This is needed to reach your calendar."),
        marked("There is no calendar server at this address."),
        marked("The server names no calendar of yours. Give the address of the calendar itself."),
        marked("There is no calendar in your account yet. Make one there first."),
        marked("The server sends us on to another one. Give that one's address."),
        marked("The server sends us round in circles."),
        marked("The address must begin with https://."),
        marked("An address with a name or password in it is not used."),
        marked("The answer took too long."),
        marked("The calendar server does not answer. Is the address right?"),
        marked("The calendar server does not take this user name and password."),
        marked("The calendar server does not allow this."),
        marked("The calendar server asks us to come back later."),
        marked("The calendar server takes too long to answer."),
        marked("The calendar server never comes to an end."),
        marked("The calendar is not there any more."),
        marked("The calendar is not published at this address any more. Give its new address."),
        marked("The calendar takes too long to read."),
        marked("The calendar cannot be understood."),
        marked("The calendar holds more repeated entries than we read."),
        marked("This is not the answer of a calendar server."),
        marked("The stored password cannot be read any more. Connect the calendar again."),
        marked("This is not a calendar file that can be read."),
        marked("This is not a calendar file: it does not begin with BEGIN:VCALENDAR."),
        marked("This is a web page, not a calendar file. Download the .ics file itself."),
        marked("This is a compressed file. Unpack it first."),
        marked("The file is empty."),
        marked("This is not one of the calendars in your account."),
        marked("Choose at least one calendar."),
        marked("Meetings cannot be written to this calendar."),
    }
)


class Named(Protocol):
    """Somebody with a first name."""

    @property
    def first(self) -> str: ...


def reliance(found: Iterable[Mapping[str, Any]], people: Mapping[str, Named], viewer_id: str, speech: Speech) -> list[str]:
    """What must be said of people's calendars before a time is picked from them."""
    said = []
    for person in found:
        mine = person["person_id"] == viewer_id
        words = ""
        match person["calendars"]:
            case "none" if not mine:
                words = speech.gettext("%(name)s has connected no calendar: only working hours are known.")
            case "hours_old" if mine:
                words = speech.gettext("Your calendar may be hours old.")
            case "hours_old":
                words = speech.gettext("The calendar of %(name)s may be hours old.")
            case "unsure" if mine:
                words = speech.gettext("Your calendar cannot be read.")
            case "unsure":
                words = speech.gettext("The calendar of %(name)s cannot be read.")
            case _:
                pass
        if person["calendars"] == "unsure":
            words = f"{words} {_read(person['checked_at'], speech)}"
        said += [words.replace("%(name)s", people[person["person_id"]].first)] if words else []
    return said


def _read(checked_at: str | None, speech: Speech) -> str:
    if checked_at is None:
        return speech.gettext("There may be more in it than is shown here.")
    read_at = datetime.fromisoformat(checked_at)
    when = {"day": speech.day(speech.local(read_at).date()), "time": speech.time(read_at)}
    return speech.gettext("What is shown was read on %(day)s at %(time)s.") % when
