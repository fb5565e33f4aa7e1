"""Calls to a cloud that keep to its rules: few at once, pauses as asked, new tokens when the old are refused, and rest while it is away."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import orjson

from services.scheduling.store.clouds.consent import Cloud, ConsentLost, Tokens
from services.scheduling.store.clouds.grants import Grants
from services.scheduling.store.provider import CalendarServerError
from shared.http import Client, HTTPError, Response, open_client

WHOLE_SECONDS = 20.0
# Microsoft's rule for one mailbox; Google has a similar one that it does not tell.
AT_ONCE = 4
TRIES = 4
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 5.0
# A connection is left alone after so many failures in a row, for so long, twice as long each time.
FAILURES, FIRST_REST_SECONDS, LONGEST_REST_SECONDS = 5, 30.0, 900.0
_BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT, HTTPStatus.BAD_GATEWAY}
# How Google says 429 when it says 403.
_TOO_MANY = {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"}


@dataclass
class Mailbox:
    """One connection: its places, its failures in a row, and until when it is left alone (by the monotonic clock)."""

    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    users: int = 0
    failures: int = 0
    rest: float = 0.0
    rests_until: float = 0.0

    def failed(self) -> None:
        """Once more; after a few in a row it is left alone, and one call goes to see when that is over."""
        self.failures += 1
        if self.failures >= FAILURES:
            self.rest = min(self.rest * 2 or FIRST_REST_SECONDS, LONGEST_REST_SECONDS)
            self.rests_until = time.monotonic() + self.rest

    def worked(self) -> None:
        self.failures = 0
        self.rest = self.rests_until = 0.0


class Pacing:
    """The connections this process is busy with or keeps away from, by calendar."""

    def __init__(self) -> None:
        self._mailboxes: dict[str, Mailbox] = {}

    @asynccontextmanager
    async def place(self, calendar_id: str) -> AsyncIterator[Mailbox]:
        """One of the few places for calls to a mailbox. Raises CalendarServerError while it is left alone."""
        mailbox = self._mailboxes.setdefault(calendar_id, Mailbox())
        mailbox.users += 1
        try:
            async with mailbox.places:
                left = mailbox.rests_until - time.monotonic()
                if left > 0:
                    raise CalendarServerError("The calendar service is not to be asked for a while.", retry_after=left)
                yield mailbox
        finally:
            mailbox.users -= 1
            if not mailbox.users and not mailbox.failures and mailbox.rests_until < time.monotonic():
                self._mailboxes.pop(calendar_id, None)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks a cloud about one connected calendar."""

    cloud: Cloud
    grants: Grants
    pacing: Pacing
    calendar_id: str

    async def tokens(self) -> Tokens:
        """What it has been allowed. Raises ConsentLost."""
        return await self.grants.tokens(self.calendar_id)

    @asynccontextmanager
    async def calls(self) -> AsyncIterator["Calls"]:
        """A few calls one after the other, over the same connection."""
        async with open_client(self.cloud.guard, whole_seconds=WHOLE_SECONDS) as client:
            yield Calls(self, client)


class Calls:
    """Calls over one connection."""

    def __init__(self, caller: Caller, client: Client) -> None:
        self._caller = caller
        self._client = client

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] | Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        takes: Sequence[int] = (),
    ) -> Response:
        """The answer, when it is a success or one of `takes`. `path`: below the API, or whole. Raises CalendarServerError."""
        url = path if path.startswith(self._caller.cloud.api_url) else self._caller.cloud.api_url + path
        given: dict[str, Any] = {"headers": dict(headers or {})}
        if body is not None:
            given["content"] = orjson.dumps(body)
            given["headers"]["Content-Type"] = "application/json"
        refused: str | None = None
        async with self._caller.pacing.place(self._caller.calendar_id) as mailbox:
            for attempt in range(TRIES):
                tokens = await self._caller.grants.tokens(self._caller.calendar_id, refused=refused)
                answer = await self._send(mailbox, method, url, params=query, token=tokens.access, **given)
                if answer is not None and (answer.is_success or answer.status_code in takes):
                    mailbox.worked()
                    return answer
                if answer is not None and answer.status_code == HTTPStatus.UNAUTHORIZED:
                    if refused is not None:
                        raise ConsentLost
                    refused = tokens.access
                    continue
                if answer is not None and not _is_busy(answer):
                    raise _error_of(answer)
                pause = _pause(answer, attempt)
                if pause > LONGEST_PAUSE_SECONDS or attempt == TRIES - 1:
                    raise self._given_up(mailbox, answer, pause)
                await asyncio.sleep(pause)
        raise ConsentLost  # refused again and again, each time with another token

    async def _send(self, mailbox: Mailbox, method: str, url: str, *, token: str, **given: Any) -> Response | None:
        """The answer; None when there was none."""
        headers = {**(given.pop("headers", None) or {}), "Authorization": f"Bearer {token}"}
        try:
            return await self._client.request(method, url, headers=headers, **given)
        except HTTPError:
            mailbox.failed()
            return None

    @staticmethod
    def _given_up(mailbox: Mailbox, answer: Response | None, pause: float) -> CalendarServerError:
        if answer is None:
            return CalendarServerError("The calendar service does not answer.", retry_after=pause)
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS or pause > LONGEST_PAUSE_SECONDS:
            mailbox.rests_until = time.monotonic() + pause
            return CalendarServerError("The calendar service asks us to wait.", retry_after=pause)
        mailbox.failed()
        return CalendarServerError(f"The calendar service answered with {answer.status_code}.", retry_after=pause)


def reason_of(answer: Response) -> str:
    """The provider's own short word for a refusal; empty where there is none."""
    try:
        error = orjson.loads(answer.content)["error"]
        return str(error["errors"][0]["reason"] if "errors" in error else error["code"])
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError):
        return ""


def _is_busy(answer: Response) -> bool:
    return answer.status_code in _BUSY or (answer.status_code == HTTPStatus.FORBIDDEN and reason_of(answer) in _TOO_MANY)


def _pause(answer: Response | None, attempt: int) -> float:
    """Seconds: what the server asks for, else longer each time and never the same for two."""
    asked = answer.headers.get("retry-after", "") if answer is not None else ""
    if asked.isdigit():
        return float(asked)
    if asked:
        try:
            return max(0.0, parsedate_to_datetime(asked).timestamp() - time.time())
        except ValueError:
            pass  # it asks in a way nobody understands
    return float(FIRST_PAUSE_SECONDS * 2**attempt * random.uniform(0.5, 1.0))  # noqa: S311 - spreads the load, hides nothing


def _error_of(answer: Response) -> CalendarServerError:
    """A refusal in plain words; the server's own are left out, for they may repeat what is private."""
    if answer.status_code == HTTPStatus.FORBIDDEN:
        return CalendarServerError("The calendar service does not allow this.", lasting=True)
    if answer.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return CalendarServerError("The calendar is not there any more.", lasting=True)
    return CalendarServerError(f"The calendar service answered with {answer.status_code}.")
