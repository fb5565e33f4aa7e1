"""What the services answer in the small company of these tests."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from services.matching.domain import Terms

NOW = datetime(2026, 10, 20, 7, 10, tzinfo=UTC)
MANAGER = "manager"
PROGRAMME = "engineering"


TERMS = Terms.model_validate(
    {
        "name": "Engineering leaders 2026",
        "starts_on": "2026-06-02",
        "ends_on": "2027-03-31",
        "default_capacity": 2,
        "called": {"protege": "mentee", "proteges": "mentees"},
        "enrolment": {"only": [{"field": "department", "one_of": ["Network planning", "Finance"]}]},
        "questions": [
            {
                "id": "q1",
                "label": "Which site do you like best?",
                "kind": "choice",
                "options": ["Lisbon", "Osaka"],
                "required": True,
                "counts": "same",
                "weight": 5,
            },
        ],
        "wished": {"levels_above": 1},
        "aliases": [["public speaking", "toasts"]],
    }
)


def a_programme(**changes: Any) -> dict[str, Any]:
    return {
        **TERMS.model_dump(mode="json"),
        "programme_id": PROGRAMME,
        "state": "open",
        "manager_ids": [MANAGER],
        "auditor_ids": [],
        "is_manager": True,
        "is_auditor": False,
        "my_role": None,
        "my_enrolment_id": None,
        "my_enrolment_state": None,
        **changes,
    }


def a_summary(**changes: Any) -> dict[str, Any]:
    return {
        "proteges": 20, "mentors": 10, "places": 22, "free_places": 9, "waiting_approval": 3, "proposals_open": 4,
        "partnerships_running": 12,
        "partnerships_ended": 2, "waiting": ["p12", "p13", "p14", "p15"], **changes,
    }  # fmt: skip


def an_enrolment(place: int, role: str, state: str = "approved") -> dict[str, Any]:
    return {
        "enrolment_id": f"e-{role}-{place}",
        "programme_id": PROGRAMME,
        "person_id": f"{'p' if role == 'protege' else 'm'}{place}",
        "role": role,
        "state": state,
        "capacity": 2 + place % 2 if role == "mentor" else 1,
        "places_taken": place % 2 if role == "mentor" else 0,
        "free_places": 1,
        "hours": ["mon-fri 9-11"] if place % 4 == 0 else [],
        "requested_at": (NOW - timedelta(days=40 - place)).isoformat(),
        "late": place == 5,
        "exceptions": ["The department must be one of Network planning, Finance."] if place == 2 else [],
        "first_in_queue": place == 12,
        "paused_until": "2026-11-30" if state == "paused" else None,
        "sits_out": place == 3,
        "partnership_id": f"pair-{place}" if role == "protege" and place < 12 else None,
        "needs": ["leading former peers", "saying no early"] if role == "protege" else [],
        "strengths": ["leading former peers", "finance"] if role == "mentor" else [],
        "goals": ["lead a team of my own"] if role == "protege" else [],
        "answers": {"q1": "Lisbon"} if place % 3 == 0 else {},
    }


CAUSES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("low_feedback", {"percent": 40, "answers": 6}, "ask_each_in_private"),
    ("not_met", {"days": 47, "cadence_weeks": 3}, "suggest_times"),
    ("charter_waiting", {"days": 11, "person_id": "m2"}, "remind_person"),
    ("no_goal", {"days": 60, "met": 3}, "offer_goal_guide"),
    ("meetings_missed", {"missed": 2, "of": 3}, "ask_about_rhythm"),
    ("not_met_yet", {"days": 21}, "suggest_first_meeting"),
    ("charter_empty", {"days": 15}, "remind_of_charter"),
    ("person_left", {"person_id": "m7"}, "offer_new_match"),
    ("past_end", {"days": 9}, "offer_closing"),
)


def a_health() -> list[dict[str, Any]]:
    """Pairs in every state, with every cause there is."""
    rows = []
    for place in range(14):
        code, parameters, step = CAUSES[place] if place < len(CAUSES) else ("", {}, "")
        state = "help" if place < 2 else "watch" if place < len(CAUSES) else "new" if place == 9 else "ended" if place == 13 else "well"
        if state == "ended":
            code, parameters = "ended", {"reason": "completed", "days": 30}
        rows.append(
            {
                "partnership_id": f"pair-{place}",
                "protege_id": f"p{place}",
                "mentor_id": f"m{place % 10}",
                "state": state,
                "cause": {"code": code, "parameters": parameters} if code else None,
                "next_step": {"code": step, "parameters": {"person_id": f"p{place}"}} if step else None,
                "met": 0 if place in {5, 6, 9} else 3,
                "last_met_at": None if place in {5, 6, 9} else (NOW - timedelta(days=6 * place + 1)).isoformat(),
                "next_at": (NOW + timedelta(days=3)).isoformat() if place % 2 else None,
                "charter_signed": place not in {2, 6},
                "goals": place % 3,
                "feedback_share": 0.88 if place > 6 else None,
            }
        )
    return rows


def a_partnership(row: Mapping[str, Any], place: int, **changes: Any) -> dict[str, Any]:
    """A pair of `a_health` as matching knows it."""
    over = row["state"] == "ended"
    return {
        "partnership_id": row["partnership_id"],
        "programme_id": PROGRAMME,
        "protege_id": row["protege_id"],
        "mentor_id": row["mentor_id"],
        "state": "ended" if over else "paused" if place == 4 else "running",
        "started_at": (NOW - timedelta(days=140 - 9 * place)).isoformat(),
        "ends_on": None if place == 10 else "2027-03-31",
        "paused_until": "2026-11-30" if place == 4 else None,
        "ended_at": (NOW - timedelta(days=30)).isoformat() if over else None,
        "reason": "completed" if over else None,
        "ended_by_id": row["protege_id"] if over else None,
        "words": "We have both moved on, gladly." if over else "",
        **changes,
    }


def partnerships() -> list[dict[str, Any]]:
    return [a_partnership(row, place) for place, row in enumerate(a_health())]


def proposals() -> list[dict[str, Any]]:
    states = ("open", "open", "accepted", "declined", "expired", "withdrawn")
    return [
        {
            "proposal_id": f"proposal-{place}",
            "run_id": "run-2",
            "programme_id": PROGRAMME,
            "protege_id": f"p{place}",
            "mentor_id": f"m{place}",
            "state": state,
            "accepted_by": [f"m{place}"] if place == 0 else [],
            "decline_reason": "I have no time this winter." if state == "declined" else "",
            "deadline_at": (NOW + timedelta(days=9)).isoformat(),
        }
        for place, state in enumerate(states)
    ]


def a_suggestion(place: int) -> dict[str, Any]:
    return {
        "mentor_id": f"m{place}",
        "points": 8_900 - 600 * place,
        "reasons": {"needs": ["leading former peers"], "level": ["+2"], "location": ["6 h"], "languages": ["en", "de"]},
        "level": 5,
        "department": "Finance",
        "location": "Osaka",
        "strengths": ["finance"],
        "has_place": True,
    }


def a_request(state: str = "with_manager", **changes: Any) -> dict[str, Any]:
    """A request in the state, as a manager sees it."""
    ended = state in {"accepted", "closed"}
    wish = {"points": 8_000, "asked_at": (NOW - timedelta(days=5)).isoformat(), "ended_at": (NOW - timedelta(days=2)).isoformat()}
    return {
        "role": "manager",
        "request_id": f"request-{state}",
        "programme_id": PROGRAMME,
        "protege_id": "p12",
        "state": state,
        "since": (NOW - timedelta(days=2)).isoformat(),
        "deadline_at": None if ended else (NOW + timedelta(days=3)).isoformat(),
        "owner_id": MANAGER if state == "with_manager" else None,
        "wishes": [
            {**wish, "mentor_id": "m1", "state": "declined", "decline_reason": "I have three already."},
            {**wish, "mentor_id": "m2", "state": "unanswered", "decline_reason": ""},
            {**wish, "mentor_id": "m3", "state": "asked" if state == "asked" else "passed_over", "decline_reason": "", "asked_at": None},
        ],
        "made_at": (NOW - timedelta(days=5)).isoformat(),
        "proposal_id": "proposal-1" if state == "proposed" else None,
        "partnership_id": "pair-2" if state == "accepted" else None,
        "reason": "by_manager" if state == "closed" else None,
        "closing_words": "Please enrol again in spring." if state == "closed" else "",
        **changes,
    }


def tasks() -> list[dict[str, Any]]:
    """One of each cause."""
    task = {"programme_id": PROGRAMME, "owner_id": None, "since": (NOW - timedelta(days=2)).isoformat(), "until": None}
    soon = {"until": (NOW + timedelta(days=2)).isoformat()}
    to_help, look = {"next_step": "pair_propose_or_close"}, {"next_step": "approve_or_decline"}
    return [
        {**task, **soon, **to_help, "cause": "request_overdue", "subject_id": "request-escalated", "person_ids": ["p13"]},
        {
            **task,
            **soon,
            **to_help,
            "cause": "request_without_mentor",
            "subject_id": "request-with_manager",
            "person_ids": ["p12"],
            "owner_id": MANAGER,
        },
        {**task, **soon, "next_step": "talk_to_them", "cause": "proposal_expiring", "subject_id": "proposal-1", "person_ids": ["p1", "m1"]},
        {**task, **look, "cause": "enrolment_requested", "subject_id": "e-protege-17", "person_ids": ["p17"]},
    ]


def a_page_of_letters(*found: dict[str, Any]) -> dict[str, Any]:
    by_state = {state: sum(letter["state"] == state for letter in found) for state in ("parked", "waiting", "gap")}
    return {"letters": list(found), "next": None, "total": len(found), "by_state": by_state}


def a_page_of_audit(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"rows": list(rows), "next": None}


def audit_rows() -> list[dict[str, Any]]:
    row = {
        "audit_id": "1",
        "at": (NOW - timedelta(hours=3)).isoformat(),
        "by": "p3",
        "action": "replayed",
        "aggregate": "goals.charter/pair-3",
        "letter": None,
        "delivery": None,
        "type": None,
        "reason": "The partnership was missing and is there now",
        "done": 3,
        "stopped_by": None,
    }
    gave_up = {"audit_id": "2", "action": "discarded", "by": "nobody", "type": "goals.charter.signed.v1", "done": 0}
    sent = {"audit_id": "3", "action": "retried", "aggregate": None, "delivery": "mail/1", "reason": "", "done": None}
    return [row, row | gave_up | {"stopped_by": "NotFound: There is nothing under this address."}, row | sent]


def letters() -> list[dict[str, Any]]:
    return [
        {
            "letter_id": f"goals.charter-3-{place}-1792480000",
            "aggregate": "goals.charter/pair-3",
            "type": "goals.charter.signed.v1",
            "sequence": place + 2,
            "state": state,
            "reason": "NotFound: there is no such partnership" if state == "parked" else None,
            "attempts": 1,
            "parked_at": (NOW - timedelta(hours=5)).isoformat(),
            "event_id": f"event-{place}",
            "topic": "goals.charter",
            "partition": 3,
            "offset": place,
        }
        for place, state in enumerate(("parked", "waiting", "gap"))
    ]


def an_outlook(**changes: Any) -> dict[str, Any]:
    rules = [
        {"rule": "never_own_line", "pairs": 14, "alone": 9, "proteges": 0},
        {"rule": "shared_language", "pairs": 31, "alone": 22, "proteges": 2},
        {"rule": "question.q1", "pairs": 40, "alone": 30, "proteges": 1},
    ]
    return {"proteges": 20, "pairs": 200, "allowed": 129, "without_anybody": 3, "rules": rules, "excludes_everybody": [], **changes}


def a_comparison(**changes: Any) -> dict[str, Any]:
    found = [
        {"field": "ends_on", "before": "2027-03-31", "after": "2027-06-30"},
        {"field": "rules.most_hours_apart", "before": None, "after": "6"},
        {"field": "questions.0.label", "before": '"Which site do you like best?"', "after": None},
    ]
    return {"programme_id": PROGRAMME, "committed": False, "wrong": [], "changes": found, **changes}


def a_standing(place: int, **changes: Any) -> dict[str, Any]:
    reasons = ("put_back", "first_come", "late")
    return {
        "enrolment_id": f"e-protege-{place + 11}",
        "person_id": f"p{place + 11}",
        "place": place,
        "because": reasons[min(place, len(reasons)) - 1],
        "waits_for": ("managers", "offer", "free_place")[min(place, len(reasons)) - 1],
        "matching_on": None,
        **changes,
    }
