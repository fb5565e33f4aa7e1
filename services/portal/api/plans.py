"""Several meetings at once: a plan to propose, or one that waits for an answer."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portal.api.page import Page, Signed
from services.portal.api.participant import attempt, partner_id, programme_link, someones, soon, speech_of, typed, whole
from services.portal.pages.form import Form

router = APIRouter(prefix="/partnerships/{partnership_id}/plan")

COUNTS = (3, 4, 6, 8, 12)
USUAL_COUNT = 6


@router.get("")
async def plan(
    page: Signed,
    partnership_id: str,
    sessions: Annotated[int, Query(ge=1, le=12)] = USUAL_COUNT,
    least: Annotated[int | None, Query(ge=1, le=92)] = None,
    most: Annotated[int | None, Query(ge=1, le=92)] = None,
) -> Response:
    """The plan that waits, or one to propose."""
    return await plan_page(page, partnership_id, Form(), {"sessions": sessions, "least": least, "most": most})


async def plan_page(page: Page, partnership_id: str, form: Form, wished: Mapping[str, int | None]) -> Response:
    path = f"/partnerships/{partnership_id}"
    pair = await page.matching.get(path)
    people = await someones(page, [pair["protege_id"], pair["mentor_id"]])
    partner, speech = people[partner_id(pair, page.viewer.person_id)], speech_of(page)
    standing = await page.part(soon(page.scheduling.get(f"{path}/plan")))
    waits = standing.value is not None and standing.value["state"] == "open"
    ask = not waits and standing.value is not None
    found = (await page.part(soon(page.scheduling.get(f"{path}/plan/suggestion", **wished)))).value if ask else None
    apart = [
        (speech.gettext("Every week"), 5, 9),
        (speech.gettext("Every two weeks"), 11, 17),
        (speech.gettext("Every month"), 28, 35),
        (speech.gettext("Every four to six weeks"), 28, 42),
    ]
    chosen = (found["least_days"], found["most_days"]) if found else (wished["least"], wished["most"])
    count = wished["sessions"] or USUAL_COUNT
    return page.render(
        "participant/plan.html",
        status=422 if form.wrong else 200,
        pair=pair,
        partner=partner,
        here=f"{path}/plan",
        waits=standing.value if waits else None,
        mine=waits and standing.value is not None and standing.value["by_id"] == page.viewer.person_id,
        found=found,
        moves=sum(session["moved"] for session in found["sessions"]) if found else 0,
        arranged=found is not None and all(session["meeting_id"] and not session["moved"] for session in found["sessions"]),
        counts=[(str(number), _query(number, *chosen), None, number == count) for number in COUNTS],
        apart=[(name, _query(count, least, most), None, (least, most) == chosen) for name, least, most in apart],
        form=form,
        programme=await programme_link(page, pair["programme_id"]),
    )


def _query(sessions: int, least: int | None, most: int | None) -> str:
    return f"?sessions={sessions}" + (f"&least={least}&most={most}" if least and most else "")


@router.post("")
async def propose(page: Signed, partnership_id: str) -> Response:
    """All of it, to be agreed to; or booked at once."""
    form, speech = typed(page), speech_of(page)
    starts, book = form.chosen("starts"), form.value("book") == "yes"
    asked: dict[str, Any] = {
        "starts": starts,
        "meeting_ids": [one or None for one in form.chosen("meeting_ids")],
        "minutes": whole(form.value("minutes")) or 0,
        "least_days": whole(form.value("least_days")) or 0,
        "most_days": whole(form.value("most_days")) or 0,
        "book": book,
    }
    outcome = await attempt(page, page.scheduling.post(f"/partnerships/{partnership_id}/plan", asked), form)
    if outcome.refused:
        wished = {"sessions": len(starts) or USUAL_COUNT, "least": asked["least_days"] or None, "most": asked["most_days"] or None}
        return await plan_page(page, partnership_id, Form(message=outcome.form.message or _first(outcome.form)), wished)
    booked = speech.gettext("All of them stand. Both of you get invitations by mail.")
    return page.go(
        f"/partnerships/{partnership_id}" if book else f"/partnerships/{partnership_id}/plan",
        toast=booked if book else speech.gettext("Proposed. You hear from us as soon as there is an answer."),
    )


@router.post("/agree")
async def agree(page: Signed, partnership_id: str) -> Response:
    """All of it stands."""
    toast = speech_of(page).gettext("All of them stand. Both of you get invitations by mail.")
    return await _answer(page, partnership_id, "agree", toast)


@router.post("/decline")
async def decline(page: Signed, partnership_id: str) -> Response:
    """None of it."""
    return await _answer(page, partnership_id, "decline", speech_of(page).gettext("None of them was arranged."))


async def _answer(page: Page, partnership_id: str, what: str, toast: str) -> Response:
    outcome = await attempt(page, page.scheduling.post(f"/partnerships/{partnership_id}/plan/{what}"))
    if outcome.refused:
        wished = {"sessions": USUAL_COUNT, "least": None, "most": None}
        return await plan_page(page, partnership_id, Form(message=outcome.form.message or _first(outcome.form)), wished)
    return page.go(f"/partnerships/{partnership_id}" if what == "agree" else f"/partnerships/{partnership_id}/plan", toast=toast)


def _first(form: Form) -> str:
    return next(iter(form.errors.values()), "")
