"""The match: start it, see how far it is, look at the draft, correct it, publish it, take it back."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.managing import attempt, card_of, programme_at, typed, words_of
from services.portal.api.page import Page, PersonCard, Signed
from services.portal.pages.pictures import LeftOut, Mentor, Pair, Picture, points_of, quality_plot, whole_match
from services.portal.pages.times import locale_of
from services.portal.pages.words_manager import broken_rule, criteria, left_out_reason, run_states, why_fitting

router = APIRouter(prefix="/manage")

HUNDREDTHS = 100
"""Matching counts in hundredths of a point."""
MOST_LINES = 150
"""A match with more pairs is drawn by quality, without lines."""
CHANGES = frozenset({"lock", "unlock", "forbid", "allow", "pair", "unpair"})
SHOWN = 60


@router.get("/programmes/{programme_id}/runs")
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


@router.post("/programmes/{programme_id}/runs")
async def start(programme_id: str, page: Signed) -> Response:
    """Match now. Locked and forbidden pairs of the last draft hold."""
    tried = await attempt(page, page.matching.post(f"/programmes/{programme_id}/runs"))
    if tried.answer is None:
        return page.go(f"/manage/programmes/{programme_id}/runs", toast=refusal_of(tried.form.message, tried.form.errors))
    return page.go(f"/manage/runs/{tried.answer['run_id']}")


@router.get("/runs/{run_id}")
async def run(run_id: str, page: Signed, pair: str = "", who: str = "", q: str = "") -> Response:
    """One draft: `pair` opens a pair by its protégé, `who` says why somebody is left out, `q` searches the table."""
    found = await page.matching.get(f"/runs/{run_id}")
    at = await programme_at(page, found["programme_id"])
    if found["state"] in {"queued", "running", "failed", "cancelled"}:
        return page.render("manager/run_progress.html", programme=at, run=found)
    pairs, left_out = found["pairs"] or [], found["left_out"] or []
    shown = {*(found["idle_mentor_ids"] or []), *(one["mentor_id"] for one in pairs)}
    mentors = {mentor_id: places for mentor_id, places in (await _mentors(page, found["programme_id"])).items() if mentor_id in shown}
    changed = found["difference"] or {"added": [], "removed": []}
    together = [*(found["forbidden"] or []), *found["released"], *changed["added"], *changed["removed"]]
    ids = {one["protege_id"] for one in pairs} | {one["mentor_id"] for one in pairs} | {one["person_id"] for one in left_out} | set(mentors)
    people = await page.people(ids | {person for both in together for person in both})
    opened = next((one for one in pairs if one["protege_id"] in {pair, who}), None)
    answered = found["state"] == "published" and await _answered(page, found["programme_id"], run_id)
    if opened is None and pairs and not who:
        opened = max(pairs, key=lambda one: (one["points"], one["protege_id"]))
    out = next((one for one in left_out if one["person_id"] == who), left_out[0] if left_out else None)
    return page.render(
        "manager/run.html",
        programme=at,
        run=found,
        states=run_states(words_of(page)),
        figures=figures(found),
        picture=draw(page, found, people, mentors, opened["protege_id"] if opened else ""),
        lines=len(pairs) <= MOST_LINES,
        pair=opened,
        points=explained(page, opened, at, found) if opened else None,
        criteria=criteria(words_of(page), at["questions"]),
        out=out,
        out_reason=left_out_reason(out["reason"], words_of(page)) if out else "",
        released=found["released"],
        checked=found["proof"]["pairs_checked"],
        group_names=[card_of(people, mentor_id).name for mentor_id in ((out or {}).get("group") or {}).get("mentor_ids", [])],
        out_rules=rules_of(page, out) if out else [],
        left_out=left_out,
        rows=table_rows(pairs, people, q)[:SHOWN],
        rows_found=len(table_rows(pairs, people, q)),
        q=q,
        people=people,
        changed=found["difference"],
        answered=answered,
        may_change=found["state"] in {"draft", "undone"},
        unanswered=[criteria(words_of(page), at["questions"]).get(name, (name,))[0] for name in (opened or {}).get("unanswered", [])],
    )


@router.get("/runs/{run_id}/candidates")
async def candidates(run_id: str, page: Signed, protege_id: str) -> Response:
    """Every mentor for one protégé, the best first, and what speaks against those who cannot be chosen."""
    found = await page.matching.get(f"/runs/{run_id}")
    at = await programme_at(page, found["programme_id"])
    offered = await page.matching.get(f"/runs/{run_id}/candidates", protege_id=protege_id)
    people = await page.people([protege_id, *(one["mentor_id"] for one in offered)])
    now = next((one["mentor_id"] for one in found["pairs"] if one["protege_id"] == protege_id), None)
    words = words_of(page)
    rows = [
        {
            **one,
            "mentor": card_of(people, one["mentor_id"]),
            "shown": round(one["points"] / HUNDREDTHS),
            "rules": [broken_rule(rule, words) for rule in one["broken_rules"]],
            "now": one["mentor_id"] == now,
        }
        for one in offered
    ]
    return page.render(
        "manager/candidates.html",
        programme=at,
        run=found,
        protege=card_of(people, protege_id),
        allowed=[row for row in rows if not row["rules"]][:SHOWN],
        refused=[row for row in rows if row["rules"]][:SHOWN],
        now=now,
    )


@router.post("/runs/{run_id}/publish")
async def publish(run_id: str, page: Signed) -> Response:
    """Ask everybody in the draft."""
    tried = await attempt(page, page.matching.post(f"/runs/{run_id}/publish"))
    words = words_of(page)
    count = (tried.answer or {}).get("proposals", 0)
    done = words.ngettext("%(num)s pair is asked.", "%(num)s pairs are asked.", count) % {"num": count}
    return page.go(f"/manage/runs/{run_id}", toast=refusal_of(tried.form.message, tried.form.errors) or done)


@router.post("/runs/{run_id}/undo")
async def undo(run_id: str, page: Signed) -> Response:
    """Take a publishing back, as long as nobody has answered."""
    tried = await attempt(page, page.matching.post(f"/runs/{run_id}/undo"))
    done = words_of(page).gettext("The publishing is taken back. Nobody had answered.")
    return page.go(f"/manage/runs/{run_id}", toast=refusal_of(tried.form.message, tried.form.errors) or done)


@router.post("/runs/{run_id}/cancel")
async def cancel(run_id: str, page: Signed) -> Response:
    """Stop working on a match."""
    tried = await attempt(page, page.matching.post(f"/runs/{run_id}/cancel"))
    return page.go(f"/manage/runs/{run_id}", toast=refusal_of(tried.form.message, tried.form.errors))


@router.post("/runs/{run_id}/{change}")
async def change(run_id: str, change: str, page: Signed) -> Response:
    """Lock a pair, forbid one, or pair two by hand. Hard rules hold."""
    form = typed(page)
    if change not in CHANGES:
        return page.go(f"/manage/runs/{run_id}")
    body = {"protege_id": form.value("protege_id")}
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
    return page.go(
        f"/manage/runs/{run_id}?{where}={quote(form.value('protege_id'))}", toast=refusal_of(tried.form.message, tried.form.errors) or done
    )


def refusal_of(message: str, errors: Mapping[str, str]) -> str:
    """A service's no as one sentence, for pages without fields."""
    return message or " ".join(errors.values())


def figures(run: Mapping[str, Any]) -> dict[str, Any]:
    """The few figures at the head of a draft."""
    pairs = run["pairs"] or []
    points = [round(one["points"] / HUNDREDTHS) for one in pairs]
    return {
        "paired": run["coverage"]["paired"],
        "proteges": run["coverage"]["proteges"],
        "average": round(sum(one["points"] for one in pairs) / len(pairs) / HUNDREDTHS) if pairs else 0,
        "left_out": len(run["left_out"] or []),
        "good": sum(point >= 80 for point in points),  # noqa: PLR2004 - as the key of the picture says
        "fair": sum(60 <= point < 80 for point in points),  # noqa: PLR2004 - as above
        "weak": sum(point < 60 for point in points),  # noqa: PLR2004 - as above
        "reached": len({one["protege_id"] for one in pairs}) + len({one["mentor_id"] for one in pairs}),
        "mentors": len({one["mentor_id"] for one in pairs}),
        "best": run["total_points"] == run["best_possible"],
    }


def draw(page: Page, run: Mapping[str, Any], people: Mapping[str, PersonCard], mentors: Mapping[str, int], opened: str) -> Picture:
    """Lines while one can follow them, dots when there are too many."""
    words = words_of(page)
    pairs: Sequence[Mapping[str, Any]] = run["pairs"] or []
    if len(pairs) > MOST_LINES:
        return quality_plot([one["points"] / HUNDREDTHS for one in pairs], len(run["left_out"]), page.viewer)
    here = f"/manage/runs/{run['run_id']}"
    places = {**{one["mentor_id"]: 1 for one in pairs}, **mentors}
    return whole_match(
        [
            Pair(
                protege=card_of(people, one["protege_id"]).name,
                mentor_id=one["mentor_id"],
                points=round(one["points"] / HUNDREDTHS),
                href=f"{here}?pair={one['protege_id']}",
                chosen=one["protege_id"] == opened,
            )
            for one in pairs
        ],
        [Mentor(id=mentor_id, name=card_of(people, mentor_id).name, places=count) for mentor_id, count in places.items()],
        [
            LeftOut(
                name=card_of(people, one["person_id"]).name,
                reason=left_out_reason(one["reason"], words),
                href=f"{here}?who={one['person_id']}",
            )
            for one in run["left_out"] or []
        ],
        page.viewer,
    )


def explained(page: Page, pair: Mapping[str, Any], programme: Mapping[str, Any], run: Mapping[str, Any]) -> Any:
    """The points of a pair, criterion by criterion, with what speaks for it."""
    locale, words = locale_of(page.viewer.locale), words_of(page)
    reasons = {name: [why_fitting(name, found, words, locale)] for name, found in pair["reasons"].items() if found}
    now = {**programme["weights"], **{f"question.{question['id']}": question["weight"] for question in programme["questions"]}}
    weights = run.get("weights") or now
    ordered = {name: weights.get(name, 0) for name in criteria(words, programme["questions"])}
    return points_of({name: share / HUNDREDTHS for name, share in pair["shares"].items()}, ordered, reasons)


def rules_of(page: Page, out: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Which rules kept how many mentors away from somebody, the strongest first."""
    words = words_of(page)
    found = sorted((out.get("rules") or {}).items(), key=lambda rule: -rule[1])
    return [(broken_rule(rule, words), count) for rule, count in found if count]


def table_rows(pairs: Sequence[Mapping[str, Any]], people: Mapping[str, PersonCard], q: str) -> list[dict[str, Any]]:
    """Every pair by name, or those with a name one searches for."""
    rows = [
        {
            **one,
            "protege": card_of(people, one["protege_id"]),
            "mentor": card_of(people, one["mentor_id"]),
            "shown": round(one["points"] / HUNDREDTHS),
        }
        for one in pairs
    ]
    wanted = q.casefold().strip()
    return sorted(
        (row for row in rows if not wanted or wanted in f"{row['protege'].name} {row['mentor'].name}".casefold()),
        key=lambda row: (-row["points"], row["protege"].name),
    )


async def _answered(page: Page, programme_id: str, run_id: str) -> bool:
    """Whether anybody has answered what a run has asked: then it cannot be taken back."""
    found = await page.part(page.matching.get(f"/programmes/{programme_id}/proposals"))
    return any(one["run_id"] == run_id and (one["accepted_by"] or one["state"] != "open") for one in found.value or [])


async def _mentors(page: Page, programme_id: str) -> dict[str, int]:
    """Places of each mentor who takes part; without an answer the picture shows only those with a partner."""
    found = await page.part(page.matching.get(f"/programmes/{programme_id}/enrolments", role="mentor", state="approved"))
    return {one["person_id"]: one["capacity"] or 1 for one in found.value or []}
