"""All drafts of a programme, and the way to a new one: as usual with one click, or with what one asks of it."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.managing import Attempt, attempt, card_of, programme_at, typed, whole, words_of
from services.portal.api.match_runs.options import (
    OF_A_QUESTION,
    SCOPES,
    SIDES,
    USUAL,
    Pool,
    Said,
    Unreadable,
    floor_fields,
    form_named,
    options_of,
)
from services.portal.api.page import Page, Signed
from services.portal.pages.form import Form
from services.portal.pages.words_manager import broken_rule, criteria, run_states
from services.portal.pages.words_runs import asked_for, form_of

router = APIRouter(prefix="/manage/programmes/{programme_id}/runs")

NOBODY_LEFT = "rules-exclude-everybody"
WITHOUT_DRAFT = frozenset({"failed", "cancelled"})
IN_PAIRS = frozenset({"one_to_one", "reverse"})
"""Forms that can be matched in more than one way."""


@router.get("")
async def runs(programme_id: str, page: Signed) -> Response:
    """All drafts of the match, and the way to a new one."""
    at = await programme_at(page, programme_id)
    parts = await page.parts(
        runs=page.matching.get(f"/programmes/{programme_id}/runs"),
        summary=page.matching.get(f"/programmes/{programme_id}/summary"),
    )
    found, words = parts["runs"].value, words_of(page)
    ordered = sorted(found or [], key=lambda run: str(run["run_id"]), reverse=True)
    return page.render(
        "manager/runs.html",
        programme=at,
        runs=[{**run, "asked_for": asked_for(run["options"], words)} for run in ordered],
        summary=parts["summary"].value,
        states=run_states(words),
        silent=found is None or parts["summary"].value is None,
    )


@router.get("/new")
async def new(programme_id: str, page: Signed) -> Response:
    """What can be asked of a run, with what is usual; weights may come in the address, from where they were tried."""
    at = await programme_at(page, programme_id)
    names = criteria(words_of(page), at["questions"])
    tried = {f"weight_{name}": text for name, text in page.request.query_params.items() if name in names and whole(text) is not None}
    now = {f"weight_{name}": str(weight) for name, weight in _weights_of(at, names).items()}
    form = Form({**USUAL, **({**dict.fromkeys(now, "0"), **tried, "own_weights": "yes"} if tried else now)})
    return await _form(page, at, form, nobody=NOBODY_LEFT in page.request.query_params)


@router.post("")
async def start(programme_id: str, page: Signed) -> Response:
    """Match now: as usual, as it was asked for, or `again` as another run was. Locked and forbidden pairs of the last draft hold."""
    form = typed(page)
    if "asked" not in form.values:
        options = await _options_of(page, form.value("again")) if form.value("again") else None
        tried = await attempt(page, page.matching.post(f"/programmes/{programme_id}/runs", options), form)
        if tried.slug == NOBODY_LEFT:
            return page.go(f"/manage/programmes/{programme_id}/runs/new?{NOBODY_LEFT}=yes")
        if tried.answer is None:
            return page.go(f"/manage/programmes/{programme_id}/runs", toast=tried.refusal)
        return page.go(f"/manage/runs/{tried.answer['run_id']}")
    at = await programme_at(page, programme_id)
    pool = await _pool(page, at, form)
    if "groups" in form.values:
        return await _form(page, at, form, pool)
    tried = await _asked(page, at, form, pool)
    if tried.answer is None:
        return await _form(page, at, form_named(tried.form), pool, nobody=tried.slug == NOBODY_LEFT)
    return page.go(f"/manage/runs/{tried.answer['run_id']}")


async def _options_of(page: Page, run_id: str) -> dict[str, Any]:
    """What was asked of a run. The pairs it was to form or not are kept with its draft, where somebody may have thought better of it."""
    run = await page.matching.get(f"/runs/{run_id}/summary")
    return run["options"] if run["state"] in WITHOUT_DRAFT else {**run["options"], "fixed": [], "forbidden": []}


async def _asked(page: Page, at: Mapping[str, Any], form: Form, pool: Pool) -> Attempt[Any]:
    words = words_of(page)
    said = Said(
        number=words.gettext("Write a whole number."),
        pair=words.gettext("Nobody who could be matched is meant by “%(line)s”. Write protégé; mentor."),
    )
    try:
        options = options_of(form, pool, criteria(words, at["questions"]), said)
    except Unreadable as unreadable:
        return Attempt(form=form.refused(unreadable.fields, ""))
    return await attempt(page, page.matching.post(f"/programmes/{at['programme_id']}/runs", options), form)


async def _form(page: Page, at: Mapping[str, Any], form: Form, pool: Pool | None = None, *, nobody: bool = False) -> Response:
    words = words_of(page)
    here = f"/programmes/{at['programme_id']}"
    parts = await page.parts(outlook=page.matching.get(f"{here}/outlook"), runs=page.matching.get(f"{here}/runs"))
    pool = pool or await _pool(page, at, form)
    latest = max(parts["runs"].value or [], key=lambda run: int(run["number"]), default=None)
    kept, forbidden = ((latest or {}).get(name, []) for name in ("kept", "forbidden"))
    people = await page.people(person_id for both in [*kept, *forbidden] for person_id in both)
    outlook = parts["outlook"].value
    by = form.value("floors_by")
    opened = "groups" in form.values or floor_fields(form)
    return page.render(
        "manager/run_new.html",
        status=422 if form.wrong or nobody else 200,
        programme=at,
        form=form,
        kind=form_of(at, words),
        in_pairs=at["form"] in IN_PAIRS,
        names=criteria(words, at["questions"]),
        only_some=any(form.chosen(f"{side}_{scope}") or form.error(f"{side}_{scope}") for side in SIDES for scope in SCOPES),
        questions=[
            (f"{OF_A_QUESTION}{question['id']}", question["label"])
            for question in at["questions"]
            if question["kind"] in {"choice", "yes_no"} and question["for_role"] != "mentor"
        ],
        scopes={(side, scope): pool.values(side, scope) for side in SIDES for scope in SCOPES},
        groups=pool.groups(by, form) if by and opened else [],
        outlook=outlook,
        nobody=nobody or bool(outlook and outlook["pairs"] and not outlook["allowed"]),
        rules=[
            (broken_rule(rule["rule"], words), rule)
            for rule in sorted((outlook or {}).get("rules", []), key=lambda rule: (-rule["proteges"], -rule["alone"], -rule["pairs"]))
            if rule["pairs"]
        ],
        kept=[(card_of(people, one), card_of(people, other)) for one, other in kept],
        forbidden=[(card_of(people, one), card_of(people, other)) for one, other in forbidden],
    )


async def _pool(page: Page, at: Mapping[str, Any], form: Form) -> Pool:
    here = f"/programmes/{at['programme_id']}"
    if at["form"] == "peer":
        peers = await page.part(page.matching.get(f"{here}/enrolments", role="peer", state="approved"))
        ids = [one["person_id"] for one in peers.value or []]
        people = await page.people(ids)
        cards = [card_of(people, one) for one in ids]
        return Pool(proteges=cards, mentors=cards)
    parts = await page.parts(
        summary=page.matching.get(f"{here}/summary"), mentors=page.matching.get(f"{here}/enrolments", role="mentor", state="approved")
    )
    waiting = (parts["summary"].value or {"waiting": []})["waiting"]
    mentors = [one["person_id"] for one in parts["mentors"].value or []]
    people = await page.people([*waiting, *mentors])
    answers = {}
    if form.value("floors_by").startswith(OF_A_QUESTION):
        said = await page.part(page.matching.get(f"{here}/enrolments", role="protege", state="approved"))
        answers = {one["person_id"]: one["answers"] for one in said.value or []}
    return Pool(proteges=[card_of(people, one) for one in waiting], mentors=[card_of(people, one) for one in mentors], answers=answers)


def _weights_of(at: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, int]:
    now = {**at["weights"], **{f"question.{question['id']}": question["weight"] for question in at["questions"]}}
    return {name: now.get(name, 0) for name in names}
