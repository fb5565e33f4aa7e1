"""Unit tests touch no socket: whoever tries is told so. And none fails because the machine is busy."""

import socket
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings

# Hypothesis takes the time of each example, and of making one, for a property of the code.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection."""

    def refuse(_self: socket.socket, address: Any) -> NoReturn:
        raise AssertionError(f"a unit test tried to connect to {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
