"""Every page of the kit, of managers and of administrators renders, in both languages, full and empty, under the strict policy."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from services.portal.api import style
from services.portal.api.backends import BackendDown
from services.portal.pages.render import Viewer, render
from shared.errors import NotFound
from tests.unit.portal.pages.answers import NOW
from tests.unit.portal.pages.every_page import FULL_ONLY, PAGES, Opening
from tests.unit.portal.pages.world import Company, a_full_company, an_empty_company

BOTH = frozenset({"administrator", "programme_manager"})
REASONS = ("out", "expired", "unknown", "refused", "provider")


class Markup(HTMLParser):
    """What a browser under our policy would refuse, and what a reader by ear would miss."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.described: list[str] = []
        self.main_actions = 0
        self._script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.faults += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        self._script = tag == "script"
        if tag == "style" or (tag == "script" and "src" not in given):
            self.faults.append(f"inline {tag}")
        if tag in {"script", "link", "img"} and re.match(r"(https?:)?//", given.get("src") or given.get("href") or ""):
            self.faults.append(f"{tag} of another host")
        if tag == "form" and given.get("method") == "post":
            self.faults += [f"form to {given['action']}"] if re.match(r"(https?:)?//", given.get("action") or "") else []
        if "id" in given:
            self.ids.append(given["id"] or "")
        for name in ("aria-describedby", "aria-labelledby", "for"):
            self.described += (given.get(name) or "").split()

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.faults.append("inline script")


def check(html: str) -> None:
    page = Markup(html)
    assert page.faults == []
    assert sorted(set(page.ids)) == sorted(page.ids), "two elements have one id"
    assert set(page.described) <= set(page.ids), "something is described by nothing"
    assert html.count('name="form_token"') == html.count('method="post"'), "a form without its token"


def cases() -> list[Any]:
    rooms = [("full", a_full_company, {**PAGES, **FULL_ONLY}), ("empty", an_empty_company, PAGES)]
    return [
        pytest.param(make, opening, locale, id=f"{name}-{kind}-{locale}")
        for kind, make, pages in rooms
        for name, opening in pages.items()
        for locale in ("en", "de")
    ]


@pytest.mark.parametrize(("make", "opening", "locale"), cases())
async def test_every_page_renders_under_the_strict_policy(make: Any, opening: Opening, locale: str) -> None:
    answer = await opening(make(locale=locale, roles=BOTH))
    html = bytes(answer.body).decode()
    assert f'<html lang="{locale}">' in html
    assert html.count("<h1>") == 1
    check(html)


@pytest.mark.parametrize("name", PAGES)
async def test_a_service_that_does_not_answer_leaves_a_page_that_says_so_or_an_error_page(name: str) -> None:
    company = a_full_company(roles=BOTH)
    company.goals.down = "goals"
    try:
        answer = await PAGES[name](company)
    except BackendDown:
        return
    check(bytes(answer.body).decode())


async def test_the_page_of_parts_is_not_there_in_production() -> None:
    company = Company()
    company.settings.demo_clock = False
    with pytest.raises(NotFound):
        await style.style(company.page("/style"))


@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("reason", REASONS)
def test_whoever_is_not_signed_in_is_told_why_and_how_to_go_on(reason: str, locale: str) -> None:
    html = render("signed_out.html", Viewer(person_id="", name="", locale=locale, now=NOW), reason=reason, email="ines@example.com")
    check(html)
    assert 'href="/sign-in"' in html
    assert 'class="rail"' not in html


@pytest.mark.parametrize("locale", ["en", "de"])
def test_an_error_page_says_what_to_do_and_what_to_tell_the_support(locale: str) -> None:
    viewer = Viewer(person_id="p", name="Inês Carvalho", locale=locale, now=NOW)
    error = {"title": "This is gone", "text": "Look elsewhere.", "action": ("Again", "/x"), "reference": "7K2F", "part": "goals"}
    html = render("error.html", viewer, error=error)
    check(html)
    assert "7K2F" in html


def test_what_people_type_is_escaped() -> None:
    html = render("signed_out.html", Viewer(person_id="", name="", now=NOW), reason="unknown", email="<script>alert(1)</script>")
    assert "<script>alert" not in html


def test_a_part_of_a_page_comes_without_its_frame() -> None:
    viewer = Viewer(person_id="p", name="Inês Carvalho", now=NOW)
    html = render("error.html", viewer, partial=True, error={"title": "Gone", "text": "", "action": None, "reference": None, "part": None})
    assert "<title>Gone" in html
    assert 'class="rail"' not in html


def test_the_rail_shows_nobody_what_is_not_theirs() -> None:
    company = Company(roles=frozenset(), manages=False)
    html = render("error.html", company.page().viewer, error={"title": "", "text": "", "action": None, "reference": None, "part": None})
    assert "/manage" not in html
    assert "/administration" not in html
