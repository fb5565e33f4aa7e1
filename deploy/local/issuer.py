"""What the demo identity provider hands out: codes, tokens and claims, as OpenID Connect Core asks of the code flow with PKCE."""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwt
from joserfc.jwk import RSAKey

from deploy.local.demo import Employee
from deploy.local.secrets import Secrets

CODE_SECONDS: Final = 60
TOKEN_SECONDS: Final = 3600
SCOPES: Final = ("openid", "profile", "email")
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}\Z")  # a SHA-256 digest in base64url
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}\Z")
_KEY: Final = "identity-signing-key"


class Refused(Exception):  # noqa: N818 - named as what it says, like every refusal here
    """An OAuth 2.0 error; `code` is its registered name."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code


@dataclass(frozen=True)
class Client:
    """The one application that may ask: the portal."""

    client_id: str
    secret: str
    url: str

    @property
    def redirect_uri(self) -> str:
        return f"{self.url}/sign-in/callback"

    @property
    def signed_out_uri(self) -> str:
        return f"{self.url}/signed-out"


@dataclass(frozen=True)
class Request:
    """A checked request to sign somebody in."""

    state: str
    nonce: str
    challenge: str
    scope: str


@dataclass(frozen=True)
class _Grant:
    request: Request
    person: Employee
    expires_at: float


class Issuer:
    """Remembers what it gave out for as long as the process lives, which is longer than a code or a token does."""

    def __init__(self, address: str, client: Client, key: RSAKey) -> None:
        self.address = address
        self.client = client
        self._key = key
        self._codes: dict[str, _Grant] = {}
        self._tokens: dict[str, _Grant] = {}

    def configuration(self) -> dict[str, Any]:
        """OpenID Connect Discovery."""
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/jwks",
            "end_session_endpoint": f"{self.address}/sign-out",
            "scopes_supported": SCOPES,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "claims_supported": ["sub", "name", "email", "email_verified", "locale", "zoneinfo"],
            "authorization_response_iss_parameter_supported": True,
            "request_uri_parameter_supported": False,
        }

    def keys(self) -> dict[str, Any]:
        """The public key, as a JWK set."""
        return {"keys": [self._key.as_dict(private=False) | {"use": "sig", "alg": "RS256"}]}

    def knows(self, query: Mapping[str, str]) -> bool:
        """Whether the answer may be sent where the request says. If not, the person must be told here and not there."""
        return query.get("client_id") == self.client.client_id and query.get("redirect_uri") == self.client.redirect_uri

    def check(self, query: Mapping[str, str]) -> Request:
        """Read a request of the known client. Raises Refused."""
        scope = query.get("scope", "").split()
        if "request" in query or "request_uri" in query:
            raise Refused("request_not_supported", "Say what you want in the query.")
        if query.get("response_type") != "code":
            raise Refused("unsupported_response_type", "Only the code flow is spoken here.")
        if "openid" not in scope:
            raise Refused("invalid_scope", "The scope must contain openid.")
        if query.get("code_challenge_method") != "S256" or not _CHALLENGE.match(query.get("code_challenge", "")):
            raise Refused("invalid_request", "PKCE with S256 is required.")
        if query.get("prompt") == "none":
            raise Refused("login_required", "Nobody is signed in here.")
        known = " ".join(name for name in scope if name in SCOPES)
        return Request(query.get("state", ""), query.get("nonce", ""), query["code_challenge"], known)

    def code(self, request: Request, person: Employee, now: float) -> str:
        """A code for this person, good once and for a minute."""
        self._codes = {code: grant for code, grant in self._codes.items() if grant.expires_at > now}
        code = secrets.token_urlsafe(32)
        self._codes[code] = _Grant(request, person, now + CODE_SECONDS)
        return code

    def is_client(self, client_id: str, secret: str) -> bool:
        known = hmac.compare_digest(client_id.encode(), self.client.client_id.encode())
        return hmac.compare_digest(secret.encode(), self.client.secret.encode()) and known

    def redeem(self, form: Mapping[str, str], now: float) -> dict[str, Any]:
        """Tokens for a code, once. Raises Refused. The caller has checked that the client is who it says."""
        if form.get("grant_type") != "authorization_code":
            raise Refused("unsupported_grant_type", "Only codes are exchanged here.")
        grant = self._codes.pop(form.get("code", ""), None)
        if grant is None or grant.expires_at <= now or form.get("redirect_uri") != self.client.redirect_uri:
            raise Refused("invalid_grant", "The code is unknown, used or too old, or belongs to another address.")
        verifier = form.get("code_verifier", "")
        if not _VERIFIER.match(verifier) or not hmac.compare_digest(_digest(verifier), grant.request.challenge):
            raise Refused("invalid_grant", "The code verifier is not the one of the code challenge.")
        token = secrets.token_urlsafe(32)
        self._tokens = {old: kept for old, kept in self._tokens.items() if kept.expires_at > now}
        self._tokens[token] = _Grant(grant.request, grant.person, now + TOKEN_SECONDS)
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": grant.request.scope,
            "id_token": self._id_token(grant, token, int(now)),
        }

    def userinfo(self, token: str, now: float) -> dict[str, Any] | None:
        """The claims an access token opens; None when it opens nothing."""
        grant = self._tokens.get(token)
        return claims(grant.person, grant.request.scope) if grant and grant.expires_at > now else None

    def _id_token(self, grant: _Grant, access_token: str, now: int) -> str:
        about_token = {
            "iss": self.address,
            "aud": self.client.client_id,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "auth_time": now,
            "at_hash": _base64url(hashlib.sha256(access_token.encode()).digest()[:16]),
        }
        nonce = {"nonce": grant.request.nonce} if grant.request.nonce else {}
        header = {"alg": "RS256", "kid": self._key.kid}
        return jwt.encode(header, about_token | nonce | claims(grant.person, grant.request.scope), self._key)


def claims(person: Employee, scope: str) -> dict[str, Any]:
    """What is said about a person within a scope. The subject is their employee id: it outlives name and address."""
    said: dict[str, Any] = {"sub": person.employee_id}
    if "profile" in scope.split():
        said |= {"name": person.name, "zoneinfo": person.zone, "locale": person.languages[0]}
    if "email" in scope.split():
        said |= {"email": person.email, "email_verified": True}
    return said


def signing_key(kept: Secrets) -> RSAKey:
    """The key of this machine, made when first needed."""
    if not (kept.directory / _KEY).exists():
        key = RSAKey.generate_key(2048, parameters={"kid": secrets.token_hex(8)})
        kept.write(_KEY, json.dumps(key.as_dict(private=True)))
    return RSAKey.import_key(json.loads(kept.get(_KEY)))


def _digest(verifier: str) -> str:
    return _base64url(hashlib.sha256(verifier.encode()).digest())


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
