"""The people and things the tests of notifications tell of, and any event about them with valid fields."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from shared.aggregate import new_id
from shared.contracts.matching import ProgrammeOpened
from shared.contracts.portal import PersonChanged
from shared.event import Event

E = TypeVar("E", bound=Event)
DAY = timedelta(days=1)


@dataclass
class Cast:
    """Two partners, a manager and their programme; everything happens now unless said otherwise."""

    protege_id: str = field(default_factory=new_id)
    mentor_id: str = field(default_factory=new_id)
    manager_id: str = field(default_factory=new_id)
    programme_id: str = field(default_factory=new_id)
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def event(self, kind: type[E], **given: Any) -> E:
        """An event of this kind; what is not given is made up so that it is valid."""
        known = {
            "protege_id": self.protege_id,
            "mentor_id": self.mentor_id,
            "person_id": self.protege_id,
            "by_id": self.protege_id,
            "other_id": self.mentor_id,
            "started_by_id": self.manager_id,
            "programme_id": self.programme_id,
            "at": self.now,
            "deadline_at": self.now + 7 * DAY,
            "starts": (self.now + 2 * DAY, self.now + 3 * DAY),
            "starts_at": self.now + 5 * DAY,
            "ends_at": self.now + 5 * DAY + timedelta(hours=1),
            "previous_starts_at": self.now + 4 * DAY,
            "ends_on": (self.now + 90 * DAY).date(),
            "until": (self.now + 30 * DAY).date(),
            "role": "protege",
            "zone": "Europe/Lisbon",
            "reason": "completed",
            "agenda_style": "questions",
            "confidentiality": "between_us",
            "state": "open",
            "outcome": "reached",
            "shared": True,
            "matching_day": False,
        }
        made_up = {name: known.get(name, self._of(kind, name)) for name in kind.model_fields}
        return kind(**{**made_up, **given})

    @staticmethod
    def _of(kind: type[Event], name: str) -> Any:
        return new_id() if name.endswith("_id") else 3 if kind.model_fields[name].annotation is int else None

    def programme(self, **given: Any) -> ProgrammeOpened:
        """The programme, with its manager."""
        today = self.now.date()
        return ProgrammeOpened(
            **{
                "programme_id": self.programme_id,
                "name": "Engineering leaders 2026",
                "starts_on": today,
                "ends_on": today + 180 * DAY,
                "manager_ids": (self.manager_id,),
                "at": self.now,
                **given,
            }
        )

    def person(self, person_id: str, name: str, **given: Any) -> PersonChanged:
        """Somebody as the portal tells of them."""
        return PersonChanged(
            **{
                "person_id": person_id,
                "employee_id": person_id[-6:],
                "name": name,
                "email": f"{name.split(maxsplit=1)[0].lower()}@example.org",
                "manager_id": None,
                "department": "Works",
                "location": "Lisbon",
                "zone": "Europe/Lisbon",
                "level": 3,
                "languages": ("en",),
                "locale": "en",
                "active": True,
                "at": self.now,
                **given,
            }
        )

    def people(self) -> list[PersonChanged]:
        """All three."""
        return [
            self.person(self.protege_id, "Ines Carvalho"),
            self.person(self.mentor_id, "Deborah Okafor", locale="de", zone="America/Halifax"),
            self.person(self.manager_id, "Sofie Lindqvist", zone="Europe/Stockholm"),
        ]
