"""Chapter 4: the best match for everybody, explained, corrected by hand, published, taken back and published again."""

from playwright.async_api import Page, expect

from tests.e2e.browsing import Visitor, Visitors
from tests.e2e.cast import DARYL, DEBORAH, INES, LING, PRIYA, RICARDO, SIMONE, SOFIE, THUY, first, name
from tests.e2e.conftest import Story

DRAFT = "Draft of the match"


async def pairs(page: Page) -> dict[str, str]:
    """The mentor of each protégé in the draft, by names."""
    rows = page.locator("#pairs tbody tr")
    found = [(await row.get_by_role("rowheader").inner_text(), await row.locator("td").first.inner_text()) for row in await rows.all()]
    return {protege: mentor.removesuffix(" locked").removesuffix(" by hand") for protege, mentor in found}


async def draft(sofie: Visitor) -> dict[str, str]:
    """The pairs, once the run is done."""
    await sofie.heading(DRAFT)
    await sofie.judged()
    return await pairs(sofie.page)


async def open_pair(sofie: Visitor, protege: str) -> None:
    await sofie.press(name(protege), within=sofie.page.locator("#pairs"))
    await expect(sofie.page.locator("#pair")).to_contain_text(first(protege))


async def test_match_now_ends_in_a_draft_with_a_reason_for_whoever_is_left_out(visitors: Visitors, story: Story) -> None:
    sofie = await visitors.person(SOFIE)
    await sofie.go(f"/manage/programmes/{story.programme_id}")
    await sofie.press("Match now")
    found = await draft(sofie)
    await sofie.reads("4 of 5 protégés have a mentor", "1 is left out.", "No better match exists")
    assert found.keys() == {name(INES), name(PRIYA), name(DARYL), name(LING)}
    assert found[name(INES)] == name(DEBORAH)
    assert found[name(PRIYA)] != name(THUY), "Thuy is her manager"
    assert found[name(DARYL)] != name(DEBORAH), "Deborah is his manager's manager"
    await sofie.reads(f"Why {first(RICARDO)} has no mentor", "No mentor in this programme may be paired with Ricardo.")


async def test_the_points_of_every_pair_add_up(visitors: Visitors) -> None:
    sofie = await visitors.person(SOFIE)
    for protege in (INES, PRIYA, DARYL, LING):
        await open_pair(sofie, protege)
        table = sofie.page.get_by_role("table").filter(has_text="Each bar starts where the one above ends")
        parts = [int(text) for text in await table.locator("tbody td b").all_inner_texts()]
        whole = int((await table.locator("tfoot td").inner_text()).split()[0])
        assert sum(parts) == whole
        assert f"{whole} of 100" in await sofie.page.locator(".points").inner_text()


async def test_a_locked_pair_stays_and_a_forbidden_one_goes_when_the_match_is_run_again(visitors: Visitors) -> None:
    sofie = await visitors.person(SOFIE)
    before = await pairs(sofie.page)
    await open_pair(sofie, INES)
    await sofie.press("Lock this pair")
    await open_pair(sofie, LING)
    await sofie.press("Forbid it")
    await sofie.reads("Forbidden. Run again to find somebody else for both.", "Forbidden by you")
    await sofie.press("Run again")
    after = await draft(sofie)
    assert after[name(INES)] == before[name(INES)]
    assert after.get(name(LING)) != before[name(LING)]
    await sofie.reads("Against the draft before:")
    await sofie.page.get_by_text("Show them").click()
    await expect(sofie.page.locator(".diff ins").first).to_be_visible()


async def test_one_pair_is_changed_by_hand_and_hard_rules_hold(visitors: Visitors, story: Story) -> None:
    sofie = await visitors.person(SOFIE)
    await sofie.go(f"/manage/programmes/{story.programme_id}/runs")
    await sofie.press("Open")
    now = await pairs(sofie.page)
    # Whoever has Simone makes room for Priya.
    for protege in (LING, DARYL):
        if now.get(name(protege)) == name(SIMONE):
            await open_pair(sofie, protege)
            await choose(sofie, THUY)
    await open_pair(sofie, PRIYA)
    await sofie.press("Choose another mentor")
    await expect(sofie.page.get_by_role("region", name="Cannot be chosen")).to_contain_text(name(THUY))
    await sofie.page.go_back()
    await choose(sofie, SIMONE)
    await expect(sofie.page.locator("#pair")).to_contain_text(first(SIMONE))
    await sofie.reads("You paired these two by hand.")
    if (await pairs(sofie.page)).get(name(LING)) != name(THUY):
        await sofie.go(
            f"{sofie.page.url.removeprefix(sofie.portal).partition('?')[0]}/candidates?protege_id={await person_id(sofie, LING)}"
        )
        await choose(sofie, THUY)
    assert await pairs(sofie.page) == {
        name(INES): name(DEBORAH),
        name(PRIYA): name(SIMONE),
        name(DARYL): name(THUY),
        name(LING): name(THUY),
    }
    story.ids["run"] = sofie.page.url.partition("/runs/")[2].partition("?")[0]


async def choose(sofie: Visitor, mentor: str) -> None:
    """Give the protégé whose pair is open another mentor."""
    if "/candidates" not in sofie.page.url:
        await sofie.press("Choose another mentor")
    row = sofie.page.get_by_role("listitem").filter(has_text=name(mentor))
    if await row.get_by_role("button", name="Choose").count():
        await sofie.press("Choose", within=row)
    else:
        await sofie.page.go_back()


async def person_id(sofie: Visitor, email: str) -> str:
    """The id by which pages link to somebody."""
    link = (
        sofie.page.get_by_role("link", name=name(email)).or_(sofie.page.locator("a", has_text=f"See every mentor for {first(email)}")).first
    )
    address = await link.get_attribute("href") or ""
    return address.rpartition("=")[2]


async def publish(sofie: Visitor, run_id: str) -> None:
    """Ask everybody in the draft, after having been told whom it reaches."""
    await sofie.go(f"/manage/runs/{run_id}")
    await sofie.named("Publish to 7 people").click()
    dialog = sofie.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("protégés: 4, mentors: 3")
    await sofie.press("Publish to 7 people", within=dialog)
    await sofie.reads("4 pairs are asked.")


async def test_a_publishing_is_taken_back_before_anybody_has_answered(visitors: Visitors, story: Story) -> None:
    sofie = await visitors.person(SOFIE)
    await publish(sofie, story.ids["run"])
    await sofie.press("Take the publishing back")
    await sofie.reads("The publishing was taken back. It is a draft again.")
