"""The matching service on a real database, and short ways to what its stories begin with."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from services.matching.consumers.runner import work_on_next
from services.matching.main import create_app
from services.matching.settings import Settings
from services.matching.store import RunWork
from shared.aggregate import new_id
from shared.contracts.portal import PersonChanged
from tests.support.service import RunningService, Start

TERMS: dict[str, Any] = {
    "name": "Engineering leaders",
    "starts_on": "2026-11-01",
    "ends_on": "2027-10-31",
    "default_capacity": 2,
    "questions": [{"id": "why", "label": "Why do you take part?", "kind": "text", "for_role": "protege", "required": False}],
}
MANAGER = "manager"


class Matching:
    """A running matching service, asked in the words of its users."""

    def __init__(self, running: RunningService) -> None:
        self.running = running
        self.service = running.service

    async def know(self, *person_ids: str, **fields: Any) -> None:
        """Have the portal tell about people."""
        await self.running.hear(*(a_person(person_id, **fields) for person_id in person_ids))

    async def ask(self, who: str, method: str, path: str, json: Any = None, *, roles: tuple[str, ...] = (), **more: Any) -> Any:
        """The answer's JSON; fails on a refusal."""
        answer = await self.try_(who, method, path, json, roles=roles, **more)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def try_(
        self, who: str, method: str, path: str, json: Any = None, *, roles: tuple[str, ...] = (), at: datetime | None = None, **more: Any
    ) -> Any:
        """The answer, whatever it is."""
        async with self.running.client(who, roles, at) as client:
            return await client.request(method, path, **({"json": json} if json is not None else {}), **more)

    async def programme(self, **terms: Any) -> str:
        """An open programme of MANAGER's."""
        await self.know(MANAGER)
        made = await self.ask(MANAGER, "POST", "/programmes", {**TERMS, **terms}, roles=("programme_manager",))
        await self.ask(MANAGER, "POST", f"/programmes/{made['programme_id']}/open")
        return str(made["programme_id"])

    async def take_part(self, programme_id: str, people: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
        """Enrol and approve people: what each says, by id. Their enrolments."""
        enrolled = {}
        for person_id, says in people.items():
            await self.know(person_id)
            answer = await self.ask(person_id, "POST", f"/programmes/{programme_id}/enrolments", dict(says))
            enrolled[person_id] = answer["enrolment_id"]
        await self.ask(MANAGER, "POST", f"/programmes/{programme_id}/enrolments/approve-all")
        return enrolled

    async def fire(self, *kinds: str) -> None:
        """Fire the timers of these kinds that there are now, whenever they are set for, one kind after the other."""
        for kind in kinds:
            for row in [row async for row in self.service.database.timers.find({"kind": kind})]:
                await self.service.timer_loop.fire_next(kind, at=row["due_at"])

    async def draft(self, programme_id: str) -> dict[str, Any]:
        """Match now, and wait for the draft."""
        run_id = (await self.ask(MANAGER, "POST", f"/programmes/{programme_id}/runs"))["run_id"]
        assert await work_on_next(self.service, RunWork(self.service.database, new_id()))
        return dict(await self.ask(MANAGER, "GET", f"/runs/{run_id}"))


def a_person(person_id: str, **fields: Any) -> PersonChanged:
    """What the portal tells about somebody."""
    given: dict[str, Any] = {
        "person_id": person_id,
        "employee_id": f"E-{person_id}",
        "name": person_id.title(),
        "email": f"{person_id}@example.org",
        "manager_id": None,
        "department": "Network",
        "location": "Lisbon",
        "zone": "Europe/Lisbon",
        "level": 3,
        "languages": ("en",),
        "locale": "en",
        "active": True,
        "at": datetime(2026, 10, 1, tzinfo=UTC),
    }
    return PersonChanged(**{**given, **fields})


@pytest.fixture
async def matching(running_service: Start) -> AsyncIterator[Matching]:
    """The matching service."""
    running = await running_service(create_app, Settings)
    yield Matching(running)
    await running.app.state.what_ifs.end()


@pytest.fixture
async def replicas(matching: Matching, running_service: Start) -> tuple[Matching, Matching]:
    """The matching service and another replica of it, on the same database."""
    other = await running_service(create_app, Settings, mongodb_url=matching.service.settings.mongodb_url, port=2)
    return matching, Matching(other)
