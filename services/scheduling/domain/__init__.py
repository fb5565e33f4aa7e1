"""The rules of meetings, agendas, availability and calendars."""

from services.scheduling.domain.agenda import Agenda, AgendaFull, AgendaIsTheProteges, Item, Kind, NoSuchItem, Style
from services.scheduling.domain.appointment import Appointment
from services.scheduling.domain.availability import Availability
from services.scheduling.domain.calendar import (
    Calendar,
    CalendarKind,
    CalendarUnreachable,
    ConsentExpired,
    ConsentRefused,
    NotACalendar,
    NotOffered,
)
from services.scheduling.domain.limits import ChangedDays, Limits
from services.scheduling.domain.meeting import (
    BUCKET_SECONDS,
    UID_HOST,
    AnswerIsTheOthers,
    Meeting,
    MeetingOver,
    MeetingState,
    MetOtherwise,
    NotBooked,
    NothingToSay,
    NotOverYet,
    NotProposed,
    NotWaitingForAnswer,
    NotYetBegun,
    TimePassed,
    TimeTaken,
    Why,
    Word,
    buckets_between,
)
from services.scheduling.domain.notes import Notes, notes_id
from services.scheduling.domain.people import PersonHere
from services.scheduling.domain.policy import AskFirst, Policy
from services.scheduling.domain.rhythm import Rhythm
from services.scheduling.domain.series import NotYourPartnership, PartnershipOver, Series, SeriesState
from services.scheduling.domain.working import WorkingHours

__all__ = [
    "BUCKET_SECONDS",
    "UID_HOST",
    "Agenda",
    "AgendaFull",
    "AgendaIsTheProteges",
    "AnswerIsTheOthers",
    "Appointment",
    "AskFirst",
    "Availability",
    "Calendar",
    "CalendarKind",
    "CalendarUnreachable",
    "ChangedDays",
    "ConsentExpired",
    "ConsentRefused",
    "Item",
    "Kind",
    "Limits",
    "Meeting",
    "MeetingOver",
    "MeetingState",
    "MetOtherwise",
    "NoSuchItem",
    "NotACalendar",
    "NotBooked",
    "NotOffered",
    "NotOverYet",
    "NotProposed",
    "NotWaitingForAnswer",
    "NotYetBegun",
    "NotYourPartnership",
    "Notes",
    "NothingToSay",
    "PartnershipOver",
    "PersonHere",
    "Policy",
    "Rhythm",
    "Series",
    "SeriesState",
    "Style",
    "TimePassed",
    "TimeTaken",
    "Why",
    "Word",
    "WorkingHours",
    "buckets_between",
    "notes_id",
]
