"""What the services would say about a protégé and a mentor: people, meetings, times, notices."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.matching.domain import Terms

NOW = datetime(2026, 10, 20, 8, 12, tzinfo=UTC)
INES, DEBORAH, LINH, SOFIE, RUI, KENJI = "ines", "deborah", "linh", "sofie", "rui", "kenji"
PAIR, PROGRAMME = "pair-1", "programme-1"
CHOSEN_AT = "2026-10-27T12:30:00+00:00"

PEOPLE = {
    INES: ("Inês Carvalho", "Europe/Lisbon", "Network planning", "Lisbon", ("pt", "en", "de")),
    DEBORAH: ("Deborah Okafor", "America/Toronto", "Operations", "Toronto", ("en", "fr")),
    LINH: ("Linh Trần", "Asia/Ho_Chi_Minh", "Grid software", "Da Nang", ("vi", "en")),
    SOFIE: ("Sofie Lindqvist", "Europe/Stockholm", "People", "Stockholm", ("sv", "en")),
    RUI: ("Rui Pereira", "Europe/Lisbon", "Network planning", "Lisbon", ("pt", "en")),
    KENJI: ("Kenji Watanabe", "Asia/Tokyo", "Finance", "Osaka", ("ja", "en")),
}

PARTNERSHIP = {
    "partnership_id": PAIR,
    "programme_id": PROGRAMME,
    "protege_id": INES,
    "mentor_id": DEBORAH,
    "state": "running",
    "started_at": "2026-06-11T09:00:00Z",
    "ends_on": "2027-04-30",
    "paused_until": None,
    "ended_at": None,
    "reason": None,
}
PAUSED = {**PARTNERSHIP, "state": "paused", "paused_until": "2026-11-30"}
ENDED = {
    **PARTNERSHIP,
    "partnership_id": "pair-0",
    "mentor_id": SOFIE,
    "state": "ended",
    "reason": "left",
    "ended_at": "2026-05-02T09:00:00Z",
    "started_at": "2026-01-11T09:00:00Z",
}


def a_meeting(number: int, state: str, starts_at: str | None, **more: Any) -> dict[str, Any]:
    ends_at = (datetime.fromisoformat(starts_at) + timedelta(minutes=45)).isoformat() if starts_at else None
    return {
        "meeting_id": f"meeting-{number}",
        "partnership_id": PAIR,
        "programme_id": PROGRAMME,
        "protege_id": INES,
        "mentor_id": DEBORAH,
        "state": state,
        "minutes": 45,
        "place": "",
        "video_link": None,
        "link_follows": None,
        "saved_minutes": 0,
        "noted_by_id": None,
        "words": {},
        "answers": [],
        "strangers": [],
        "history": [],
        "starts_at": starts_at,
        "ends_at": ends_at,
        "proposed": [],
        "proposed_by_id": None,
        "moving": None,
        **more,
    }


LINK = {"place": "https://meet.example.org/ines-deborah", "video_link": "https://meet.example.org/ines-deborah"}
ARRANGED = {
    "answers": [{"person_id": DEBORAH, "coming": "accepted", "verified": True}],
    "strangers": ["assistant@example.org"],
    "history": [
        {"what": "proposed", "at": "2026-09-25T09:00:00Z", "by_id": INES, "starts_at": None},
        {"what": "booked", "at": "2026-09-25T14:00:00Z", "by_id": None, "starts_at": "2026-10-21T13:30:00Z"},
        {"what": "moved", "at": "2026-10-02T14:00:00Z", "by_id": DEBORAH, "starts_at": "2026-10-22T13:30:00Z"},
    ],
}
MEETINGS = [
    a_meeting(1, "ended", "2026-06-18T13:30:00Z", saved_minutes=12),
    a_meeting(2, "ended", "2026-07-16T13:30:00Z"),
    a_meeting(
        3,
        "missed",
        "2026-08-13T13:30:00Z",
        words={DEBORAH: {"took_place": False, "why": "i_waited"}, INES: {"took_place": True, "why": ""}},
    ),
    a_meeting(4, "ended", "2026-08-20T13:30:00Z"),
    a_meeting(5, "ended", "2026-09-24T13:30:00Z"),
    a_meeting(6, "booked", "2026-10-22T13:30:00Z", **LINK, **ARRANGED),
    a_meeting(7, "booked", "2026-11-19T14:30:00Z"),
]
RUNNING = a_meeting(9, "booked", "2026-10-20T08:00:00Z")
NOTES = {
    "mine": {
        "text": "Ask for the minutes of the winter review.\nShe began with a no, too.",
        "shared": False,
        "written_at": "2026-09-24T15:00:00Z",
    },
    "theirs": {"text": "Halifax: the page I promised.", "shared": True, "written_at": "2026-09-24T15:00:00Z"},
}
SUGGESTION: dict[str, Any] = {
    "minutes": 45,
    "least_days": 28,
    "most_days": 35,
    "may_book": True,
    "sessions": [
        {"starts_at": "2026-11-19T14:30:00Z", "meeting_id": "meeting-7", "moved": False},
        {"starts_at": "2026-12-17T14:30:00Z", "meeting_id": "meeting-10", "moved": True},
        {"starts_at": "2027-01-14T14:30:00Z", "meeting_id": None, "moved": False},
    ],
    "borne": [{"person_id": INES, "before": 0, "after": 30}, {"person_id": DEBORAH, "before": 60, "after": 60}],
}
NO_PLAN: dict[str, Any] = {
    "state": "none",
    "by_id": None,
    "sessions": [],
    "minutes": 0,
    "place": "",
    "least_days": None,
    "most_days": None,
    "held_until": None,
}
PLAN = {**NO_PLAN, "state": "open", "by_id": DEBORAH, "sessions": SUGGESTION["sessions"], "minutes": 45, "least_days": 28, "most_days": 35}
ASKED_TO_MOVE = a_meeting(
    10,
    "booked",
    "2026-12-17T14:30:00Z",
    moving={
        "starts": ["2026-12-15T14:30:00Z", "2026-12-16T14:30:00Z", "2026-12-18T14:30:00Z"],
        "by_id": DEBORAH,
        "held_until": "2026-10-22T09:00:00Z",
    },
    answers=[{"person_id": DEBORAH, "coming": "declined", "verified": True}, {"person_id": INES, "coming": "accepted", "verified": True}],
)
WITH_STRANGERS = a_meeting(
    11,
    "booked",
    "2026-12-17T14:30:00Z",
    answers=[{"person_id": DEBORAH, "coming": "accepted", "verified": False}],
    strangers=["eve@example.net"],
)
PROPOSED = a_meeting(
    8, "proposed", None, proposed=["2026-10-27T15:00:00Z", "2026-10-28T13:30:00Z", "2026-10-29T14:30:00Z"], proposed_by_id=DEBORAH
)

PROPOSAL = {
    "proposal_id": "proposal-1",
    "programme_id": PROGRAMME,
    "protege_id": LINH,
    "mentor_id": INES,
    "my_role": "mentor",
    "state": "open",
    "my_answer": None,
    "other_answered": True,
    "deadline_at": "2026-10-23T21:00:00Z",
    "reasons": {
        "needs": ["leading former peers", "saying no · clear answers"],
        "goals": ["product decisions"],
        "level": ["+2"],
        "location": ["2 h"],
        "languages": ["en"],
    },
}

REQUEST: dict[str, Any] = {
    "role": "asker",
    "request_id": "request-1",
    "programme_id": PROGRAMME,
    "state": "asked",
    "step": 2,
    "steps": 4,
    "since": "2026-10-19T09:00:00Z",
    "deadline_at": "2026-10-23T09:00:00Z",
    "follows": "next_mentor",
    "wishes": [
        {"mentor_id": SOFIE, "answer": "passed", "asked_at": "2026-10-16T09:00:00Z", "reasons": {}},
        {"mentor_id": DEBORAH, "answer": "asked", "asked_at": "2026-10-19T09:00:00Z", "reasons": {"languages": ["en"]}},
        {"mentor_id": LINH, "answer": "waiting", "asked_at": None, "reasons": {}},
        {"mentor_id": RUI, "answer": "waiting", "asked_at": None, "reasons": {}},
    ],
    "words": "I lead the people I sat next to a year ago. How did you begin?",
    "made_at": "2026-10-16T09:00:00Z",
    "proposal_id": None,
    "partnership_id": None,
    "reason": None,
    "closing_words": "",
}
ASKED_OF_ME: dict[str, Any] = {
    "role": "mentor",
    "request_id": "request-2",
    "programme_id": PROGRAMME,
    "protege_id": LINH,
    "my_answer": "awaited",
    "asked_at": "2026-10-19T09:00:00Z",
    "deadline_at": "2026-10-22T09:00:00Z",
    "reasons": {
        **PROPOSAL["reasons"],  # type: ignore[dict-item]  # the values of a proposal are of any kind
        "learning": ["Rust"],
        "department": ["Grid software · Network planning"],
        "hours": ["mon 09:00-10:30", "fri 13:00-14:00"],
        "earlier_partners": [INES],
    },
    "words": "You have done the review I am afraid of.",
    "partnership_id": None,
}


def a_suggestion(mentor_id: str, *, has_place: bool = True) -> dict[str, Any]:
    _name, _zone, department, location, _languages = PEOPLE[mentor_id]
    return {
        "mentor_id": mentor_id,
        "points": 8_120,
        "reasons": ASKED_OF_ME["reasons"] | {"earlier_partners": []},
        "level": 6,
        "department": department,
        "location": location,
        "strengths": ["difficult talks", "budgets", "moving countries"],
        "has_place": has_place,
    }


SUGGESTIONS = {"total": 42, "mentors": [a_suggestion(DEBORAH), a_suggestion(SOFIE), a_suggestion(RUI, has_place=False)]}

QUESTIONS = [
    {"id": "why", "label": "What made you look for a mentor now?", "kind": "text", "options": [], "for_role": "protege", "required": True},
    {
        "id": "how",
        "label": "How would you like to meet?",
        "kind": "choice",
        "options": ["On site", "By video"],
        "for_role": "both",
        "required": False,
    },
    {"id": "years", "label": "Years in the company", "kind": "number", "options": [], "for_role": "both", "required": False},
    {"id": "before", "label": "Have you had a mentor before?", "kind": "yes_no", "options": [], "for_role": "protege", "required": False},
]
OPEN_PROGRAMME: dict[str, Any] = {
    **Terms.model_validate(
        {
            "name": "Engineering leaders 2026",
            "starts_on": "2026-05-01",
            "ends_on": "2027-04-30",
            "default_capacity": 2,
            "questions": QUESTIONS,
        }
    ).model_dump(mode="json"),
    "programme_id": PROGRAMME,
    "state": "open",
    "manager_ids": [SOFIE],
    "my_role": "protege",
    "my_enrolment_state": "approved",
    "is_manager": False,
}
ENROLMENT = {
    "enrolment_id": "enrolment-1",
    "programme_id": PROGRAMME,
    "person_id": INES,
    "role": "protege",
    "state": "approved",
    "capacity": 1,
    "places_taken": 0,
    "free_places": 1,
    "paused_until": None,
    "sits_out": False,
    "partnership_id": None,
    "needs": ["saying no", "running a review"],
    "strengths": ["network planning"],
    "goals": ["lead a small team"],
    "hours": ["mon-fri 9-11"],
    "answers": {"why": "My manager leaves in spring.", "how": "By video"},
}
STANDING = {
    "standing": {
        "enrolment_id": "enrolment-1",
        "person_id": INES,
        "place": 3,
        "because": "put_back",
        "waits_for": "matching_day",
        "matching_on": "2026-11-02",
    },
    "of": 14,
}
OUTCOME = {
    "outcome": "left_out",
    "detail": "",
    "reason": "too_few_places",
    "rules": ["hours_apart", "shared_language", "question.how"],
    "reasons": {},
}
SEARCHED = {**OPEN_PROGRAMME, "programme_id": "programme-3", "name": "Across departments"}
IN_SEARCHED = {**ENROLMENT, "enrolment_id": "enrolment-3", "programme_id": "programme-3"}


def spans(*hours: tuple[str, str]) -> list[dict[str, str]]:
    return [{"start": f"2026-10-{start}:00Z", "end": f"2026-10-{end}:00Z"} for start, end in hours]


def a_slot(at: str) -> dict[str, str]:
    start = datetime.fromisoformat(f"2026-10-{at}:00+00:00")
    return {"starts_at": start.isoformat(), "ends_at": (start + timedelta(minutes=45)).isoformat()}


WORKING_INES = spans(*((f"{day}T09:00", f"{day}T18:00") for day in range(26, 31)), ("22T08:00", "22T17:00"))
WORKING_DEBORAH = spans(*((f"{day}T12:30", f"{day}T20:30") for day in range(26, 31)), ("22T12:30", "22T20:30"))
FREE = ["26T17:00", "27T12:30", "27T15:00", "27T17:00", "28T13:30", "29T14:30", "29T14:45", "29T15:30", "30T13:30", "30T16:00"]
DAYS_OFF = [
    {"person_id": INES, "first_on": "2026-11-02", "last_on": "2026-11-13", "why": "away", "name": ""},
    {"person_id": DEBORAH, "first_on": "2026-10-28", "last_on": "2026-10-28", "why": "holiday", "name": "Town fair"},
    {"person_id": DEBORAH, "first_on": "2026-10-29", "last_on": "2026-10-30", "why": "elsewhere", "name": ""},
    {"person_id": INES, "first_on": "2026-12-08", "last_on": "2026-12-08", "why": "holiday", "name": "Immaculate Conception"},
]
SLOTS: dict[str, Any] = {
    "from": "2026-10-26T00:00:00Z",
    "until": "2026-11-02T00:00:00Z",
    "minutes": 45,
    "people": [
        {
            "person_id": INES,
            "zone": "Europe/Lisbon",
            "working": WORKING_INES,
            "calendars": "unsure",
            "checked_at": "2026-10-19T07:00:00Z",
            "busy": spans(
                ("26T09:00", "26T10:30"),
                ("26T14:00", "26T15:30"),
                ("27T11:00", "27T12:30"),
                ("28T10:00", "28T12:00"),
                ("29T12:30", "29T14:00"),
                ("30T09:00", "30T13:00"),
            ),
        },
        {
            "person_id": DEBORAH,
            "zone": "America/Toronto",
            "working": WORKING_DEBORAH,
            "calendars": "none",
            "checked_at": None,
            "busy": spans(
                ("26T12:30", "26T13:30"),
                ("27T13:30", "27T15:00"),
                ("28T15:00", "28T16:30"),
                ("29T13:00", "29T14:00"),
                ("30T17:00", "30T18:30"),
            ),
        },
    ],
    "may_book": True,
    "offers": [
        {"starts_at": "2026-10-29T14:30:00Z", "ends_at": "2026-10-29T15:15:00Z", "why": "usual_time"},
        {"starts_at": "2026-10-27T15:00:00Z", "ends_at": "2026-10-27T15:45:00Z", "why": "on_rhythm"},
        {"starts_at": "2026-10-28T13:30:00Z", "ends_at": "2026-10-28T14:15:00Z", "why": "quiet"},
    ],
    "free": [a_slot(at) for at in FREE],
    "clock_changes": [
        {"at": "2026-10-25T01:00:00Z", "zone": "Europe/Lisbon", "minutes": -60},
        {"at": "2026-11-01T06:00:00Z", "zone": "America/Toronto", "minutes": -60},
    ],
    "none": None,
    "days_off": DAYS_OFF,
}
NO_SLOTS = {
    **SLOTS,
    "offers": [],
    "free": [],
    "clock_changes": [],
    "none": {"binding": [{"person_id": INES, "constraint": "busy"}, {"person_id": DEBORAH, "constraint": "notice"}], "try": "shorter:30"},
}

AVAILABILITY = {
    "zone": "Europe/Lisbon",
    "hours": [{"days": [0, 1, 2, 3], "start": "09:00", "end": "18:00"}, {"days": [4], "start": "09:00", "end": "13:00"}],
    "notice_hours": 24,
    "buffer_minutes": 10,
}
LIMITS = {
    "country": "PT",
    "region": "",
    "horizon_days": 60,
    "most_a_day": 1,
    "most_a_week": 0,
    "grid_minutes": 15,
    "changes": [
        {"first_on": "2026-11-02", "last_on": "2026-11-13", "zone": None, "hours": []},
        {"first_on": "2026-11-30", "last_on": "2026-12-04", "zone": "Asia/Tokyo", "hours": None},
        {"first_on": "2026-12-24", "last_on": "2026-12-24", "zone": None, "hours": [{"days": [3], "start": "09:00", "end": "12:00"}]},
    ],
}
NO_LIMITS = {"country": "", "region": "", "horizon_days": 0, "most_a_day": 0, "most_a_week": 0, "grid_minutes": 15, "changes": []}
HOLIDAYS = {
    "regions": [{"code": "BY", "name": "Bayern"}, {"code": "BE", "name": "Berlin"}],
    "days": [{"on": "2026-12-01", "name": "Restoration of Independence"}, {"on": "2026-12-08", "name": "Immaculate Conception"}],
}
CALENDARS: list[dict[str, object]] = [
    {
        "calendar_id": "calendar-1",
        "kind": "caldav",
        "url": "https://calendar.example.org/ines/",
        "username": "ines",
        "reads": ["https://calendar.example.org/ines/work/"],
        "target": "https://calendar.example.org/ines/work/",
        "refreshed_at": "2026-10-20T08:00:00Z",
        "problem": None,
        "reconnect": False,
        "hours_old": False,
        "unread_entries": 2,
    },
    {
        "calendar_id": "calendar-2",
        "kind": "feed",
        "url": "https://family.example.org/…",
        "username": None,
        "reads": ["file"],
        "target": None,
        "refreshed_at": "2026-10-19T07:00:00Z",
        "problem": "The calendar is not published at this address any more. Give its new address.",
        "reconnect": True,
        "hours_old": True,
        "unread_entries": 0,
    },
    {
        "calendar_id": "calendar-3",
        "kind": "google",
        "url": None,
        "username": "ines@example.org",
        "reads": ["primary"],
        "target": None,
        "refreshed_at": "2026-10-20T08:00:00Z",
        "problem": None,
        "reconnect": False,
        "hours_old": False,
        "unread_entries": 0,
    },
    {
        "calendar_id": "calendar-4",
        "kind": "microsoft",
        "url": None,
        "username": "ines@elsewhere.example",
        "reads": ["calendar"],
        "target": None,
        "refreshed_at": "2026-10-19T08:00:00Z",
        "problem": "Tandem is not allowed to read this calendar any more. Connect it again.",
        "reconnect": True,
        "hours_old": False,
        "unread_entries": 0,
    },
]
PLACES = [
    {"place": "https://calendar.example.org/ines/work/", "name": "Work", "writable": True, "read": True, "target": True},
    {"place": "https://calendar.example.org/ines/holidays/", "name": "", "writable": False, "read": False, "target": False},
]
POLICY = {"partner_may_book": False, "partner_may_move": True}

NOTICE_SUBJECT = {
    "proposal_id": "p",
    "programme_id": PROGRAMME,
    "run_id": "r",
    "partnership_id": PAIR,
    "meeting_id": "m",
    "goal_id": "g",
    "other_id": DEBORAH,
    "person_id": LINH,
    "protege_id": INES,
    "mentor_id": DEBORAH,
    "my_role": "protege",
    "role": "mentor",
    "version": 2,
    "pairs": 12,
    "left_out": 3,
    "starts_at": "2026-10-22T13:30:00Z",
    "ends_at": "2026-10-22T14:15:00Z",
    "deadline_at": "2026-10-23T21:00:00Z",
    "reason": "completed",
}


def a_notice(number: int, kind: str, *, seen: bool = False, needs_answer: bool = False) -> dict[str, Any]:
    at = f"2026-10-{19 - number % 18:02d}T16:40:00Z"
    return {
        "notice_id": f"n{number}",
        "kind": kind,
        "subject": NOTICE_SUBJECT,
        "link": "/goals/g",
        "at": at,
        "seen_at": at if seen else None,
        "needs_answer": needs_answer,
    }
