"""How two become partners, one way, whatever led to it; and how they part when one of them leaves."""

from dataclasses import dataclass
from datetime import datetime

from services.matching.domain import EndReason, Enrolment, Partnership
from services.matching.handlers.stores import Enrolments, Partnerships, Programmes


@dataclass(frozen=True, kw_only=True)
class Partnering:
    """The guard of capacity: both enrolments are saved at the version they were read, so of many who want a last place one has it."""

    programmes: Programmes
    enrolments: Enrolments
    partnerships: Partnerships

    async def begin(self, protege_enrolment_id: str, mentor_enrolment_id: str, at: datetime, round_: int | None = None) -> Partnership:
        """Raises NoPlaceLeft or PartnerFound when somebody else was quicker."""
        protege, mentor = await self.enrolments.get(protege_enrolment_id), await self.enrolments.get(mentor_enrolment_id)
        programme = await self.programmes.get(protege.programme_id)
        partnership = Partnership.start(programme, protege, mentor, round_=round_, at=at)
        self.enrolments.save(protege)
        self.enrolments.save(mentor)
        self.partnerships.save(partnership)
        return partnership

    async def part_from(self, leaver: Enrolment, at: datetime) -> None:
        """End all partnerships of somebody who has left."""
        programme = await self.programmes.get(leaver.programme_id)
        for partnership in await self.partnerships.running_of(leaver.id):
            protege = await self.enrolments.get(partnership.protege_enrolment_id)
            mentor = await self.enrolments.get(partnership.mentor_enrolment_id)
            partnership.end(programme, protege, mentor, EndReason.LEFT, by=leaver.person_id, at=at)
            self.partnerships.save(partnership)
            self.enrolments.save(protege)
            self.enrolments.save(mentor)
