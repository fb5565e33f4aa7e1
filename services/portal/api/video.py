"""Whether calls are made for the reader's meetings that have no place, and where."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.page import Page, Signed
from services.portal.api.participant import attempt, speech_of, typed
from services.portal.pages.form import Form
from services.portal.pages.pictures_participant import Speech

router = APIRouter(prefix="/me/video")

NONE = "none"


@router.get("")
async def video(page: Signed) -> Response:
    """What one can have, and what one has chosen."""
    return await video_page(page, Form())


async def video_page(page: Page, form: Form) -> Response:
    """With what was chosen and refused, if anything was."""
    part = await page.part(page.scheduling.get("/video/mine"))
    return page.render(
        "participant/video.html",
        status=422 if form.wrong else 200,
        form=form,
        found=part.value,
        options=options(part.value, speech_of(page)) if part.value else [],
    )


def options(found: Mapping[str, Any], speech: Speech) -> list[tuple[str, str, str]]:
    """Each kind that can be had, and none."""
    about = {
        "meet": ("Google Meet", speech.gettext("Made together with the entry in your Google calendar.")),
        "teams": ("Microsoft Teams", speech.gettext("Made together with the entry in your Microsoft calendar.")),
        "zoom": ("Zoom", speech.gettext("Made in your account there.")),
        "jitsi": ("Jitsi Meet", speech.gettext("A room of its own for each meeting, whose name nobody can guess.")),
        NONE: (speech.gettext("No call"), speech.gettext("You say yourselves where you meet.")),
    }
    return [(kind, *about[kind]) for kind in [*found["offered"], NONE]]


@router.post("")
async def choose(page: Signed) -> Response:
    """From the next meeting on."""
    form = typed(page)
    outcome = await attempt(page, page.scheduling.put("/video/mine", {"kind": form.value("kind", NONE)}), form)
    if outcome.refused:
        return await video_page(page, outcome.form)
    return page.go("/me", toast=speech_of(page).gettext("Kept. It counts for meetings that are arranged from now on."))
