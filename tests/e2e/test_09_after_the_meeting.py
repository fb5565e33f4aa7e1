"""Chapter 9: two taps and a line for oneself; the manager sees that the two meet and are well, never what they say."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import expect

from deploy.local.seeding import Company
from tests.e2e.browsing import Visitors
from tests.e2e.cast import DEBORAH, INES, RAVI, SOFIE
from tests.e2e.conftest import PLANTED, Story
from tests.e2e.letters import Mailbox
from tests.e2e.system import System
from tests.support.probe import eventually

LINE = f"I talked too much. {PLANTED}"


async def test_a_meeting_that_has_passed_asks_for_two_taps(visitors: Visitors, story: Story, company: Company) -> None:
    # Nobody waits for a week in a test: Inês books with the clock of a week ago, and by ours the meeting is over.
    then = datetime.now(UTC) - timedelta(days=9)
    past = company.person(INES, "scheduling", then)
    query = {"from": then.date().isoformat(), "days": 7, "minutes": 45}
    slots = await past.get(f"/partnerships/{story.ids['partnership']}/slots", **query)
    await company.person(DEBORAH, "scheduling", then).put("/policy/mine", {"partner_may_book": True, "partner_may_move": False})
    booking = {"starts": [slots["offers"][0]["starts_at"]], "minutes": 45, "place": "", "book": True}
    meeting_id = (await past.post(f"/partnerships/{story.ids['partnership']}/meetings", booking))["meeting_id"]

    async def due() -> list[dict[str, Any]]:
        found = await company.person(INES, "goals", datetime.now(UTC)).get("/feedback/due")
        return [one for one in found if one["meeting_id"] == meeting_id]

    await eventually(due, "the question about the meeting")
    ines = await visitors.person(INES)
    await ines.go("/")
    await ines.page.locator("input[name=worth_it][value=yes]").check(force=True)
    await ines.page.locator("input[name=did_as_agreed][value=yes]").check(force=True)
    await ines.page.get_by_text("A line for yourself").click()
    await ines.page.locator("textarea[name=line]").fill(LINE)
    await ines.press("Keep it")
    await ines.go(f"/meetings/{meeting_id}")
    await ines.reads("It was worth the time.", LINE)

    deborah = await visitors.person(DEBORAH)
    await deborah.go(f"/meetings/{meeting_id}")
    await expect(deborah.page.get_by_text(LINE)).to_have_count(0)
    await deborah.page.locator("input[name=worth_it][value=yes]").check(force=True)
    await deborah.page.locator("input[name=did_as_agreed][value=no]").check(force=True)
    await deborah.press("Keep it")
    await deborah.reads("It was worth the time.")


async def test_the_manager_sees_that_they_met_and_are_well(visitors: Visitors, story: Story) -> None:
    sofie = await visitors.person(SOFIE)
    await sofie.go(f"/manage/programmes/{story.programme_id}/partnerships")
    row = sofie.page.get_by_role("listitem").filter(has_text="Inês and Deborah")
    await expect(row).to_be_visible()
    await sofie.press("Inês and Deborah")
    await sofie.reads("met once", "signed by both", "75")


async def test_nobody_else_ever_comes_across_private_words(visitors: Visitors, story: Story, system: System, mailbox: Mailbox) -> None:
    programme = f"/manage/programmes/{story.programme_id}"
    pages = {
        SOFIE: ("/", "/inbox", programme, f"{programme}/partnerships", f"{programme}/proposals", f"{programme}/enrolments"),
        RAVI: ("/", "/inbox", "/administration", "/administration/dead-letters", "/administration/roles"),
    }
    for email, paths in pages.items():
        visitor = await visitors.person(email)
        for path in paths:
            await visitor.go(path)
            assert PLANTED not in await visitor.page.content()
    for letter in await mailbox.everything():
        if INES not in str(letter["to"]) and DEBORAH not in str(letter["to"]):
            assert PLANTED not in str(letter)
    written = [*(system.home / "logs").glob("*.log"), *(system.home / "kafka").rglob("*.log")]
    assert written
    for file in written:
        assert not holds(file, PLANTED), file


def holds(file: Path, word: str) -> bool:
    """Whether a file has this word in it."""
    return word.encode() in file.read_bytes()
