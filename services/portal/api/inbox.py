"""The inbox: what waits for the reader and what is new. `live.py` tells the page when there is more."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import AwareDatetime

from services.portal.api.page import Page, Signed
from services.portal.api.participant import Someone, someones, speech_of, value
from services.portal.pages.words_participant import notice_words

router = APIRouter(prefix="/inbox")

AT_ONCE = 50
PERSON_KEYS = ("other_id", "person_id", "protege_id", "mentor_id")


@router.get("")
async def inbox(
    page: Signed, show: Annotated[Literal["all", "new"], Query()] = "all", before: Annotated[AwareDatetime | None, Query()] = None
) -> Response:
    """Every notice, or the new ones, newest first; those that wait for an answer on top."""
    part = await page.part(page.notifications.get("/inbox/mine", only=show, before=before, limit=AT_ONCE))
    notices = value(part, [])
    people = await someones(page, [notice["subject"].get(key) for notice in notices for key in PERSON_KEYS])
    rows = [row(page, notice, people) for notice in notices]
    waiting = [one for one in rows if one["needs_answer"]]
    return page.render(
        "participant/inbox.html",
        show=show,
        waiting=waiting,
        others=[one for one in rows if not one["needs_answer"]],
        fresh=sum(one["fresh"] for one in rows),
        older="?" + urlencode({"show": show, "before": notices[-1]["at"]}) if len(notices) == AT_ONCE else "",
        later=before is not None,
        silent=part.problem is not None,
    )


def row(page: Page, notice: Mapping[str, Any], people: Mapping[str, Someone]) -> dict[str, Any]:
    """A notice in words, with whose face stands beside it."""
    said = notice_words(notice, people, speech_of(page))
    return {
        "notice_id": notice["notice_id"],
        "words": said,
        "person": people[said.person_id] if said.person_id else None,
        "at": notice["at"],
        "fresh": notice["seen_at"] is None,
        "needs_answer": notice["needs_answer"],
    }


@router.post("/seen-all")
async def see_all(page: Signed) -> Response:
    """Nothing is new any more."""
    await page.notifications.post("/inbox/seen-all")
    return page.go("/inbox", toast=speech_of(page).gettext("Everything is marked as seen."))


@router.post("/{notice_id}/seen")
async def see(page: Signed, notice_id: str) -> Response:
    """One notice is not new any more."""
    await page.notifications.post(f"/inbox/{notice_id}/seen")
    return page.go(f"/inbox?show={'new' if page.form.get('show') == 'new' else 'all'}")
