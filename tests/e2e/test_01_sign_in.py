"""Chapter 1: it runs, and people sign in at their company's provider."""

import pytest
from playwright.async_api import expect

from tests.e2e.browsing import Visitors
from tests.e2e.cast import INES, RAVI, SOFIE, name
from tests.e2e.system import System


async def test_every_part_is_told_with_its_address_state_and_process(system: System) -> None:
    status = await system.running()
    assert status["running"]
    for part in status["parts"]:
        assert part["state"] == "running"
        assert part["address"].startswith(("http://127.0.0.1:", "127.0.0.1:"))
        assert part["pid"] > 0
    assert {person["part"] for person in status["sign_in_as"]} == {"programme manager", "protégé", "mentor", "administrator"}
    assert set(status["api_docs"]) == {"portal", "matching", "scheduling", "goals", "notifications"}


@pytest.mark.parametrize("service", ["portal", "matching", "scheduling", "goals", "notifications"])
async def test_the_documents_of_each_service_are_read_without_the_internet(service: str, system: System, visitors: Visitors) -> None:
    visitor = await visitors.new()
    address = system.status["api_docs"][service]
    visitor.watch.own_hosts |= {address.split("/")[2]}
    await visitor.page.goto(address)
    await expect(visitor.page.locator(".swagger-ui .info .title")).to_be_visible()
    await visitor.context.close()


@pytest.mark.parametrize("email", [SOFIE, RAVI])
async def test_who_is_named_in_the_settings_signs_in_before_anybody_is_imported(email: str, visitors: Visitors) -> None:
    visitor = await visitors.person(email)
    await expect(visitor.page.get_by_role("banner")).to_contain_text(name(email))


async def test_whom_tandem_does_not_know_is_told_what_to_do(visitors: Visitors) -> None:
    visitor = await visitors.new()
    async with visitor.refused(403):
        await visitor.sign_in(INES)
        await expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
    await visitor.context.close()
