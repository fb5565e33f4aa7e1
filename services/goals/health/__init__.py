"""How a pair is doing, from published signals. Pure: facts in, a state with its cause and next step out."""

from services.goals.health.assess import Health, assess
from services.goals.health.codes import CauseCode, NextStepCode, State
from services.goals.health.facts import AnswerFact, CharterFact, Facts, Feedback, MeetingFact, feedback_of
from services.goals.health.signals import Cause, NextStep

__all__ = [
    "AnswerFact",
    "Cause",
    "CauseCode",
    "CharterFact",
    "Facts",
    "Feedback",
    "Health",
    "MeetingFact",
    "NextStep",
    "NextStepCode",
    "State",
    "assess",
    "feedback_of",
]
