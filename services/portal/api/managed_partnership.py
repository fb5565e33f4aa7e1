"""One pair as a programme's managers see it: how it is, until when it runs, and what can be done for the two."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.health import pair_rows, people_in
from services.portal.api.managing import attempt, card_of, programme_at, typed, words_of
from services.portal.api.page import Page, Signed
from services.portal.pages.form import Form
from services.portal.pages.words_manager import ended, health
from services.portal.pages.words_manager_enrolments import roles
from shared.errors import NotFound

router = APIRouter(prefix="/manage/programmes/{programme_id}/partnerships/{partnership_id}")

Deed = Literal["pause", "resume", "prolong", "end"]
DAYS = {"pause": "until", "prolong": "ends_on"}


@router.get("")
async def partnership(programme_id: str, partnership_id: str, page: Signed) -> Response:
    """How the two are, and what one can do."""
    return await _page(page, programme_id, partnership_id, Form())


@router.post("/{deed}")
async def change(programme_id: str, partnership_id: str, deed: Deed, page: Signed) -> Response:
    """Have the two pause, go on, take more time, or end it for them. Both are told, kindly."""
    form, words = typed(page), words_of(page)
    day = DAYS.get(deed, "")
    if day and not form.value(day):
        return await _page(page, programme_id, partnership_id, form.with_error(day, words.gettext("Choose a day.")))
    doing, toast = _deeds(page, partnership_id, form)[deed]
    tried = await attempt(page, doing(), form)
    if tried.refused:
        return await _page(page, programme_id, partnership_id, tried.form)
    here = f"/manage/programmes/{programme_id}"
    if deed == "end" and form.value("reason") not in {"completed", "left"}:
        pair = await page.matching.get(f"/partnerships/{partnership_id}")
        return page.go(f"{here}/offers/new?protege_id={quote(pair['protege_id'])}", toast=toast)
    return page.go(f"{here}/partnerships/{partnership_id}", toast=toast)


def _deeds(page: Page, partnership_id: str, form: Form) -> Mapping[str, tuple[Callable[[], Awaitable[Any]], str]]:
    """What is asked of matching for each, and what is said when it is done."""
    _, matching, here = words_of(page).gettext, page.matching, f"/partnerships/{partnership_id}"
    longer = {"ends_on": form.value("ends_on")}
    ending = {"reason": form.value("reason"), "words": form.value("words")}
    return {
        "pause": (partial(matching.post, f"{here}/pause", {"until": form.value("until")}), _("The two pause. Both are told.")),
        "resume": (partial(matching.post, f"{here}/resume"), _("The two go on. Both are told.")),
        "prolong": (partial(matching.post, f"{here}/prolong", longer), _("The two have more time. Both are told.")),
        "end": (partial(matching.post, f"{here}/end", ending), _("The partnership has ended. Both are told.")),
    }


async def _page(page: Page, programme_id: str, partnership_id: str, form: Form) -> Response:
    at = await programme_at(page, programme_id)
    pair = await page.matching.get(f"/partnerships/{partnership_id}")
    if pair["programme_id"] != programme_id:
        raise NotFound
    found = await page.part(page.goals.get(f"/programmes/{programme_id}/health"))
    people = await page.people([*people_in([pair]), pair.get("ended_by_id")])
    rows = pair_rows(page, at["href"], [one for one in found.value or [] if one["partnership_id"] == partnership_id], people)
    words = words_of(page)
    return page.render(
        "manager/partnership.html",
        status=422 if form.wrong else 200,
        programme=at,
        pair=pair,
        row=rows[0] if rows else None,
        silent=found.value is None,
        protege=card_of(people, pair["protege_id"]),
        mentor=card_of(people, pair["mentor_id"]),
        ended_by=card_of(people, pair["ended_by_id"]).name if pair.get("ended_by_id") else "",
        why_ended=ended(pair["reason"] or "", words),
        roles=roles(words, at["called"]),
        health=health(words),
        form=form,
    )
