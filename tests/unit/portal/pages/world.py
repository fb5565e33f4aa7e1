"""A small company that looks at the pages: the real routes and templates, with answers given here in the services' place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request

from services.portal.api.backends import BackendDown, BackendRefused, Problem
from services.portal.api.front_door import Visit
from services.portal.api.page import Page
from services.portal.domain.person import Person
from services.portal.domain.session import Session

NOW = datetime(2026, 10, 20, 7, 10, tzinfo=UTC)
NAMES = (
    "Linh Trần", "Amara Nwosu", "Bao Nguyen", "Katarzyna Wójcik", "Ahmed Bensalem", "Farid Rahimi", "Aroha Ngata", "Mateus Barros",
    "Yuki Tanaka", "Ana Kovač", "Camille Rousseau", "Thandiwe Dlamini", "Oluwaseun Adeyemi", "Milica Jovanović", "Diego Salas",
    "Hana Novotná", "Inês Carvalho", "Tomasz Zieliński", "Wilhelmina von Hohenstein-Papenbrock", "Þórdís Jónsdóttir",
)  # fmt: skip
MENTORS = (
    "Deborah Okafor", "Rui Pereira", "Hélène Marchand", "Aino Korhonen", "Marek Novák", "Kenji Watanabe", "Clara Weiss", "Petr Dvořák",
    "Ingrid Solberg", "Samuel Okello",
)  # fmt: skip
PLACES = (("Lisbon", "Europe/Lisbon"), ("Toronto", "America/Toronto"), ("Osaka", "Asia/Tokyo"), ("Nairobi", "Africa/Nairobi"))
DEPARTMENTS = ("Network planning", "Finance", "Process engineering", "People and culture")
MANAGER = "manager"
PROGRAMME = "engineering"


@dataclass
class Answers:
    """A service's answers by path. An exception is raised; what is not here is not found. `asked` is what was sent."""

    by_path: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    down: str = ""

    async def get(self, path: str, **query: Any) -> Any:
        return self._answer("GET", path, query)

    async def post(self, path: str, json: Any = None) -> Any:
        return self._answer("POST", path, json)

    async def put(self, path: str, json: Any = None) -> Any:
        return self._answer("PUT", path, json)

    async def upload(self, path: str, content: bytes, *, content_type: str, **query: Any) -> Any:
        return self._answer("POST", path, {"content": content, "content_type": content_type, **query})

    def _answer(self, method: str, path: str, sent: Any) -> Any:
        self.asked.append((method, path, sent))
        if self.down:
            raise BackendDown(self.down)
        found = self.by_path.get(f"{method} {path}" if method != "GET" else path)
        if isinstance(found, Exception):
            raise found
        if found is None and method == "GET":
            raise BackendRefused(Problem(status=404, title="Not found", detail=""))
        return found


def refused(status: int = 409, detail: str = "This cannot be done.", slug: str = "a-rule", **fields: str) -> BackendRefused:
    """A service's no."""
    from services.portal.api.backends import FieldError  # noqa: PLC0415 - beside its only use

    errors = tuple(FieldError(field=name.replace("__", "."), message=message) for name, message in fields.items())
    return BackendRefused(Problem(status=status, title=detail, detail=detail, slug=slug, errors=errors))


def person_row(place: int, name: str, person_id: str) -> dict[str, Any]:
    """What the portal keeps of somebody, as far as pages show it."""
    location, zone = PLACES[place % len(PLACES)]
    return {
        "_id": person_id,
        "name": name,
        "email": f"{person_id}@example.com",
        "department": DEPARTMENTS[place % len(DEPARTMENTS)],
        "location": location,
        "zone": zone,
        "level": place % 7,
        "languages": ["en", "de"],
        "active": True,
    }


class Company:
    """Its people, its services, and somebody who looks."""

    def __init__(self, *, locale: str = "en", roles: frozenset[str] = frozenset({"programme_manager"}), manages: bool = True) -> None:
        self.locale, self.roles, self.manages = locale, roles, manages
        self.matching, self.scheduling, self.goals, self.notifications = Answers(), Answers(), Answers(), Answers()
        rows = [person_row(place, name, f"p{place}") for place, name in enumerate(NAMES)]
        rows += [person_row(place + 1, name, f"m{place}") for place, name in enumerate(MENTORS)]
        rows.append(person_row(0, "Sofie Lindqvist", MANAGER))
        self.rows = {row["_id"]: row for row in rows}
        self.people_import: Any = None
        self.settings: Any = SimpleNamespace(
            host="127.0.0.1", port=8000, service_url=lambda service: f"http://{service}", roles_of=lambda person: frozenset(person.roles)
        )
        self.client: Any = None
        self.service: Any = None

    async def cards(self, ids: Any) -> list[dict[str, Any]]:
        return [self.rows[person_id] for person_id in ids if person_id in self.rows]

    async def search(self, text: str, limit: int) -> list[dict[str, Any]]:
        found = [row for row in self.rows.values() if text.casefold() in row["name"].casefold()]
        return sorted(found, key=lambda row: row["name"])[:limit]

    async def count(self) -> int:
        return len(self.rows)

    async def one(self, person_id: str) -> Person | None:
        row = self.rows.get(person_id)
        return a_person(row) if row else None

    def page(self, path: str = "/manage", form: Mapping[str, Any] | None = None, *, htmx: bool = False) -> Page:
        """Somebody opens a page, or sends a form."""
        url, _, query = path.partition("?")
        door = SimpleNamespace(
            backend=lambda service, _visit: getattr(self, service),
            people=self,
            people_import=self.people_import,
            settings=self.settings,
            client=self.client,
            service=self.service,
        )
        request = Request(
            {
                "type": "http",
                "method": "POST" if form is not None else "GET",
                "path": url,
                "query_string": query.encode(),
                "headers": [(b"hx-request", b"true")] if htmx else [],
                "app": SimpleNamespace(state=SimpleNamespace(front_door=door)),
            }
        )
        me = a_person(self.rows[MANAGER]).model_copy(update={"locale": self.locale, "zone": "Europe/Stockholm"})
        session = Session(
            id="s", person_id=MANAGER, issuer="i", subject="s", form_secret="secret", id_token=None, created_at=NOW, seen_at=NOW,
            ends_at=NOW + timedelta(hours=1),
        )  # fmt: skip
        visit = Visit(session=session, person=me, roles=self.roles, at=NOW)
        sent = FormData([(name, one) for name, value in (form or {}).items() for one in (value if isinstance(value, list) else [value])])
        return Page(request, visit, inbox_count=3, manages=self.manages, form=sent if form is not None else None)


def a_person(row: Mapping[str, Any]) -> Person:
    return Person(
        id=row["_id"],
        employee_id=row["_id"],
        name=row["name"],
        email=row["email"],
        department=row["department"],
        location=row["location"],
        zone=row["zone"],
        level=row["level"],
        languages=tuple(row["languages"]),
    )


# ---------------------------------------------------------------- what services answer


def a_programme(**changes: Any) -> dict[str, Any]:
    return {
        "programme_id": PROGRAMME,
        "name": "Engineering leaders 2026",
        "starts_on": "2026-06-02",
        "ends_on": "2027-03-31",
        "default_capacity": 2,
        "questions": [
            {"id": "q1", "label": "Which site do you like best?", "kind": "choice", "options": ["Lisbon", "Osaka"], "for_role": "both", "required": True},
        ],
        "weights": {"needs": 40, "goals": 20, "level": 15, "location": 15, "languages": 10},
        "rules": {"never_own_line": True, "shared_language": True},
        "state": "open",
        "manager_ids": [MANAGER],
        "is_manager": True,
        "my_role": None,
        **changes,
    }  # fmt: skip


def a_summary(**changes: Any) -> dict[str, Any]:
    return {
        "proteges": 20, "mentors": 10, "places": 22, "waiting_approval": 3, "proposals_open": 4, "partnerships_running": 12,
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
        "free_places": 1,
        "needs": ["leading former peers", "saying no early"] if role == "protege" else [],
        "strengths": ["leading former peers", "finance"] if role == "mentor" else [],
        "goals": ["lead a team of my own"] if role == "protege" else [],
        "answers": {"q1": "Lisbon"} if place % 3 == 0 else {},
    }


def a_pair(place: int, points: int, **changes: Any) -> dict[str, Any]:
    shares = {"needs": points * 45 // 100, "goals": points * 20 // 100, "level": points * 14 // 100, "location": points * 11 // 100}
    shares["languages"] = points - sum(shares.values())
    return {
        "protege_id": f"p{place}",
        "mentor_id": f"m{place % 8}",
        "points": points,
        "shares": shares,
        "reasons": {"needs": ["leading former peers"], "level": ["+2"], "location": ["6 h"], "languages": ["en", "de"]},
        "unanswered": ["goals"] if place == 2 else [],
        "locked": place == 1,
        "by_hand": place == 3,
        **changes,
    }


def a_run(state: str = "draft", **changes: Any) -> dict[str, Any]:
    pairs = [a_pair(place, 9_130 - 431 * place) for place in range(12)]
    return {
        "run_id": "run-3",
        "programme_id": PROGRAMME,
        "number": 3,
        "state": state,
        "requested_at": "2026-10-20T06:40:00+00:00",
        "progress": 64,
        "step": "solving",
        "pairs": pairs,
        "left_out": [
            {"person_id": "p12", "reason": "too_few_places", "detail": "", "rules": {"never_own_line": 2}},
            {"person_id": "p13", "reason": "no_eligible_mentor", "detail": "", "rules": {"shared_language": 8, "never_own_line": 2}},
            {"person_id": "p14", "reason": "by_hand", "detail": "", "rules": {}},
        ],
        "total_points": sum(pair["points"] for pair in pairs),
        "best_possible": sum(pair["points"] for pair in pairs),
        "coverage": {"paired": 12, "proteges": 15},
        "places": 22,
        "forbidden": [["p0", "m4"]],
        "previous_run_id": "run-2",
        "difference": {"added": [["p3", "m3"]], "removed": [["p3", "m5"]], "kept": 11},
        **changes,
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


def partnerships() -> list[dict[str, Any]]:
    return [
        {
            "partnership_id": row["partnership_id"],
            "programme_id": PROGRAMME,
            "protege_id": row["protege_id"],
            "mentor_id": row["mentor_id"],
            "state": "ended" if row["state"] == "ended" else "running",
            "started_at": (NOW - timedelta(days=140 - 9 * place)).isoformat(),
            "ended_at": (NOW - timedelta(days=30)).isoformat() if row["state"] == "ended" else None,
        }
        for place, row in enumerate(a_health())
    ]


def proposals() -> list[dict[str, Any]]:
    states = ("open", "open", "accepted", "declined", "expired", "withdrawn")
    return [
        {
            "proposal_id": f"proposal-{place}",
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
        }
        for place, state in enumerate(("parked", "waiting", "gap"))
    ]


def a_full_company(**who: Any) -> Company:
    """Everything there is to show."""
    company = Company(**who)
    company.matching.by_path = {
        "/programmes": [a_programme(), a_programme(programme_id="next", name="Next year", state="draft"), a_programme(programme_id="old", name="First steps 2025", state="closed")],
        f"/programmes/{PROGRAMME}": a_programme(),
        f"/programmes/{PROGRAMME}/summary": a_summary(),
        "/programmes/old/summary": a_summary(proteges=8, partnerships_running=0, waiting_approval=0, waiting=[]),
        f"/programmes/{PROGRAMME}/runs": [a_run(), a_run("superseded", run_id="run-2", number=2)],
        "/programmes/old/runs": [],
        f"/programmes/{PROGRAMME}/enrolments": [
            *(an_enrolment(place, "protege", "requested" if place > 16 else "approved") for place in range(20)),
            *(an_enrolment(place, "mentor", "withdrawn" if place > 8 else "approved") for place in range(10)),
        ],
        f"/programmes/{PROGRAMME}/proposals": proposals(),
        f"/programmes/{PROGRAMME}/partnerships": partnerships(),
        "/runs/run-3": a_run(),
        "/runs/run-3/candidates": [
            {"mentor_id": f"m{place}", "points": 9_000 - 700 * place, "shares": {}, "broken_rules": [] if place < 7 else ["never_own_line", "shared_language"], "free_places": place % 3}
            for place in range(10)
        ],
        "/dead-letters": letters(),
        "/dead-letters/one": letters()[0],
    }  # fmt: skip
    company.goals.by_path = {f"/programmes/{PROGRAMME}/health": a_health(), "/programmes/old/health": [], "/dead-letters": []}
    company.scheduling.by_path = {"/dead-letters": []}
    company.notifications.by_path = {"/dead-letters": [], "/deliveries": [{"state": "sent"}, {"state": "sent"}, {"state": "waiting"}]}
    return company


def an_empty_company(**who: Any) -> Company:
    """A programme in which nothing has happened yet."""
    company = Company(**who)
    nothing = a_summary(
        proteges=0, mentors=0, places=0, waiting_approval=0, proposals_open=0, partnerships_running=0, partnerships_ended=0, waiting=[]
    )
    company.matching.by_path = {
        "/programmes": [],
        f"/programmes/{PROGRAMME}": a_programme(questions=[]),
        f"/programmes/{PROGRAMME}/summary": nothing,
        f"/programmes/{PROGRAMME}/runs": [],
        f"/programmes/{PROGRAMME}/enrolments": [],
        f"/programmes/{PROGRAMME}/proposals": [],
        f"/programmes/{PROGRAMME}/partnerships": [],
        "/runs/run-3": a_run(
            pairs=[], left_out=[], coverage={"paired": 0, "proteges": 0}, total_points=0, best_possible=0, forbidden=[], previous_run_id=None, difference=None
        ),
        "/runs/run-3/candidates": [],
        "/dead-letters": [],
        "/dead-letters/one": letters()[0] | {"reason": None, "aggregate": None, "type": ""},
    }  # fmt: skip
    company.goals.by_path = {f"/programmes/{PROGRAMME}/health": [], "/dead-letters": []}
    company.scheduling.by_path = {"/dead-letters": []}
    company.notifications.by_path = {"/dead-letters": [], "/deliveries": []}
    return company


DEMO = Path(__file__).parents[4] / "deploy" / "local" / "people.csv"
