"""What matching is told by its environment."""

from pydantic_settings import SettingsConfigDict

from shared.service import ServiceSettings


class Settings(ServiceSettings):
    """Settings of matching; the environment's names begin with MATCHING_."""

    model_config = SettingsConfigDict(env_prefix="MATCHING_", frozen=True)

    port: int = 8001
    solver_seconds: float = 600
    """A run whose engine takes longer than this fails."""
    solver_megabytes: int = 4_000
    """A run whose engine needs more memory than this fails."""
