"""What scheduling remembers of a person: how to write to them, and what their clock shows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PersonHere:
    """One person, as the portal told of them last."""

    person_id: str
    name: str
    email: str
    zone: str
    locale: str
    active: bool = True
