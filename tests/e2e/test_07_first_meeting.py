"""Chapter 7: three times at which both are free, one is picked, and it is in both calendars and in both mailboxes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Component
from playwright.async_api import Locator, expect

from tests.e2e import caldav
from tests.e2e.browsing import Visitor, Visitors
from tests.e2e.cast import DARYL, DEBORAH, INES, THUY
from tests.e2e.conftest import Story
from tests.e2e.letters import Mailbox, invitation
from tests.e2e.system import System
from tests.support.probe import eventually

TIMES = "input[name=starts]"
PROPOSED = "input[name=starts_at]"


def next_weekday(zone: str, hour: int) -> datetime:
    """A working day in about a week, on the clock of a zone."""
    day = datetime.now(UTC).astimezone(ZoneInfo(zone)) + timedelta(days=7)
    day += timedelta(days=(7 - day.weekday()) % 7) if day.weekday() > 4 else timedelta()
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


async def connect(visitor: Visitor, system: System, email: str) -> None:
    await visitor.go("/me/calendars/connect/caldav")
    user, _ = email.split("@")
    await visitor.fill(url=system.calendar(email), username=user, password="tandem")
    await visitor.press("Connect")
    await visitor.reads("Your calendar is connected.", "your meetings are written here")

    async def is_read() -> bool:
        await visitor.go("/me/calendars")
        return await visitor.page.get_by_text("It is connected").count() > 0

    await eventually(is_read, "the calendar is read")


async def test_two_connect_their_calendars(visitors: Visitors, system: System) -> None:
    for email in (INES, DEBORAH):
        busy = next_weekday("Europe/Lisbon", 14)
        text = caldav.a_calendar(f"busy-{email[:4]}", busy, busy + timedelta(hours=8), "Something secret")
        await caldav.write(system.calendar(email), email, f"busy-{email[:4]}", text)
        await connect(await visitors.person(email), system, email)


async def test_a_wrong_password_is_told_at_once(visitors: Visitors, system: System) -> None:
    thuy = await visitors.person(THUY)
    await thuy.go("/me/calendars/connect/caldav")
    await thuy.fill(url=system.calendar(THUY), username="thuy.ang", password="guessed")
    async with thuy.refused(422):
        await thuy.press("Connect")
    await expect(thuy.page.get_by_label("Password there")).to_have_value("")


async def starts(times: Locator) -> list[datetime]:
    return [datetime.fromisoformat(await one.input_value()) for one in await times.all()]


async def test_three_times_are_offered_at_which_both_are_free(visitors: Visitors, story: Story, mailbox: Mailbox) -> None:
    ines = await visitors.person(INES)
    await ines.go(f"/partnerships/{story.ids['partnership']}/times")
    found = await starts(ines.page.locator(TIMES))
    assert len(found) == 3
    busy = next_weekday("Europe/Lisbon", 14)
    for start in found:
        assert not busy <= start < busy + timedelta(hours=8), "somebody is busy then"
        assert 9 <= start.astimezone(ZoneInfo("Europe/Lisbon")).hour < 17
        assert 9 <= start.astimezone(ZoneInfo("America/Toronto")).hour < 17
    await expect(ines.page.get_by_text("Something secret")).to_have_count(0)
    await ines.press("Propose these times")
    await ines.reads("Proposed.", "Deborah picks one.")
    story.ids["meeting"] = ines.page.url.rpartition("/")[2]
    await mailbox.arrives(DEBORAH, "proposes times to meet")


async def test_one_picks_and_the_meeting_is_in_both_calendars_and_mailboxes(
    visitors: Visitors, story: Story, system: System, mailbox: Mailbox
) -> None:
    deborah, old = await visitors.person(DEBORAH), await mailbox.all_ids()
    await deborah.go(f"/meetings/{story.ids['meeting']}")
    first_time = deborah.page.locator(PROPOSED).first
    wanted = datetime.fromisoformat(await first_time.input_value())
    await first_time.check()
    await deborah.press("Take this time")
    await deborah.reads("The meeting stands.")
    await invited(system, mailbox, wanted, old, sequence=0)
    # Taken in once for both, and shown to both on their own clocks.
    for email, zone in ((INES, "Europe/Lisbon"), (DEBORAH, "America/Toronto")):
        visitor = await visitors.person(email)
        await visitor.go("/")
        local = wanted.astimezone(ZoneInfo(zone))
        await visitor.reads(f"{local.hour}:{local.minute:02}")


async def test_a_meeting_that_is_moved_moves_in_both_calendars(visitors: Visitors, story: Story, system: System, mailbox: Mailbox) -> None:
    ines, old = await visitors.person(INES), await mailbox.all_ids()
    await ines.go(f"/meetings/{story.ids['meeting']}")
    await ines.press("Move the meeting")
    chosen = ines.page.locator(TIMES).first
    wanted = datetime.fromisoformat(await chosen.input_value())
    await chosen.check()
    await ines.press("Move the meeting")
    await ines.reads("The meeting is moved.")
    await invited(system, mailbox, wanted, old, sequence=1)


async def test_a_meeting_that_is_cancelled_leaves_both_calendars(
    visitors: Visitors, story: Story, system: System, mailbox: Mailbox
) -> None:
    deborah, old = await visitors.person(DEBORAH), await mailbox.all_ids()
    await deborah.go(f"/meetings/{story.ids['meeting']}")
    await deborah.page.get_by_text("Cancel it").click()
    await deborah.press("Cancel the meeting")
    await deborah.reads("The meeting is cancelled.")
    for email in (INES, DEBORAH):
        method, event = invitation(await mailbox.arrives_with_calendar(email, but=old))
        assert (method, event["STATUS"]) == ("CANCEL", "CANCELLED")

        async def gone(email: str = email) -> bool:
            return not await ours(system, email)

        await eventually(gone, f"a calendar of {email} without the meeting")


async def test_a_file_and_working_hours_alone_do_as_well(visitors: Visitors, story: Story, mailbox: Mailbox) -> None:
    thuy, daryl = await visitors.person(THUY), await visitors.person(DARYL)
    busy = next_weekday("Asia/Singapore", 8)
    await thuy.go("/me/calendars/connect/file")
    text = caldav.a_calendar("file", busy, busy + timedelta(hours=10), "Something secret").encode()
    await thuy.page.get_by_label("Calendar file").set_input_files({"name": "thuy.ics", "mimeType": "text/calendar", "buffer": text})
    await thuy.press("Upload")
    await thuy.reads("Your calendar file is read.", "A calendar file you uploaded")
    await thuy.go("/me")
    await thuy.page.locator("input[name=partner_may_book]").check(force=True)
    await thuy.leads_on(thuy.page.locator("form[action='/me/policy'] button"))
    await thuy.reads("Kept. Your partners see it when they arrange a meeting.")

    old = await mailbox.all_ids()
    await daryl.go(f"/partnerships/{story.ids['singapore']}/times")
    found = await starts(daryl.page.locator(TIMES))
    assert all(not busy <= start < busy + timedelta(hours=10) for start in found)
    for time in (await daryl.page.locator(TIMES).all())[1:]:
        await time.uncheck()
    await daryl.press("Book one at once")
    await daryl.reads("The meeting stands.")
    for email in (DARYL, THUY):
        method, event = invitation(await mailbox.arrives_with_calendar(email, but=old))
        assert method == "REQUEST"
        assert event.decoded("DTSTART") == found[0]


async def test_a_calendar_file_that_is_none_is_refused_beside_its_field(visitors: Visitors) -> None:
    thuy = await visitors.person(THUY)
    await thuy.go("/me/calendars/connect/file")
    text = b"Dear all, I am busy on Monday."
    await thuy.page.get_by_label("Calendar file").set_input_files({"name": "thuy.ics", "mimeType": "text/calendar", "buffer": text})
    async with thuy.refused(422):
        await thuy.press("Upload")
    await expect(thuy.page.get_by_label("Calendar file")).to_have_attribute("aria-invalid", "true")


async def invited(system: System, mailbox: Mailbox, starts_at: datetime, old: frozenset[str], sequence: int) -> None:
    """Both have one event of ours in their calendars, and an invitation by mail that says the same."""
    for email in (INES, DEBORAH):
        event = await one_meeting(system, email, starts_at)
        method, told = invitation(await mailbox.arrives_with_calendar(email, but=old))
        assert method == "REQUEST"
        assert told["UID"] == event["UID"]
        assert told.decoded("DTSTART") == event.decoded("DTSTART") == starts_at
        assert int(told["SEQUENCE"]) == sequence
        assert any(email in str(guest).lower() for guest in told["ATTENDEE"])


async def ours(system: System, email: str) -> list[Component]:
    """The events in somebody's calendar that are not their own."""
    return [one for one in await caldav.events(system.calendar(email), email) if one["SUMMARY"] != "Something secret"]


async def one_meeting(system: System, email: str, starts_at: datetime) -> Component:
    """The one event of ours in somebody's calendar, once it is there."""

    async def look() -> list[Component]:
        return [one for one in await ours(system, email) if one.decoded("DTSTART") == starts_at]

    (event,) = await eventually(look, f"the meeting of {starts_at} in the calendar of {email}")
    assert len(await ours(system, email)) == 1
    return event
