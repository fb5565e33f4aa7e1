"""Settings of programmes as files, over HTTP."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from services.matching.domain import MayNotOpenProgrammes, NotItsProgrammeManager, ProgrammeNotOpen
from services.matching.domain.settings import Change
from services.matching.handlers.settings import (
    DraftFromSettings,
    ExportSettings,
    ImportSettings,
    SettingsReport,
    draft_from_settings,
    export_settings,
    import_settings,
)
from shared.auth import Person
from shared.errors import NotFound
from shared.problems import problems
from shared.service import At, Running

router = APIRouter(prefix="/programmes", tags=["programmes"])

TOML: Any = {"requestBody": {"required": True, "content": {"application/toml": {"schema": {"type": "string"}}}}}


class WrongSetting(BaseModel):
    """A mistake in a file of settings. `field` is empty where the file is no TOML at all."""

    line: int
    field: str
    reason: str


class Comparison(BaseModel):
    """What a file changes, or would; and every mistake. With a mistake nothing is changed."""

    programme_id: str | None
    committed: bool
    wrong: list[WrongSetting]
    changes: list[Change]


@router.get(
    "/{programme_id}/settings",
    response_class=Response,
    responses={200: {"content": {"application/toml": {"schema": {"type": "string"}}}}, **problems(NotFound, NotItsProgrammeManager)},
)
async def export(programme_id: str, person: Person, service: Running) -> Response:
    """All settings of a programme as a file, with what each word means; always in the same order."""
    text = await service.run(export_settings, ExportSettings(programme_id=programme_id, by=person.id))
    headers = {"content-disposition": f'attachment; filename="programme-{programme_id}.toml"'}
    return Response(text, media_type="application/toml", headers=headers)


@router.put("/{programme_id}/settings", responses=problems(NotFound, NotItsProgrammeManager, ProgrammeNotOpen), openapi_extra=TOML)
async def take_over(programme_id: str, request: Request, person: Person, at: At, service: Running, *, commit: bool = False) -> Comparison:
    """Change a programme to what a file says. Without `commit` nothing is changed: the answer is the difference between the two."""
    command = ImportSettings(programme_id=programme_id, file=await request.body(), commit=commit, by=person.id, at=at)
    return _view(await service.run(import_settings, command))


@router.post("/from-settings", responses=problems(MayNotOpenProgrammes), openapi_extra=TOML)
async def set_up(request: Request, person: Person, at: At, service: Running, *, commit: bool = False) -> Comparison:
    """Set up a programme by a file. Without `commit` nothing is set up: the answer says what is wrong."""
    command = DraftFromSettings(file=await request.body(), commit=commit, by=person.id, roles=person.roles, at=at)
    return _view(await service.run(draft_from_settings, command))


def _view(report: SettingsReport) -> Comparison:
    return Comparison(
        programme_id=report.programme_id,
        committed=report.committed,
        wrong=[WrongSetting(line=one.line, field=one.field, reason=one.reason) for one in report.wrong],
        changes=report.changes,
    )
