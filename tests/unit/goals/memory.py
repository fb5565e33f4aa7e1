"""What goals keeps, in memory: for tests of handlers without a database. The conformance suite holds it to what MongoDB does."""

from dataclasses import dataclass, field
from typing import Any

from services.goals.domain import (
    Charter,
    Feedback,
    FeedbackIsGivenOnce,
    Goal,
    GoalNotFound,
    Meeting,
    MeetingNotFound,
    Partnership,
    PartnershipNotFound,
)
from shared.aggregate import Aggregate
from shared.errors import StaleAggregate
from shared.event import Event


@dataclass
class Kept:
    """All documents of one service, and the events that were published with them."""

    documents: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    facts: dict[tuple[str, str], Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def save(self, collection: str, aggregate: Aggregate) -> None:
        kept = self.documents.get((collection, aggregate.id))
        if (kept["version"] if kept else 0) != aggregate.version:
            raise StaleAggregate(collection)
        self.events += aggregate.unpublished
        aggregate.published()
        aggregate.version += 1
        self.documents[collection, aggregate.id] = aggregate.to_document()

    def of(self, collection: str) -> list[dict[str, Any]]:
        """A collection's documents by id: ids made later sort later."""
        return [document for (where, _), document in sorted(self.documents.items()) if where == collection]


@dataclass
class MemoryPartnerships:
    kept: Kept

    async def get(self, partnership_id: str) -> Partnership:
        found: Partnership | None = self.kept.facts.get(("partnerships", partnership_id))
        if found is None:
            raise PartnershipNotFound
        return found

    async def save(self, partnership: Partnership) -> None:
        self.kept.facts["partnerships", partnership.id] = partnership


@dataclass
class MemoryMeetings:
    kept: Kept

    async def get(self, meeting_id: str) -> Meeting:
        found: Meeting | None = self.kept.facts.get(("meetings", meeting_id))
        if found is None:
            raise MeetingNotFound
        return found

    async def save(self, meeting: Meeting) -> None:
        self.kept.facts["meetings", meeting.id] = meeting


@dataclass
class MemoryCharters:
    kept: Kept

    async def of(self, partnership: Partnership) -> Charter:
        document = self.kept.documents.get(("charters", partnership.id))
        return Charter.from_document(document) if document else Charter.between(partnership)

    async def save(self, charter: Charter) -> None:
        self.kept.save("charters", charter)


@dataclass
class MemoryGoals:
    kept: Kept

    async def get(self, goal_id: str) -> Goal:
        document = self.kept.documents.get(("goals", goal_id))
        if document is None:
            raise GoalNotFound
        return Goal.from_document(document)

    async def of_partnership(self, partnership_id: str) -> list[Goal]:
        return [Goal.from_document(found) for found in self.kept.of("goals") if found["partnership_id"] == partnership_id]

    async def of_protege(self, person_id: str) -> list[Goal]:
        return [Goal.from_document(found) for found in self.kept.of("goals") if found["protege_id"] == person_id]

    async def save(self, goal: Goal) -> None:
        self.kept.save("goals", goal)


@dataclass
class MemoryFeedbacks:
    kept: Kept

    async def of_person(self, person_id: str) -> list[Feedback]:
        return [Feedback.from_document(found) for found in reversed(self.kept.of("feedback")) if found["person_id"] == person_id]

    async def add(self, feedback: Feedback) -> None:
        given = {(found["meeting_id"], found["person_id"]) for found in self.kept.of("feedback")}
        if (feedback.meeting_id, feedback.person_id) in given:
            raise FeedbackIsGivenOnce
        self.kept.save("feedback", feedback)
