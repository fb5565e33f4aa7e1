"""What goals owns, in one unit of work: charters, goals, feedback."""

from services.goals.domain import Charter, Feedback, FeedbackIsGivenOnce, Goal, GoalNotFound, Partnership
from shared.unit import Unit


class MongoCharters:
    """`Charters` in one unit of work. A charter's id is its partnership's."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def of(self, partnership: Partnership) -> Charter:
        return await self._unit.find("charters", Charter, partnership.id) or Charter.between(partnership)

    async def save(self, charter: Charter) -> None:
        self._unit.save("charters", charter)


class MongoGoals:
    """`Goals` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, goal_id: str) -> Goal:
        goal = await self._unit.find("goals", Goal, goal_id)
        if goal is None:
            raise GoalNotFound
        return goal

    async def of_partnership(self, partnership_id: str) -> list[Goal]:
        return await self._unit.query("goals", Goal, {"partnership_id": partnership_id}, sort=[("_id", 1)])

    async def of_protege(self, person_id: str) -> list[Goal]:
        return await self._unit.query("goals", Goal, {"protege_id": person_id}, sort=[("_id", 1)])

    async def save(self, goal: Goal) -> None:
        self._unit.save("goals", goal)


class MongoFeedbacks:
    """`Feedbacks` in one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def of_person(self, person_id: str) -> list[Feedback]:
        return await self._unit.query("feedback", Feedback, {"person_id": person_id}, sort=[("_id", -1)])

    async def add(self, feedback: Feedback) -> None:
        # The claim settles two taps at once; an index on the feedback itself could only say that something was stale.
        claim = {"_id": f"{feedback.meeting_id}/{feedback.person_id}", "feedback_id": feedback.id}
        self._unit.claim("feedback_claims", claim, FeedbackIsGivenOnce())
        self._unit.save("feedback", feedback)
