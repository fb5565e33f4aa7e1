"""The reader's calendars: what Tandem sees of them, how old that is, connecting, choosing, connecting again and forgetting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from services.portal.api.calendar_clouds import NAMES
from services.portal.api.page import Page, Part, Signed
from services.portal.api.participant import Outcome, attempt, instant, speech_of, typed, value
from services.portal.pages.form import Form
from services.portal.pages.pictures_participant import Speech
from services.portal.pages.words_participant import complaint

router = APIRouter(prefix="/me/calendars")

Way = Literal["caldav", "feed", "file"]

STALE = timedelta(hours=3)
MOST_BYTES = 5_000_000
ONE_FILE = frozenset({"feed", "ics"})
SECRET = "password"  # noqa: S105 - the name of a field


@dataclass(frozen=True, kw_only=True)
class Connected:
    """A calendar as the page shows it: what it is called, how it is, and since when that is known."""

    id: str
    kind: str
    name: str
    note: str
    word: str
    tone: str
    about: str
    cloud: bool
    reconnect: bool
    written: bool


def connected(found: Mapping[str, Any], page: Page) -> Connected:
    """In the reader's words."""
    speech = speech_of(page)
    word, tone, about = standing(found, page, speech)
    names = {"ics": speech.gettext("A calendar file you uploaded"), "feed": speech.gettext("A published calendar")}
    return Connected(
        id=found["calendar_id"],
        kind=found["kind"],
        name=names.get(found["kind"]) or found["username"] or speech.gettext("A calendar"),
        note=found["url"] or NAMES.get(found["kind"], ""),
        cloud=found["kind"] in NAMES,
        word=word,
        tone=tone,
        about=about,
        reconnect=found["reconnect"],
        written=found["target"] is not None,
    )


def standing(found: Mapping[str, Any], page: Page, speech: Speech) -> tuple[str, str, str]:
    """How a calendar is, in a word with its tone, and what there is to say about it."""
    read_at = instant(found["refreshed_at"]) if found["refreshed_at"] else None
    when = ""
    if read_at is not None:
        day, time = speech.day(speech.local(read_at).date()), speech.time(read_at)
        when = speech.gettext("Last checked on %(day)s at %(time)s.") % {"day": day, "time": time}
    if found["problem"]:
        word = speech.gettext("Connect it again") if found["reconnect"] else speech.gettext("It cannot be read right now")
        known = when or speech.gettext("Nothing is known of it yet.")
        return word, "bad", f"{complaint(found['problem'], speech)} {known}"
    if read_at is None:
        return speech.gettext("It is being read"), "now", speech.gettext("That may take a few minutes the first time.")
    if found["hours_old"]:
        when += " " + speech.gettext("Its publisher may be hours behind.")
    if found["unread_entries"]:
        count = found["unread_entries"]
        when += " " + speech.ngettext(
            "One entry could not be understood and counts as free.", "%(count)s entries could not be understood and count as free.", count
        ) % {"count": count}
    old = found["kind"] not in ONE_FILE and page.viewer.now - read_at > STALE
    return speech.gettext("It is connected"), "warn" if old or found["unread_entries"] else "ok", when


@router.get("")
async def calendars(page: Signed) -> Response:
    """All of them, and the ways to connect one more."""
    parts = await page.parts(calendars=page.scheduling.get("/calendars/mine"), clouds=page.scheduling.get("/calendars/clouds"))
    offered = value(parts["clouds"], {"kinds": []})["kinds"]
    return page.render(
        "participant/calendars.html", calendars=summary(parts["calendars"], page), clouds=[(kind, NAMES[kind]) for kind in offered]
    )


def summary(part: Part[Sequence[Mapping[str, Any]]], page: Page) -> Sequence[Connected] | None:
    """The calendars in a few words; None when scheduling does not answer."""
    return None if part.value is None else [connected(one, page) for one in part.value]


@router.get("/connect/{way}")
async def connecting(page: Signed, way: Way) -> Response:
    """The form for one more calendar, on a server, published, or as a file."""
    return connecting_page(page, way, Form())


def connecting_page(page: Page, way: Way, form: Form) -> Response:
    """With what was typed and refused, if anything was."""
    return page.render("participant/calendar_connect.html", status=422 if form.wrong else 200, way=way, form=form)


@router.post("/connect/{way}")
async def connect(page: Signed, way: Way) -> Response:
    """Connect it."""
    if way == "file":
        return await upload(page)
    form = typed(page)
    outcome = await attempt(page, page.scheduling.post("/calendars/mine", wanted(way, form)), form)
    if outcome.refused:
        return connecting_page(page, way, unsaid(outcome.form))
    return page.go("/me/calendars", toast=speech_of(page).gettext("Your calendar is connected."))


def wanted(kind: str, form: Form) -> dict[str, str]:
    """What was typed, as scheduling takes it."""
    names = ("url",) if kind == "feed" else ("url", "username", SECRET)
    return {"kind": kind, **{name: form.value(name) for name in names}}


def unsaid(form: Form) -> Form:
    """The form without its password: it is never written back into a page."""
    return Form({name: text for name, text in form.values.items() if name != SECRET}, form.errors, form.message)


async def upload(page: Page) -> Response:
    """A calendar as a file, in place of the one before."""
    speech, file = speech_of(page), page.form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return connecting_page(page, "file", Form().with_error("file", speech.gettext("Choose a file that ends in .ics.")))
    content = await file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        return connecting_page(page, "file", Form().with_error("file", speech.gettext("This file is larger than 5 MB.")))
    doing = page.scheduling.upload("/calendars/mine/ics", content, content_type="text/calendar")
    outcome = await attempt(page, doing, Form())
    if outcome.refused:
        said = outcome.form.message or next(iter(outcome.form.errors.values()))
        return connecting_page(page, "file", Form().with_error("file", said))
    return page.go("/me/calendars", toast=speech.gettext("Your calendar file is read."))


@router.get("/{calendar_id}")
async def calendar(page: Signed, calendar_id: str) -> Response:
    """One of them: which of the account's calendars count, where meetings are written to, and how to connect it again."""
    return await calendar_page(page, calendar_id)


async def calendar_page(page: Page, calendar_id: str, *, places: Form | None = None, again: Form | None = None) -> Response:
    """With what was typed and refused in one of its two forms, if anything was."""
    found = next((one for one in await page.scheduling.get("/calendars/mine") if one["calendar_id"] == calendar_id), None)
    if found is None:
        return page.go("/me/calendars")
    asked: Outcome[Sequence[Mapping[str, Any]]] = Outcome(form=Form())
    if found["kind"] not in ONE_FILE:
        asked = await attempt(page, page.scheduling.get(f"/calendars/{calendar_id}/places"), Form())
    there = asked.answer or []
    named = [(one["place"], one["name"] or one["place"], None) for one in there]
    writable = [option for option, one in zip(named, there, strict=True) if one["writable"]]
    chosen = {"reads": [one["place"] for one in there if one["read"]], "target": found["target"] or ""}
    return page.render(
        "participant/calendar.html",
        status=422 if places or again else 200,
        calendar=connected(found, page),
        named=named,
        writable=[*writable, ("", speech_of(page).gettext("none of these"), None)],
        silent=asked.form.message or next(iter(asked.form.errors.values()), ""),
        places=places or Form(chosen),
        again=again or Form({"url": "" if found["kind"] == "feed" else found["url"], "username": found["username"] or ""}),
    )


@router.post("/{calendar_id}")
async def choose(page: Signed, calendar_id: str) -> Response:
    """Which of the account's calendars count, and where meetings are written to."""
    form = typed(page)
    chosen = {"reads": form.chosen("reads"), "target": form.value("target") or None}
    outcome = await attempt(page, page.scheduling.put(f"/calendars/{calendar_id}/places", chosen), form)
    if outcome.refused:
        return await calendar_page(page, calendar_id, places=outcome.form)
    return page.go("/me/calendars", toast=speech_of(page).gettext("Your choice is kept."))


@router.post("/{calendar_id}/again")
async def connect_again(page: Signed, calendar_id: str) -> Response:
    """With another password or address."""
    form = typed(page)
    kind = "feed" if form.value("kind") == "feed" else "caldav"
    outcome = await attempt(page, page.scheduling.put(f"/calendars/{calendar_id}", wanted(kind, form)), form)
    if outcome.refused:
        return await calendar_page(page, calendar_id, again=unsaid(outcome.form))
    return page.go("/me/calendars", toast=speech_of(page).gettext("Your calendar is connected."))


@router.post("/{calendar_id}/refresh")
async def refresh(page: Signed, calendar_id: str) -> Response:
    """Look again, now; what is wrong stands beside the calendar."""
    outcome = await attempt(page, page.scheduling.post(f"/calendars/{calendar_id}/refresh"), Form())
    return page.go("/me/calendars", toast="" if outcome.refused else speech_of(page).gettext("Your calendar was read again."))


@router.post("/{calendar_id}/forget")
async def forget(page: Signed, calendar_id: str) -> Response:
    """Disconnect it."""
    await page.scheduling.delete(f"/calendars/{calendar_id}")
    return page.go("/me/calendars", toast=speech_of(page).gettext("Tandem has forgotten your calendar."))
