"""What the handlers of goals need to have kept for them. `save` also publishes what an aggregate has recorded."""

from typing import Protocol

from services.goals.domain import Charter, Feedback, Goal, Meeting, Partnership


class Partnerships(Protocol):
    """The pairs matching has told of."""

    async def get(self, partnership_id: str) -> Partnership:
        """Raises PartnershipNotFound."""
        ...

    async def save(self, partnership: Partnership) -> None: ...


class Meetings(Protocol):
    """The meetings scheduling has told of."""

    async def get(self, meeting_id: str) -> Meeting:
        """Raises MeetingNotFound."""
        ...

    async def save(self, meeting: Meeting) -> None: ...


class Charters(Protocol):
    """One charter for each partnership."""

    async def of(self, partnership: Partnership) -> Charter:
        """The partnership's charter; an empty one when nobody has written it yet."""
        ...

    async def save(self, charter: Charter) -> None: ...


class Goals(Protocol):
    """The protégés' goals."""

    async def get(self, goal_id: str) -> Goal:
        """Raises GoalNotFound."""
        ...

    async def of_partnership(self, partnership_id: str) -> list[Goal]:
        """In the order in which they were written."""
        ...

    async def of_protege(self, person_id: str) -> list[Goal]:
        """In the order in which they were written."""
        ...

    async def save(self, goal: Goal) -> None: ...


class Feedbacks(Protocol):
    """What people said after their meetings."""

    async def of_person(self, person_id: str) -> list[Feedback]:
        """The latest first."""
        ...

    async def add(self, feedback: Feedback) -> None:
        """Raises FeedbackIsGivenOnce, at the latest when the unit of work is written."""
        ...
