"""Chapter 11: Ctrl-C leaves nothing running, and the next start finds everything where it was."""

import os

import pytest
from playwright.async_api import expect

from tests.e2e.browsing import Visitors
from tests.e2e.cast import DEBORAH, INES, LING, first
from tests.e2e.conftest import Story
from tests.e2e.system import ATTACHED, System
from tests.e2e.test_08_goals_and_agenda import TITLE

pytestmark = pytest.mark.skipif(ATTACHED in os.environ, reason="what runs already is not ours to stop")


async def test_nothing_is_left_running_and_nothing_is_lost(visitors: Visitors, story: Story, system: System) -> None:
    ling, ines, deborah = [await visitors.person(email) for email in (LING, INES, DEBORAH)]
    await ling.go("/proposals")
    await ling.leads_on(ling.page.get_by_role("link", name="Deborah"))
    await ling.press(f"Accept {first(DEBORAH)}")  # the news of it is on its way when everything stops
    for visitor in (ling, ines, deborah):
        await visitor.page.goto("about:blank")

    assert await system.interrupt() == []
    assert not (await system.running())["running"]

    await system.start(without_network=True)
    await ines.go(f"/goals/{story.ids['goal']}")
    await ines.heading(TITLE)
    await deborah.go("/inbox")
    await expect(deborah.page.get_by_role("link", name="Ling has said yes")).to_be_visible()
