"""What scheduling is told by its environment."""

from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from shared.mail import SmtpSettings
from shared.service import ServiceSettings


class Settings(SmtpSettings, ServiceSettings):
    """Settings with the prefix `SCHEDULING_`."""

    model_config = SettingsConfigDict(env_prefix="SCHEDULING_", frozen=True)

    port: int = 8002
    secret_key: SecretStr
    """Seals the passwords of calendar servers: 32 bytes in base64. After a rotation the new key first, older ones after commas."""
    caldav_allowed: str = ""
    """Calendar servers outside the open internet that may be connected: addresses or `host:port`, with commas between them."""

    @property
    def allowed_servers(self) -> list[str]:
        """The allowed calendar servers as `host:port`."""
        return [_server(text.strip()) for text in self.caldav_allowed.split(",") if text.strip()]


def _server(text: str) -> str:
    if "://" not in text:
        return text
    parts = urlsplit(text)
    return f"{parts.hostname}:{parts.port or {'http': 80}.get(parts.scheme, 443)}"
