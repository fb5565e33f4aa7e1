"""Scheduling in MongoDB, and the calendars beyond it."""

from services.scheduling.store.caldav import CalDav, CalendarServerError, Found
from services.scheduling.store.calendars import CalendarBook, CalendarSecrets
from services.scheduling.store.queries import Queries, usual
from services.scheduling.store.refreshing import Refresher
from services.scheduling.store.units import (
    MongoAgendas,
    MongoAllSeries,
    MongoAnnouncements,
    MongoAvailabilities,
    MongoCalendars,
    MongoFacts,
    MongoMeetings,
    MongoTimes,
)
from shared.mongo import Index

CLAIMS_KEPT_SECONDS = 30 * 24 * 3600

INDEXES = [
    Index("series", "protege_id"),
    Index("series", "mentor_id"),
    Index("meetings", "partnership_id", "starts_at"),
    Index("meetings", "protege_id", "starts_at"),
    Index("meetings", "mentor_id", "starts_at"),
    Index("claims", "person_id", "bucket", unique=True),
    Index("claims", "meeting_id"),
    Index("claims", "until", expire_after=CLAIMS_KEPT_SECONDS),
    Index("calendars", "kind"),
    Index("refreshes", "due_at"),
]

__all__ = [
    "INDEXES",
    "CalDav",
    "CalendarBook",
    "CalendarSecrets",
    "CalendarServerError",
    "Found",
    "MongoAgendas",
    "MongoAllSeries",
    "MongoAnnouncements",
    "MongoAvailabilities",
    "MongoCalendars",
    "MongoFacts",
    "MongoMeetings",
    "MongoTimes",
    "Queries",
    "Refresher",
    "usual",
]
