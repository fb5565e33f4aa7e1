"""A page to draw without a server: its services answer from the samples, everything else is the real thing."""

from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request

from services.portal.api.backends import FieldError, Problem
from services.portal.api.page import BackendDown, BackendRefused, Page, PersonCard
from services.portal.domain.person import Person
from services.portal.pages.render import Viewer
from tests.unit.portal.participant.sample import (
    ASKED_OF_ME,
    ASKED_TO_MOVE,
    AVAILABILITY,
    CALENDARS,
    DAYS_OFF,
    ENDED,
    ENROLMENT,
    HOLIDAYS,
    IN_SEARCHED,
    INES,
    LIMITS,
    MEETINGS,
    NO_LIMITS,
    NO_PLAN,
    NO_SLOTS,
    NOTES,
    NOW,
    OPEN_PROGRAMME,
    OUTCOME,
    PAIR,
    PARTNERSHIP,
    PEOPLE,
    PLACES,
    PLAN,
    POLICY,
    PROGRAMME,
    PROPOSAL,
    PROPOSED,
    REQUEST,
    RUNNING,
    SEARCHED,
    SLOTS,
    STANDING,
    SUGGESTION,
    SUGGESTIONS,
    WITH_STRANGERS,
    a_notice,
)
from tests.unit.portal.participant.sample_goals import (
    AGENDA,
    CHANGE_WAITS,
    CHANGED,
    EMPTY_GOAL,
    GOAL,
    NO_CHARTER,
    REACHED,
    SLIPPED,
    VERSION,
    WHOLE_GOAL,
)


class FakeService:
    """Answers what it was given; 404 for anything else, or no answer at all."""

    def __init__(self, name: str, answers: Mapping[str, Any], *, silent: bool = False) -> None:
        self.name = name
        self.answers = dict(answers)
        self.silent = silent
        self.asked: list[tuple[str, str, Any]] = []

    async def _answer(self, method: str, path: str, sent: Any) -> Any:
        self.asked.append((method, path, sent))
        if self.silent:
            raise BackendDown(self.name)
        key = path if method == "GET" else f"{method} {path}"
        if key not in self.answers:
            if method != "GET":
                return None
            raise BackendRefused(problem(404, "There is nothing under this address."))
        found = self.answers[key]
        if isinstance(found, Exception):
            raise found
        return found

    async def get(self, path: str, **query: Any) -> Any:
        return await self._answer("GET", path, query)

    async def post(self, path: str, json: Any = None) -> Any:
        return await self._answer("POST", path, json)

    async def put(self, path: str, json: Any = None) -> Any:
        return await self._answer("PUT", path, json)

    async def delete(self, path: str) -> Any:
        return await self._answer("DELETE", path, None)

    async def upload(self, path: str, content: bytes, *, content_type: str, **_query: Any) -> Any:
        return await self._answer("POST", path, (content, content_type))


def problem(status: int, detail: str, errors: Mapping[str, str] | None = None, slug: str = "", next_: Sequence[Any] = ()) -> Any:
    return Problem(
        status=status,
        title=detail,
        detail=detail,
        slug=slug,
        errors=tuple(FieldError(field=name, message=said) for name, said in (errors or {}).items()),
        next=tuple(next_),
    )


class SamplePage(Page):
    """A page whose services are fakes; everything else is the real thing."""

    def __init__(
        self,
        answers: Mapping[str, Mapping[str, Any]],
        *,
        who: str = INES,
        locale: str = "en",
        form: Iterable[tuple[str, Any]] = (),
        silent: Iterable[str] = (),
        manages: bool = False,
        partial: bool = False,
    ) -> None:
        name, zone, department, location, languages = PEOPLE[who]
        self.request = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""})
        self.form = FormData(list(form))
        self.partial = partial
        self._answered = None
        person = Person(
            id=who,
            employee_id="4711",
            name=name,
            email=f"{who}@example.org",
            department=department,
            location=location,
            level=4,
            languages=languages,
            zone=zone,
            locale=locale,
        )
        self.visit = SimpleNamespace(person=person, at=NOW, session=SimpleNamespace(id="the session"))  # type: ignore[assignment]  # as much of a visit as pages ask for
        self.viewer = Viewer(
            person_id=who,
            name=name,
            email=f"{who}@example.org",
            locale=locale,
            zone=zone,
            now=NOW,
            form_token="t",
            inbox_count=2,
            manages=manages,
        )
        for service in ("matching", "scheduling", "goals", "notifications"):
            setattr(self, service, FakeService(service, answers.get(service, {}), silent=service in silent))

    async def people(self, ids: Iterable[str | None]) -> dict[str, PersonCard]:
        return {person_id: card(person_id) for person_id in ids if person_id}

    async def programme_name(self, programme_id: str) -> str:
        found = await self.part(self.matching.get(f"/programmes/{programme_id}"))
        return str(found.value["name"]) if found.value else ""


def card(person_id: str) -> PersonCard:
    name, zone, department, location, languages = PEOPLE[person_id]
    return PersonCard(
        person_id=person_id, name=name, zone=zone, department=department, location=location, languages=languages, active=True, known=True
    )


EACH_MEETING = [*MEETINGS, ASKED_TO_MOVE, WITH_STRANGERS, PROPOSED, RUNNING]
NO_REQUESTS: dict[str, Any] = {"/requests/mine": [], "/requests/asked-of-me": []}


def full() -> dict[str, dict[str, Any]]:
    """Somebody in the middle of it: a mentor of her own, and asked to be one."""
    kinds = [
        "proposal_made",
        "meeting_ended",
        "charter_proposed",
        "meeting_proposed",
        "meeting_booked",
        "goal_shared",
        "partnership_started",
        "enrolment_approved",
    ]
    notices = [a_notice(number, kind, seen=number > 4, needs_answer=number < 4) for number, kind in enumerate(kinds)]
    return {
        "matching": {
            "/partnerships/mine": [PARTNERSHIP, ENDED],
            f"/partnerships/{PAIR}": PARTNERSHIP,
            "/partnerships/pair-0": ENDED,
            "/proposals/mine": [PROPOSAL],
            "/proposals/proposal-1": PROPOSAL,
            "/requests/mine": [REQUEST, {**REQUEST, "request_id": "request-0", "state": "closed", "reason": "withdrawn"}],
            "/requests/request-1": REQUEST,
            "/requests/asked-of-me": [ASKED_OF_ME, {**ASKED_OF_ME, "my_answer": "not_needed", "deadline_at": None}],
            "/requests/request-2": ASKED_OF_ME,
            "/enrolments/mine": [ENROLMENT, IN_SEARCHED],
            "/enrolments/enrolment-1/standing": STANDING,
            "/enrolments/enrolment-3/standing": {"standing": None, "of": 0},
            f"/programmes/{PROGRAMME}/my-outcome": OUTCOME,
            f"/programmes/{PROGRAMME}/words": ["public speaking", "saying no", "Network planning"],
            "/programmes": [OPEN_PROGRAMME, {**OPEN_PROGRAMME, "programme_id": "programme-2", "name": "Women in engineering"}, SEARCHED],
            "/programmes/programme-3": SEARCHED,
            f"/programmes/{PROGRAMME}": OPEN_PROGRAMME,
            f"/programmes/{PROGRAMME}/mentor-suggestions": SUGGESTIONS,
            "/programmes/programme-3/mentor-suggestions": SUGGESTIONS,
            "/programmes/programme-2": {**OPEN_PROGRAMME, "programme_id": "programme-2", "name": "Women in engineering"},
        },
        "scheduling": {
            "/meetings/mine": [*MEETINGS, PROPOSED],
            **{f"/meetings/{meeting['meeting_id']}": meeting for meeting in EACH_MEETING},
            **{f"/meetings/{meeting['meeting_id']}/notes": NOTES for meeting in EACH_MEETING},
            f"/partnerships/{PAIR}/agenda": AGENDA,
            f"/partnerships/{PAIR}/slots": SLOTS,
            f"/partnerships/{PAIR}/plan": NO_PLAN,
            f"/partnerships/{PAIR}/plan/suggestion": SUGGESTION,
            "/partnerships/pair-0/plan": PLAN,
            f"/partnerships/{PAIR}/series": {
                "cadence_weeks": 4,
                "minutes": 45,
                "saved_minutes": 12,
                "met": 4,
                "last_met_at": "2026-09-24T13:30:00Z",
                "next_due_on": "2026-10-22",
                "meetings": [*MEETINGS, PROPOSED],
                "planned": ["2026-12-17T14:30:00Z"],
                "days_off": DAYS_OFF,
            },
            "/partnerships/pair-0/agenda": {"items": [], "style": "open", "agreed_style": "open"},
            "/partnerships/pair-0/series": {
                "cadence_weeks": None,
                "minutes": 45,
                "saved_minutes": 0,
                "met": 0,
                "last_met_at": None,
                "next_due_on": None,
                "meetings": [],
                "planned": [],
                "days_off": [],
            },
            "/availability/mine": AVAILABILITY,
            "/availability/mine/limits": LIMITS,
            "/availability/countries": {"DE": ["BE", "BY"], "PT": []},
            "/availability/holidays": HOLIDAYS,
            "/calendars/mine": CALENDARS,
            "/calendars/clouds": {"kinds": ["google", "microsoft"]},
            "/calendars/calendar-1/places": PLACES,
            "/policy/mine": POLICY,
            "/video/mine": {"kind": "jitsi", "offered": ["zoom", "jitsi", "meet", "teams"]},
        },
        "goals": {
            "/goals/mine": [GOAL, SLIPPED, REACHED],
            "/goals/goal-1": WHOLE_GOAL,
            "/goals/goal-2": EMPTY_GOAL,
            f"/partnerships/{PAIR}/goals": [GOAL, SLIPPED],
            "/partnerships/pair-0/goals": [],
            f"/charters/{PAIR}": CHANGE_WAITS,
            f"/charters/{PAIR}/versions": [CHANGED, VERSION],
            "/charters/pair-0": NO_CHARTER,
            "/charters/pair-0/versions": [],
            "/feedback/due": [{"meeting_id": "meeting-5", "partnership_id": PAIR, "ended_at": "2026-09-24T14:15:00Z"}],
            "/feedback/mine": [
                {"meeting_id": "meeting-1", "worth_it": True, "did_as_agreed": False, "line": "Ask about the budget first."}
            ],
            "POST /goals/check": {"hints": WHOLE_GOAL["hints"]},
        },
        "notifications": {"/inbox/mine": notices, "/preferences/mine": {"email": True}},
    }


def empty() -> dict[str, dict[str, Any]]:
    """Somebody on their first day."""
    return {
        "matching": {"/partnerships/mine": [], "/proposals/mine": [], "/enrolments/mine": [], "/programmes": [], **NO_REQUESTS},
        "scheduling": {
            "/meetings/mine": [],
            "/availability/mine": AVAILABILITY,
            "/availability/mine/limits": NO_LIMITS,
            "/availability/countries": {"DE": ["BE", "BY"], "PT": []},
            "/availability/holidays": HOLIDAYS,
            "/calendars/mine": [],
            "/calendars/clouds": {"kinds": []},
            "/policy/mine": POLICY,
            "/video/mine": {"kind": "none", "offered": []},
        },
        "goals": {"/goals/mine": [], "/feedback/due": [], "/feedback/mine": []},
        "notifications": {"/inbox/mine": [], "/preferences/mine": {"email": False}},
    }


def just_paired() -> dict[str, dict[str, Any]]:
    """Two who became partners a minute ago."""
    answers = full()
    answers["matching"]["/partnerships/mine"] = [PARTNERSHIP]
    answers["matching"] |= {"/proposals/mine": [], **NO_REQUESTS}
    answers["scheduling"] |= {
        "/meetings/mine": [],
        f"/partnerships/{PAIR}/agenda": {"items": [], "style": "questions", "agreed_style": "questions"},
        f"/partnerships/{PAIR}/series": {
            "cadence_weeks": None,
            "minutes": 45,
            "saved_minutes": 0,
            "met": 0,
            "last_met_at": None,
            "next_due_on": None,
            "meetings": [],
            "planned": [],
            "days_off": [],
        },
        f"/partnerships/{PAIR}/slots": NO_SLOTS,
    }
    answers["goals"] |= {
        "/goals/mine": [],
        f"/partnerships/{PAIR}/goals": [],
        f"/charters/{PAIR}": NO_CHARTER,
        f"/charters/{PAIR}/versions": [],
        "/feedback/due": [],
    }
    return answers
