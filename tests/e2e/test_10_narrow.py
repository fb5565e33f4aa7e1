"""On a phone: no page is wider than the window, in either language."""

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.e2e.browsing import Visitors
from tests.e2e.cast import INES, RAVI, SOFIE
from tests.e2e.conftest import Story

NARROW = {"width": 360, "height": 740}


def pages(story: Story) -> Iterator[tuple[str, str]]:
    """Every main page, by who sees it."""
    ids = story.ids
    pair, programme = f"/partnerships/{ids['partnership']}", f"/manage/programmes/{story.programme_id}"
    own = [
        *("/", "/inbox", "/programmes", f"/programmes/{story.programme_id}", "/proposals", "/partnerships", "/meetings", "/goals", "/me"),
        *(pair, f"{pair}/charter", f"{pair}/charter/versions", f"{pair}/charter/edit", f"{pair}/times", f"{pair}/course", f"{pair}/end"),
        *(f"{pair}/plan", f"/meetings/{ids['meeting']}", "/goals/new", f"/goals/{ids['goal']}", f"/goals/{ids['goal']}/edit", "/me/stored"),
        *("/me/calendars", "/me/calendars/connect/caldav", "/me/calendars/connect/feed", "/me/calendars/connect/file"),
    ]
    managed = [
        *("/", "/manage/programmes", "/manage/programmes/new", "/manage/people", "/manage/people/import", f"/manage/runs/{ids['run']}"),
        *(programme, f"{programme}/enrolments", f"{programme}/enrolments/import", f"{programme}/runs", f"{programme}/proposals"),
        *(f"{programme}/partnerships", f"{programme}/waiting", f"{programme}/requests", "/manage/tasks"),
        *(f"{programme}/settings{part}" for part in ("", "/enrolment", "/questions", "/matching", "/words", "/file")),
    ]
    administered = ["/administration", "/administration/dead-letters", "/administration/roles"]
    yield from ((INES, path) for path in own)
    yield from ((SOFIE, path) for path in managed)
    yield from ((RAVI, path) for path in administered)


@pytest.mark.parametrize("language", ["Deutsch", "English"])
async def test_no_page_is_wider_than_a_phone(language: str, visitors: Visitors, story: Story) -> None:
    tabs = {email: await visitors.another(email) for email in (INES, SOFIE, RAVI)}
    for tab in tabs.values():
        await tab.page.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
        await tab.go("/me")
        await tab.leads_on(tab.page.get_by_role("main").get_by_role("button", name=language))
        await expect(tab.page.locator("html")).to_have_attribute("lang", language[:2].lower())
    too_wide = []
    for email, path in pages(story):
        await tabs[email].page.goto(tabs[email].portal + path)
        if by := await tabs[email].sideways():
            too_wide.append(f"{path} by {by} px")
    assert not too_wide, too_wide
    for tab in tabs.values():
        await tab.page.close()
