"""Taking part: which programmes are open, and the form that says what one needs or offers."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portal.api.mentors import may_search
from services.portal.api.page import Page, Signed
from services.portal.api.participant import attempt, lists, someones, soon, speech_of, typed, value, whole
from services.portal.api.requests import mentors_of, requests_under_way
from services.portal.pages import words_participant as words
from services.portal.pages.form import Form
from services.portal.pages.times import on_day

router = APIRouter(prefix="/programmes")

Role = Literal["protege", "mentor", "peer"]
Deed = Literal["pause", "resume", "sit-out", "sit-in"]
OVER = {"withdrawn", "ended"}
TAGS = ("needs", "goals", "strengths")
MOST_TAGS_LOOKED_UP = 12
KNOWN_SHOWN = 3
LISTS = ("needs", "strengths", "goals", "hours")


@router.get("")
async def programmes(page: Signed) -> Response:
    """What one can take part in, and where one does."""
    parts = await page.parts(programmes=page.matching.get("/programmes"), enrolments=page.matching.get("/enrolments/mine"))
    speech = speech_of(page)
    mine = {enrolment["programme_id"]: enrolment for enrolment in value(parts["enrolments"], []) if enrolment["state"] not in OVER}
    rows = []
    for programme in value(parts["programmes"], []):
        enrolment = mine.get(programme["programme_id"])
        if programme["state"] != "open" and enrolment is None:
            continue
        state, tone = words.enrolment_state(enrolment["state"], speech) if enrolment else (speech.gettext("takes people"), "")
        told = {
            "looking_for": words.looking_for(programme, speech),
            "enrolled": enrolment is not None,
            "may_search": may_search(programme, mine.values()),
            "state_words": state,
            "tone": tone,
        }
        rows.append({**programme, **told})
    return page.render("participant/programmes.html", rows=rows, silent=any(part.problem for part in parts.values()))


@router.get("/{programme_id}")
async def enrolling(page: Signed, programme_id: str, role: Annotated[Role | None, Query()] = None) -> Response:
    """The form to take part, or what one wrote there."""
    return await enrolment_page(page, programme_id, role=role)


async def enrolment_page(page: Page, programme_id: str, *, role: str | None = None, form: Form | None = None) -> Response:
    programme = await page.matching.get(f"/programmes/{programme_id}")
    enrolments = await page.matching.get("/enrolments/mine")
    enrolment = next((one for one in enrolments if one["programme_id"] == programme_id and one["state"] not in OVER), None)
    if programme["is_manager"] and enrolment is None and role is None and form is None:
        return page.go(f"/manage/programmes/{programme_id}")
    speech = speech_of(page)
    role = enrolment["role"] if enrolment else "peer" if programme["form"] == "peer" else role
    state, tone = words.enrolment_state(enrolment["state"], speech) if enrolment else ("", "")
    today = on_day(page.viewer.now, page.viewer.zone)
    return page.render(
        "participant/enrolment.html",
        status=422 if form else 200,
        found=programme,
        enrolment=enrolment,
        may_search=may_search(programme, enrolments),
        looking_for=words.looking_for(programme, speech),
        role=role,
        names={code: words.role(code, speech, programme["called"]) for code in ("protege", "mentor")},
        kind=words.form(programme["form"], speech),
        days=words.days(programme, today, speech) if enrolment is None else "",
        closed=enrolment is None and not may_enrol(programme, today),
        opens_on=programme["enrolment"]["opens_on"] if (programme["enrolment"]["opens_on"] or "") > today.isoformat() else None,
        most_places=programme["circle"]["largest"] if programme["form"] == "circle" else programme["largest_capacity"],
        state=state,
        tone=tone,
        questions=[question for question in programme["questions"] if role == "peer" or question["for_role"] in {role, "both"}],
        form=beside(filled(enrolment) if enrolment else Form({"capacity": usual_places(programme)}), form),
        programme={"name": programme["name"], "href": f"/programmes/{programme_id}"},
        known=await known_words(page, enrolment) if enrolment and form is None else [],
        **await where_one_stands(page, enrolment),
    )


async def known_words(page: Page, enrolment: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The words somebody wrote that Tandem does not know, each with the nearest it knows; those are matched best."""
    tags = [(name, tag) for name in TAGS for tag in enrolment[name]][:MOST_TAGS_LOOKED_UP]
    path = f"/programmes/{enrolment['programme_id']}/words"
    parts = await page.parts(**{f"{name}:{tag}": soon(page.matching.get(path, typed=tag)) for name, tag in tags})
    rows = []
    for name, tag in tags:
        near: list[str] = parts[f"{name}:{tag}"].value or []
        if near and tag.casefold() not in {word.casefold() for word in near}:
            rows.append({"field": name, "tag": tag, "near": near[:KNOWN_SHOWN]})
    return rows


def beside(shown: Form, typed_now: Form | None) -> Form:
    """The form as it is shown, with what was typed just now in it and what was wrong with that."""
    return shown if typed_now is None else Form({**shown.values, **typed_now.values}, typed_now.errors, typed_now.message)


def may_enrol(programme: Mapping[str, Any], today: date) -> bool:
    """Whether the programme takes people today."""
    admission, cohort = programme["enrolment"], programme["kind"] == "cohort"
    last = (admission["closes_on"] or programme["matching_on"]) if cohort and admission["late_joiners"] == "refused" else None
    begun = admission["opens_on"] is None or date.fromisoformat(admission["opens_on"]) <= today
    return programme["state"] == "open" and begun and (last is None or today <= date.fromisoformat(last))


def usual_places(programme: Mapping[str, Any]) -> int:
    """Places of a mentor who says nothing."""
    places: int = programme["circle"]["largest"] if programme["form"] == "circle" else programme["default_capacity"]
    return places


async def where_one_stands(page: Page, enrolment: Mapping[str, Any] | None) -> dict[str, Any]:
    """For whoever waits for a partner: the place in the queue, what the last match came to, and a request of one's own."""
    if enrolment is None or enrolment["state"] != "approved" or enrolment["role"] == "mentor" or not enrolment["free_places"]:
        return {"standing": None, "left_out": "", "under_way": None}
    parts = await page.parts(
        standing=page.matching.get(f"/enrolments/{enrolment['enrolment_id']}/standing"),
        outcome=soon(page.matching.get(f"/programmes/{enrolment['programme_id']}/my-outcome")),
        requests=page.matching.get("/requests/mine"),
    )
    asked = [one for one in parts["requests"].value or [] if one["programme_id"] == enrolment["programme_id"]]
    people = await someones(page, [mentor for one in asked for mentor in mentors_of(one)])
    speech, found, outcome = speech_of(page), parts["standing"].value, parts["outcome"].value
    return {
        "standing": words.place_in_queue(found["standing"], found["of"], speech) if found and found["standing"] else None,
        "left_out": words.left_out(outcome, speech) if outcome else "",
        "under_way": next(iter(requests_under_way(asked, people, speech)), None),
    }


def filled(enrolment: Mapping[str, Any]) -> Form:
    """The form as it was sent last."""
    values: dict[str, Any] = {name: ", ".join(enrolment[name]) for name in LISTS}
    values["capacity"] = enrolment["capacity"]
    return Form(values | {f"answer-{question}": answer for question, answer in enrolment["answers"].items()})


@router.post("/{programme_id}")
async def enrol(page: Signed, programme_id: str) -> Response:
    """Ask to take part, or change what was written."""
    form, speech = typed(page), speech_of(page)
    role, enrolment_id = form.value("role"), form.value("enrolment_id")
    wanted: dict[str, Any] = {name: lists(form.value(name)) for name in LISTS}
    wanted["answers"] = {
        name.removeprefix("answer-"): form.value(name) for name in form.values if name.startswith("answer-") and form.value(name)
    }
    if role in {"mentor", "peer"}:
        wanted["capacity"] = whole(form.value("capacity"))
        if wanted["capacity"] is None:
            return await enrolment_page(
                page, programme_id, role=role, form=form.with_error("capacity", speech.gettext("Write a number, for example 2."))
            )
    if enrolment_id:
        doing, toast = page.matching.put(f"/enrolments/{enrolment_id}", wanted), speech.gettext("Your changes are kept.")
    else:
        doing = page.matching.post(f"/programmes/{programme_id}/enrolments", {"role": role, **wanted})
        toast = speech.gettext("Thank you. The managers of the programme look at it.")
    outcome = await attempt(page, doing, form)
    if outcome.refused:
        return await enrolment_page(page, programme_id, role=role, form=outcome.form)
    return page.go(f"/programmes/{programme_id}", toast=toast)


@router.post("/{programme_id}/withdraw")
async def withdraw(page: Signed, programme_id: str) -> Response:
    """Take part no more."""
    outcome = await attempt(page, page.matching.post(f"/enrolments/{page.form.get('enrolment_id', '')}/withdraw"))
    if outcome.refused:
        return await enrolment_page(page, programme_id, form=outcome.form)
    return page.go("/programmes", toast=speech_of(page).gettext("You do not take part any more. You are welcome back."))


@router.post("/{programme_id}/part/{deed}")
async def stand_aside(page: Signed, programme_id: str, deed: Deed) -> Response:
    """Pause until a day, come back before it, or sit out the next match."""
    form, speech = typed(page), speech_of(page)
    if deed == "pause" and not form.value("until"):
        return await enrolment_page(page, programme_id, form=form.with_error("until", speech.gettext("Pick a day.")))
    here = f"/enrolments/{form.value('enrolment_id')}"
    doing, toast = {
        "pause": (partial(page.matching.post, f"{here}/pause", {"until": form.value("until")}), speech.gettext("You pause now.")),
        "resume": (partial(page.matching.post, f"{here}/resume"), speech.gettext("Welcome back. You can be matched again.")),
        "sit-out": (partial(page.matching.post, f"{here}/sit-out"), speech.gettext("You sit out the next match.")),
        "sit-in": (partial(page.matching.delete, f"{here}/sit-out"), speech.gettext("You are in the next match.")),
    }[deed]
    outcome = await attempt(page, doing(), form)
    if outcome.refused:
        return await enrolment_page(page, programme_id, form=outcome.form)
    return page.go(f"/programmes/{programme_id}", toast=toast)


@router.post("/{programme_id}/word")
async def use_known_word(page: Signed, programme_id: str) -> Response:
    """Have a word that Tandem knows in the place of one's own."""
    form = typed(page)
    enrolment = await page.matching.get(f"/enrolments/{form.value('enrolment_id')}")
    wishes: dict[str, Any] = {name: enrolment[name] for name in (*LISTS, "answers")}
    if enrolment["role"] != "protege":
        wishes["capacity"] = enrolment["capacity"]
    field, own = form.value("field"), form.value("tag")
    if field in TAGS:
        wishes[field] = [form.value("word") if tag == own else tag for tag in enrolment[field]]
    outcome = await attempt(page, page.matching.put(f"/enrolments/{enrolment['enrolment_id']}", wishes), form)
    if outcome.refused:
        return await enrolment_page(page, programme_id, form=outcome.form)
    return page.go(f"/programmes/{programme_id}", toast=speech_of(page).gettext("Your changes are kept."))
