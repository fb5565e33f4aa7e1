"""What both stubs are: a server that remembers, can be told to misbehave, and reports every word that departs from the description."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.support.clouds.consent import Consent


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    verb: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any


class Refusal(Exception):  # noqa: N818 - what the server says
    """An answer that is a refusal, in the provider's own form."""

    def __init__(self, status: int, body: Any, **headers: str) -> None:
        super().__init__(status)
        self.response = JSONResponse(body, status, headers={name.replace("_", "-"): value for name, value in headers.items()})


@dataclass
class Call:
    """Something the provider has to tell one of its watchers."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None


class Cloud:
    """`faults` are departures from the description; a test that ends with one has failed. `next_answers` come before anything else."""

    def __init__(self, consent: Consent) -> None:
        self.consent = consent
        self.address = ""
        self.faults: list[str] = []
        self.asked: list[Asked] = []
        self.next_answers: list[Response] = []
        self.calls: list[Call] = []
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.at_once = 0
        self.most_at_once = 0
        self._open = asyncio.Event()
        self._open.set()

    def hold(self) -> None:
        """Answer nothing until `let_go`."""
        self._open.clear()

    def let_go(self) -> None:
        self._open.set()

    def stay_away(self, times: int, status: int = 503, **headers: str) -> None:
        """Answer the next requests this way."""
        self.next_answers += [
            Response(status_code=status, headers={name.replace("_", "-"): text for name, text in headers.items()})
        ] * times

    def count(self, verb: str, ending: str = "") -> int:
        """How many requests of this kind have come."""
        return sum(asked.verb == verb and asked.path.endswith(ending) for asked in self.asked)

    @asynccontextmanager
    async def one_more(self) -> AsyncIterator[None]:
        """A request is being answered."""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self._open.wait()
            yield
        finally:
            self.at_once -= 1

    async def note(self, request: Request) -> Asked:
        """Write down what was asked."""
        content = await request.body()
        body = (await request.json()) if content else None
        asked = Asked(request.method, request.url.path, request.query_params.multi_items(), dict(request.headers), body)
        self.asked.append(asked)
        return asked

    async def deliver(self, *, times: int = 1) -> list[int]:
        """Make the calls that are due, so many times each; the answers' status codes."""
        calls, self.calls = self.calls, []
        async with httpx2.AsyncClient(trust_env=False) as client:
            return [
                (
                    await client.post(call.url, headers=call.headers, json=call.body)
                    if call.body
                    else await client.post(call.url, headers=call.headers)
                ).status_code
                for call in calls
                for _ in range(times)
            ]
