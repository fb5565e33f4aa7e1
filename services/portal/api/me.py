"""The reader's own settings: language, working hours, calendar, mail, and what Tandem stores about them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.calendars import summary
from services.portal.api.front_door import front_door
from services.portal.api.page import Page, Signed
from services.portal.api.participant import attempt, speech_of, typed, value, whole
from services.portal.handlers import ChooseSettings, choose_settings
from services.portal.pages.form import Form
from services.portal.pages.pictures_participant import Speech
from services.portal.pages.texts import LOCALES

router = APIRouter(prefix="/me")

WEEK = tuple(range(7))
"""Weekdays from Monday, as scheduling counts them."""


@router.get("")
async def me(page: Signed) -> Response:
    """Everything one can set."""
    return await me_page(page)


async def me_page(page: Page, *, hours: Form | None = None) -> Response:
    parts = await page.parts(
        availability=page.scheduling.get("/availability/mine"),
        calendars=page.scheduling.get("/calendars/mine"),
        preferences=page.notifications.get("/preferences/mine"),
        policy=page.scheduling.get("/policy/mine"),
    )
    speech, availability = speech_of(page), parts["availability"].value
    shown = hours or (hours_form(availability) if availability else None)
    return page.render(
        "participant/me.html",
        status=422 if hours else 200,
        hours=shown,
        second=shown is not None and any(shown.value(f"start-{day}-2") for day in WEEK),
        days=[(day, speech.weekday_name(day)) for day in WEEK],
        zones=zones(speech.language),
        calendars=summary(parts["calendars"], page),
        preferences=parts["preferences"].value,
        policy=parts["policy"].value,
    )


@cache
def zones(language: str) -> list[tuple[str, str]]:
    """Every time zone by its city, for a choice."""
    speech = Speech(language)
    cities = {zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/", "US/"))}
    return sorted(
        ((zone, f"{speech.place(zone)} ({zone.split('/', maxsplit=1)[0]})") for zone in cities), key=lambda one: one[1].casefold()
    )


def hours_form(availability: Mapping[str, Any]) -> Form:
    """The working hours by weekday; a second stretch of a day stands beside the first."""
    values: dict[str, Any] = {
        "zone": availability["zone"],
        "notice_hours": availability["notice_hours"],
        "buffer_minutes": availability["buffer_minutes"],
    }
    stretches: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for window in availability["hours"]:
        for day in window["days"]:
            stretches[day].append((window["start"], window["end"]))
    for day, found in stretches.items():
        for number, (start, end) in enumerate(sorted(found)[:2], start=1):
            values |= {f"start-{day}-{number}": start, f"end-{day}-{number}": end}
    return Form(values)


def windows(form: Form) -> list[dict[str, Any]]:
    """What was typed, as scheduling takes it: days with the same hours together."""
    days: dict[tuple[str, str], list[int]] = defaultdict(list)
    for day in WEEK:
        for number in (1, 2):
            start, end = form.value(f"start-{day}-{number}"), form.value(f"end-{day}-{number}")
            if start and end:
                days[start, end].append(day)
    return [{"days": found, "start": start, "end": end} for (start, end), found in days.items()]


@router.post("/language")
async def language(page: Signed) -> Response:
    """Pages and mails in another language, from now on."""
    locale = page.form.get("locale")
    if locale in LOCALES:
        await chosen(page, zone=page.person.zone, locale=str(locale))
    return page.go(came_from(page))


def came_from(page: Page) -> str:
    """The page of ours the person was on; their settings when it is not known."""
    found = urlsplit(page.request.headers.get("referer", ""))
    ours = found.netloc == page.request.headers.get("host") and found.path.startswith("/") and not found.path.startswith("//")
    return found.path + (f"?{found.query}" if found.query else "") if ours else "/me"


async def chosen(page: Page, *, zone: str, locale: str) -> None:
    settings = ChooseSettings(by=page.viewer.person_id, zone=zone, locale=locale, at=page.visit.at)
    await front_door(page.request).service.run(choose_settings, settings)


@router.post("/hours")
async def keep_hours(page: Signed) -> Response:
    """When one works, by which clock, and how much air one wants."""
    form, speech = typed(page), speech_of(page)
    found = windows(form)
    if not found:
        return await me_page(page, hours=form.with_error("hours", speech.gettext("Give at least one day with a beginning and an end.")))
    zone = form.value("zone")
    if zone not in available_timezones():
        return await me_page(page, hours=form.with_error("zone", speech.gettext("Choose a time zone from the list.")))
    wanted = {
        "zone": zone,
        "hours": found,
        "notice_hours": whole(form.value("notice_hours")) or 0,
        "buffer_minutes": whole(form.value("buffer_minutes")) or 0,
    }
    outcome = await attempt(page, page.scheduling.put("/availability/mine", wanted), form)
    if outcome.refused:
        return await me_page(page, hours=outcome.form)
    if zone != page.person.zone:
        await chosen(page, zone=zone, locale=page.person.locale)
    return page.go("/me", toast=speech.gettext("Your working hours are kept."))


@router.post("/mail")
async def mail(page: Signed) -> Response:
    """Whether one wants mail. Invitations of meetings always come."""
    wanted = page.form.get("email") == "yes"
    await page.notifications.put("/preferences/mine", {"email": wanted})
    speech = speech_of(page)
    return page.go("/me", toast=speech.gettext("You get mail again.") if wanted else speech.gettext("You get no more mail from Tandem."))


@router.post("/policy")
async def keep_policy(page: Signed) -> Response:
    """What one's partners need not ask about."""
    names = ("partner_may_book", "partner_may_move")
    await page.scheduling.put("/policy/mine", {name: page.form.get(name) == "yes" for name in names})
    return page.go("/me", toast=speech_of(page).gettext("Kept. Your partners see it when they arrange a meeting."))


@router.get("/stored")
async def stored(page: Signed) -> Response:
    """What Tandem keeps about the reader, and who can read it."""
    parts = await page.parts(
        enrolments=page.matching.get("/enrolments/mine"),
        proposals=page.matching.get("/proposals/mine"),
        partnerships=page.matching.get("/partnerships/mine"),
        meetings=page.scheduling.get("/meetings/mine"),
        availability=page.scheduling.get("/availability/mine"),
        calendars=page.scheduling.get("/calendars/mine"),
        goals=page.goals.get("/goals/mine"),
        feedback=page.goals.get("/feedback/mine"),
        notices=page.notifications.get("/inbox/mine"),
        preferences=page.notifications.get("/preferences/mine"),
    )
    found: dict[str, Sequence[Any]] = {name: value(part, []) for name, part in parts.items()}
    return page.render(
        "participant/stored.html",
        person=page.person,
        languages=[speech_of(page).tongue(code) for code in page.person.languages],
        found=found,
        calendars=parts["calendars"].value,
        silent=any(part.problem for part in parts.values()),
    )
