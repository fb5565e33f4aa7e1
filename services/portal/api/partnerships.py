"""Partnerships: where the two stand, the agenda they share, and a kind end."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.page import Page, Signed
from services.portal.api.participant import (
    Outcome,
    Someone,
    instant,
    partner_id,
    programme_link,
    role_of,
    someones,
    soon,
    speech_of,
    status_of,
    value,
)
from services.portal.api.preparing import prepared
from services.portal.pages import words_participant as words
from services.portal.pages.form import Form
from services.portal.pages.pictures_participant import Beat, Kind, Rhythm, Speech, rhythm_picture
from services.portal.pages.times import on_day

router = APIRouter(prefix="/partnerships")

EVENTS_SHOWN = 10


@router.get("")
async def partnerships(page: Signed) -> Response:
    """The reader's partnerships; one that is the only one opens at once."""
    parts = await page.parts(
        partnerships=page.matching.get("/partnerships/mine"),
        proposals=page.matching.get("/proposals/mine"),
        programmes=page.matching.get("/programmes"),
        meetings=page.scheduling.get("/meetings/mine", **{"from": page.viewer.now}),
    )
    found = value(parts["partnerships"], [])
    open_proposals = [one for one in value(parts["proposals"], []) if one["state"] == "open" and one["my_answer"] is None]
    if len(found) == 1 and not open_proposals:
        return page.go(f"/partnerships/{found[0]['partnership_id']}")
    people = await someones(page, [person for pair in found for person in (pair["protege_id"], pair["mentor_id"])])
    booked: dict[str, str] = {}
    for meeting in sorted((one for one in value(parts["meetings"], []) if one["state"] == "booked"), key=lambda one: str(one["starts_at"])):
        booked.setdefault(meeting["partnership_id"], meeting["starts_at"])
    speech = speech_of(page)
    programmes = {one["programme_id"]: one for one in value(parts["programmes"], [])}
    rows = [
        {
            **pair,
            "partner": people[partner_id(pair, page.viewer.person_id)],
            "about": words.your_partner(
                "mentor" if role_of(pair, page.viewer.person_id) == "protege" else "protege", programmes.get(pair["programme_id"]), speech
            ),
            "next_at": booked.get(pair["partnership_id"]),
        }
        for pair in found
    ]
    return page.render(
        "participant/partnerships.html",
        running=[row for row in rows if row["state"] != "ended"],
        ended=[row for row in rows if row["state"] == "ended"],
        proposals=len(open_proposals),
        silent=parts["partnerships"].problem is not None,
    )


@router.get("/{partnership_id}")
async def partnership(page: Signed, partnership_id: str) -> Response:
    """One partnership."""
    return await partnership_page(page, partnership_id)


async def partnership_page(page: Page, partnership_id: str, outcome: Outcome[Any] | None = None) -> Response:
    pair = await page.matching.get(f"/partnerships/{partnership_id}")
    if page.viewer.person_id not in {pair["protege_id"], pair["mentor_id"]}:
        return page.go(f"/manage/programmes/{pair['programme_id']}/partnerships/{partnership_id}")
    people, programme, parts = await asyncio.gather(
        someones(page, [pair["protege_id"], pair["mentor_id"]]),
        programme_link(page, pair["programme_id"]),
        page.parts(
            series=soon(page.scheduling.get(f"/partnerships/{partnership_id}/series", language=page.viewer.locale)),
            agenda=soon(page.scheduling.get(f"/partnerships/{partnership_id}/agenda")),
            goals=soon(page.goals.get(f"/partnerships/{partnership_id}/goals")),
            charter=soon(page.goals.get(f"/charters/{partnership_id}")),
        ),
    )
    partner, speech = people[partner_id(pair, page.viewer.person_id)], speech_of(page)
    role, running = role_of(pair, page.viewer.person_id), pair["state"] != "ended"
    series, charter = parts["series"].value, parts["charter"].value
    meetings = series["meetings"] if series else []
    agenda = prepared(parts["agenda"].value, parts["goals"].value, people[pair["protege_id"]], page.viewer.person_id, speech)
    return page.render(
        "participant/partnership.html",
        status=status_of(page, wrong=outcome is not None),
        pair=pair,
        me=people[page.viewer.person_id],
        partner=partner,
        people=people,
        role=role,
        running=running,
        can=("order" if agenda and agenda["orders"] else "add") if running else "",
        sentence=sentence(series, partner, page.viewer.now, speech),
        rhythm=rhythm_picture(rhythm(pair, series, page.viewer.now, speech), speech) if series and has_beats(series) else None,
        cadence=words.cadence(series["cadence_weeks"], speech) if series and series["cadence_weeks"] else "",
        series_silent=series is None,
        booked=soonest(meetings, page.viewer.now),
        inside=[meeting for meeting in meetings if pair["state"] == "paused" and inside(meeting, pair["paused_until"], page.viewer.zone)],
        proposed=next((meeting for meeting in meetings if meeting["state"] == "proposed"), None),
        agenda=agenda,
        goals=goal_rows(parts["goals"].value, speech),
        charter=charter_summary(charter, speech),
        events=events(pair, meetings, charter, partner, speech),
        form=outcome.form if outcome else Form(),
        programme=programme,
    )


def inside(meeting: Mapping[str, Any], until: str, zone: str) -> bool:
    """Whether a meeting that is booked falls into the pause of the two."""
    return meeting["state"] == "booked" and on_day(meeting["starts_at"], zone).isoformat() < until


def has_beats(series: Mapping[str, Any]) -> bool:
    """Whether there is a meeting to draw, or one that is planned."""
    return bool(series["planned"]) or any(meeting["state"] != "cancelled" for meeting in series["meetings"])


def soonest(meetings: Sequence[Mapping[str, Any]], now: datetime) -> Mapping[str, Any] | None:
    """The booked meeting that ends next."""
    ahead = [meeting for meeting in meetings if meeting["state"] == "booked" and instant(meeting["ends_at"]) > now]
    return min(ahead, key=lambda meeting: instant(meeting["starts_at"]), default=None)


def rhythm(pair: Mapping[str, Any], series: Mapping[str, Any], now: datetime, speech: Speech) -> Rhythm:
    """The meetings as beats on the reader's calendar."""
    first = soonest(series["meetings"], now)
    beats = [Beat(speech.local(instant(planned)).date(), "asked") for planned in series["planned"]]
    for meeting in series["meetings"]:
        if meeting["state"] == "proposed":
            beats.append(Beat(speech.local(instant(meeting["proposed"][0])).date(), "asked"))
        if not meeting["starts_at"] or meeting["state"] not in {"booked", "ended", "missed"}:
            continue
        is_next = first is not None and meeting["meeting_id"] == first["meeting_id"]
        kind: Kind = (
            "met" if meeting["state"] == "ended" else "missed" if meeting["state"] == "missed" else "next" if is_next else "planned"
        )
        beats.append(Beat(speech.local(instant(meeting["starts_at"])).date(), kind))
    return Rhythm(
        beats=beats,
        cadence_weeks=series["cadence_weeks"],
        started_on=speech.local(instant(pair["started_at"])).date(),
        today=speech.local(now).date(),
        off=[(date.fromisoformat(off["first_on"]), date.fromisoformat(off["last_on"])) for off in series["days_off"] if closed(off)],
    )


def closed(off: Mapping[str, Any]) -> bool:
    """Whether nobody is met on these days; at other hours or elsewhere one may be."""
    return off["why"] in {"holiday", "away"}


def sentence(series: Mapping[str, Any] | None, partner: Someone, now: datetime, speech: Speech) -> str:
    """How often they have met, and the time there now."""
    said = []
    if series and series["met"]:
        said.append(speech.ngettext("You have met once.", "You have met %(count)s times.", series["met"]) % {"count": series["met"]})
    elif series:
        said.append(speech.gettext("You have not met yet."))
    if series and series["saved_minutes"]:
        said.append(speech.gettext("You gave each other back %(time)s.") % {"time": words.given_back(series["saved_minutes"], speech)})
    clocks = {"mine": speech.time(now), "theirs": speech.time(now, partner.zone), "name": partner.first}
    if clocks["mine"] != clocks["theirs"]:
        said.append(speech.gettext("It is %(mine)s for you and %(theirs)s for %(name)s.") % clocks)
    return " ".join(said)


def goal_rows(goals: Sequence[Mapping[str, Any]] | None, speech: Speech) -> list[dict[str, Any]] | None:
    """Each goal with its state in words; `None` when the service does not answer."""
    if goals is None:
        return None
    rows = []
    for goal in goals:
        closed = goal["closed"]
        word, tone = words.goal_state(closed["outcome"] if closed else goal["state"], speech)
        if goal["state"] == "open" and not closed and goal["steps_total"]:
            word = speech.gettext("%(done)s of %(total)s steps") % {"done": goal["steps_done"], "total": goal["steps_total"]}
        rows.append({**goal, "word": word, "tone": tone})
    return rows


def charter_summary(charter: Mapping[str, Any] | None, speech: Speech) -> dict[str, Any] | None:
    """The ground rules in force, or those on the table, in a few lines."""
    if charter is None:
        return None
    version = charter["signed"] or charter["current"]
    if version is None:
        return {"rules": [], "word": "", "tone": ""}
    shown = [change for change in words.charter_changes(None, version, speech) if change["field"] in words.RULES_AT_A_GLANCE]
    if charter["state"] == "signed":
        word, tone = speech.gettext("signed by you both"), "ok"
    elif charter["signed"]:
        word, tone = speech.gettext("a change is proposed"), "now"
    else:
        word, tone = speech.gettext("proposed, not signed yet"), "now"
    return {"rules": [(change["label"], change["now"]) for change in shown], "word": word, "tone": tone}


def events(
    pair: Mapping[str, Any], meetings: Sequence[Mapping[str, Any]], charter: Mapping[str, Any] | None, partner: Someone, speech: Speech
) -> list[dict[str, Any]]:
    """What has happened between the two, newest first. Never what was said."""
    found = [
        {"mark": "pair", "at": pair["started_at"], "text": speech.gettext("You and %(name)s became partners.") % {"name": partner.first}}
    ]
    if pair["ended_at"]:
        found.append({"mark": "out", "at": pair["ended_at"], "text": speech.gettext("Your partnership ended.")})
    wordings = {"ended": ("check", speech.gettext("You met.")), "missed": ("calendar", speech.gettext("A meeting did not take place."))}
    found += [
        {"mark": wordings[meeting["state"]][0], "at": meeting["starts_at"], "text": wordings[meeting["state"]][1]}
        for meeting in meetings
        if meeting["state"] in wordings
    ]
    signed = charter["signed"] if charter else None
    if signed and signed.get("signed_at"):
        found.append({"mark": "edit", "at": signed["signed_at"], "text": speech.gettext("You both signed your charter.")})
    return sorted(found, key=lambda event: instant(event["at"]), reverse=True)[:EVENTS_SHOWN]
