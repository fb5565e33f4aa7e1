"""Settings out of TOML, with every mistake by its line."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from services.matching.domain.settings.settings import Settings

LARGEST_FILE = 200_000
MOST_PROBLEMS = 50

Place = tuple[str | int, ...]
"""Where something stands: `("questions", 1, "label")`."""

_HEADING = re.compile(r"\s*(\[\[?)\s*([\w.\-\s\"']+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"\s*([\w\-\"']+(?:\s*\.\s*[\w\-\"']+)*)\s*=")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong, where. `field` as in the API: `questions.1.label`; empty for what is no TOML at all."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Read:
    """What a file says: settings, or what is wrong with it. `lines`: where each thing stands."""

    settings: Settings | None = None
    problems: list[Problem] = field(default_factory=list)
    lines: dict[Place, int] = field(default_factory=dict)

    def wrong(self, name: str, reason: str) -> Problem:
        """A problem with a field, by the line in which it, or what it belongs to, stands."""
        place: Place = tuple(int(part) if part.isdecimal() else part for part in name.split("."))
        while place and place not in self.lines:
            place = place[:-1]
        return Problem(line=self.lines.get(place, 1), field=name, reason=reason)


def read_settings(raw: bytes) -> Read:
    """What the file says."""
    if len(raw) > LARGEST_FILE:
        return _unreadable(1, f"A file of settings has at most {LARGEST_FILE // 1_000} kB.")
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        return _unreadable(raw[: error.start].count(b"\n") + 1, "This is not UTF-8 text.")
    try:
        values = tomllib.loads(text)
        # Through JSON: there `true` is no number, and "3" is none either.
        plain = json.dumps(values, default=str, allow_nan=False)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"\(at line (\d+)", str(error))
        return _unreadable(int(line[1]) if line else text.count("\n") + 1, f"{str(error).split(' (at')[0]}.")
    except (ValueError, RecursionError):
        return _unreadable(1, "A number without end, or lists in lists without end.")
    return _settings_of(plain, dict(_lines(text)))


def _settings_of(plain: str, lines: dict[Place, int]) -> Read:
    known = Read(lines=lines)
    try:
        settings = Settings.model_validate_json(plain, strict=True)
        found = [known.wrong(problem.field or "", str(problem)) for problem in settings.problems()]
    except ValidationError as error:
        found = [known.wrong(".".join(map(str, fault["loc"])), _reason(fault)) for fault in error.errors(include_input=False)]
    if found:
        return Read(problems=sorted(found, key=lambda problem: problem.line)[:MOST_PROBLEMS], lines=lines)
    return Read(settings=settings, lines=lines)


def _reason(fault: Any) -> str:
    match fault["type"]:
        case "extra_forbidden":
            return "There is no such word."
        case "missing":
            return "This must be said."
        case _:
            return f"{fault['msg']}."


def _lines(text: str) -> Iterator[tuple[Place, int]]:
    """Where each word stands. What is written on one line with others, or in a text of several lines, is found by what it belongs to."""
    here: Place = ()
    counts: dict[Place, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if heading := _HEADING.fullmatch(line):
            name = _parts(heading[2])
            here = (*_inside(name[:-1], counts), name[-1])
            if heading[1] == "[[":
                counts[here] = counts.get(here, -1) + 1
                here = (*here, counts[here])
            yield here, number
        elif key := _KEY.match(line):
            yield (*here, *_parts(key[1])), number


def _inside(name: Place, counts: dict[Place, int]) -> Place:
    """The tables a name leads through: of lists of tables, the last one so far."""
    place: Place = ()
    for part in name:
        place = (*place, part)
        if place in counts:
            place = (*place, counts[place])
    return place


def _parts(name: str) -> Place:
    return tuple(part.strip().strip("\"'") for part in name.split("."))


def _unreadable(line: int, reason: str) -> Read:
    return Read(problems=[Problem(line=line, field="", reason=reason)])
