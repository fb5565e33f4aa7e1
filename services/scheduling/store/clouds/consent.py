"""Asking a person for consent at a cloud, and the tokens that come of it (RFC 6749 with PKCE, RFC 7636)."""

import base64
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from services.scheduling.domain import CalendarKind
from services.scheduling.store.provider import CalendarServerError
from shared.http import Guard, HTTPError, Response, open_client

WHOLE_SECONDS = 20.0
# So long before it expires a token is taken for expired already: it has a way to go.
SPARE_SECONDS = 60.0
_GOOGLE_SCOPE = "https://www.googleapis.com/auth/"
_GRAPH_SCOPE = "https://graph.microsoft.com/"


class ConsentLost(CalendarServerError):  # noqa: N818 - what has become of it
    """The cloud does not take our token any more: the person, or their administrator, has taken back what was allowed."""

    def __init__(self) -> None:
        super().__init__("Tandem is not allowed to read this calendar any more. Connect it again.", reconnect=True)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Whose account it is, as the cloud told us together with the tokens."""

    account: str
    tenant: str
    nonce: str
    audience: str


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What opens an account. `expires_at`: when the access token stops being taken, in seconds since 1970."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: float
    scopes: frozenset[str]

    @property
    def fresh(self) -> bool:
        """Whether the access token can still be used."""
        return time.time() + SPARE_SECONDS < self.expires_at


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """A provider as an operator has registered Tandem there.

    `reads`: any of these scopes lets us know when somebody is busy, the first is the smallest and the one we ask for; `writes`: this one
    lets us write. `calls`: this one, asked for together with it, has us called when something has changed; empty where reading is enough.
    `tenant`: the only company whose accounts may be connected; empty: any.
    """

    kind: CalendarKind
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    authorize_url: str
    token_url: str
    revoke_url: str | None
    api_url: str
    reads: tuple[str, ...]
    writes: str
    calls: str
    asks: Mapping[str, str]
    base_scopes: tuple[str, ...]
    tenant: str = ""

    @property
    def guard(self) -> Guard:
        """Lets through to the provider's own servers alone."""
        addresses = [urlsplit(url) for url in (self.token_url, self.api_url, self.revoke_url or self.token_url)]
        return Guard.allowing(f"{parts.hostname}:{parts.port or {'http': 80}.get(parts.scheme, 443)}" for parts in addresses)

    def may_read(self, scopes: frozenset[str]) -> bool:
        """Whether this is enough to know when somebody is busy."""
        return bool(scopes & {*self.reads, self.writes})

    def may_write(self, scopes: frozenset[str]) -> bool:
        """Whether this is enough to write our meetings."""
        return self.writes in scopes

    def consent_address(self, *, state: str, nonce: str, verifier: str, writes: bool) -> str:
        """Where the person's browser goes to read what Tandem asks for, and to agree."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        wanted = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": " ".join([*self.base_scopes, self.reads[0], *([self.writes, self.calls] if writes else [])]).strip(),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **self.asks,
        }
        return f"{self.authorize_url}?{urlencode(wanted)}"

    async def redeem(self, code: str, verifier: str) -> tuple[Tokens, Identity]:
        """The tokens for a code, and whose they are. Raises ConsentLost, CalendarServerError."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri, "code_verifier": verifier}
        answer = await self._ask(self.token_url, form)
        return self._tokens(answer, ""), self._identity(answer)

    async def refresh(self, tokens: Tokens) -> Tokens:
        """New tokens for old. Raises ConsentLost, CalendarServerError."""
        answer = await self._ask(self.token_url, {"grant_type": "refresh_token", "refresh_token": tokens.refresh})
        fresh = self._tokens(answer, tokens.refresh)
        return fresh if fresh.scopes else Tokens(**{**vars(fresh), "scopes": tokens.scopes})

    async def revoke(self, tokens: Tokens) -> None:
        """Give back what was allowed, where the cloud has a way to: Microsoft has none for one application. Raises CalendarServerError."""
        if self.revoke_url is not None:
            try:
                await self._ask(self.revoke_url, {"token": tokens.refresh})
            except ConsentLost:
                return  # it was taken back there already

    async def _ask(self, url: str, form: Mapping[str, str]) -> Any:
        """One answer of the authorization server, in JSON. The words of a refusal are left out: they may repeat what is secret."""
        client_auth = {"client_id": self.client_id, "client_secret": self.client_secret}
        try:
            async with open_client(self.guard, whole_seconds=WHOLE_SECONDS) as client:
                answer = await client.post(url, data={**form, **client_auth})
        except HTTPError as error:
            raise CalendarServerError("The calendar service does not answer.") from error
        told = _json_of(answer)
        if answer.is_success:
            return told
        if answer.status_code == HTTPStatus.BAD_REQUEST and told.get("error") in {"invalid_grant", "invalid_token", "interaction_required"}:
            raise ConsentLost
        refused = told.get("error") in {"invalid_client", "unauthorized_client"}
        said = "The calendar service does not know Tandem: its operator must look at the registration." if refused else None
        raise CalendarServerError(said or f"The calendar service answered with {answer.status_code}.")

    def _tokens(self, answer: Mapping[str, Any], refresh: str) -> Tokens:
        try:
            return Tokens(
                access=str(answer["access_token"]),
                refresh=str(answer.get("refresh_token") or refresh),
                expires_at=time.time() + float(answer["expires_in"]),
                scopes=frozenset(scope.removeprefix(_GRAPH_SCOPE) for scope in str(answer.get("scope", "")).split()),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise CalendarServerError("The calendar service answered in a way we do not read.") from error

    def _identity(self, answer: Mapping[str, Any]) -> Identity:
        """Out of the ID token. It came over TLS from the server itself, which stands for its signature (OpenID Connect Core, 3.1.3.7)."""
        try:
            part = str(answer["id_token"]).split(".")[1]
            claims = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
            return Identity(
                audience=claims["aud"],
                account=str(claims.get("email") or claims.get("preferred_username") or ""),
                tenant=str(claims.get("tid") or claims.get("hd") or ""),
                nonce=str(claims.get("nonce", "")),
            )
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise CalendarServerError("The calendar service did not say whose calendar this is.", lasting=True) from error


def google_cloud(
    *, client_id: str, client_secret: str, redirect_uri: str, domain: str, accounts_url: str, token_url: str, api_url: str
) -> Cloud:
    """Google Calendar v3. `domain`: the only Google Workspace domain whose accounts may be connected."""
    return Cloud(
        kind=CalendarKind.GOOGLE,
        client_id=client_id,
        client_secret=client_secret,
        redirect_uri=redirect_uri,
        authorize_url=f"{accounts_url}/o/oauth2/v2/auth",
        token_url=f"{token_url}/token",
        revoke_url=f"{token_url}/revoke",
        api_url=f"{api_url}/calendar/v3",
        reads=(f"{_GOOGLE_SCOPE}calendar.events.freebusy",),
        writes=f"{_GOOGLE_SCOPE}calendar.events.owned",
        calls="",
        # Google hands out a refresh token only to who asks for one, and only with a page to agree on.
        asks={"access_type": "offline", "prompt": "consent", "include_granted_scopes": "true", **({"hd": domain} if domain else {})},
        base_scopes=("openid", "email"),
        tenant=domain,
    )


def microsoft_cloud(*, client_id: str, client_secret: str, redirect_uri: str, tenant: str, login_url: str, graph_url: str) -> Cloud:
    """Microsoft Graph v1.0. `tenant`: the company's directory id; `organizations`: any company's."""
    return Cloud(
        kind=CalendarKind.MICROSOFT,
        client_id=client_id,
        client_secret=client_secret,
        redirect_uri=redirect_uri,
        authorize_url=f"{login_url}/{tenant}/oauth2/v2.0/authorize",
        token_url=f"{login_url}/{tenant}/oauth2/v2.0/token",
        revoke_url=None,
        api_url=f"{graph_url}/v1.0",
        reads=("Calendars.ReadBasic", "Calendars.Read"),
        writes="Calendars.ReadWrite",
        calls="Calendars.Read",  # Graph takes no permission to write for one to be told
        asks={"response_mode": "query"},
        base_scopes=("openid", "profile", "offline_access"),
        tenant="" if tenant == "organizations" else tenant,
    )


def _json_of(answer: Response) -> dict[str, Any]:
    try:
        told = orjson.loads(answer.content) if answer.content else {}
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}
