"""The charter: three steps to write it, a review, a signature or a change, and every version there was."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portal.api.page import BackendRefused, Page, Signed
from services.portal.api.participant import (
    NOT_FOUND,
    Someone,
    attempt,
    partner_id,
    programme_link,
    role_of,
    someones,
    speech_of,
    typed,
    whole,
)
from services.portal.pages import words_participant as words
from services.portal.pages.form import Form
from services.portal.pages.pictures_participant import Speech

router = APIRouter(prefix="/partnerships/{partnership_id}/charter")

Step = Literal["needs", "trust", "ground_rules"]
STEPS: tuple[Step, ...] = ("needs", "trust", "ground_rules")
FIELDS: dict[str, tuple[str, ...]] = {
    "needs": ("protege_needs", "mentor_offers", "success"),
    "trust": ("openness", "when_stuck"),
    "ground_rules": ("cadence_weeks", "minutes", "agenda_style", "confidentiality", "between_meetings", "cancel_notice_hours"),
}
USUAL: dict[str, str] = {
    "cadence_weeks": "4",
    "minutes": "45",
    "agenda_style": "questions",
    "confidentiality": "between_us",
    "cancel_notice_hours": "24",
}
CADENCES = (1, 2, 3, 4, 5, 6)
LENGTHS = (30, 45, 60, 90)


@router.get("")
async def charter(page: Signed, partnership_id: str) -> Response:
    """The charter as it stands, and what the reader can do with it."""
    return await charter_page(page, partnership_id, Form())


async def charter_page(page: Page, partnership_id: str, form: Form) -> Response:
    pair, partner, people = await the_two(page, partnership_id)
    found = await charter_of(page, partnership_id)
    speech, current, signed = speech_of(page), found["current"], found["signed"]
    waiting = found["state"] == "proposed"
    return page.render(
        "participant/charter.html",
        status=422 if form.wrong else 200,
        pair=pair,
        partner=partner,
        people=people,
        charter=found,
        running=pair["state"] != "ended",
        mine_to_sign=waiting and current["proposed_by_id"] != page.viewer.person_id,
        waiting=waiting,
        says=words.charter_changes(None, current, speech) if current else [],
        changes=words.charter_changes(signed, current, speech) if waiting and signed else [],
        form=form,
        programme=await programme_link(page, pair["programme_id"]),
    )


async def charter_of(page: Page, partnership_id: str) -> Mapping[str, Any]:
    """The charter; an empty one for a partnership goals has not heard of yet, seconds after the start."""
    try:
        found: Mapping[str, Any] = await page.goals.get(f"/charters/{partnership_id}")
    except BackendRefused as refused:
        if refused.problem.status != NOT_FOUND:
            raise
        return {"partnership_id": partnership_id, "state": "empty", "current": None, "signed": None}
    return found


async def the_two(page: Page, partnership_id: str) -> tuple[dict[str, Any], Someone, dict[str, Someone]]:
    pair = await page.matching.get(f"/partnerships/{partnership_id}")
    people = await someones(page, [pair["protege_id"], pair["mentor_id"]])
    return pair, people[partner_id(pair, page.viewer.person_id)], people


@router.get("/edit")
async def edit(page: Signed, partnership_id: str) -> Response:
    """Write it, beginning with what is there."""
    found = await charter_of(page, partnership_id)
    return await step_page(page, partnership_id, "needs", Form(written(found["current"] or found["signed"])))


def written(version: Mapping[str, Any] | None) -> dict[str, Any]:
    """A version as the fields of the three steps."""
    values: dict[str, Any] = dict(USUAL)
    for part, names in FIELDS.items():
        values |= {name: str(version[part][name]) for name in names if version}
    return {**values, "based_on": str(version["version"]) if version else "0"}


async def step_page(page: Page, partnership_id: str, step: Step, form: Form) -> Response:
    """One of the three steps; what the others hold travels along in the form."""
    pair, partner, people = await the_two(page, partnership_id)
    speech, role = speech_of(page), role_of(pair, page.viewer.person_id)
    protege = people[pair["protege_id"]]
    return page.render(
        "participant/charter_step.html",
        status=422 if form.wrong else 200,
        pair=pair,
        partner=partner,
        role=role,
        step=step,
        at=STEPS.index(step),
        steps=STEPS,
        carried=[name for other in STEPS if other != step for name in FIELDS[other]],
        form=form,
        labels=labels(speech),
        cadences=[(weeks, words.cadence(weeks, speech).capitalize(), None) for weeks in CADENCES],
        lengths=[(minutes, speech.gettext("%(minutes)s minutes") % {"minutes": minutes}, None) for minutes in LENGTHS],
        styles=[
            (code, *words.agenda_style(code, protege.first, speech, mine=role == "protege"))
            for code in ("questions", "goals_and_progress", "open")
        ],
        secrecy=[(code, *words.confidentiality(code, speech)) for code in ("between_us", "ask_first", "open")],
    )


def labels(speech: Speech) -> dict[str, str]:
    """The fields a refusal may name, as the person knows them."""
    return {
        "protege_needs": speech.gettext("What the protégé needs"),
        "cadence_weeks": speech.gettext("How often you meet"),
        "minutes": speech.gettext("How long"),
        "cancel_notice_hours": speech.gettext("How early you tell each other"),
    }


@router.post("/edit")
async def go_on(page: Signed, partnership_id: str, to: Annotated[Step | None, Query()] = None) -> Response:
    """From one step to the next or back; from the last one to the other's signature."""
    form, speech = typed(page), speech_of(page)
    if to:
        if to != "needs" and not form.value("protege_needs").strip():
            wrong = form.with_error("protege_needs", speech.gettext("Write at least one sentence. It is what everything else stands on."))
            return await step_page(page, partnership_id, "needs", wrong)
        return await step_page(page, partnership_id, to, form)
    hours = whole(form.value("cancel_notice_hours"))
    if hours is None:
        wrong = form.with_error("cancel_notice_hours", speech.gettext("Write a number of hours, for example 24."))
        return await step_page(page, partnership_id, "ground_rules", wrong)
    proposal = {part: {name: form.value(name) for name in names} for part, names in FIELDS.items()}
    numbers = {name: whole(form.value(name)) for name in ("cadence_weeks", "minutes", "cancel_notice_hours")}
    proposal["ground_rules"] |= numbers  # type: ignore[arg-type]  # figures beside the words
    outcome = await attempt(
        page,
        page.goals.post(f"/charters/{partnership_id}/propose", {**proposal, "based_on": whole(form.value("based_on"))}),
        form,
    )
    if outcome.refused:
        wrong_step: Step = next((part for part in STEPS if any(name in outcome.form.errors for name in FIELDS[part])), "ground_rules")
        return await step_page(page, partnership_id, wrong_step, outcome.form)
    return page.go(
        f"/partnerships/{partnership_id}/charter", toast=speech.gettext("Signed by you and sent. Now it is up to the other one.")
    )


@router.post("/sign")
async def sign(page: Signed, partnership_id: str) -> Response:
    """Agree to the version the reader has in front of them."""
    version = whole(str(page.form.get("version", "")))
    outcome = await attempt(page, page.goals.post(f"/charters/{partnership_id}/sign", {"version": version}))
    if outcome.refused:
        return await charter_page(page, partnership_id, outcome.form)
    toast = speech_of(page).gettext("Signed by you both. Tandem now offers times in this rhythm.")
    return page.go(f"/partnerships/{partnership_id}/charter", toast=toast)


@router.get("/versions")
async def versions(page: Signed, partnership_id: str) -> Response:
    """Every version, the newest first, each with what it changed."""
    pair, partner, people = await the_two(page, partnership_id)
    found = await page.goals.get(f"/charters/{partnership_id}/versions")
    speech = speech_of(page)
    before = {version["version"]: version for version in found}
    rows = [
        {
            **version,
            "by": people[version["proposed_by_id"]],
            "changes": words.charter_changes(before.get(version["version"] - 1), version, speech),
            "first": version["version"] == 1,
        }
        for version in found
    ]
    return page.render("participant/charter_versions.html", pair=pair, partner=partner, rows=rows)
