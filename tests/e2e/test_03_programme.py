"""Chapter 3: a programme is set up, people enrol on its page and by file, and the manager says who takes part."""

from playwright.async_api import expect

from tests.e2e.browsing import Visitors
from tests.e2e.cast import DARYL, DEBORAH, INES, LING, PRIYA, RAVI, RICARDO, SIMONE, SOFIE, THUY, name
from tests.e2e.conftest import Story

LIST = f"""email,role,capacity,needs,strengths,goals
{PRIYA},protege,,project management; prioritising,,lead a project
{DARYL},protege,,budgeting; negotiation,,become a team lead
{LING},protege,,public speaking,,speak at a conference
{RICARDO},protege,,system design,,grow in my role
{THUY},mentor,2,,project management; budgeting; negotiation,grow in my role
nobody@alder.example,mentor,2,,,
{RAVI},captain,,,,
"""


async def test_a_programme_is_set_up_and_opened(visitors: Visitors, story: Story) -> None:
    sofie = await visitors.person(SOFIE)
    await sofie.go("/manage/programmes")
    await sofie.press("Set up the first programme")
    await sofie.fill(name="Autumn at Alder", starts_on="2027-01-10", ends_on="2026-12-31")
    async with sofie.refused(422):
        await sofie.press("Create the programme")
    await expect(sofie.page.locator("[name=ends_on]")).to_have_attribute("aria-invalid", "true")
    await sofie.fill(starts_on="2026-11-23", ends_on="2027-11-23")
    await sofie.press("Create the programme")
    await sofie.heading("Autumn at Alder")
    await sofie.reads("Nobody sees it before you open it.")
    story.programme_id = sofie.page.url.rpartition("/")[2]
    settings = f"/manage/programmes/{story.programme_id}/settings"
    await sofie.go(settings)
    await sofie.fill(default_capacity="2")
    await sofie.press("Save the settings")
    await sofie.reads("Saved. It counts from now on.")
    await sofie.go(f"{settings}/matching")
    await sofie.fill(**{"weights.needs": "60", "weights.languages": "5"})
    await sofie.press("Save the settings")
    await sofie.go(f"{settings}/questions")
    await sofie.press("Add a question")
    await sofie.fill(**{"questions.0.label": "What have you tried already?"})
    await sofie.press("Save the settings")
    await expect(sofie.page.locator("[name='questions.0.label']")).to_have_value("What have you tried already?")
    await sofie.go(f"/manage/programmes/{story.programme_id}")
    await sofie.press("Open the programme")
    await sofie.reads("People can enrol now.", "Nobody takes part yet")


async def test_a_person_enrols_with_the_keyboard_alone(visitors: Visitors) -> None:
    ines = await visitors.person(INES)
    for link in ("Look at the programmes", "Take part", "As a protégé"):
        await ines.tab_to(ines.page.get_by_role("main").get_by_role("link").filter(has_text=link).first)
        async with ines.page.expect_navigation():
            await ines.page.keyboard.press("Enter")
        await ines.judged()
    for field, words in (("needs", "leading a team, giving feedback"), ("goals", "become a team lead"), ("answer-q1", "Two books.")):
        await ines.tab_to(ines.page.locator(f"[name='{field}']"))
        await ines.page.keyboard.type(words)
    await ines.tab_to(ines.named("Ask to take part"))
    async with ines.page.expect_navigation():
        await ines.page.keyboard.press("Enter")
    await ines.judged()
    await ines.reads("The managers of the programme look at it.")


async def test_a_person_enrols_without_scripts(visitors: Visitors, story: Story) -> None:
    simone = await visitors.without_scripts(SIMONE)
    await simone.go(f"/programmes/{story.programme_id}")
    await simone.leads_on(simone.page.get_by_role("link", name="As a mentor"))
    await simone.fill(strengths="public speaking, storytelling", capacity="0")
    async with simone.refused(422):
        await simone.press("Ask to take part")
    await expect(simone.page.locator("[name=capacity]")).to_have_attribute("aria-invalid", "true")
    await simone.fill(capacity="1")
    await simone.press("Ask to take part")
    await simone.reads("The managers of the programme look at it.")


async def test_a_mentor_enrols_and_changes_their_mind_about_places(visitors: Visitors, story: Story) -> None:
    deborah = await visitors.person(DEBORAH)
    await deborah.go(f"/programmes/{story.programme_id}?role=mentor")
    await deborah.fill(strengths="leading a team, delegation, giving feedback", capacity="1")
    await deborah.press("Ask to take part")
    await deborah.fill(capacity="2")
    await deborah.press("Keep the changes")
    await deborah.reads("Your changes are kept.")


async def test_others_are_brought_in_by_a_list(visitors: Visitors, story: Story) -> None:
    sofie = await visitors.person(SOFIE)
    await sofie.go(f"/manage/programmes/{story.programme_id}/enrolments/import")
    await sofie.page.get_by_label("File").set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": LIST.encode()})
    await sofie.press("Look at the file")
    table = sofie.page.get_by_role("table").first
    await expect(table.get_by_role("row").filter(has_text="7")).to_contain_text("nobody@alder.example")
    await expect(table.get_by_role("row").filter(has_text="8")).to_contain_text("captain")
    await sofie.press("Take in 5 rows")
    await sofie.reads("5 enrolments are in.")


async def test_the_manager_declines_nobody_and_approves_all(visitors: Visitors, story: Story) -> None:
    sofie = await visitors.person(SOFIE)
    await sofie.go(f"/manage/programmes/{story.programme_id}/enrolments?state=requested")
    for person in (INES, DEBORAH, SIMONE):
        await sofie.reads(name(person))
    await sofie.page.get_by_text("More answers").first.click()
    await sofie.reads("What have you tried already?", "Two books.")
    await sofie.go(f"/manage/programmes/{story.programme_id}/enrolments")
    await sofie.press(await sofie.page.locator("form[action$='approve-all'] button").inner_text())
    await sofie.go(f"/manage/programmes/{story.programme_id}")
    await sofie.heading("Autumn at Alder")
    await sofie.reads("5 protégés wait for a mentor")


async def test_the_manager_sees_who_waits_and_what_for(visitors: Visitors, story: Story) -> None:
    sofie = await visitors.person(SOFIE)
    await sofie.go(f"/manage/programmes/{story.programme_id}/waiting")
    await sofie.reads("5 people wait for a partner.", "in the order of enrolment", "waits for you: there are free places")
    await sofie.leads_on(sofie.page.get_by_role("main").get_by_role("link", name=name(INES)))
    await sofie.reads("leading a team, giving feedback", "What have you tried already?")


async def test_a_mentor_pauses_and_comes_back(visitors: Visitors, story: Story) -> None:
    simone = await visitors.person(SIMONE)
    await simone.go(f"/programmes/{story.programme_id}")
    await simone.page.get_by_text("Pause for a while").click()
    await simone.fill(until="2027-03-01")
    await simone.press("Pause")
    await simone.reads("You pause until 1 March 2027.")
    await simone.press("Come back now")
    await simone.reads("You can be matched again.")
