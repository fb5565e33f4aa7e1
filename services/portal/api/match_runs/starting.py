"""All drafts of a programme, and the way to a new one."""

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.managing import attempt, programme_at, words_of
from services.portal.api.page import Signed
from services.portal.pages.words_manager import run_states

router = APIRouter(prefix="/manage/programmes/{programme_id}/runs")


@router.get("")
async def runs(programme_id: str, page: Signed) -> Response:
    """All drafts of the match, and the way to a new one."""
    at = await programme_at(page, programme_id)
    parts = await page.parts(
        runs=page.matching.get(f"/programmes/{programme_id}/runs"),
        summary=page.matching.get(f"/programmes/{programme_id}/summary"),
    )
    found = parts["runs"].value
    ordered = sorted(found or [], key=lambda run: str(run["run_id"]), reverse=True)
    return page.render(
        "manager/runs.html",
        programme=at,
        runs=ordered,
        summary=parts["summary"].value,
        states=run_states(words_of(page)),
        silent=found is None or parts["summary"].value is None,
    )


@router.post("")
async def start(programme_id: str, page: Signed) -> Response:
    """Match now. Locked and forbidden pairs of the last draft hold."""
    tried = await attempt(page, page.matching.post(f"/programmes/{programme_id}/runs"))
    if tried.answer is None:
        return page.go(f"/manage/programmes/{programme_id}/runs", toast=tried.refusal)
    return page.go(f"/manage/runs/{tried.answer['run_id']}")
