"""Everything a match of a programme depends on, out of MongoDB."""

from services.matching.domain import Programme
from services.matching.handlers.cohort import Field, survey
from services.matching.store.people import MongoPeople
from services.matching.store.programmes import MongoEnrolments
from services.matching.store.proposals import MongoPartnerships, MongoProposals
from shared.unit import Unit


class MongoSurveys:
    """`Surveys` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def of(self, programme: Programme) -> Field:
        unit = self._unit
        return await survey(programme, MongoEnrolments(unit), MongoPeople(unit), MongoProposals(unit), MongoPartnerships(unit))
