"""Enrolments from a table: first what would happen, then, when asked, the same for good."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from services.matching.domain import Enrolment, Person, Programme, Role, Wishes
from services.matching.handlers.stores import Enrolments, People, Programmes
from shared.errors import Invalid
from shared.tabular import Column, Row, RowProblem, Table, read_table

COLUMNS = (
    Column(name="employee_id", synonyms=("personnel number", "employee number", "emp id", "id", "personalnummer", "mitarbeiternummer")),
    Column(name="email", synonyms=("e-mail", "work e-mail", "work email", "mail", "e-mail-adresse")),
    Column(name="role", synonyms=("rolle", "takes part as", "mentor or protege"), required=True),
    Column(name="capacity", synonyms=("places", "plätze", "kapazität")),
    Column(name="needs", synonyms=("need", "challenges", "bedarf", "anliegen")),
    Column(name="strengths", synonyms=("strength", "skills", "stärken")),
    Column(name="goals", synonyms=("goal", "aims", "ziele", "ziel")),
    Column(name="hours", synonyms=("times", "meeting hours", "availability", "zeiten", "verfügbarkeit")),
)
ROLES = {
    **dict.fromkeys(("protege", "protégé", "mentee", "coachee"), Role.PROTEGE),
    **dict.fromkeys(("mentor", "mentorin", "coach"), Role.MENTOR),
    "peer": Role.PEER,
}


_MAPPING = TypeAdapter(dict[str, str])
MOST_ROWS = 20_000
PORTION = 500
"""Rows that are written together: a database ends a transaction that takes too long. An import that was interrupted is simply repeated."""


def portions(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The rows in portions, at least one, so that an empty table is refused to a stranger too."""
    for start in range(0, max(len(rows), 1), PORTION):
        yield rows[start : start + PORTION]


def read_enrolments(raw: bytes, mapping: str | None = None) -> Table:
    """The table, as far as it can be understood without knowing anybody. Raises UnreadableTable, or Invalid for a wrong mapping."""
    try:
        asked = _MAPPING.validate_json(mapping) if mapping else None
    except ValidationError as error:
        raise Invalid("The mapping is a JSON object of columns and headings.", field="mapping") from error
    table = read_table(raw, COLUMNS, asked, max_rows=MOST_ROWS)
    if not table.mapping.keys() & {"employee_id", "email"}:
        missing = RowProblem(line=1, column="employee_id", reason="There is neither a column of employee ids nor one of e-mail addresses.")
        return replace(table, rows=[], problems=[missing])
    return table


@dataclass(frozen=True, kw_only=True)
class PlannedRow:
    """A good row: whose it is, what it says, and what it would do (`new`, `changed` or `unchanged`)."""

    line: int
    person: Person
    enrolment: Enrolment | None
    role: Role
    wishes: Wishes
    effect: str


@dataclass(kw_only=True)
class ImportPlan:
    """What a table would do."""

    rows: list[PlannedRow] = field(default_factory=list)
    wrong: list[RowProblem] = field(default_factory=list)

    def add(self, other: "ImportPlan") -> None:
        """The next portion."""
        self.rows += other.rows
        self.wrong += other.wrong

    def count(self, effect: str) -> int:
        """How many rows have this effect."""
        return sum(row.effect == effect for row in self.rows)


@dataclass(frozen=True, kw_only=True)
class ImportEnrolments:
    programme_id: str
    rows: Sequence[Row]
    seen: dict[str, int]
    """The line in which a person comes first, also in the portions before this one."""
    commit: bool
    by: str
    at: datetime


async def import_enrolments(command: ImportEnrolments, programmes: Programmes, enrolments: Enrolments, people: People) -> ImportPlan:
    """Plan what the rows would do, and do it if asked."""
    programme = await programmes.get(command.programme_id)
    programme.must_be_managed_by(command.by)
    programme.must_be_open()
    known = await _people_of(command.rows, people)
    enrolled = await enrolments.of_people(programme.id, {person.id for person in known.values()})
    plan = ImportPlan()
    for row in command.rows:
        person = known.get(row.line)
        before = command.seen.setdefault(person.id, row.line) if person else row.line
        if before != row.line:
            plan.wrong.append(RowProblem(line=row.line, column="", reason=f"This person is in line {before} already."))
            continue
        planned = _plan_row(row, person, programme, enrolled.get(person.id) if person else None)
        if isinstance(planned, RowProblem):
            plan.wrong.append(planned)
            continue
        plan.rows.append(planned)
        if command.commit:
            _carry_out(planned, programme, enrolments, command)
    return plan


async def _people_of(rows: Iterable[Row], people: People) -> dict[int, Person]:
    """Who each line is about."""
    by_employee_id, by_email = await people.by_keys(
        [row.values["employee_id"] for row in rows if row.values["employee_id"]],
        [row.values["email"].lower() for row in rows if row.values["email"]],
    )
    found = {row.line: by_employee_id.get(row.values["employee_id"]) or by_email.get(row.values["email"].lower()) for row in rows}
    return {line: person for line, person in found.items() if person is not None}


def _plan_row(row: Row, person: Person | None, programme: Programme, enrolment: Enrolment | None) -> PlannedRow | RowProblem:
    values = row.values
    role = ROLES.get(values["role"].casefold())
    if person is None:
        column = "employee_id" if values["employee_id"] else "email"
        return RowProblem(line=row.line, column=column, reason="There is nobody with this id or e-mail.", value=values[column])
    if not person.active:
        return RowProblem(
            line=row.line, column="employee_id", reason="This person does not work here any more.", value=values["employee_id"]
        )
    if role not in programme.terms.enrols_as:
        reason = f"A role is {' or '.join(programme.terms.enrols_as)}."
        return RowProblem(line=row.line, column="role", reason=reason, value=values["role"])
    if enrolment is not None and enrolment.role is not role:
        return RowProblem(line=row.line, column="role", reason="This person is enrolled in the other role.", value=values["role"])
    if values["capacity"] and not values["capacity"].isdecimal():
        return RowProblem(line=row.line, column="capacity", reason="This is not a whole number.", value=values["capacity"])
    return _plan_wishes(row, person, role, programme, enrolment)


def _plan_wishes(row: Row, person: Person, role: Role, programme: Programme, enrolment: Enrolment | None) -> PlannedRow | RowProblem:
    try:
        wishes = Wishes(
            capacity=int(row.values["capacity"]) if row.values["capacity"] else None,
            needs=_list(row.values["needs"]),
            strengths=_list(row.values["strengths"]),
            goals=_list(row.values["goals"]),
            hours=_list(row.values["hours"]) or (enrolment.hours if enrolment else []),
            answers=enrolment.answers if enrolment else {},
        )
        wishes.check(role, programme)
        changed = enrolment.differs(programme, wishes) if enrolment else False
    except ValidationError as error:
        column = str(error.errors()[0]["loc"][0])
        return RowProblem(line=row.line, column=column, reason="One of these is empty or too long.", value=row.values[column][:80])
    except Invalid as refusal:
        column = refusal.field or ""
        return RowProblem(line=row.line, column=column, reason=str(refusal), value=row.values.get(column, "")[:80])
    effect = "new" if enrolment is None else "changed" if changed else "unchanged"
    return PlannedRow(line=row.line, person=person, enrolment=enrolment, role=role, wishes=wishes, effect=effect)


def _carry_out(planned: PlannedRow, programme: Programme, enrolments: Enrolments, command: ImportEnrolments) -> None:
    if planned.enrolment is None:
        enrolments.add(Enrolment.request(programme, planned.person, planned.role, planned.wishes, by=command.by, at=command.at))
    elif planned.effect == "changed":
        planned.enrolment.revise(programme, planned.wishes, by=command.by)
        enrolments.save(planned.enrolment)


def _list(cell: str) -> list[str]:
    return [part.strip() for part in cell.replace("|", ";").replace("\n", ";").split(";") if part.strip()]
