"""People and their import: upload a file, check its columns, look at what would change, import."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile

from services.portal.api.importing import Preview
from services.portal.api.managing import programme_at, typed, words_of
from services.portal.api.page import Page, Signed
from services.portal.handlers.imports import COLUMNS, OnlyManagersManagePeople, PreviewOutdated, must_manage_people
from services.portal.pages.form import Form
from services.portal.pages.sentences import said
from services.portal.pages.words_manager import people_columns, wrong_cell
from shared.auth import Asker
from shared.errors import NotFound
from shared.tabular import UnreadableTable

router = APIRouter(prefix="/manage/people")

FOUND, ROWS = 50, 100


@router.get("")
async def people(page: Signed, q: str = "") -> Response:
    """Everybody in Tandem, found by name, address or employee id. `for` names the programme somebody is to manage."""
    if not (page.viewer.manages or page.viewer.administers):
        raise OnlyManagersManagePeople
    programme_id = page.request.query_params.get("for", "")
    found = await page.door.people.search(q[:200], FOUND)
    return page.render(
        "manager/people.html",
        q=q,
        found=[{**row, "person_id": row["_id"]} for row in found],
        total=await page.door.people.count(),
        most=FOUND,
        target=await programme_at(page, programme_id) if programme_id else None,
        may_import=may_import(page),
    )


@router.get("/import")
async def choose(page: Signed) -> Response:
    """Ask which file."""
    must_manage_people(page.viewer.roles)
    return _file_page(page, Form())


@router.post("/import")
async def upload(page: Signed) -> Response:
    """Read the file, and go on to its columns. Nothing is changed."""
    file = page.form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return _file_page(page, Form(errors={"file": words_of(page).gettext("Choose a file first.")}))
    try:
        preview = await page.door.people_import.upload(await file.read(), name=file.filename, by=_by(page))
    except UnreadableTable as unreadable:
        return _file_page(page, Form(errors={"file": said(str(unreadable), words_of(page))}))
    return page.go(f"/manage/people/import/{preview.import_id}/columns")


@router.get("/import/demo.csv")
async def demo(page: Signed) -> Response:
    """The file of demo people that comes with Tandem."""
    must_manage_people(page.viewer.roles)
    file = demo_file()
    if file is None:
        raise NotFound
    return FileResponse(file, media_type="text/csv; charset=utf-8", filename="people.csv")


@router.post("/import/demo")
async def import_demo(page: Signed) -> Response:
    """Take the demo people instead of a file of one's own; the steps are the same."""
    file = demo_file()
    if file is None:
        raise NotFound
    preview = await page.door.people_import.upload(file.read_bytes(), name=file.name, by=_by(page))
    return page.go(f"/manage/people/import/{preview.import_id}/columns")


@router.get("/import/{import_id}/columns")
async def columns(import_id: str, page: Signed) -> Response:
    """Which heading stands for which column, as guessed."""
    return _columns_page(page, await page.door.people_import.look(import_id, by=_by(page)))


@router.post("/import/{import_id}/columns")
async def name_columns(import_id: str, page: Signed) -> Response:
    """Which heading stands for which column, as said."""
    form = typed(page)
    mapping = {column.name: form.value(column.name) for column in COLUMNS}
    preview = await page.door.people_import.name_columns(import_id, mapping, by=_by(page))
    if missing_columns(preview):
        return _columns_page(page, preview, told=True)
    return page.go(f"/manage/people/import/{import_id}")


@router.get("/import/{import_id}")
async def check(import_id: str, page: Signed, show: str = "") -> Response:
    """What would change, and which rows stay out and why; afterwards, what has changed."""
    preview = await page.door.people_import.look(import_id, by=_by(page))
    if preview.state != "done" and missing_columns(preview):
        return RedirectResponse(f"/manage/people/import/{import_id}/columns", status_code=303)
    words = words_of(page)
    counts = preview.counts
    show = show or ("wrong" if counts["wrong"] else "new" if counts["new"] else "changed")
    return page.render(
        "manager/import_result.html" if preview.state == "done" else "manager/import_check.html",
        preview=preview,
        counts=counts,
        total=sum(counts.values()),
        show=show,
        wrong=[
            {"cell": cell, "said": wrong_cell(cell.code, cell.details, cell.reason, cell.value, words)}
            for cell in preview.plan.wrong[:ROWS]
        ],
        rows=[row for row in preview.plan.rows if row.kind == show][:ROWS],
        columns=people_columns(words),
        most=ROWS,
        outdated="outdated" in page.request.query_params,
    )


@router.post("/import/{import_id}")
async def commit(import_id: str, page: Signed) -> Response:
    """Import exactly what was shown."""
    try:
        done = await page.door.people_import.commit(import_id, by=_by(page))
    except PreviewOutdated:
        return page.go(f"/manage/people/import/{import_id}?outdated=yes")
    words = words_of(page)
    count = sum((done.result or {}).values())
    return page.go(
        f"/manage/people/import/{import_id}",
        toast=words.ngettext("%(num)s person is in Tandem now.", "%(num)s people are in Tandem now.", count) % {"num": count},
    )


def may_import(page: Page) -> bool:
    return bool({"programme_manager", "administrator"} & page.viewer.roles)


def missing_columns(preview: Preview) -> list[str]:
    """Columns no import can do without, and that nobody has found in the file."""
    return [column.name for column in COLUMNS if column.required and not preview.mapping.get(column.name)]


def demo_file() -> Path | None:
    """The demo people, where the local deployment is installed. Looked up without importing it: no service stands on it."""
    found = find_spec("deploy.local") if find_spec("deploy") else None
    if found is None or found.origin is None:
        return None
    file = Path(found.origin).parent / "people.csv"
    return file if file.is_file() else None


def _by(page: Page) -> Asker:
    return Asker(page.viewer.person_id, page.viewer.roles)


def _file_page(page: Page, form: Form) -> Response:
    status = 422 if form.wrong else 200
    return page.render(
        "manager/import_file.html", status=status, form=form, demo=demo_file() is not None, columns=people_columns(words_of(page))
    )


def _columns_page(page: Page, preview: Preview, *, told: bool = False) -> Response:
    shown: dict[str, Any] = people_columns(words_of(page))
    missing = missing_columns(preview)
    form = Form(dict(preview.mapping), {name: words_of(page).gettext("Say which heading it is.") for name in missing} if told else {})
    required = {column.name for column in COLUMNS if column.required}
    return page.render(
        "manager/import_columns.html",
        status=422 if told else 200,
        preview=preview,
        columns=shown,
        form=form,
        missing=missing,
        required=required,
    )
