"""A calendar at either cloud, connected to nothing but its adapter."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.scheduling.store.clouds import caller
from tests.support.clouds.connected import KINDS, Connected, cloud_of


@pytest.fixture(params=KINDS)
async def theirs(request: pytest.FixtureRequest, database: Any) -> AsyncIterator[Connected]:
    async with cloud_of(request.param) as stub:
        connected = Connected(stub, database)
        await connected.allow()
        yield connected


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller, "FIRST_PAUSE_SECONDS", 0.001)
