"""Programmes, and who takes part, in MongoDB."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from services.matching.domain import AlreadyEnrolled, Enrolment, EnrolmentState, Programme, ProgrammeState, Role
from shared.mongo import Index
from shared.timers import Timer
from shared.unit import Unit

INDEXES = [
    Index("programmes", "manager_ids"),
    Index("enrolments", "programme_id", "state", "role"),
    Index("enrolments", "person_id"),
]
PORTION = 500
_RUNNING = [EnrolmentState.REQUESTED.value, EnrolmentState.APPROVED.value, EnrolmentState.PAUSED.value]


def day_after(day: date, days: int = 1) -> datetime:
    """The first moment of the day that comes so many days after this one; 0: of the day itself."""
    return datetime.combine(day + timedelta(days=days), time.min, UTC)


class MongoProgrammes:
    """`Programmes` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, programme_id: str) -> Programme:
        return await self._unit.get("programmes", Programme, programme_id)

    def save(self, programme: Programme) -> None:
        self._remind_or_forget(programme, "programme_review", programme.review_at)
        over = programme.terms.ends_on if programme.state is ProgrammeState.OPEN else None
        self._remind_or_forget(programme, "programme_end", day_after(over) if over else None)
        if programme.offers_places:
            self.offer_again(programme.id, self._unit.at)
        if programme.state is ProgrammeState.CLOSED:
            self.go_on_letting_go(programme.id)
            self._unit.remind(Timer(id=f"closed/{programme.id}", kind="programme_closed", due_at=self._unit.at, subject=programme.id))
        self._unit.save("programmes", programme)

    def offer_again(self, programme_id: str, at: datetime) -> None:
        self._unit.remind(Timer(id=f"offer_places/{programme_id}", kind="offer_places", due_at=at, subject=programme_id))

    def go_on_letting_go(self, programme_id: str) -> None:
        self._unit.remind(Timer(id=f"let_go/{programme_id}", kind="let_go", due_at=self._unit.at, subject=programme_id))

    def _remind_or_forget(self, programme: Programme, kind: str, due_at: datetime | None) -> None:
        timer_id = f"{kind}/{programme.id}"
        if due_at is None:
            self._unit.forget(timer_id)
        else:
            self._unit.remind(Timer(id=timer_id, kind=kind, due_at=due_at, subject=programme.id))


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

    async def count_requested(self, programme_id: str) -> int:
        return len(await self._unit.rows("enrolments", {"programme_id": programme_id, "state": EnrolmentState.REQUESTED.value}, ["state"]))

    async def without_partner(self, programme_id: str) -> list[Enrolment]:
        where = {"programme_id": programme_id, "state": {"$in": _RUNNING}, "partnership_id": None, "places_taken": 0}
        return await self._unit.query("enrolments", Enrolment, where, sort=[("_id", 1)], limit=PORTION)

    async def approved(self, programme_id: str) -> list[Enrolment]:
        return await self._in(programme_id, EnrolmentState.APPROVED)

    async def mentors_for(self, programme_id: str, protege_id: str) -> list[Enrolment]:
        others = [{"role": {"$ne": Role.PROTEGE.value}}, {"person_id": protege_id}]
        where = {"programme_id": programme_id, "state": EnrolmentState.APPROVED.value, "$or": others}
        return await self._unit.query("enrolments", Enrolment, where, sort=[("_id", 1)])

    async def _in(self, programme_id: str, state: EnrolmentState, limit: int = 0) -> list[Enrolment]:
        where = {"programme_id": programme_id, "state": state.value}
        return await self._unit.query("enrolments", Enrolment, where, sort=[("_id", 1)], limit=limit)

    def add(self, enrolment: Enrolment) -> None:
        self._unit.claim("seats", {"_id": _seat(enrolment), "enrolment_id": enrolment.id}, AlreadyEnrolled())
        self.save(enrolment)

    def save(self, enrolment: Enrolment) -> None:
        if enrolment.state.value not in _RUNNING:
            self._unit.remove("seats", _seat(enrolment))
        if enrolment.paused_until is not None:
            due_at = day_after(enrolment.paused_until, 0)
            self._unit.remind(Timer(id=f"pause/{enrolment.id}", kind="enrolment_pause", due_at=due_at, subject=enrolment.id))
        if enrolment.state is not EnrolmentState.REQUESTED and enrolment.free_places < 1:
            # Afterwards, not now: two hundred who accept at once would all want to write the same proposals.
            for kind in ("settle_proposals", "settle_requests"):
                self._unit.remind(Timer(id=f"{kind}/{enrolment.id}", kind=kind, due_at=self._unit.at, subject=enrolment.id))
        self._unit.save("enrolments", enrolment)

    def hold(self, enrolment: Enrolment) -> None:
        self._unit.save("enrolments", enrolment)


def _seat(enrolment: Enrolment) -> str:
    return f"{enrolment.programme_id}/{enrolment.person_id}"
