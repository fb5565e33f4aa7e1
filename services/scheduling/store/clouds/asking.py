"""Connecting a calendar at a cloud: a person is sent there, agrees, comes back in the same browser, and only then do we have tokens."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from services.scheduling.domain import Calendar, CalendarKind, ConsentExpired, ConsentRefused, NotOffered
from services.scheduling.store.clouds.consent import Cloud, ConsentLost, Identity, Tokens
from services.scheduling.store.provider import CalendarServerError
from shared.mongo import Database, Index, later, still
from shared.secrets import Safe

CONSENT_MS = 600_000

INDEXES = [Index("consents", "until", expire_after=0)]


@dataclass(frozen=True)
class Asking:
    """The consents that are being asked for, each good for one answer, for ten minutes, for the session it was begun in."""

    database: Callable[[], Database]
    safe: Safe
    clouds: Mapping[CalendarKind, Cloud]

    def cloud(self, kind: CalendarKind) -> Cloud:
        """Raises NotOffered when its operator has not registered Tandem there."""
        if kind not in self.clouds:
            raise NotOffered
        return self.clouds[kind]

    async def begin(self, kind: CalendarKind, person_id: str, session: str, *, writes: bool) -> str:
        """The address to send the person's browser to. Raises NotOffered."""
        cloud, state, nonce, verifier = self.cloud(kind), *(secrets.token_urlsafe(32) for _ in range(3))
        row = {"person_id": person_id, "kind": kind.value, "session": _digest(session), "nonce": nonce}
        sealed = self.safe.seal(verifier, place=_place(state))
        await self._rows.update_one(
            {"_id": _digest(state)}, [{"$set": {**row, "verifier": {"$literal": sealed}, "until": later(CONSENT_MS)}}], upsert=True
        )
        return cloud.consent_address(state=state, nonce=nonce, verifier=verifier, writes=writes)

    async def redeem(self, kind: CalendarKind, person_id: str, session: str, *, code: str, state: str) -> tuple[Tokens, Identity]:
        """What the person has allowed, and for whose account. Raises NotOffered, ConsentExpired, ConsentRefused."""
        cloud = self.cloud(kind)
        row = await self._rows.find_one_and_delete({"_id": _digest(state), **still("until")})
        if (
            row is None
            or (row["person_id"], row["kind"]) != (person_id, kind.value)
            or not compare_digest(row["session"], _digest(session))
        ):
            raise ConsentExpired
        try:
            tokens, identity = await cloud.redeem(code, self.safe.open(bytes(row["verifier"]), place=_place(state)))
        except ConsentLost as error:
            raise ConsentExpired from error
        except CalendarServerError as error:
            raise ConsentRefused(str(error)) from error
        if (identity.nonce, identity.audience) != (row["nonce"], cloud.client_id):
            await _give_back(cloud, tokens)
            raise ConsentExpired
        if cloud.tenant and identity.tenant != cloud.tenant:
            await _give_back(cloud, tokens)
            raise ConsentRefused("This account belongs to another company. Sign in there with your account of this one.")
        if not cloud.may_read(tokens.scopes):
            await _give_back(cloud, tokens)
            raise ConsentRefused("You did not allow Tandem to see when you are busy, so there is nothing it could do.")
        return tokens, identity

    @property
    def _rows(self) -> Any:
        return self.database().consents


async def _give_back(cloud: Cloud, tokens: Tokens) -> None:
    """We keep nothing of what we do not use."""
    try:
        await cloud.revoke(tokens)
    except CalendarServerError:
        return  # it was written down nowhere, and ends by itself


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _place(state: str) -> str:
    return f"consents/{_digest(state)}/verifier"


def account_of(calendars: list[Calendar], kind: CalendarKind, account: str) -> Calendar | None:
    """The calendar this account is connected as already."""
    return next((one for one in calendars if one.kind is kind and one.username == account), None)
