"""Somebody who looks at a page without being signed in."""

from datetime import UTC, datetime

from fastapi import Request

from services.portal.domain.person import LOCALES
from services.portal.pages.render import Viewer


def visitor(request: Request) -> Viewer:
    """Nobody in particular, in the language the browser asks for."""
    return Viewer(person_id="", name="", locale=_locale(request.headers.get("accept-language", "")), now=datetime.now(UTC))


def _locale(wanted: str) -> str:
    """The first language of the header that Tandem speaks; browsers write the best one first."""
    codes = (part.partition(";")[0].strip().lower().partition("-")[0] for part in wanted.split(","))
    return next((code for code in codes if code in LOCALES), "en")
