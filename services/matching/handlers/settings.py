"""A programme's settings as a file: written, compared, and taken over."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.matching.domain import Person, Programme
from services.matching.domain.settings import Change, Problem, Read, Roles, Settings, differences, read_settings, write_settings
from services.matching.handlers.stores import People, Programmes
from shared.errors import Invalid


@dataclass(kw_only=True)
class SettingsReport:
    """What a file changes, or what is wrong with it. `committed`: whether it was taken over."""

    programme_id: str | None = None
    committed: bool = False
    wrong: list[Problem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ExportSettings:
    programme_id: str
    by: str


async def export_settings(command: ExportSettings, programmes: Programmes, people: People) -> str:
    """The settings as a file."""
    programme = await programmes.get(command.programme_id)
    programme.must_let_see(command.by)
    return write_settings(await _settings_of(programme, people))


@dataclass(frozen=True, kw_only=True)
class ImportSettings:
    """Without `commit` nothing is changed."""

    programme_id: str
    file: bytes
    commit: bool
    by: str
    at: datetime


async def import_settings(command: ImportSettings, programmes: Programmes, people: People) -> SettingsReport:
    """Compare a file with a programme and, if asked and nothing is wrong, take it over."""
    programme = await programmes.get(command.programme_id)
    programme.must_be_managed_by(command.by)
    read = read_settings(command.file)
    if read.settings is None:
        return SettingsReport(programme_id=programme.id, wrong=read.problems)
    report = SettingsReport(programme_id=programme.id)
    report.changes = differences(await _settings_of(programme, people), read.settings)
    try:
        programme.revise(read.settings.terms, command.by, command.at)
    except Invalid as refusal:
        report.wrong.append(read.wrong(refusal.field or "", str(refusal)))
    await _assign(programme, read, report, people, command)
    _commit(programme, programmes, report, commit=command.commit)
    return report


@dataclass(frozen=True, kw_only=True)
class DraftFromSettings:
    """Without `commit` nothing is set up."""

    file: bytes
    commit: bool
    by: str
    roles: frozenset[str]
    at: datetime


async def draft_from_settings(command: DraftFromSettings, programmes: Programmes, people: People) -> SettingsReport:
    """Set up a programme by a file. Whoever does manages it, unless the file says who does."""
    Programme.must_let_draft(command.roles)
    read = read_settings(command.file)
    if read.settings is None:
        return SettingsReport(wrong=read.problems)
    programme = Programme.draft(read.settings.terms, command.by, command.roles, command.at)
    report = SettingsReport()
    await _assign(programme, read, report, people, command)
    _commit(programme, programmes, report, commit=command.commit)
    report.programme_id = programme.id if report.committed else None
    return report


def _commit(programme: Programme, programmes: Programmes, report: SettingsReport, *, commit: bool) -> None:
    report.committed = commit and not report.wrong
    if report.committed:
        programmes.save(programme)


async def _settings_of(programme: Programme, people: People) -> Settings:
    known = await people.many([*programme.manager_ids, *programme.auditor_ids])
    roles = Roles(managers=_names(programme.manager_ids, known), auditors=_names(programme.auditor_ids, known))
    return Settings(**programme.terms.model_dump(), roles=roles)


def _names(person_ids: Sequence[str], known: dict[str, Person]) -> list[str]:
    """By e-mail, else employee id, else the id we know them by."""
    return [(known[one].email or known[one].employee_id or one) if one in known else one for one in person_ids]


async def _assign(
    programme: Programme, read: Read, report: SettingsReport, people: People, command: ImportSettings | DraftFromSettings
) -> None:
    """Give the roles that the file names; whoever is not known, or works here no more, is wrong."""
    roles = read.settings.roles if read.settings else None
    if roles is None:
        return
    named = [*roles.managers, *roles.auditors]
    by_employee_id, by_email = await people.by_keys(named, [name.lower() for name in named])
    by_id = await people.many(named)
    found: dict[str, list[str]] = {"managers": [], "auditors": []}
    for role, names in (("managers", roles.managers), ("auditors", roles.auditors)):
        for place, name in enumerate(names):
            person = by_email.get(name.lower()) or by_employee_id.get(name) or by_id.get(name)
            if person is None or not person.active:
                report.wrong.append(read.wrong(f"roles.{role}.{place}", "Nobody who works here has this e-mail or id."))
            elif person.id not in found[role]:
                found[role].append(person.id)
    if not report.wrong:
        programme.assign(found["managers"], found["auditors"], command.by, command.at)
