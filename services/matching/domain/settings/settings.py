"""Everything the file of a programme holds: what its managers decide, and who they are."""

from pydantic import BaseModel, ConfigDict, Field

from services.matching.domain.programme import Terms


class Roles(BaseModel):
    """Who manages a programme and who looks on, by e-mail, employee id or id."""

    model_config = ConfigDict(extra="forbid")

    managers: list[str] = Field(min_length=1, description="who manages it, by e-mail or employee id")
    auditors: list[str] = Field(default=[], description="who sees it and changes nothing")


class Settings(Terms):
    """The terms, and the roles; roles that are left out stay as they are."""

    roles: Roles | None = None

    @property
    def terms(self) -> Terms:
        """What the programme itself keeps."""
        return Terms.model_validate(self.model_dump(exclude={"roles"}))
