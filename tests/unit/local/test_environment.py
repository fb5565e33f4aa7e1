import importlib
import os
from pathlib import Path

import pytest

from deploy.local.environment import Surroundings
from deploy.local.options import SERVICES, Options
from deploy.local.secrets import Secrets
from shared.service import ServiceSettings


@pytest.fixture
def surroundings(tmp_path: Path) -> Surroundings:
    return Surroundings(Options(), lambda service: f"mongodb://db.example/tandem_{service}", "kafka.example:9092", Secrets(tmp_path))


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_told_all_it_asks_for_and_nothing_it_does_not_know(
    service: str, surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(os.environ):
        if name.startswith(f"{service.upper()}_"):
            monkeypatch.delenv(name)
    for name, value in surroundings.of(service).items():
        monkeypatch.setenv(name, value)
    settings: ServiceSettings = importlib.import_module(f"services.{service}.settings").Settings()
    assert settings.mongodb_url == f"mongodb://db.example/tandem_{service}"
    assert settings.demo_clock
    assert settings.host == "127.0.0.1"


def test_each_service_is_told_only_of_its_own_database(surroundings: Surroundings) -> None:
    for service in SERVICES:
        told = " ".join(surroundings.of(service).values())
        assert [name for name in SERVICES if f"tandem_{name}" in told] == [service]


def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "secrets")
    path = secrets.path("demo")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_secret_stays_the_same_once_made(tmp_path: Path) -> None:
    first = Secrets(tmp_path).get("demo")
    assert len(first) == 64
    assert Secrets(tmp_path).get("demo") == first
    assert Secrets(tmp_path).get("another") != first
