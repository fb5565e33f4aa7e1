"""The demo company: who can sign in, and its 300 people."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PEOPLE_FILE = Path(__file__).with_name("people.csv")

# For the demo calendars only, which hold made-up appointments and are reached from this machine only.
CALENDAR_PASSWORD = "tandem"  # noqa: S105 - shown to everyone who runs the demo


@dataclass(frozen=True)
class Employee:
    """One row of the demo company's HR export."""

    employee_id: str
    name: str
    email: str
    manager_employee_id: str
    department: str
    location: str
    zone: str
    level: int
    languages: tuple[str, ...]

    @property
    def calendar_user(self) -> str:
        """The name of this person at the demo calendar server."""
        return self.email.partition("@")[0]


@dataclass(frozen=True)
class SignIn:
    """One of the people the demo is seen through."""

    email: str
    part: str
    sees: str

    @property
    def employee(self) -> Employee:
        return by_email()[self.email]


PROGRAMME_MANAGER = SignIn("sofie.lindqvist@alder.example", "programme manager", "imports people, opens programmes, matches")
PROTEGE = SignIn("ines.carvalho@alder.example", "protégé", "sets goals, prepares and books the meetings")
MENTOR = SignIn("deborah.okafor@alder.example", "mentor", "answers, listens, asks")
ADMINISTRATOR = SignIn("ravi.menon@alder.example", "administrator", "sees that everything runs, never what is said")

SIGN_INS: Sequence[SignIn] = (PROGRAMME_MANAGER, PROTEGE, MENTOR, ADMINISTRATOR)


@cache
def people() -> tuple[Employee, ...]:
    """Everyone in the HR export."""
    with PEOPLE_FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Employee(
                employee_id=row["Employee ID"],
                name=row["Name"],
                email=row["Work e-mail"],
                manager_employee_id=row["Manager ID"],
                department=row["Department"],
                location=row["Location"],
                zone=row["Time zone"],
                level=int(row["Job level"]),
                languages=tuple(row["Languages"].split("; ")),
            )
            for row in csv.DictReader(file)
        )


def find(words: str) -> Employee | None:
    """The person with this e-mail address or this name."""
    wanted = words.strip().casefold()
    return next((person for person in people() if wanted in (person.email, person.name.casefold())), None)


@cache
def by_email() -> dict[str, Employee]:
    """Everyone, by e-mail address."""
    return {person.email: person for person in people()}
