"""Chapter 6: the two agree on how they work together, in three steps, and every version is kept."""

from playwright.async_api import expect

from tests.e2e.browsing import Visitor, Visitors
from tests.e2e.cast import DEBORAH, INES
from tests.e2e.conftest import PLANTED, Story

NEEDS = f"To say no without a bad conscience. {PLANTED}"


async def propose(visitor: Visitor, **ground_rules: str) -> None:
    """Go through the three steps, and choose on the last one."""
    await visitor.press("On to trust")
    await visitor.press("On to the ground rules")
    for field, value in ground_rules.items():
        await visitor.page.locator(f"input[name={field}][value='{value}']").check()
    await visitor.page.get_by_role("button", name="Sign and send to").click()


async def test_one_proposes_in_three_steps(visitors: Visitors, story: Story) -> None:
    ines = await visitors.person(INES)
    await ines.go(f"/partnerships/{story.ids['partnership']}")
    await ines.press("Begin the charter")
    await ines.press("Begin with the needs")
    async with ines.refused(422):
        await ines.press("On to trust")
    await expect(ines.page.locator("[name=protege_needs]")).to_be_focused()
    await ines.fill(protege_needs=NEEDS, success="I have said no three times.")
    await ines.press("On to trust")
    await ines.fill(openness="Everything may be asked.")
    await ines.press("Back to the needs")
    await expect(ines.page.locator("[name=protege_needs]")).to_have_value(NEEDS)
    await propose(ines, cadence_weeks="3", minutes="45", confidentiality="between_us")
    await ines.reads("Signed by you and sent.", "Everything may be asked.")


async def test_the_other_proposes_a_change_and_what_would_change_is_shown(visitors: Visitors, story: Story) -> None:
    deborah, ines = await visitors.person(DEBORAH), await visitors.person(INES)
    await deborah.go("/inbox")
    await deborah.leads_on(deborah.page.get_by_role("link", name="charter").first)
    await deborah.press("Propose a change")
    await propose(deborah, cadence_weeks="2")
    await deborah.reads("Signed by you and sent.")
    await ines.go(f"/partnerships/{story.ids['partnership']}/charter")
    await ines.press("Sign it")
    await ines.reads("Signed by you both", "Tandem now offers times in this rhythm.")


async def test_every_version_is_kept(visitors: Visitors, story: Story) -> None:
    ines = await visitors.person(INES)
    await ines.go(f"/partnerships/{story.ids['partnership']}/charter/versions")
    await expect(ines.page.get_by_role("heading", level=2)).to_have_text(["Version 2", "Version 1"])
    await ines.reads(NEEDS)
