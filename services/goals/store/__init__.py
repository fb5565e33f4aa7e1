"""Charters, goals and feedback in MongoDB, and what other services have told."""

from services.goals.store.facts import (
    MongoMeetings,
    MongoPartnerships,
    keep_person,
    keep_programme,
)
from services.goals.store.overview import PairHealth, feedback_due, health_of_programme, programme_of
from services.goals.store.time import TimeTogether, time_of_programme
from services.goals.store.written import MongoCharters, MongoFeedbacks, MongoGoals
from shared.mongo import Index

INDEXES = [
    Index("partnerships", "programme_id"),
    Index("partnerships", "protege_id"),
    Index("partnerships", "mentor_id"),
    Index("meetings", "partnership_id", "state"),
    Index("meetings", "programme_id", "state"),
    Index("goals", "partnership_id"),
    Index("goals", "protege_id"),
    Index("feedback", "person_id", "meeting_id"),
    Index("feedback", "partnership_id"),
]

__all__ = [
    "INDEXES",
    "MongoCharters",
    "MongoFeedbacks",
    "MongoGoals",
    "MongoMeetings",
    "MongoPartnerships",
    "PairHealth",
    "TimeTogether",
    "feedback_due",
    "health_of_programme",
    "keep_person",
    "keep_programme",
    "programme_of",
    "time_of_programme",
]
