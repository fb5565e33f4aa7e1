"""Goals: the list, writing one with hints, and the page of one with its path."""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portal.api.page import Page, Signed
from services.portal.api.participant import attempt, instant, partner_id, role_of, someones, soon, speech_of, typed, value, whole
from services.portal.api.partnerships import goal_rows
from services.portal.pages import words_participant as words
from services.portal.pages.form import Form
from services.portal.pages.pictures_participant import Rating, Speech, confidence_picture

router = APIRouter(prefix="/goals")

WORDS = ("title", "why", "measure", "due_on", "kind", "area")
USUAL_CONFIDENCE = 3
STEP_DEEDS = {"done": "done", "blocked": "blocked", "reopen": "reopen"}


@router.get("")
async def goals(page: Signed) -> Response:
    """The reader's own goals, and those that are shared with them."""
    parts = await page.parts(mine=page.goals.get("/goals/mine"), partnerships=page.matching.get("/partnerships/mine"))
    pairs = [pair for pair in value(parts["partnerships"], []) if pair["state"] != "ended"]
    people = await someones(page, [person for pair in pairs for person in (pair["protege_id"], pair["mentor_id"])])
    speech, viewer_id = speech_of(page), page.viewer.person_id
    shared = []
    for pair in pairs:
        if role_of(pair, viewer_id) == "mentor":
            part = await page.part(soon(page.goals.get(f"/partnerships/{pair['partnership_id']}/goals")))
            shared.append({"partner": people[partner_id(pair, viewer_id)], "goals": goal_rows(part.value, speech)})
    rows = goal_rows(parts["mine"].value, speech) or []
    return page.render(
        "participant/goals.html",
        going=[goal for goal in rows if not goal["closed"]],
        closed=[goal for goal in rows if goal["closed"]],
        shared=shared,
        writes=any(role_of(pair, viewer_id) == "protege" for pair in pairs),
        silent=parts["mine"].problem is not None,
        today=speech.local(page.viewer.now).date().isoformat(),
    )


@router.get("/new")
async def new(page: Signed, partnership: Annotated[str | None, Query()] = None) -> Response:
    """An empty sheet."""
    return await form_page(page, Form({"partnership": partnership or "", "area": "work", "kind": "current_role", "shared": "yes"}))


async def form_page(
    page: Page, form: Form, *, goal: Mapping[str, Any] | None = None, hints: Sequence[words.Said] = (), checked: bool = False
) -> Response:
    """The form of a goal, with the hints beside it."""
    speech = speech_of(page)
    pairs = [
        pair
        for pair in await page.matching.get("/partnerships/mine")
        if pair["state"] != "ended" and role_of(pair, page.viewer.person_id) == "protege"
    ]
    people = await someones(page, [pair["mentor_id"] for pair in pairs])
    return page.render(
        "participant/goal_form.html",
        status=422 if form.wrong else 200,
        goal=goal,
        form=form,
        partners=[(pair["partnership_id"], people[pair["mentor_id"]].name) for pair in pairs],
        kinds=[(code, said, about) for code, (said, about) in words.kinds(speech).items()],
        areas=[(code, said) for code, said in words.areas(speech).items()],
        hints=hints,
        checked=checked,
    )


@router.post("/check")
async def check(page: Signed) -> Response:
    """What is still vague. Nothing is kept; the answer is the form again, of which only the hints are taken when typing."""
    form = typed(page)
    goal = await page.goals.get(f"/goals/{form.value('goal_id')}") if form.value("goal_id") else None
    return await form_page(page, form, goal=goal, hints=await hints_for(page, form), checked=True)


async def hints_for(page: Page, form: Form) -> list[words.Said]:
    written = {name: form.value(name) for name in WORDS if form.value(name)}
    outcome = await attempt(page, page.goals.post("/goals/check", written), form)
    speech = speech_of(page)
    return [words.hint(found, speech) for found in (outcome.answer or {"hints": []})["hints"]]


@router.post("")
async def write(page: Signed) -> Response:
    """Write the goal down."""
    form, speech = typed(page), speech_of(page)
    if not form.value("partnership"):
        return await form_page(page, form.with_error("partnership", speech.gettext("Choose whom you write it for.")))
    outcome = await attempt(page, page.goals.post(f"/partnerships/{form.value('partnership')}/goals", body(form)), form)
    if outcome.refused or outcome.answer is None:
        return await form_page(page, outcome.form, hints=await hints_for(page, form), checked=True)
    return page.go(f"/goals/{outcome.answer['goal_id']}", toast=speech.gettext("Written down. Now cut it into steps."))


def body(form: Form) -> dict[str, Any]:
    """What was typed, as goals takes it."""
    written: dict[str, Any] = {name: form.value(name) for name in WORDS}
    return {**written, "due_on": form.value("due_on") or None, "shared": form.value("shared") == "yes"}


@router.get("/{goal_id}")
async def goal(page: Signed, goal_id: str) -> Response:
    """One goal: its path, how sure its author feels, and how it changed."""
    return await goal_page(page, goal_id, Form())


async def goal_page(page: Page, goal_id: str, form: Form) -> Response:
    found = await page.goals.get(f"/goals/{goal_id}")
    people = await someones(page, [found["protege_id"], found["mentor_id"]])
    speech, viewer_id = speech_of(page), page.viewer.person_id
    today = speech.local(page.viewer.now).date()
    closed = found["closed"]
    state, tone = words.goal_state(closed["outcome"] if closed else found["state"], speech)
    return page.render(
        "participant/goal.html",
        status=422 if form.wrong else 200,
        goal=found,
        own=found["protege_id"] == viewer_id,
        protege=people[found["protege_id"]],
        mentor=people[found["mentor_id"]],
        state=state,
        tone=tone,
        sentence=sentence(found, speech),
        steps=path(found["steps"], today, speech),
        kind=words.kind(found["kind"], speech),
        area=words.area(found["area"], speech),
        confidence=confidence(found, speech, own=found["protege_id"] == viewer_id),
        revisions=revisions(found["revisions"]),
        hints=[words.hint(hint, speech) for hint in found["hints"]],
        today=today.isoformat(),
        form=form,
    )


def sentence(found: Mapping[str, Any], speech: Speech) -> str:
    said = []
    if found["steps_total"]:
        said.append(
            speech.ngettext("%(done)s of one step is done.", "%(done)s of %(total)s steps are done.", found["steps_total"])
            % {"done": found["steps_done"], "total": found["steps_total"]}
        )
    if found["due_on"]:
        said.append(speech.gettext("It ends on %(day)s.") % {"day": speech.day(date.fromisoformat(found["due_on"]))})
    return " ".join(said)


def path(steps: Sequence[Mapping[str, Any]], today: date, speech: Speech) -> list[dict[str, Any]]:
    """Each step with its mark on the path; the first open one is the one for now."""
    drawn: list[dict[str, Any]] = []
    for step in steps:
        due = date.fromisoformat(step["due_on"]) if step["due_on"] else None
        first_due = date.fromisoformat(step["first_due_on"]) if step["first_due_on"] else None
        moved = due is not None and first_due is not None and first_due < due
        if step["state"] == "done":
            mark, note = "done", speech.gettext("done on %(day)s") % {"day": speech.day(speech.local(instant(step["since"])).date())}
        elif step["state"] == "blocked":
            mark, note = "slipped", speech.gettext("blocked")
        elif due and due < today:
            mark, note = "slipped", speech.gettext("was due on %(day)s") % {"day": speech.day(due)}
        elif moved and due and first_due:
            mark, note = (
                "slipped",
                speech.gettext("moved from %(first)s to %(day)s") % {"first": speech.day(first_due), "day": speech.day(due)},
            )
        else:
            mark, note = "", speech.gettext("today") if due == today else speech.day(due) if due else speech.gettext("no date")
        drawn.append({**step, "mark": mark, "note": note, "now": False})
    first = next((step for step in drawn if step["state"] == "open"), None)
    if first:
        first["now"] = True
        first["mark"] = first["mark"] or "now"
    return drawn


def confidence(found: Mapping[str, Any], speech: Speech, *, own: bool) -> Any:
    """The picture of how sure the author felt; `None` before the first rating."""
    ratings = [Rating(speech.local(instant(one["at"])).date(), one["confidence"]) for one in found["progress"]]
    changed = [speech.local(instant(one["at"])).date() for one in found["revisions"][1:]]
    due = date.fromisoformat(found["due_on"]) if found["due_on"] else None
    return confidence_picture(ratings, changed, due, speech, own=own) if ratings else None


def revisions(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Newest first, each with the title before it."""
    pairs = [{**after, "before": before["title"] if before else None} for before, after in zip([None, *found], found, strict=False)]
    return pairs[::-1]


@router.get("/{goal_id}/edit")
async def edit(page: Signed, goal_id: str) -> Response:
    """Say it otherwise."""
    found = await page.goals.get(f"/goals/{goal_id}")
    speech = speech_of(page)
    values = {**found, "shared": "yes" if found["shared"] else "", "partnership": found["partnership_id"]}
    return await form_page(page, Form(values), goal=found, hints=[words.hint(hint, speech) for hint in found["hints"]], checked=True)


@router.post("/{goal_id}")
async def revise(page: Signed, goal_id: str) -> Response:
    """Say it otherwise, and why."""
    form = typed(page)
    outcome = await attempt(page, page.goals.put(f"/goals/{goal_id}", {**body(form), "reason": form.value("reason")}), form)
    if outcome.refused:
        return await form_page(
            page, outcome.form, goal=await page.goals.get(f"/goals/{goal_id}"), hints=await hints_for(page, form), checked=True
        )
    return page.go(f"/goals/{goal_id}", toast=speech_of(page).gettext("Kept. What it said before stays below."))


@router.post("/{goal_id}/steps")
async def add_step(page: Signed, goal_id: str) -> Response:
    """One step more."""
    form, speech = typed(page), speech_of(page)
    if not form.value("text").strip():
        return await goal_page(page, goal_id, form.with_error("text", speech.gettext("What is the step?")))
    step = {"text": form.value("text"), "due_on": form.value("due_on") or None}
    return await done(page, goal_id, page.goals.post(f"/goals/{goal_id}/steps", step), "")


@router.post("/{goal_id}/steps/{step_id}")
async def revise_step(page: Signed, goal_id: str, step_id: str) -> Response:
    """A step reads otherwise, has another day, or another state."""
    form = typed(page)
    deed = STEP_DEEDS.get(form.value("deed"))
    if deed:
        return await done(page, goal_id, page.goals.post(f"/goals/{goal_id}/steps/{step_id}/{deed}"), "")
    step = {"text": form.value("step_text"), "due_on": form.value("step_due_on") or None}
    return await done(page, goal_id, page.goals.put(f"/goals/{goal_id}/steps/{step_id}", step), "")


@router.post("/{goal_id}/progress")
async def progress(page: Signed, goal_id: str) -> Response:
    """How far it is, and how sure one feels."""
    form, speech = typed(page), speech_of(page)
    said: dict[str, Any] = {
        "percent": whole(form.value("percent")) or 0,
        "state": form.value("state", "open"),
        "confidence": whole(form.value("confidence")) or USUAL_CONFIDENCE,
    }
    return await done(page, goal_id, page.goals.post(f"/goals/{goal_id}/progress", said), speech.gettext("Kept."))


@router.post("/{goal_id}/share")
async def share(page: Signed, goal_id: str) -> Response:
    """Let the mentor read along, or no more."""
    shared, speech = page.form.get("shared") == "yes", speech_of(page)
    toast = speech.gettext("Your mentor reads along from now on.") if shared else speech.gettext("Only you read it from now on.")
    return await done(page, goal_id, page.goals.post(f"/goals/{goal_id}/share", {"shared": shared}), toast)


@router.post("/{goal_id}/close")
async def close(page: Signed, goal_id: str) -> Response:
    """It is reached, or let go. Both are fine."""
    outcome = "reached" if page.form.get("outcome") == "reached" else "let_go"
    toast = speech_of(page).gettext("Closed. What you learned on the way stays here.")
    return await done(page, goal_id, page.goals.post(f"/goals/{goal_id}/close", {"outcome": outcome}), toast)


async def done(page: Page, goal_id: str, doing: Awaitable[Any], toast: str) -> Response:
    outcome = await attempt(page, doing)
    if outcome.refused:
        return await goal_page(page, goal_id, outcome.form)
    return page.go(f"/goals/{goal_id}", toast=toast or None)
