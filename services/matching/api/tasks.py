"""What waits for managers, over HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.matching.api.queries import managed_programme
from services.matching.domain import (
    Enrolment,
    EnrolmentState,
    MentorRequest,
    NotItsProgrammeManager,
    Programme,
    Proposal,
    ProposalState,
    RequestState,
    Task,
    tasks,
)
from services.matching.domain.tasks import SOON
from shared.auth import Person
from shared.errors import NotFound
from shared.problems import problems
from shared.service import At, Running, Service

router = APIRouter(tags=["tasks"])

Limit = Annotated[int, Query(ge=1, le=1_000)]


@router.get("/programmes/{programme_id}/tasks", responses=problems(NotFound, NotItsProgrammeManager))
async def of_programme(programme_id: str, person: Person, at: At, service: Running, limit: Limit = 200) -> list[Task]:
    """What waits for this programme's managers, whatever is due first in front."""
    return await _tasks(service, [await managed_programme(service, programme_id, person)], at, limit)


@router.get("/tasks/mine")
async def mine(person: Person, at: At, service: Running, limit: Limit = 200) -> list[Task]:
    """The same for all programmes one manages."""
    managed = [Programme.from_document(row) async for row in service.database.programmes.find({"manager_ids": person.id})]
    return await _tasks(service, managed, at, limit)


async def _tasks(service: Service, programmes: Sequence[Programme], at: datetime, limit: int) -> list[Task]:
    of_these = {"programme_id": {"$in": [programme.id for programme in programmes]}}
    waiting = {"state": {"$in": [RequestState.WITH_MANAGER.value, RequestState.ESCALATED.value]}}
    expiring = {"state": ProposalState.OPEN.value, "deadline_at": {"$lte": at + SOON}}

    async def rows(collection: str, where: dict[str, Any], first: str) -> list[dict[str, Any]]:
        return [row async for row in service.database[collection].find(of_these | where).sort(first, 1).limit(limit)]

    found = tasks(
        programmes,
        [MentorRequest.from_document(row) for row in await rows("requests", waiting, "deadline_at")],
        [Enrolment.from_document(row) for row in await rows("enrolments", {"state": EnrolmentState.REQUESTED.value}, "requested_at")],
        [Proposal.from_document(row) for row in await rows("proposals", expiring, "deadline_at")],
        at,
    )
    return found[:limit]
