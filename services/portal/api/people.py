"""People over HTTP, for programs: find them, say what they may do, import them from a file."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from services.portal.api.asking import Asking
from services.portal.api.front_door import FrontDoor, front_door
from services.portal.api.importing import Preview, UnknownColumn
from services.portal.domain.person import OnlyAdministratorsGrantRoles, UnknownRole
from services.portal.handlers.imports import ImportUnderWay, OnlyManagersManagePeople, PreviewOutdated, must_manage_people
from services.portal.handlers.people import GrantRoles, grant_roles
from shared.errors import NotFound
from shared.problems import problems
from shared.tabular import UnreadableTable

router = APIRouter(prefix="/people", tags=["people"])

Door = Annotated[FrontDoor, Depends(front_door)]
_SHOWN = 50


class PersonFound(BaseModel):
    """The little a list says about somebody."""

    person_id: str
    name: str
    email: str
    department: str
    location: str
    zone: str
    level: int
    languages: list[str]
    active: bool


class PersonShown(PersonFound):
    """A person with what only those see who manage people."""

    employee_id: str
    manager_id: str | None
    locale: str
    roles: list[str]


class Roles(BaseModel):
    """Exactly what somebody may do."""

    model_config = ConfigDict(extra="forbid", strict=True)

    roles: list[str] = Field(max_length=10)


class Mapping(BaseModel):
    """Which heading of the file stands for which column; an empty one says the file does not have it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    mapping: dict[str, str]


class WrongCell(BaseModel):
    """Why a row stays out. `code` and `details` say it to a program, `reason` to a person."""

    line: int
    column: str
    value: str
    code: str
    reason: str
    details: dict[str, str | int]


class RowShown(BaseModel):
    """What a row comes to. `changes` has before and after for what changes."""

    line: int
    kind: str
    name: str
    email: str
    changes: dict[str, tuple[str, str]]


class ImportShown(BaseModel):
    """What an uploaded file would change, or has changed."""

    import_id: str
    file_name: str
    state: str
    headers: list[str]
    mapping: dict[str, str]
    new: int
    changed: int
    unchanged: int
    wrong: int
    problems: list[WrongCell]
    rows: list[RowShown]
    result: dict[str, int] | None


@router.get("", responses=problems(OnlyManagersManagePeople))
async def find_people(
    asker: Asking, door: Door, q: Annotated[str, Query(max_length=200)] = "", limit: Annotated[int, Query(ge=1, le=50)] = 20
) -> list[PersonFound]:
    """Active people of whom each word of `q` begins a word of the name, the address or the employee id."""
    must_manage_people(asker.roles)
    return [
        PersonFound(person_id=row["_id"], **{name: row[name] for name in row if name != "_id"})
        for row in await door.people.search(q, limit)
    ]


@router.get("/{person_id}", responses=problems(NotFound, OnlyManagersManagePeople))
async def show_person(person_id: str, asker: Asking, door: Door) -> PersonShown:
    """One person."""
    if asker.id != person_id:
        must_manage_people(asker.roles)
    person = await door.people.one(person_id)
    if person is None:
        raise NotFound
    fields = {name: getattr(person, name) for name in PersonShown.model_fields if name not in {"person_id", "roles", "languages"}}
    return PersonShown(person_id=person.id, roles=sorted(door.settings.roles_of(person)), languages=list(person.languages), **fields)


@router.post("/{person_id}/roles", status_code=204, responses=problems(NotFound, OnlyAdministratorsGrantRoles, UnknownRole))
async def give_roles(person_id: str, roles: Roles, asker: Asking, door: Door) -> None:
    """Say what somebody may do, from their next token on."""
    await door.service.run(grant_roles, GrantRoles(person_id=person_id, roles=frozenset(roles.roles), by_roles=asker.roles))


_FILE: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}}},
}


@router.post("/imports", status_code=201, openapi_extra=_FILE, responses=problems(OnlyManagersManagePeople, UnreadableTable))
async def upload(
    request: Request, asker: Asking, door: Door, file_name: Annotated[str, Query(max_length=200)] = "people.csv"
) -> ImportShown:
    """Upload a file of people. Nothing is changed yet."""
    return _shown(await door.people_import.upload(await request.body(), name=file_name, by=asker))


@router.get("/imports/{import_id}", responses=problems(NotFound, OnlyManagersManagePeople))
async def show_import(import_id: str, asker: Asking, door: Door) -> ImportShown:
    """What the file would change now."""
    return _shown(await door.people_import.look(import_id, by=asker))


@router.put("/imports/{import_id}/columns", responses=problems(NotFound, OnlyManagersManagePeople, UnknownColumn))
async def name_columns(import_id: str, mapping: Mapping, asker: Asking, door: Door) -> ImportShown:
    """Say which heading stands for which column."""
    return _shown(await door.people_import.name_columns(import_id, mapping.mapping, by=asker))


@router.post("/imports/{import_id}/commit", responses=problems(NotFound, OnlyManagersManagePeople, PreviewOutdated, ImportUnderWay))
async def commit(import_id: str, asker: Asking, door: Door) -> ImportShown:
    """Import what was shown last."""
    return _shown(await door.people_import.commit(import_id, by=asker))


def _shown(preview: Preview) -> ImportShown:
    return ImportShown(
        import_id=preview.import_id,
        file_name=preview.file_name,
        state=preview.state,
        headers=list(preview.headers),
        mapping=dict(preview.mapping),
        **preview.counts,
        problems=[WrongCell(**{**vars(wrong), "details": dict(wrong.details)}) for wrong in preview.plan.wrong],
        rows=[
            RowShown(line=row.line, kind=row.kind, name=row.record.name, email=row.record.email, changes=dict(row.changes))
            for row in preview.plan.to_do[:_SHOWN]
        ],
        result=None if preview.result is None else dict(preview.result),
    )
