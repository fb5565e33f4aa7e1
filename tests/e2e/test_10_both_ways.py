"""Chapter 10: six meetings planned at once, and what somebody moves in their calendar program comes back to the other."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from playwright.async_api import expect

from tests.e2e import caldav
from tests.e2e.browsing import Visitor, Visitors
from tests.e2e.cast import DEBORAH, INES, first
from tests.e2e.conftest import Story
from tests.e2e.letters import Mailbox
from tests.e2e.system import System
from tests.e2e.test_07_first_meeting import ours
from tests.support.probe import eventually

HOUR = timedelta(hours=1)
SESSIONS = 6
FORTNIGHT = range(11, 18)
"""The days from one meeting to the next that "every two weeks" of their charter allows."""


async def test_six_meetings_are_planned_in_the_rhythm_of_the_charter(visitors: Visitors, story: Story, mailbox: Mailbox) -> None:
    ines = await visitors.person(INES)
    await ines.go(f"/partnerships/{story.ids['partnership']}")
    await ines.press("Plan several meetings")
    await ines.heading("Your next meetings at once")
    found = [datetime.fromisoformat(await one.input_value()) for one in await ines.page.locator("input[name=starts]").all()]
    assert len(found) == SESSIONS
    days = [start.astimezone(ZoneInfo("Europe/Lisbon")).date() for start in found]
    assert all((after - before).days in FORTNIGHT for before, after in pairwise(days)), days
    await ines.press("Propose all of them")
    await ines.reads("You have proposed these meetings", "The times are kept for two days.")
    story.times |= {f"session {number}": start.isoformat() for number, start in enumerate(found)}
    await mailbox.arrives(DEBORAH, "proposes your next meetings")


async def test_the_other_agrees_to_all_and_all_stand_in_both_calendars(visitors: Visitors, story: Story, system: System) -> None:
    deborah = await visitors.person(DEBORAH)
    await deborah.go("/inbox")
    await deborah.leads_on(deborah.page.get_by_role("link", name=f"{first(INES)} proposes your next meetings").first)
    await deborah.press("Agree to all of them")
    await deborah.reads("All of them stand.")
    await in_both(system, sessions(story))


async def test_one_that_is_moved_in_a_calendar_program_is_a_question_to_the_other(
    visitors: Visitors, story: Story, system: System, mailbox: Mailbox
) -> None:
    ines, deborah = await visitors.person(INES), await visitors.person(DEBORAH)
    planned = sessions(story)
    wanted = planned[2] + HOUR
    await caldav.move(system.calendar(INES), INES, planned[2], wanted)
    await read_again(ines)

    await mailbox.arrives(DEBORAH, "asks for another time to meet")
    await in_both(system, planned)  # it stands until there is an answer
    await deborah.go("/inbox")
    await deborah.leads_on(deborah.page.get_by_role("link", name=f"{first(INES)} asks for another time to meet").first)
    await expect(deborah.page.locator("#asked + p + form input[name=starts_at]")).to_have_value(_utc(wanted))
    await deborah.press("Move it to this time")
    await deborah.reads("The meeting stands.")
    await in_both(system, [*planned[:2], wanted, *planned[3:]])
    story.times["session 2"] = wanted.isoformat()


async def test_where_the_other_lets_it_be_what_is_moved_counts_at_once(visitors: Visitors, story: Story, system: System) -> None:
    ines, deborah = await visitors.person(INES), await visitors.person(DEBORAH)
    await ines.go("/me")
    await ines.page.locator("input[name=partner_may_move]").check(force=True)
    await ines.leads_on(ines.page.locator("form[action='/me/policy'] button"))
    planned = sessions(story)
    wanted = planned[4] + HOUR
    await caldav.move(system.calendar(DEBORAH), DEBORAH, planned[4], wanted)
    await read_again(deborah)
    await in_both(system, [*planned[:4], wanted, planned[5]])
    local = wanted.astimezone(ZoneInfo("Europe/Lisbon"))
    await ines.go("/meetings")
    await ines.reads(f"{local.hour}:{local.minute:02}")


async def read_again(visitor: Visitor) -> None:
    """Do not wait for the clock to do it."""
    await visitor.go("/me/calendars")
    await visitor.press("Read it again")
    await visitor.reads("Your calendar was read again.")


def sessions(story: Story) -> list[datetime]:
    """When the six are, as was last agreed."""
    return [datetime.fromisoformat(story.times[f"session {number}"]) for number in range(SESSIONS)]


async def in_both(system: System, starts: list[datetime]) -> None:
    """Wait until each of the two calendars has a meeting at each of these times, and no other one ahead."""
    for email in (INES, DEBORAH):

        async def agrees(email: str = email) -> bool:
            there = [event.decoded("DTSTART") for event in await ours(system, email)]
            return sorted(start for start in there if start > datetime.now(UTC)) == starts

        await eventually(agrees, f"the calendar of {email} with meetings at {starts}")


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
