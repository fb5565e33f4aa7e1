"""What matching knows of a person: the few fields of `portal.person` that it needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.matching.domain.vocabulary import PersonInactive


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who works here, or did."""

    id: str
    employee_id: str = ""
    email: str = ""
    manager_id: str | None = None
    department: str = ""
    location: str = ""
    zone: str = ""
    level: int = 0
    languages: tuple[str, ...] = ()
    active: bool = True

    def must_be_active(self) -> None:
        """Raises PersonInactive for a leaver."""
        if not self.active:
            raise PersonInactive

    def to_document(self) -> dict[str, Any]:
        """The row in `people`."""
        return {
            "_id": self.id,
            "employee_id": self.employee_id,
            "email": self.email,
            "manager_id": self.manager_id,
            "department": self.department,
            "location": self.location,
            "zone": self.zone,
            "level": self.level,
            "languages": list(self.languages),
            "active": self.active,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Person":
        """What `to_document` made."""
        fields = dict(document)
        fields["id"] = fields.pop("_id")
        return cls(**{**fields, "languages": tuple(fields["languages"])})
