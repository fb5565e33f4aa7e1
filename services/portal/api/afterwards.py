"""What becomes of meetings: ended early, missed or met after all, noted down, and what one writes about them."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.meetings import done, meeting_page
from services.portal.api.page import Page, Signed
from services.portal.api.participant import attempt, partner_id, programme_link, someones, speech_of, typed, whole
from services.portal.pages.form import Form

router = APIRouter()

USUAL_MINUTES = 45


@router.post("/meetings/{meeting_id}/end")
async def end(page: Signed, meeting_id: str) -> Response:
    """There is nothing more to talk about."""
    doing = page.scheduling.post(f"/meetings/{meeting_id}/end")
    return await done(page, meeting_id, doing, speech_of(page).gettext("The meeting is over. The rest of its time is yours again."))


@router.post("/meetings/{meeting_id}/missed")
async def missed(page: Signed, meeting_id: str) -> Response:
    """It did not take place. That is noted without blame."""
    doing = page.scheduling.post(f"/meetings/{meeting_id}/missed", {"why": typed(page).value("why")})
    return await done(page, meeting_id, doing, speech_of(page).gettext("Noted, without blame. Find the next time when you like."))


@router.post("/meetings/{meeting_id}/met")
async def met(page: Signed, meeting_id: str) -> Response:
    """It did take place, as far as one remembers."""
    doing = page.scheduling.post(f"/meetings/{meeting_id}/met")
    return await done(page, meeting_id, doing, speech_of(page).gettext("Noted. It counts as met once neither of you says otherwise."))


@router.post("/meetings/{meeting_id}/notes")
async def notes(page: Signed, meeting_id: str) -> Response:
    """One's own notes."""
    speech, sent = speech_of(page), typed(page)
    form = Form({name: sent.value(name) for name in ("words", "shared")})  # what is not ticked is not sent, and stays unticked
    wanted = {"text": form.value("words"), "shared": form.value("shared") == "yes"}
    outcome = await attempt(page, page.scheduling.put(f"/meetings/{meeting_id}/notes/mine", wanted), form)
    if outcome.refused:
        return await meeting_page(page, meeting_id, Form(), notes_form=outcome.form.with_error("words", outcome.form.error("text")))
    said = speech.gettext("Kept, and your partner can read it.") if wanted["shared"] else speech.gettext("Kept, for you alone.")
    return page.go(f"/meetings/{meeting_id}#notes", toast=said)


@router.get("/partnerships/{partnership_id}/held")
async def held(page: Signed, partnership_id: str) -> Response:
    """A form for a meeting that took place without having been arranged here."""
    return await held_page(page, partnership_id, Form())


async def held_page(page: Page, partnership_id: str, form: Form) -> Response:
    pair = await page.matching.get(f"/partnerships/{partnership_id}")
    people = await someones(page, [pair["protege_id"], pair["mentor_id"]])
    return page.render(
        "participant/held.html",
        status=422 if form.wrong else 200,
        pair=pair,
        partner=people[partner_id(pair, page.viewer.person_id)],
        form=form,
        today=speech_of(page).local(page.viewer.now).date(),
        usual=USUAL_MINUTES,
        programme=await programme_link(page, pair["programme_id"]),
    )


@router.post("/partnerships/{partnership_id}/held")
async def note_down(page: Signed, partnership_id: str) -> Response:
    """We have met without arranging it here."""
    form, speech = typed(page), speech_of(page)
    starts_at = when(form, page.viewer.zone)
    if starts_at is None:
        return await held_page(page, partnership_id, form.with_error("on", speech.gettext("Say on which day, and when it began.")))
    minutes = whole(form.value("minutes"))
    if minutes is None:
        wrong = form.with_error("minutes", speech.gettext("Write a number of minutes, for example 45."))
        return await held_page(page, partnership_id, wrong)
    body = {"starts_at": starts_at.isoformat(), "minutes": minutes, "place": form.value("place")}
    outcome = await attempt(page, page.scheduling.post(f"/partnerships/{partnership_id}/meetings/held", body), form)
    if outcome.refused or outcome.answer is None:
        at_the_time = outcome.form.error("starts_at")
        return await held_page(page, partnership_id, outcome.form.with_error("on", at_the_time) if at_the_time else outcome.form)
    return page.go(f"/meetings/{outcome.answer['meeting_id']}", toast=speech.gettext("Noted. It counts like any other meeting."))


def when(form: Form, zone: str) -> datetime | None:
    """The day and time of a form by the reader's clock; None when there is no such day or time."""
    try:
        return datetime.combine(date.fromisoformat(form.value("on")), time.fromisoformat(form.value("at")), ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
