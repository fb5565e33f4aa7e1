"""The hard rules: which pairs must not be, and by which rule. Nothing overrides them.

Who has not said what a rule looks at cannot be seen to keep it: such a pair breaks the rule.
"""

from collections.abc import Iterable, Mapping
from functools import partial

import numpy as np

from services.matching.engine.cohort import Cohort, Pairing
from services.matching.engine.factors import UNKNOWN, Factor, Mask, Values, valued
from services.matching.engine.measures import Measures

NOT_ONESELF = "not_oneself"
NEVER_OWN_LINE = "never_own_line"
SHARED_LANGUAGE = "shared_language"
FORBIDDEN = "forbidden"
ALREADY_PARTNERED = "already_partnered"
DECLINED_BEFORE = "declined_before"
SHARED_HOURS = "shared_hours"
HOURS_APART = "hours_apart"
LEVELS_ABOVE = "levels_above"
DEPARTMENT = "department"

RULES = (
    NOT_ONESELF,
    NEVER_OWN_LINE,
    SHARED_LANGUAGE,
    FORBIDDEN,
    ALREADY_PARTNERED,
    DECLINED_BEFORE,
    SHARED_HOURS,
    HOURS_APART,
    LEVELS_ABOVE,
    DEPARTMENT,
)
"""In the order in which they are named; after them `question.ID` for each question of the programme's own whose answers must fit."""


def rules(cohort: Cohort, measures: Measures) -> dict[str, Factor]:
    """The rules of a cohort in order: for each protégé, 1 for the mentors whom the rule excludes, else 0."""
    hard, lists = cohort.rules, _lists(cohort)
    found = {name: valued(measures.listed(pairings), partial(_not, 0)) for name, pairings in lists.items() if pairings}
    if hard.shared_language:
        found[SHARED_LANGUAGE] = valued(measures.languages, partial(_outside, 1, None))
    if hard.least_shared_hours > 0:
        found[SHARED_HOURS] = valued(measures.shared_minutes, partial(_outside, 60 * hard.least_shared_hours, None))
    if hard.most_hours_apart is not None:
        found[HOURS_APART] = valued(measures.minutes_apart, partial(_outside, 0, 60 * hard.most_hours_apart))
    if hard.least_levels_above is not None or hard.most_levels_above is not None:
        found[LEVELS_ABOVE] = valued(measures.levels_above, partial(_outside, hard.least_levels_above, hard.most_levels_above))
    if hard.department != "any":
        found[DEPARTMENT] = valued(measures.same_department, partial(_not, 1 if hard.department == "same" else 0))
    ordered = {name: found[name] for name in RULES if name in found}
    own = {question.criterion: question for question in cohort.questions if question.hard}
    for name, question in own.items():
        fits = 0 if question.kind == "number" and question.counts == "close" else 1
        ordered[name] = valued(measures.answers(question), partial(_outside, fits, None))
    return ordered


def _outside(least: int | None, most: int | None, numbers: Values) -> Values:
    broken: Mask = numbers < (UNKNOWN + 1 if least is None else least)
    if most is not None:
        broken |= numbers > most
    return broken.astype(np.int32)


def _not(wanted: int, numbers: Values) -> Values:
    return np.not_equal(numbers, wanted).astype(np.int32)


def _lists(cohort: Cohort) -> dict[str, set[Pairing]]:
    """The rules that are lists of pairs."""
    partners = cohort.partnered | cohort.earlier_partners if cohort.rules.never_again else cohort.partnered
    return {
        NOT_ONESELF: {(one.person_id, one.person_id) for one in cohort.proteges},
        NEVER_OWN_LINE: set(_lines(cohort)) if cohort.rules.never_own_line else set(),
        FORBIDDEN: set(cohort.forbidden),
        ALREADY_PARTNERED: set(partners),
        DECLINED_BEFORE: set(cohort.declined) if cohort.rules.never_after_no else set(),
    }


def _lines(cohort: Cohort) -> Iterable[Pairing]:
    """Every pair of whom one is somewhere above the other."""
    for one in cohort.proteges:
        for above in line_above(one.person_id, cohort.managers):
            yield one.person_id, above
    for one in cohort.mentors:
        for above in line_above(one.person_id, cohort.managers):
            yield above, one.person_id


def line_above(person_id: str, managers: Mapping[str, str]) -> list[str]:
    """The person's manager, that one's manager and so on. A circle in the reporting tree ends where it closes."""
    line: list[str] = []
    above = managers.get(person_id)
    while above and above != person_id and above not in line:
        line.append(above)
        above = managers.get(above)
    return line
