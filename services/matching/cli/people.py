"""The files of `tandem match --people`: profiles, one in a row, and the rules they are scored by."""

import re
import sys
from array import array
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import numpy as np

from services.matching.cli.problems import Problems, must_be_none
from services.matching.cli.rules import COLUMNS, Rules, read_rules
from services.matching.cli.tables import Table
from services.matching.cli.task import Task, make_task
from services.matching.domain.hours import spans as hours_of
from services.matching.engine import Cohort, Pairing, Participant, Scorer
from services.matching.engine.blocks import spans
from services.matching.engine.minilm import understand
from services.matching.engine.outlook import outlook
from services.matching.engine.pairs import Pairs
from services.matching.handlers.engine_words import terms_of

ROLES = {"protege": "protege", "protégé": "protege", "mentor": "mentor"}


def read_cohort(people: Path, rules: Path | None) -> Task:
    """The pairs that no rule forbids, with their points, or WrongInput with all that is wrong."""
    terms, rule_problems = read_rules(rules or Path())
    columns = tuple(dict.fromkeys((*COLUMNS[2:], *(question.id for question in terms.terms.questions))))
    table = Table(people, COLUMNS[:2], columns)
    sides: dict[str, list[Participant]] = {"protege": [], "mentor": []}
    managers: dict[str, str] = {}
    earlier: set[Pairing] = set()
    lines: dict[str, int] = {}
    for line, (person, role, *cells) in table.rows():
        profile = dict(zip(columns, cells, strict=True))
        if not person:
            table.problems.add(line, "person", "this field is empty")
        elif person in lines:
            table.problems.add(line, "person", f"{person} is in line {lines[person]} already; a person has one row and one role")
        if role.casefold() not in ROLES:
            table.problems.add(line, "role", f"{role[:40]!r} is not a role: protege or mentor")
        lines.setdefault(person, line)
        side = ROLES.get(role.casefold(), "mentor")
        sides[side].append(_participant(person, profile, line, table.problems, terms))
        earlier |= {(person, other) if side == "protege" else (other, person) for other in _list(profile["earlier_partners"])}
        if profile["manager"]:
            managers[person] = profile["manager"]
    must_be_none(table.problems, rule_problems)
    proteges, mentors = ({one.person_id for one in sides[side]} for side in ("protege", "mentor"))
    for protege, mentor in sorted(terms.forbidden):
        if protege not in proteges or mentor not in mentors:
            print(f"tandem match: {rules}: forbidden: there is no protégé {protege} with a mentor {mentor} here", file=sys.stderr)
    cohort = Cohort(
        proteges=tuple(sides["protege"]),
        mentors=tuple(sides["mentor"]),
        **terms_of(terms.terms),
        managers=managers,
        forbidden=terms.forbidden,
        earlier_partners=frozenset(earlier),
        year=terms.year,
    ).in_order()
    cohort = replace(cohort, meanings=dict(understand(cohort)))
    pairs = _scored(cohort)
    if not len(pairs.rows):
        _say_why_nobody(cohort)
    return make_task(pairs, None, unit_is_millionth=False, cohort=cohort)


def _participant(person: str, profile: dict[str, str], line: int, problems: Problems, terms: Rules) -> Participant:
    """One person. A field that was not filled in is one nobody has answered."""
    given: dict[str, Any] = {name: _list(profile[name]) for name in ("needs", "strengths", "goals", "languages")}
    numbers: dict[str, int | None] = {}
    for name, usual in (("capacity", terms.capacity), ("level", None), ("days_waited", None)):
        text = profile[name]
        if text and not re.fullmatch(r"[0-9]{1,4}", text):
            problems.add(line, name, f"{text[:40]!r} is not a whole number from 0 to 9999")
        numbers[name] = int(text) if re.fullmatch(r"[0-9]{1,4}", text) else usual
    if profile["zone"] and profile["zone"] not in _zones():
        problems.add(line, "zone", f"{profile['zone'][:40]!r} is no time zone; write it as in Europe/Lisbon")
    try:
        hours = hours_of(_list(profile["hours"]))
    except ValueError as error:
        problems.add(line, "hours", str(error))
        hours = ()
    if hours and not profile["zone"]:
        problems.add(line, "hours", "hours are of no use without a time zone, in the column zone")
    for question in terms.terms.questions:
        if profile[question.id] and not question.accepts(profile[question.id]):
            problems.add(line, question.id, f"{profile[question.id][:40]!r} is not an answer to the question")
    return Participant(
        person_id=person,
        places=numbers["capacity"] or 0,
        level=numbers["level"],
        days_waited=numbers["days_waited"],
        department=profile["department"],
        location=profile["location"],
        zone=profile["zone"],
        hours=hours,
        answers={question.id: profile[question.id] for question in terms.terms.questions if profile[question.id]},
        **given,
    )


def _say_why_nobody(cohort: Cohort) -> None:
    """A rule that excludes everybody is said before the match, which will be empty."""
    found = outlook(cohort)
    for rule in found.excludes_everybody():
        print(f"tandem match: the rule {rule} excludes all {found.pairs} pairs", file=sys.stderr)
    if found.pairs and not found.excludes_everybody():
        counts = ", ".join(f"{rule} {excluded.pairs}" for rule, excluded in found.rules.items() if excluded.pairs)
        print(f"tandem match: the rules together exclude all {found.pairs} pairs: {counts}", file=sys.stderr)


@cache
def _zones() -> set[str]:
    return available_timezones()


def _list(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in cell.split(";") if part.strip()))


def _scored(cohort: Cohort) -> Pairs:
    rows, columns, points = array("q"), array("q"), array("q")
    scorer = Scorer(cohort)
    for start, stop in spans(len(scorer.proteges)):
        block = scorer.points(start, stop)
        found = np.nonzero(block >= 0)
        rows.extend((found[0] + start).tolist())
        columns.extend(found[1].tolist())
        points.extend(block[found].tolist())
    return Pairs.make(
        scorer.proteges,
        scorer.mentors,
        rows=np.array(rows, dtype=np.int64),
        columns=np.array(columns, dtype=np.int64),
        points=np.array(points, dtype=np.int64),
        places=scorer.places.tolist(),
    )
