"""Puts the portal together."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI

from services.portal.api import ROUTERS, errors
from services.portal.api.front_door import FrontDoor, Surroundings, backend
from services.portal.api.headers import Headers
from services.portal.api.importing import PeopleImport
from services.portal.api.provider import IdentityProvider
from services.portal.api.tokens import Tokens
from services.portal.consumers import reactions
from services.portal.handlers.people import People
from services.portal.settings import Settings
from services.portal.store import INDEXES
from services.portal.store.held_forms import HeldForms
from services.portal.store.imports import PeopleFiles
from services.portal.store.keys import SigningKeys
from services.portal.store.people import MongoPeople, PeopleRows
from services.portal.store.sessions import Sessions, SignIns
from services.portal.store.submissions import Submissions
from shared.http import Client, open_client
from shared.secrets import Safe
from shared.service import Service, build


def create_app(settings: Settings | None = None) -> FastAPI:
    """The portal as an application."""
    settings = settings or Settings()
    safe = Safe([settings.secret_key.get_secret_value()]) if settings.secret_key else None
    app = build(
        settings=settings,
        reactions=reactions,
        title="Tandem portal",
        description="Sign-in, people, and the tokens by which services know who asks. The pages are not listed here.",
        routers=ROUTERS,
        indexes=INDEXES,
        stores={People: MongoPeople},
        keys=lambda service: OwnKeys(SigningKeys(service, timedelta(days=settings.signing_key_days), safe)),
    )
    client = open_client()
    app.state.front_door = wired(settings, app.state.service, client, safe)
    errors.install(app)
    provider = urlsplit(settings.identity_url)
    app.add_middleware(Headers, provider=f"{provider.scheme}://{provider.netloc}")
    run_service = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with client, run_service(app):
            yield

    app.router.lifespan_context = lifespan
    return app


class OwnKeys:
    """The portal's public keys, for the portal itself: it need not ask itself over HTTP."""

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys

    async def fetch(self) -> Mapping[str, Any]:
        return {"keys": await self._keys.public()}


def wired(settings: Settings, service: Service, client: Client, safe: Safe | None) -> FrontDoor:
    """All parts behind the portal's routes, knowing of each other."""
    people, keys = PeopleRows(service), SigningKeys(service, timedelta(days=settings.signing_key_days), safe)
    tokens = Tokens(settings, keys)
    return FrontDoor(
        settings=settings,
        service=service,
        client=client,
        provider=IdentityProvider(settings, client),
        sessions=Sessions(service),
        sign_ins=SignIns(service),
        submissions=Submissions(service),
        held_forms=HeldForms(service),
        people=people,
        people_import=PeopleImport(service, settings, PeopleFiles(service), people),
        tokens=tokens,
        surroundings=Surroundings(lambda name, visit: backend(settings, client, tokens, name, visit)),
        safe=safe,
    )
