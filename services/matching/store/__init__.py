"""What matching keeps in MongoDB."""

from services.matching.store import people, programmes, proposals, runs
from services.matching.store.people import MongoPeople
from services.matching.store.programmes import MongoEnrolments, MongoProgrammes
from services.matching.store.proposals import MongoPartnerships, MongoProposals
from services.matching.store.runs import MongoRuns, RunWork
from services.matching.store.surveys import MongoSurveys

INDEXES = [*programmes.INDEXES, *runs.INDEXES, *proposals.INDEXES, *people.INDEXES]

__all__ = [
    "INDEXES",
    "MongoEnrolments",
    "MongoPartnerships",
    "MongoPeople",
    "MongoProgrammes",
    "MongoProposals",
    "MongoRuns",
    "MongoSurveys",
    "RunWork",
]
