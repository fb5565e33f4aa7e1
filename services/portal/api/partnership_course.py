"""How a partnership goes on: a pause, coming back before its day, a later last day, and a kind end."""

from functools import partial
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.page import Page, Signed
from services.portal.api.participant import attempt, partner_id, role_of, someones, speech_of, typed
from services.portal.pages import words_participant as words
from services.portal.pages.form import Form

router = APIRouter(prefix="/partnerships/{partnership_id}")

Deed = Literal["pause", "resume", "prolong"]
DAYS = {"pause": "until", "prolong": "ends_on"}


@router.get("/course")
async def course(page: Signed, partnership_id: str) -> Response:
    """Until when it runs, and what the two can change about that."""
    return await _page(page, partnership_id, "participant/course.html", Form())


@router.post("/course/{deed}")
async def change(page: Signed, partnership_id: str, deed: Deed) -> Response:
    """Stand still before a day, go on before it, or have a later last day. Both are told."""
    form, speech = typed(page), speech_of(page)
    day = DAYS.get(deed, "")
    if day and not form.value(day):
        return await _page(page, partnership_id, "participant/course.html", form.with_error(day, speech.gettext("Pick a day.")))
    here = f"/partnerships/{partnership_id}"
    doing, toast = {
        "pause": (partial(page.matching.post, f"{here}/pause", {"until": form.value("until")}), speech.gettext("You two pause now.")),
        "resume": (partial(page.matching.post, f"{here}/resume"), speech.gettext("You two go on.")),
        "prolong": (
            partial(page.matching.post, f"{here}/prolong", {"ends_on": form.value("ends_on")}),
            speech.gettext("You have more time now."),
        ),
    }[deed]
    outcome = await attempt(page, doing(), form)
    if outcome.refused:
        return await _page(page, partnership_id, "participant/course.html", outcome.form)
    return page.go(here, toast=toast)


@router.get("/end")
async def ending(page: Signed, partnership_id: str) -> Response:
    """How the two part."""
    return await _page(page, partnership_id, "participant/end.html", Form())


@router.post("/end")
async def end(page: Signed, partnership_id: str) -> Response:
    """Part, for a reason that only the managers see, and say whether one wants somebody else."""
    form, speech = typed(page), speech_of(page)
    if not form.value("reason"):
        wrong = form.with_error("reason", speech.gettext("Choose the one that comes closest."))
        return await _page(page, partnership_id, "participant/end.html", wrong)
    rematch = {"yes": True, "no": False}.get(form.value("rematch"))
    body = {"reason": form.value("reason"), "rematch": rematch, "words": form.value("words")}
    outcome = await attempt(page, page.matching.post(f"/partnerships/{partnership_id}/end", body), form)
    if outcome.refused:
        return await _page(page, partnership_id, "participant/end.html", outcome.form)
    return page.go(f"/partnerships/{partnership_id}", toast=speech.gettext("The partnership has ended. Thank you both."))


async def _page(page: Page, partnership_id: str, template: str, form: Form) -> Response:
    pair: dict[str, Any] = await page.matching.get(f"/partnerships/{partnership_id}")
    people = await someones(page, [pair["protege_id"], pair["mentor_id"]])
    speech = speech_of(page)
    return page.render(
        template,
        status=422 if form.wrong else 200,
        pair=pair,
        me=people[page.viewer.person_id],
        partner=people[partner_id(pair, page.viewer.person_id)],
        role=role_of(pair, page.viewer.person_id),
        reasons=[(code, said, about) for code, (said, about) in words.end_reasons(speech).items()],
        form=form,
    )
