"""Partnerships in MongoDB."""

from services.matching.domain import Partnership, PartnershipState
from services.matching.domain.partnership import DAYS_TO_CLOSE
from services.matching.domain.run import Pairing
from services.matching.store.programmes import day_after
from services.matching.store.requests import of_protege
from shared.mongo import Index
from shared.timers import Timer
from shared.unit import Unit

INDEXES = [
    Index("partnerships", "programme_id"),
    Index("partnerships", "protege_id"),
    Index("partnerships", "mentor_id"),
    Index("partnerships", "protege_enrolment_id", "state"),
    Index("partnerships", "mentor_enrolment_id", "state"),
]
_RUNNING = [PartnershipState.RUNNING.value, PartnershipState.PAUSED.value]


class MongoPartnerships:
    """`Partnerships` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, partnership_id: str) -> Partnership:
        return await self._unit.get("partnerships", Partnership, partnership_id)

    async def running_of(self, enrolment_id: str) -> list[Partnership]:
        either = [{"protege_enrolment_id": enrolment_id}, {"mentor_enrolment_id": enrolment_id}]
        return await self._unit.query("partnerships", Partnership, {"$or": either, "state": {"$in": _RUNNING}})

    async def pairings_in(self, programme_id: str, protege_id: str | None = None) -> dict[Pairing, bool]:
        where, fields = of_protege(programme_id, protege_id), ("protege_id", "mentor_id", "state")
        found: dict[Pairing, bool] = {}
        for row in await self._unit.rows("partnerships", where, fields):
            pairing = row["protege_id"], row["mentor_id"]
            found[pairing] = found.get(pairing, False) or row["state"] in _RUNNING
        return found

    def save(self, partnership: Partnership) -> None:
        last_day = f"last_day/{partnership.id}"
        if partnership.state is PartnershipState.ENDED:
            self._unit.forget(last_day)
        elif partnership.ends_on is not None:
            due_at = day_after(partnership.ends_on, DAYS_TO_CLOSE + 1)
            self._unit.remind(Timer(id=last_day, kind="partnership_end", due_at=due_at, subject=partnership.id))
        if partnership.paused_until is not None:
            due_at = day_after(partnership.paused_until, 0)
            self._unit.remind(Timer(id=f"pause/{partnership.id}", kind="partnership_pause", due_at=due_at, subject=partnership.id))
        self._unit.save("partnerships", partnership)
