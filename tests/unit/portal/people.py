"""Builders with valid defaults."""

from datetime import UTC, datetime
from typing import Any

from services.portal.domain.person import Person, Record
from shared.aggregate import new_id

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def a_record(**changes: Any) -> Record:
    """Ana, as the HR system has her."""
    given = {
        "employee_id": "E1",
        "name": "Ana Sousa",
        "email": f"ana-{new_id()}@alder.example",
        "department": "People",
        "location": "Lisbon",
        "zone": "Europe/Lisbon",
        "level": 4,
        "languages": ("pt", "en"),
    }
    return Record.model_validate({**given, **changes})


def a_person(**changes: Any) -> Person:
    """Ana, who has joined and told everybody."""
    person = Person.join(a_record(**changes), NOW)
    person.published()
    return person
