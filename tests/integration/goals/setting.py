"""Who takes part in these tests, and how they ask."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2

from shared.aggregate import new_id
from shared.contracts.matching import PartnershipEnded, PartnershipPaused, PartnershipProlonged, PartnershipResumed, PartnershipStarted
from shared.contracts.scheduling import MeetingBooked, MeetingEnded, MeetingMissed
from shared.event import Event
from tests.support.service import RunningService

START = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Pair:
    """A partnership as matching told of it."""

    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str

    def started(self, at: datetime = START) -> PartnershipStarted:
        return PartnershipStarted(**vars(self), ends_on=None, at=at)

    def ended(self, at: datetime, reason: str = "completed") -> PartnershipEnded:
        return PartnershipEnded(**vars(self), reason=reason, at=at)

    def paused(self, at: datetime, until: date) -> PartnershipPaused:
        return PartnershipPaused(**vars(self), until=until, by_id=self.mentor_id, at=at)

    def resumed(self, at: datetime) -> PartnershipResumed:
        return PartnershipResumed(**vars(self), by_id=None, at=at)

    def prolonged(self, at: datetime, ends_on: date) -> PartnershipProlonged:
        return PartnershipProlonged(**vars(self), ends_on=ends_on, at=at)

    def met(self, at: datetime) -> list[Event]:
        """A meeting that was booked and took place."""
        times = {"meeting_id": new_id(), "starts_at": at, "ends_at": at + timedelta(hours=1), **vars(self)}
        return [MeetingBooked(**times, at=at - timedelta(days=3)), MeetingEnded(**times, at=at + timedelta(hours=1))]

    def missed(self, at: datetime) -> list[Event]:
        """A meeting that was booked and counted as met until somebody said that it was missed."""
        booked, ended = self.met(at)
        assert isinstance(ended, MeetingEnded)
        return [
            booked,
            ended,
            MeetingMissed(**{**ended.model_dump(exclude={"saved_minutes"}), "by_id": self.protege_id, "at": at + timedelta(days=1)}),
        ]


@dataclass
class Goals:
    """The service and the people who use it."""

    running: RunningService
    pair: Pair
    manager_id: str

    def client(self, person_id: str, at: datetime = START, roles: tuple[str, ...] = ()) -> httpx2.AsyncClient:
        return self.running.client(person_id, roles, at)

    async def ask(self, person_id: str, method: str, path: str, body: Any = None, at: datetime = START) -> httpx2.Response:
        async with self.client(person_id, at) as client:
            return await client.request(method, path, json=body)

    async def protege(self, method: str, path: str, body: Any = None, at: datetime = START) -> httpx2.Response:
        return await self.ask(self.pair.protege_id, method, path, body, at)

    async def mentor(self, method: str, path: str, body: Any = None, at: datetime = START) -> httpx2.Response:
        return await self.ask(self.pair.mentor_id, method, path, body, at)

    async def stranger(self, method: str, path: str, body: Any = None, at: datetime = START) -> httpx2.Response:
        return await self.ask("stranger", method, path, body, at)

    async def manager(self, method: str, path: str, body: Any = None, at: datetime = START) -> httpx2.Response:
        return await self.ask(self.manager_id, method, path, body, at)

    async def new_pair(self) -> Pair:
        """One more pair of the same programme."""
        pair = Pair(new_id(), self.pair.programme_id, new_id(), new_id())
        await self.running.hear(pair.started())
        return pair

    async def health(self, at: datetime = START) -> dict[str, Any]:
        """The pair's line on the manager's page."""
        answer = await self.manager("GET", f"/programmes/{self.pair.programme_id}/health", at=at)
        return next(line for line in answer.json() if line["partnership_id"] == self.pair.partnership_id)
