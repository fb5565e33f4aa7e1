"""Sessions and sign-ins under way.

They are no aggregates and tell no event; each change is one atomic write, so they need no unit of work.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.portal.domain.session import Session, SignIn
from shared.mongo import Collection, Index
from shared.service import Service

SIGN_IN_SECONDS: Final = 600
_LONGEST_SESSION: Final = 0  # `ends_at` is the moment itself
_MOST_SIGN_INS: Final = 10

INDEXES = [
    Index("sessions", "ends_at", expire_after=_LONGEST_SESSION),
    Index("sign_ins", "started_at", expire_after=SIGN_IN_SECONDS),
    Index("sign_ins", "browser", "-started_at"),
]


class Sessions:
    """Who is signed in where. Ids are hashes of what the browser holds."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def add(self, session: Session) -> None:
        """Somebody has signed in."""
        await self._sessions.insert_one(_document(session))

    async def find(self, session_id: str) -> Session | None:
        """The session, whether or not it still holds."""
        document = await self._sessions.find_one({"_id": session_id})
        return None if document is None else Session.model_validate(_fields(document))

    async def seen(self, session_id: str, at: datetime) -> None:
        """Its browser has just been heard of."""
        await self._sessions.update_one({"_id": session_id}, {"$max": {"seen_at": at}})

    async def end(self, session_id: str) -> None:
        """Sign out of this browser."""
        await self._sessions.delete_one({"_id": session_id})

    @property
    def _sessions(self) -> Collection:
        return self._service.database.sessions


class SignIns:
    """Sign-ins under way, each good for one answer of the identity provider."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def begin(self, sign_in: SignIn) -> None:
        """Remember it. A browser has few at a time: the oldest give way."""
        await self._sign_ins.insert_one(_document(sign_in))
        too_old = self._sign_ins.find({"browser": sign_in.browser}, {"_id": 1}).sort("started_at", -1).skip(_MOST_SIGN_INS)
        await self._sign_ins.delete_many({"_id": {"$in": [document["_id"] async for document in too_old]}})

    async def take(self, sign_in_id: str, browser: str) -> SignIn | None:
        """The sign-in that this browser began, which is used up by this."""
        oldest = datetime.now(UTC) - timedelta(seconds=SIGN_IN_SECONDS)
        document = await self._sign_ins.find_one_and_delete({"_id": sign_in_id, "browser": browser, "started_at": {"$gte": oldest}})
        return None if document is None else SignIn.model_validate(_fields(document))

    @property
    def _sign_ins(self) -> Collection:
        return self._service.database.sign_ins


def _document(record: Session | SignIn) -> dict[str, Any]:
    fields = record.model_dump()
    return {"_id": fields.pop("id"), **fields}


def _fields(document: Mapping[str, Any]) -> dict[str, Any]:
    fields = dict(document)
    return {"id": fields.pop("_id"), **fields}
