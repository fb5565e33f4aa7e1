"""One person's part in a programme, and the waiting list, as managers see and change them."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.managing import attempt, card_of, named, programme_at, typed, whole, words_of
from services.portal.api.page import Page, Signed
from services.portal.pages.form import Form
from services.portal.pages.words_manager_enrolments import crowds, enrolment_states, places_in_queue, roles, waited_for
from shared.errors import NotFound

router = APIRouter(prefix="/manage/programmes/{programme_id}")

PER_PAGE = 40
Deed = Literal["pause", "resume", "sit-out", "sit-in", "capacity", "withdraw"]


@router.get("/waiting")
async def waiting(programme_id: str, page: Signed, q: str = "", start: int = 0) -> Response:
    """Who waits for a partner, the first in front, why there, and what is waited for."""
    at = await programme_at(page, programme_id)
    found = await page.part(page.matching.get(f"/programmes/{programme_id}/waiting-list"))
    everybody: list[Mapping[str, Any]] = found.value or []
    shown = await named(page, everybody, q, lambda one: [one["person_id"]])
    start = max(min(start, max(len(shown) - 1, 0)), 0)
    part = shown[start : start + PER_PAGE]
    people = await page.people(one["person_id"] for one in part)
    words = words_of(page)
    return page.render(
        "manager/waiting.html",
        programme=at,
        rows=[{**one, "person": card_of(people, one["person_id"])} for one in part],
        total=len(shown),
        everybody=len(everybody),
        q=q,
        start=start,
        per_page=PER_PAGE,
        because=places_in_queue(words),
        waits_for=waited_for(words),
        silent=found.value is None,
    )


@router.get("/enrolments/{enrolment_id}")
async def enrolment(programme_id: str, enrolment_id: str, page: Signed) -> Response:
    """What somebody said, where they stand, and what can be changed for them."""
    return await _page(page, programme_id, enrolment_id, Form())


@router.post("/enrolments/{enrolment_id}/{deed}")
async def change(programme_id: str, enrolment_id: str, deed: Deed, page: Signed) -> Response:
    """Have somebody stand aside or come back, change a mentor's places, or take somebody out."""
    form, words = typed(page), words_of(page)
    wrong = _unreadable(deed, form)
    if wrong:
        complaint = words.gettext("Choose a day.") if wrong == "until" else words.gettext("Write a whole number.")
        return await _page(page, programme_id, enrolment_id, form.with_error(wrong, complaint))
    doing, toast = _deeds(page, enrolment_id, form)[deed]
    tried = await attempt(page, doing(), form)
    if tried.refused:
        return await _page(page, programme_id, enrolment_id, tried.form)
    return page.go(f"/manage/programmes/{programme_id}/enrolments/{enrolment_id}", toast=toast)


def _unreadable(deed: str, form: Form) -> str:
    """The field that is missing, or is no figure."""
    if deed == "pause" and not form.value("until"):
        return "until"
    return "capacity" if deed == "capacity" and whole(form.value("capacity")) is None else ""


def _deeds(page: Page, enrolment_id: str, form: Form) -> Mapping[str, tuple[Callable[[], Awaitable[Any]], str]]:
    """What is asked of matching for each, and what is said when it is done."""
    _, matching, here = words_of(page).gettext, page.matching, f"/enrolments/{enrolment_id}"
    return {
        "pause": (partial(matching.post, f"{here}/pause", {"until": form.value("until")}), _("The pause is set. The person is told.")),
        "resume": (partial(matching.post, f"{here}/resume"), _("The pause is over. The person is told.")),
        "sit-out": (partial(matching.post, f"{here}/sit-out"), _("Left out of the next match.")),
        "sit-in": (partial(matching.delete, f"{here}/sit-out"), _("In the next match after all.")),
        "capacity": (
            partial(matching.put, f"{here}/capacity", {"capacity": whole(form.value("capacity"))}),
            _("The places are changed. Nobody loses a partner by it."),
        ),
        "withdraw": (partial(matching.post, f"{here}/withdraw"), _("This person does not take part any more.")),
    }


async def _page(page: Page, programme_id: str, enrolment_id: str, form: Form) -> Response:
    at = await programme_at(page, programme_id)
    found = await page.matching.get(f"/enrolments/{enrolment_id}")
    if found["programme_id"] != programme_id:
        raise NotFound
    standing = await page.part(page.matching.get(f"/enrolments/{enrolment_id}/standing"))
    person = card_of(await page.people([found["person_id"]]), found["person_id"])
    words = words_of(page)
    return page.render(
        "manager/enrolment.html",
        status=422 if form.wrong else 200,
        programme=at,
        enrolment=found,
        person=person,
        role=roles(words, at["called"])[found["role"]],
        crowds=crowds(words, at["called"]),
        state=enrolment_states(words)[found["state"]],
        questions={question["id"]: question for question in at["questions"]},
        standing=(standing.value or {}).get("standing"),
        of=(standing.value or {}).get("of", 0),
        because=places_in_queue(words),
        waits_for=waited_for(words),
        form=form,
    )
