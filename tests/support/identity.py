"""The demo identity provider on a socket of its own, honest until a test makes it lie."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from deploy.local.identity import create_app
from deploy.local.issuer import Client, Issuer
from tests.support.serving import listening, serving

CLIENT_ID = "tandem-portal"
CLIENT_SECRET = "a secret: with & signs"


class LyingIssuer(Issuer):
    """`header`, `claims` and `key` of its ID tokens, and what it says of itself, can be spoilt."""

    def __init__(self, address: str, client: Client, key: RSAKey) -> None:
        super().__init__(address, client, key)
        self.reset()

    def reset(self) -> None:
        """Be honest again."""
        self._key = a_key("first")
        self.header: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.key: RSAKey | None = None
        self.says: dict[str, Any] = {}

    def configuration(self) -> dict[str, Any]:
        return super().configuration() | self.says

    def rotate(self) -> None:
        """Sign with a new key from now on; the old one is withdrawn."""
        self._key = a_key("second")

    def _id_token(self, grant: Any, access_token: str, now: int) -> str:
        honest = jwt.decode(super()._id_token(grant, access_token, now), self._key)
        claims = {name: value for name, value in {**honest.claims, **self.claims}.items() if value is not None}
        header: Mapping[str, Any] = {name: value for name, value in {**honest.header, **self.header}.items() if value is not None}
        if header.get("alg") in {"none", "HS256"}:
            return self._without_its_key(header, claims)
        return jwt.encode(dict(header), claims, self.key or self._key, algorithms=["RS256", "PS256"])

    def _without_its_key(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """A token as a forger makes it, who has only the public key: unsigned, or with that key as a shared secret."""
        signed = ".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
        public = self._key.as_pem(private=False)
        signature = hmac.new(public, signed.encode(), hashlib.sha256).digest() if header["alg"] == "HS256" else b""
        return f"{signed}.{_base64url(signature)}"


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@cache
def a_key(name: str) -> RSAKey:
    """A key pair. Making one takes a while, so each name has one for all tests."""
    return RSAKey.generate_key(2048, parameters={"kid": name})


@asynccontextmanager
async def identity_provider(portal_url: str) -> AsyncIterator[LyingIssuer]:
    """The provider, listening on loopback, for a portal at this address."""
    async with listening() as (listener, address):
        issuer = LyingIssuer(address, Client(CLIENT_ID, CLIENT_SECRET, portal_url), a_key("first"))
        async with serving(create_app(issuer), listener):
            yield issuer
