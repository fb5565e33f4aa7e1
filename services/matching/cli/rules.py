"""The rules a programme matches by, as a file: weights of the criteria, hard rules, pairs that must not be."""

import re
import sys
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.matching.cli.problems import Problems, WrongInput
from services.matching.domain import CriterionWeights, HardRules, Question, Terms, Wished
from services.matching.engine.cohort import Pairing

OWN = {"capacity", "year", "forbidden"}
"""Words that only this file knows; all others are those of a programme's terms."""
MATCHING: dict[str, TypeAdapter[Any]] = {
    "weights": TypeAdapter(CriterionWeights),
    "rules": TypeAdapter(HardRules),
    "wished": TypeAdapter(Wished),
    "questions": TypeAdapter(list[Question]),
    "aliases": TypeAdapter(Terms.__annotations__["aliases"]),
    "no_aliases": TypeAdapter(Terms.__annotations__["no_aliases"]),
    "compare_meanings": TypeAdapter(bool),
}
USUAL_YEAR = 2026
COLUMNS = (
    *("person", "role", "capacity", "needs", "strengths", "goals", "level", "department", "location", "zone", "languages", "hours"),
    *("manager", "earlier_partners", "days_waited"),
)
"""Of the file with people; besides these one for each question, by its id."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """`capacity`: places of a mentor who says nothing. `year`: zones are compared in its winter and summer."""

    terms: Terms
    forbidden: frozenset[Pairing] = frozenset()
    capacity: int = 1
    year: int = USUAL_YEAR


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

    def wrong(self, name: str, reason: str, *, below: str = "", number: int = 0) -> None:
        """Name the line in which the word comes first, below the heading of this name and number if there is one."""
        headings = (
            [found.start() for found in re.finditer(rf"^\s*\[+\s*{re.escape(below)}\s*\]", self._text, re.MULTILINE)] if below else []
        )
        start = headings[number] if number < len(headings) else 0
        found = re.compile(rf"^[^#\n]*\b{re.escape(name)}\b", re.MULTILINE).search(self._text, start)
        self.problems.add(self._text[: found.start() if found else start].count("\n") + 1, name, reason)

    def whole(self, name: str, value: Any, least: int, most: int) -> int:
        """A whole number within bounds."""
        if type(value) is not int or not least <= value <= most:
            self.wrong(name, f"{value!r} is not a whole number from {least} to {most}")
            return least
        return value

    def part(self, name: str) -> Any:
        """What the file says of this in a programme's words, or the usual."""
        try:
            return MATCHING[name].validate_python(self.values[name], strict=True)
        except ValidationError as error:
            for fault in error.errors():
                word = next((str(word) for word in reversed(fault["loc"]) if isinstance(word, str)), name)
                reason = f"there is no such word below [{name}]" if fault["type"] == "extra_forbidden" else fault["msg"]
                self.wrong(word, reason, below=name, number=next((number for number in fault["loc"] if isinstance(number, int)), 0))
            return None


def read_rules(path: Path) -> tuple[Rules, Problems]:
    """The rules, and what is wrong with them."""
    file = _File(path)
    for word in file.values:
        if word not in OWN | Terms.model_fields.keys():
            file.wrong(word, f"there is no such word; there are {', '.join(sorted(OWN | MATCHING.keys()))}")
    if others := [word for word in file.values if word in Terms.model_fields and word not in {*MATCHING, "default_capacity", "starts_on"}]:
        print(f"tandem match: {path}: not looked at: {', '.join(others)}", file=sys.stderr)
    given = {name: part for name in MATCHING if name in file.values and (part := file.part(name)) is not None}
    terms = Terms.model_construct(**given)
    if not file.problems.count:
        for problem in terms.problems_of_matching():
            part, *place = str(problem.field).split(".")
            number = int(place[0]) if place and place[0].isdecimal() else 0
            file.wrong(place[-1] if place and not place[-1].isdecimal() else part, str(problem), below=part, number=number)
        for question in terms.questions:
            if question.id in COLUMNS:
                file.wrong(question.id, "people have a column of this name already; give the question another id")
    begins = file.values.get("starts_on")
    return Rules(
        terms=terms,
        forbidden=_forbidden(file),
        capacity=file.whole("capacity", file.values.get("capacity", file.values.get("default_capacity", 1)), 0, 9_999),
        year=file.whole("year", file.values.get("year", begins.year if isinstance(begins, date) else USUAL_YEAR), 1_970, 9_000),
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
