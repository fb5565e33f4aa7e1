"""Chapter 2: a manager brings in the people of the company from a file, and looks before anything is written."""

from playwright.async_api import expect

from deploy.local import demo
from tests.e2e.browsing import Visitor, Visitors
from tests.e2e.cast import SOFIE

WRONG = (
    "A9001,Una Bekannt,una.bekannt@alder.example,A0000,Sales,Berlin,Europe/Berlin,3,de",
    "A9002,Nora Adressen,nora.adressen,A1031,Sales,Berlin,Europe/Berlin,3,de",
    "A9003,Theo Zeitlos,theo.zeitlos@alder.example,A1031,Sales,Berlin,Europe/Berln,3,de",
    "A9004,Egon Selbst,egon.selbst@alder.example,A9004,Sales,Berlin,Europe/Berlin,3,de",
)


def a_file() -> bytes:
    """The company's people with four wrong rows at the end, and a heading nobody can guess."""
    text = demo.PEOPLE_FILE.read_text(encoding="utf-8").rstrip("\n").replace("Name", "Called", 1)
    return "\n".join([text, *WRONG, ""]).encode()


async def test_a_file_is_looked_at_before_what_is_right_in_it_goes_in(visitors: Visitors) -> None:
    sofie = await visitors.person(SOFIE)
    await sofie.go("/manage/people/import")
    await sofie.page.get_by_label("File").set_input_files({"name": "staff.csv", "mimeType": "text/csv", "buffer": a_file()})
    await sofie.press("Read the file")

    # One heading is not known: Tandem asks for it.
    await sofie.heading("Which column is what?")
    await expect(sofie.page.get_by_label("Work e-mail")).to_have_value("Work e-mail")
    await sofie.page.locator("select[name=name]").select_option("Called")
    await sofie.press("Go on")

    table = sofie.page.get_by_role("table")
    for line, value in ((302, "A0000"), (303, "nora.adressen"), (304, "Europe/Berln"), (305, "A9004")):
        await expect(table.get_by_role("row").filter(has_text=str(line))).to_contain_text(value)
    await sofie.reads("Did you mean Europe/Berlin?", "4 rows stay out")

    # The two who have signed in already are known by their address, and completed.
    for shown, somebody in (("Changed 2", "Ravi Menon"), ("New 298", "Katharina Vogel")):
        await sofie.press(shown)
        await expect(sofie.page.get_by_role("row").filter(has_text=somebody)).to_be_visible()
    assert await people_known(await visitors.another(SOFIE)) == 2

    await sofie.press("Import 300 rows")
    await sofie.heading("Imported")
    await sofie.reads("4 rows stayed out")
    assert await people_known(await visitors.another(SOFIE)) == 300


async def people_known(visitor: Visitor) -> int:
    """How many people are in Tandem, as its page says."""
    await visitor.go("/manage/people")
    return int((await visitor.page.locator(".head p").inner_text()).split()[0])


async def test_the_same_file_changes_nothing_the_second_time(visitors: Visitors) -> None:
    sofie = await visitors.person(SOFIE)
    await sofie.go("/manage/people/import")
    await sofie.press("Use the demo people")
    await sofie.press("Go on")
    await sofie.reads("Nothing in this file would change anything.")


async def test_people_are_found_by_name(visitors: Visitors) -> None:
    sofie = await visitors.person(SOFIE)
    await sofie.go("/manage/people")
    await sofie.page.keyboard.press("/")
    await sofie.page.keyboard.type("okafor")
    async with sofie.page.expect_navigation():
        await sofie.page.keyboard.press("Enter")
    await expect(sofie.page.get_by_role("main").get_by_role("listitem")).to_have_count(1)
    await sofie.reads("Deborah Okafor")


async def test_a_file_that_is_no_table_is_refused_beside_its_field(visitors: Visitors) -> None:
    sofie = await visitors.person(SOFIE)
    await sofie.go("/manage/people/import")
    await sofie.page.get_by_label("File").set_input_files({"name": "staff.csv", "mimeType": "text/csv", "buffer": b"\x00\x01\x02" * 400})
    async with sofie.refused(422):
        await sofie.press("Read the file")
    await expect(sofie.page.get_by_label("File")).to_have_attribute("aria-invalid", "true")
