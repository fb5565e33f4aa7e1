"""Every page of managers and administrators, opened by its own route."""

import json
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

from fastapi.responses import Response

from services.portal.api import (
    administration,
    enrolments,
    health,
    home_manager,
    imports,
    managed_requests,
    programmes,
    queue,
    style,
    undelivered,
)
from services.portal.api.importing import Preview
from services.portal.domain.people_import import Plan, Planned
from services.portal.domain.people_rows import WrongRow
from services.portal.domain.person import Record
from services.portal.handlers.imports import COLUMNS
from tests.unit.portal.pages.answers import NOW, PROGRAMME, a_programme
from tests.unit.portal.pages.enrolment_pages import ENROLMENT_FULL_ONLY, ENROLMENT_PAGES
from tests.unit.portal.pages.every_run_page import RUN_PAGES, RUN_PAGES_FULL_ONLY
from tests.unit.portal.pages.pair_pages import PAIR_FULL_ONLY
from tests.unit.portal.pages.settings_pages import SETTINGS_FULL_ONLY, SETTINGS_PAGES
from tests.unit.portal.pages.world import Company, refused

Opening = Callable[[Company], Awaitable[Response]]
ADMINISTRATOR = frozenset({"administrator"})
HEADERS = ("Pers.-Nr.", "Name", "Mail", "Vorgesetzte", "Ort", "Zeitzone", "Stufe", "Sprachen")
WRONG = (
    WrongRow(line=18, column="email", code="not_an_email", reason="", value="thordis.jonsdottir@"),
    WrongRow(line=44, column="zone", code="not_a_zone", reason="", value="Madrid", details={"suggestion": "Europe/Madrid"}),
    WrongRow(line=97, column="email", code="same_address", reason="", value="j.keller@a.b", details={"line": 31, "name": "Jürgen Keller"}),
    WrongRow(line=130, column="name", code="unreadable", reason="This cell is empty."),
    WrongRow(line=212, column="manager_id", code="unknown_manager", reason="", value="T-4711"),
    WrongRow(line=220, column="manager_id", code="circle", reason="", value="17", details={"way": "17 → 19 → 17"}),
)


def a_record(name: str) -> Record:
    return Record(employee_id=name, name=name, email="somebody@example.com", zone="Europe/Lisbon", languages=("en",))


def a_preview(*, full: bool, state: str = "preview", mapped: bool = True) -> Preview:
    changes = {"location": ("Plant Torino", "Plant Gdańsk"), "zone": ("Europe/Rome", "Europe/Warsaw"), "department": ("", "Finance")}
    rows = (
        Planned(line=2, kind="new", person_id="a", record=a_record("Yaw Boateng")),
        Planned(line=3, kind="changed", person_id="b", record=a_record("Chiara De Luca"), changes=changes),
        Planned(line=4, kind="unchanged", person_id="c", record=a_record("Siddharth Rao")),
    )
    guessed = {column.name: header for column, header in zip(COLUMNS, HEADERS, strict=False)}
    named = guessed | {"zone": "Zeitzone", "email": "Mail"} if mapped else {"name": "Name"}
    return Preview(
        import_id="import-1",
        file_name="people-october.csv",
        at=NOW,
        state=state,
        headers=HEADERS,
        mapping=named,
        plan=Plan(rows=rows if full else (), wrong=WRONG if full else ()),
        result={"new": 1, "changed": 1} if state == "done" else None,
    )


def importing(preview: Preview) -> Any:
    async def look(*_args: Any, **_named: Any) -> Preview:
        return preview

    return SimpleNamespace(look=look, name_columns=look, upload=look, commit=look)


async def enrolments_preview(company: Company, preview: dict[str, Any]) -> Response:
    company.matching.by_path[f"POST /programmes/{PROGRAMME}/enrolments/import"] = preview
    page = company.page(f"/manage/programmes/{PROGRAMME}/enrolments/import", {"table": "email;role\na@b.c;mentor", "filename": "list.csv"})
    return await enrolments.import_list(PROGRAMME, page)


async def import_step(company: Company, preview: Preview, step: str, **query: str) -> Response:
    company.people_import = importing(preview)
    if step == "columns":
        return await imports.columns("import-1", company.page())
    return await imports.check("import-1", company.page(), **query)


async def services(company: Company, *, well: bool) -> Response:
    async def get(url: str, **_named: Any) -> Any:
        ok = well or "goals" not in url
        told = {"status": "ok" if ok else "not ok", "parts": {"mongodb": "ok", "kafka": "ok" if ok else "no answer within 2 s"}}
        return SimpleNamespace(status_code=200 if ok else 503, content=json.dumps(told).encode())

    company.client = SimpleNamespace(get=get)
    return await administration.overview(company.page())


async def programme_in(company: Company, **changes: Any) -> Response:
    company.matching.by_path[f"/programmes/{PROGRAMME}"] = a_programme(**changes)
    return await programmes.programme(PROGRAMME, company.page())


async def request_in(company: Company, state: str) -> Response:
    return await managed_requests.request(PROGRAMME, f"request-{state}", company.page())


async def refused_closing(company: Company) -> Response:
    company.matching.by_path["POST /requests/request-with_manager/close"] = refused(
        422, words="Tell why, in a few kind words: the protégé reads them."
    )
    return await managed_requests.close(PROGRAMME, "request-with_manager", company.page("/manage/x", {"words": " "}))


async def discard_without_reason(company: Company) -> Response:
    return await administration.discard("matching", company.page("/administration/x", {"letter_id": "one", "reason": ""}))


async def in_development(company: Company) -> Response:
    company.settings.demo_clock = True
    return await style.style(company.page("/style"))


PREVIEW = {
    "new": 30,
    "changed": 2,
    "unchanged": 1,
    "wrong": [{"line": 4, "column": "email", "reason": "Nobody in Tandem has this address.", "value": "x@y.z"}],
    "rows": [
        {
            "line": 2,
            "person_id": "m1",
            "effect": "new",
            "capacity": None,
            "role": "mentor",
            "needs": [],
            "strengths": ["finance"],
            "goals": [],
        }
    ],
}
NOTHING = {"new": 0, "changed": 0, "unchanged": 0, "wrong": [], "rows": []}

PAGES: dict[str, Opening] = {
    **SETTINGS_PAGES,
    **ENROLMENT_PAGES,
    "parts": in_development,
    "home": lambda company: home_manager.manage(company.page()),
    "programmes": lambda company: programmes.programmes(company.page()),
    "programme": lambda company: programmes.programme(PROGRAMME, company.page()),
    "programme-draft": lambda company: programme_in(company, state="draft"),
    "programme-closed": lambda company: programme_in(company, state="closed"),
    "enrolments": lambda company: enrolments.enrolments(PROGRAMME, company.page(), enrolments.Search()),
    "enrolments-filtered": lambda company: enrolments.enrolments(
        PROGRAMME, company.page(), enrolments.Search(role="mentor", state="declined")
    ),
    "enrolments-import": lambda company: enrolments.import_form(PROGRAMME, company.page()),
    "enrolments-preview": lambda company: enrolments_preview(company, PREVIEW),
    "enrolments-preview-empty": lambda company: enrolments_preview(company, NOTHING),
    **RUN_PAGES,
    "partnerships": lambda company: health.partnerships(PROGRAMME, company.page()),
    "proposals": lambda company: health.proposals(PROGRAMME, company.page()),
    "tasks": lambda company: queue.tasks(company.page(), queue.Search()),
    "tasks-of-a-programme": lambda company: queue.tasks_of(PROGRAMME, company.page(), queue.Search()),
    "tasks-filtered": lambda company: queue.tasks(company.page(), queue.Search(cause="proposal_expiring")),
    "requests": lambda company: managed_requests.requests(PROGRAMME, company.page()),
    "requests-filtered": lambda company: managed_requests.requests(PROGRAMME, company.page(), state="asked"),
    "request-with-manager": lambda company: request_in(company, "with_manager"),
    "request-closing-refused": refused_closing,
    "people": lambda company: imports.people(company.page()),
    "people-for-a-programme": lambda company: imports.people(company.page(f"/manage/people?for={PROGRAMME}"), q="an"),
    "import-file": lambda company: imports.choose(company.page()),
    "import-columns": lambda company: import_step(company, a_preview(full=True, mapped=False), "columns"),
    "import-check": lambda company: import_step(company, a_preview(full=True), "check"),
    "import-changed": lambda company: import_step(company, a_preview(full=True), "check", show="changed"),
    "import-nothing": lambda company: import_step(company, a_preview(full=False), "check"),
    "import-done": lambda company: import_step(company, a_preview(full=True, state="done"), "check"),
    "services": lambda company: services(company, well=True),
    "services-down": lambda company: services(company, well=False),
    "roles": lambda company: administration.roles(company.page(), q="an"),
    "roles-unasked": lambda company: administration.roles(company.page()),
    "dead-letters": lambda company: administration.dead_letters(company.page()),
    "dead-letters-narrowed": lambda company: administration.dead_letters(
        company.page("/administration/dead-letters?state=gap&reason=partnership&since=yesterday")
    ),
    "audit": lambda company: administration.audit(company.page()),
    "dead-letter": lambda company: administration.dead_letter("matching", "one", company.page()),
    "dead-letter-refused": discard_without_reason,
    "undelivered": lambda company: undelivered.undelivered(company.page()),
}
FULL_ONLY: dict[str, Opening] = {
    **SETTINGS_FULL_ONLY,
    **RUN_PAGES_FULL_ONLY,
    **ENROLMENT_FULL_ONLY,
    **PAIR_FULL_ONLY,
    "request-overdue": lambda company: request_in(company, "escalated"),
    "request-asked": lambda company: request_in(company, "asked"),
    "request-proposed": lambda company: request_in(company, "proposed"),
    "request-accepted": lambda company: request_in(company, "accepted"),
    "request-closed": lambda company: request_in(company, "closed"),
}
