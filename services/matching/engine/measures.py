"""What can be measured of two people, for criteria and rules alike; each is prepared when it is first asked for."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property, partial

import numpy as np

from services.matching.engine.cohort import Cohort, Pairing
from services.matching.engine.factors import (
    FULL,
    UNKNOWN,
    Answered,
    Apart,
    Factor,
    Grouped,
    Listed,
    OfProtege,
    Remembered,
    SharedMinutes,
    grouped,
    in_common,
    same,
    table,
    valued,
)
from services.matching.engine.tags import Met, MetByRow, Tags, alike
from services.matching.engine.terms import Question
from services.matching.engine.words import pieces, vocabulary
from services.matching.engine.zones import NEVER, minutes_apart, week_of


class Measures:
    """Of a cohort in order: a row for each protégé, a column for each mentor; `UNKNOWN` where one of the two has not answered."""

    def __init__(self, cohort: Cohort) -> None:
        self._cohort = cohort
        self._proteges, self._mentors = cohort.proteges, cohort.mentors
        self._vocabulary = vocabulary(cohort.aliases, cohort.no_aliases)
        self._rows = {one.person_id: row for row, one in enumerate(cohort.proteges)}
        self._columns = {one.person_id: column for column, one in enumerate(cohort.mentors)}
        self._tagged: list[Met | MetByRow] = []

    def prepare(self, rows: range) -> None:
        """Look at the words of these protégés together, which is much quicker than one by one."""
        for factor in self._tagged:
            factor.prepare(rows)

    def likeness(self, wish: str, offer: str) -> int:
        """How alike two words are, 0 to 1,000."""
        return alike(self._vocabulary.term(wish), self._vocabulary.term(offer), self._cohort.meanings)

    def same_word(self, one: str, other: str) -> bool:
        """Whether both mean the same."""
        return self._vocabulary.canonical(one) == self._vocabulary.canonical(other)

    @cached_property
    def needs(self) -> Factor:
        """How well the mentor's strengths meet the protégé's needs."""
        return self._met([one.needs for one in self._proteges], [one.strengths for one in self._mentors])

    @cached_property
    def learning(self) -> Factor:
        """How well the protégé's strengths meet what the mentor wants to learn."""
        offers, wishes = [one.strengths for one in self._proteges], [one.needs for one in self._mentors]
        factor = MetByRow(Tags(wishes, self._vocabulary), Tags(offers, self._vocabulary), self._cohort.meanings)
        self._tagged.append(factor)
        return _both(factor, offers, wishes)

    @cached_property
    def goals(self) -> Factor:
        """How well the protégé's goals are met by what the mentor aims for or is strong at."""
        return self._met([one.goals for one in self._proteges], [(*one.goals, *one.strengths) for one in self._mentors])

    @cached_property
    def levels_above(self) -> Grouped:
        """How many levels the mentor is above the protégé, or in reverse below. A level of zero or less is one nobody has filled in."""
        levels, sign = partial(map, lambda one: one.level or 0), -1 if self._cohort.reverse else 1
        return grouped([*levels(self._proteges)], [*levels(self._mentors)], lambda p, m: (m - p) * sign if p > 0 and m > 0 else UNKNOWN)

    @cached_property
    def minutes_apart(self) -> Grouped:
        """Between their clocks."""

        def apart(one: str, other: str) -> int:
            minutes = minutes_apart(one, other, self._cohort.year)
            return minutes if minutes >= 0 else UNKNOWN

        return grouped([one.zone for one in self._proteges], [one.zone for one in self._mentors], apart)

    @cached_property
    def same_place(self) -> Factor:
        """1 in the same place."""
        return _same([one.location for one in self._proteges], [one.location for one in self._mentors])

    @cached_property
    def same_department(self) -> Factor:
        """1 in the same department."""
        return _same([one.department for one in self._proteges], [one.department for one in self._mentors])

    @cached_property
    def languages(self) -> Factor:
        """How many they share."""
        rows, columns = [one.languages for one in self._proteges], [one.languages for one in self._mentors]
        return Remembered(_both(in_common(rows, columns), rows, columns))

    @cached_property
    def shared_minutes(self) -> Factor:
        """Of every week, in which both can meet."""
        rows, columns = ([week_of(one, self._cohort.year) for one in people] for people in (self._proteges, self._mentors))
        different = list(dict.fromkeys(NEVER if week is None else week for week in columns))
        places = {week: place for place, week in enumerate(different)}
        of_columns = np.array([places[NEVER if week is None else week] for week in columns], dtype=np.intp)
        shared = SharedMinutes([NEVER if week is None else week for week in rows], different, of_columns)
        return Remembered(_both(shared, rows, columns))

    @cached_property
    def days_waited(self) -> Factor:
        """By the protégé."""
        days = [UNKNOWN if one.days_waited is None else max(one.days_waited, 0) for one in self._proteges]
        return OfProtege(np.array(days, dtype=np.int32), len(self._mentors))

    def listed(self, pairings: Iterable[Pairing]) -> Listed:
        """1 for these pairs."""
        columns: dict[int, list[int]] = defaultdict(list)
        for protege_id, mentor_id in pairings:
            if protege_id in self._rows and mentor_id in self._columns:
                columns[self._rows[protege_id]].append(self._columns[mentor_id])
        return Listed(columns, len(self._mentors))

    def answers(self, question: Question) -> Factor:
        """How well the answers to a question of the programme's own fit: 1,000 at best, nothing or less if they do not."""
        rows = [one.answers.get(question.protege, "").strip() for one in self._proteges]
        columns = [one.answers.get(question.mentor, "").strip() for one in self._mentors]
        match question.counts, question.kind:
            case "close", "number":
                return _close([*map(_number, rows)], [*map(_number, columns)], question.within or 1)
            case "close", "choice":
                places = [_places(options) for options in (question.protege_options, question.mentor_options)]
                return _close([places[0].get(one) for one in rows], [places[1].get(one) for one in columns], 1)
            case "close", "text":
                return self._met([pieces(one) for one in rows], [pieces(one) for one in columns])
            case _:
                word = self._vocabulary.canonical
                fits = _same([one and word(one) for one in rows], [one and word(one) for one in columns])
                return valued(fits, table((FULL, 0) if question.counts == "other" else (0, FULL)))

    def _met(self, wishes: Sequence[Sequence[str]], offers: Sequence[Sequence[str]]) -> Factor:
        factor = Met(Tags(wishes, self._vocabulary), Tags(offers, self._vocabulary), self._cohort.meanings)
        self._tagged.append(factor)
        return _both(factor, wishes, offers)


def _both(factor: Factor, rows: Sequence[object], columns: Sequence[object]) -> Answered:
    """Known where both have said anything."""
    return Answered(factor, *(np.array([bool(one) for one in said], dtype=bool) for said in (rows, columns)))


def _same(rows: Sequence[str], columns: Sequence[str]) -> Factor:
    rows, columns = ([word.casefold().strip() for word in words] for words in (rows, columns))
    return _both(same(rows, columns), rows, columns)


def _close(rows: Sequence[float | None], columns: Sequence[float | None], most: float) -> Factor:
    told, offered = (np.array([one or 0 for one in numbers], dtype=np.float64) for numbers in (rows, columns))
    known = (np.array([one is not None for one in numbers], dtype=bool) for numbers in (rows, columns))
    return Answered(Apart(told, offered, most), *known)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _places(options: Sequence[str]) -> dict[str, float]:
    """Options in their order, from 0 to 1."""
    return {option: place / max(len(options) - 1, 1) for place, option in enumerate(options)}
