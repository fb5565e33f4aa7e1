"""What notifications is told by its environment."""

from pydantic_settings import SettingsConfigDict

from shared.mail import SmtpSettings
from shared.service import ServiceSettings


class Settings(SmtpSettings, ServiceSettings):
    """Settings with the prefix `NOTIFICATIONS_`."""

    model_config = SettingsConfigDict(env_prefix="NOTIFICATIONS_", frozen=True)

    port: int = 8004
