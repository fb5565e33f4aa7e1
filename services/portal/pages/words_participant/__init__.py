"""Words for the codes the services answer with, as a protégé or a mentor reads them, in the reader's language."""

from services.portal.pages.words_participant.afterwards import given_back, remembered, suggested, whys
from services.portal.pages.words_participant.agreements import (
    RULES_AT_A_GLANCE,
    agenda_style,
    cadence,
    charter_changes,
    confidentiality,
    end_reason,
    end_reasons,
)
from services.portal.pages.words_participant.calendars import reliance
from services.portal.pages.words_participant.days_off import days_off
from services.portal.pages.words_participant.goals import Said, area, areas, goal_state, hint, kind, kinds, step_state
from services.portal.pages.words_participant.history import history
from services.portal.pages.words_participant.meetings import apart, binding, clock_change, meeting_state, relaxation, why_offered
from services.portal.pages.words_participant.notices import NoticeWords, notice_words
from services.portal.pages.words_participant.people import (
    could_be,
    enrolment_state,
    looking_for,
    proposal_state,
    reasons,
    role,
    would_like_you,
    your_partner,
)
from services.portal.pages.words_participant.refusals import complaint, refusal
from services.portal.pages.words_participant.requests import Standing, my_answer, request_standing, wish_state
from services.portal.pages.words_participant.taking_part import days, form, left_out, place_in_queue

__all__ = [
    "RULES_AT_A_GLANCE",
    "NoticeWords",
    "Said",
    "Standing",
    "agenda_style",
    "apart",
    "area",
    "areas",
    "binding",
    "cadence",
    "charter_changes",
    "clock_change",
    "complaint",
    "confidentiality",
    "could_be",
    "days",
    "days_off",
    "end_reason",
    "end_reasons",
    "enrolment_state",
    "form",
    "given_back",
    "goal_state",
    "hint",
    "history",
    "kind",
    "kinds",
    "left_out",
    "looking_for",
    "meeting_state",
    "my_answer",
    "notice_words",
    "place_in_queue",
    "proposal_state",
    "reasons",
    "refusal",
    "relaxation",
    "reliance",
    "remembered",
    "request_standing",
    "role",
    "step_state",
    "suggested",
    "why_offered",
    "whys",
    "wish_state",
    "would_like_you",
    "your_partner",
]
