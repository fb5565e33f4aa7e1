"""Who is told what, and what a notice is. Pure: no I/O."""

from services.notifications.domain.kinds import MANNERS, Kind, Manner
from services.notifications.domain.meeting import REMINDER_BEFORE, Meeting
from services.notifications.domain.news import (
    MANAGERS,
    NEWS,
    News,
    Tells,
    closings_of,
    concerns_managers,
    notices_for_managers,
    notices_of,
    outdated_by,
    reminders_of,
)
from services.notifications.domain.notice import (
    OLD_NEWS,
    Closing,
    Listener,
    Notice,
    NotYourNotice,
    Preferences,
    Programme,
    why_no_mail,
)

__all__ = [
    "MANAGERS",
    "MANNERS",
    "NEWS",
    "OLD_NEWS",
    "REMINDER_BEFORE",
    "Closing",
    "Kind",
    "Listener",
    "Manner",
    "Meeting",
    "News",
    "NotYourNotice",
    "Notice",
    "Preferences",
    "Programme",
    "Tells",
    "closings_of",
    "concerns_managers",
    "notices_for_managers",
    "notices_of",
    "outdated_by",
    "reminders_of",
    "why_no_mail",
]
