"""Picking a time: the three best offers, the week of both calendars, and what binds when there is no common time."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import AwareDatetime

from services.portal.api.page import Page, Signed
from services.portal.api.participant import (
    Someone,
    attempt,
    instant,
    instants,
    partner_id,
    programme_link,
    someones,
    soon,
    speech_of,
    typed,
    whole,
)
from services.portal.pages import words_participant as words
from services.portal.pages.form import Form
from services.portal.pages.pictures_participant import Lane, Slot, Span, Speech, Week, WeekGrid, week_of_both

router = APIRouter()

LENGTHS = (30, 45, 60, 90)
USUAL_LENGTH = 45
DAYS_SEARCHED = 14
MOST_CHOSEN = 3
WEEK = timedelta(days=7)


class Wanted:
    """What the reader asks the page for: a week, a length, times they have put aside already."""

    def __init__(
        self,
        week: Annotated[date | None, Query(description="any day of the week to show")] = None,
        start: Annotated[date | None, Query(alias="from", description="search from this day on")] = None,
        day: Annotated[date | None, Query(description="the day a phone shows")] = None,
        minutes: Annotated[int | None, Query(ge=15, le=240)] = None,
        chosen: Annotated[list[AwareDatetime] | None, Query()] = None,
    ) -> None:
        self.week = week - timedelta(days=week.weekday()) if week else None
        self.start = start
        self.day = day
        self.minutes = minutes
        self.chosen = sorted(set(chosen or []))

    def query(self, **changes: Any) -> str:
        """The address of this page with something changed."""
        values = {"week": self.week, "day": None, "minutes": self.minutes, "chosen": [at.isoformat() for at in self.chosen], **changes}
        return "?" + urlencode({name: value for name, value in values.items() if value}, doseq=True)


Asked = Annotated[Wanted, Depends()]


@router.get("/partnerships/{partnership_id}/times")
async def times(page: Signed, partnership_id: str, wanted: Asked) -> Response:
    """The times at which both are free."""
    return await times_page(page, partnership_id, wanted, Form())


@router.get("/meetings/{meeting_id}/times")
async def other_times(page: Signed, meeting_id: str, wanted: Asked) -> Response:
    """The times to which a meeting can be moved."""
    meeting = await page.scheduling.get(f"/meetings/{meeting_id}")
    return await times_page(page, meeting["partnership_id"], wanted, Form(), meeting)


async def times_page(page: Page, partnership_id: str, wanted: Wanted, form: Form, meeting: Mapping[str, Any] | None = None) -> Response:
    speech, now = speech_of(page), page.viewer.now
    first, days = searched(wanted, speech.local(now).date())
    moved = meeting or {}
    query = {"from": first, "days": days, "minutes": wanted.minutes or moved.get("minutes"), "moving": moved.get("meeting_id")}
    query["language"] = speech.language
    pair, part = await asyncio.gather(
        page.matching.get(f"/partnerships/{partnership_id}"),
        page.part(soon(page.scheduling.get(f"/partnerships/{partnership_id}/slots", **query))),
    )
    people = await someones(page, [pair["protege_id"], pair["mentor_id"]])
    partner, found = people[partner_id(pair, page.viewer.person_id)], part.value
    minutes = found["minutes"] if found else wanted.minutes or USUAL_LENGTH
    start = first or speech.local(instant(found["from"]) if found else now).date()
    shown = found and shown_week(found, wanted, start, partner=partner, viewer_id=page.viewer.person_id, speech=speech)
    grid: WeekGrid | None = shown[0] if shown else None
    monday = shown[1] if shown else start
    none = found and found["none"]
    relaxed = words.relaxation(none["try"], speech) if none else None
    return page.render(
        "participant/times.html",
        status=422 if form.wrong else 200,
        pair=pair,
        me=people[page.viewer.person_id],
        partner=partner,
        meeting=meeting,
        here=f"/meetings/{meeting['meeting_id']}/times" if meeting else f"/partnerships/{partnership_id}/times",
        sentence=sentence(found, minutes, speech),
        offers=offers(found, wanted, speech) if found else [],
        may_book=bool(found and found["may_book"]),
        grid=grid,
        free=free_rows(found, partner, speech) if found else [],
        minutes=minutes,
        lengths_named=[
            (
                speech.gettext("%(minutes)s minutes") % {"minutes": length},
                wanted.query(minutes=length, chosen=None),
                None,
                length == minutes,
            )
            for length in LENGTHS
        ],
        earlier=wanted.query(week=monday - WEEK) if monday > speech.local(now).date() else "",
        later=wanted.query(week=monday + WEEK),
        monday=monday,
        day_links=[(column, wanted.query(week=monday, day=column.on)) for column in grid.days] if grid else [],
        known=words.reliance(found["people"], people, page.viewer.person_id, speech) if found else [],
        off=words.days_off(days_off_of(found, monday), people, page.viewer.person_id, speech) if found else [],
        change=words.clock_change(changes_in(found, monday), partner.zone, monday, speech) if found else None,
        binding=words.binding(none["binding"], people, page.viewer.person_id, speech) if none else [],
        relaxed=relaxed and (relaxed[0], wanted.query(**{"week": None, **relaxed[1]}) if relaxed[1] else ""),
        wanted=wanted,
        form=form,
        programme=await programme_link(page, pair["programme_id"]),
    )


def searched(wanted: Wanted, today: date) -> tuple[date | None, int]:
    """From which day on, and how many days: the week asked for; without a day, two weeks around the one the rhythm asks for."""
    if wanted.week:
        return max(wanted.week, today - timedelta(days=today.weekday())), WEEK.days
    return (max(wanted.start, today) if wanted.start else None), DAYS_SEARCHED


def shown_week(
    found: Mapping[str, Any], wanted: Wanted, start: date, *, partner: Someone, viewer_id: str, speech: Speech
) -> tuple[WeekGrid, date]:
    """The week asked for, else the one the best offer lies in."""
    best = [instant(offer["starts_at"]) for offer in found["offers"]]
    first = min(best).astimezone(speech.local(min(best)).tzinfo).date() if best else start
    monday = wanted.week or first - timedelta(days=first.weekday())
    slots = [
        Slot(starts_at, instant(slot["ends_at"]), best=starts_at in best, chosen=starts_at in wanted.chosen)
        for slot in found["free"]
        if monday <= speech.local(starts_at := instant(slot["starts_at"])).date() < monday + WEEK
    ]
    lanes = {person["person_id"]: person for person in found["people"]}
    week = Week(
        monday=monday,
        you=lane(lanes.get(viewer_id), speech.gettext("you"), speech.zone, monday, speech),
        partner=lane(lanes.get(partner.id), partner.first, partner.zone, monday, speech),
        slots=slots,
        open_on=wanted.day,
    )
    return week_of_both(week, speech), monday


def lane(found: Mapping[str, Any] | None, name: str, zone: str, monday: date, speech: Speech) -> Lane:
    """One person's working hours and busy time of the week."""

    def spans(kind: str) -> list[Span]:
        read = [Span(instant(span["start"]), instant(span["end"])) for span in (found or {}).get(kind, [])]
        return [span for span in read if monday <= speech.local(span.starts_at).date() < monday + WEEK]

    return Lane(name, zone, spans("working"), spans("busy"))


def sentence(found: Mapping[str, Any] | None, minutes: int, speech: Speech) -> str:
    if found is None:
        return speech.gettext("We cannot look into the calendars right now.")
    count = len(found["free"])
    if not count:
        return speech.gettext("There is no time at which you are both free for %(minutes)s minutes.") % {"minutes": minutes}
    return speech.ngettext(
        "There is one time at which you are both free for %(minutes)s minutes.",
        "There are %(count)s times at which you are both free for %(minutes)s minutes.",
        count,
    ) % {"count": count, "minutes": minutes}


def offers(found: Mapping[str, Any], wanted: Wanted, speech: Speech) -> list[dict[str, Any]]:
    """What stands on top: times the reader has put aside, then the best offers; at most three are ticked."""
    whys = {instant(offer["starts_at"]): words.why_offered(offer["why"], speech) for offer in found["offers"]}
    ends = {instant(slot["starts_at"]): slot["ends_at"] for slot in [*found["free"], *found["offers"]]}
    chosen = [at for at in wanted.chosen if at in ends][-MOST_CHOSEN:]
    others = [at for at in whys if at not in chosen][:MOST_CHOSEN]
    rows = [(at, True) for at in chosen] + [(at, not chosen) for at in others]
    return [
        {
            "value": at.isoformat(),
            "starts_at": at,
            "ends_at": ends[at],
            "ticked": ticked,
            "why": whys.get(at, speech.gettext("You have chosen it below")),
        }
        for at, ticked in rows
    ]


def free_rows(found: Mapping[str, Any], partner: Someone, speech: Speech) -> list[dict[str, str]]:
    """Every free time as a row of the list."""
    rows = []
    weekdays: dict[date, str] = {}
    for slot in found["free"]:
        at = instant(slot["starts_at"])
        on = speech.local(at).date()
        day = weekdays.get(on) or weekdays.setdefault(on, speech.weekday(on))
        rows.append({"value": at.isoformat(), "day": day, "yours": speech.time(at), "theirs": speech.time(at, partner.zone)})
    return rows


def changes_in(found: Mapping[str, Any], monday: date) -> Sequence[Mapping[str, Any]]:
    """Clock changes between the Sunday before the week and its end: both decide what the week's times look like."""
    return [change for change in found["clock_changes"] if monday - timedelta(days=1) <= instant(change["at"]).date() < monday + WEEK]


def days_off_of(found: Mapping[str, Any], monday: date) -> Sequence[Mapping[str, Any]]:
    """What of the week is not like other days, for one of the two."""
    sunday = (monday + WEEK - timedelta(days=1)).isoformat()
    return [off for off in found["days_off"] if off["first_on"] <= sunday and off["last_on"] >= monday.isoformat()]


@router.post("/partnerships/{partnership_id}/meetings")
async def arrange(page: Signed, partnership_id: str) -> Response:
    """Propose up to three times, or book one at once."""
    form, speech = typed(page), speech_of(page)
    starts, book = form.chosen("starts"), form.value("book") == "yes"
    minutes = whole(form.value("minutes")) or USUAL_LENGTH
    minutes = minutes if minutes in LENGTHS else USUAL_LENGTH
    wanted = Wanted(week=None, start=None, day=None, minutes=minutes, chosen=instants(starts))
    if not starts or len(starts) > MOST_CHOSEN:
        wrong = form.with_error("starts", speech.gettext("Choose one to three times."))
        return await times_page(page, partnership_id, wanted, wrong)
    if book and len(starts) > 1:
        wrong = form.with_error("starts", speech.gettext("To book at once, choose one time only."))
        return await times_page(page, partnership_id, wanted, wrong)
    asked = {"starts": starts, "minutes": minutes, "place": form.value("place"), "book": book}
    outcome = await attempt(page, page.scheduling.post(f"/partnerships/{partnership_id}/meetings", asked), form)
    if outcome.refused or outcome.answer is None:
        return await times_page(page, partnership_id, wanted, outcome.form)
    toast = (
        speech.gettext("The meeting stands. Both of you get an invitation by mail.")
        if book
        else speech.gettext("Proposed. You hear from us as soon as one is picked.")
    )
    return page.go(f"/meetings/{outcome.answer['meeting_id']}", toast=toast)


@router.post("/meetings/{meeting_id}/move")
async def move(page: Signed, meeting_id: str) -> Response:
    """Another time it is."""
    form, speech = typed(page), speech_of(page)
    starts = form.chosen("starts")
    meeting = await page.scheduling.get(f"/meetings/{meeting_id}")
    wanted = Wanted(week=None, start=None, day=None, minutes=None, chosen=instants(starts))
    if len(starts) != 1:
        wrong = form.with_error("starts", speech.gettext("Choose the time you want to move it to."))
        return await times_page(page, meeting["partnership_id"], wanted, wrong, meeting)
    ask = form.value("ask") == "yes"
    what, body = ("propose-move", {"starts": starts}) if ask else ("move", {"starts_at": starts[0]})
    outcome = await attempt(page, page.scheduling.post(f"/meetings/{meeting_id}/{what}", body), form)
    if outcome.refused:
        at_the_time = outcome.form.error("starts_at")
        wrong = outcome.form.with_error("starts", at_the_time) if at_the_time else outcome.form
        return await times_page(page, meeting["partnership_id"], wanted, wrong, meeting)
    asked = speech.gettext("Asked. The meeting stands until the other one picks the new time.")
    moved = speech.gettext("The meeting is moved. Both of you get a new invitation by mail.")
    return page.go(f"/meetings/{meeting_id}", toast=asked if ask else moved)
