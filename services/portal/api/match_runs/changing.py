"""A draft's managers correct it by hand, publish it, take that back, or stop a run that is still at work."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.managing import Attempt, attempt, card_of, programme_at, typed, words_of
from services.portal.api.match_runs.showing import HUNDREDTHS, SHOWN, matching_name, page_of
from services.portal.api.page import Page, Signed
from services.portal.pages.words_manager import broken_rule

router = APIRouter(prefix="/manage/runs/{run_id}")

CHANGES = frozenset({"lock", "unlock", "forbid", "allow", "pair", "unpair"})
OUTDATED = "draft-outdated"


@router.get("/candidates")
async def candidates(run_id: str, page: Signed, protege_id: str, q: str = "", at: str = "") -> Response:
    """Every mentor for one protégé, the best first, and what speaks against those who cannot be chosen. `at`: which page of them."""
    found = await page.matching.get(f"/runs/{run_id}/summary")
    programme = await programme_at(page, found["programme_id"])
    parts = await page.parts(
        offered=page.matching.get(f"/runs/{run_id}/candidates", protege_id=protege_id, limit=0),
        pairs=page.matching.get(f"/runs/{run_id}/pairs", of=protege_id),
    )
    offered = parts["offered"].value or []
    now = {one["mentor_id"] for one in (parts["pairs"].value or {"pairs": []})["pairs"]}
    people = await page.people([protege_id, *(one["mentor_id"] for one in offered)])
    words = words_of(page)
    rows: list[dict[str, Any]] = [
        {
            **one,
            "mentor": card_of(people, one["mentor_id"]),
            "shown": round(one["points"] / HUNDREDTHS),
            "rules": [broken_rule(rule, words) for rule in one["broken_rules"]],
            "now": one["mentor_id"] in now,
        }
        for one in offered
    ]
    rows = [row for row in rows if matching_name(q, row["mentor"].name)]
    allowed = [row for row in rows if not row["rules"]]
    refused = [row for row in rows if row["rules"]]
    return page.render(
        "manager/candidates.html",
        programme=programme,
        run=found,
        protege=card_of(people, protege_id),
        allowed=page_of(allowed, at),
        refused=refused[:SHOWN],
        refused_in_all=len(refused),
        q=q,
        silent=parts["offered"].value is None,
        may_change=found["state"] in {"draft", "undone"},
    )


@router.post("/publish")
async def publish(run_id: str, page: Signed) -> Response:
    """Ask everybody in the draft."""
    tried = await attempt(page, page.matching.post(f"/runs/{run_id}/publish"))
    if tried.slug == OUTDATED:  # which leaves something to do, and so is more than a passing word
        return page.go(f"/manage/runs/{run_id}?outdated=yes")
    words = words_of(page)
    count = (tried.answer or {}).get("proposals", 0)
    done = words.ngettext("%(num)s pair is asked.", "%(num)s pairs are asked.", count) % {"num": count}
    return _back(page, run_id, tried, done)


@router.post("/undo")
async def undo(run_id: str, page: Signed) -> Response:
    """Take a publishing back, as long as nobody has answered."""
    tried = await attempt(page, page.matching.post(f"/runs/{run_id}/undo"))
    return _back(page, run_id, tried, words_of(page).gettext("The publishing is taken back. Nobody had answered."))


@router.post("/cancel")
async def cancel(run_id: str, page: Signed) -> Response:
    """Stop working on a match."""
    tried = await attempt(page, page.matching.post(f"/runs/{run_id}/cancel"))
    return _back(page, run_id, tried, "")


@router.post("/{change}")
async def change(run_id: str, change: str, page: Signed) -> Response:
    """Lock a pair, forbid one, or pair two by hand. Hard rules hold."""
    form = typed(page)
    if change not in CHANGES:
        return page.go(f"/manage/runs/{run_id}")
    protege_id = form.value("protege_id")
    body = {"protege_id": protege_id}
    if change != "unpair":
        body["mentor_id"] = form.value("mentor_id")
    tried = await attempt(page, page.matching.post(f"/runs/{run_id}/{change}", body), form)
    _ = words_of(page).gettext
    done = {
        "lock": _("Locked. The next run keeps this pair."),
        "unlock": _("No longer locked."),
        "forbid": _("Forbidden. Run again to find somebody else for both."),
        "allow": _("Allowed again."),
        "pair": _("Changed by hand."),
        "unpair": _("Taken apart."),
    }[change]
    where = "who" if change in {"unpair", "forbid"} else "pair"
    return _back(page, run_id, tried, done, f"?{where}={quote(protege_id)}")


def _back(page: Page, run_id: str, tried: Attempt[Any], done: str, where: str = "") -> Response:
    return page.go(f"/manage/runs/{run_id}{where}", toast=tried.refusal or done)
