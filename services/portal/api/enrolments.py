"""Who takes part in a programme: approve, decline, and bring in a list."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile

from services.portal.api.managing import attempt, programme_at, typed, words_of
from services.portal.api.page import Page, Signed
from services.portal.pages.form import Form
from services.portal.pages.words_manager_enrolments import crowds, enrolment_states, roles

router = APIRouter(prefix="/manage")

PER_PAGE = 40


class Search(BaseModel):
    """Whom one looks for in the list."""

    role: str = ""
    state: str = ""
    q: str = ""
    start: int = Field(default=0, ge=0)


@router.get("/programmes/{programme_id}/enrolments")
async def enrolments(programme_id: str, page: Signed, search: Annotated[Search, Query()]) -> Response:
    """Everybody who wants to take part, filtered by links and looked for by name."""
    role, state, q = search.role, search.state, search.q
    at = await programme_at(page, programme_id)
    found = await page.part(page.matching.get(f"/programmes/{programme_id}/enrolments"))
    everybody: Sequence[Mapping[str, Any]] = found.value or []
    shown = [one for one in everybody if role in {"", one["role"]} and state in {"", one["state"]}]
    people = await page.people(one["person_id"] for one in shown)
    shown = [one for one in shown if q.casefold() in people[one["person_id"]].name.casefold()]
    ordered = sorted(shown, key=lambda one: (one["state"] != "requested", people[one["person_id"]].name))
    start = min(search.start, max(len(ordered) - 1, 0))
    return page.render(
        "manager/enrolments.html",
        programme=at,
        enrolments=ordered[start : start + PER_PAGE],
        total=len(ordered),
        everybody=len(everybody),
        start=start,
        per_page=PER_PAGE,
        counts=Counter(one["state"] for one in everybody if role in {"", one["role"]}),
        role_counts=Counter(one["role"] for one in everybody if state in {"", one["state"]}),
        role=role,
        state=state,
        q=q,
        people=people,
        states=enrolment_states(words_of(page)),
        roles=roles(words_of(page), at["called"]),
        crowds=crowds(words_of(page), at["called"]),
        questions={question["id"]: question["label"] for question in at["questions"]},
        silent=found.value is None,
    )


@router.post("/enrolments/{enrolment_id}/approve")
async def approve(enrolment_id: str, page: Signed) -> Response:
    """Somebody takes part."""
    return await _answer(page, enrolment_id, "approve")


@router.post("/enrolments/{enrolment_id}/decline")
async def decline(enrolment_id: str, page: Signed) -> Response:
    """Somebody does not take part."""
    return await _answer(page, enrolment_id, "decline")


@router.post("/programmes/{programme_id}/enrolments/approve-all")
async def approve_all(programme_id: str, page: Signed) -> Response:
    """Everybody who waits takes part."""
    tried = await attempt(page, page.matching.post(f"/programmes/{programme_id}/enrolments/approve-all"))
    words = words_of(page)
    count = (tried.answer or {}).get("approved", 0)
    done = words.ngettext("%(num)s person takes part now.", "%(num)s people take part now.", count) % {"num": count}
    return page.go(f"/manage/programmes/{programme_id}/enrolments", toast=tried.form.message or done)


@router.get("/programmes/{programme_id}/enrolments/import")
async def import_form(programme_id: str, page: Signed) -> Response:
    """Bring in a list of people with their roles."""
    at = await programme_at(page, programme_id)
    return page.render("manager/enrolments_import.html", programme=at, form=Form(), preview=None, table="", filename="")


@router.post("/programmes/{programme_id}/enrolments/import")
async def import_list(programme_id: str, page: Signed) -> Response:
    """Look at the file first; write only when asked. The file travels in the form, so nothing is kept before it is taken in."""
    at = await programme_at(page, programme_id)
    form = typed(page)
    table, filename = form.value("table"), form.value("filename")
    upload = page.form.get("file")
    if isinstance(upload, UploadFile) and upload.filename:
        raw, filename = await upload.read(), upload.filename
        commit = False
    else:
        raw, commit = table.encode(), "commit" in page.form
    if not raw.strip():
        wrong = Form(errors={"file": words_of(page).gettext("Choose a file first.")})
        return page.render("manager/enrolments_import.html", status=422, programme=at, form=wrong, preview=None, table="", filename="")
    path = f"/programmes/{programme_id}/enrolments/import"
    tried = await attempt(page, page.matching.upload(path, raw, content_type="text/csv", commit=commit))
    if tried.answer is None:
        wrong = Form(errors={"file": tried.form.message or "; ".join(tried.form.errors.values())})
        return page.render("manager/enrolments_import.html", status=422, programme=at, form=wrong, preview=None, table="", filename="")
    if commit:
        words = words_of(page)
        count = tried.answer["new"] + tried.answer["changed"]
        toast = words.ngettext("%(num)s enrolment is in.", "%(num)s enrolments are in.", count) % {"num": count}
        return page.go(f"{at['href']}/enrolments", toast=toast)
    return page.render(
        "manager/enrolments_import.html",
        programme=at,
        form=Form(),
        preview=tried.answer,
        people=await page.people(row["person_id"] for row in tried.answer["rows"]),
        table=readable(raw),
        filename=filename,
        roles=roles(words_of(page), at["called"]),
    )


def readable(raw: bytes) -> str:
    """The file as text, to be sent once more. What is no UTF-8 is Windows' Western European, as spreadsheets write it."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


async def _answer(page: Page, enrolment_id: str, what: str) -> Response:
    form = typed(page)
    tried = await attempt(page, page.matching.post(f"/enrolments/{enrolment_id}/{what}"), form)
    words = words_of(page)
    done = words.gettext("Approved.") if what == "approve" else words.gettext("Declined. They are told, without a reason.")
    return page.go(f"/manage/programmes/{form.value('programme_id')}/enrolments{form.value('query')}", toast=tried.form.message or done)
