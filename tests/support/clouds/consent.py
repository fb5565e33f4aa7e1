"""The half of each cloud that asks people for consent and hands out tokens (RFC 6749, 7636), as strict as either of the two."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

TOKEN_SECONDS = 3600


@dataclass
class Grant:
    """What one person has allowed."""

    account: str
    scopes: frozenset[str]
    tenant: str
    lives: bool = True
    refresh_token: str | None = None
    used: list[str] = field(default_factory=list)


@dataclass
class Consent:
    """The authorization server. `client` is what an operator has registered: id, secret and the one redirect address."""

    client_id: str
    client_secret: str
    redirect_uri: str = ""
    issuer: str = "https://accounts.example"
    account: str = "ines@example.org"
    tenant: str = "tenant-1"
    denies: bool = False
    withholds: frozenset[str] = frozenset()
    short_lived: bool = False
    refreshes: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    _codes: dict[str, tuple[dict[str, str], Grant]] = field(default_factory=dict)
    _access: dict[str, Grant] = field(default_factory=dict)
    grants: list[Grant] = field(default_factory=list)

    def says(self, address: str) -> str:
        """What the person's browser does with the address it is sent to: reads, agrees, and is sent back. The address it ends at."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked.append(asked)
        assert asked["client_id"] == self.client_id
        assert asked["redirect_uri"] == self.redirect_uri, "the redirect address is exactly the registered one"
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["state"]) >= 32
        if self.denies:
            return f"{self.redirect_uri}?{urlencode({'error': 'access_denied', 'state': asked['state']})}"
        code = secrets.token_urlsafe(32)
        scopes = frozenset(asked["scope"].split()) - self.withholds
        before = [grant.scopes for grant in self.grants if grant.account == self.account and grant.lives]
        if asked.get("include_granted_scopes") == "true" or "access_type" not in asked:
            scopes = scopes.union(*before)
        self._codes[code] = (asked, Grant(self.account, scopes, self.tenant))
        return f"{self.redirect_uri}?{urlencode({'code': code, 'state': asked['state']})}"

    def withdraw(self) -> None:
        """The person, or their administrator, takes all consent back."""
        for grant in self.grants:
            grant.lives = False

    def forget_access(self) -> None:
        """Every access token has expired."""
        self._access.clear()

    def whose(self, request: Request) -> Grant | None:
        """For whom a request is made; None without a token that lives."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._access.get(token) if scheme == "Bearer" else None
        return grant if grant and grant.lives else None

    def put_in(self, account: str, *scopes: str, tenant: str | None = None) -> tuple[str, str]:
        """A grant as if somebody had consented: its access and refresh token."""
        grant = Grant(account, frozenset(scopes), tenant or self.tenant)
        self.grants.append(grant)
        answer = self._tokens(grant)
        return str(answer["access_token"]), str(answer["refresh_token"])

    async def token(self, request: Request) -> Response:
        """The token endpoint."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return _refused("invalid_client", 401)
        if form.get("grant_type") == "authorization_code":
            return self._redeem(form)
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form)
        return _refused("unsupported_grant_type")

    def _redeem(self, form: dict[str, str]) -> Response:
        asked, grant = self._codes.pop(form.get("code", ""), ({}, None))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if grant is None or form.get("redirect_uri") != asked["redirect_uri"] or challenge != asked["code_challenge"]:
            return _refused("invalid_grant")
        self.grants.append(grant)
        return JSONResponse(self._tokens(grant, nonce=asked.get("nonce")))

    def _refresh(self, form: dict[str, str]) -> Response:
        token = form.get("refresh_token", "")
        self.refreshes.append(token)
        grant = next((grant for grant in self.grants if grant.refresh_token == token), None)
        if grant is None or not grant.lives:
            return _refused("invalid_grant")
        return JSONResponse(self._tokens(grant))

    async def revoke(self, request: Request) -> Response:
        """The revocation endpoint, where there is one."""
        token = str((await request.form()).get("token", ""))
        self.revoked.append(token)
        for grant in self.grants:
            if grant.refresh_token == token:
                grant.lives = False
                return Response()
        return _refused("invalid_token")

    def _tokens(self, grant: Grant, nonce: str | None = None) -> dict[str, object]:
        access, grant.refresh_token = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._access[access] = grant
        claims: dict[str, object] = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": grant.account,
            "tid": grant.tenant,
            "hd": grant.tenant,
        }
        claims |= {"email": grant.account, "preferred_username": grant.account, "nonce": nonce}
        identity = {"id_token": ".".join((_part({"alg": "RS256"}), _part(claims), "unsigned"))} if "openid" in grant.scopes else {}
        return {
            "access_token": access,
            "refresh_token": grant.refresh_token,
            "token_type": "Bearer",
            "expires_in": 1 if self.short_lived else TOKEN_SECONDS,
            "scope": " ".join(sorted(grant.scopes)),
            **identity,
        }

    async def authorize(self, request: Request) -> Response:
        """The page on which a person would agree; here they do."""
        return RedirectResponse(self.says(str(request.url)), 303)


def _part(claims: dict[str, object]) -> str:
    text = json.dumps({name: value for name, value in claims.items() if value is not None})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _refused(error: str, status: int = 400) -> Response:
    return JSONResponse({"error": error, "error_description": "no"}, status)
