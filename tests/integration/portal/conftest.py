"""The portal with a real database and a real identity provider.

Most tests share one portal, emptied before each: its indexes take longer to make than most tests to run.
"""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI

from services.portal.main import create_app, wired
from services.portal.settings import Settings
from shared.secrets import new_key
from tests.support.identity import CLIENT_ID, CLIENT_SECRET, LyingIssuer, identity_provider
from tests.support.portal import PORTAL_URL, RAVI, SOFIE, Portal
from tests.support.service import RunningService, Start, database_url, drop

KEPT = {"members"}


def settings_for(issuer: LyingIssuer) -> dict[str, Any]:
    return {
        "portal_url": PORTAL_URL,
        "identity_url": issuer.address,
        "identity_client_id": CLIENT_ID,
        "identity_client_secret": CLIENT_SECRET,
        "link_by_email": True,
        "administrators": RAVI,
        "programme_managers": SOFIE,
        "demo_secret": "demo",
        "secret_key": new_key(),
        **{f"{service}_url": "http://127.0.0.1:1" for service in ("matching", "scheduling", "goals", "notifications")},
    }


@pytest.fixture(scope="session")
async def one_issuer() -> AsyncIterator[LyingIssuer]:
    async with identity_provider(PORTAL_URL) as issuer:
        yield issuer


@pytest.fixture
def issuer(one_issuer: LyingIssuer) -> LyingIssuer:
    """The identity provider, honest."""
    one_issuer.reset()
    return one_issuer


@pytest.fixture(scope="session")
async def one_portal(mongodb: str, one_issuer: LyingIssuer) -> AsyncIterator[RunningService]:
    url = database_url(mongodb, f"test_{uuid.uuid4().hex}")
    given: dict[str, Any] = {"mongodb_url": url, "kafka_bootstrap_servers": "127.0.0.1:1", "port": 1, "demo_clock": True}
    app = create_app(Settings(**settings_for(one_issuer), **given))
    service = app.state.service
    await service.open()
    yield RunningService(app, service)
    await service.close()
    await drop(url)
    await app.state.front_door.client.aclose()


@pytest.fixture
async def portal(one_portal: RunningService, issuer: LyingIssuer) -> AsyncIterator[Portal]:
    """The portal with nobody in it, remembering nothing."""
    database = one_portal.service.database
    for name in set(await database.list_collection_names()) - KEPT:
        await database[name].delete_many({})
    door = one_portal.app.state.front_door
    one_portal.app.state.front_door = wired(door.settings, door.service, door.client, door.safe)
    one_portal.app.state.verifier._keys = None
    one_portal.app.state.verifier._looked = float("-inf")
    one_portal.service.stopping.clear()
    portal = Portal(one_portal, issuer)
    yield portal
    await portal.close()


@pytest.fixture
async def start_portal(running_service: Start, issuer: LyingIssuer) -> AsyncIterator[Start]:
    """A portal with settings of its own."""
    portals: list[Portal] = []

    async def start(**settings: object) -> Portal:
        sources = []

        def create(settings: Settings) -> FastAPI:
            app = create_app(settings)
            sources.append(app.state.verifier._source)
            return app

        running = await running_service(create, Settings, **{**settings_for(issuer), **settings})
        # The portal signs its own tokens, so it is tested with them and not with those of the tests.
        running.app.state.verifier._source = sources[0]
        portals.append(Portal(running, issuer))
        return portals[-1]

    yield start
    for portal in portals:
        await portal.close()
        await portal.running.app.state.front_door.client.aclose()
