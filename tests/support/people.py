"""People as the portal would tell of them."""

import uuid
from datetime import UTC, datetime
from typing import Any

from shared.contracts.portal import PersonChanged


def person_changed(person_id: str | None = None, **changes: Any) -> PersonChanged:
    """A person as they are now; valid, with what is given changed."""
    person_id = person_id or uuid.uuid4().hex
    fields: dict[str, Any] = {
        "person_id": person_id,
        "employee_id": f"E-{person_id}",
        "name": "Ana Sousa",
        "email": f"{person_id}@example.org",
        "manager_id": None,
        "department": "Engineering",
        "location": "Lisbon",
        "zone": "Europe/Lisbon",
        "level": 3,
        "languages": ("en",),
        "locale": "en",
        "active": True,
        "at": datetime(2026, 10, 1, 8, 0, tzinfo=UTC),
    }
    return PersonChanged(**{**fields, **changes})
