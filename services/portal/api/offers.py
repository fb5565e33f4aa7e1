"""Pairing two by hand: who fits a protégé, best first, and asking both."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.portal.api.managing import attempt, card_of, lines, programme_at, typed, words_of
from services.portal.api.page import BackendRefused, Page, PersonCard, Signed
from services.portal.pages.form import Form
from services.portal.pages.times import locale_of
from services.portal.pages.words_manager import criteria, why_fitting
from services.portal.pages.words_manager_enrolments import crowds

router = APIRouter(prefix="/manage/programmes/{programme_id}/offers")

HUNDREDTHS = 100
"""Matching counts in hundredths of a point."""
PER_PAGE = 20


class Search(BaseModel):
    """For whom one looks, and what their partner should be good at."""

    protege_id: str = ""
    words: str = ""
    full: str = ""
    start: int = Field(default=0, ge=0, le=10_000)


@router.get("/new")
async def new_offer(programme_id: str, page: Signed, search: Annotated[Search, Query()]) -> Response:
    """Who could be the partner of somebody who waits. Whose partner, is chosen on the waiting list."""
    if not search.protege_id:
        return page.go(f"/manage/programmes/{programme_id}/waiting")
    form = Form({"words": search.words, "full": search.full})
    return await _page(page, programme_id, search.protege_id, form, start=search.start)


@router.post("/new")
async def offer(programme_id: str, page: Signed) -> Response:
    """Ask these two. A mentor's place may be offered to several; the first two yeses have it."""
    form = typed(page)
    body = {"protege_id": form.value("protege_id"), "mentor_id": form.value("mentor_id")}
    tried = await attempt(page, page.matching.post(f"/programmes/{programme_id}/offers", body), form)
    if tried.refused:
        return await _page(page, programme_id, body["protege_id"], tried.form)
    toast = words_of(page).gettext("Both are asked. The partnership begins when both have said yes.")
    return page.go(f"/manage/programmes/{programme_id}/proposals", toast=toast)


async def _page(page: Page, programme_id: str, protege_id: str, form: Form, *, start: int = 0) -> Response:
    at = await programme_at(page, programme_id)
    wanted: dict[str, Any] = {"words": lines(form.value("words")), "full": form.value("full") == "yes", "limit": PER_PAGE, "after": start}
    tried = await attempt(page, page.part(suggested(page, programme_id, protege_id, **wanted)), form)
    found = tried.answer.value if tried.answer else None
    mentors = (found or {}).get("mentors", [])
    people = await page.people([protege_id, *(one["mentor_id"] for one in mentors)])
    return page.render(
        "manager/offer.html",
        status=422 if tried.form.wrong else 200,
        programme=at,
        form=tried.form,
        protege=card_of(people, protege_id),
        mentors=[fitting(page, one, people, at) for one in mentors],
        total=(found or {}).get("total", 0),
        crowd=crowds(words_of(page), at["called"])["peer" if at["form"] == "peer" else "mentor"],
        start=start,
        per_page=PER_PAGE,
        silent=tried.answer is not None and tried.answer.problem is not None,
    )


async def suggested(page: Page, programme_id: str, protege_id: str, **wanted: Any) -> Mapping[str, Any]:
    """The mentors who fit best; nobody for who does not take part as a protégé any more."""
    try:
        found: Mapping[str, Any] = await page.matching.get(
            f"/programmes/{programme_id}/mentor-suggestions", **{"limit": PER_PAGE, **wanted}, protege_id=protege_id
        )
    except BackendRefused as refused:
        if refused.fields:
            raise
        return {"total": 0, "mentors": []}
    return found


def fitting(page: Page, found: Mapping[str, Any], people: Mapping[str, PersonCard], programme: Mapping[str, Any]) -> dict[str, Any]:
    """A mentor with the points of the pair and what speaks for it, criterion by criterion."""
    words, locale = words_of(page), locale_of(page.viewer.locale)
    called = criteria(words, programme["questions"])
    why = [(called[name][0], why_fitting(name, said, words, locale)) for name, said in found["reasons"].items() if said and name in called]
    return {**found, "mentor": card_of(people, found["mentor_id"]), "shown": round(found["points"] / HUNDREDTHS), "why": why}
