"""What is wrong with a calendar, as scheduling words it: marked here so that it has its German."""

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
