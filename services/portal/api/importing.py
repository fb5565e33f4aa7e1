"""The import of people step by step: upload, look, name the columns, import. Used by the pages and by the JSON API."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from services.portal.domain.people_import import Plan
from services.portal.handlers.imports import (
    COLUMNS,
    ImportPeople,
    ImportUnderWay,
    PreviewOutdated,
    Reading,
    import_people,
    in_parts,
    must_manage_people,
    read_people,
)
from services.portal.settings import Settings
from services.portal.store.imports import PeopleFile, PeopleFiles
from services.portal.store.people import PeopleRows
from shared.aggregate import new_id
from shared.auth import Asker
from shared.errors import Invalid, NotFound
from shared.service import Service

_LONGEST_NAME: Final = 200


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What an upload would change, as things stand now. `result` is there once it is imported."""

    import_id: str
    file_name: str
    at: datetime
    state: str
    headers: tuple[str, ...]
    mapping: Mapping[str, str]
    plan: Plan
    result: Mapping[str, int] | None

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are new, changed, unchanged and wrong."""
        kinds = {kind: len(self.plan.of(kind)) for kind in ("new", "changed", "unchanged")}
        return {**kinds, "wrong": self.plan.wrong_lines}


class UnknownColumn(Invalid):
    """There is no such column."""


class PeopleImport:
    """Nothing is written about anybody before `commit`."""

    def __init__(self, service: Service, settings: Settings, files: PeopleFiles, people: PeopleRows) -> None:
        self._service = service
        self._settings = settings
        self._files = files
        self._people = people

    async def upload(self, raw: bytes, *, name: str, by: Asker) -> Preview:
        """Keep a file and say what it would change. Raises UnreadableTable."""
        must_manage_people(by.roles)
        file = PeopleFile(id=new_id(), by=by.id, name=name[:_LONGEST_NAME] or "people.csv", raw=raw, mapping={}, at=datetime.now(UTC))
        reading = await self._read(file)
        await self._files.add(file)
        return await self._seen(file, reading)

    async def look(self, import_id: str, *, by: Asker) -> Preview:
        """What the file would change now."""
        file = await self._file(import_id, by)
        return await self._seen(file, await self._read(file))

    async def name_columns(self, import_id: str, mapping: Mapping[str, str], *, by: Asker) -> Preview:
        """Say which heading stands for which column; an empty heading means the file does not have it."""
        file = await self._file(import_id, by)
        if unknown := sorted(mapping.keys() - {column.name for column in COLUMNS}):
            raise UnknownColumn(f"{unknown[0]!r} is not a column.", field="mapping")
        named = PeopleFile(**{**vars(file), "mapping": {**file.mapping, **mapping}})
        return await self._seen(named, await self._read(named))

    async def commit(self, import_id: str, *, by: Asker) -> Preview:
        """Import what its manager has seen. Raises PreviewOutdated when it would do anything else by now."""
        file = await self._file(import_id, by)
        if file.state == "done":
            return self._preview(file, await self._read(file))
        begun = await self._files.begin(import_id)
        if begun is None:
            raise ImportUnderWay
        result = None
        try:
            reading = await self._read(begun)
            if reading.plan.fingerprint == begun.fingerprint:
                result = await self._write(reading, by.at or datetime.now(UTC))
        finally:
            await self._files.end(import_id, result)
        if result is None:
            await self._files.seen(import_id, reading.plan.fingerprint, reading.mapping)
            raise PreviewOutdated
        return self._preview(PeopleFile(**{**vars(begun), "state": "done", "result": result}), reading)

    async def _write(self, reading: Reading, at: datetime) -> dict[str, int]:
        for part in in_parts(reading.plan):
            await self._service.run(import_people, ImportPeople(rows=part, at=at))
        return {"new": len(reading.plan.of("new")), "changed": len(reading.plan.of("changed"))}

    async def _file(self, import_id: str, by: Asker) -> PeopleFile:
        must_manage_people(by.roles)
        file = await self._files.find(import_id)
        if file is None or file.by != by.id:
            raise NotFound
        return file

    async def _read(self, file: PeopleFile) -> Reading:
        people = await self._people.everyone()
        limits = {"max_rows": self._settings.import_max_rows, "max_bytes": self._settings.import_max_bytes}
        # Reading some ten thousand rows takes a second, in which others want their pages.
        return await asyncio.to_thread(read_people, file.raw, file.mapping, people, **limits)

    async def _seen(self, file: PeopleFile, reading: Reading) -> Preview:
        await self._files.seen(file.id, reading.plan.fingerprint, file.mapping)
        return self._preview(file, reading)

    def _preview(self, file: PeopleFile, reading: Reading) -> Preview:
        return Preview(
            import_id=file.id,
            file_name=file.name,
            at=file.at,
            state=file.state,
            headers=reading.headers,
            mapping=reading.mapping,
            plan=reading.plan,
            result=file.result,
        )
