"""Who is asking: the one place where a token is verified."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol

import structlog
from fastapi import Depends, Request
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.errors import NotAllowed
from shared.http import HTTPError
from shared.problems import SignInNeeded

ALGORITHMS = ["Ed25519"]  # EdDSA with its curve named, as RFC 9864 asks
TOKEN_KIND = "at+jwt"  # noqa: S105 - the header value of RFC 9068, no secret
LEEWAY_SECONDS = 30
# A key that was taken back dies after this long at the latest; a forged key id costs one look in so many seconds.
KEYS_LIVE_SECONDS, LOOK_AGAIN_SECONDS = 3600.0, 10.0
MOST_KNOWN = 2_000

log = structlog.get_logger()


@dataclass(frozen=True)
class Asker:
    """The person a request is made for. `at`: the demo clock's time, where the token carries one."""

    id: str
    roles: frozenset[str]
    at: datetime | None = None

    def must_be(self, *roles: str) -> None:
        """Raises NotAllowed for somebody who has none of these roles."""
        if not self.roles & set(roles):
            raise NotAllowed


class KeySource(Protocol):
    """Where the issuer's public keys come from."""

    async def fetch(self) -> Mapping[str, Any]:
        """The JWK set. Raises HTTPError when nobody answers."""
        ...


class Verifier:
    """Verifies tokens of one issuer for one audience, with a cache of the issuer's keys."""

    def __init__(self, source: KeySource, *, issuer: str, audience: str, demo_clock: bool) -> None:
        self._source = source
        self._issuer = issuer
        self._audience = audience
        self._demo_clock = demo_clock
        self._keys: KeySet | None = None
        self._verified: dict[str, tuple[float, Asker]] = {}
        self._fetched = self._looked = -KEYS_LIVE_SECONDS

    async def verify(self, token: str) -> Asker:
        """The person the token names. Raises SignInNeeded without a word on which check failed."""
        known = self._verified.get(token)
        if known is not None and time.time() < known[0]:
            return known[1]
        try:
            header = jws.extract_compact(token.encode()).headers()
            decoded = jwt.decode(token, await self._keys_for(str(header.get("kid"))), algorithms=ALGORITHMS)
            self._check(decoded.header, decoded.claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.info("a token was refused", reason=type(error))
            raise SignInNeeded from error
        claims = decoded.claims
        at = datetime.fromisoformat(claims["at"]).astimezone(UTC) if self._demo_clock and "at" in claims else None
        asker = Asker(claims["sub"], frozenset(claims.get("roles", ())), at)
        if len(self._verified) >= MOST_KNOWN:
            self._verified.clear()
        # A page asks many times with the same token; its signature need not be looked at each time, its time must.
        self._verified[token] = (claims["exp"], asker)
        return asker

    def _check(self, header: Mapping[str, Any], claims: dict[str, Any]) -> None:
        if str(header.get("typ", "")).lower() != TOKEN_KIND:
            raise ValueError("typ")
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            sub={"essential": True},
            exp={"essential": True},
        ).validate(claims)

    async def _keys_for(self, kid: str) -> KeySet:
        now = time.monotonic()
        known = self._keys is not None and any(key.kid == kid for key in self._keys.keys)
        fresh = now - self._fetched < KEYS_LIVE_SECONDS
        if not (known and fresh) and now - self._looked > LOOK_AGAIN_SECONDS:
            self._looked = now
            try:
                self._keys = KeySet.import_key_set(await self._source.fetch())  # type: ignore[arg-type] # its own dict type
                self._fetched = now
            except HTTPError as error:
                log.warning("the issuer's keys could not be fetched", problem=error)
        if self._keys is None or now - self._fetched > KEYS_LIVE_SECONDS:
            raise ValueError("no keys")
        return self._keys


async def _asker(request: Request) -> Asker:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SignInNeeded
    verifier: Verifier = request.app.state.verifier
    return await verifier.verify(token)


Person = Annotated[Asker, Depends(_asker)]
