"""The other services as a page sees them: asked over HTTP, for the person who is signed in."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Generic, TypeVar

import orjson

from shared.http import Client, HTTPError, Response

T = TypeVar("T")

SERVICES: Final = ("matching", "scheduling", "goals", "notifications")
# Seconds until a service counts as not answering. Whoever looks at a page waits less patiently than whoever saves something.
_LONGEST_LOOK: Final = 8.0
_LONGEST_WORK: Final = 20.0


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """What is wrong with one field, in words that can stand beside it."""

    field: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A refusal as a service tells it (RFC 9457)."""

    status: int
    title: str
    detail: str
    slug: str = ""
    errors: tuple[FieldError, ...] = field(default=())
    next: tuple[Mapping[str, Any], ...] = field(default=())
    """When a time is gone: the next ones at which both are free."""


class BackendRefused(Exception):  # noqa: N818 - a service's no, not a fault
    """A service said no. `problem` says why, in words for the person."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.title)
        self.problem = problem

    @property
    def fields(self) -> dict[str, str]:
        """The message for each wrong field."""
        return {error.field: error.message for error in self.problem.errors}


class BackendDown(Exception):  # noqa: N818 - a state of a service, met while showing a page
    """A service does not answer, or answers with a fault of its own."""

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.service = service


@dataclass(frozen=True, kw_only=True)
class Part(Generic[T]):
    """A part of a page. When its service does not answer, `value` is None and `problem` is the service's name."""

    value: T | None = None
    problem: str | None = None


class Backend:
    """One service, asked with a token that names the signed-in person."""

    def __init__(self, service: str, *, url: str, client: Client, bearer: Callable[[], Awaitable[str]]) -> None:
        self._service = service
        self._url = url.rstrip("/")
        self._client = client
        self._bearer = bearer

    async def get(self, path: str, **query: Any) -> Any:
        """What stands under this path. A query value of None is left out, one that is a list is said once for each."""
        return await self._ask("GET", path, query=query)

    async def post(self, path: str, json: Any = None) -> Any:
        """Ask the service to do something."""
        return await self._ask("POST", path, json=json)

    async def put(self, path: str, json: Any = None) -> Any:
        """Put this in the place of what stands under the path."""
        return await self._ask("PUT", path, json=json)

    async def delete(self, path: str) -> Any:
        """Take away what stands under this path."""
        return await self._ask("DELETE", path)

    async def upload(self, path: str, content: bytes, *, content_type: str, method: str = "POST", **query: Any) -> Any:
        """Hand over a file as it is, a CSV or a calendar."""
        return await self._ask(method, path, query=query, content=content, content_type=content_type)

    async def download(self, path: str) -> bytes:
        """A file as the service hands it out."""
        answer = await self._sent("GET", path, headers={"Accept": "*/*"})
        return bytes(answer.content)

    @asynccontextmanager
    async def stream(self, path: str) -> AsyncIterator[AsyncIterator[str]]:
        """The lines of an endless answer (server-sent events), for as long as the caller stays inside."""
        headers = {"Authorization": f"Bearer {await self._bearer()}", "Accept": "text/event-stream"}
        try:
            async with self._client.stream("GET", self._url + path, headers=headers, timeout=None) as answer:
                if answer.status_code != HTTPStatus.OK:
                    raise BackendDown(self._service)
                yield answer.aiter_lines()
        except HTTPError as error:
            raise BackendDown(self._service) from error

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        content: bytes | None = None,
        content_type: str = "application/json",
    ) -> Any:
        headers = {"Accept": "application/json"}
        if json is not None:
            content = orjson.dumps(json)
        if content is not None:
            headers["Content-Type"] = content_type
        answer = await self._sent(method, path, headers=headers, query=query, content=content)
        return orjson.loads(answer.content) if answer.content else None

    async def _sent(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, Any] | None = None,
        content: bytes | None = None,
    ) -> Response:
        """What the service answers when it does what it was asked. Raises BackendRefused and BackendDown."""
        given = {name: _plain(value) for name, value in (query or {}).items() if value is not None}
        try:
            answer = await self._client.request(
                method,
                self._url + path,
                params=given or None,
                content=content,
                headers={"Authorization": f"Bearer {await self._bearer()}", **headers},
                timeout=_LONGEST_LOOK if method == "GET" else _LONGEST_WORK,
            )
        except HTTPError as error:
            raise BackendDown(self._service) from error
        if answer.is_success:
            return answer
        if answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS} or not answer.is_client_error:
            # A token of ours that is not taken is the system's fault, never the person's.
            raise BackendDown(self._service)
        raise BackendRefused(_problem(answer))


def _plain(value: Any) -> str | list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _problem(answer: Response) -> Problem:
    try:
        told = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        told = {}
    if not isinstance(told, dict):
        told = {}
    errors = told.get("errors") or ()
    return Problem(
        status=answer.status_code,
        title=str(told.get("title") or HTTPStatus(answer.status_code).phrase),
        detail=str(told.get("detail") or ""),
        slug=str(told.get("type") or "").rpartition("/")[2],
        errors=tuple(FieldError(field=str(error.get("field", "")), message=str(error.get("message", ""))) for error in errors),
        next=tuple(told.get("next") or ()),
    )
