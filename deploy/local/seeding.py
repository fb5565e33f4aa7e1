"""Asking the services as anybody at any time: how the demo's history is told to them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from shared.http import Client, HTTPError, open_client

SERVICES = ("portal", "matching", "scheduling", "goals", "notifications")
HEARD_WITHIN_SECONDS = 60.0

P = ParamSpec("P")
T = TypeVar("T")


class Refused(Exception):  # noqa: N818 - what a service did
    """A service said no to a command of the demo."""


class Company:
    """The services, and everybody who may ask them."""

    def __init__(self, urls: Mapping[str, str], secret: str, extras: Mapping[str, str]) -> None:
        self.urls = urls
        self.extras = extras
        self._secret = secret
        self._client: Client = open_client()
        self._ids: dict[str, str] = {}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """As `tandem up` says where everything is."""
        urls = {service: environment[f"{service.upper()}_URL"] for service in SERVICES}
        return cls(urls, environment["DEMO_SECRET"], {"calendar": environment.get("CALENDAR_URL", "")})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        await self._client.aclose()

    def root(self, service: str) -> "Asker":
        """Somebody with every role, before there is anybody."""
        return Asker(self, service, {"person_id": "demo", "roles": ["administrator", "programme_manager"]})

    def person(self, email: str, service: str, at: datetime) -> "Asker":
        """A person, at a time."""
        return Asker(self, service, {"email": email, "at": at.isoformat()})

    async def token(self, service: str, who: Mapping[str, Any]) -> str:
        """A token of the portal, for anybody: it gives them only where the demo clock runs."""
        answer = await self.send("POST", f"{self.urls['portal']}/demo/token", json={"secret": self._secret, "audience": service, **who})
        if "email" in who:
            self._ids[who["email"]] = answer["person_id"]
        return str(answer["token"])

    async def id_of(self, email: str) -> str:
        """The person's id."""
        if email not in self._ids:
            await self.token("portal", {"email": email})
        return self._ids[email]

    async def emails(self) -> dict[str, str]:
        """The addresses of everybody that was asked for, by person id."""
        return {person_id: email for email, person_id in self._ids.items()}

    async def patiently(self, ask: Callable[P, Awaitable[T]], *words: P.args, **query: P.kwargs) -> T:
        """Ask again while a service has not heard yet of what another one has told it."""
        until = time.monotonic() + HEARD_WITHIN_SECONDS
        while True:
            try:
                return await ask(*words, **query)
            except Refused:
                if time.monotonic() > until:
                    raise
            await asyncio.sleep(0.3)

    async def send(self, method: str, url: str, **request: Any) -> Any:
        """Ask; the JSON of the answer. Raises Refused with the service's own words."""
        try:
            response = await self._client.request(method, url, **request)
        except HTTPError as error:
            raise Refused(f"{url}: {error!r}") from error
        if response.is_error:
            raise Refused(f"{method} {url}: {response.status_code} {response.text[:300]}")
        return response.json() if response.content else None


@dataclass(frozen=True)
class Asker:
    """Somebody who asks one service."""

    company: Company
    service: str
    who: Mapping[str, Any]

    async def _send(self, method: str, path: str, **request: Any) -> Any:
        headers = {"authorization": f"Bearer {await self.company.token(self.service, self.who)}", **request.pop("headers", {})}
        return await self.company.send(method, self.company.urls[self.service] + path, headers=headers, **request)

    async def get(self, path: str, **query: Any) -> Any:
        return await self._send("GET", path, params=query)

    async def post(self, path: str, body: Any = None) -> Any:
        return await self._send("POST", path, json=body if body is not None else {})

    async def put(self, path: str, body: Any) -> Any:
        return await self._send("PUT", path, json=body)

    async def post_bytes(self, path: str, body: bytes, kind: str) -> Any:
        return await self._send("POST", path, content=body, headers={"content-type": kind})
