"""The soft criteria: how well each protégé and mentor fit in each of them, from 0 to 1,000."""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np

from services.matching.engine.cohort import Cohort
from services.matching.engine.factors import FULL, UNKNOWN, Factor, Greater, Table, Values, table, valued
from services.matching.engine.measures import Measures
from services.matching.engine.terms import Question
from services.matching.engine.zones import WORKING_MINUTES

CRITERIA = ("needs", "learning", "goals", "level", "department", "location", "languages", "hours", "earlier_partners", "waiting")
"""Besides these, `question.ID` for each question of the programme's own that counts."""

BY_LEVELS_FROM_WISHED = (150, 400, 750, 1_000, 900, 800, 600, 400)
"""Value by how far the mentor's level is from the wished one, beginning with three below; beyond the ends as the last."""
SAME_LANGUAGES = (0, 800, 1_000)
"""Value by the number of shared languages; more than listed as the last."""
ELSEWHERE = 900
"""Value of a whole working day in common with somebody at another place."""


def unanswered(criterion: str) -> int:
    """The value where one of the two has not answered: about what an ordinary pair gets.

    So nobody sinks for a thin profile, and nobody gains by leaving out what would not fit. It is shown as a state of its own.
    """
    return 300 if criterion in {"needs", "learning", "goals"} else 500


def factors(cohort: Cohort, measures: Measures, names: Iterable[str]) -> dict[str, Factor]:
    """The criteria of these names, each a number from 0 to 1,000 or `UNKNOWN`."""
    wished = cohort.wished
    makers: dict[str, Callable[[], Factor]] = {
        "needs": lambda: measures.needs,
        "learning": lambda: measures.learning,
        "goals": lambda: measures.goals,
        "level": lambda: valued(measures.levels_above, partial(_by_level, wished.levels_above)),
        "department": lambda: valued(measures.same_department, _one_or_other(first=wished.department == "other")),
        "location": lambda: _location(measures),
        "languages": lambda: valued(measures.languages, table(SAME_LANGUAGES)),
        "hours": lambda: valued(measures.shared_minutes, table(_parts(60 * wished.shared_hours, FULL))),
        "earlier_partners": lambda: valued(
            measures.listed(cohort.earlier_partners), _one_or_other(first=wished.earlier_partners == "avoid")
        ),
        "waiting": lambda: valued(measures.days_waited, table(_parts(wished.days_waited, FULL))),
        **{question.criterion: partial(_answers, measures, question) for question in cohort.questions},
    }
    return {name: makers[name]() for name in names}


def _one_or_other(*, first: bool) -> Table:
    return table((FULL, 0) if first else (0, FULL))


def _location(measures: Measures) -> Factor:
    """The same place, or else the part of the working day both are at work."""
    elsewhere = valued(measures.minutes_apart, table(_parts(WORKING_MINUTES, ELSEWHERE)[::-1]))
    return Greater(elsewhere, valued(measures.same_place, table((UNKNOWN, FULL))))


def _answers(measures: Measures, question: Question) -> Factor:
    """Numbers further apart than counts are worth nothing, not less."""
    return valued(measures.answers(question), lambda numbers: np.where(numbers == UNKNOWN, UNKNOWN, np.maximum(numbers, 0)))


def _by_level(wished: int, above: Values) -> Values:
    first = wished - BY_LEVELS_FROM_WISHED.index(FULL)
    places = np.clip(above - first, 0, len(BY_LEVELS_FROM_WISHED) - 1)
    return np.where(above == UNKNOWN, UNKNOWN, np.array(BY_LEVELS_FROM_WISHED, dtype=np.int32)[places])


def _parts(whole: int, most: int) -> list[int]:
    """What each number from 0 to the whole is worth, in proportion: `most` for the whole."""
    return [most * part // whole for part in range(whole + 1)]
