"""What else limits the reader's time: holidays, days away and journeys, and how much is enough."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from babel import Locale
from fastapi import APIRouter
from fastapi.responses import Response

from services.portal.api.me import WEEK, zones
from services.portal.api.page import Page, Signed
from services.portal.api.participant import attempt, speech_of, typed, whole
from services.portal.pages.form import Form
from services.portal.pages.pictures_participant import Speech

router = APIRouter(prefix="/me/limits")

GRIDS = (5, 15, 30)
HOLIDAYS_SHOWN = 6
FIGURES = ("horizon_days", "most_a_day", "most_a_week")


@router.get("")
async def limits(page: Signed, country: str | None = None) -> Response:
    """Everything of it; `country`: one whose regions and holidays are to be looked at before it is kept."""
    return await limits_page(page, country)


async def limits_page(page: Page, country: str | None = None, form: Form | None = None, away: Form | None = None) -> Response:
    parts = await page.parts(
        limits=page.scheduling.get("/availability/mine/limits"), countries=page.scheduling.get("/availability/countries")
    )
    kept, speech = parts["limits"].value, speech_of(page)
    chosen = (kept or {}).get("country", "") if country is None else country
    region = (kept or {}).get("region", "") if chosen == (kept or {}).get("country") else ""
    asked = form or Form({**(kept or {}), "country": chosen, "region": region})
    found = None
    if kept is not None and chosen in (parts["countries"].value or {}):
        query = {"country": chosen, "region": region, "language": speech.language}
        found = (await page.part(page.scheduling.get("/availability/holidays", **query))).value
    return page.render(
        "participant/limits.html",
        status=422 if form or away else 200,
        kept=kept,
        form=asked,
        away=away or Form(),
        countries=countries(parts["countries"].value or {}, speech.locale),
        country=chosen,
        country_name=speech.locale.territories.get(chosen, chosen),
        regions=[("", speech.gettext("the whole country"))] + [(one["code"], one["name"]) for one in (found or {}).get("regions", [])],
        days=(found or {}).get("days", [])[:HOLIDAYS_SHOWN],
        changes=[(change, told(change, speech)) for change in (kept or {}).get("changes", [])],
        grids=[(grid, speech.gettext("every %(minutes)s minutes") % {"minutes": grid}) for grid in GRIDS],
        zones=zones(speech.language),
        today=speech.local(page.viewer.now).date(),
    )


def countries(known: Mapping[str, Sequence[str]], locale: Locale) -> list[tuple[str, str]]:
    """The countries by their names in the reader's language."""
    return sorted(((code, str(locale.territories.get(code, code))) for code in known), key=lambda one: one[1].casefold())


def told(change: Mapping[str, Any], speech: Speech) -> str:
    """What is different on some days."""
    if change["hours"] == []:
        return speech.gettext("away")
    said = [speech.gettext("by the clock of %(place)s") % {"place": speech.place(change["zone"])}] if change["zone"] else []
    said += [speech.gettext("%(start)s to %(end)s") % {"start": window["start"], "end": window["end"]} for window in change["hours"] or ()]
    return ", ".join(said)


@router.post("")
async def keep(page: Signed) -> Response:
    """Holidays and figures; days away stay as they are."""
    form, speech = typed(page), speech_of(page)
    figures = {name: whole(form.value(name) or "0") for name in FIGURES}
    for name, figure in figures.items():
        if figure is None:
            wrong = form.with_error(name, speech.gettext("Write a number, or 0 for no limit."))
            return await limits_page(page, form.value("country"), wrong)
    kept = await page.scheduling.get("/availability/mine/limits")
    chosen = {"country": form.value("country"), "region": form.value("region"), "grid_minutes": whole(form.value("grid_minutes")) or 15}
    outcome = await attempt(page, page.scheduling.put("/availability/mine/limits", {**kept, **figures, **chosen}), form)
    if outcome.refused:
        return await limits_page(page, form.value("country"), outcome.form)
    return page.go("/me/limits", toast=speech.gettext("Kept. Times are searched accordingly from now on."))


@router.post("/days")
async def add_days(page: Signed) -> Response:
    """Days away, a journey, or days with other hours."""
    form, speech = typed(page), speech_of(page)
    change = changed_days(form)
    if change is None:
        return await limits_page(page, away=form.with_error("first_on", speech.gettext("Say from which day to which.")))
    kept = await page.scheduling.get("/availability/mine/limits")
    wanted = {**kept, "changes": [*kept["changes"], change]}
    outcome = await attempt(page, page.scheduling.put("/availability/mine/limits", wanted), form)
    if outcome.refused:
        return await limits_page(page, away=outcome.form)
    return page.go("/me/limits#away", toast=speech.gettext("Kept. Times are searched accordingly from now on."))


def changed_days(form: Form) -> dict[str, Any] | None:
    """What the form says of which days; None when it names no days."""
    try:
        first = date.fromisoformat(form.value("first_on"))
        last = date.fromisoformat(form.value("last_on") or form.value("first_on"))
    except ValueError:
        return None
    kind = form.value("kind", "away")
    hours = [{"days": list(WEEK), "start": form.value("start"), "end": form.value("end")}] if kind == "hours" else []
    return {
        "first_on": first.isoformat(),
        "last_on": last.isoformat(),
        "zone": form.value("zone") or None if kind == "journey" else None,
        "hours": None if kind == "journey" else hours,
    }


@router.post("/days/forget")
async def forget_days(page: Signed) -> Response:
    """These days are like others again, whatever else has been said meanwhile."""
    first_on = typed(page).value("first_on")
    kept = await page.scheduling.get("/availability/mine/limits")
    left = [change for change in kept["changes"] if change["first_on"] != first_on]
    await page.scheduling.put("/availability/mine/limits", {**kept, "changes": left})
    return page.go("/me/limits#away", toast=speech_of(page).gettext("These days are like others again."))
