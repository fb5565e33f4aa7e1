"""What was typed when the session had run out: kept for a quarter of an hour, for the same person in the same browser."""

from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from services.portal.api import forms
from services.portal.api.front_door import SESSION_COOKIE, FrontDoor, digest, new_secret
from services.portal.api.page import Signed

router = APIRouter(include_in_schema=False)

COOKIE: Final = "__Host-tandem-held"
_LARGEST: Final = 100_000


def held_fields(form: FormData) -> list[tuple[str, str]]:
    """What was typed, without files, tokens and passwords."""
    typed = ((name, value) for name, value in form.multi_items() if isinstance(value, str))
    return [(name, value) for name, value in typed if name != forms.FIELD and "password" not in name.lower()]


async def hold(door: FrontDoor, request: Request, form: FormData) -> str | None:
    """Keep a form whose session has run out. The secret under which its browser finds it again; None when whose it was is unknown."""
    cookie = request.cookies.get(SESSION_COOKIE)
    session = await door.sessions.find(digest(cookie)) if cookie else None
    fields = held_fields(form)
    if session is None or not fields or sum(len(name) + len(value) for name, value in fields) > _LARGEST:
        return None
    secret = new_secret()
    await door.held_forms.keep(digest(secret), person_id=session.person_id, path=request.url.path, fields=fields, at=datetime.now(UTC))
    return secret


@router.get("/held-form")
async def held_form(page: Signed) -> Response:
    """What was typed before the sign-in, to be sent now."""
    cookie = page.request.cookies.get(COOKIE)
    held = await page.door.held_forms.take(digest(cookie), page.person.id) if cookie else None
    if held is None:
        return page.go("/")
    response = page.render("front/stale_form.html", path=held["path"], fields=[tuple(field) for field in held["fields"]])
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response
