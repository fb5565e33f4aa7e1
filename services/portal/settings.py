"""What the portal needs to be told. Each name is an environment variable with the prefix `PORTAL_`."""

from datetime import timedelta
from functools import cached_property
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, SecretStr
from pydantic_settings import NoDecode, SettingsConfigDict

from services.portal.domain.attributes import normal_email
from services.portal.domain.person import ADMINISTRATOR, PROGRAMME_MANAGER, Person
from shared.service import ServiceSettings


def _addresses(value: object) -> object:
    return frozenset(normal_email(part) for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Addresses = Annotated[frozenset[str], NoDecode, BeforeValidator(_addresses)]


class Settings(ServiceSettings):
    """The portal's settings. `portal_url` is the address people type, and the issuer of the tokens it signs."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_", frozen=True, extra="forbid")

    matching_url: str = "http://127.0.0.1:8001"
    scheduling_url: str = "http://127.0.0.1:8002"
    goals_url: str = "http://127.0.0.1:8003"
    notifications_url: str = "http://127.0.0.1:8004"

    identity_url: str
    identity_client_id: str
    identity_client_secret: SecretStr
    identity_scopes: str = "openid profile email"
    link_by_email: bool = False
    administrators: Addresses = frozenset()
    programme_managers: Addresses = frozenset()

    session_idle: timedelta = timedelta(hours=2)
    session_length: timedelta = timedelta(hours=12)
    signing_key_days: int = 30
    # Locks up what must not be read in the database: private keys, the provider's tokens. 32 bytes in base64.
    secret_key: SecretStr | None = None

    import_max_rows: int = 20_000
    import_max_bytes: int = 8_000_000

    demo_secret: SecretStr | None = None

    @cached_property
    def origin(self) -> str:
        """Scheme, host and port people see, as browsers write it in `Origin`."""
        parts = urlsplit(self.portal_url)
        return f"{parts.scheme}://{parts.netloc}"

    def roles_of(self, person: Person) -> frozenset[str]:
        """What the person may do: as granted, and as these settings say for the first ones in."""
        roles = set(person.roles)
        if person.email in self.administrators:
            roles.add(ADMINISTRATOR)
        if person.email in self.programme_managers:
            roles.add(PROGRAMME_MANAGER)
        return frozenset(roles)

    def service_url(self, service: str) -> str:
        """Where a service listens."""
        return str(getattr(self, f"{service}_url"))
