"""The portal under test, with a browser that signs in at the demo identity provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from deploy.local import demo
from services.portal.api.forms import new_token
from services.portal.api.front_door import digest
from services.portal.domain.people_import import Planned
from services.portal.domain.person import Person, Record
from services.portal.handlers.imports import ImportPeople, import_people
from shared.aggregate import new_id
from tests.support.identity import LyingIssuer
from tests.support.service import RunningService

PORTAL_URL = "https://portal.test"
INES = demo.PROTEGE.email
SOFIE = demo.PROGRAMME_MANAGER.email
RAVI = demo.ADMINISTRATOR.email


@dataclass
class Portal:
    """The portal, its identity provider, and what tests do with the two."""

    running: RunningService
    issuer: LyingIssuer
    browsers: list["Browser"] = field(default_factory=list)
    programs: list[httpx2.AsyncClient] = field(default_factory=list)

    @property
    def database(self) -> Any:
        return self.running.service.database

    async def close(self) -> None:
        """Close the browsers and programs."""
        for client in [*(browser.client for browser in self.browsers), *self.programs]:
            await client.aclose()

    def browser(self) -> "Browser":
        """Somebody's browser, with cookies of its own."""
        browser = Browser(self)
        self.browsers.append(browser)
        return browser

    async def join(self, email: str, **record: Any) -> Person:
        """Somebody who works here."""
        employee = demo.by_email().get(email)
        known = {"employee_id": employee.employee_id, "name": employee.name, "zone": employee.zone} if employee else {}
        given = {"employee_id": f"E-{email}", "name": email.partition("@")[0], "email": email, "zone": "Europe/Lisbon", **known, **record}
        row = Planned(line=2, kind="new", person_id=new_id(), record=Record.model_validate(given))
        await self.running.service.run(import_people, ImportPeople(rows=(row,), at=datetime.now(UTC)))
        person: Person = await self.running.app.state.front_door.people.one(row.person_id)
        return person

    async def form_token(self, browser: "Browser") -> str:
        """A token as it stands in the forms of a page of this browser's session."""
        assert browser.session is not None
        session = await self.running.app.state.front_door.sessions.find(digest(browser.session))
        assert session is not None
        return new_token(session)

    async def token(self, email: str | None, audience: str = "portal", **more: Any) -> httpx2.Response:
        """A token from the demo's own door."""
        async with self.running.anonymous() as client:
            return await client.post("/demo/token", json={"secret": "demo", "audience": audience, "email": email, **more})

    async def program(self, email: str | None, **more: Any) -> httpx2.AsyncClient:
        """A program that asks the JSON API for this person."""
        answer = await self.token(email, **more)
        client = self.running.anonymous()
        self.programs.append(client)
        client.headers["authorization"] = f"Bearer {answer.json()['token']}"
        return client


class Browser:
    """Keeps cookies, says where a request comes from as browsers do, and follows nothing by itself."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(portal.running.app, raise_app_exceptions=False),
            base_url=PORTAL_URL,
            headers={"accept": "text/html,*/*;q=0.8"},
        )

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        return await self.client.get(path, headers=headers)

    async def post(self, path: str, form: Mapping[str, Any] | None = None, *, site: str = "same-origin", **headers: str) -> httpx2.Response:
        return await self.client.post(path, data=dict(form or {}), headers={"sec-fetch-site": site, "origin": PORTAL_URL, **headers})

    async def begin(self, return_to: str = "/") -> dict[str, str]:
        """Go to the sign-in; what the identity provider is asked."""
        answer = await self.client.get("/sign-in", params={"return_to": return_to})
        assert answer.status_code == 303, answer.text[:2000]
        self.asked = answer.headers["location"]
        return {name: values[0] for name, values in parse_qs(urlsplit(self.asked).query).items()}

    async def choose(self, email: str) -> str:
        """Say at the provider who one is; the address it sends the browser back to."""
        async with httpx2.AsyncClient() as outside:
            answer = await outside.post(self.asked, data={"person": email})
        assert answer.status_code == 303, answer.text[:300]
        return str(answer.headers["location"])

    async def sign_in(self, email: str, return_to: str = "/") -> httpx2.Response:
        """The whole way; the portal's answer to what the provider said."""
        await self.begin(return_to)
        return await self.get(await self.choose(email))

    @property
    def session(self) -> str | None:
        """The session's cookie."""
        return self.client.cookies.get("__Host-tandem")
