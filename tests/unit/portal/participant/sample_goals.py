"""What goals and scheduling would say about two people's goals, agenda and charter."""

from typing import Any

from tests.unit.portal.participant.sample import DEBORAH, INES, PAIR

STEP: dict[str, Any] = {"first_due_on": None, "changes": []}
STEPS = [
    {
        **STEP,
        "step_id": "s1",
        "text": "Sit in on the autumn review",
        "due_on": "2026-09-04",
        "state": "done",
        "since": "2026-09-04T10:00:00Z",
    },
    {
        **STEP,
        "step_id": "s2",
        "text": "Write down who decides what",
        "due_on": "2026-09-18",
        "state": "done",
        "since": "2026-09-18T10:00:00Z",
    },
    {**STEP, "step_id": "s3", "text": "Ask Deborah how hers went wrong", "due_on": None, "state": "done", "since": "2026-09-24T10:00:00Z"},
    {
        **STEP,
        "step_id": "s4",
        "text": "Ask Bao and Marek for last year's numbers",
        "due_on": "2026-10-20",
        "state": "open",
        "since": "2026-09-24T10:00:00Z",
    },
    {
        **STEP,
        "step_id": "s5",
        "text": "Sketch the review on one page",
        "due_on": "2026-10-26",
        "first_due_on": "2026-10-19",
        "state": "open",
        "since": "2026-10-14T10:00:00Z",
    },
    {**STEP, "step_id": "s6", "text": "Run the review", "due_on": "2027-03-12", "state": "open", "since": "2026-09-24T10:00:00Z"},
]
GOAL = {
    "goal_id": "goal-1",
    "partnership_id": PAIR,
    "protege_id": INES,
    "mentor_id": DEBORAH,
    "title": "Run the spring capacity review on my own",
    "why": "It is the part of Rui's work I want.",
    "measure": "",
    "due_on": "2027-03-12",
    "kind": "current_role",
    "area": "work",
    "shared": True,
    "shared_at": "2026-08-20T15:00:00Z",
    "written_at": "2026-06-18T15:00:00Z",
    "percent": 50,
    "state": "open",
    "confidence": 3,
    "steps_done": 3,
    "steps_total": 6,
    "next_step": {"step_id": "s4", "text": "Ask Bao and Marek for last year's numbers", "due_on": "2026-10-20"},
    "closed": None,
}
REVISION = {"why": "", "measure": "", "due_on": None, "kind": "current_role", "area": "work"}
WHOLE_GOAL: dict[str, Any] = {
    **GOAL,
    "may_change": True,
    "steps": STEPS,
    "revisions": [
        {**REVISION, "title": "Become lead engineer by summer", "reason": "", "at": "2026-06-18T15:00:00Z"},
        {
            **REVISION,
            "title": "Run the spring capacity review on my own",
            "reason": "The title was never the point.",
            "at": "2026-09-12T15:00:00Z",
        },
    ],
    "progress": [
        {"percent": 0, "state": "open", "confidence": 2, "at": "2026-06-18T15:00:00Z"},
        {"percent": 20, "state": "slipped", "confidence": 3, "at": "2026-08-20T15:00:00Z"},
        {"percent": 30, "state": "open", "confidence": 3, "at": "2026-09-24T15:00:00Z"},
        {"percent": 50, "state": "open", "confidence": 4, "at": "2026-10-19T15:00:00Z"},
    ],
    "hints": [
        {"letter": "M", "word": "measurable", "code": "measure_missing", "parameters": {}, "text": "How will you know?", "example": "x"}
    ],
}
EMPTY_GOAL = {
    **WHOLE_GOAL, "steps": [], "revisions": WHOLE_GOAL["revisions"][:1], "progress": [], "hints": [], "shared": False, "shared_at": None,
    "next_step": None, "steps_done": 0, "steps_total": 0, "due_on": None, "why": "", "confidence": None, "percent": 0,
}  # fmt: skip
SLIPPED = {
    **GOAL,
    "goal_id": "goal-2",
    "title": "Speak up when the numbers are against me",
    "state": "slipped",
    "shared": False,
    "next_step": {"step_id": "s9", "text": "Watch one negotiation with Ye-jin", "due_on": "2026-10-09"},
}
REACHED = {
    **GOAL,
    "goal_id": "goal-3",
    "title": "Give one talk at the summer meeting",
    "closed": {"outcome": "reached", "at": "2026-08-01T10:00:00Z"},
}

AGENDA = {
    "style": "questions",
    "agreed_style": "questions",
    "items": [
        {
            "item_id": "i1",
            "text": "The plant managers agree in the room and do something else on Monday. How do I notice earlier?",
            "kind": "question",
            "by_id": INES,
            "goal_id": None,
            "step_id": None,
            "done": False,
            "carried_from": "2026-09-24T13:30:00Z",
        },
        {
            "item_id": "i2",
            "text": "Ask Bao and Marek for last year's numbers",
            "kind": "step",
            "by_id": INES,
            "goal_id": "goal-1",
            "step_id": "s4",
            "done": False,
            "carried_from": None,
        },
        {
            "item_id": "i3",
            "text": "The first page of Halifax.",
            "kind": "note",
            "by_id": DEBORAH,
            "goal_id": None,
            "step_id": None,
            "done": True,
            "carried_from": None,
        },
    ],
}

VERSION: dict[str, Any] = {
    "version": 1,
    "needs": {
        "protege_needs": "To say no before it is too late.",
        "mentor_offers": "Twenty years of reviews, some of them bad.",
        "success": "I run one myself.",
    },
    "trust": {"openness": "Anything about work, nothing about health.", "when_stuck": ""},
    "ground_rules": {
        "cadence_weeks": 4,
        "minutes": 45,
        "agenda_style": "questions",
        "confidentiality": "between_us",
        "between_meetings": "",
        "cancel_notice_hours": 24,
    },
    "proposed_by_id": INES,
    "proposed_at": "2026-06-12T09:00:00Z",
    "signed_by": [INES, DEBORAH],
    "signed_at": "2026-06-18T13:00:00Z",
}
CHANGED = {
    **VERSION,
    "version": 2,
    "ground_rules": {
        **VERSION["ground_rules"],
        "cadence_weeks": 3,
        "confidentiality": "ask_first",
        "between_meetings": "A line on Fridays.",
    },
    "proposed_by_id": DEBORAH,
    "proposed_at": "2026-10-18T09:00:00Z",
    "signed_by": [DEBORAH],
    "signed_at": None,
}
SIGNED = {"partnership_id": PAIR, "state": "signed", "current": VERSION, "signed": VERSION}
CHANGE_WAITS = {"partnership_id": PAIR, "state": "proposed", "current": CHANGED, "signed": VERSION}
NO_CHARTER = {"partnership_id": PAIR, "state": "empty", "current": None, "signed": None}
