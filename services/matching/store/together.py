"""What handlers do with several stores at once, in one unit of work."""

from services.matching.handlers.cohort import Surveys
from services.matching.handlers.partnering import Partnering
from services.matching.store.meanings import MongoMeanings
from services.matching.store.partnerships import MongoPartnerships
from services.matching.store.people import MongoPeople
from services.matching.store.programmes import MongoEnrolments, MongoProgrammes
from services.matching.store.proposals import MongoProposals
from services.matching.store.requests import MongoRequests
from services.matching.store.runs import MongoRuns
from shared.unit import Unit


def surveys(unit: Unit) -> Surveys:
    """Everything a match depends on."""
    return Surveys(
        enrolments=MongoEnrolments(unit),
        people=MongoPeople(unit),
        proposals=MongoProposals(unit),
        requests=MongoRequests(unit),
        runs=MongoRuns(unit),
        partnerships=MongoPartnerships(unit),
        meanings=MongoMeanings(unit),
    )


def partnering(unit: Unit) -> Partnering:
    """The way in which two become partners."""
    return Partnering(programmes=MongoProgrammes(unit), enrolments=MongoEnrolments(unit), partnerships=MongoPartnerships(unit))
