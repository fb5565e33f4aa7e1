"""A programme's settings as a file: taken away, compared, taken over, and made a new programme of."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from services.portal.api.managing import Attempt, attempt, programme_at, typed, words_of
from services.portal.api.page import Page, Signed
from services.portal.pages.form import Form
from services.portal.pages.words_settings import name_of

router = APIRouter(prefix="/manage/programmes")

TOML = "application/toml"


@router.get("/{programme_id}/settings/file")
async def file(programme_id: str, page: Signed, other: str = "") -> Response:
    """Ways out and in, and, with `other`, how this programme differs from another one."""
    programme = await programme_at(page, programme_id)
    if not other:
        return await _page(page, programme, Form())
    theirs = await page.matching.download(f"/programmes/{other}/settings")
    tried = await attempt(page, _handed_over(page, programme_id, theirs, commit=False), Form({"other": other}))
    return await _page(page, programme, tried.form, found=tried.answer)


@router.get("/{programme_id}/settings/download")
async def download(programme_id: str, page: Signed) -> Response:
    """The file."""
    text = await page.matching.download(f"/programmes/{programme_id}/settings")
    return Response(text, media_type=TOML, headers={"content-disposition": f'attachment; filename="programme-{programme_id}.toml"'})


@router.post("/{programme_id}/settings/file")
async def take_over(programme_id: str, page: Signed) -> Response:
    """Look at what the file would change; change it only when asked. The file travels in the form: nothing is kept before."""
    programme = await programme_at(page, programme_id)
    text, commit = await _file_of(page)
    tried = await _tried(page, text, lambda raw: _handed_over(page, programme_id, raw, commit=commit))
    if tried.answer and tried.answer["committed"]:
        return page.go(f"{programme['href']}/settings", toast=words_of(page).gettext("Saved. It counts from now on."))
    return await _page(page, programme, tried.form, found=tried.answer, text=text)


@router.get("/from-file")
async def from_file(page: Signed) -> Response:
    """A new programme out of a file."""
    return await _page(page, None, Form())


@router.post("/from-file")
async def set_up(page: Signed) -> Response:
    """Look at what is in the file; set the programme up only when asked."""
    text, commit = await _file_of(page)
    path = "/programmes/from-settings"
    tried = await _tried(page, text, lambda raw: page.matching.upload(path, raw, content_type=TOML, commit=commit))
    if tried.answer and tried.answer["committed"]:
        toast = words_of(page).gettext("The programme is there. Nobody sees it before you open it.")
        return page.go(f"/manage/programmes/{tried.answer['programme_id']}", toast=toast)
    return await _page(page, None, tried.form, found=tried.answer, text=text)


async def _file_of(page: Page) -> tuple[bytes, bool]:
    """What was uploaded, or came back in the form, and whether it is to be taken over. A file just chosen is looked at first."""
    upload = page.form.get("file")
    if isinstance(upload, UploadFile) and upload.filename:
        return await upload.read(), False
    return typed(page).value("text").encode(), "commit" in page.form


async def _tried(page: Page, text: bytes, doing: Callable[[bytes], Awaitable[Any]]) -> Attempt[Any]:
    if not text.strip():
        return Attempt(form=Form(errors={"file": words_of(page).gettext("Choose a file first.")}))
    tried = await attempt(page, doing(text), Form())
    return Attempt(form=Form(errors={"file": tried.form.message}) if tried.form.message else tried.form, answer=tried.answer)


def _handed_over(page: Page, programme_id: str, text: bytes, *, commit: bool) -> Awaitable[Any]:
    return page.matching.upload(f"/programmes/{programme_id}/settings", text, content_type=TOML, method="PUT", commit=commit)


async def _page(
    page: Page, programme: Mapping[str, Any] | None, form: Form, *, found: Mapping[str, Any] | None = None, text: bytes = b""
) -> Response:
    words = words_of(page)
    others: Sequence[Mapping[str, Any]] = [] if text else (await page.part(page.matching.get("/programmes"))).value or []
    here = programme["programme_id"] if programme else ""
    return page.render(
        "manager/settings_file.html" if programme else "manager/programme_from_file.html",
        status=422 if form.wrong or (found and found["wrong"]) else 200,
        programme=programme,
        form=form,
        others=[(one["programme_id"], one["name"]) for one in others if one["is_manager"] and one["programme_id"] != here],
        found=found,
        changes=[{**change, "name": name_of(change["field"], words)} for change in (found or {}).get("changes", [])],
        wrong=[{**one, "name": name_of(one["field"], words) if one["field"] else ""} for one in (found or {}).get("wrong", [])],
        text=text.decode("utf-8-sig", errors="replace"),
    )
