"""A match held against another one, person by person, and how it treats groups of people."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portal.api.managing import card_of, programme_at, words_of
from services.portal.api.match_runs.showing import HUNDREDTHS, change_rows, matching_name, page_of
from services.portal.api.page import Signed
from services.portal.pages.pictures import share_bar
from services.portal.pages.words_manager import run_states

router = APIRouter(prefix="/manage/runs/{run_id}")

Kind = Literal["", "gained", "lost", "moved"]
By = Annotated[Literal["department", "location", "level"], Query()]
RUNNING = "running"
WITH_DRAFT = frozenset({"draft", "publishing", "published", "undoing", "undone", "superseded"})


@router.get("/differences")
async def differences(run_id: str, page: Signed, *, against: str = "", kind: Kind = "", q: str = "", at: str = "") -> Response:
    """Who has gained or lost a partner or moved to another since another draft; against the one before, if nothing is said."""
    run = await page.matching.get(f"/runs/{run_id}/summary")
    programme = await programme_at(page, run["programme_id"])
    found = await page.matching.get(f"/programmes/{run['programme_id']}/runs")
    others = sorted((one for one in found if one["run_id"] != run_id and one["state"] in WITH_DRAFT), key=lambda one: -one["number"])
    earlier = [one for one in others if one["number"] < run["number"]]
    # A suggestion is about those who are partners now.
    usual = RUNNING if run["options"]["running"] != "locked" else next((one["run_id"] for one in [*earlier, *others]), "")
    against = against or usual
    told = await page.matching.get(f"/runs/{run_id}/differences", against=against) if against else None
    changes = told["changes"] if told else []
    mentors = told["mentors"] if told else []
    ids = {change["protege_id"] for change in changes} | {one["mentor_id"] for one in mentors}
    ids |= {partner["mentor_id"] for change in changes for partner in [*change["before"], *change["after"]]}
    people = await page.people(ids)
    rows = [
        row
        for row in change_rows(changes, people)
        if (not kind or row.kind == kind) and matching_name(q, row.protege.name, *(name for name, _points in [*row.before, *row.after]))
    ]
    return page.render(
        "manager/run_differences.html",
        programme=programme,
        run=run,
        others=others,
        against=against,
        other=next((one for one in others if one["run_id"] == against), None),
        states=run_states(words_of(page)),
        told=told,
        points=[None if told[name] is None else round(told[name] / HUNDREDTHS) for name in ("points_before", "points_after")]
        if told
        else [],
        rows=page_of(rows, at),
        mentors=[{**one, "mentor": card_of(people, one["mentor_id"])} for one in mentors],
        kind=kind,
        q=q,
    )


@router.get("/fairness")
async def fairness(run_id: str, page: Signed, by: By = "department") -> Response:
    """How many of each group have a partner and how good their pairs are; small groups are shown together."""
    run = await page.matching.get(f"/runs/{run_id}/summary")
    programme = await programme_at(page, run["programme_id"])
    told = (await page.part(page.matching.get(f"/runs/{run_id}/fairness", by=by))).value
    return page.render(
        "manager/run_fairness.html",
        programme=programme,
        run=run,
        by=by,
        told=told,
        parts=[
            {
                **part,
                "bar": share_bar(part["coverage"] / 100),
                "mean": _of_hundred(part["mean_points"]),
                "low": _of_hundred(part["low_points"]),
            }
            for part in ([told["whole"]] if told and told["whole"] else []) + (told["parts"] if told else [])
        ],
    )


def _of_hundred(points: int | None) -> int | None:
    return None if points is None else round(points / HUNDREDTHS)
