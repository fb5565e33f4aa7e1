"""People from a file: what it would change, and changing it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.portal.domain.people_import import Plan, Planned, plan
from services.portal.domain.people_rows import Row, WrongRow
from services.portal.domain.person import ADMINISTRATOR, PROGRAMME_MANAGER, Person
from services.portal.handlers.people import People
from shared.errors import NotAllowed, Rejected
from shared.tabular import Column, RowProblem, Table, read_table

ROWS_AT_ONCE: Final = 500

# What HR systems call these columns, in English and German.
_HEADINGS: Final = {
    "employee_id": "employee id, employee number, employee no, personnel number, staff id, worker id, emp id, id, personalnummer, "
    "mitarbeiternummer, mitarbeiter-id, pers.nr., pnr",
    "name": "full name, display name, employee name, preferred name, worker, mitarbeiter, vollständiger name, anzeigename",
    "email": "work e-mail, work email, e-mail, mail, email address, e-mail address, work email address, business email, e-mail-adresse, "
    "dienstliche e-mail, mailadresse, geschäftliche e-mail",
    "manager_id": "manager, manager's id, manager employee id, manager's employee id, supervisor id, supervisor, reports to, "
    "line manager id, line manager, vorgesetzter, vorgesetzte, vorgesetzten-id, personalnummer vorgesetzter, führungskraft",
    "department": "dept, division, team, org unit, organisation, organization, abteilung, bereich, organisationseinheit",
    "location": "site, office, city, work location, standort, ort, stadt, arbeitsort, niederlassung",
    "zone": "time zone, timezone, tz, iana zone, zeitzone",
    "level": "job level, grade, job grade, level code, career level, seniority, stufe, karrierestufe, entgeltgruppe, ebene",
    "languages": "language, spoken languages, language skills, sprachen, sprache, sprachkenntnisse",
    "active": "status, employment status, is active, aktiv, beschäftigungsstatus",
}
_LONGEST: Final = {"employee_id": 64, "manager_id": 64, "zone": 64, "level": 20, "active": 20, "email": 254, "languages": 200}
_REQUIRED: Final = frozenset({"employee_id", "name", "email", "zone"})

COLUMNS: Final = tuple(
    Column(name=name, synonyms=tuple(headings.split(", ")), required=name in _REQUIRED, longest=_LONGEST.get(name, 120))
    for name, headings in _HEADINGS.items()
)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A file as it was read: its own headings, which was taken for which column, and what an import would do."""

    headers: tuple[str, ...]
    mapping: Mapping[str, str]
    plan: Plan


def read_people(raw: bytes, mapping: Mapping[str, str], people: Sequence[Person], *, max_rows: int, max_bytes: int) -> Reading:
    """What this file would change. Raises UnreadableTable where there is no table to speak of."""
    table = read_table(raw, COLUMNS, mapping, max_rows, max_bytes)
    rows = [Row(line=row.line, values={name: row.values[name] for name in table.mapping}) for row in table.rows]
    return Reading(headers=tuple(table.headers), mapping=dict(table.mapping), plan=plan(rows, people, _wrong(table)))


def _wrong(table: Table) -> list[WrongRow]:
    return [_wrong_cell(problem) for problem in table.problems]


def _wrong_cell(problem: RowProblem) -> WrongRow:
    return WrongRow(line=problem.line, column=problem.column, code="unreadable", reason=problem.reason, value=problem.value)


def must_manage_people(roles: Collection[str]) -> None:
    """Refuse whoever may neither see nor change who is in Tandem."""
    if not {ADMINISTRATOR, PROGRAMME_MANAGER} & set(roles):
        raise OnlyManagersManagePeople


def in_parts(planned: Plan) -> list[tuple[Planned, ...]]:
    """The rows to write, in parts for one unit each. New addresses first: they free the old ones for others."""
    rows = sorted(planned.to_do, key=lambda row: ("email" not in row.changes, row.line))
    return [tuple(rows[start : start + ROWS_AT_ONCE]) for start in range(0, len(rows), ROWS_AT_ONCE)]


@dataclass(frozen=True, kw_only=True)
class ImportPeople:
    """Take over these rows of a file."""

    rows: tuple[Planned, ...]
    at: datetime


async def import_people(command: ImportPeople, people: People) -> None:
    """Everybody in it joins, or becomes what the file says."""
    here = await people.several([row.person_id for row in command.rows])
    for row in command.rows:
        person = here.get(row.person_id)
        if person is None:
            person = Person.join(row.record, command.at, person_id=row.person_id)
        else:
            person.update(row.record, command.at)
        await people.save(person)


class OnlyManagersManagePeople(NotAllowed):
    """Only programme managers and administrators can see and import people."""


class PreviewOutdated(Rejected):
    """People have changed since you looked at this import. Nothing was imported; look at it again."""


class ImportUnderWay(Rejected):
    """This import is running already."""
