"""A row of a file of people: each cell read as what it stands for, or what is wrong with it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.portal.domain.attributes import (
    is_email,
    language_named,
    level_named,
    normal_email,
    truth_named,
    zone_like,
    zone_named,
)
from services.portal.domain.person import HIGHEST_LEVEL, LOWEST_LEVEL


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the file. `values` has a text for each column that the file has."""

    line: int
    values: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class WrongRow:
    """A row that stays out. `code` and `details` say why to a program and in any language, `reason` says it in English."""

    line: int
    column: str
    code: str
    reason: str
    value: str = ""
    details: Mapping[str, str | int] = field(default_factory=dict)


def read_row(row: Row) -> tuple[dict[str, Any], list[WrongRow]]:
    """The row in types, or what is wrong with it by itself. Columns the file lacks are left out, and so are empty cells that may be."""
    values: dict[str, Any] = {}
    problems: list[WrongRow] = []
    for column, reader in _READERS.items():
        text = row.values.get(column)
        if text is None or (not text and column not in _MAY_BE_EMPTIED):
            continue
        try:
            values[column] = reader(text)
        except _Wrong as wrong:
            problems.append(
                WrongRow(line=row.line, column=column, code=wrong.code, reason=wrong.reason, value=text[:_SHOWN], details=wrong.details)
            )
    if values.get("manager_id") == values["employee_id"]:
        reason = "Nobody can be their own manager."
        problems.append(WrongRow(line=row.line, column="manager_id", code="own_manager", reason=reason, value=values["manager_id"]))
    return values, problems


class _Wrong(Exception):  # noqa: N818 - says what is wrong with a cell
    def __init__(self, code: str, reason: str, **details: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.details = details


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _email(text: str) -> str:
    if not is_email(text):
        raise _Wrong("not_an_email", "This is not an e-mail address.")
    return normal_email(text)


def _zone(text: str) -> str:
    zone = zone_named(text)
    if zone is None:
        near = zone_like(text)
        if near is None:
            raise _Wrong("not_a_zone", "This is not a time zone.")
        raise _Wrong("not_a_zone", f"This is not a time zone. Did you mean {near}?", suggestion=near)
    return zone


def _level(text: str) -> int:
    level = level_named(text)
    if level is None or not LOWEST_LEVEL <= level <= HIGHEST_LEVEL:
        raise _Wrong("not_a_level", f"A job level is a whole number from {LOWEST_LEVEL} to {HIGHEST_LEVEL}.")
    return level


def _languages(text: str) -> tuple[str, ...]:
    codes = []
    for word in _SEPARATORS.split(text):
        if word.strip():
            code = language_named(word)
            if code is None:
                unknown = word.strip()[:_SHOWN]
                raise _Wrong("not_a_language", f"{unknown} is not a language. Write codes such as en or de.", language=unknown)
            codes.append(code)
    return tuple(dict.fromkeys(codes))


def _truth(text: str) -> bool:
    truth = truth_named(text)
    if truth is None:
        raise _Wrong("not_yes_or_no", "Write yes or no.")
    return truth


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "employee_id": str,
    "name": _one_line,
    "email": _email,
    "manager_id": str,
    "department": _one_line,
    "location": _one_line,
    "zone": _zone,
    "level": _level,
    "languages": _languages,
    "active": _truth,
}
_MAY_BE_EMPTIED: Final = frozenset({"manager_id", "department", "location"})
_SEPARATORS: Final = re.compile(r"[;,/|\n]")
_SHOWN: Final = 80
