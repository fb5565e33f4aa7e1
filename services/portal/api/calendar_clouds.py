"""Connecting a calendar at Google or Microsoft: what Tandem would see, the way there, and the way back."""

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from services.portal.api.front_door import digest
from services.portal.api.page import Page, Signed
from services.portal.api.participant import attempt, speech_of
from services.portal.pages.form import Form
from services.portal.pages.words_participant import complaint

router = APIRouter(prefix="/me/calendars/cloud")

Cloud = Literal["google", "microsoft"]

NAMES = {"google": "Google Calendar", "microsoft": "Microsoft 365"}
"""As both are called in every language."""


@router.get("/{kind}")
async def before(page: Signed, kind: Cloud) -> Response:
    """What Tandem will see and what it will not, before anybody is sent away to agree to it."""
    return page.render("participant/calendar_cloud.html", kind=kind, name=NAMES[kind])


@router.get("/{kind}/go")
async def go(page: Signed, kind: Cloud, *, writes: bool = False) -> Response:
    """On to the cloud's own page. Nothing is changed before the person has agreed there."""
    wanted = {"writes": writes, "session": session_of(page)}
    outcome = await attempt(page, page.scheduling.post(f"/calendars/clouds/{kind}/consent", wanted), Form())
    if outcome.answer is None:
        return page.go("/me/calendars", toast=outcome.form.message)
    return RedirectResponse(outcome.answer["address"], status_code=303)


@router.get("/{kind}/connected")
async def connected(page: Signed, kind: Cloud, code: str = "", state: str = "", error: str = "") -> Response:
    """Back from there, with a code that is good for this session alone."""
    speech = speech_of(page)
    if error or not code:
        return page.go("/me/calendars", toast=speech.gettext("Nothing was connected: you did not agree to it there."))
    answered = {"code": code, "state": state, "session": session_of(page)}
    outcome = await attempt(page, page.scheduling.post(f"/calendars/clouds/{kind}/connection", answered), Form())
    if outcome.refused:
        said = outcome.form.message or next(iter(outcome.form.errors.values()), "")
        return page.go("/me/calendars", toast=complaint(said, speech))
    return page.go("/me/calendars", toast=speech.gettext("Your calendar is connected."))


def session_of(page: Page) -> str:
    """What scheduling binds a consent to: of the session in this browser, and not the session itself."""
    return digest(f"calendar/{page.visit.session.id}")
