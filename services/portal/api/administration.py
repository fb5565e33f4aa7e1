"""What administrators see: whether all parts run, who may do what, and what got stuck."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.backends import SERVICES, BackendDown
from services.portal.api.managing import attempt, typed, words_of
from services.portal.api.match_runs import refusal_of
from services.portal.api.page import Backend, Page, Part, Signed
from services.portal.domain.person import OnlyAdministratorsGrantRoles
from services.portal.handlers.people import GrantRoles, grant_roles
from services.portal.pages.form import Form
from services.portal.pages.sentences import said
from services.portal.pages.words_manager import letter_states, mail_states, parts_of_tandem, role_names
from shared.errors import NotAllowed, NotFound, Rejected
from shared.http import HTTPError

router = APIRouter(prefix="/administration")

PARTS = ("portal", *SERVICES)
LOOK_SECONDS = 4.0
FOUND = 50
SHORTEST_REASON = 3


class OnlyForAdministrators(NotAllowed):
    """Only administrators see how Tandem runs."""


@router.get("")
async def overview(page: Signed) -> Response:
    """Say whether every part runs, and what is stuck."""
    must_administer(page)
    states = await asyncio.gather(*(ready(page, service) for service in PARTS))
    letters = await page.parts(**{service: backend(page, service).get("/dead-letters") for service in SERVICES})
    deliveries = await page.part(page.notifications.get("/deliveries"))
    services = [
        {"name": service, "state": state, "letters": None if service == "portal" else letters[service].value}
        for service, state in zip(PARTS, states, strict=True)
    ]
    return page.render(
        "manager/administration.html",
        services=services,
        about=parts_of_tandem(words_of(page)),
        well=all(state["ok"] for state in states),
        stuck=sum(len(one["letters"] or []) for one in services),
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
async def dead_letters(page: Signed, service: str = "", state: str = "") -> Response:
    """What could not be taken in, oldest first."""
    must_administer(page)
    found = await page.parts(**{one: backend(page, one).get("/dead-letters") for one in SERVICES})
    letters = [{**letter, "service": one} for one, part in found.items() for letter in part.value or []]
    shown = [letter for letter in letters if service in {"", letter["service"]} and state in {"", letter["state"]}]
    return page.render(
        "manager/dead_letters.html",
        letters=sorted(shown, key=lambda letter: str(letter["parked_at"])),
        everything=len(letters),
        by_service=Counter(letter["service"] for letter in letters),
        by_state=Counter(letter["state"] for letter in letters if service in {"", letter["service"]}),
        service=service,
        state=state,
        states=letter_states(words_of(page)),
        silent=[one for one, part in found.items() if part.value is None],
        services=SERVICES,
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
    tried = await attempt(page, backend(page, service).post("/dead-letters/replay", {"aggregate": typed(page).value("aggregate")}))
    words = words_of(page)
    done = (tried.answer or {}).get("done", 0)
    toast = (
        words.ngettext("%(num)s went through.", "%(num)s went through.", done) % {"num": done}
        if done
        else words.gettext("It failed again. The reason is beside it.")
    )
    return page.go(f"/administration/dead-letters?service={service}", toast=refusal_of(tried.form.message, tried.form.errors) or toast)


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
    behind: Part[Sequence[Mapping[str, Any]]] = await page.part(backend(page, service).get("/dead-letters", state="waiting"))
    return page.render(
        "manager/dead_letter.html",
        status=422 if form.wrong else 200,
        letter=letter,
        service=service,
        states=letter_states(words_of(page)),
        behind=sum(one["aggregate"] == letter["aggregate"] for one in behind.value or []),
        form=form,
    )


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
