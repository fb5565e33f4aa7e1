"""The rules a programme matches by, as a file: weights of the criteria, hard rules, pairs that must not be."""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.matching.cli.problems import Problems, WrongInput
from services.matching.engine import HardRules, Weights, Wished
from services.matching.engine.cohort import Pairing

LARGEST_WEIGHT = 100
KEYS = {"year", "capacity", "weights", "rules", "wished", "forbidden"}


@dataclass(frozen=True, kw_only=True)
class Rules:
    """`capacity`: places of a mentor who says nothing. `year`: zones are compared in its winter and summer."""

    weights: Weights = field(default_factory=Weights)
    rules: HardRules = field(default_factory=HardRules)
    wished: Wished = field(default_factory=Wished)
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
        except (ValueError, RecursionError) as error:
            raise WrongInput(f"{file}: line 1, column 1: a number with thousands of digits, or lists in lists without end") from error

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

    def yes_or_no(self, name: str, value: Any) -> bool:
        """True or false."""
        if not isinstance(value, bool):
            self.wrong(name, f"{value!r} is neither true nor false")
        return bool(value)

    def one_of(self, name: str, value: Any, words: Sequence[str]) -> Any:
        """One of these words."""
        if value not in words:
            self.wrong(name, f"{value!r} is none of {', '.join(words)}")
            return words[0]
        return value

    def table(self, name: str, known: Collection[str]) -> dict[str, Any]:
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
    weights = Weights(**_weights(file))
    if not any(vars(weights).values()):
        file.wrong("weights", "at least one criterion must count")
    return Rules(
        weights=weights,
        rules=HardRules(**_read(file, "rules", HARD_RULES)),
        wished=Wished(**_read(file, "wished", WISHED)),
        forbidden=_forbidden(file),
        capacity=file.whole("capacity", file.values.get("capacity", 1), 0, 9_999),
        year=file.whole("year", file.values.get("year", Rules.year), 1_970, 9_000),
    ), file.problems


Reader = Callable[[_File, str, Any], Any]


def _whole(least: int, most: int) -> Reader:
    return lambda file, name, value: file.whole(name, value, least, most)


def _one_of(*words: str) -> Reader:
    return lambda file, name, value: file.one_of(name, value, words)


HARD_RULES: Mapping[str, Reader] = {
    **dict.fromkeys(("never_own_line", "shared_language", "never_again", "never_after_no"), _File.yes_or_no),
    "least_shared_hours": _whole(0, 168),
    "most_hours_apart": _whole(0, 12),
    "least_levels_above": _whole(-99, 99),
    "most_levels_above": _whole(-99, 99),
    "department": _one_of("any", "same", "other"),
}
WISHED: Mapping[str, Reader] = {
    "levels_above": _whole(-99, 99),
    "department": _one_of("same", "other"),
    "earlier_partners": _one_of("prefer", "avoid"),
    "shared_hours": _whole(1, 168),
    "days_waited": _whole(1, 9_999),
}


def _read(file: _File, heading: str, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """What the file says below a heading."""
    return {name: readers[name](file, name, value) for name, value in file.table(heading, readers).items()}


def _weights(file: _File) -> dict[str, int]:
    return _read(file, "weights", dict.fromkeys(vars(Weights()), _whole(0, LARGEST_WEIGHT)))


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
