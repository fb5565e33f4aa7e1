"""Takes a picture of every page of a running, seeded Tandem: wide and narrow, light and dark, English and German.

`python -m tests.e2e.pictures FOLDER` starts a Tandem of its own, or uses the one of TANDEM_E2E_HOME. A few of the pictures go to
docs/pictures for the README.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, async_playwright

from deploy.local import demo
from tests.e2e.browsing import Visitor, Visitors, launch
from tests.e2e.system import System, a_system
from tests.support.probe import eventually

Scheme = Literal["light", "dark"]

SHOWN = Path(__file__).parents[2] / "docs" / "pictures"
WIDTHS = {"wide": 1280, "narrow": 390}
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
LANGUAGES = {"en": "English", "de": "Deutsch"}
SECONDS_TO_SEED = 600.0
SETTINGS = ("", "/enrolment", "/questions", "/matching", "/words", "/file")

MANAGER, PROTEGE, MENTOR, ADMINISTRATOR = [sign_in.email for sign_in in demo.SIGN_INS]


@dataclass(frozen=True)
class Shot:
    """A page, by who looks at it."""

    name: str
    email: str
    path: str


CHOSEN = {
    "manager-home": ("wide", "light"),
    "manager-run": ("wide", "light"),
    "protege-home": ("wide", "light"),
    "protege-partnership": ("wide", "light"),
    "protege-times": ("wide", "light"),
    "protege-goal": ("wide", "dark"),
}
"""For the README: which page, how wide and in which light, in English."""


async def link(visitor: Visitor, page: str, pattern: str) -> str:
    """The first address on a page that looks like this."""
    await visitor.page.goto(visitor.portal + page)
    return await visitor.page.locator(f"main a[href*='{pattern}']").first.get_attribute("href") or page


async def shots(visitors: Visitors) -> list[Shot]:
    """Every page there is something to see on."""
    manager, protege, mentor = [await visitors.person(email) for email in (MANAGER, PROTEGE, MENTOR)]
    programme = (await link(manager, "/manage/programmes", "/manage/programmes/0")).partition("?")[0]
    run = await link(manager, f"{programme}/runs", "/manage/runs/")
    watched = await link(manager, f"{programme}/partnerships", "/partnerships/0")
    await protege.page.goto(protege.portal + "/partnerships")
    pair = protege.page.url.removeprefix(protege.portal)
    goal = await link(protege, "/goals", "/goals/0")
    meeting = await link(protege, "/meetings", "/meetings/0")
    past = await link(mentor, "/meetings", "/meetings/0")
    enrolled = await link(protege, "/programmes", "/programmes/0")
    own = {
        "home": "/",
        "inbox": "/inbox",
        "programmes": "/programmes",
        "enrolment": enrolled,
        "proposals": "/proposals",
        "partnership": pair,
        "charter": f"{pair}/charter",
        "charter-versions": f"{pair}/charter/versions",
        "charter-needs": f"{pair}/charter/edit",
        "times": f"{pair}/times",
        "course": f"{pair}/course",
        "end": f"{pair}/end",
        "meetings": "/meetings",
        "meeting": meeting,
        "move": f"{meeting}/times",
        "noted": f"{pair}/held",
        "limits": "/me/limits?country=DE",
        "goals": "/goals",
        "goal": goal,
        "goal-edit": f"{goal}/edit",
        "goal-new": "/goals/new",
        "me": "/me",
        "calendars": "/me/calendars",
        "calendar-server": "/me/calendars/connect/caldav",
        "stored": "/me/stored",
        "not-found": "/partnerships/nobody",
    }
    other = {"home": "/", "inbox": "/inbox", "partnerships": "/partnerships", "goals": "/goals", "goal": goal, "meeting": past}
    managed = {
        "home": "/",
        "inbox": "/inbox",
        "programmes": "/manage/programmes",
        "new-programme": "/manage/programmes/new",
        "programme": programme,
        "enrolments": f"{programme}/enrolments",
        "enrolments-import": f"{programme}/enrolments/import",
        "runs": f"{programme}/runs",
        "run": run,
        "proposals": f"{programme}/proposals",
        "partnerships": f"{programme}/partnerships",
        "partnership": watched,
        "waiting": f"{programme}/waiting",
        "requests": f"{programme}/requests",
        "tasks": "/manage/tasks",
        **{f"settings{part.replace('/', '-')}": f"{programme}/settings{part}" for part in SETTINGS},
        "people": "/manage/people",
        "import": "/manage/people/import",
    }
    administered = {"services": "/administration", "letters": "/administration/dead-letters", "roles": "/administration/roles"}
    groups = (("protege", PROTEGE, own), ("mentor", MENTOR, other), ("manager", MANAGER, managed), ("admin", ADMINISTRATOR, administered))
    return [Shot(f"{group}-{name}", email, path) for group, email, pages in groups for name, path in pages.items()]


async def take(visitors: Visitors, wanted: Sequence[Shot], folder: Path) -> None:
    """Every page in every way."""
    for code, language in LANGUAGES.items():
        for email in {shot.email for shot in wanted}:
            visitor = await visitors.person(email)
            await visitor.page.goto(f"{visitor.portal}/me")
            async with visitor.page.expect_navigation():
                await visitor.page.get_by_role("main").get_by_role("button", name=language).click()
        for shot in wanted:
            visitor = await visitors.person(shot.email)
            await visitor.page.goto(visitor.portal + shot.path)
            for size, width in WIDTHS.items():
                await visitor.page.set_viewport_size({"width": width, "height": 760})
                for scheme in SCHEMES:
                    await visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                    await visitor.page.screenshot(path=folder / f"{shot.name}.{code}.{size}.{scheme}.png", full_page=True)
                    if code == "en" and CHOSEN.get(shot.name) == (size, scheme):
                        await visitor.page.screenshot(path=SHOWN / f"{shot.name}.png")


async def until_seeded(system: System) -> None:
    """Wait until the demo's half year is told."""

    async def told() -> bool:
        return (system.home / "seeded").exists()

    await eventually(told, "the demo's half year", within=SECONDS_TO_SEED)


async def main(folder: Path, names: Sequence[str]) -> None:
    """All pages into the folder, or those whose names begin like this."""
    async with a_system(with_demo=True) as system, async_playwright() as playwright:
        await until_seeded(system)
        browser: Browser = await launch(playwright)
        visitors = Visitors(browser, system.portal, frozenset())
        wanted = [shot for shot in await shots(visitors) if not names or shot.name.startswith(tuple(names))]
        await take(visitors, wanted, folder)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="tandem-pictures-")), sys.argv[2:]))
