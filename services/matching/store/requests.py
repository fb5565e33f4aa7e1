"""Requests in MongoDB."""

from datetime import UTC, datetime, timedelta

from services.matching.domain import AlreadyAsking, MentorRequest, RequestState
from services.matching.domain.run import Pairing
from shared.mongo import Document, Index
from shared.timers import Timer
from shared.unit import Unit

INDEXES = [
    Index("requests", "programme_id", "state"),
    Index("requests", "protege_id"),
    Index("requests", "asked_enrolment_id", partial={"asked_enrolment_id": {"$type": "string"}}),
    Index("requests", "wishes.mentor_id"),
]
_OPEN = [state.value for state in RequestState if state not in {RequestState.ACCEPTED, RequestState.CLOSED}]


class MongoRequests:
    """`Requests` in one unit of work. A row in `request_seats` for each that is open keeps a protégé from asking twice at once."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, request_id: str) -> MentorRequest:
        return await self._unit.get("requests", MentorRequest, request_id)

    async def concerning(self, enrolment_id: str) -> list[str]:
        seat = await self._unit.row("request_seats", enrolment_id)
        asked = await self._unit.rows("requests", {"asked_enrolment_id": enrolment_id}, ["state"])
        return [*([seat["request_id"]] if seat else []), *(row["_id"] for row in asked)]

    async def open_in(self, programme_id: str) -> list[str]:
        rows = await self._unit.rows("requests", {"programme_id": programme_id, "state": {"$in": _OPEN}}, ["state"])
        return [row["_id"] for row in rows]

    async def wishes_in(self, programme_id: str, protege_id: str | None = None) -> dict[str, list[str]]:
        where = {**of_protege(programme_id, protege_id), "state": {"$in": _OPEN}}
        rows = await self._unit.rows("requests", where, ["protege_id", "wishes"])
        return {row["protege_id"]: [wish["mentor_id"] for wish in row["wishes"]] for row in rows}

    async def declined_in(self, programme_id: str, protege_id: str | None = None) -> list[Pairing]:
        rows = await self._unit.rows("requests", of_protege(programme_id, protege_id), ["protege_id", "declined_by"])
        return [(row["protege_id"], mentor_id) for row in rows for mentor_id in row["declined_by"]]

    def add(self, request: MentorRequest) -> None:
        self._unit.claim("request_seats", {"_id": request.protege_enrolment_id, "request_id": request.id}, AlreadyAsking())
        self.save(request)

    def save(self, request: MentorRequest) -> None:
        deadline = f"request/{request.id}"
        if request.deadline_at is not None:
            # With the demo clock set back a deadline may be over when it is set; whose turn it is must still get to act.
            due_at = max(request.deadline_at, datetime.now(UTC) + timedelta(days=1))
            self._unit.remind(Timer(id=deadline, kind="request_deadline", due_at=due_at, subject=request.id))
        else:
            self._unit.forget(deadline)
            self._unit.remove("request_seats", request.protege_enrolment_id)
        self._unit.save("requests", request)

    def look_again(self, request_id: str) -> None:
        self._unit.remind(review_of(request_id, self._unit.at))


def review_of(request_id: str, at: datetime) -> Timer:
    """Has a request looked at again in a transaction of its own: many may depend on the same mentor."""
    return Timer(id=f"review/{request_id}", kind="review_request", due_at=at, subject=request_id)


def of_protege(programme_id: str, protege_id: str | None) -> Document:
    """A filter: what belongs to a programme, or to one protégé in it."""
    return {"programme_id": programme_id, **({} if protege_id is None else {"protege_id": protege_id})}
