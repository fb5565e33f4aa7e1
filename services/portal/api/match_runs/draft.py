"""One match: how far it is while it is worked on, and then the whole draft, with one pair and one who is left out open beside it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portal.api.managing import card_of, programme_at, words_of
from services.portal.api.match_runs.cards import left_out_card, pair_card
from services.portal.api.match_runs.drawing import View, draw, group_words
from services.portal.api.match_runs.showing import ANY, HUNDREDTHS, SHOWN, Look, Row, Whole, page_of
from services.portal.api.page import Page, Signed
from services.portal.pages.pictures import Voice
from services.portal.pages.pictures.match import FAIR, GOOD
from services.portal.pages.pictures.quality import span
from services.portal.pages.words_reasons import shortfall
from services.portal.pages.words_runs import asked_for, circles, failure, form_of, step

router = APIRouter(prefix="/manage/runs/{run_id}")

UNFINISHED = frozenset({"queued", "running", "failed", "cancelled"})
ANYTHING = Look()


@router.get("")
async def run(run_id: str, page: Signed, look: Annotated[Look, Query()] = ANYTHING) -> Response:
    """One draft, as one looks at it; or how far it is."""
    summary = await page.matching.get(f"/runs/{run_id}/summary")
    programme = await programme_at(page, summary["programme_id"])
    words = words_of(page)
    if summary["state"] in UNFINISHED:
        return page.render(
            "manager/run_progress.html",
            programme=programme,
            run=summary,
            step=step(summary["step"], words),
            failure=failure(summary["failure"], words),
        )
    found = await whole_match(page, run_id)
    form = form_of({**programme, "form": summary["form"]}, words)
    groups = found.groups(look.by)
    rows = found.chosen(look, groups)
    opened, alone = await _opened(page, found, rows, programme, look), await _alone(page, found, look)
    if form.by == "round":
        rows.sort(key=lambda row: row.round or 0)
    elif form.by == "mentor":
        rows.sort(key=lambda row: row.mentor.name)
    may_change = summary["state"] in {"draft", "undone"}
    suggests = summary["options"]["running"] != "locked"
    both = (opened["protege_id"], opened["mentor_id"]) if opened else ("", "")
    return page.render(
        "manager/run.html",
        programme=programme,
        run=found.run,
        form=form,
        circles=circles(Counter(row.mentor.person_id for row in found.rows).values(), Voice.of(page.viewer)) if form.by == "mentor" else "",
        figures=figures(found),
        grades=grades(rows),
        drawn=draw(View(page=page, found=found, rows=rows, groups=groups, look=look, opened=both, form=form)),
        look=look,
        groups=groups,
        any_group=ANY,
        group_words=group_words(page),
        narrow_points=[(str(lowest), span(lowest)) for lowest in found.columns],
        pair=opened,
        out=alone,
        left_out=[card_of(found.people, one["person_id"]) for one in found.run["left_out"][:SHOWN]],
        rows=page_of(rows, look.at),
        people=found.people,
        may_change=may_change,
        suggests=suggests,
        may_publish=may_change and not suggests and bool(found.rows),
        asked_for=asked_for(summary["options"], words),
        shortfall=shortfall(found.run, Voice.of(page.viewer)),
    )


async def whole_match(page: Page, run_id: str) -> Whole:
    """The whole match with a card for everybody in it."""
    found = await page.matching.get(f"/runs/{run_id}/whole")
    changed = found["difference"] or {"added": [], "removed": []}
    together = [*found["forbidden"], *found["released"], *found["passed_over"], *changed["added"], *changed["removed"]]
    ids = {one["person_id"] for one in found["left_out"]} | {one["mentor_id"] for one in found["mentors"]}
    ids |= {one[side] for one in found["pairs"] for side in ("protege_id", "mentor_id")}
    return Whole(found, await page.people(ids | {person_id for both in together for person_id in both}))


def figures(found: Whole) -> dict[str, Any]:
    """The few figures at the head of a draft."""
    proteges = {row.protege.person_id for row in found.rows}
    mentors = {row.mentor.person_id for row in found.rows}
    return {
        "paired": found.run["coverage"]["paired"],
        "proteges": found.run["coverage"]["proteges"],
        "average": round(sum(row.points for row in found.rows) / len(found.rows) / HUNDREDTHS) if found.rows else 0,
        "left_out": len(found.run["left_out"]),
        "reached": len(proteges | mentors),
        "asked": len(proteges),
        "mentors": len(mentors),
    }


def grades(rows: Sequence[Row]) -> Counter[str]:
    """How many pairs are how good, as the key of the picture says."""
    return Counter("good" if row.shown >= GOOD else "fair" if row.shown >= FAIR else "weak" for row in rows)


async def _opened(page: Page, found: Whole, rows: Sequence[Row], programme: Mapping[str, Any], look: Look) -> dict[str, Any] | None:
    """The pair that is asked for; else the best that is looked at, unless somebody who is left out is asked for."""
    wanted = look.pair or look.who
    of_them = [row for row in found.rows if row.protege.person_id == wanted]
    chosen = next((row for row in of_them if row.mentor.person_id == look.partner), of_them[0] if of_them else None)
    if chosen is None and rows and not look.who:
        chosen = rows[0]
    if chosen is None:
        return None
    part = await page.part(page.matching.get(f"/runs/{found.run['run_id']}/pairs", of=chosen.protege.person_id))
    told = next((one for one in (part.value or {"pairs": []})["pairs"] if one["mentor_id"] == chosen.mentor.person_id), None)
    return pair_card(page, told, found.people, programme, found.run["weights"]) if told else None


async def _alone(page: Page, found: Whole, look: Look) -> dict[str, Any] | None:
    """Who is left out and asked for, else the first of them."""
    left_out = found.run["left_out"]
    one = next((one for one in left_out if one["person_id"] == look.who), left_out[0] if left_out else None)
    if one is None:
        return None
    people = await page.people([one["person_id"], *(one["group"] or {}).get("mentor_ids", [])])
    return left_out_card(page, one, people)
