"""The company's identity provider, as OpenID Connect describes it: where to send people, and how far to trust its answers."""

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.portal.domain.session import ProviderRefused, SignIn, SignInRefused, UntrustedAnswer
from services.portal.settings import Settings
from shared.http import Client, HTTPError

# Ours alone decide; what the provider lists can only take away from them. No `none`, nothing symmetric.
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
SKEW: Final = 60
_CONFIGURATION_KEPT: Final = 3600.0
_KEYS_KEPT: Final = 3600.0
_KEYS_TRUSTED: Final = 24 * 3600.0  # without an answer of the provider; after that a withdrawn key must be dead
_KEYS_ASKED_EVERY: Final = 10.0
_LARGEST_ANSWER: Final = 200_000
_LONGEST_SUBJECT: Final = 255


class ProviderDown(SignInRefused):
    """The place where you sign in does not answer. Try again in a moment."""

    status = 503


@dataclass(frozen=True, kw_only=True)
class Account:
    """Who has signed in, as the provider says. `email` is there only when the provider has verified it."""

    issuer: str
    subject: str
    email: str | None
    name: str
    id_token: str


class IdentityProvider:
    """The provider named in the settings: discovery, the code flow with PKCE, and its keys."""

    def __init__(self, settings: Settings, client: Client) -> None:
        self._settings = settings
        self._client = client
        self._configuration: tuple[float, Mapping[str, Any]] | None = None
        self._keys = KeyCache(self._fetch_keys)

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends people back to."""
        return self._settings.portal_url.rstrip("/") + "/sign-in/callback"

    async def address(self, sign_in: SignIn, state: str, locale: str) -> str:
        """Where to send the browser to sign in."""
        configuration = await self.configuration()
        query = {
            "response_type": "code",
            "client_id": self._settings.identity_client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self._settings.identity_scopes,
            "state": state,
            "nonce": sign_in.nonce,
            "code_challenge": challenge(sign_in.verifier),
            "code_challenge_method": "S256",
            "ui_locales": locale,
        }
        return _with_query(configuration["authorization_endpoint"], query)

    async def must_be_named(self, issuer: str) -> None:
        """Check who says it has answered (RFC 9207): an answer of another provider must not be taken for this one's."""
        required = (await self.configuration()).get("authorization_response_iss_parameter_supported") is True
        if issuer != self._settings.identity_url and (issuer or required):
            raise UntrustedAnswer("The answer came from another identity provider.")

    async def end_address(self, id_token: str | None) -> str | None:
        """Where to send the browser to sign out of the provider too; None when it has no such page."""
        try:
            endpoint = (await self.configuration()).get("end_session_endpoint")
        except SignInRefused:
            return None
        if not endpoint:
            return None
        query = {
            "client_id": self._settings.identity_client_id,
            "post_logout_redirect_uri": self._settings.portal_url.rstrip("/") + "/signed-out",
        }
        if id_token is not None:
            query["id_token_hint"] = id_token
        return _with_query(endpoint, query)

    async def account(self, sign_in: SignIn, code: str) -> Account:
        """Exchange the code for a token and read it. Raises ProviderRefused, UntrustedAnswer or ProviderDown."""
        answer = await self._redeem(sign_in, code)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise UntrustedAnswer("The answer has no ID token.")
        claims = await self._claims(token)
        _check(claims, issuer=sign_in.issuer, client_id=self._settings.identity_client_id, nonce=sign_in.nonce)
        _check_access_token(claims, answer.get("access_token"))
        email = claims.get("email")
        verified = isinstance(email, str) and claims.get("email_verified") is True
        return Account(
            issuer=sign_in.issuer,
            subject=claims["sub"],
            email=email if verified else None,
            name=str(claims.get("name") or ""),
            id_token=token,
        )

    async def _redeem(self, sign_in: SignIn, code: str) -> Mapping[str, Any]:
        configuration = await self.configuration()
        client_id, secret = self._settings.identity_client_id, self._settings.identity_client_secret.get_secret_value()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri, "code_verifier": sign_in.verifier}
        headers = {"Accept": "application/json"}
        if "client_secret_basic" in configuration.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": client_id, "client_secret": secret}
        try:
            answer = await self._client.post(configuration["token_endpoint"], data=form, headers=headers)
        except HTTPError as error:
            raise ProviderDown from error
        if answer.is_server_error:
            raise ProviderDown
        if not answer.is_success:
            raise ProviderRefused("The place where you sign in did not accept its own code. Start again.")
        return _read(answer.content)

    async def configuration(self) -> Mapping[str, Any]:
        """What the provider says of itself. An answer is kept for an hour, and used on while the provider is away."""
        now = time.monotonic()
        if self._configuration is not None and now - self._configuration[0] < _CONFIGURATION_KEPT:
            return self._configuration[1]
        try:
            found = await self._fetch(self._settings.identity_url.rstrip("/") + "/.well-known/openid-configuration")
        except ProviderDown:
            if self._configuration is None:
                raise
            return self._configuration[1]
        # Exactly as configured: a provider that speaks for another could name itself as that one (OpenID Connect Discovery 4.3).
        if found.get("issuer") != self._settings.identity_url:
            raise UntrustedAnswer("The identity provider names itself otherwise than it is configured here.")
        for endpoint in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(found.get(endpoint), str):
                raise UntrustedAnswer(f"The identity provider names no {endpoint}.")
        self._configuration = (now, found)
        return found

    async def _claims(self, token: str) -> dict[str, Any]:
        offered = (await self.configuration()).get("id_token_signing_alg_values_supported") or ALGORITHMS
        allowed = [name for name in ALGORITHMS if name in offered]
        try:
            header = jws.extract_compact(token.encode()).headers()
            if header.get("alg") not in allowed:
                raise UntrustedAnswer("The ID token is signed in a way that is not allowed here.")
            if {"jwk", "jku", "x5u", "x5c", "crit"} & header.keys():
                raise UntrustedAnswer("The ID token brings its own key.")
            keys = await self._keys.with_id(header.get("kid"))
            return dict(jwt.decode(token, keys, algorithms=allowed).claims)
        except (JoseError, ValueError) as error:
            raise UntrustedAnswer("The ID token is not signed by the identity provider.") from error

    async def _fetch_keys(self) -> KeySet:
        found = await self._fetch((await self.configuration())["jwks_uri"])
        keys = [
            key for key in found.get("keys", ()) if isinstance(key, dict) and key.get("use", "sig") == "sig" and key.get("kty") != "oct"
        ]
        return KeySet.import_key_set({"keys": keys})

    async def _fetch(self, address: str) -> Mapping[str, Any]:
        try:
            answer = await self._client.get(address, headers={"Accept": "application/json"})
        except HTTPError as error:
            raise ProviderDown from error
        if not answer.is_success:
            raise ProviderDown
        return _read(answer.content)


class KeyCache:
    """The provider's public keys. A known key costs nothing; an unknown one asks the provider, but not more often than every 10 s."""

    def __init__(self, fetch: Callable[[], Awaitable[KeySet]], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: KeySet | None = None
        self._fetched_at = float("-inf")
        self._asked_at = float("-inf")
        self._asking = asyncio.Lock()

    async def with_id(self, key_id: object) -> KeySet:
        """The keys, fetched again when `key_id` is not among them. Raises ProviderDown when there are none to trust."""
        if not self._fresh(key_id):
            async with self._asking:  # one asks, the others wait for what it finds
                if not self._fresh(key_id) and self._clock() - self._asked_at >= _KEYS_ASKED_EVERY:
                    await self._ask()
        if self._keys is None or self._clock() - self._fetched_at > _KEYS_TRUSTED:
            raise ProviderDown
        return self._keys

    def _fresh(self, key_id: object) -> bool:
        if self._keys is None or self._clock() - self._fetched_at > _KEYS_KEPT:
            return False
        return len(self._keys.keys) == 1 if key_id is None else any(key.kid == key_id for key in self._keys.keys)

    async def _ask(self) -> None:
        self._asked_at = self._clock()
        try:
            self._keys = await self._fetch()
        except (ProviderDown, JoseError, ValueError):
            return
        self._fetched_at = self._clock()


def challenge(verifier: str) -> str:
    """RFC 7636, method S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _check(claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str) -> None:
    """OpenID Connect Core 3.1.3.7, without its exceptions."""
    audiences = claims.get("aud")
    audiences = [audiences] if isinstance(audiences, str) else audiences
    now = time.time()
    wrong = (
        ("issuer", claims.get("iss") != issuer),
        ("audience", audiences != [client_id]),
        ("authorised party", claims.get("azp", client_id) != client_id),
        ("end", not _is_time(claims.get("exp")) or claims["exp"] <= now - SKEW),
        ("issue time", not _is_time(claims.get("iat")) or claims["iat"] > now + SKEW),
        ("begin", not _is_time(claims.get("nbf", 0)) or claims.get("nbf", 0) > now + SKEW),
        ("nonce", not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())),
        ("subject", not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= _LONGEST_SUBJECT),
    )
    for name, is_wrong in wrong:
        if is_wrong:
            raise UntrustedAnswer(f"The ID token's {name} is not right.")


def _check_access_token(claims: Mapping[str, Any], access_token: object) -> None:
    """OpenID Connect Core 3.1.3.8. For algorithms with another hash than SHA-256 it is optional, and left out."""
    if "at_hash" not in claims or not isinstance(access_token, str):
        return
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    if claims["at_hash"] != base64.urlsafe_b64encode(half).decode().rstrip("="):
        raise UntrustedAnswer("The ID token belongs to another access token.")


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read(content: bytes) -> Mapping[str, Any]:
    if len(content) > _LARGEST_ANSWER:
        raise UntrustedAnswer("The identity provider's answer is far too long.")
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise UntrustedAnswer("The identity provider's answer cannot be read.") from error
    if not isinstance(found, dict):
        raise UntrustedAnswer("The identity provider's answer cannot be read.")
    return found


def _with_query(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"
