"""Programmes, as their managers set them up: list, settings, open, close, and what to do next."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.managing import Attempt, attempt, lines, programme_at, typed, whole, words_of
from services.portal.api.page import Page, Signed
from services.portal.pages.form import Form
from services.portal.pages.words_manager import CRITERIA, criteria, programme_states

router = APIRouter(prefix="/manage/programmes")

USUAL_WEIGHTS = {**dict.fromkeys(CRITERIA, 0), "needs": 30, "learning": 10, "goals": 20, "level": 15, "location": 15, "languages": 10}
MOST_QUESTIONS = 20
KEPT = (
    *("kind", "form", "circle", "matching_on", "largest_capacity", "partnership_weeks", "free_places", "called", "enrolment"),
    *("wished", "aliases", "no_aliases", "compare_meanings", "self_service"),
)
"""What has no field on the page."""


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
    """An empty form with what most programmes choose."""
    return _settings(page, blank(), None)


@router.post("/new")
async def create(page: Signed) -> Response:
    """A new programme; whoever creates it manages it."""
    form = typed(page)
    if "more" in page.form:
        return _settings(page, form, None)
    tried = await _send(page, form, None)
    if tried.answer is None:
        return _settings(page, tried.form, None)
    toast = words_of(page).gettext("The programme is there. Nobody sees it before you open it.")
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
    people = await page.people([*at["manager_ids"], *(summary or {}).get("waiting", [])])
    return page.render(
        "manager/programme.html",
        programme=at,
        summary=summary,
        newest_run=newest(runs or []),
        next=next_thing(at, summary, newest(runs or [])) if summary else None,
        people=people,
        states=programme_states(words_of(page)),
        silent=summary is None or runs is None,
    )


@router.get("/{programme_id}/settings")
async def settings(programme_id: str, page: Signed) -> Response:
    """All that can be chosen."""
    at = await programme_at(page, programme_id)
    return _settings(page, filled(at), at)


@router.post("/{programme_id}/settings")
async def revise(programme_id: str, page: Signed) -> Response:
    """Change what was chosen."""
    at = await programme_at(page, programme_id)
    form = typed(page)
    if "more" in page.form:
        return _settings(page, form, at)
    tried = await _send(page, form, at)
    if tried.refused:
        return _settings(page, tried.form, at)
    return page.go(at["href"], toast=words_of(page).gettext("Saved. What counts in matching counts from the next run on."))


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


async def _do(page: Page, programme_id: str, what: str, done: str) -> Response:
    tried = await attempt(page, page.matching.post(f"/programmes/{programme_id}/{what}"))
    said = tried.form.message or "; ".join(tried.form.errors.values())
    return page.go(f"/manage/programmes/{programme_id}", toast=said or done)


async def _send(page: Page, form: Form, at: Mapping[str, Any] | None) -> Attempt[Any]:
    _ = words_of(page).gettext
    has_end = at is None or at["kind"] == "cohort"
    wrong = unnamed(form, _("Give it a name.")) | unreadable(form, _("Write a whole number."))
    wrong |= unset(form, _("Choose a day."), has_end=has_end)
    if wrong:
        return Attempt(form=form.refused(wrong, ""))
    body = body_of(form, at or {})
    doing = page.matching.post("/programmes", body) if at is None else page.matching.put(f"/programmes/{at['programme_id']}", body)
    tried = await attempt(page, doing, form)
    return Attempt(form=form_named(tried.form), answer=tried.answer)


def _settings(page: Page, form: Form, at: Mapping[str, Any] | None) -> Response:
    return page.render(
        "manager/settings.html",
        status=422 if form.wrong else 200,
        programme=at,
        form=form,
        criteria=criteria(words_of(page)),
        questions=question_rows(form, more="more" in page.form),
    )


def form_named(form: Form) -> Form:
    """The messages under the names the fields have on the page: `weights.needs` is `weight_needs` there."""
    places = [place for place in range(MOST_QUESTIONS) if form.value(f"question_{place}_label").strip()]
    errors = {}
    for name, message in form.errors.items():
        group, _, rest = name.partition(".")
        if group == "weights" and rest:
            errors[f"weight_{rest}"] = message
        elif group == "questions" and rest:
            place, _, part = rest.partition(".")
            at = places[int(place)] if place.isdecimal() and int(place) < len(places) else 0
            errors[f"question_{at}_{part or 'label'}"] = message
        else:
            errors[name] = message
    return Form(form.values, errors, form.message)


def _value(part: Any) -> Any:
    return None if part is None else part.value


def newest(runs: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The last run that was started; ids are made in the order of time."""
    return max(runs, key=lambda run: str(run["run_id"]), default=None)


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


def blank() -> Form:
    """What most programmes choose."""
    return Form(
        {
            "default_capacity": "2",
            "never_own_line": "yes",
            "shared_language": "yes",
            **{f"weight_{name}": str(weight) for name, weight in USUAL_WEIGHTS.items()},
        }
    )


def filled(at: Mapping[str, Any]) -> Form:
    """The form of a programme as it is."""
    values: dict[str, Any] = {name: at[name] for name in ("name", "starts_on", "ends_on", "default_capacity")}
    values |= {f"weight_{name}": at["weights"][name] for name in CRITERIA}
    values |= {rule: "yes" if at["rules"][rule] else "" for rule in ("never_own_line", "shared_language")}
    for place, question in enumerate(at["questions"]):
        values |= {
            f"question_{place}_id": question["id"],
            f"question_{place}_label": question["label"],
            f"question_{place}_kind": question["kind"],
            f"question_{place}_options": "\n".join(question["options"]),
            f"question_{place}_for_role": question["for_role"],
            f"question_{place}_required": "yes" if question["required"] else "",
        }
    return Form(values)


def question_rows(form: Form, *, more: bool) -> list[int]:
    """The places of the questions to show; one more when it was asked for."""
    used = [place for place in range(MOST_QUESTIONS) if f"question_{place}_label" in form.values]
    free = (max(used) + 1) if used else 0
    return [*used, free] if more and free < MOST_QUESTIONS else used


def unreadable(form: Form, message: str) -> dict[str, str]:
    """Figures that are none."""
    names = ["default_capacity", *(f"weight_{name}" for name in CRITERIA)]
    return {name: message for name in names if whole(form.value(name)) is None}


def unset(form: Form, message: str, *, has_end: bool) -> dict[str, str]:
    """Days nobody has chosen, and what is no day."""
    days = ("starts_on", *(["ends_on"] if has_end else []))
    return {name: message for name in days if not is_day(form.value(name))}


def unnamed(form: Form, message: str) -> dict[str, str]:
    """A programme without a name."""
    return {} if form.value("name").strip() else {"name": message}


def is_day(text: str) -> bool:
    """Whether this is a day as a browser's date field sends it."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def body_of(form: Form, at: Mapping[str, Any]) -> dict[str, Any]:
    """What matching is told. A question without words is left out; what has no field on the page stays as it is `at` present."""
    asked = {question["id"]: question for question in at.get("questions", [])}
    questions = [question for place in range(MOST_QUESTIONS) if (question := _question(form, place))]
    return {
        **{name: at[name] for name in KEPT if name in at},
        "name": form.value("name").strip(),
        "starts_on": form.value("starts_on") or None,
        "ends_on": form.value("ends_on") or None,
        "default_capacity": whole(form.value("default_capacity")),
        "questions": [{**asked.get(question["id"], {}), **question} for question in questions],
        "weights": {name: whole(form.value(f"weight_{name}")) for name in CRITERIA},
        "rules": at.get("rules", {}) | {rule: form.value(rule) == "yes" for rule in ("never_own_line", "shared_language")},
    }


def _question(form: Form, place: int) -> dict[str, Any] | None:
    label = form.value(f"question_{place}_label").strip()
    if not label:
        return None
    kind = form.value(f"question_{place}_kind", "text")
    return {
        "id": form.value(f"question_{place}_id") or f"q{place + 1}",
        "label": label,
        "kind": kind,
        "options": lines(form.value(f"question_{place}_options")) if kind == "choice" else [],
        "for_role": form.value(f"question_{place}_for_role", "both"),
        "required": form.value(f"question_{place}_required") == "yes",
    }
