"""One running Tandem and one browser for the whole story, told chapter by chapter: what one test leaves behind is where the next begins."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.async_api import async_playwright

from deploy.local.seeding import Company
from tests.e2e.browsing import Visitors, launch
from tests.e2e.letters import Mailbox
from tests.e2e.system import System, a_system

PLANTED = "Quittenbrot"
"""A word in everything private that is written. Nobody else may ever come across it."""

_broken: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember where the story broke."""
    if report.failed and "/e2e/test_" in report.nodeid.replace("\\", "/"):
        _broken.append(report.nodeid)


@pytest.fixture(autouse=True)
def in_order(request: pytest.FixtureRequest) -> None:
    """A chapter is not told when one before it has failed."""
    if _broken:
        pytest.skip(f"the story broke before, at {_broken[0]}")


@dataclass
class Story:
    """What later chapters need to know of earlier ones."""

    programme_id: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="session")
def story() -> Story:
    return Story()


@pytest.fixture(scope="session")
async def system() -> AsyncIterator[System]:
    """All of Tandem, with nothing in it yet."""
    async with a_system() as running:
        yield running


@pytest.fixture(scope="session")
async def company(system: System) -> AsyncIterator[Company]:
    """The services, asked as anybody at any time."""
    async with system.company() as services:
        yield services


@pytest.fixture(scope="session")
async def mailbox(system: System) -> AsyncIterator[Mailbox]:
    """All mail that was sent."""
    caught = Mailbox.at(system.mailbox)
    async with caught.client:
        yield caught


@pytest.fixture(scope="session")
async def visitors(system: System) -> AsyncIterator[Visitors]:
    """Everybody's browsers."""
    hosts = frozenset(system.address(part).removeprefix("http://") for part in ("portal", "identity"))
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield Visitors(browser, system.portal, hosts)
        await browser.close()


@pytest.fixture(autouse=True)
def no_complaints(visitors: Visitors) -> Iterator[None]:
    """No page that was seen wrote to the console, broke the policy, asked another host, failed, or kept anybody out."""
    yield
    complaints, visitors.watch.complaints = visitors.watch.complaints, []
    assert not complaints, "\n".join(complaints)
