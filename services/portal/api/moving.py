"""What one says to a meeting that stands: whether one comes, and whether it may stay where it is."""

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.meetings import done
from services.portal.api.page import Signed
from services.portal.api.participant import speech_of

router = APIRouter(prefix="/meetings/{meeting_id}")


@router.post("/keep")
async def keep(page: Signed, meeting_id: str) -> Response:
    """It stays where it is."""
    doing = page.scheduling.post(f"/meetings/{meeting_id}/keep", {})
    return await done(page, meeting_id, doing, speech_of(page).gettext("The meeting stays where it is."))


@router.post("/answer")
async def answer(page: Signed, meeting_id: str) -> Response:
    """Whether one comes."""
    speech, coming = speech_of(page), str(page.form.get("coming") or "")
    doing = page.scheduling.post(f"/meetings/{meeting_id}/answer", {"coming": coming})
    cannot = speech.gettext("Noted. Your partner gets other times to choose from.")
    return await done(page, meeting_id, doing, cannot if coming == "declined" else speech.gettext("Noted. Your partner sees it."))
