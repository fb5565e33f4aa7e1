"""What a programme matches by: what counts how much, and what must not be."""

from pydantic import BaseModel, ConfigDict


class CriterionWeights(BaseModel):
    """How much each criterion counts, from 0 (not at all) to 100; only their proportion matters."""

    model_config = ConfigDict(extra="forbid")

    needs: int = 40
    goals: int = 20
    level: int = 15
    location: int = 15
    languages: int = 10


class HardRules(BaseModel):
    """What must not be, whatever the points."""

    model_config = ConfigDict(extra="forbid")

    never_own_line: bool = True
    shared_language: bool = True
