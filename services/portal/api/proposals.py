"""Proposals: who it would be, why the two fit, yes or no."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.page import Page, Signed
from services.portal.api.participant import Outcome, attempt, instant, partner_id, someones, soon, speech_of
from services.portal.pages import words_participant as words
from services.portal.pages.form import Form

router = APIRouter(prefix="/proposals")


@router.get("")
async def proposals(page: Signed) -> Response:
    """All that the reader was asked, the open ones first."""
    parts = await page.parts(proposals=page.matching.get("/proposals/mine"), programmes=page.matching.get("/programmes"))
    found = parts["proposals"].value or []
    programmes = {one["programme_id"]: one for one in parts["programmes"].value or []}
    people = await someones(page, [person for proposal in found for person in (proposal["protege_id"], proposal["mentor_id"])])
    speech = speech_of(page)
    rows = []
    for proposal in sorted(found, key=lambda one: (one["state"] != "open", one["my_answer"] is not None)):
        state, tone = standing(proposal, page)
        partner = people[partner_id(proposal, page.viewer.person_id)]
        programme = programmes.get(proposal["programme_id"])
        as_what = words.your_partner("mentor" if proposal["my_role"] == "protege" else "protege", programme, speech)
        if number := proposal.get("round"):
            as_what = f"{as_what} · {speech.gettext('round %(num)s') % {'num': number}}"
        rows.append({"proposal_id": proposal["proposal_id"], "partner": partner, "as_what": as_what, "state": state, "tone": tone})
    return page.render("participant/proposals.html", rows=rows, silent=parts["proposals"].problem is not None)


@router.get("/{proposal_id}")
async def proposal(page: Signed, proposal_id: str) -> Response:
    """One proposal, with the question it asks."""
    return await proposal_page(page, proposal_id)


async def proposal_page(page: Page, proposal_id: str, outcome: Outcome[Any] | None = None) -> Response:
    found = await page.matching.get(f"/proposals/{proposal_id}")
    if found["my_role"] is None:
        return page.go(f"/manage/programmes/{found['programme_id']}/proposals")
    people = await someones(page, [found["protege_id"], found["mentor_id"]])
    partner, speech = people[partner_id(found, page.viewer.person_id)], speech_of(page)
    cards = await page.people([partner.id])
    programme = (await page.part(soon(page.matching.get(f"/programmes/{found['programme_id']}")))).value
    state, tone = standing(found, page)
    return page.render(
        "participant/proposal.html",
        title=words.could_be("mentor" if found["my_role"] == "protege" else "protege", partner.first, programme, speech),
        status=422 if outcome else 200,
        proposal=found,
        partner=partner,
        languages=[speech.tongue(code) for code in cards[partner.id].languages],
        reasons=words.reasons(found["reasons"], found["my_role"], partner.first, speech),
        asks=found["state"] == "open" and found["my_answer"] is None,
        state=state,
        tone=tone,
        late=instant(found["deadline_at"]) < page.viewer.now,
        form=outcome.form if outcome else Form(),
        programme={"name": programme["name"], "href": f"/programmes/{found['programme_id']}"} if programme else None,
    )


def standing(found: Mapping[str, Any], page: Page) -> tuple[str, str]:
    """Where a proposal stands, as its reader sees it."""
    speech = speech_of(page)
    if found["state"] == "open" and found["my_answer"] is not None:
        return speech.gettext("you said yes, the other answer is still to come"), ""
    return words.proposal_state(found["state"], speech)


@router.post("/{proposal_id}/accept")
async def accept(page: Signed, proposal_id: str) -> Response:
    """Say yes."""
    outcome = await attempt(page, page.matching.post(f"/proposals/{proposal_id}/accept"))
    if outcome.refused:
        return await proposal_page(page, proposal_id, outcome)
    started = (outcome.answer or {}).get("partnership_id")
    if started:
        return page.go(f"/partnerships/{started}/charter", toast=speech_of(page).gettext("You are partners. Begin with your charter."))
    return page.go(f"/proposals/{proposal_id}", toast=speech_of(page).gettext("Your yes is noted."))


@router.post("/{proposal_id}/decline")
async def decline(page: Signed, proposal_id: str) -> Response:
    """Say no, with a reason for the programme's managers."""
    reason = str(page.form.get("reason", ""))
    outcome = await attempt(page, page.matching.post(f"/proposals/{proposal_id}/decline", {"reason": reason}))
    if outcome.refused:
        return await proposal_page(page, proposal_id, outcome)
    return page.go(f"/proposals/{proposal_id}", toast=speech_of(page).gettext("Your answer is noted. Thank you for saying so."))
