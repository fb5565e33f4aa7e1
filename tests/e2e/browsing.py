"""People in their browsers. Whatever a page says wrongly to the browser, to another host or to a screen reader becomes a complaint."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Playwright, Request, Response, expect

from deploy.local import demo

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
INSTALLED = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 60_000
"""How long Playwright looks for something before it gives up: only a broken system takes so long."""

_MOST_TABS = 200
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


async def launch(playwright: Playwright) -> Browser:
    """The browser that is installed, else the one Playwright brings."""
    expect.set_options(timeout=PATIENCE_MS)
    path = next((found for name in INSTALLED if (found := shutil.which(name))), None)
    return await playwright.chromium.launch(executable_path=path, args=list(FLAGS))


@dataclass
class Watch:
    """What is noticed in a browser while pages are looked at."""

    own_hosts: frozenset[str]
    complaints: list[str] = field(default_factory=list)
    looked_at: set[str] = field(default_factory=set)
    expected: set[int] = field(default_factory=set)

    def over(self, context: BrowserContext) -> None:
        """Notice what goes on in all pages of a context."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # The browser repeats every answer it does not like in its console; those are judged by `_response`.
        if not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"console, {message.type}: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        place = urlsplit(request.url)
        if place.scheme in {"http", "https", "ws", "wss"} and place.netloc not in self.own_hosts:
            self.complaints.append(f"request to another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.complaints.append(f"{response.status} for {response.request.method} {response.url}")


@dataclass
class Visitor:
    """Somebody with a browser. Every page they come to is judged, each kind of page once."""

    context: BrowserContext
    page: Page
    portal: str
    watch: Watch
    email: str = ""
    scripts: bool = True

    async def sign_in(self, email: str) -> "Visitor":
        """From the front page, by way of the identity provider, to the home page."""
        self.email = email
        await self.page.goto(self.portal)
        await expect(self.page.get_by_role("heading", level=1)).to_have_text("Who would you like to be?")
        button = self.page.get_by_role("button", name=f"Sign in as {demo.by_email()[email].name}")
        if await button.count():
            await button.click()
        else:
            await self.page.get_by_label("Name or work e-mail").fill(email)
            await self.page.get_by_role("button", name="Sign in", exact=True).click()
        await self.page.wait_for_url(f"{self.portal}/**")
        await self.judged()
        return self

    async def go(self, path: str) -> None:
        """Open a page by its address."""
        await self.page.goto(self.portal + path)
        await self.judged()

    async def press(self, name: str, within: Locator | None = None) -> None:
        """Press a button or follow a link by its words, and wait for the page it leads to."""
        await self.leads_on(self.named(name, within))

    async def leads_on(self, what: Locator) -> None:
        """Click what leads to another page, and wait for that."""
        async with self.page.expect_navigation(wait_until="load"):
            await what.click()
        await self.judged()

    def named(self, name: str, within: Locator | None = None) -> Locator:
        """A button or a link with exactly these words."""
        place = within or self.page.get_by_role("main")
        return place.get_by_role("button", name=name, exact=True).or_(place.get_by_role("link", name=name, exact=True)).first

    async def fill(self, **fields: str) -> None:
        """Write into fields by their names."""
        for name, value in fields.items():
            await self.page.locator(f"main [name='{name}']:not([type=hidden])").fill(value)

    async def reads(self, *texts: str) -> None:
        """Wait until the page says all of this."""
        for text in texts:
            await expect(self.page.locator("body")).to_contain_text(text)

    async def heading(self, text: str) -> None:
        """Wait until this is the page's heading."""
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(text)

    async def tab_to(self, what: Locator) -> None:
        """Go there by the keyboard alone."""
        for _ in range(_MOST_TABS):
            if await what.evaluate("element => element === document.activeElement"):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"{what} cannot be reached by the keyboard")

    async def judged(self) -> None:
        """Look at the page with axe, unless a page of its kind was looked at before. Axe itself is a script."""
        if not self.scripts:
            return
        kind = await self._kind()
        if kind not in self.watch.looked_at:
            self.watch.looked_at.add(kind)
            await self.judge(kind)

    async def judge(self, kind: str) -> None:
        """Look at the page with axe, with everything opened that can be."""
        await self.page.evaluate(
            "document.querySelectorAll('main details:not([open])').forEach(one => { one.open = true; one.dataset.opened = '' })"
        )
        found: dict[str, Any] = (await Axe().run(self.page)).response
        await self.page.evaluate("document.querySelectorAll('[data-opened]').forEach(one => { one.open = false })")
        self.watch.complaints += [
            f"axe at {kind}: {one['id']}, {one['help']}: {[node['html'][:200] for node in one['nodes'][:3]]}" for one in found["violations"]
        ]

    async def sideways(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(await self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    async def _kind(self) -> str:
        place = urlsplit(self.page.url)
        heading = await self.page.locator("h1").first.inner_text() if await self.page.locator("h1").count() else ""
        wrong = await self.page.locator("[aria-invalid=true], [role=alert]").count()
        return f"{_ID.sub('ID', place.path)} {heading if len(heading) < 60 else ''}{' with errors' if wrong else ''}"

    @asynccontextmanager
    async def refused(self, *statuses: int) -> AsyncIterator[None]:
        """Within this, these answers are what is expected."""
        self.watch.expected |= set(statuses)
        yield
        self.watch.expected -= set(statuses)


@dataclass
class Visitors:
    """All people who have a browser, each with cookies of their own; they stay signed in from test to test."""

    browser: Browser
    portal: str
    own_hosts: frozenset[str]
    watch: Watch = field(init=False)
    _signed_in: dict[str, Visitor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.watch = Watch(self.own_hosts)

    async def new(self, **options: Any) -> Visitor:
        """A browser nobody has used."""
        settings: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", **options}
        context = await self.browser.new_context(**settings)
        context.set_default_timeout(PATIENCE_MS)
        self.watch.over(context)
        return Visitor(context, await context.new_page(), self.portal, self.watch, scripts=settings.get("java_script_enabled", True))

    async def person(self, email: str) -> Visitor:
        """Somebody who is signed in."""
        if email not in self._signed_in:
            self._signed_in[email] = await (await self.new()).sign_in(email)
        return self._signed_in[email]

    async def another(self, email: str) -> Visitor:
        """Another tab of somebody who is signed in."""
        first = await self.person(email)
        return Visitor(first.context, await first.context.new_page(), first.portal, first.watch, email)

    async def without_scripts(self, email: str) -> Visitor:
        """Somebody who is signed in, in a browser that runs no scripts."""
        if email not in self._signed_in:
            self._signed_in[email] = await (await self.new(java_script_enabled=False)).sign_in(email)
        return self._signed_in[email]
