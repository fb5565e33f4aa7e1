"""Requests: where mine stands, and whom I am asked to be a mentor for."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.page import Page, Signed
from services.portal.api.participant import Outcome, Someone, attempt, instant, programme_link, someones, soon, speech_of
from services.portal.pages import words_participant as words
from services.portal.pages.form import Form
from services.portal.pages.pictures_participant import Speech

router = APIRouter(prefix="/requests")

OPEN = frozenset({"asked", "with_manager", "escalated", "proposed"})


@router.get("/{request_id}")
async def request(page: Signed, request_id: str) -> Response:
    """One request, as it is to whoever looks: to who asks, to a mentor who is asked, or to a manager."""
    return await request_page(page, request_id)


async def request_page(page: Page, request_id: str, outcome: Outcome[Any] | None = None) -> Response:
    found = await page.matching.get(f"/requests/{request_id}")
    form = outcome.form if outcome else Form()
    if found["role"] == "asker":
        return await _mine(page, found, form)
    if found["role"] == "mentor":
        return await _asked_of_me(page, found, form)
    return page.go(f"/manage/programmes/{found['programme_id']}/requests/{request_id}")


async def _mine(page: Page, found: Mapping[str, Any], form: Form) -> Response:
    speech = speech_of(page)
    people = await someones(page, mentors_of(found))
    waiting = _waiting(found)
    rows = [
        {
            "mentor": people[wish["mentor_id"]],
            "state": words.wish_state(wish["answer"], speech),
            "waits": wish["answer"] == "waiting",
            "first": wish["mentor_id"] in waiting[:1],
            "last": wish["mentor_id"] in waiting[-1:],
        }
        for wish in found["wishes"]
    ]
    return page.render(
        "participant/request.html",
        status=422 if form.wrong else 200,
        request=found,
        standing=words.request_standing(found, first_names(people), speech),
        rows=rows,
        open=found["state"] in OPEN,
        form=form,
        programme=await programme_link(page, found["programme_id"]),
    )


async def _asked_of_me(page: Page, found: Mapping[str, Any], form: Form) -> Response:
    speech = speech_of(page)
    people = await someones(page, [found["protege_id"]])
    protege = people[found["protege_id"]]
    cards = await page.people([protege.id])
    programme = (await page.part(soon(page.matching.get(f"/programmes/{found['programme_id']}")))).value
    return page.render(
        "participant/asked.html",
        status=422 if form.wrong else 200,
        request=found,
        protege=protege,
        title=words.would_like_you(protege.first, programme, speech),
        languages=[speech.tongue(code) for code in cards[protege.id].languages],
        reasons=words.reasons(found["reasons"], "mentor", protege.first, speech),
        asks=found["my_answer"] == "awaited",
        state=words.my_answer(found["my_answer"], speech),
        form=form,
        programme={"name": programme["name"], "href": f"/programmes/{found['programme_id']}"} if programme else None,
    )


@router.post("/{request_id}/wishes/{mentor_id}")
async def revise_wish(page: Signed, request_id: str, mentor_id: str) -> Response:
    """Ask a mentor who has not been asked yet earlier or later, or not at all."""
    waiting = _waiting(await page.matching.get(f"/requests/{request_id}"))
    order = in_new_order(waiting, mentor_id, str(page.form.get("deed", "")))
    return await _done(page, request_id, page.matching.put(f"/requests/{request_id}/order", {"mentor_ids": order}))


@router.post("/{request_id}/withdraw")
async def withdraw(page: Signed, request_id: str) -> Response:
    """Ask nobody any more."""
    toast = speech_of(page).gettext("Your request is taken back. Nobody is asked any more.")
    return await _done(page, request_id, page.matching.post(f"/requests/{request_id}/withdraw"), toast)


@router.post("/{request_id}/accept")
async def accept(page: Signed, request_id: str) -> Response:
    """Say yes as a mentor: the partnership begins."""
    outcome = await attempt(page, page.matching.post(f"/requests/{request_id}/accept"))
    if outcome.refused or outcome.answer is None:
        return await request_page(page, request_id, outcome)
    toast = speech_of(page).gettext("You are partners. Begin with your charter.")
    return page.go(f"/partnerships/{outcome.answer['partnership_id']}/charter", toast=toast)


@router.post("/{request_id}/decline")
async def decline(page: Signed, request_id: str) -> Response:
    """Say no as a mentor, with a reason for the programme's managers or without."""
    body = {"reason": str(page.form.get("reason", ""))}
    toast = speech_of(page).gettext("Your answer is noted. Thank you for saying so.")
    return await _done(page, request_id, page.matching.post(f"/requests/{request_id}/decline", body), toast)


async def _done(page: Page, request_id: str, doing: Awaitable[Any], toast: str | None = None) -> Response:
    """Back to the request, or the same page with the reason why not."""
    outcome = await attempt(page, doing)
    if outcome.refused:
        return await request_page(page, request_id, outcome)
    return page.go(f"/requests/{request_id}", toast=toast)


def _waiting(found: Mapping[str, Any]) -> list[str]:
    """The mentors whose turn is still to come."""
    return [wish["mentor_id"] for wish in found.get("wishes", []) if wish["answer"] == "waiting"]


def in_new_order(mentor_ids: Sequence[str], mentor_id: str, deed: str) -> list[str]:
    """The mentors with one of them a place "up" or "down", or left "out"."""
    order = [one for one in mentor_ids if one != mentor_id]
    if deed == "out" or len(order) == len(mentor_ids):
        return order
    place = mentor_ids.index(mentor_id) + {"up": -1, "down": 1}.get(deed, 0)
    order.insert(max(place, 0), mentor_id)
    return order


def mentors_of(found: Mapping[str, Any]) -> list[str]:
    """All mentors named in a request of one's own."""
    return [wish["mentor_id"] for wish in found["wishes"]]


def first_names(people: Mapping[str, Someone]) -> dict[str, str]:
    """What to call each of them."""
    return {person_id: somebody.first for person_id, somebody in people.items()}


def requests_waiting(
    asked: Sequence[Mapping[str, Any]], people: Mapping[str, Someone], programmes: Mapping[str, Any], speech: Speech
) -> list[dict[str, Any]]:
    """What one is asked as a mentor and has not answered yet, for the home page."""
    return [
        {
            "partner": people[one["protege_id"]],
            "title": words.would_like_you(people[one["protege_id"]].first, programmes.get(one["programme_id"]), speech),
            "about": speech.gettext("answer by %(day)s") % {"day": speech.weekday(speech.local(instant(one["deadline_at"])).date())},
            "action": speech.gettext("Look and answer"),
            "href": f"/requests/{one['request_id']}",
        }
        for one in asked
        if one["my_answer"] == "awaited"
    ]


def requests_under_way(mine: Sequence[Mapping[str, Any]], people: Mapping[str, Someone], speech: Speech) -> list[dict[str, Any]]:
    """Where one's own requests stand, for the home page."""
    return [
        {"href": f"/requests/{one['request_id']}", "standing": words.request_standing(one, first_names(people), speech)}
        for one in mine
        if one["state"] in OPEN
    ]
