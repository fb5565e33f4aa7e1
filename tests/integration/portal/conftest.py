"""The portal with a real database and a real identity provider."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from services.portal.main import create_app
from services.portal.settings import Settings
from shared.secrets import new_key
from tests.support.identity import CLIENT_ID, CLIENT_SECRET, LyingIssuer, identity_provider
from tests.support.portal import PORTAL_URL, RAVI, SOFIE, Portal
from tests.support.service import Start


@pytest.fixture
async def issuer() -> AsyncIterator[LyingIssuer]:
    async with identity_provider(PORTAL_URL) as issuer:
        yield issuer


@pytest.fixture
async def start_portal(running_service: Start, issuer: LyingIssuer) -> AsyncIterator[Start]:
    portals = []

    async def start(**settings: object) -> Portal:
        given = {
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

        sources = []

        def create(settings: Settings) -> FastAPI:
            app = create_app(settings)
            sources.append(app.state.verifier._source)
            return app

        running = await running_service(create, Settings, **{**given, **settings})
        # The portal signs its own tokens, so it is tested with them and not with those of the tests.
        running.app.state.verifier._source = sources[0]
        portal = Portal(running, issuer)
        portals.append(portal)
        return portal

    yield start
    for portal in portals:
        for browser in portal.browsers:
            await browser.client.aclose()
        await portal.running.app.state.front_door.client.aclose()


@pytest.fixture
async def portal(start_portal: Start) -> Portal:
    started: Portal = await start_portal()
    return started
