"""Requests of protégés as a programme's managers see them: where each stands, and how to help at the end of its list."""

from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.managing import attempt, card_of, named, programme_at, typed, words_of
from services.portal.api.offers import fitting, suggested
from services.portal.api.page import Page, PersonCard, Signed
from services.portal.pages.form import Form
from services.portal.pages.words_manager_queue import close_reasons, request_follows, request_states, whose, wish_states

router = APIRouter(prefix="/manage/programmes/{programme_id}/requests")

SUGGESTED = 10
PER_PAGE = 40
NEEDING_HELP = frozenset({"with_manager", "escalated"})


@router.get("")
async def requests(programme_id: str, page: Signed, state: str = "", q: str = "", start: int = 0) -> Response:
    """All requests, those that wait for a manager in front, filtered by links and looked for by name."""
    at = await programme_at(page, programme_id)
    found = await page.part(page.matching.get(f"/programmes/{programme_id}/requests"))
    everything: Sequence[Mapping[str, Any]] = found.value or []
    states = request_states(words_of(page))
    order = {name: place for place, name in enumerate(states)}
    wanted = await named(page, [one for one in everything if state in {"", one["state"]}], q, lambda one: [one["protege_id"]])
    shown = sorted(wanted, key=lambda one: (order[one["state"]], one["deadline_at"] or ""))
    start = max(min(start, max(len(shown) - 1, 0)), 0)
    part = shown[start : start + PER_PAGE]
    people = await page.people([person_id for one in part for person_id in (one["protege_id"], *_asked(one))])
    return page.render(
        "manager/requests.html",
        programme=at,
        rows=[{**one, "protege": card_of(people, one["protege_id"]), "asked": _names(_asked(one), people)} for one in part],
        total=len(shown),
        everything=len(everything),
        counts=Counter(one["state"] for one in everything),
        states=states,
        state=state,
        q=q,
        start=start,
        per_page=PER_PAGE,
        silent=found.value is None,
    )


@router.get("/{request_id}")
async def request(programme_id: str, request_id: str, page: Signed) -> Response:
    """One request; when it waits for a manager, the mentors who would fit and the ways to help."""
    return await _page(page, programme_id, request_id, Form())


@router.post("/{request_id}/propose")
async def propose(programme_id: str, request_id: str, page: Signed) -> Response:
    """Propose the protégé and a mentor to each other."""
    body = {"mentor_id": typed(page).value("mentor_id")}
    toast = words_of(page).gettext("Both are asked. The partnership begins when both have said yes.")
    return await _done(page, programme_id, request_id, page.matching.post(f"/requests/{request_id}/propose", body), toast)


@router.post("/{request_id}/pair")
async def pair(programme_id: str, request_id: str, page: Signed) -> Response:
    """Bring the two together at once."""
    body = {"mentor_id": typed(page).value("mentor_id")}
    toast = words_of(page).gettext("The two are partners now. Both are told.")
    return await _done(page, programme_id, request_id, page.matching.post(f"/requests/{request_id}/pair", body), toast)


@router.post("/{request_id}/close")
async def close(programme_id: str, request_id: str, page: Signed) -> Response:
    """End the request with words that the protégé reads."""
    body = {"words": typed(page).value("words")}
    toast = words_of(page).gettext("The request is closed. The protégé reads your words.")
    return await _done(page, programme_id, request_id, page.matching.post(f"/requests/{request_id}/close", body), toast)


async def _done(page: Page, programme_id: str, request_id: str, doing: Awaitable[Any], toast: str) -> Response:
    tried = await attempt(page, doing)
    if tried.refused:
        return await _page(page, programme_id, request_id, tried.form)
    return page.go(f"/manage/programmes/{programme_id}/requests/{request_id}", toast=toast)


async def _page(page: Page, programme_id: str, request_id: str, form: Form) -> Response:
    at = await programme_at(page, programme_id)
    found = await page.matching.get(f"/requests/{request_id}")
    if found["role"] != "manager":
        return page.go(f"/requests/{request_id}")
    helps = found["state"] in NEEDING_HELP
    offered = await page.part(suggested(page, programme_id, found["protege_id"], limit=SUGGESTED)) if helps else None
    mentors: list[Mapping[str, Any]] = ((offered.value if offered else None) or {"mentors": []})["mentors"]
    wished = [wish["mentor_id"] for wish in found["wishes"]]
    people = await page.people([found["protege_id"], found["owner_id"], *wished, *(one["mentor_id"] for one in mentors)])
    words = words_of(page)
    return page.render(
        "manager/request.html",
        status=422 if form.wrong else 200,
        programme=at,
        request=found,
        protege=card_of(people, found["protege_id"]),
        state=request_states(words)[found["state"]],
        follows=request_follows(found["state"], words),
        whose=whose(found, page.viewer.person_id, card_of(people, found["owner_id"]).name if found["owner_id"] else "", words),
        reason=close_reasons(words).get(found["reason"] or "", ""),
        wishes=[
            {**wish, "mentor": card_of(people, wish["mentor_id"]), "said": wish_states(words)[wish["state"]]} for wish in found["wishes"]
        ],
        helps=helps,
        mentors=[fitting(page, one, people, at) for one in mentors],
        without_mentors=bool(offered and offered.problem),
        form=form,
    )


def _asked(request: Mapping[str, Any]) -> list[str]:
    """The mentor who is asked now, if there is one."""
    return [wish["mentor_id"] for wish in request["wishes"] if wish["state"] == "asked"]


def _names(person_ids: Sequence[str], people: Mapping[str, PersonCard]) -> str:
    return ", ".join(card_of(people, person_id).name for person_id in person_ids)
