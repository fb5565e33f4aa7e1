"""What administrators see of mail and calendars that could not be reached, and of timers that fail; and another try."""

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.administration import backend, must_administer
from services.portal.api.backends import SERVICES
from services.portal.api.managing import attempt, typed, words_of
from services.portal.api.page import Signed
from services.portal.pages.words_manager import channels

router = APIRouter(prefix="/administration/deliveries")


@router.get("")
async def undelivered(page: Signed) -> Response:
    """What has failed for good, newest first, and the timers that are tried again."""
    must_administer(page)
    failed = await page.parts(**{one: backend(page, one).get("/deliveries", state="failed") for one in SERVICES})
    timers = await page.parts(**{one: backend(page, one).get("/timers/failing") for one in SERVICES})
    rows = [{**row, "service": one} for one, part in failed.items() for row in part.value or []]
    late = [{**row, "service": one} for one, part in timers.items() for row in part.value or []]
    return page.render(
        "manager/undelivered.html",
        rows=sorted(rows, key=lambda row: str(row["created_at"]), reverse=True),
        timers=sorted(late, key=lambda row: str(row["set_for"])),
        channels=channels(words_of(page)),
        silent=[one for one in SERVICES if failed[one].value is None or timers[one].value is None],
    )


@router.post("/{service}/retry")
async def retry(service: str, page: Signed) -> Response:
    """Send it once more, as if for the first time."""
    must_administer(page)
    delivery_id = typed(page).value("delivery_id")
    tried = await attempt(page, backend(page, service).post(f"/deliveries/{delivery_id}/retry", {}))
    told = tried.refusal or words_of(page).gettext("It is being sent again.")
    return page.go("/administration/deliveries", toast=told)
