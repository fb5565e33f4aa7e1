"""Settings as TOML: every word with its meaning beside it, always in the same order."""

import json
from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from services.matching.domain.settings.settings import Settings

HEAD = """\
# The settings of a mentoring programme, written by Tandem. Change what you like and import it again, also for another programme.
# What is left out is as usual, except name, starts_on and, of a cohort, ends_on; roles that are left out stay as they are.
"""
COMMENT_AT = 33


def write_settings(settings: Settings) -> str:
    """The file. `read_settings` makes the same settings of it."""
    return HEAD + "\n".join(_table(settings, ())) + "\n"


def toml(value: Any) -> str:
    """One value as TOML writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case Enum():
            return toml(value.value)
        case str():
            # JSON's strings are TOML's, but for one character that TOML wants escaped.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case date():
            return value.isoformat()
        case _:
            return repr(value)


def _table(model: BaseModel, path: tuple[str, ...]) -> Iterator[str]:
    """TOML has the values of a table before its tables, and those before its lists of tables."""
    parts: dict[str, Any] = dict(model)
    for name, value in parts.items():
        if not _is_table(value):
            yield _line(name, value, type(model).model_fields[name])
    for name, value in parts.items():
        if isinstance(value, BaseModel):
            yield from ("", f"[{'.'.join((*path, name))}]")
            yield from _table(value, (*path, name))
    for name, value in parts.items():
        if isinstance(value, list) and _is_table(value):
            for one in value:
                yield from ("", f"[[{'.'.join((*path, name))}]]")
                yield from _table(one, (*path, name))


def _is_table(value: Any) -> bool:
    return isinstance(value, BaseModel) or (isinstance(value, list) and any(isinstance(one, BaseModel) for one in value))


def _line(name: str, value: Any, field: FieldInfo) -> str:
    said = f"# {name} =" if value is None else f"{name} = {toml(value)}"
    return f"{said:{COMMENT_AT}} # {field.description}" if field.description else said
