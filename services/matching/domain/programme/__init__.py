"""A mentoring programme: what it asks of people, how it matches them, and who manages it."""

from services.matching.domain.programme.criteria import CriterionWeights, HardRules, Wished
from services.matching.domain.programme.programme import (
    AlreadyOpened,
    MayNotOpenProgrammes,
    NoSelfService,
    Programme,
    ProgrammeNotOpen,
    ProgrammeState,
)
from services.matching.domain.programme.questions import Question
from services.matching.domain.programme.self_service import SelfService
from services.matching.domain.programme.terms import Terms

__all__ = [
    "AlreadyOpened",
    "CriterionWeights",
    "HardRules",
    "MayNotOpenProgrammes",
    "NoSelfService",
    "Programme",
    "ProgrammeNotOpen",
    "ProgrammeState",
    "Question",
    "SelfService",
    "Terms",
    "Wished",
]
