"""What matching keeps in MongoDB."""

from services.matching.store import drafts, meanings, partnerships, people, programmes, proposals, requests, runs
from services.matching.store.meanings import MongoMeanings
from services.matching.store.partnerships import MongoPartnerships
from services.matching.store.people import MongoPeople
from services.matching.store.pools import Pools
from services.matching.store.programmes import MongoEnrolments, MongoProgrammes
from services.matching.store.proposals import MongoProposals
from services.matching.store.requests import MongoRequests
from services.matching.store.runs import MongoRuns, RunWork
from services.matching.store.together import partnering, surveys

INDEXES = [
    *programmes.INDEXES,
    *runs.INDEXES,
    *drafts.INDEXES,
    *proposals.INDEXES,
    *requests.INDEXES,
    *partnerships.INDEXES,
    *people.INDEXES,
    *meanings.INDEXES,
]

__all__ = [
    "INDEXES",
    "MongoEnrolments",
    "MongoMeanings",
    "MongoPartnerships",
    "MongoPeople",
    "MongoProgrammes",
    "MongoProposals",
    "MongoRequests",
    "MongoRuns",
    "Pools",
    "RunWork",
    "partnering",
    "surveys",
]
