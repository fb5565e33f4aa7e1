"""What a file would change."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from services.matching.domain.settings.settings import Settings
from services.matching.domain.settings.writing import toml


class Change(BaseModel):
    """A setting that becomes another, in the words of the file. None: it was not there, or is not there any more."""

    field: str
    before: str | None
    after: str | None


def differences(before: Settings, after: Settings) -> list[Change]:
    """All of them, in the order of the file. Roles that are left out change nothing."""
    if after.roles is None:
        before = before.model_copy(update={"roles": None})
    old, new = dict(_leaves(before.model_dump(), "")), dict(_leaves(after.model_dump(), ""))
    return [
        Change(field=field, before=old.get(field), after=new.get(field))
        for field in dict.fromkeys([*new, *old])
        if old.get(field) != new.get(field)
    ]


def _leaves(value: Any, field: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{field}.{name}" if field else name)
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{field}.{place}")
    elif value is not None and value != []:
        yield field, toml(value)
