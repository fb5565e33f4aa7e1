"""What waits for a programme's managers: why, since when, until when, and the next step."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from babel.lists import format_list
from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.portal.api.managing import card_of, named, programme_at, words_of
from services.portal.api.page import Page, Part, PersonCard, Signed
from services.portal.pages.people import first_name
from services.portal.pages.times import locale_of
from services.portal.pages.words_manager_queue import reminder, task_causes, task_words, whose

router = APIRouter(prefix="/manage")

PER_PAGE = 40
MOST = 1_000
"""So many tasks are asked for, those that are due first."""


class Search(BaseModel):
    """Which tasks one looks for."""

    cause: str = ""
    q: str = ""
    start: int = Field(default=0, ge=0)


@router.get("/tasks")
async def tasks(page: Signed, search: Annotated[Search, Query()]) -> Response:
    """Everything that waits, whatever is due first in front."""
    parts = await page.parts(tasks=page.matching.get("/tasks/mine", limit=MOST), programmes=page.matching.get("/programmes"))
    return await _page(page, "/manage/tasks", parts["tasks"], parts["programmes"].value or [], search)


@router.get("/programmes/{programme_id}/tasks")
async def tasks_of(programme_id: str, page: Signed, search: Annotated[Search, Query()]) -> Response:
    """What waits in one programme: where letters about it lead."""
    at = await programme_at(page, programme_id)
    found = await page.part(page.matching.get(f"/programmes/{programme_id}/tasks", limit=MOST))
    return await _page(page, f"{at['href']}/tasks", found, [at], search, programme=at)


async def _page(
    page: Page,
    base: str,
    waiting: Part[Any],
    programmes: Sequence[Mapping[str, Any]],
    search: Search,
    *,
    programme: Mapping[str, Any] | None = None,
) -> Response:
    found: Sequence[Mapping[str, Any]] = waiting.value or []
    wanted = [task for task in found if search.cause in {"", task["cause"]}]
    shown = await named(page, wanted, search.q, lambda task: task["person_ids"])
    start = min(search.start, max(len(shown) - 1, 0))
    return page.render(
        "manager/tasks.html",
        programme=programme,
        base=base,
        rows=await task_rows(page, shown[start : start + PER_PAGE], programmes),
        total=len(shown),
        everything=len(found),
        most=MOST,
        counts=Counter(task["cause"] for task in found),
        causes=task_causes(words_of(page)),
        cause=search.cause,
        q=search.q,
        start=start,
        per_page=PER_PAGE,
        silent=waiting.problem is not None,
    )


async def task_rows(page: Page, tasks: Sequence[Mapping[str, Any]], programmes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each task in words, with the way to act."""
    people = await page.people([person_id for task in tasks for person_id in (*task["person_ids"], task["owner_id"])])
    names = {one["programme_id"]: one["name"] for one in programmes}
    return [_row(page, task, people, names.get(task["programme_id"], "")) for task in tasks]


def _row(page: Page, task: Mapping[str, Any], people: Mapping[str, PersonCard], programme: str) -> dict[str, Any]:
    words, about = words_of(page), [card_of(people, person_id) for person_id in task["person_ids"]]
    listed = format_list([one.name for one in about], locale=locale_of(page.viewer.locale))
    owner = card_of(people, task["owner_id"]).name if task["owner_id"] else ""
    return {
        **task,
        "about": about[0],
        "said": task_words(task["cause"], listed, len(about), words),
        "programme": programme,
        "whose": whose(task, page.viewer.person_id, first_name(owner), words),
        "href": _way(page, task, about),
    }


def _way(page: Page, task: Mapping[str, Any], about: Sequence[PersonCard]) -> str:
    """Where one acts: on the page of the request or the enrolments, or in a letter begun in one's own mail program."""
    here = f"/manage/programmes/{task['programme_id']}"
    addresses = ",".join(quote(one.email, safe="@") for one in about if one.email)
    if task["next_step"] == "pair_propose_or_close":
        return f"{here}/requests/{task['subject_id']}"
    if task["next_step"] == "approve_or_decline":
        return f"{here}/enrolments?state=requested"
    subject, text = reminder(words_of(page))
    return f"mailto:{addresses}?subject={quote(subject)}&body={quote(text)}" if addresses else f"{here}/proposals?state=open"
