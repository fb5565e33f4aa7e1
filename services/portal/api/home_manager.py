"""A programme manager's home: who needs me today, and how the programme runs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.health import in_order, pair_rows, people_in
from services.portal.api.managing import words_of
from services.portal.api.page import Page, Signed
from services.portal.api.programmes import newest
from services.portal.api.queue import MOST, task_rows
from services.portal.pages.pictures import Place, Share, programme_funnel, running_by_month, shares_picture
from services.portal.pages.times import days_between, on_day
from services.portal.pages.words_manager import health

router = APIRouter(prefix="/manage")

SHOWN = 12
TASKS_SHOWN = 6
LATELY = 30
"""Days that count as lately."""


@router.get("")
async def manage(page: Signed) -> Response:
    """The manager's home, also for somebody whose own home is a partnership's."""
    return await manager_home(page)


async def manager_home(page: Page) -> Response:
    """The attention list of all programmes one manages, and the picture of one of them."""
    found = await page.part(page.matching.get("/programmes"))
    mine = [one for one in found.value or [] if one["is_manager"]]
    running = [one for one in mine if one["state"] != "draft"]
    asked = await page.parts(
        tasks=page.matching.get("/tasks/mine", limit=MOST),
        **{f"health:{one['programme_id']}": page.goals.get(f"/programmes/{one['programme_id']}/health") for one in running},
        **{f"summary:{one['programme_id']}": page.matching.get(f"/programmes/{one['programme_id']}/summary") for one in running},
        **{f"runs:{one['programme_id']}": page.matching.get(f"/programmes/{one['programme_id']}/runs") for one in running},
    )
    known = {name: part.value for name, part in asked.items()}
    chosen = choose(running, known, page.request.query_params.get("programme", ""))
    needing = [
        (one, pair)
        for one in running
        for pair in in_order(known[f"health:{one['programme_id']}"] or [])
        if pair["state"] in {"help", "watch"}
    ]
    needing.sort(key=lambda row: row[1]["state"] != "help")
    people = await page.people(people_in(pair for _one, pair in needing[:SHOWN]))
    rows = [
        {**pair_rows(page, f"/manage/programmes/{one['programme_id']}", [pair], people)[0], "programme": one}
        for one, pair in needing[:SHOWN]
    ]
    return page.render(
        "manager/home.html",
        mine=mine if found.value is not None else None,
        running=running,
        rows=rows,
        needing=len(needing),
        help=sum(pair["state"] == "help" for _one, pair in needing),
        todo=todo(page, running, known),
        tasks=await task_rows(page, alone(known["tasks"] or [])[:TASKS_SHOWN], running),
        waiting=len(known["tasks"] or []),
        lately=lately(page, running, known),
        chosen=chosen,
        pictures=await pictures(page, chosen, known) if chosen else None,
        silent=any(part.value is None for part in asked.values()),
        health=health(words_of(page)),
        may_open=bool({"programme_manager", "administrator"} & page.viewer.roles),
    )


def choose(running: Sequence[Mapping[str, Any]], known: Mapping[str, Any], wanted: str) -> Mapping[str, Any] | None:
    """The programme to draw: the one asked for, else the one with most pairs."""
    for one in running:
        if one["programme_id"] == wanted:
            return one
    return max(running, key=lambda one: len(known[f"health:{one['programme_id']}"] or []), default=None)


def alone(tasks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The tasks that are shown one by one; those who want to take part are counted, programme by programme."""
    return [task for task in tasks if task["cause"] != "enrolment_requested"]


def todo(page: Page, running: Sequence[Mapping[str, Any]], known: Mapping[str, Any]) -> list[dict[str, str]]:
    """What waits for the manager in the programmes themselves, before any pair does."""
    words = words_of(page)
    rows = []
    for one in running:
        here = f"/manage/programmes/{one['programme_id']}"
        summary, run = known[f"summary:{one['programme_id']}"] or {}, newest(known[f"runs:{one['programme_id']}"] or [])
        if waiting := summary.get("waiting_approval", 0):
            text = words.ngettext("%(num)s person wants to take part", "%(num)s people want to take part", waiting) % {"num": waiting}
            href = f"{here}/enrolments?state=requested"
            rows.append({"programme": one["name"], "text": text, "label": words.gettext("Look at them"), "href": href})
        if run and run["state"] == "draft":
            text = words.gettext("A draft of the match waits for you")
            rows.append(
                {"programme": one["name"], "text": text, "label": words.gettext("Look at it"), "href": f"/manage/runs/{run['run_id']}"}
            )
        elif run and run["state"] == "failed":
            text = words.gettext("The last match could not be worked out")
            rows.append(
                {"programme": one["name"], "text": text, "label": words.gettext("Look at it"), "href": f"/manage/runs/{run['run_id']}"}
            )
    return rows


def lately(page: Page, running: Sequence[Mapping[str, Any]], known: Mapping[str, Any]) -> tuple[int, int]:
    """How many running pairs met in the last thirty days, and how many there are."""
    pairs = [pair for one in running for pair in known[f"health:{one['programme_id']}"] or [] if pair["state"] != "ended"]
    met = [pair for pair in pairs if pair["last_met_at"] and days_between(pair["last_met_at"], page.viewer.now, page.viewer.zone) <= LATELY]
    return len(met), len(pairs)


async def pictures(page: Page, chosen: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any] | None:
    """The programme from enrolling to closing, how the pairs are today, and how many ran each month."""
    pairs, summary = known[f"health:{chosen['programme_id']}"], known[f"summary:{chosen['programme_id']}"]
    if pairs is None or summary is None:
        return None
    words, viewer = words_of(page), page.viewer
    partnerships = (await page.part(page.matching.get(f"/programmes/{chosen['programme_id']}/partnerships"))).value or []
    runs = [(on_day(one["started_at"], viewer.zone), _ended(one, viewer.zone)) for one in partnerships]
    shares = [
        Share(name=word, count=sum(pair["state"] == state for pair in pairs), tone=state) for state, (word, _tone) in health(words).items()
    ]
    places = funnel_places(page, pairs, summary)
    return {
        "funnel": programme_funnel(places, viewer),
        "places": places,
        "health": shares_picture("health", words.gettext("How the pairs are today"), shares, viewer),
        "shares": shares,
        "months": running_by_month(runs, on_day(viewer.now, viewer.zone), viewer) if runs else None,
    }


def funnel_places(page: Page, pairs: Sequence[Mapping[str, Any]], summary: Mapping[str, Any]) -> list[Place]:
    """Protégés by how far they have come. Somebody with a second partner counts once, and has closed when no pair runs."""
    words = words_of(page)
    _, ngettext = words.gettext, words.ngettext
    matched = {pair["protege_id"] for pair in pairs}
    met = {pair["protege_id"] for pair in pairs if pair["met"]}
    goal = {pair["protege_id"] for pair in pairs if pair["met"] and pair["goals"]}
    running = {pair["protege_id"] for pair in pairs if pair["state"] != "ended"}
    closed = goal - running
    enrolled = max(summary["proteges"], len(matched))
    without = {
        "mentor": enrolled - len(matched),
        "meeting": len(matched - met),
        "goal": len(met - goal),
        "end": len(goal - closed),
    }
    places = [
        Place(name=_("enrolled"), people=enrolled),
        Place(
            name=_("have a mentor"),
            people=len(matched),
            missing=ngettext("%(num)s has no mentor yet", "%(num)s have no mentor yet", without["mentor"]) % {"num": without["mentor"]},
        ),
        Place(
            name=_("have met"),
            people=len(met),
            missing=ngettext("%(num)s has a mentor and has not met yet", "%(num)s have a mentor and have not met yet", without["meeting"])
            % {"num": without["meeting"]},
        ),
        Place(
            name=_("wrote a goal"),
            people=len(goal),
            missing=ngettext("%(num)s has met and has no goal yet", "%(num)s have met and have no goal yet", without["goal"])
            % {"num": without["goal"]},
        ),
        Place(
            name=_("closed"),
            people=len(closed),
            missing=ngettext("%(num)s still runs", "%(num)s still run", without["end"]) % {"num": without["end"]},
        ),
    ]
    # Who is at the next place is no news: nothing is said of nobody.
    gaps = [0, *without.values()]
    return [place if gap else replace(place, missing="") for place, gap in zip(places, gaps, strict=True)]


def _ended(partnership: Mapping[str, Any], zone: str) -> date | None:
    return on_day(partnership["ended_at"], zone) if partnership["ended_at"] else None
