"""The files pages load: named by what is in them, so browsers may keep them for ever."""

from typing import Final

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from services.portal.pages.assets import TYPES, asset, assets
from shared.errors import NotFound

router = APIRouter(include_in_schema=False)

_FOR_EVER: Final = "public, max-age=31536000, immutable"


@router.get("/static/{name}")
async def static(name: str, v: str = "") -> Response:
    """One of our own files. Asked for with another content's mark it may not be kept."""
    file = assets().get(name)
    if file is None:
        raise NotFound
    kept = _FOR_EVER if asset(name).endswith(f"?v={v}") else "no-cache"
    return FileResponse(file, media_type=TYPES[file.suffix], headers={"Cache-Control": kept})


@router.get("/favicon.ico")
async def favicon() -> Response:
    """What browsers ask for unasked."""
    return FileResponse(assets()["mark.svg"], media_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})
