"""What a match is weighed against: more or fewer people, more or fewer places, other weights."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.managing import attempt, card_of, programme_at, whole, words_of
from services.portal.api.match_runs.showing import HUNDREDTHS, change_rows, matching_name, page_of
from services.portal.api.page import Page, Signed
from services.portal.pages.form import Form
from services.portal.pages.pictures import Corner, Picture, Voice, quality_curve
from services.portal.pages.words_manager import criteria
from services.portal.pages.words_reasons import change, last_ones

router = APIRouter(prefix="/manage/runs/{run_id}")

HEAVIEST = 100
TOUCHED = 20
"""Of those whom other weights would touch, so many are named."""


@router.get("/trade-offs")
async def trade_offs(run_id: str, page: Signed, q: str = "", at: str = "") -> Response:
    """How good pairs could be with fewer people, and what one more or one fewer place with each mentor would change."""
    run = await page.matching.get(f"/runs/{run_id}/summary")
    programme = await programme_at(page, run["programme_id"])
    parts = await page.parts(curve=page.matching.get(f"/runs/{run_id}/curve"), places=page.matching.get(f"/runs/{run_id}/places"))
    curve, places = parts["curve"].value, parts["places"].value
    people = await page.people(one["mentor_id"] for one in places or [])
    voice = Voice.of(page.viewer)
    rows = [
        {
            **one,
            "mentor": card_of(people, one["mentor_id"]),
            "more": change(one["one_more"], voice),
            "fewer": change(one["one_fewer"], voice),
        }
        for one in places or []
        if matching_name(q, card_of(people, one["mentor_id"]).name)
    ]
    return page.render(
        "manager/run_trade_offs.html",
        programme=programme,
        run=run,
        silent=curve is None or places is None,
        picture=_curve(page, curve) if curve else None,
        last=last_ones(curve["corners"], voice) if curve else "",
        rows=page_of(rows, at),
        known=any(one["one_more"] for one in places or []),
        q=q,
    )


@router.get("/weights")
async def weights(run_id: str, page: Signed) -> Response:
    """Sliders for what counts; with the weights in the address, what a match with them would change."""
    run = await page.matching.get(f"/runs/{run_id}/summary")
    programme = await programme_at(page, run["programme_id"])
    names = criteria(words_of(page), programme["questions"])
    asked = {name: whole(page.request.query_params[name]) for name in names if name in page.request.query_params}
    now = _of_hundred(run["weights"], names)
    form = Form({f"weight_{name}": str(weight if weight is not None else 0) for name, weight in {**now, **asked}.items()})
    preview, people = None, {}
    if asked:
        chosen = {name: min(weight or 0, HEAVIEST) for name, weight in {**now, **asked}.items() if name in run["weights"] or weight}
        tried = await attempt(page, page.matching.post(f"/runs/{run_id}/preview", {"weights": chosen}), form)
        preview, form = tried.answer, tried.form
        people = await page.people(_people_in(preview)) if preview else {}
    return page.render(
        "manager/run_weights.html",
        programme=programme,
        run=run,
        form=form,
        names=names,
        preview=preview,
        changes=change_rows(preview["changes"], people)[:TOUCHED] if preview else [],
        people=people,
        asked=urlencode({name: weight for name, weight in {**now, **asked}.items() if weight}),
    )


def _curve(page: Page, curve: Mapping[str, Any]) -> Picture | None:
    corners = [Corner(people=one["people"], points=one["points"] / HUNDREDTHS) for one in curve["corners"]]
    if not any(corner.people for corner in corners) or not curve["people"]:
        return None
    return quality_curve(corners, Corner(people=curve["people"], points=curve["points"] / HUNDREDTHS), page.viewer)


def _of_hundred(weights: Mapping[str, int], names: Mapping[str, Any]) -> dict[str, int]:
    """Weights in ten-thousandths as the sliders show them."""
    return {name: round(weights.get(name, 0) / HUNDREDTHS) for name in names}


def _people_in(preview: Mapping[str, Any]) -> set[str]:
    partners = [partner["mentor_id"] for change in preview["changes"] for partner in [*change["before"], *change["after"]]]
    return {*partners, *(change["protege_id"] for change in preview["changes"]), *(one["mentor_id"] for one in preview["mentors"])}
