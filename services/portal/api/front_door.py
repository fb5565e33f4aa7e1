"""What every request to the portal can reach, and who is making it."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from fastapi import Request
from starlette.datastructures import FormData

from services.portal.api.backends import Backend, BackendDown, BackendRefused
from services.portal.api.importing import PeopleImport
from services.portal.api.provider import IdentityProvider
from services.portal.api.tokens import Tokens
from services.portal.domain.person import PROGRAMME_MANAGER, Person
from services.portal.domain.session import Session
from services.portal.settings import Settings
from services.portal.store.held_forms import HeldForms
from services.portal.store.people import PeopleRows
from services.portal.store.sessions import Sessions, SignIns
from services.portal.store.submissions import Submissions
from shared.http import Client
from shared.secrets import CannotOpen, Safe
from shared.service import Service

T = TypeVar("T")

SESSION_COOKIE: Final = "__Host-tandem"
_SEEN_EVERY: Final = timedelta(minutes=1)
_INBOX_KEPT: Final = 10.0
_NAME_KEPT: Final = 60.0
_MANAGES_KEPT: Final = 60.0
_MOST_KEPT: Final = 5000
_LONGEST_LOOK: Final = 2.0  # seconds a page waits for what it can do without


class NotSignedIn(Exception):  # noqa: N818 - the way to the sign-in, not a fault
    """Nobody is signed in in this browser. `form` is what was sent, if it came from a page of ours."""

    def __init__(self, form: FormData | None = None) -> None:
        super().__init__()
        self.form = form


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A signed-in person, in one browser, at one moment."""

    session: Session
    person: Person
    roles: frozenset[str]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class FrontDoor:
    """The parts of the portal, wired once in `main`."""

    settings: Settings
    service: Service
    client: Client
    provider: IdentityProvider
    sessions: Sessions
    sign_ins: SignIns
    submissions: Submissions
    held_forms: HeldForms
    people: PeopleRows
    people_import: PeopleImport
    tokens: Tokens
    surroundings: "Surroundings"
    safe: Safe | None

    def backend(self, service: str, visit: Visit) -> Backend:
        """A service, asked for the person of this visit."""
        return backend(self.settings, self.client, self.tokens, service, visit)

    def seal_id_token(self, session_id: str, id_token: str) -> bytes | None:
        """The token the provider wants to see again at the sign-out; kept only where there is a key to lock it up with."""
        return None if self.safe is None else self.safe.seal(id_token, place=f"sessions/{session_id}/id_token")

    def open_id_token(self, session: Session) -> str | None:
        """The token as it came."""
        if self.safe is None or session.id_token is None:
            return None
        try:
            return self.safe.open(session.id_token, place=f"sessions/{session.id}/id_token")
        except CannotOpen:
            return None

    async def visit(self, request: Request) -> Visit | None:
        """Who is signed in in the browser that asks. None when nobody is, or not any more."""
        held = request.cookies.get(SESSION_COOKIE)
        session = await self.sessions.find(digest(held)) if held else None
        at = datetime.now(UTC)
        if session is None or not session.alive(at, self.settings.session_idle):
            return None
        person = await self.people.one(session.person_id)
        if person is None or not person.active:
            return None
        if at - session.seen_at >= _SEEN_EVERY:
            await self.sessions.seen(session.id, at)
        return Visit(session=session, person=person, roles=self.settings.roles_of(person), at=at)


def backend(settings: Settings, client: Client, tokens: Tokens, service: str, visit: Visit) -> Backend:
    """A service, asked with tokens that name the person of this visit."""

    async def bearer() -> str:
        return await tokens.mint(visit.person.id, service, roles=visit.roles, name=visit.person.name)

    return Backend(service, url=settings.service_url(service), client=client, bearer=bearer)


class Surroundings:
    """What stands around every page: how much is new in the inbox, and whether the person manages a programme.

    Both are kept for a few seconds, so that a page does not wait for two services it shows nothing else of; the inbox is
    brought up to date by `/live` anyway. A service that does not answer leaves its part out.
    """

    def __init__(self, ask: Callable[[str, Visit], Backend]) -> None:
        self._ask = ask
        self._inbox: dict[str, tuple[float, int]] = {}
        self._manages: dict[str, tuple[float, bool]] = {}
        self._programmes: dict[str, tuple[float, str]] = {}

    async def of(self, visit: Visit) -> tuple[int, bool]:
        """The count of new notices, and whether the person manages a programme or may open one."""
        return await asyncio.gather(self._inbox_count(visit), self._is_manager(visit))

    async def programme_name(self, visit: Visit, programme_id: str) -> str:
        """A programme's name, for whoever may know it; empty when it cannot be told."""

        async def look() -> str:
            return str((await self._ask("matching", visit).get(f"/programmes/{programme_id}"))["name"])

        return await _kept(self._programmes, f"{visit.person.id}/{programme_id}", _NAME_KEPT, look, otherwise="")

    def last_known(self, visit: Visit) -> tuple[int, bool]:
        """The same without asking anybody, for pages that must not wait."""
        inbox, manages = self._inbox.get(visit.person.id), self._manages.get(visit.person.id)
        return (inbox[1] if inbox else 0), (manages[1] if manages else PROGRAMME_MANAGER in visit.roles)

    def forget(self, person_id: str) -> None:
        """The person has done something: look again."""
        self._inbox.pop(person_id, None)
        self._manages.pop(person_id, None)

    async def _inbox_count(self, visit: Visit) -> int:
        async def look() -> int:
            return int((await self._ask("notifications", visit).get("/inbox/mine/count"))["new"])

        return await _kept(self._inbox, visit.person.id, _INBOX_KEPT, look, otherwise=0)

    async def _is_manager(self, visit: Visit) -> bool:
        if PROGRAMME_MANAGER in visit.roles:
            return True

        async def look() -> bool:
            programmes = await self._ask("matching", visit).get("/programmes")
            return any(programme["is_manager"] for programme in programmes)

        return await _kept(self._manages, visit.person.id, _MANAGES_KEPT, look, otherwise=False)


async def _kept(kept: dict[str, tuple[float, T]], key: str, seconds: float, look: Callable[[], Awaitable[T]], *, otherwise: T) -> T:
    found = kept.get(key)
    if found is not None and time.monotonic() - found[0] < seconds:
        return found[1]
    try:
        async with asyncio.timeout(_LONGEST_LOOK):
            value = await look()
    except (BackendDown, BackendRefused, TimeoutError):
        value = otherwise
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[key] = (time.monotonic(), value)
    return value


def front_door(request: Request) -> FrontDoor:
    """The parts of the portal this request came to."""
    door: FrontDoor = request.app.state.front_door
    return door


def new_secret() -> str:
    """256 bits nobody can guess."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is kept of a secret. It has 256 random bits, so it needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
