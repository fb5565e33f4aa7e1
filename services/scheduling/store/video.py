"""Video calls for meetings: made where the two have chosen, each for one meeting alone."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

import orjson
from joserfc import jwt
from joserfc.jwk import OctKey

from shared.http import Guard, HTTPError, Response, open_client

WHOLE_SECONDS = 20.0
ROOM_BYTES = 20
# A meeting may be moved, and its room with it.
ROOM_OPEN = timedelta(days=180)
SPARE_SECONDS = 60.0
PAGE = 300


class NoVideoCall(Exception):  # noqa: N818 - says what there is not
    """The call could not be made. The message says why, in plain words; `lasting`: asking again will not help."""

    def __init__(self, message: str, *, lasting: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.lasting = lasting
        self.retry_after = retry_after


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a call is for. `key` is the same however often it is asked for; `host_email` is the address of who invites."""

    key: str
    title: str
    starts_at: datetime
    ends_at: datetime
    host_email: str


class VideoProvider(Protocol):
    """Makes calls. To ask for the same one again makes no second, where the provider can tell."""

    async def link(self, call: Call) -> str:
        """The address at which both join. Raises NoVideoCall."""
        ...


@dataclass(frozen=True, kw_only=True)
class Jitsi:
    """A Jitsi Meet of one's own. A room is there once somebody enters it: its name must be one that nobody can guess.

    With an application id and secret, only who shows a token signed with it gets in (Jitsi's token authentication).
    """

    url: str
    app_id: str = ""
    app_secret: str = field(default="", repr=False)

    async def link(self, call: Call) -> str:
        """A room of 160 random bits. Each time another: the first that is kept counts."""
        room = secrets.token_hex(ROOM_BYTES)
        address = f"{self.url}/{room}"
        if not self.app_id:
            return address
        claims = {
            "aud": "jitsi",
            "iss": self.app_id,
            "sub": str(urlsplit(self.url).hostname),
            "room": room,
            "exp": int((call.ends_at + ROOM_OPEN).timestamp()),
        }
        return f"{address}?{urlencode({'jwt': jwt.encode({'alg': 'HS256'}, claims, OctKey.import_key(self.app_secret))})}"


class Zoom:
    """Zoom by its HTTP API, as a server-to-server application of the company's account."""

    def __init__(self, *, account_id: str, client_id: str, client_secret: str, login_url: str, api_url: str) -> None:
        self._account_id = account_id
        self._client = (client_id, client_secret)
        self._login_url = login_url
        self._api_url = api_url
        addresses = [urlsplit(url) for url in (login_url, api_url)]
        self._guard = Guard.allowing(f"{parts.hostname}:{parts.port or {'http': 80}.get(parts.scheme, 443)}" for parts in addresses)
        self._token = ""
        self._until = 0.0

    async def link(self, call: Call) -> str:
        """A scheduled meeting of the host's, found again by the key in its agenda. The host's own start link is not kept."""
        meetings = f"/users/{quote(call.host_email)}/meetings"
        found = await self._ask("GET", meetings, query={"type": "upcoming", "page_size": str(PAGE)})
        mark = f"Tandem {call.key}"
        there = next((one for one in found.get("meetings", ()) if mark in str(one.get("agenda", ""))), None)
        if there is None:
            there = await self._ask("POST", meetings, body=_meeting(call, mark))
        link = str(there.get("join_url", ""))
        if not link.startswith("https://"):
            raise NoVideoCall("Zoom has named no address to join at.")
        return link

    async def _ask(self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Any = None) -> dict[str, Any]:
        """One answer. Raises NoVideoCall."""
        for fresh in (False, True):
            headers = {"Authorization": f"Bearer {await self._access(fresh=fresh)}", "Content-Type": "application/json"}
            content = orjson.dumps(body) if body is not None else b""
            answer = await self._send(method, self._api_url + path, params=query, content=content, headers=headers)
            if answer.status_code != HTTPStatus.UNAUTHORIZED:
                return _told(answer)
        raise NoVideoCall("Zoom does not let Tandem in: its operator must look at the registration.")

    async def _access(self, *, fresh: bool) -> str:
        if fresh or time.monotonic() > self._until:
            form = {"grant_type": "account_credentials", "account_id": self._account_id}
            answer = await self._send("POST", f"{self._login_url}/oauth/token", data=form, auth=self._client)
            told = _told(answer)
            self._token = str(told.get("access_token", ""))
            self._until = time.monotonic() + float(told.get("expires_in", 0)) - SPARE_SECONDS
        return self._token

    async def _send(self, method: str, url: str, **given: Any) -> Response:
        try:
            async with open_client(self._guard, whole_seconds=WHOLE_SECONDS) as client:
                return await client.request(method, url, **given)
        except HTTPError as error:
            raise NoVideoCall("Zoom does not answer.") from error


def _meeting(call: Call, mark: str) -> dict[str, Any]:
    return {
        "topic": call.title,
        "type": 2,
        "start_time": call.starts_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "duration": int((call.ends_at - call.starts_at).total_seconds() // 60),
        "timezone": "UTC",
        "agenda": mark,
        # The two meet as equals: neither waits for the other to open the door.
        "settings": {"join_before_host": True, "jbh_time": 0, "waiting_room": False},
    }


def _told(answer: Response) -> dict[str, Any]:
    """What a success says; the words of a refusal are left out."""
    if answer.is_success:
        told = orjson.loads(answer.content)
        return told if isinstance(told, dict) else {}
    if answer.status_code == HTTPStatus.NOT_FOUND:
        raise NoVideoCall("Who invites has no Zoom account in this company.", lasting=True)
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        asked = answer.headers.get("retry-after", "")
        raise NoVideoCall("Zoom asks us to wait.", retry_after=float(asked) if asked.isdigit() else None)
    raise NoVideoCall(
        f"Zoom answered with {answer.status_code}.", lasting=answer.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN}
    )
