"""Why these two, why not those, why somebody is left out and what would change it."""

from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.managing import card_of, programme_at, words_of
from services.portal.api.match_runs.cards import left_out_card, pair_card
from services.portal.api.match_runs.draft import whole_match
from services.portal.api.match_runs.showing import HUNDREDTHS, Whole, matching_name, page_of
from services.portal.api.page import BackendDown, BackendRefused, Page, PersonCard, Signed
from services.portal.pages.people import first_name
from services.portal.pages.pictures import Voice
from services.portal.pages.sentences import said
from services.portal.pages.words_manager import broken_rule, left_out_reason
from services.portal.pages.words_reasons import change, remedy
from services.portal.pages.words_reasons import why_not as said_why_not
from shared.errors import NotFound

router = APIRouter(prefix="/manage/runs/{run_id}")

CHANGEABLE = frozenset({"draft", "undone"})
MOST_NAMESAKES = 20
OF_A_GROUP = 20
"""So many of those who share a lack of places are named."""


@router.get("/pairs/{protege_id}")
async def pair(run_id: str, protege_id: str, page: Signed, mentor_id: str = "") -> Response:
    """One pair: its points by criterion, and what stood in the way of the next best mentors."""
    run, programme = await _run(page, run_id)
    told = await page.matching.get(f"/runs/{run_id}/pairs/{protege_id}", mentor_id=mentor_id or None)
    others = told["alternatives"]
    people = await page.people([told["pair"]["protege_id"], told["pair"]["mentor_id"], *(one["mentor_id"] for one in others)])
    words, voice = words_of(page), Voice.of(page.viewer)
    return page.render(
        "manager/run_pair.html",
        programme=programme,
        run=run,
        pair=pair_card(page, told["pair"], people, programme, run["weights"]),
        broken=[broken_rule(rule, words) for rule in told["broken_rules"]],
        alternatives=[
            {
                "mentor": card_of(people, one["mentor_id"]),
                "shown": round(one["points"] / HUNDREDTHS),
                "rules": [broken_rule(rule, words) for rule in one["broken_rules"]],
                "price": change(one["price"], voice),
            }
            for one in others
        ],
        may_change=run["state"] in CHANGEABLE,
    )


@router.get("/left-out")
async def left_out(run_id: str, page: Signed, reason: str = "", q: str = "", at: str = "") -> Response:
    """Everybody who has nobody, by reason."""
    run, programme = await _run(page, run_id)
    found = await whole_match(page, run_id)
    words = words_of(page)
    rows = [{**one, "who": card_of(found.people, one["person_id"])} for one in found.run["left_out"]]
    counts = Counter(one["reason"] for one in rows)
    chosen = [one for one in rows if (not reason or one["reason"] == reason) and matching_name(q, one["who"].name)]
    return page.render(
        "manager/run_left_out.html",
        programme=programme,
        run=run,
        rows=page_of(sorted(chosen, key=lambda one: one["who"].name), at),
        counts=counts.most_common(),
        reason_words={code: left_out_reason(code, words) for code in counts},
        in_all=len(rows),
        reason=reason,
        q=q,
    )


@router.get("/left-out/{person_id}")
async def one_left_out(run_id: str, person_id: str, page: Signed) -> Response:
    """Why one has nobody, who shares that, and the single changes that would help."""
    run, programme = await _run(page, run_id)
    words, voice = words_of(page), Voice.of(page.viewer)
    told, unknown = await _what_would_help(page, run_id, person_id)
    one, group = told["left_out"], None
    if one["group"] and one["group"].get("number") is not None:
        group = (await page.part(page.matching.get(f"/runs/{run_id}/groups/{one['group']['number']}"))).value
    ids = [person_id, *((group or {}).get("protege_ids", [])[:OF_A_GROUP]), *((group or {}).get("mentor_ids", [])[:OF_A_GROUP])]
    ids += [*(one["group"] or {}).get("mentor_ids", []), *(help_["mentor_id"] for help_ in told["would_help"])]
    people = await page.people(ids)
    return page.render(
        "manager/run_one_left_out.html",
        programme=programme,
        run=run,
        out=left_out_card(page, one, people),
        remedies=[
            remedy(way, card_of(people, way["mentor_id"]).name, broken_rule(way["rule"], words), voice) for way in told["would_help"]
        ],
        unknown=unknown,
        group=group
        and {
            "proteges": [card_of(people, one_id) for one_id in group["protege_ids"][:OF_A_GROUP]],
            "more_proteges": max(len(group["protege_ids"]) - OF_A_GROUP, 0),
            "mentors": [card_of(people, one_id) for one_id in group["mentor_ids"][:OF_A_GROUP]],
            "more_mentors": max(len(group["mentor_ids"]) - OF_A_GROUP, 0),
            "places": group["places"],
            "in_all": len(group["protege_ids"]),
            "mentors_in_all": len(group["mentor_ids"]),
        },
        may_change=run["state"] in CHANGEABLE,
    )


async def _what_would_help(page: Page, run_id: str, person_id: str) -> tuple[dict[str, Any], str]:
    """Why somebody is left out and what would help; without the engine there is still the reason, and why nobody knows what would help."""
    words = words_of(page)
    try:
        return await page.matching.get(f"/runs/{run_id}/left-out/{person_id}"), ""
    except BackendDown:
        unknown = words.gettext("It takes longer than usual to work out. Look again in a moment.")
    except BackendRefused as refused:
        if refused.problem.status == HTTPStatus.NOT_FOUND:
            raise
        unknown = said(refused.problem.detail or refused.problem.title, words)
    listed = await page.matching.get(f"/runs/{run_id}/whole")
    one = next((one for one in listed["left_out"] if one["person_id"] == person_id), None)
    if one is None:
        raise NotFound
    return {"left_out": one, "would_help": []}, unknown


@router.get("/why-not")
async def why_not(run_id: str, page: Signed, *, protege: str = "", mentor: str = "", protege_id: str = "", mentor_id: str = "") -> Response:
    """Why two are no pair. They may be asked for by name; of several with one name, one chooses."""
    run, programme = await _run(page, run_id)
    if protege_id and mentor_id:
        known = await page.people([protege_id, mentor_id])
        proteges, mentors = {protege_id: known[protege_id]}, {mentor_id: known[mentor_id]}
    else:
        proteges, mentors = _sides(await whole_match(page, run_id))
    one, ones = _meant(protege_id, protege, proteges)
    other, others = _meant(mentor_id, mentor, mentors)
    words, voice, answer, refused = words_of(page), Voice.of(page.viewer), None, ""
    if one and other:
        try:
            answer = await page.matching.get(f"/runs/{run_id}/why-not", protege_id=one.person_id, mentor_id=other.person_id)
        except BackendRefused as no:
            refused = said(no.problem.detail or no.problem.title, words)
        except BackendDown:
            refused = words.gettext("It takes longer than usual to work out. Look again in a moment.")
    holders = (answer or {}).get("held_by", [])
    people = await page.people(holders)
    rules = ", ".join(broken_rule(rule, words) for rule in (answer or {}).get("broken_rules", []))
    return page.render(
        "manager/run_why_not.html",
        programme=programme,
        run=run,
        one=one,
        other=other,
        ones=ones,
        others=others,
        protege=protege or (one.name if one else ""),
        mentor=mentor or (other.name if other else ""),
        asked=bool((protege or protege_id) and (mentor or mentor_id)),
        reason=(answer or {}).get("reason", ""),
        sentences=said_why_not(answer, first_name(one.name), first_name(other.name), rules, voice) if answer and one and other else [],
        holders=[card_of(people, person_id) for person_id in holders],
        refused=refused,
        may_change=run["state"] in CHANGEABLE,
    )


async def _run(page: Page, run_id: str) -> tuple[Mapping[str, Any], dict[str, Any]]:
    run = await page.matching.get(f"/runs/{run_id}/summary")
    return run, await programme_at(page, run["programme_id"])


def _sides(found: Whole) -> tuple[dict[str, PersonCard], dict[str, PersonCard]]:
    """Who can be asked about: protégés and mentors of the match, by id. Among peers both are on both sides."""
    proteges = {row.protege.person_id: row.protege for row in found.rows}
    proteges |= {one["person_id"]: card_of(found.people, one["person_id"]) for one in found.run["left_out"]}
    mentors = {row.mentor.person_id: row.mentor for row in found.rows}
    mentors |= {one["mentor_id"]: card_of(found.people, one["mentor_id"]) for one in found.run["mentors"]}
    return proteges, mentors


def _meant(person_id: str, name: str, known: Mapping[str, PersonCard]) -> tuple[PersonCard | None, list[PersonCard]]:
    """Who is meant, or else all who may be."""
    if person_id in known:
        return known[person_id], []
    if not name.strip():
        return None, []
    whole = [card for card in known.values() if card.name.casefold() == name.casefold().strip()]
    found = whole or [card for card in known.values() if matching_name(name, card.name)]
    return (found[0], []) if len(found) == 1 else (None, sorted(found, key=lambda card: card.name)[:MOST_NAMESAKES])
