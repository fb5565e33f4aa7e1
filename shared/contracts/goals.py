"""What goals tells: charters, goals and feedback, as ids and states, never a word that somebody wrote."""

from typing import Annotated

from pydantic import Field

from shared.event import Event


class CharterProposed(Event, type="goals.charter.proposed.v1", key="partnership_id"):
    """One partner has proposed a version of the charter."""

    partnership_id: str
    version: int
    by_id: str
    other_id: str


class CharterSigned(Event, type="goals.charter.signed.v1", key="partnership_id"):
    """Both agree on a version of the charter; what it says acts from now on."""

    partnership_id: str
    version: int
    protege_id: str
    mentor_id: str
    cadence_weeks: Annotated[int, Field(description="weeks from one meeting to the next, 1 to 6")]
    minutes: Annotated[int, Field(description="length of a meeting")]
    agenda_style: Annotated[str, Field(description="questions, goals_and_progress or open", examples=["questions"])]
    confidentiality: Annotated[str, Field(description="between_us, ask_first or open", examples=["between_us"])]


class GoalWritten(Event, type="goals.goal.written.v1", key="goal_id"):
    """A protégé has written a goal."""

    goal_id: str
    partnership_id: str
    protege_id: str
    mentor_id: str
    shared: bool


class GoalRevised(Event, type="goals.goal.revised.v1", key="goal_id"):
    """A goal reads otherwise now, or is shared otherwise."""

    goal_id: str
    partnership_id: str
    protege_id: str
    mentor_id: str
    shared: bool


class GoalProgressed(Event, type="goals.goal.progressed.v1", key="goal_id"):
    """A protégé has said how far a goal is."""

    goal_id: str
    partnership_id: str
    protege_id: str
    percent: int
    state: Annotated[str, Field(description="open, blocked or slipped", examples=["open"])]


class GoalClosed(Event, type="goals.goal.closed.v1", key="goal_id"):
    """A goal is reached, or let go."""

    goal_id: str
    partnership_id: str
    protege_id: str
    outcome: Annotated[str, Field(description="reached or let_go", examples=["reached"])]


class FeedbackGiven(Event, type="goals.feedback.given.v1", key="feedback_id"):
    """Somebody has said whether a meeting was worth the time. What they said stays here."""

    feedback_id: str
    meeting_id: str
    partnership_id: str
    person_id: str


EVENTS = (CharterProposed, CharterSigned, GoalWritten, GoalRevised, GoalProgressed, GoalClosed, FeedbackGiven)
