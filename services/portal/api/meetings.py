"""Meetings: the list, one meeting with its agenda, and what is said about it afterwards."""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.page import Page, Signed
from services.portal.api.participant import (
    attempt,
    instant,
    partner_id,
    programme_link,
    role_of,
    someones,
    soon,
    speech_of,
    status_of,
    typed,
    value,
)
from services.portal.api.preparing import prepared
from services.portal.pages import words_participant as words
from services.portal.pages.form import Form
from services.portal.pages.pictures_participant import DayOfBoth, day_picture

router = APIRouter(prefix="/meetings")

LOOK_BACK = timedelta(days=365)
LOOK_AHEAD = timedelta(days=365)


@router.get("")
async def meetings(page: Signed) -> Response:
    """What is ahead, what waits for an answer, what has been."""
    now = page.viewer.now
    parts = await page.parts(
        meetings=page.scheduling.get("/meetings/mine", **{"from": now - LOOK_BACK, "until": now + LOOK_AHEAD}),
        feedback=page.goals.get("/feedback/due"),
        partnerships=page.matching.get("/partnerships/mine"),
    )
    found = value(parts["meetings"], [])
    people = await someones(page, [person for meeting in found for person in (meeting["protege_id"], meeting["mentor_id"])])
    due = {one["meeting_id"] for one in value(parts["feedback"], [])}
    rows = [row(page, meeting, people, due) for meeting in found]
    ahead = [one for one in rows if one["state_code"] == "booked" and instant(one["ends_at"]) > now]
    past = [one for one in rows if one["starts_at"] and one not in ahead]
    running = [pair for pair in value(parts["partnerships"], []) if pair["state"] == "running"]
    return page.render(
        "participant/meetings.html",
        ahead=sorted(ahead, key=lambda one: instant(one["starts_at"])),
        proposed=[one for one in rows if one["state_code"] == "proposed"],
        past=sorted(past, key=lambda one: instant(one["starts_at"]), reverse=True),
        running=running,
        silent=parts["meetings"].problem is not None,
    )


def row(page: Page, meeting: Mapping[str, Any], people: Mapping[str, Any], due: set[str]) -> dict[str, Any]:
    state, tone = words.meeting_state(meeting["state"], speech_of(page))
    return {
        **meeting,
        "partner": people[partner_id(meeting, page.viewer.person_id)],
        "state_code": meeting["state"],
        "state_words": state,
        "tone": tone,
        "due": meeting["meeting_id"] in due,
    }


@router.get("/{meeting_id}")
async def meeting(page: Signed, meeting_id: str) -> Response:
    """One meeting."""
    return await meeting_page(page, meeting_id, Form())


async def meeting_page(
    page: Page,
    meeting_id: str,
    form: Form,
    agenda_form: Form | None = None,
    *,
    notes_form: Form | None = None,
    instead: Sequence[Mapping[str, Any]] = (),
) -> Response:
    found = await page.scheduling.get(f"/meetings/{meeting_id}")
    people = await someones(page, [found["protege_id"], found["mentor_id"]])
    partner, speech, now = people[partner_id(found, page.viewer.person_id)], speech_of(page), page.viewer.now
    pair_path = f"/partnerships/{found['partnership_id']}"
    parts = await page.parts(
        agenda=soon(page.scheduling.get(f"{pair_path}/agenda")),
        goals=soon(page.goals.get(f"{pair_path}/goals")),
        notes=page.scheduling.get(f"/meetings/{meeting_id}/notes"),
        mine=page.goals.get("/feedback/mine"),
        picture=day_of(page, found, partner),
    )
    over = found["state"] == "ended" or bool(found["ends_at"] and instant(found["ends_at"]) <= now)
    begun = bool(found["starts_at"] and instant(found["starts_at"]) <= now)
    said = next((one for one in value(parts["mine"], []) if one["meeting_id"] == meeting_id), None)
    state, tone = words.meeting_state(found["state"], speech)
    role, agenda = role_of(found, page.viewer.person_id), parts["agenda"].value
    prepare = prepared(agenda, parts["goals"].value, people[found["protege_id"]], page.viewer.person_id, speech)
    return page.render(
        "participant/meeting.html",
        status=status_of(page, wrong=form.wrong or agenda_form is not None or notes_form is not None),
        meeting=found,
        partner=partner,
        people=people,
        role=role,
        can=("order" if prepare and prepare["orders"] else "add") if found["state"] in {"booked", "proposed"} and not over else "",
        over=over,
        begun=begun,
        mine_to_pick=found["state"] == "proposed" and found["proposed_by_id"] != page.viewer.person_id,
        state=state,
        tone=tone,
        agenda=prepare,
        picture=parts["picture"].value,
        asks=over and found["state"] == "ended" and said is None and parts["mine"].value is not None,
        said=said,
        notes=parts["notes"].value,
        notes_form=notes_form or Form(),
        whys=words.whys(speech),
        remembered=words.remembered(found, people, page.viewer.person_id, speech),
        history=words.history(found, people, page.viewer.person_id, speech),
        given_back=words.given_back(found["saved_minutes"], speech),
        video_host=urlsplit(found["video_link"] or "").hostname,
        form=form,
        instead=[(at := instant(offer["starts_at"]), words.why_offered(offer["why"], speech), at.isoformat()) for offer in instead],
        agenda_form=agenda_form or Form(),
        programme=await programme_link(page, found["programme_id"]),
    )


async def day_of(page: Page, found: Mapping[str, Any], partner: Any) -> Any:
    """The two working days around a meeting to come; `None` for any other."""
    if found["state"] != "booked" or instant(found["starts_at"]) <= page.viewer.now:
        return None
    speech, starts_at, ends_at = speech_of(page), instant(found["starts_at"]), instant(found["ends_at"])
    first = speech.local(starts_at).date() - timedelta(days=1)
    query = {"from": first, "days": 3, "minutes": round((ends_at - starts_at) / timedelta(minutes=1))}
    slots = await soon(page.scheduling.get(f"/partnerships/{found['partnership_id']}/slots", **query))
    hours = {
        person["person_id"]: [(instant(span["start"]), instant(span["end"])) for span in person["working"]] for person in slots["people"]
    }
    day = DayOfBoth(
        starts_at=starts_at,
        ends_at=ends_at,
        yours=hours.get(page.viewer.person_id, []),
        theirs=hours.get(partner.id, []),
        partner=partner.first,
        partner_zone=partner.zone,
    )
    return day_picture(day, speech)


@router.post("/{meeting_id}/pick")
async def pick(page: Signed, meeting_id: str) -> Response:
    """One of the proposed times it is."""
    form, speech = typed(page), speech_of(page)
    if not form.value("starts_at"):
        return await meeting_page(page, meeting_id, form.with_error("starts_at", speech.gettext("Choose one of the times.")))
    doing = page.scheduling.post(f"/meetings/{meeting_id}/pick", {"starts_at": form.value("starts_at")})
    return await done(page, meeting_id, doing, speech.gettext("The meeting stands. Both of you get an invitation by mail."))


@router.post("/{meeting_id}/cancel")
async def cancel(page: Signed, meeting_id: str) -> Response:
    """It does not take place, and the other one is told."""
    doing = page.scheduling.post(f"/meetings/{meeting_id}/cancel", {})
    return await done(page, meeting_id, doing, speech_of(page).gettext("The meeting is cancelled. Your partner is told."))


async def done(page: Page, meeting_id: str, doing: Awaitable[Any], toast: str) -> Response:
    outcome = await attempt(page, doing)
    if outcome.refused:
        return await meeting_page(page, meeting_id, outcome.form, instead=outcome.next)
    return page.go(f"/meetings/{meeting_id}", toast=toast)


@router.post("/{meeting_id}/feedback")
async def feedback(page: Signed, meeting_id: str) -> Response:
    """Two taps and a private line."""
    form, speech = typed(page), speech_of(page)
    for name in ("worth_it", "did_as_agreed"):
        if form.value(name) not in {"yes", "no"}:
            form = form.with_error(name, speech.gettext("One tap is enough."))
    if form.wrong:
        return await meeting_page(page, meeting_id, form)
    said = {"worth_it": form.value("worth_it") == "yes", "did_as_agreed": form.value("did_as_agreed") == "yes", "line": form.value("line")}
    outcome = await attempt(page, page.goals.post(f"/meetings/{meeting_id}/feedback", said), form)
    if outcome.refused:
        return await meeting_page(page, meeting_id, outcome.form)
    return page.go(
        "/" if form.value("back") == "/" else f"/meetings/{meeting_id}", toast=speech.gettext("Thank you. That helps both of you.")
    )
