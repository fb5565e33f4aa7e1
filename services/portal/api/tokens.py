"""Tokens that tell the services who is asking: short-lived, for one service each, signed with the portal's own key."""

import time
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from joserfc import jwt
from joserfc.jwk import OKPKey

from services.portal.settings import Settings
from services.portal.store.keys import SigningKeys
from shared.aggregate import new_id

LIFETIME: Final = 300
_KEPT: Final = 200  # a token is given again while at least a third of its life is left
_KEY_KEPT: Final = 60
_MOST_KEPT: Final = 5000
_ALGORITHM: Final = "Ed25519"  # EdDSA with its curve named (RFC 9864)


class Tokens:
    """Makes tokens, and keeps them in memory for as long as they are fresh."""

    def __init__(self, settings: Settings, keys: SigningKeys) -> None:
        self._settings = settings
        self._keys = keys
        self._key: tuple[float, OKPKey] | None = None
        self._kept: dict[tuple[Any, ...], tuple[float, str]] = {}

    async def mint(self, person_id: str, audience: str, *, roles: Collection[str], name: str = "", at: datetime | None = None) -> str:
        """A token that says to `audience`: this is who asks. `at` is the time a demo pretends it is."""
        wanted = (person_id, audience, frozenset(roles), name, at)
        now = time.time()
        kept = self._kept.get(wanted)
        if kept is not None and now - kept[0] < _KEPT:
            return kept[1]
        key = await self._current_key(now)
        claims: dict[str, Any] = {
            "iss": self._settings.portal_url,
            "aud": audience,
            "sub": person_id,
            "name": name,
            "roles": sorted(roles),
            "iat": int(now),
            "exp": int(now) + LIFETIME,
            "jti": new_id(),
        }
        if at is not None:
            claims["at"] = at.isoformat()
        token = jwt.encode({"alg": _ALGORITHM, "kid": key.kid, "typ": "at+jwt"}, claims, key, algorithms=[_ALGORITHM])
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[wanted] = (now, token)
        return token

    async def jwks(self) -> Mapping[str, Any]:
        """The public keys."""
        return {"keys": await self._keys.public()}

    async def _current_key(self, now: float) -> OKPKey:
        if self._key is None or now - self._key[0] > _KEY_KEPT:
            self._key = (now, await self._keys.current())
        return self._key[1]


router = APIRouter()


@router.get("/.well-known/jwks.json", tags=["tokens"])
async def jwks(request: Request, response: Response) -> Mapping[str, Any]:
    """The keys by which services know that a token is the portal's."""
    response.headers["Cache-Control"] = "public, max-age=60"
    tokens: Tokens = request.app.state.front_door.tokens
    return await tokens.jwks()
