"""A file of people against the people who are here: who is new, who has changed, and which rows must stay out, and why."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from services.portal.domain.people_rows import Row, WrongRow, read_row
from services.portal.domain.person import Person, Record
from shared.aggregate import new_id

Kind = Literal["new", "changed", "unchanged"]


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What a row comes to. `changes` has before and after, as the file writes them, for what changes."""

    line: int
    kind: Kind
    person_id: str
    record: Record
    manager: str = ""
    changes: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What an import would do."""

    rows: tuple[Planned, ...]
    wrong: tuple[WrongRow, ...]

    def of(self, kind: Kind) -> tuple[Planned, ...]:
        """The rows that come to this."""
        return tuple(row for row in self.rows if row.kind == kind)

    @property
    def to_do(self) -> tuple[Planned, ...]:
        """The rows that would write something."""
        return tuple(row for row in self.rows if row.kind != "unchanged")

    @property
    def wrong_lines(self) -> int:
        """How many rows stay out; one row can be wrong in several ways."""
        return len({row.line for row in self.wrong})

    @property
    def fingerprint(self) -> str:
        """Differs when the import would do anything else: the same file against people who have changed since."""
        seen: list[Any] = [[row.line, row.kind, row.manager, sorted(row.changes.items())] for row in self.rows]
        seen += [[row.line, row.column, row.code] for row in self.wrong]
        return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """A row that is right by itself, and the person it is about, if they are here."""

    line: int
    person: Person | None
    values: Mapping[str, Any]

    @property
    def employee_id(self) -> str:
        return str(self.values["employee_id"])

    @property
    def email(self) -> str:
        return str(self.values["email"])


def plan(rows: Sequence[Row], people: Sequence[Person], wrong: Iterable[WrongRow] = ()) -> Plan:
    """What an import of these rows would do to these people. `wrong` are the rows already known to stay out."""
    here = _Here(people)
    found = list(wrong)
    candidates: dict[str, _Candidate] = {}
    addresses: dict[str, _Candidate] = {}
    for row in rows:
        values, problems = read_row(row)
        if not problems:
            candidate = _Candidate(line=row.line, person=here.person(values["employee_id"], values["email"]), values=values)
            problems = _twice(candidate, candidates, addresses)
        if problems:
            found += problems
            continue
        candidates[candidate.employee_id] = addresses[candidate.email] = candidate
    left_out = {problem.line for problem in found}
    lines = {row.values["employee_id"]: row.line for row in rows}
    # A row that stays out may take away another's manager, or keep an address that another was to get.
    while problems := _among_each_other(candidates, here, lines):
        found += problems
        left_out |= {problem.line for problem in problems}
        candidates = {key: candidate for key, candidate in candidates.items() if candidate.line not in left_out}
    planned = _planned(candidates, here)
    return Plan(rows=tuple(sorted(planned, key=lambda row: row.line)), wrong=tuple(sorted(found, key=lambda row: (row.line, row.column))))


class _Here:
    """The people who are here, by what a file names them by."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.by_id = {person.id: person for person in people}
        self.by_employee_id = {person.employee_id: person for person in people}
        self.by_email = {person.email: person for person in people}

    def person(self, employee_id: str, email: str) -> Person | None:
        """The person a row is about. Somebody let in by the settings is known by the address until a file names them."""
        known = self.by_employee_id.get(employee_id)
        same_address = self.by_email.get(email)
        return known or (same_address if same_address is not None and same_address.provisional else None)

    def manager_of(self, person: Person) -> str:
        """The employee id of somebody's manager, or nothing."""
        manager = self.by_id.get(person.manager_id or "")
        return manager.employee_id if manager else ""


def _twice(candidate: _Candidate, candidates: Mapping[str, _Candidate], addresses: Mapping[str, _Candidate]) -> list[WrongRow]:
    if other := candidates.get(candidate.employee_id):
        return [_doubled(candidate, "employee_id", "id", other)]
    if other := addresses.get(candidate.email):
        return [_doubled(candidate, "email", "address", other)]
    return []


def _doubled(candidate: _Candidate, column: str, word: str, other: _Candidate) -> WrongRow:
    name = str(other.values["name"])
    return WrongRow(
        line=candidate.line,
        column=column,
        code=f"same_{word}",
        reason=f"Line {other.line} has the same {word}, for {name}.",
        value=str(candidate.values[column]),
        details={"line": other.line, "name": name},
    )


def _among_each_other(candidates: Mapping[str, _Candidate], here: _Here, lines: Mapping[str, int]) -> list[WrongRow]:
    """What is wrong only in view of the other rows and of the people who are here."""
    problems = []
    renamed = {candidate.person.id: candidate.email for candidate in candidates.values() if candidate.person}
    known = candidates.keys() | here.by_employee_id.keys()
    for candidate in candidates.values():
        holder = here.by_email.get(candidate.email)
        if holder and holder is not candidate.person and renamed.get(holder.id, holder.email) == candidate.email:
            problems.append(_address_taken(candidate, holder))
        manager = candidate.values.get("manager_id", "")
        if manager and manager not in known:
            problems.append(_unknown_manager(candidate, manager, lines.get(manager)))
    return problems or _circles(candidates, here)


def _address_taken(candidate: _Candidate, holder: Person) -> WrongRow:
    return WrongRow(
        line=candidate.line,
        column="email",
        code="address_taken",
        reason=f"{holder.name} ({holder.employee_id}) has this address in Tandem.",
        value=candidate.email,
        details={"name": holder.name, "employee_id": holder.employee_id},
    )


def _unknown_manager(candidate: _Candidate, manager: str, line: int | None) -> WrongRow:
    if line is not None:
        return WrongRow(
            line=candidate.line,
            column="manager_id",
            code="manager_stays_out",
            reason=f"The manager {manager} is in line {line}, which stays out.",
            value=manager,
            details={"line": line},
        )
    return WrongRow(
        line=candidate.line,
        column="manager_id",
        code="unknown_manager",
        reason=f"The manager {manager} is not in this file and not in Tandem.",
        value=manager,
    )


def _circles(candidates: Mapping[str, _Candidate], here: _Here) -> list[WrongRow]:
    """Rows by which a reporting line would come back to where it began."""
    managers = {person.employee_id: here.manager_of(person) for person in here.by_id.values()}
    managers |= {key: candidate.values["manager_id"] for key, candidate in candidates.items() if "manager_id" in candidate.values}
    problems = []
    for circle in circles(managers):
        way = " → ".join([*circle, circle[0]])
        problems += [
            WrongRow(
                line=candidates[key].line,
                column="manager_id",
                code="circle",
                reason=f"The reporting line goes in a circle: {way}.",
                value=managers[key],
                details={"way": way},
            )
            for key in circle
            if key in candidates
        ]
    return problems


def circles(managers: Mapping[str, str]) -> list[list[str]]:
    """The circles in who reports to whom. Everybody has one manager at most, so each is found by walking up once."""
    done: set[str] = set()
    found = []
    for start in managers:
        way: dict[str, None] = {}
        person = start
        while person and person not in done and person not in way:
            way[person] = None
            person = managers.get(person, "")
        if person in way:
            walked = list(way)
            found.append(walked[walked.index(person) :])
        done |= way.keys()
    return found


def _planned(candidates: Mapping[str, _Candidate], here: _Here) -> list[Planned]:
    ids = {key: candidate.person.id if candidate.person else new_id() for key, candidate in candidates.items()}
    ids = {person.employee_id: person.id for person in here.by_id.values()} | ids
    return [_outcome(candidate, here, ids) for candidate in candidates.values()]


def _outcome(candidate: _Candidate, here: _Here, ids: Mapping[str, str]) -> Planned:
    person = candidate.person
    given = dict(candidate.values)
    before_manager = here.manager_of(person) if person else ""
    manager = str(given.pop("manager_id", before_manager))
    given["manager_id"] = ids.get(manager)
    before = person.hr_record if person else None
    record = Record.model_validate({**(before.model_dump() if before else {}), **given})
    if before is None:
        kind: Kind = "new"
        changes: dict[str, tuple[str, str]] = {}
    else:
        changes = _changes(before, record, before_manager, manager)
        kind = "changed" if changes or (person and person.provisional) else "unchanged"
    return Planned(line=candidate.line, kind=kind, person_id=ids[candidate.employee_id], record=record, manager=manager, changes=changes)


def _changes(before: Record, after: Record, before_manager: str, manager: str) -> dict[str, tuple[str, str]]:
    old, new = before.model_dump(exclude={"manager_id"}), after.model_dump(exclude={"manager_id"})
    changes = {name: (_said(old[name]), _said(new[name])) for name in old if old[name] != new[name]}
    if before_manager != manager:
        changes["manager_id"] = (before_manager, manager)
    return changes


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
