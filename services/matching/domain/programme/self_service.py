"""Whether protégés may ask mentors themselves, and for how long each who is asked may think."""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from shared.errors import Invalid

LONGEST_DAYS = 30


class SelfService(BaseModel):
    """`days_to_answer`: of a mentor who is asked. `days_for_managers`: of the manager who is to help, and then of all of them."""

    model_config = ConfigDict(extra="forbid")

    offered: bool = True
    days_to_answer: int = 3
    days_for_managers: int = 5

    def problems(self) -> Iterator[Invalid]:
        """What makes no sense in it, by field."""
        for name in ("days_to_answer", "days_for_managers"):
            if not 1 <= getattr(self, name) <= LONGEST_DAYS:
                yield Invalid(f"Between 1 and {LONGEST_DAYS} days.", field=f"self_service.{name}")
