"""What the goals service is told by its environment, as GOALS_..."""

from pydantic_settings import SettingsConfigDict

from shared.service import ServiceSettings


class Settings(ServiceSettings):
    """The common settings; goals needs nothing of its own."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="GOALS_")

    port: int = 8003
