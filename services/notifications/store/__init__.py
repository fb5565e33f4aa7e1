"""Notifications in MongoDB: what the handlers write, and the inbox as its reader sees it."""

from services.notifications.store.feed import Arrived, Feed
from services.notifications.store.inbox import Counts, Entry, Inbox, Only
from services.notifications.store.post import Mail, MailSeen, Post
from services.notifications.store.written import INDEXES, LATE_MANAGERS, REMINDER, MongoDiary, MongoDirectory, MongoNotices

__all__ = [
    "INDEXES",
    "LATE_MANAGERS",
    "REMINDER",
    "Arrived",
    "Counts",
    "Entry",
    "Feed",
    "Inbox",
    "Mail",
    "MailSeen",
    "MongoDiary",
    "MongoDirectory",
    "MongoNotices",
    "Only",
    "Post",
]
