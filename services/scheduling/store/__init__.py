"""Scheduling in MongoDB, and the calendars beyond it."""

from services.scheduling.store.busy import MongoBusyCache
from services.scheduling.store.caldav import CalDavAccount
from services.scheduling.store.calendars import CalendarBook, CalendarSecrets, Opener
from services.scheduling.store.clouds import INDEXES as CLOUDS
from services.scheduling.store.files import Feed, UploadedFile, shown_address
from services.scheduling.store.following import Follower, connection, mark_of
from services.scheduling.store.letter_reader import LetterReader
from services.scheduling.store.letters import MongoCopies, MongoLetters, MongoPeople
from services.scheduling.store.mailbox import ImapAccount, Mailbox, MailboxAway
from services.scheduling.store.mailroom import Mailroom
from services.scheduling.store.offering import next_offers, window_for
from services.scheduling.store.parsing import times_only
from services.scheduling.store.planning import Suggestion, suggest_plan
from services.scheduling.store.provider import (
    Busy,
    CalendarProvider,
    CalendarServerError,
    Capabilities,
    ChangedMeanwhile,
    Changes,
    Channel,
    Item,
    Place,
    PushingProvider,
    ReadOnly,
    Scope,
)
from services.scheduling.store.queries import Queries, usual
from services.scheduling.store.rechecking import Recheck
from services.scheduling.store.refreshing import LOOPS, Refresher
from services.scheduling.store.rezoning import rezone, rezone_all
from services.scheduling.store.units import (
    MongoAgendas,
    MongoAllNotes,
    MongoAllSeries,
    MongoAnnouncements,
    MongoAvailabilities,
    MongoCalendars,
    MongoFacts,
    MongoMeetings,
    MongoPlans,
    MongoPolicies,
    MongoTimes,
    MongoVideoChoices,
)
from shared.mongo import Index

CLAIMS_KEPT_SECONDS = 30 * 24 * 3600
LETTERS_KEPT_SECONDS = 365 * 24 * 3600
# After the end of what was read; a calendar that can be read is read anew long before.
BLOCKS_KEPT_SECONDS = 24 * 3600

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
    Index("calendars", "person_id"),
    Index("refreshes", "due_at"),
    *CLOUDS,
    Index("letters", "message_id"),
    Index("letters", "at", expire_after=LETTERS_KEPT_SECONDS),
    Index("sources", "person_id"),
    Index("busy_blocks", "source", "key"),
    Index("busy_blocks", "person_id"),
    Index("busy_blocks", "until", expire_after=BLOCKS_KEPT_SECONDS),
]

__all__ = [
    "INDEXES",
    "LOOPS",
    "Busy",
    "CalDavAccount",
    "CalendarBook",
    "CalendarProvider",
    "CalendarSecrets",
    "CalendarServerError",
    "Capabilities",
    "ChangedMeanwhile",
    "Changes",
    "Channel",
    "Feed",
    "Follower",
    "ImapAccount",
    "Item",
    "LetterReader",
    "Mailbox",
    "MailboxAway",
    "Mailroom",
    "MongoAgendas",
    "MongoAllNotes",
    "MongoAllSeries",
    "MongoAnnouncements",
    "MongoAvailabilities",
    "MongoBusyCache",
    "MongoCalendars",
    "MongoCopies",
    "MongoFacts",
    "MongoLetters",
    "MongoMeetings",
    "MongoPeople",
    "MongoPlans",
    "MongoPolicies",
    "MongoTimes",
    "MongoVideoChoices",
    "Opener",
    "Place",
    "PushingProvider",
    "Queries",
    "ReadOnly",
    "Recheck",
    "Refresher",
    "Scope",
    "Suggestion",
    "UploadedFile",
    "connection",
    "mark_of",
    "next_offers",
    "rezone",
    "rezone_all",
    "shown_address",
    "suggest_plan",
    "times_only",
    "usual",
    "window_for",
]
