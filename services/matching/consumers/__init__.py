"""What matching does by itself: when it hears of people, when a time has come, and when a run waits to be worked on."""

from services.matching.consumers.reactions import reactions
from services.matching.consumers.runner import work_on_runs
from services.matching.consumers.what_if import WhatIfs

__all__ = ["WhatIfs", "reactions", "work_on_runs"]
