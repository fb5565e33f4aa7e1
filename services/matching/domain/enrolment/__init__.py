"""Who takes part in a programme, as what, with how many places; and who waits."""

from services.matching.domain.enrolment.enrolment import (
    AlreadyEnrolled,
    Enrolment,
    EnrolmentSettled,
    EnrolmentState,
    NotPaused,
    NotTakingPart,
    NotYourEnrolment,
    PartnerFound,
    StillInPartnership,
    StillPaused,
)
from services.matching.domain.enrolment.waiting import Because, Standing, WaitsFor, queue, standings, waiting
from services.matching.domain.enrolment.wishes import Wishes

__all__ = [
    "AlreadyEnrolled",
    "Because",
    "Enrolment",
    "EnrolmentSettled",
    "EnrolmentState",
    "NotPaused",
    "NotTakingPart",
    "NotYourEnrolment",
    "PartnerFound",
    "Standing",
    "StillInPartnership",
    "StillPaused",
    "WaitsFor",
    "Wishes",
    "queue",
    "standings",
    "waiting",
]
