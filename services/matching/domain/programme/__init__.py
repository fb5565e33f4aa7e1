"""A mentoring programme: what it asks of people, how it matches them, and who manages it."""

from services.matching.domain.programme.admission import Admission, PersonRule
from services.matching.domain.programme.criteria import CriterionWeights, HardRules, Wished
from services.matching.domain.programme.forms import Called, CircleSize, Flash, PartnershipForm, ProgrammeKind
from services.matching.domain.programme.programme import (
    AlreadyOpened,
    EnrolmentNotOpen,
    EnrolmentOver,
    LastManager,
    MayNotEnrol,
    MayNotOpenProgrammes,
    NoSelfService,
    NotOver,
    NotYetMatched,
    PlacesByHand,
    Programme,
    ProgrammeNotOpen,
    ProgrammeState,
)
from services.matching.domain.programme.questions import Question
from services.matching.domain.programme.self_service import SelfService
from services.matching.domain.programme.terms import Terms

__all__ = [
    "Admission",
    "AlreadyOpened",
    "Called",
    "CircleSize",
    "CriterionWeights",
    "EnrolmentNotOpen",
    "EnrolmentOver",
    "Flash",
    "HardRules",
    "LastManager",
    "MayNotEnrol",
    "MayNotOpenProgrammes",
    "NoSelfService",
    "NotOver",
    "NotYetMatched",
    "PartnershipForm",
    "PersonRule",
    "PlacesByHand",
    "Programme",
    "ProgrammeKind",
    "ProgrammeNotOpen",
    "ProgrammeState",
    "Question",
    "SelfService",
    "Terms",
    "Wished",
]
