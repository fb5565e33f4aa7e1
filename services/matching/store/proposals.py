"""Proposals in MongoDB."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from services.matching.domain import Proposal, ProposalState
from services.matching.domain.run import Pairing
from services.matching.store.requests import of_protege, review_of
from shared.mongo import Document, Index
from shared.timers import Timer
from shared.unit import Unit

_OPEN = ProposalState.OPEN.value
INDEXES = [
    Index("proposals", "programme_id", "state"),
    Index("proposals", "run_id"),
    Index("proposals", "protege_enrolment_id", "state"),
    Index("proposals", "mentor_enrolment_id", "state"),
    Index("proposals", "protege_id"),
    Index("proposals", "mentor_id"),
]


class MongoProposals:
    """`Proposals` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, proposal_id: str) -> Proposal:
        return await self._unit.get("proposals", Proposal, proposal_id)

    async def awaited_of(self, run_id: str, at: datetime | None, most: int) -> list[Proposal]:
        where = {"run_id": run_id, "made_at": at, "state": _OPEN}
        return await self._unit.query("proposals", Proposal, where, sort=[("_id", 1)], limit=most)

    async def any_answered(self, run_id: str, at: datetime | None) -> bool:
        answered = {"$or": [{"state": {"$ne": _OPEN}}, {"accepted_by": {"$ne": []}}]}
        return bool(await self._unit.rows("proposals", {"run_id": run_id, "made_at": at, **answered}, ["_id"], limit=1))

    async def awaited_by(self, person_ids: Iterable[str], programme_id: str) -> Counter[str]:
        ids, sides = list(person_ids), ("protege_id", "mentor_id")
        where = {"programme_id": programme_id, "state": _OPEN, "$or": [{side: {"$in": ids}} for side in sides]}
        return Counter(row[side] for row in await self._unit.rows("proposals", where, sides) for side in sides)

    async def open_in(self, programme_id: str) -> list[Proposal]:
        return await self._unit.query("proposals", Proposal, {"programme_id": programme_id, "state": _OPEN})

    async def open_of(self, enrolment_id: str) -> list[Proposal]:
        either = [{"protege_enrolment_id": enrolment_id}, {"mentor_enrolment_id": enrolment_id}]
        return await self._unit.query("proposals", Proposal, {"$or": either, "state": _OPEN})

    async def declined_in(self, programme_id: str, protege_id: str | None = None) -> list[Pairing]:
        where = {**of_protege(programme_id, protege_id), "state": ProposalState.DECLINED.value}
        return pairings_of(await self._unit.rows("proposals", where, ["protege_id", "mentor_id"]))

    def save(self, proposal: Proposal) -> None:
        deadline = f"proposal/{proposal.id}"
        if proposal.is_open:
            # With the demo clock set back a deadline may be over when it is set; those who are asked must still get to answer.
            due_at = max(proposal.deadline_at, datetime.now(UTC) + timedelta(days=1))
            self._unit.remind(Timer(id=deadline, kind="proposal_deadline", due_at=due_at, subject=proposal.id))
        else:
            self._unit.forget(deadline)
            if proposal.request_id is not None:
                self._unit.remind(review_of(proposal.request_id, self._unit.at))
        self._unit.save("proposals", proposal)


def pairings_of(rows: list[Document]) -> list[Pairing]:
    """Who with whom."""
    return [(row["protege_id"], row["mentor_id"]) for row in rows]
