"""The settings of a programme, part by part: the programme itself, taking part, questions, matching, and words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.managing import attempt, programme_at, typed, words_of
from services.portal.api.page import Page, Signed
from services.portal.api.terms import BASICS, MATCHING, TAKING_PART, VOCABULARY, Kind, filled, places, taken, terms_of
from services.portal.pages.form import Form
from services.portal.pages.words_manager import broken_rule, criteria
from services.portal.pages.words_settings import row_names, setting_choices, setting_names, setting_options

router = APIRouter(prefix="/manage/programmes/{programme_id}/settings")

PartName = Literal["enrolment", "questions", "matching", "words"]


@dataclass(frozen=True)
class Part:
    """A page of settings: its fields, and the lists of which each item is a row."""

    fields: Mapping[str, Kind]
    groups: tuple[str, ...] = ()


PARTS: Mapping[str, Part] = {
    "basics": Part(BASICS),
    "enrolment": Part(TAKING_PART, ("enrolment.only", "enrolment.approve_if")),
    "questions": Part({}, ("questions",)),
    "matching": Part(MATCHING),
    "words": Part(VOCABULARY),
}


@router.get("")
async def basics(programme_id: str, page: Signed) -> Response:
    """What kind of programme it is, when, with how many places, and what it calls its people."""
    return await _as_it_is(page, programme_id, "basics")


@router.post("")
async def change_basics(programme_id: str, page: Signed) -> Response:
    """Decide anew."""
    return await _change(page, programme_id, "basics")


@router.get("/{part}")
async def part(programme_id: str, part: PartName, page: Signed) -> Response:
    """Another part of the settings."""
    return await _as_it_is(page, programme_id, part)


@router.post("/{part}")
async def change_part(programme_id: str, part: PartName, page: Signed) -> Response:
    """Decide anew."""
    return await _change(page, programme_id, part)


async def _as_it_is(page: Page, programme_id: str, name: str) -> Response:
    programme = await programme_at(page, programme_id)
    return await _page(page, programme, name, filled(programme, PARTS[name].fields, PARTS[name].groups))


async def _change(page: Page, programme_id: str, name: str) -> Response:
    programme = await programme_at(page, programme_id)
    form, words, chosen = typed(page), words_of(page), PARTS[name]
    if more := form.value("more"):
        return await _page(page, programme, name, form, more=more)
    found = taken(form, chosen.fields, terms_of(programme), words, chosen.groups)
    if found.wrong:
        return await _page(page, programme, name, form.refused(found.wrong, ""))
    tried = await attempt(page, page.matching.put(f"/programmes/{programme_id}", found.terms), form)
    if tried.refused:
        return await _page(page, programme, name, found.placed(tried.form))
    here = f"{programme['href']}/settings"
    return page.go(here if name == "basics" else f"{here}/{name}", toast=words.gettext("Saved. It counts from now on."))


async def _page(page: Page, programme: Mapping[str, Any], name: str, form: Form, *, more: str = "") -> Response:
    words = words_of(page)
    rows = {group: places(form, group, more=more == group) for group in PARTS[name].groups}
    beside = await _outlook(page, programme) if name == "matching" else await _meant(page, programme) if name == "words" else {}
    return page.render(
        f"manager/settings_{name}.html",
        status=422 if form.wrong else 200,
        programme=programme,
        form=form,
        names=setting_names(words),
        row_names=row_names(words),
        options=setting_options(words),
        choices=setting_choices(words),
        criteria=criteria(words),
        rows=rows,
        others={place: _others(form, rows["questions"], place) for place in rows.get("questions", ())},
        **beside,
    )


def _others(form: Form, rows: list[int], place: int) -> list[tuple[str, str]]:
    """The questions, saved before, that the one in this row can be compared with."""
    other = (f"questions.{row}" for row in rows if row != place)
    return [(form.value(f"{one}.id"), form.value(f"{one}.label")) for one in other if form.value(f"{one}.id")]


async def _outlook(page: Page, programme: Mapping[str, Any]) -> dict[str, Any]:
    """What the rules, as they were saved last, would leave in a match now."""
    found = await page.part(page.matching.get(f"/programmes/{programme['programme_id']}/outlook"))
    outlook, words = found.value, words_of(page)
    labels = {f"question.{question['id']}": question["label"] for question in programme["questions"]}
    rules = [
        {**rule, "name": labels.get(rule["rule"]) or broken_rule(rule["rule"], words)}
        for rule in sorted((outlook or {}).get("rules", []), key=lambda rule: (-rule["proteges"], -rule["alone"]))
        if rule["pairs"]
    ]
    return {"outlook": outlook, "rules": rules}


async def _meant(page: Page, programme: Mapping[str, Any]) -> dict[str, Any]:
    """The words that somebody may mean who types what is in the address."""
    tried = page.request.query_params.get("typed", "").strip()
    if not tried:
        return {"tried": "", "meant": []}
    found = await page.part(page.matching.get(f"/programmes/{programme['programme_id']}/words", typed=tried))
    return {"tried": tried, "meant": found.value or []}
