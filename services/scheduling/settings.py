"""What scheduling is told by its environment."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from shared.service import ServiceSettings


class Settings(ServiceSettings):
    """Settings with the prefix `SCHEDULING_`."""

    model_config = SettingsConfigDict(env_prefix="SCHEDULING_", frozen=True)

    port: int = 8002
    secret_key: SecretStr
    """Seals the passwords of calendar servers: 32 bytes in base64. After a rotation the new key first, older ones after commas."""
    caldav_allowed: str = ""
    """Calendar servers outside the open internet that may be connected: addresses or `host:port`, with commas between them."""
    smtp_host: str
    smtp_port: int = 25
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str
    """The organiser of all meetings, such as `Tandem <tandem@example.org>`."""

    @property
    def allowed_servers(self) -> list[str]:
        """The allowed calendar servers as `host:port`."""
        return [_server(text.strip()) for text in self.caldav_allowed.split(",") if text.strip()]


def _server(text: str) -> str:
    if "://" not in text:
        return text
    parts = urlsplit(text)
    return f"{parts.hostname}:{parts.port or {'http': 80}.get(parts.scheme, 443)}"
