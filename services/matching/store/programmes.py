"""Programmes, and who takes part, in MongoDB."""

from collections.abc import Iterable

from services.matching.domain import AlreadyEnrolled, Enrolment, EnrolmentState, Programme, ProgrammeState
from shared.mongo import Index
from shared.timers import Timer
from shared.unit import Unit

INDEXES = [
    Index("programmes", "manager_ids"),
    Index("enrolments", "programme_id", "state", "role"),
    Index("enrolments", "person_id"),
]
PORTION = 500
_RUNNING = [EnrolmentState.REQUESTED.value, EnrolmentState.APPROVED.value]


class MongoProgrammes:
    """`Programmes` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, programme_id: str) -> Programme:
        return await self._unit.get("programmes", Programme, programme_id)

    def save(self, programme: Programme) -> None:
        if programme.state is ProgrammeState.CLOSED:
            self._unit.remind(Timer(id=f"closed/{programme.id}", kind="programme_closed", due_at=self._unit.at, subject=programme.id))
        self._unit.save("programmes", programme)


class MongoEnrolments:
    """`Enrolments` in one unit of work. A row in `seats` for each that runs keeps a person from enrolling twice."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, enrolment_id: str) -> Enrolment:
        return await self._unit.get("enrolments", Enrolment, enrolment_id)

    async def of_person(self, programme_id: str, person_id: str) -> Enrolment | None:
        return (await self.of_people(programme_id, [person_id])).get(person_id)

    async def of_people(self, programme_id: str, person_ids: Iterable[str]) -> dict[str, Enrolment]:
        where = {"programme_id": programme_id, "person_id": {"$in": list(person_ids)}, "state": {"$in": _RUNNING}}
        return {enrolment.person_id: enrolment for enrolment in await self._unit.query("enrolments", Enrolment, where)}

    async def everywhere(self, person_id: str) -> list[Enrolment]:
        return await self._unit.query("enrolments", Enrolment, {"person_id": person_id, "state": {"$in": _RUNNING}})

    async def requested(self, programme_id: str) -> list[Enrolment]:
        return await self._in(programme_id, EnrolmentState.REQUESTED, limit=PORTION)

    async def approved(self, programme_id: str) -> list[Enrolment]:
        return await self._in(programme_id, EnrolmentState.APPROVED)

    async def _in(self, programme_id: str, state: EnrolmentState, limit: int = 0) -> list[Enrolment]:
        where = {"programme_id": programme_id, "state": state.value}
        return await self._unit.query("enrolments", Enrolment, where, sort=[("_id", 1)], limit=limit)

    def add(self, enrolment: Enrolment) -> None:
        self._unit.claim("seats", {"_id": _seat(enrolment), "enrolment_id": enrolment.id}, AlreadyEnrolled())
        self.save(enrolment)

    def save(self, enrolment: Enrolment) -> None:
        if enrolment.state.value not in _RUNNING:
            self._unit.remove("seats", _seat(enrolment))
        if enrolment.state is not EnrolmentState.REQUESTED and enrolment.free_places < 1:
            # Afterwards, not now: two hundred who accept at once would all want to write the same proposals.
            for kind in ("settle_proposals", "settle_requests"):
                self._unit.remind(Timer(id=f"{kind}/{enrolment.id}", kind=kind, due_at=self._unit.at, subject=enrolment.id))
        self._unit.save("enrolments", enrolment)

    def hold(self, enrolment: Enrolment) -> None:
        self._unit.save("enrolments", enrolment)


def _seat(enrolment: Enrolment) -> str:
    return f"{enrolment.programme_id}/{enrolment.person_id}"
