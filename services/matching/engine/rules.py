"""The hard rules: which pairs must not be, and by which rule. Nothing overrides them."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.cohort import Cohort, Pairing, Participant

NOT_ONESELF = "not_oneself"
NEVER_OWN_LINE = "never_own_line"
SHARED_LANGUAGE = "shared_language"
FORBIDDEN = "forbidden"
ALREADY_PARTNERED = "already_partnered"
DECLINED_BEFORE = "declined_before"

RULES = (NOT_ONESELF, NEVER_OWN_LINE, SHARED_LANGUAGE, FORBIDDEN, ALREADY_PARTNERED, DECLINED_BEFORE)

Mask = NDArray[np.bool_]


def broken_rules(cohort: Cohort) -> dict[str, Mask]:
    """For each rule, which pairs break it: a row per protégé, a column per mentor."""
    people = (
        {row.person_id: index for index, row in enumerate(cohort.proteges)},
        {column.person_id: index for index, column in enumerate(cohort.mentors)},
    )
    same = ((one.person_id, one.person_id) for one in cohort.proteges)
    masks = {
        NOT_ONESELF: _mask(same, *people),
        FORBIDDEN: _mask(cohort.forbidden, *people),
        ALREADY_PARTNERED: _mask(cohort.partnered, *people),
        DECLINED_BEFORE: _mask(cohort.declined, *people),
    }
    if cohort.never_own_line:
        masks[NEVER_OWN_LINE] = _mask(_lines(cohort), *people)
    if cohort.shared_language:
        masks[SHARED_LANGUAGE] = languages_in_common(cohort.proteges, cohort.mentors) == 0
    return {rule: masks[rule] for rule in RULES if rule in masks}


def allowed(cohort: Cohort, broken: Mapping[str, Mask]) -> Mask:
    """The pairs that break no rule."""
    mask = np.ones((len(cohort.proteges), len(cohort.mentors)), dtype=bool)
    for breach in broken.values():
        mask &= ~breach
    return mask


def _mask(pairings: Iterable[Pairing], rows: Mapping[str, int], columns: Mapping[str, int]) -> Mask:
    mask = np.zeros((len(rows), len(columns)), dtype=bool)
    for protege_id, mentor_id in pairings:
        if protege_id in rows and mentor_id in columns:
            mask[rows[protege_id], columns[mentor_id]] = True
    return mask


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


def languages_in_common(proteges: tuple[Participant, ...], mentors: tuple[Participant, ...]) -> NDArray[np.int32]:
    """How many languages each pair shares. One whose languages are not known shares none: the rule cannot be seen to hold."""
    names = sorted({name for one in (*proteges, *mentors) for name in one.languages})
    index = {name: place for place, name in enumerate(names)}

    def spoken(people: tuple[Participant, ...]) -> NDArray[np.float32]:
        result = np.zeros((len(people), len(names)), dtype=np.float32)
        for row, one in enumerate(people):
            result[row, [index[name] for name in one.languages]] = 1
        return result

    return (spoken(proteges) @ spoken(mentors).T).astype(np.int32)
