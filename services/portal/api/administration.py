"""What administrators see: whether all parts run, who may do what, and what got stuck."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.backends import SERVICES, BackendDown
from services.portal.api.managing import attempt, typed, words_of
from services.portal.api.page import Backend, Page, Part, Signed
from services.portal.domain.person import OnlyAdministratorsGrantRoles
from services.portal.handlers.people import GrantRoles, grant_roles
from services.portal.pages.form import Form
from services.portal.pages.sentences import said
from services.portal.pages.times import instant
from services.portal.pages.words_manager import audit_actions, letter_states, mail_states, parts_of_tandem, role_names
from shared.errors import NotAllowed, NotFound, Rejected
from shared.http import HTTPError

router = APIRouter(prefix="/administration")

PARTS = ("portal", *SERVICES)
LOOK_SECONDS = 4.0
FOUND = 50
SHORTEST_REASON = 3
PER_PAGE, LONGEST_FILTER = 50, 200
FILTERS = ("state", "topic", "type", "aggregate", "reason", "since")
STATES = ("parked", "waiting", "gap")


class OnlyForAdministrators(NotAllowed):
    """Only administrators see how Tandem runs."""


@router.get("")
async def overview(page: Signed) -> Response:
    """Say whether every part runs, and what is stuck."""
    must_administer(page)
    states = await asyncio.gather(*(ready(page, service) for service in PARTS))
    letters = await page.parts(**{service: backend(page, service).get("/dead-letters", limit=1) for service in SERVICES})
    deliveries = await page.part(page.notifications.get("/deliveries"))
    services = [
        {"name": service, "state": state, "letters": 0 if service == "portal" else _total(letters[service])}
        for service, state in zip(PARTS, states, strict=True)
    ]
    return page.render(
        "manager/administration.html",
        services=services,
        about=parts_of_tandem(words_of(page)),
        well=all(state["ok"] for state in states),
        stuck=sum(0 if part.value is None else _total(part) for part in letters.values()),
        mail_states=mail_states(words_of(page)),
        mails=Counter(one["state"] for one in deliveries.value) if deliveries.value is not None else None,
    )


@router.get("/roles")
async def roles(page: Signed, q: str = "") -> Response:
    """Who may do what."""
    must_administer(page)
    door = page.door
    found = await door.people.search(q[:200], FOUND) if q.strip() else []
    people = [person for row in found if (person := await door.people.one(row["_id"]))]
    return page.render(
        "manager/roles.html",
        q=q,
        people=[{"person": person, "roles": door.settings.roles_of(person)} for person in people],
        names=role_names(words_of(page)),
        most=FOUND,
    )


@router.post("/roles/{person_id}")
async def give(person_id: str, page: Signed) -> Response:
    """Exactly these roles, from the person's next click on."""
    must_administer(page)
    form = typed(page)
    words = words_of(page)
    command = GrantRoles(person_id=person_id, roles=frozenset(form.chosen("roles")), by_roles=page.viewer.roles)
    try:
        await page.door.service.run(grant_roles, command)
    except OnlyAdministratorsGrantRoles:
        raise
    except Rejected as rejected:
        return page.go("/administration/roles", toast=said(str(rejected), words))
    return page.go("/administration/roles", toast=words.gettext("Saved. It counts from their next click on."))


@router.get("/dead-letters")
async def dead_letters(page: Signed) -> Response:
    """What could not be taken in, oldest first; of all services in one list, by pages."""
    must_administer(page)
    asked = {name: page.request.query_params.get(name, "").strip()[:LONGEST_FILTER] for name in (*FILTERS, "service", "after")}
    form = Form(values=asked)
    since = _since(asked["since"])
    if asked["since"] and since is None:
        form = form.with_error("since", words_of(page).gettext("Write the day as 2026-11-20."))
    state = asked["state"] if asked["state"] in STATES else None
    query = {name: asked[name] or None for name in ("topic", "type", "aggregate", "reason", "after")}
    found = await page.parts(
        **{one: backend(page, one).get("/dead-letters", **query, state=state, since=since, limit=PER_PAGE) for one in SERVICES}
    )
    chosen = {one: part.value for one, part in found.items() if part.value is not None and asked["service"] in {"", one}}
    letters = sorted(({**letter, "service": one} for one, listed in chosen.items() for letter in listed["letters"]), key=_place)
    more = len(letters) > PER_PAGE or any(listed["next"] for listed in chosen.values())
    shown = letters[:PER_PAGE]
    return page.render(
        "manager/dead_letters.html",
        form=form,
        letters=shown,
        total=sum(listed["total"] for listed in chosen.values()),
        filtered=any(asked[name] for name in FILTERS),
        by_service={one: _total(part) for one, part in found.items()},
        by_state=sum((Counter(listed["by_state"]) for listed in chosen.values()), Counter()),
        asked=asked,
        at=lambda **other: _address({**asked, "after": "", **other}),
        after="~".join(_told(shown[-1])) if more and shown else None,
        states=letter_states(words_of(page)),
        silent=[one for one, part in found.items() if part.value is None],
        services=SERVICES,
    )


@router.get("/audit")
async def audit(page: Signed, after: str = "") -> Response:
    """What was done to what got stuck: by whom, when, why, and how many went through. Newest first."""
    must_administer_or_audit(page)
    found = await page.parts(
        **{one: backend(page, one).get("/audit", after=after[:LONGEST_FILTER] or None, limit=PER_PAGE) for one in SERVICES}
    )
    told = {one: part.value for one, part in found.items() if part.value is not None}
    rows = sorted(
        ({**row, "service": one} for one, listed in told.items() for row in listed["rows"]),
        key=lambda row: (instant(row["at"]), row["audit_id"]),
        reverse=True,
    )
    more = len(rows) > PER_PAGE or any(listed["next"] for listed in told.values())
    shown = rows[:PER_PAGE]
    people = {row["by"]: await page.door.people.one(row["by"]) for row in shown}
    return page.render(
        "manager/audit.html",
        rows=shown,
        names={by: person.name for by, person in people.items() if person},
        after=f"{instant(shown[-1]['at']).isoformat()}~{shown[-1]['audit_id']}" if more and shown else None,
        silent=[one for one, part in found.items() if part.value is None],
        actions=audit_actions(words_of(page)),
    )


@router.get("/dead-letters/{service}/{letter_id:path}")
async def dead_letter(service: str, letter_id: str, page: Signed) -> Response:
    """One of them. Never what it says."""
    must_administer(page)
    return await _letter_page(page, service, letter_id, Form())


@router.post("/dead-letters/{service}/replay")
async def replay(service: str, page: Signed) -> Response:
    """Run a queue again, in order."""
    must_administer(page)
    form, words = typed(page), words_of(page)
    order = {"aggregate": form.value("aggregate"), "without_missing": form.value("without_missing") == "yes"}
    tried = await attempt(page, backend(page, service).post("/dead-letters/replay", order))
    answer = tried.answer or {}
    done = answer.get("done", 0)
    if done:
        toast = words.ngettext("%(num)s went through.", "%(num)s went through.", done) % {"num": done}
    elif answer.get("missing"):
        toast = words.gettext("It still waits for event %(number)s.") % {"number": answer["missing"]}
    else:
        toast = words.gettext("It failed again. The reason is beside it.")
    return page.go(f"/administration/dead-letters?service={service}", toast=tried.refusal or toast)


@router.post("/dead-letters/{service}/discard")
async def discard(service: str, page: Signed) -> Response:
    """Give one up for a written reason; what waits behind it goes on."""
    must_administer(page)
    form = typed(page)
    letter_id, words = form.value("letter_id"), words_of(page)
    if len(form.value("reason").strip()) < SHORTEST_REASON:
        return await _letter_page(page, service, letter_id, form.with_error("reason", words.gettext("Write why, for whoever asks later.")))
    tried = await attempt(page, backend(page, service).post(f"/dead-letters/{letter_id}/discard", {"reason": form.value("reason")}), form)
    if tried.refused:
        return await _letter_page(page, service, letter_id, tried.form)
    return page.go(f"/administration/dead-letters?service={service}", toast=words.gettext("Given up. What waited behind it goes on."))


async def _letter_page(page: Page, service: str, letter_id: str, form: Form) -> Response:
    letter: Mapping[str, Any] = await backend(page, service).get(f"/dead-letters/{letter_id}")
    queue: Part[Mapping[str, Any]] = await page.part(backend(page, service).get("/dead-letters", aggregate=letter["aggregate"], limit=1))
    return page.render(
        "manager/dead_letter.html",
        status=422 if form.wrong else 200,
        letter=letter,
        service=service,
        states=letter_states(words_of(page)),
        behind=_total(queue) - 1 if letter["aggregate"] else 0,
        form=form,
    )


def _total(part: Part[Any]) -> int:
    """How many letters a service told of."""
    return int(part.value["total"]) if part.value is not None else 0


def _address(query: Mapping[str, str]) -> str:
    """The list, narrowed down."""
    return f"/administration/dead-letters?{urlencode({name: value for name, value in query.items() if value})}"


def _told(letter: Mapping[str, Any]) -> tuple[str, str]:
    """Where a letter stands in the list, in the services' own words."""
    return instant(letter["parked_at"]).isoformat(), letter["letter_id"]


def _place(letter: Mapping[str, Any]) -> tuple[datetime, str]:
    return instant(letter["parked_at"]), letter["letter_id"]


def _since(text: str) -> str | None:
    """The beginning of a day; None when it is none."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC).isoformat()
    except ValueError:
        return None


def must_administer_or_audit(page: Page) -> None:
    """Raises OnlyForAdministrators."""
    if "auditor" not in page.viewer.roles:
        must_administer(page)


def must_administer(page: Page) -> None:
    """Raises OnlyForAdministrators."""
    if not page.viewer.administers:
        raise OnlyForAdministrators


def backend(page: Page, service: str) -> Backend:
    """One of the services with letters of its own. Raises NotFound."""
    if service not in SERVICES:
        raise NotFound
    found: Backend = getattr(page, service)
    return found


async def ready(page: Page, service: str) -> dict[str, Any]:
    """Whether a service is ready, and which of its parts is not: asked without a token, as a supervisor does."""
    settings = page.door.settings
    address = f"http://{settings.host}:{settings.port}" if service == "portal" else settings.service_url(service)
    try:
        answer = await page.door.client.get(f"{address}/health/ready", timeout=LOOK_SECONDS)
        told = orjson.loads(answer.content)
    except (HTTPError, orjson.JSONDecodeError, BackendDown):
        return {"ok": False, "answers": False, "parts": {}, "address": address}
    return {"ok": answer.status_code == HTTPStatus.OK, "answers": True, "parts": told.get("parts", {}), "address": address}
