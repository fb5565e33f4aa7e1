"""What the portal is told by its environment."""

import pytest

from services.portal.settings import Settings
from tests.unit.portal.people import a_person

NEEDED = {
    "PORTAL_MONGODB_URL": "mongodb://127.0.0.1/tandem_portal",
    "PORTAL_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
    "PORTAL_PORTAL_URL": "https://tandem.example/",
    "PORTAL_PORT": "8000",
    "PORTAL_IDENTITY_URL": "https://login.example",
    "PORTAL_IDENTITY_CLIENT_ID": "tandem",
    "PORTAL_IDENTITY_CLIENT_SECRET": "a secret",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)


def test_addresses_are_given_with_commas_in_any_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_ADMINISTRATORS", " Ravi@Alder.example, ,ana@alder.example")
    assert Settings().administrators == {"ravi@alder.example", "ana@alder.example"}


def test_the_settings_give_roles_to_whoever_they_name(monkeypatch: pytest.MonkeyPatch) -> None:
    person = a_person()
    monkeypatch.setenv("PORTAL_PROGRAMME_MANAGERS", person.email)
    assert Settings().roles_of(person) == {"programme_manager"}
    person.grant({"administrator"}, by_roles={"administrator"})
    assert Settings().roles_of(person) == {"programme_manager", "administrator"}


def test_addresses_link_nobody_unless_it_is_said() -> None:
    assert Settings().link_by_email is False


def test_a_name_nobody_knows_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_ADMINISTRATOR", "ravi@alder.example")
    with pytest.raises(ValueError, match="PORTAL_ADMINISTRATOR"):
        Settings()


def test_no_secret_has_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTAL_IDENTITY_CLIENT_SECRET")
    with pytest.raises(ValueError, match="identity_client_secret"):
        Settings()


def test_the_origin_is_the_address_as_browsers_write_it() -> None:
    assert Settings().origin == "https://tandem.example"


def test_secrets_are_not_printed() -> None:
    assert "a secret" not in repr(Settings())
