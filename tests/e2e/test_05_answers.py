"""Chapter 5: both partners are asked, live and by mail. One click answers, and a no leaves nobody hanging."""

from playwright.async_api import expect

from tests.e2e.browsing import Visitor, Visitors
from tests.e2e.cast import DARYL, DEBORAH, INES, LING, PRIYA, SIMONE, SOFIE, THUY, first, name
from tests.e2e.conftest import Story
from tests.e2e.letters import Mailbox
from tests.e2e.test_04_matching import publish
from tests.support.probe import eventually

REASON = "I shall be on parental leave from January."


async def test_both_partners_are_asked_live_and_by_mail(visitors: Visitors, story: Story, mailbox: Mailbox) -> None:
    sofie, ines, deborah = [await visitors.person(email) for email in (SOFIE, INES, DEBORAH)]
    await ines.go("/inbox")
    await deborah.go("/")
    count = deborah.page.get_by_role("banner").locator("[data-figure]")
    before = int(await count.inner_text())
    old = await mailbox.all_ids()
    await publish(sofie, story.ids["run"])
    # Neither of the two touches anything.
    await expect(ines.page.get_by_role("link", name=f"Would you like {first(DEBORAH)} as a partner?").first).to_be_visible()
    await expect(count).not_to_have_text(str(before))
    for email, other in ((INES, DEBORAH), (DEBORAH, INES)):
        letter = await mailbox.arrives(email, f"{name(other)} and you could be partners", but=old)
        assert visitors.portal in letter["text"]
        assert "Please say yes or no by" in letter["text"]


async def open_proposal(visitor: Visitor) -> None:
    """By way of the inbox, the newest first; the news may still be on its way, and not every browser runs scripts."""

    async def has_come() -> bool:
        await visitor.go("/inbox")
        return await visitor.named("Look and answer").count() > 0

    await eventually(has_come, f"a question in the inbox of {visitor.email}")
    await visitor.press("Look and answer")


async def test_a_protege_accepts_with_the_keyboard_alone(visitors: Visitors) -> None:
    ines = await visitors.person(INES)
    await ines.go("/inbox")
    for what in ("Look and answer", f"Accept {first(DEBORAH)}"):
        await ines.tab_to(ines.named(what))
        async with ines.page.expect_navigation():
            await ines.page.keyboard.press("Enter")
        await ines.judged()
    await ines.reads("Your yes is noted.", "Deborah is asked too.")


async def test_a_mentor_accepts_and_the_partnership_starts(visitors: Visitors, story: Story) -> None:
    deborah = await visitors.person(DEBORAH)
    await open_proposal(deborah)
    await deborah.reads("Inês has said yes", "Why the two of you")
    await deborah.press(f"Accept {first(INES)}")
    await deborah.reads("You are partners. Begin with your charter.")
    story.ids["partnership"] = partnership_of(deborah)
    await deborah.go(f"/partnerships/{story.ids['partnership']}")
    await deborah.heading("Deborah and Inês")


def partnership_of(visitor: Visitor) -> str:
    """The partnership whose page somebody is on."""
    return visitor.page.url.partition("/partnerships/")[2].partition("/")[0]


async def test_a_mentor_accepts_without_scripts(visitors: Visitors) -> None:
    simone, priya = await visitors.without_scripts(SIMONE), await visitors.person(PRIYA)
    await open_proposal(simone)
    await simone.press(f"Accept {first(PRIYA)}")
    await simone.reads("Your yes is noted.")
    await open_proposal(priya)
    await priya.press(f"Accept {first(SIMONE)}")
    await priya.reads("You are partners.")
    await simone.go("/partnerships")
    await simone.heading("Simone and Priya")


async def test_a_no_frees_the_place_and_only_the_manager_reads_why(visitors: Visitors, story: Story, mailbox: Mailbox) -> None:
    sofie, thuy, ling = [await visitors.person(email) for email in (SOFIE, THUY, LING)]
    await sofie.go("/inbox")
    await thuy.go("/proposals")
    await thuy.press(name(LING))
    await thuy.page.get_by_text("Decline with a reason").click()
    await thuy.fill(reason=REASON)
    await thuy.press("Decline")
    await thuy.reads("Thank you for saying so.")

    told = sofie.page.get_by_role("link", name="Ling Sim and Thuy Ang do not become partners")
    await expect(told).to_be_visible()
    await sofie.leads_on(told)
    await sofie.reads(REASON)
    await mailbox.arrives(SOFIE, "Ling Sim and Thuy Ang do not become partners")

    await ling.go("/inbox")
    await ling.reads("This pairing does not come about", "You are first in line for the next one.")
    await ling.go("/proposals")
    await expect(ling.page.get_by_text(REASON)).to_have_count(0)
    assert all(REASON not in str(letter) for letter in await mailbox.everything())


async def test_the_manager_finds_somebody_else_by_hand(visitors: Visitors, story: Story) -> None:
    sofie, ling = [await visitors.person(email) for email in (SOFIE, LING)]
    await sofie.go(f"/manage/programmes/{story.programme_id}/proposals")
    await sofie.press("Find somebody else")
    await sofie.page.get_by_label("What should they be good at?").fill("leading a team, delegation")
    await sofie.press("Search")
    mentor = sofie.page.get_by_role("listitem").filter(has_text=name(DEBORAH))
    await sofie.press("Ask both", mentor)
    await sofie.reads("Both are asked.")
    await ling.go("/proposals")
    await expect(ling.page.get_by_role("link", name=name(DEBORAH))).to_be_visible()


async def test_two_in_singapore_become_partners(visitors: Visitors, story: Story) -> None:
    for email, other in ((DARYL, THUY), (THUY, DARYL)):
        visitor = await visitors.person(email)
        await open_proposal(visitor)
        await visitor.press(f"Accept {first(other)}")
    await visitor.reads("You are partners.")
    story.ids["singapore"] = partnership_of(visitor)


async def test_a_publishing_cannot_be_taken_back_any_more(visitors: Visitors, story: Story) -> None:
    sofie = await visitors.person(SOFIE)
    await sofie.go(f"/manage/runs/{story.ids['run']}")
    await sofie.reads("Published.", "the first have answered")
    await expect(sofie.named("Take the publishing back")).to_have_count(0)
