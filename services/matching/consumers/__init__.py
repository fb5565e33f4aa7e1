"""What matching does by itself: when it hears of people, when a time has come, and when a run waits to be worked on."""

from services.matching.consumers.reactions import reactions
from services.matching.consumers.runner import work_on_runs

__all__ = ["reactions", "work_on_runs"]
