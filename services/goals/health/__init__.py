"""How a pair is doing, from published signals. Pure: facts in, a state with its cause and next step out."""

from services.goals.health.codes import CauseCode, NextStepCode, State

__all__ = ["CauseCode", "NextStepCode", "State"]
