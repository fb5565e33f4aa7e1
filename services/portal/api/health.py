"""A programme's pairs as its managers see them: that they meet and are well, never what they say."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.managing import card_of, named, programme_at, words_of
from services.portal.api.page import Page, PersonCard, Signed
from services.portal.pages.people import first_name
from services.portal.pages.words_manager import NextStep, cause, health, next_step, proposal_states

router = APIRouter(prefix="/manage/programmes/{programme_id}")

ORDER = {"help": 0, "watch": 1, "new": 2, "well": 3, "ended": 4}
PER_PAGE = 40


@router.get("/partnerships")
async def partnerships(programme_id: str, page: Signed, state: str = "", q: str = "", start: int = 0) -> Response:
    """Every pair, those who need somebody first, filtered by links and looked for by name."""
    at = await programme_at(page, programme_id)
    parts = await page.parts(
        health=page.goals.get(f"/programmes/{programme_id}/health"), together=page.goals.get(f"/programmes/{programme_id}/time")
    )
    found = parts["health"]
    pairs: Sequence[Mapping[str, Any]] = found.value or []
    shown = await named(page, [pair for pair in in_order(pairs) if state in {"", pair["state"]}], q, of_pair)
    start = max(min(start, max(len(shown) - 1, 0)), 0)
    part = shown[start : start + PER_PAGE]
    people = await page.people(people_in(part))
    return page.render(
        "manager/partnerships.html",
        programme=at,
        rows=pair_rows(page, at["href"], part, people),
        total=len(shown),
        start=start,
        per_page=PER_PAGE,
        everybody=len(pairs),
        counts=Counter(pair["state"] for pair in pairs),
        health=health(words_of(page)),
        state=state,
        q=q,
        silent=found.value is None,
        together=parts["together"].value,
    )


@router.get("/proposals")
async def proposals(programme_id: str, page: Signed, state: str = "", q: str = "", start: int = 0) -> Response:
    """Who was asked, and what came of it."""
    at = await programme_at(page, programme_id)
    found = await page.part(page.matching.get(f"/programmes/{programme_id}/proposals"))
    everything: Sequence[Mapping[str, Any]] = found.value or []
    shown = await named(page, [one for one in everything if state in {"", one["state"]}], q, of_pair)
    start = max(min(start, max(len(shown) - 1, 0)), 0)
    part = sorted(shown, key=lambda one: (one["state"] != "open", str(one["deadline_at"])))[start : start + PER_PAGE]
    people = await page.people(people_in(part))
    rows = [
        {**one, "protege": card_of(people, one["protege_id"]), "mentor": card_of(people, one["mentor_id"]), "said": answers(one, people)}
        for one in part
    ]
    return page.render(
        "manager/proposals.html",
        programme=at,
        rows=rows,
        total=len(shown),
        start=start,
        per_page=PER_PAGE,
        q=q,
        everything=len(everything),
        counts=Counter(one["state"] for one in everything),
        states=proposal_states(words_of(page)),
        state=state,
        silent=found.value is None,
    )


def in_order(pairs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those who need help first, and among them those who wait longest."""
    return sorted(pairs, key=lambda pair: (ORDER.get(pair["state"], len(ORDER)), str(pair["last_met_at"] or "")))


def people_in(pairs: Iterable[Mapping[str, Any]]) -> list[str]:
    return [person for pair in pairs for person in of_pair(pair)]


def of_pair(pair: Mapping[str, Any]) -> tuple[str, str]:
    """The two."""
    return pair["protege_id"], pair["mentor_id"]


def pair_rows(page: Page, href: str, pairs: Iterable[Mapping[str, Any]], people: Mapping[str, PersonCard]) -> list[dict[str, Any]]:
    """Each pair with its cause in words and the next step as a link."""
    words = words_of(page)
    rows = []
    for pair in pairs:
        protege, mentor = card_of(people, pair["protege_id"]), card_of(people, pair["mentor_id"])
        here = f"{href}/partnerships/{pair['partnership_id']}"
        row: dict[str, Any] = {**pair, "protege": protege, "mentor": mentor, "href": here, "why": None, "action": None}
        if told := pair["cause"]:
            row["why"] = cause(told["code"], told["parameters"], _first(told["parameters"], protege, mentor), words)
        if told := pair["next_step"]:
            one = mentor if told["parameters"].get("person_id") == mentor.person_id else protege
            step = next_step(told["code"], first_name(one.name), words)
            row["action"] = {"label": step.label, "href": way(step, here, one, protege, mentor)} if step else None
        rows.append(row)
    return rows


def way(step: NextStep, here: str, one: PersonCard, protege: PersonCard, mentor: PersonCard) -> str:
    """Where a next step leads: a letter begun in one's own mail program, or the page of the pair."""
    if step.to == "match":
        return here
    to = [one.email] if step.to == "one" else [protege.email, mentor.email]
    addresses = ",".join(quote(address, safe="@") for address in to if address)
    return f"mailto:{addresses}?subject={quote(step.subject)}&body={quote(step.body)}" if addresses else here


def _first(parameters: Mapping[str, Any], protege: PersonCard, mentor: PersonCard) -> str:
    return first_name((mentor if parameters.get("person_id") == mentor.person_id else protege).name)


def answers(proposal: Mapping[str, Any], people: Mapping[str, PersonCard]) -> list[str]:
    """First names of those who have said yes."""
    return [first_name(card_of(people, person_id).name) for person_id in proposal.get("accepted_by", [])]
