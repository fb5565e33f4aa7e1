"""The rules a programme matches by, as a file: weights of the criteria, hard rules, pairs that must not be."""

import re
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from services.matching.cli.problems import Problems, WrongInput
from services.matching.engine import Weights
from services.matching.engine.cohort import Pairing

LARGEST_WEIGHT = 100
KEYS = {"year", "capacity", "weights", "rules", "forbidden"}
HARD_RULES = {"never_own_line", "shared_language"}


@dataclass(frozen=True, kw_only=True)
class Rules:
    """`capacity`: places of a mentor who says nothing. `year`: zones are compared in its winter and summer."""

    weights: Weights = field(default_factory=Weights)
    never_own_line: bool = True
    shared_language: bool = True
    forbidden: frozenset[Pairing] = frozenset()
    capacity: int = 1
    year: int = 2026


class _File:
    """A rules file with the problems found in it."""

    def __init__(self, file: Path) -> None:
        self.problems = Problems(file=file)
        try:
            self._text = file.read_bytes().decode("utf-8-sig")
            self.values: dict[str, Any] = tomllib.loads(self._text.replace("\r\n", "\n"))
        except OSError as error:
            raise WrongInput(f"{file}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise WrongInput(f"{file}: line 1, column 1: this is not UTF-8 text") from error
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
            line, column = place.groups() if place else (str(self._text.count("\n") + 1), "1")
            raise WrongInput(f"{file}: line {line}, column {column}: {str(error).split(' (at')[0]}") from error

    def wrong(self, name: str, reason: str) -> None:
        """Name the line in which the word comes first."""
        found = re.search(rf"^[^#\n]*\b{re.escape(name)}\b", self._text, re.MULTILINE)
        self.problems.add(self._text[: found.start()].count("\n") + 1 if found else 1, name, reason)

    def whole(self, name: str, value: Any, least: int, most: int) -> int:
        """A whole number within bounds."""
        if type(value) is not int or not least <= value <= most:
            self.wrong(name, f"{value!r} is not a whole number from {least} to {most}")
            return least
        return value

    def table(self, name: str, known: set[str]) -> dict[str, Any]:
        """A part of the file, in which only these words may come."""
        found = self.values.get(name, {})
        if not isinstance(found, dict):
            self.wrong(name, f"this is written as a heading, [{name}], with its values below")
            return {}
        for word in found:
            if word not in known:
                self.wrong(word, f"there is no such word below [{name}]; there are {', '.join(sorted(known))}")
        return {word: value for word, value in found.items() if word in known}


def read_rules(path: Path) -> tuple[Rules, Problems]:
    """The rules, and what is wrong with them."""
    file = _File(path)
    for word in file.values:
        if word not in KEYS:
            file.wrong(word, f"there is no such word; there are {', '.join(sorted(KEYS))}")
    criteria = [one.name for one in fields(Weights)]
    given = {name: file.whole(name, value, 0, LARGEST_WEIGHT) for name, value in file.table("weights", set(criteria)).items()}
    weights = Weights(**given)
    if not any(getattr(weights, name) for name in criteria):
        file.wrong("weights", "at least one criterion must count")
    hard = file.table("rules", HARD_RULES)
    for name, value in hard.items():
        if not isinstance(value, bool):
            file.wrong(name, f"{value!r} is neither true nor false")
    return Rules(
        weights=weights,
        forbidden=_forbidden(file),
        capacity=file.whole("capacity", file.values.get("capacity", 1), 0, 9_999),
        year=file.whole("year", file.values.get("year", Rules.year), 1_970, 9_000),
        **{name: bool(value) for name, value in hard.items()},
    ), file.problems


def _forbidden(file: _File) -> frozenset[Pairing]:
    found = file.values.get("forbidden", [])
    pairs = set()
    for one in found if isinstance(found, list) else [None]:
        match one:
            case {"protege": str(protege), "mentor": str(mentor), **others} if not others:
                pairs.add((protege, mentor))
            case _:
                file.wrong("forbidden", 'a forbidden pair is written as [[forbidden]] with protege = "..." and mentor = "..." below')
    return frozenset(pairs)
