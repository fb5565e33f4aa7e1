"""Chapter 8: a goal of one's own, cut into steps; the mentor reads along, and the agenda is the protégé's."""

from playwright.async_api import expect

from tests.e2e.browsing import Visitors
from tests.e2e.cast import DEBORAH, INES
from tests.e2e.conftest import PLANTED, Story

TITLE = f"Lead the weekly planning on my own {PLANTED}"
STEP = f"Ask my manager for the first date {PLANTED}"
QUESTION = f"How do you begin a planning? {PLANTED}"


async def test_hints_say_in_plain_words_what_is_still_vague(visitors: Visitors, story: Story) -> None:
    ines = await visitors.person(INES)
    await ines.go(f"/goals/new?partnership={story.ids['partnership']}")
    hints = ines.page.locator("#hints")
    await ines.page.locator("[name=title]").press_sequentially("Get better at things")
    await expect(hints.get_by_role("listitem").first).to_be_visible()
    await ines.fill(
        title=TITLE,
        why="I want to know whether leading is for me before I ask for it",
        measure="Six plannings led, and twice the team says that it knew what to do",
        due_on="2027-06-30",
    )
    await ines.press("What is still vague?")
    await expect(hints).to_contain_text("Clear as day.")
    await ines.press("Write it down")
    await ines.heading(TITLE)
    story.ids["goal"] = ines.page.url.rpartition("/")[2]


async def test_steps_and_progress_draw_the_path(visitors: Visitors, story: Story) -> None:
    ines = await visitors.person(INES)
    await ines.go(f"/goals/{story.ids['goal']}")
    for text, due_on in ((STEP, "2026-12-10"), ("Lead the first one", "2027-01-20")):
        await ines.fill(text=text, due_on=due_on)
        await ines.press("Add the step")
    await expect(ines.page.locator("ol.path > li")).to_have_count(2)
    await ines.page.get_by_text("It has slipped").click()
    await ines.page.locator("input[name=confidence][value='4']").check(force=True)
    await ines.page.locator("#percent").fill("25")
    await ines.press("Keep it", within=ines.page.locator("#progress"))
    await ines.reads("How sure you feel")
    await expect(ines.page.locator("#percent-said")).to_have_text("25")


async def test_the_mentor_reads_what_is_shared_and_cannot_change_it(visitors: Visitors, story: Story) -> None:
    deborah = await visitors.person(DEBORAH)
    await deborah.go(f"/partnerships/{story.ids['partnership']}")
    await deborah.press(TITLE)
    await deborah.heading(TITLE)
    await expect(deborah.page.get_by_role("main").locator("form")).to_have_count(0)
    async with deborah.refused(403):
        await deborah.page.goto(f"{deborah.portal}/goals/{story.ids['goal']}/edit")
        await deborah.page.goto(f"{deborah.portal}/partnerships/{story.ids['singapore']}")
        await deborah.judge("somebody else's partnership")


async def test_the_agenda_is_filled_from_open_steps_and_ordered_by_the_protege(visitors: Visitors, story: Story) -> None:
    ines, deborah = await visitors.person(INES), await visitors.person(DEBORAH)
    await ines.go(f"/partnerships/{story.ids['partnership']}")
    agenda = ines.page.locator("ol.agenda")
    await ines.page.get_by_role("button", name="Fill from open steps").click()
    await expect(agenda).to_contain_text(STEP)
    await ines.page.locator("#agenda [name=text]").fill(QUESTION)
    await ines.page.get_by_role("button", name="Add to the agenda").click()
    await expect(agenda).to_contain_text(QUESTION)
    await ines.page.get_by_role("button", name=f"Move up: {QUESTION}").click()
    await expect(agenda.get_by_role("listitem").first).to_contain_text(QUESTION)
    await deborah.go(f"/partnerships/{story.ids['partnership']}")
    await expect(deborah.page.locator("ol.agenda")).to_contain_text(QUESTION)
    await expect(deborah.page.get_by_role("button", name="Move up")).to_have_count(0)
