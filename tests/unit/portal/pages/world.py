"""A small company that looks at the pages: the real routes and templates, with answers given here in the services' place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request

from services.portal.api.backends import BackendDown, BackendRefused, FieldError, Problem
from services.portal.api.front_door import Visit
from services.portal.api.page import Page
from services.portal.domain.person import Person
from services.portal.domain.session import Session
from tests.unit.portal.pages.answers import (
    MANAGER,
    NOW,
    PROGRAMME,
    a_comparison,
    a_health,
    a_page_of_audit,
    a_page_of_letters,
    a_programme,
    a_request,
    a_standing,
    a_suggestion,
    a_summary,
    an_enrolment,
    an_outlook,
    audit_rows,
    letters,
    partnerships,
    proposals,
    tasks,
)
from tests.unit.portal.pages.run_answers import a_run, an_empty_run, run_answers

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


@dataclass
class Answers:
    """A service's answers by path. An exception is raised, a function called; what is not here is not found. `asked` is what was sent."""

    by_path: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    down: str = ""

    async def get(self, path: str, **query: Any) -> Any:
        found = self._answer("GET", path, query)
        if path.endswith("/enrolments"):
            return [one for one in found if all(one[name] == wanted for name, wanted in query.items())]
        return found

    async def post(self, path: str, json: Any = None) -> Any:
        return self._answer("POST", path, json)

    async def put(self, path: str, json: Any = None) -> Any:
        return self._answer("PUT", path, json)

    async def delete(self, path: str) -> Any:
        return self._answer("DELETE", path, None)

    async def upload(self, path: str, content: bytes, *, content_type: str, method: str = "POST", **query: Any) -> Any:
        return self._answer(method, path, {"content": content, "content_type": content_type, **query})

    async def download(self, path: str) -> bytes:
        return bytes(self._answer("GET", path, None))

    def _answer(self, method: str, path: str, sent: Any) -> Any:
        self.asked.append((method, path, sent))
        if self.down:
            raise BackendDown(self.down)
        found = self.by_path.get(f"{method} {path}" if method != "GET" else path)
        if isinstance(found, Exception):
            raise found
        if callable(found):
            return found(sent)
        if found is None and method == "GET":
            raise BackendRefused(Problem(status=404, title="Not found", detail=""))
        return found


def refused(status: int = 409, detail: str = "This cannot be done.", slug: str = "a-rule", **fields: str) -> BackendRefused:
    """A service's no."""
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


SHOWN_ENROLMENTS = [
    an_enrolment(12, "protege"),
    an_enrolment(17, "protege", "requested"),
    an_enrolment(2, "mentor"),
    an_enrolment(4, "mentor", "paused"),
    an_enrolment(9, "mentor", "withdrawn"),
]
REQUEST_STATES = ("with_manager", "escalated", "asked", "proposed", "accepted", "closed")
NOTHING_STUCK = {"/dead-letters": a_page_of_letters(), "/audit": a_page_of_audit()}


def a_full_company(**who: Any) -> Company:
    """Everything there is to show."""
    company = Company(**who)
    company.matching.by_path = {
        "/programmes": [
            a_programme(),
            a_programme(programme_id="next", name="Next year", state="draft"),
            a_programme(programme_id="old", name="First steps 2025", state="closed"),
        ],
        f"/programmes/{PROGRAMME}": a_programme(),
        f"/programmes/{PROGRAMME}/summary": a_summary(),
        "/programmes/old/summary": a_summary(proteges=8, partnerships_running=0, waiting_approval=0, waiting=[]),
        f"/programmes/{PROGRAMME}/runs": [a_run(), a_run("superseded", run_id="run-2", number=2)],
        "/programmes/old/runs": [],
        f"/programmes/{PROGRAMME}/enrolments": [
            *(an_enrolment(place, "protege", "requested" if place > 16 else "approved") for place in range(20)),
            *(an_enrolment(place, "mentor", "withdrawn" if place > 8 else "paused" if place == 4 else "approved") for place in range(10)),
        ],
        **{f"/enrolments/{one['enrolment_id']}": one for one in SHOWN_ENROLMENTS},
        **{f"/enrolments/{one['enrolment_id']}/standing": {"standing": None, "of": 4} for one in SHOWN_ENROLMENTS},
        "/enrolments/e-protege-12/standing": {"standing": a_standing(1, matching_on="2026-11-02", waits_for="matching_day"), "of": 4},
        f"/programmes/{PROGRAMME}/waiting-list": [a_standing(place) for place in range(1, 5)],
        f"/programmes/{PROGRAMME}/proposals": proposals(),
        f"/programmes/{PROGRAMME}/partnerships": partnerships(),
        **{f"/partnerships/{one['partnership_id']}": one for one in partnerships()},
        "/tasks/mine": tasks(),
        f"/programmes/{PROGRAMME}/tasks": tasks(),
        f"/programmes/{PROGRAMME}/outlook": an_outlook(),
        f"/programmes/{PROGRAMME}/words": ["public speaking", "presenting"],
        f"PUT /programmes/{PROGRAMME}/settings": a_comparison(),
        "/programmes/old/settings": b'name = "First steps 2025"',
        f"/programmes/{PROGRAMME}/settings": b'name = "Engineering leaders 2026"',
        "POST /programmes/from-settings": a_comparison(programme_id=None, changes=[]),
        f"/programmes/{PROGRAMME}/requests": [a_request(state) for state in REQUEST_STATES],
        **{f"/requests/request-{state}": a_request(state) for state in REQUEST_STATES},
        f"/programmes/{PROGRAMME}/mentor-suggestions": {"total": 3, "mentors": [a_suggestion(place) for place in range(3)]},
        **run_answers(a_run()),
        "/dead-letters": a_page_of_letters(*letters()),
        "/audit": a_page_of_audit(*audit_rows()),
        "/dead-letters/one": letters()[0],
    }
    company.goals.by_path = {
        f"/programmes/{PROGRAMME}/health": a_health(),
        f"/programmes/{PROGRAMME}/time": {"meetings": 124, "minutes": 5_310, "saved_minutes": 385},
        "/programmes/old/health": [],
        "/dead-letters": a_page_of_letters(),
        "/audit": a_page_of_audit(),
    }
    company.scheduling.by_path = {
        "/dead-letters": a_page_of_letters(),
        "/audit": a_page_of_audit(),
        "/deliveries": [a_delivery("calendar")],
    }
    mails = [a_delivery("mail", state) for state in ("sent", "sent", "waiting")]
    company.notifications.by_path = {**NOTHING_STUCK, "/deliveries": mails}
    for service in (company.matching, company.goals, company.scheduling, company.notifications):
        service.by_path = {"/deliveries": [], "/timers/failing": [], **service.by_path}
    company.matching.by_path["/timers/failing"] = [
        {"timer_id": "t", "kind": "proposal_deadline", "attempts": 2, "problem": "KeyError", "set_for": NOW.isoformat()}
    ]
    return company


def a_delivery(channel: str, state: str = "failed") -> dict[str, Any]:
    """Something that was to be sent, as the services tell of it."""
    return {
        "delivery_id": f"{channel}/1",
        "channel": channel,
        "state": state,
        "attempts": 3,
        "problem": "the calendar server said 507",
        "created_at": NOW.isoformat(),
    }


def an_empty_company(**who: Any) -> Company:
    """A programme in which nothing has happened yet."""
    company = Company(**who)
    nothing = a_summary(
        proteges=0,
        mentors=0,
        places=0,
        free_places=0,
        waiting_approval=0,
        proposals_open=0,
        partnerships_running=0,
        partnerships_ended=0,
        waiting=[],
    )
    company.matching.by_path = {
        "/programmes": [],
        f"/programmes/{PROGRAMME}": a_programme(questions=[]),
        f"/programmes/{PROGRAMME}/summary": nothing,
        f"/programmes/{PROGRAMME}/runs": [],
        f"/programmes/{PROGRAMME}/enrolments": [],
        f"/programmes/{PROGRAMME}/waiting-list": [],
        f"/programmes/{PROGRAMME}/proposals": [],
        f"/programmes/{PROGRAMME}/partnerships": [],
        "/tasks/mine": [],
        f"/programmes/{PROGRAMME}/tasks": [],
        f"/programmes/{PROGRAMME}/outlook": an_outlook(proteges=0, pairs=0, allowed=0, without_anybody=0, rules=[]),
        f"/programmes/{PROGRAMME}/words": [],
        f"PUT /programmes/{PROGRAMME}/settings": a_comparison(changes=[]),
        "POST /programmes/from-settings": a_comparison(programme_id=None, changes=[]),
        f"/programmes/{PROGRAMME}/requests": [],
        "/requests/request-with_manager": a_request(wishes=[]),
        f"/programmes/{PROGRAMME}/mentor-suggestions": {"total": 0, "mentors": []},
        **run_answers(an_empty_run()),
        "/dead-letters": a_page_of_letters(),
        "/audit": a_page_of_audit(),
        "/dead-letters/one": letters()[0] | {"reason": None, "aggregate": None, "type": ""},
    }
    company.goals.by_path = {
        f"/programmes/{PROGRAMME}/health": [],
        f"/programmes/{PROGRAMME}/time": {"meetings": 0, "minutes": 0, "saved_minutes": 0},
        **NOTHING_STUCK,
    }
    company.scheduling.by_path = {**NOTHING_STUCK}
    company.notifications.by_path = {**NOTHING_STUCK, "/deliveries": []}
    for service in (company.matching, company.goals, company.scheduling, company.notifications):
        service.by_path |= {"/deliveries": [], "/timers/failing": []}
    return company
