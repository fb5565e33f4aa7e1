"""The rules of meetings, agendas, availability and calendars."""

from services.scheduling.domain.agenda import Agenda, AgendaFull, AgendaIsTheProteges, Item, Kind, NoSuchItem, Style
from services.scheduling.domain.answers import Answer, Answers, Coming
from services.scheduling.domain.appointment import Appointment
from services.scheduling.domain.availability import Availability
from services.scheduling.domain.buckets import BUCKET_SECONDS, buckets_between
from services.scheduling.domain.calendar import (
    Calendar,
    CalendarKind,
    CalendarUnreachable,
    ConsentExpired,
    ConsentRefused,
    NoSuchPlace,
    NotACalendar,
    NotOffered,
    TooManyCalendars,
)
from services.scheduling.domain.copy import Change, Copy, Shown, copy_id
from services.scheduling.domain.letter import Letter, Reply, read_letter, same_mailbox, vouched_for
from services.scheduling.domain.limits import ChangedDays, DaysOff, Limits
from services.scheduling.domain.meeting import (
    UID_HOST,
    Meeting,
)
from services.scheduling.domain.notes import Notes, notes_id
from services.scheduling.domain.people import PersonHere
from services.scheduling.domain.plan import Gap, NoPlanOpen, Plan, PlanIsTheOthers, PlanState, Session, must_make_a_series
from services.scheduling.domain.policy import AskFirst, Policy
from services.scheduling.domain.refusals import (
    AnswerIsTheOthers,
    MeetingOver,
    MetOtherwise,
    NotBooked,
    NothingProposed,
    NothingToSay,
    NotOverYet,
    NotProposed,
    NotWaitingForAnswer,
    NotYetBegun,
    OldTime,
    TimePassed,
    TimeTaken,
)
from services.scheduling.domain.reply_address import ReplyAddresses
from services.scheduling.domain.rhythm import Rhythm
from services.scheduling.domain.series import NotYourPartnership, PartnershipOver, Series, SeriesState
from services.scheduling.domain.standing import Happening, MeetingState, MoveProposal, Why, Word
from services.scheduling.domain.video import NoSuchVideo, VideoChoice, VideoKind
from services.scheduling.domain.working import WorkingHours

__all__ = [
    "BUCKET_SECONDS",
    "UID_HOST",
    "Agenda",
    "AgendaFull",
    "AgendaIsTheProteges",
    "Answer",
    "AnswerIsTheOthers",
    "Answers",
    "Appointment",
    "AskFirst",
    "Availability",
    "Calendar",
    "CalendarKind",
    "CalendarUnreachable",
    "Change",
    "ChangedDays",
    "Coming",
    "ConsentExpired",
    "ConsentRefused",
    "Copy",
    "DaysOff",
    "Gap",
    "Happening",
    "Item",
    "Kind",
    "Letter",
    "Limits",
    "Meeting",
    "MeetingOver",
    "MeetingState",
    "MetOtherwise",
    "MoveProposal",
    "NoPlanOpen",
    "NoSuchItem",
    "NoSuchPlace",
    "NoSuchVideo",
    "NotACalendar",
    "NotBooked",
    "NotOffered",
    "NotOverYet",
    "NotProposed",
    "NotWaitingForAnswer",
    "NotYetBegun",
    "NotYourPartnership",
    "Notes",
    "NothingProposed",
    "NothingToSay",
    "OldTime",
    "PartnershipOver",
    "PersonHere",
    "Plan",
    "PlanIsTheOthers",
    "PlanState",
    "Policy",
    "Reply",
    "ReplyAddresses",
    "Rhythm",
    "Series",
    "SeriesState",
    "Session",
    "Shown",
    "Style",
    "TimePassed",
    "TimeTaken",
    "TooManyCalendars",
    "VideoChoice",
    "VideoKind",
    "Why",
    "Word",
    "WorkingHours",
    "buckets_between",
    "copy_id",
    "must_make_a_series",
    "notes_id",
    "read_letter",
    "same_mailbox",
    "vouched_for",
]
