"""The text of an uploaded calendar file."""

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from services.scheduling.domain import NotACalendar

LARGEST_FILE = 5_000_000


async def text_of(request: Request) -> str:
    """The file that was sent, as the body itself or as the field `file` of a form. Raises NotACalendar."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        content = await _from_form(request)
    else:
        content = await request.body()
    if len(content) > LARGEST_FILE:
        raise NotACalendar(f"The file is larger than {LARGEST_FILE // 1_000_000} MB.", field="file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")  # every byte means something in it; what is no calendar is told as such


async def _from_form(request: Request) -> bytes:
    try:
        async with request.form(max_files=1, max_fields=5) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise NotACalendar("Choose a file that ends in .ics.", field="file")
            return await file.read()
    except MultiPartException as problem:
        raise NotACalendar("The file did not arrive whole. Send it again.", field="file") from problem
