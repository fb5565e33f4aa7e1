"""The files of `tandem match --scores`: what each pair is worth, how many places mentors have, who wishes for whom."""

import re
import sys
from array import array
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from services.matching.cli.problems import Problems, must_be_none
from services.matching.cli.tables import Table
from services.matching.engine.pairs import Longs, Pairs, numbers

DECIMALS = 6
UNIT = 10**DECIMALS
"""Points are kept as whole numbers of millionths."""
MOST_DIGITS = 1_000

_DECIMAL = re.compile(rf"-?[0-9]+(?:\.[0-9]{{1,{DECIMALS}}})?")
_WHOLE = re.compile(r"[0-9]+")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Whom somebody has listed, in which place, and where that is written."""

    person: str
    rank: int
    other: str
    line: int


@dataclass(kw_only=True)
class Names:
    """The people of one side, in the order in which they come, with the line of their first appearance."""

    places: dict[str, int] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)

    def place(self, name: str, line: int) -> int:
        """Where this one is in the list, put there at the first time."""
        found = self.places.get(name)
        if found is None:
            found = self.places[name] = len(self.lines)
            self.lines.append(line)
        return found


def read_pairs(scores: Path, mentors: Path | None, wishes: Path | None) -> tuple[Pairs, list[Wish] | None]:
    """Everything that was given, or WrongInput with all that is wrong with it."""
    table = Table(scores, ("protege", "mentor", "points"))
    proteges, others = Names(), Names()
    rows, columns, lines, points = array("q"), array("q"), array("q"), list[int]()
    for line, (protege, mentor, text) in table.rows():
        if not protege or not mentor:
            table.problems.add(line, "protege" if not protege else "mentor", "this field is empty")
            continue
        rows.append(proteges.place(protege, line))
        columns.append(others.place(mentor, line))
        lines.append(line)
        points.append(read_points(text, line, table.problems))
    row_list, column_list = np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64)
    protege_names, mentor_names = list(proteges.places), list(others.places)
    for line, place, before in _repeats(row_list, column_list, np.array(lines, dtype=np.int64)):
        pair = f"{protege_names[rows[place]]} with {mentor_names[columns[place]]}"
        table.problems.add(line, "mentor", f"the same pair, {pair}, is in line {before} already")
    _tell_both_sides(table.problems, proteges, others)
    capacities, capacity_problems = _read_capacities(mentors, proteges) if mentors else ({}, [])
    wished, wish_problems = _read_wishes(wishes, proteges, {**others.places, **capacities}) if wishes else (None, [])
    must_be_none(table.problems, *capacity_problems, *wish_problems)
    names = [*others.places, *(name for name in capacities if name not in others.places)]
    pairs = Pairs.make(
        list(proteges.places),
        names,
        rows=row_list,
        columns=column_list,
        points=numbers(points),
        places=[capacities.get(name, 1) for name in names],
    )
    return pairs, wished


def read_points(text: str, line: int, problems: Problems) -> int:
    """A decimal number in millionths; what is none is a problem, and 0."""
    if not _DECIMAL.fullmatch(text) or len(text) > MOST_DIGITS:
        problems.add(line, "points", _why_no_number(text))
        return 0
    whole, _, decimals = text.partition(".")
    return int(whole + decimals.ljust(DECIMALS, "0"))


def _why_no_number(text: str) -> str:
    if not text:
        return "this field is empty"
    if _DECIMAL.fullmatch(text):
        return f"more than {MOST_DIGITS:,} digits"
    reason = f"more than {DECIMALS} decimals" if re.fullmatch(r"-?[0-9]+\.[0-9]+", text) else "not a decimal number such as 12 or -3.5"
    return f"{text[:40]!r} is {reason}" if not reason.startswith("more") else f"{text[:40]!r} has {reason}"


def _repeats(rows: Longs, columns: Longs, lines: Longs) -> list[tuple[int, int, int]]:
    """Each row of a pair that was there before: its line, its place, and the line before."""
    order = np.lexsort((lines, columns, rows))
    same = np.flatnonzero((np.diff(rows[order]) == 0) & (np.diff(columns[order]) == 0))
    return sorted((int(lines[order[at + 1]]), int(order[at + 1]), int(lines[order[at]])) for at in same)


def _tell_both_sides(problems: Problems, proteges: Names, mentors: Names) -> None:
    for name in sorted(proteges.places.keys() & mentors.places.keys()):
        first, other = proteges.lines[proteges.places[name]], mentors.lines[mentors.places[name]]
        column, sides = ("protege", "a mentor") if first > other else ("mentor", "a protégé")
        problems.add(max(first, other), column, f"{name} is {sides} in line {min(first, other)}: nobody is on both sides")


def _read_capacities(file: Path, proteges: Names) -> tuple[dict[str, int], list[Problems]]:
    table = Table(file, ("mentor", "capacity"))
    capacities: dict[str, int] = {}
    lines: dict[str, int] = {}
    for line, (mentor, text) in table.rows():
        if not mentor:
            table.problems.add(line, "mentor", "this field is empty")
        elif mentor in lines:
            table.problems.add(line, "mentor", f"{mentor} is in line {lines[mentor]} already")
        elif mentor in proteges.places:
            table.problems.add(line, "mentor", f"{mentor} is a protégé in the scores: nobody is on both sides")
        if not _WHOLE.fullmatch(text) or len(text) > MOST_DIGITS:
            table.problems.add(line, "capacity", f"{text[:40]!r} is not a whole number, 0 or more" if text else "this field is empty")
        else:
            capacities[mentor] = int(text)
        lines.setdefault(mentor, line)
    return capacities, [table.problems]


def _read_wishes(file: Path, proteges: Names, mentors: dict[str, int]) -> tuple[list[Wish], list[Problems]]:
    table = Table(file, ("person", "rank", "other"))
    wishes: list[Wish] = []
    lines: dict[tuple[str, str], int] = {}
    strangers = 0
    for line, (person, text, other) in table.rows():
        for column, name in (("person", person), ("other", other)):
            if not name:
                table.problems.add(line, column, "this field is empty")
        if not _WHOLE.fullmatch(text) or len(text) > MOST_DIGITS or not int(text):
            table.problems.add(
                line, "rank", f"{text[:40]!r} is not a rank: 1 is best, then 2, 3 and so on" if text else "this field is empty"
            )
            continue
        before = lines.setdefault((person, other), line)
        if before != line:
            table.problems.add(line, "other", f"{person} has named {other or 'nobody'} in line {before} already")
        for side, called in ((proteges.places, "protégés"), (mentors, "mentors")):
            if person in side and other in side:
                table.problems.add(line, "other", f"{person} and {other} are both {called}")
        strangers += not (person in proteges.places or person in mentors) or not (other in proteges.places or other in mentors)
        wishes.append(Wish(person=person, rank=int(text), other=other, line=line))
    if strangers:
        print(f"tandem match: {file}: {strangers} wishes are of or for somebody who is in no pair", file=sys.stderr)
    return wishes, [table.problems]
