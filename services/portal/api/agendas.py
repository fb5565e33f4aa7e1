"""The agenda two partners share: the protégé orders it, the mentor may add."""

from collections.abc import Awaitable
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.meetings import meeting_page
from services.portal.api.page import Page, Signed
from services.portal.api.participant import Outcome, attempt, speech_of, typed, whole
from services.portal.api.partnerships import partnership_page
from services.portal.pages.form import Form

router = APIRouter(prefix="/partnerships/{partnership_id}/agenda")

STEPS_AT_ONCE = 10


@router.post("")
async def add(page: Signed, partnership_id: str) -> Response:
    """Bring a question, one's own or one that a goal suggests."""
    form = typed(page)
    text = (form.value("suggested") or form.value("text")).strip()
    if not text:
        return await shown_again(
            page, partnership_id, Outcome(form=form.with_error("text", speech_of(page).gettext("Write what you want to talk about.")))
        )
    item = {"text": text, "kind": "question", "goal_id": form.value("goal_id") or None}
    return await done(page, partnership_id, page.scheduling.post(f"/partnerships/{partnership_id}/agenda/items", item), form)


@router.post("/fill")
async def fill(page: Signed, partnership_id: str) -> Response:
    """Put the open steps of the protégé's goals on the agenda, those that are not on it yet. Of goals only the protégé sees, none."""
    speech = speech_of(page)
    goals = await page.goals.get(f"/partnerships/{partnership_id}/goals")
    agenda = await page.scheduling.get(f"/partnerships/{partnership_id}/agenda")
    there = {item["step_id"] for item in agenda["items"] if item["step_id"]}
    steps = [
        (goal["goal_id"], goal["next_step"])
        for goal in goals
        if goal["shared"] and goal["next_step"] and not goal["closed"] and goal["next_step"]["step_id"] not in there
    ]
    for goal_id, step in steps[:STEPS_AT_ONCE]:
        item = {"text": step["text"], "kind": "step", "goal_id": goal_id, "step_id": step["step_id"]}
        outcome = await attempt(page, page.scheduling.post(f"/partnerships/{partnership_id}/agenda/items", item))
        if outcome.refused:
            return await shown_again(page, partnership_id, outcome)
    if not steps:
        nothing = Form(message=speech.gettext("No open step is missing on the agenda."))
        return await shown_again(page, partnership_id, Outcome(form=nothing))
    return page.go(back(page, partnership_id))


@router.post("/style")
async def style(page: Signed, partnership_id: str) -> Response:
    """The next meeting is to be another kind of talk; what the charter says is no choice of its own."""
    agenda, chosen = await page.scheduling.get(f"/partnerships/{partnership_id}/agenda"), typed(page).value("style")
    wanted = {"style": None if chosen == agenda["agreed_style"] else chosen}
    return await done(page, partnership_id, page.scheduling.put(f"/partnerships/{partnership_id}/agenda/style", wanted))


@router.post("/{item_id}/done")
async def talked_about(page: Signed, partnership_id: str, item_id: str) -> Response:
    """A point has been talked about."""
    return await done(page, partnership_id, page.scheduling.post(f"/partnerships/{partnership_id}/agenda/items/{item_id}/done"))


@router.post("/{item_id}/move")
async def move(page: Signed, partnership_id: str, item_id: str) -> Response:
    """A point goes up or down."""
    to = whole(str(page.form.get("to", ""))) or 0
    return await done(page, partnership_id, page.scheduling.post(f"/partnerships/{partnership_id}/agenda/items/{item_id}/move", {"to": to}))


@router.post("/{item_id}/remove")
async def remove(page: Signed, partnership_id: str, item_id: str) -> Response:
    """A point is not needed any more."""
    return await done(page, partnership_id, page.scheduling.delete(f"/partnerships/{partnership_id}/agenda/items/{item_id}"))


async def done(page: Page, partnership_id: str, doing: Awaitable[Any], form: Form | None = None) -> Response:
    """Back to where the agenda was, or the same page with the reason why not."""
    outcome = await attempt(page, doing, form)
    if outcome.refused:
        return await shown_again(page, partnership_id, outcome)
    return page.go(back(page, partnership_id))


async def shown_again(page: Page, partnership_id: str, outcome: Outcome[Any]) -> Response:
    meeting_id = meeting_of(page)
    if meeting_id:
        return await meeting_page(page, meeting_id, Form(), outcome.form)
    return await partnership_page(page, partnership_id, outcome)


def back(page: Page, partnership_id: str) -> str:
    """The page the agenda was on: its meeting's, or the partnership's. No other address is taken from a form."""
    meeting_id = meeting_of(page)
    return f"/meetings/{meeting_id}" if meeting_id else f"/partnerships/{partnership_id}"


def meeting_of(page: Page) -> str:
    """The meeting whose page the agenda was on, if any."""
    _, slash, meeting_id = str(page.form.get("back", "")).partition("/meetings/")
    return meeting_id if slash and meeting_id.replace("-", "").isalnum() else ""
