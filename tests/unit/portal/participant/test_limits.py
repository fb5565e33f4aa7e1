"""The page of holidays, days away and how much is enough: what its forms send."""

from typing import Any

import pytest

from services.portal.api import limits, times
from tests.unit.portal.participant.sample import DEBORAH, LIMITS, PAIR
from tests.unit.portal.participant.sample_page import SamplePage, full
from tests.unit.portal.participant.test_deeds import a_page, body, refused, sent
from tests.unit.portal.participant.walk import wanted

PUT = "/availability/mine/limits"


async def test_what_is_enough_is_kept_with_the_days_away_as_they_were() -> None:
    page = a_page(
        ("country", "DE"), ("region", "BY"), ("horizon_days", "30"), ("most_a_day", ""), ("most_a_week", "2"), ("grid_minutes", "30")
    )
    await limits.keep(page)
    ((_, path, asked),) = sent(page, "scheduling")
    assert path == PUT
    chosen = {"country": "DE", "region": "BY", "horizon_days": 30, "most_a_day": 0, "most_a_week": 2, "grid_minutes": 30}
    assert asked == {**LIMITS, **chosen}


async def test_a_figure_that_is_none_is_said_beside_its_field() -> None:
    page = a_page(("country", "DE"), ("most_a_week", "few"))
    shown = body(await limits.keep(page))
    assert 'id="most_a_week-error"' in shown
    assert 'value="few"' in shown
    assert sent(page, "scheduling") == []


@pytest.mark.parametrize(
    ("form", "change"),
    [
        ({"kind": "away"}, {"zone": None, "hours": []}),
        ({"kind": "journey", "zone": "Asia/Tokyo"}, {"zone": "Asia/Tokyo", "hours": None}),
        (
            {"kind": "hours", "zone": "Asia/Tokyo", "start": "10:00", "end": "12:00"},
            {"zone": None, "hours": [{"days": [0, 1, 2, 3, 4, 5, 6], "start": "10:00", "end": "12:00"}]},
        ),
    ],
)
async def test_days_on_which_something_is_different_are_added_to_the_others(form: dict[str, str], change: dict[str, Any]) -> None:
    page = a_page(*{"first_on": "2027-01-04", "last_on": "2027-01-08", **form}.items())
    await limits.add_days(page)
    ((_, _, asked),) = sent(page, "scheduling")
    assert asked["changes"] == [*LIMITS["changes"], {"first_on": "2027-01-04", "last_on": "2027-01-08", **change}]  # type: ignore[misc]


async def test_one_day_needs_no_last_day_and_no_day_is_refused() -> None:
    page = a_page(("first_on", "2027-01-04"), ("last_on", ""), ("kind", "away"))
    await limits.add_days(page)
    assert sent(page, "scheduling")[0][2]["changes"][-1]["last_on"] == "2027-01-04"
    page = a_page(("first_on", "soon"), ("kind", "away"))
    assert 'id="first_on-error"' in body(await limits.add_days(page))
    assert sent(page, "scheduling") == []


async def test_days_that_overlap_others_are_said_beside_the_field() -> None:
    no = refused(422, "x", {"first_on": "You have said something else of these days already."})
    page = a_page(("first_on", "2026-11-03"), ("kind", "away"), refusing={f"scheduling PUT {PUT}": no}, locale="de")
    assert "schon etwas anderes" in body(await limits.add_days(page))


async def test_days_are_forgotten_by_their_first_day() -> None:
    page = a_page(("first_on", "2026-11-30"))
    await limits.forget_days(page)
    ((_, _, asked),) = sent(page, "scheduling")
    assert [change["first_on"] for change in asked["changes"]] == ["2026-11-02", "2026-12-24"]


async def test_a_country_is_looked_at_before_it_is_kept() -> None:
    page = SamplePage(full())
    shown = body(await limits.limits(page, "DE"))
    assert '<input type="hidden" name="country" value="DE">' in shown
    assert "Bayern" in shown
    assert sent(page, "scheduling") == []
    assert "Bayern" not in body(await limits.limits(page, "XX"))


async def test_the_page_of_times_says_which_days_of_the_week_are_not_like_others() -> None:
    shown = body(await times.times(SamplePage(full()), PAIR, wanted()))
    assert "Wednesday 28 October: Deborah has a holiday, Town fair." in shown
    assert "Deborah works by another clock." in shown
    assert "Immaculate Conception" not in shown
    theirs = body(await times.times(SamplePage(full(), who=DEBORAH), PAIR, wanted()))
    assert "Wednesday 28 October: you have a holiday, Town fair." in theirs
