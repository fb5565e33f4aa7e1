"""Programmes, as their managers set them up: list, settings, open, close, and what to do next."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from babel.support import NullTranslations
from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.managing import attempt, programme_at, typed, words_of
from services.portal.api.page import Page, Signed
from services.portal.api.terms import BEGINNING, taken
from services.portal.pages.form import Form
from services.portal.pages.times import on_day
from services.portal.pages.words_manager import programme_states
from services.portal.pages.words_manager_enrolments import crowds
from services.portal.pages.words_settings import setting_names, setting_options

router = APIRouter(prefix="/manage/programmes")

WAITING_SHOWN = 8


@router.get("")
async def programmes(page: Signed) -> Response:
    """The programmes one manages."""
    found = await page.part(page.matching.get("/programmes"))
    mine = [programme for programme in found.value or [] if programme["is_manager"]]
    order = {"open": 0, "draft": 1, "closed": 2}
    summaries = await page.parts(
        **{one["programme_id"]: page.matching.get(f"/programmes/{one['programme_id']}/summary") for one in mine if one["state"] != "draft"}
    )
    rows = [{**programme, "summary": _value(summaries.get(programme["programme_id"]))} for programme in mine]
    return page.render(
        "manager/programmes.html",
        programmes=sorted(rows, key=lambda row: (order.get(row["state"], 3), row["name"])) if found.value is not None else None,
        states=programme_states(words_of(page)),
        may_open=bool({"programme_manager", "administrator"} & page.viewer.roles),
    )


@router.get("/new")
async def new(page: Signed) -> Response:
    """An empty form."""
    return _new(page, Form({"kind": "cohort", "form": "one_to_one"}))


@router.post("/new")
async def create(page: Signed) -> Response:
    """A new programme; whoever creates it manages it. All else is as most programmes have it, until it is changed."""
    form, words = typed(page), words_of(page)
    found = taken(form, BEGINNING, {}, words)
    if found.wrong:
        return _new(page, form.refused(found.wrong, ""))
    tried = await attempt(page, page.matching.post("/programmes", found.terms), form)
    if tried.answer is None:
        return _new(page, tried.form)
    toast = words.gettext("The programme is there. Nobody sees it before you open it.")
    return page.go(f"/manage/programmes/{tried.answer['programme_id']}", toast=toast)


@router.get("/{programme_id}")
async def programme(programme_id: str, page: Signed) -> Response:
    """Where the programme stands, and what to do next."""
    at = await programme_at(page, programme_id)
    parts = await page.parts(
        summary=page.matching.get(f"/programmes/{programme_id}/summary"),
        runs=page.matching.get(f"/programmes/{programme_id}/runs"),
    )
    summary, runs = parts["summary"].value, parts["runs"].value
    people = await page.people([*at["manager_ids"], *(summary or {}).get("waiting", [])[:WAITING_SHOWN]])
    following = next_thing(at, summary, newest(runs or [])) if summary else None
    outlook = await page.part(page.matching.get(f"/programmes/{programme_id}/outlook")) if following == "match" else None
    words = words_of(page)
    return page.render(
        "manager/programme.html",
        programme=at,
        summary=summary,
        newest_run=newest(runs or []),
        next=following,
        outlook=outlook.value if outlook else None,
        people=people,
        shown=WAITING_SHOWN,
        states=programme_states(words),
        crowds=crowds(words, at["called"]),
        calendar=calendar(at, on_day(page.viewer.now, page.viewer.zone), words),
        kinds={name: said for name in ("kind", "form") for value, said, _about in setting_options(words)[name] if value == at[name]},
        silent=summary is None or runs is None,
    )


@router.post("/{programme_id}/open")
async def open_programme(programme_id: str, page: Signed) -> Response:
    """Let people enrol."""
    _ = words_of(page).gettext
    return await _do(page, programme_id, "open", _("The programme is open. People can enrol now."))


@router.post("/{programme_id}/close")
async def close_programme(programme_id: str, page: Signed) -> Response:
    """Take nobody any more."""
    _ = words_of(page).gettext
    return await _do(page, programme_id, "close", _("The programme takes nobody any more. Running pairs go on."))


@router.post("/{programme_id}/managers")
async def add_manager(programme_id: str, page: Signed) -> Response:
    """One more manager."""
    at = await programme_at(page, programme_id)
    tried = await attempt(page, page.matching.post(f"/programmes/{programme_id}/managers", {"person_id": typed(page).value("person_id")}))
    words = words_of(page)
    return page.go(at["href"], toast=tried.form.message or words.gettext("The programme has one more manager."))


@router.post("/{programme_id}/managers/remove")
async def remove_manager(programme_id: str, page: Signed) -> Response:
    """One manager less, perhaps oneself. A programme keeps at least one."""
    person_id = typed(page).value("person_id")
    tried = await attempt(page, page.matching.delete(f"/programmes/{programme_id}/managers/{person_id}"))
    words = words_of(page)
    here = "/manage/programmes" if person_id == page.viewer.person_id and not tried.refused else f"/manage/programmes/{programme_id}"
    return page.go(here, toast=tried.form.message or words.gettext("The programme has one manager less."))


async def _do(page: Page, programme_id: str, what: str, done: str) -> Response:
    tried = await attempt(page, page.matching.post(f"/programmes/{programme_id}/{what}"))
    said = tried.form.message or "; ".join(tried.form.errors.values())
    return page.go(f"/manage/programmes/{programme_id}", toast=said or done)


def _new(page: Page, form: Form) -> Response:
    words = words_of(page)
    return page.render(
        "manager/programme_new.html",
        status=422 if form.wrong else 200,
        form=form,
        names=setting_names(words),
        options=setting_options(words),
    )


def _value(part: Any) -> Any:
    return None if part is None else part.value


def newest(runs: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The last run that was started; ids are made in the order of time."""
    return max(runs, key=lambda run: str(run["run_id"]), default=None)


def calendar(at: Mapping[str, Any], today: date, words: NullTranslations) -> list[tuple[str, str, bool]]:
    """The days of the programme in order: what is on it, the day, and whether it is the next to come."""
    names = setting_names(words)
    days = {**{name: at[name] for name in ("starts_on", "matching_on", "ends_on")}, "enrolment.opens_on": at["enrolment"]["opens_on"]}
    days["enrolment.closes_on"] = at["enrolment"]["closes_on"]
    known = sorted((day, names[name]) for name, day in days.items() if day is not None)
    coming = next((day for day, _name in known if date.fromisoformat(day) >= today), None)
    return [(name, day, day == coming) for day, name in known]


def next_thing(at: Mapping[str, Any], summary: Mapping[str, Any], run: Mapping[str, Any] | None) -> str:
    """The one thing to do next, as a code the template words."""
    paired = summary["partnerships_running"] + summary["partnerships_ended"]
    if at["state"] != "open":
        return "open" if at["state"] == "draft" else "closed"
    by_need = (
        ("approve", summary["waiting_approval"]),
        ("enrol", not summary["proteges"] or not summary["mentors"]),
        ("progress", run and run["state"] in {"queued", "running"}),
        ("draft", run and run["state"] == "draft"),
        ("match", summary["waiting"]),
        ("answers", summary["proposals_open"]),
        ("watch", paired),
    )
    return next((code for code, due in by_need if due), "match")
