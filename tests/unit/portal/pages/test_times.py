"""Times and people as pages say them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from services.portal.pages import times
from services.portal.pages.people import first_name, hue, initials
from services.portal.pages.viewer import Viewer, current

NOW = datetime(2026, 10, 20, 7, 10, tzinfo=UTC)


@contextmanager
def looking(locale: str = "en", zone: str = "Europe/Lisbon") -> Iterator[None]:
    token = current.set(Viewer(person_id="p", name="Inês", locale=locale, zone=zone, now=NOW))
    try:
        yield
    finally:
        current.reset(token)


@pytest.mark.parametrize(
    ("moment", "english", "german"),
    [
        (NOW + timedelta(seconds=20), "now", "jetzt"),
        (NOW + timedelta(minutes=20), "in 20 minutes", "in 20 Minuten"),
        (NOW - timedelta(hours=5), "today", "heute"),
        (NOW + timedelta(hours=18), "tomorrow", "morgen"),
        (NOW + timedelta(days=3), "in 3 days", "in 3 Tagen"),
        (NOW - timedelta(days=47), "47 days ago", "vor 47 Tagen"),
        (NOW - timedelta(days=100), "3 months ago", "vor 3 Monaten"),
        ("2026-10-21", "tomorrow", "morgen"),
        ("2026-10-22T13:30:00Z", "in 2 days", "in 2 Tagen"),
    ],
)
def test_a_time_is_said_as_one_would_say_it(moment: datetime | str, english: str, german: str) -> None:
    with looking():
        assert times.relative(moment) == english
    with looking("de"):
        assert times.relative(moment) == german


def test_the_exact_time_is_the_viewers_and_stands_behind_the_words() -> None:
    with looking():
        assert times.ago(datetime(2026, 10, 22, 13, 30, tzinfo=UTC)) == (
            '<time datetime="2026-10-22T14:30:00+01:00" title="Thursday 22 October 2026, 14:30 (Lisbon)">in 2 days</time>'
        )


def test_the_partners_clock_can_be_shown_beside_ones_own() -> None:
    with looking("de"):
        moment = datetime(2026, 10, 22, 13, 30, tzinfo=UTC)
        assert ">14:30<" in times.clock(moment)
        assert ">9:30<" in times.clock(moment, "America/Toronto")


def test_tomorrow_is_by_the_viewers_calendar() -> None:
    late = datetime(2026, 10, 20, 23, 30, tzinfo=UTC)
    with looking(zone="Europe/Lisbon"):
        assert times.relative(late) == "tomorrow"
    with looking(zone="America/Toronto"):
        assert times.relative(late) == "today"


def test_a_day_says_its_year_only_when_it_is_another() -> None:
    with looking():
        assert ">22 October<" in times.day("2026-10-22")
        assert ">22 October 2027<" in times.day("2027-10-22")
    with looking("de"):
        assert ">22. Oktober 2027<" in times.day("2027-10-22")


def test_lists_and_figures_follow_the_language() -> None:
    with looking("de"):
        assert times.listing(["Ana", "<b>", "Grace"]) == "Ana, &lt;b&gt; und Grace"
        assert times.number(1051) == "1.051"
        assert times.percent(0.88) == "88\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(("name", "letters"), [("Inês Carvalho", "IC"), ("Wilhelmina von Hohenstein", "WH"), ("Cher", "C"), ("", "")])
def test_initials_are_of_the_first_and_the_last_name(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_a_colour_comes_from_the_id_and_a_first_name_from_the_name() -> None:
    assert hue("p1") == hue("p1")
    assert {hue(f"p{place}") for place in range(200)} == set(range(12))
    assert first_name("Inês Carvalho") == "Inês"
