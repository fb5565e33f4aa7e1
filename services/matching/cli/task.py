"""What is to be matched, wherever it came from: the pairs both would accept, and what is known of all others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.matching.cli.scores import UNIT, Wish
from services.matching.engine.cohort import Cohort
from services.matching.engine.pairs import Longs, Pairs
from services.matching.engine.stable import Preferences


@dataclass(frozen=True, kw_only=True)
class Task:
    """`listed`: all pairs there are; `pairs`: those that both accept, with how much each side likes them."""

    listed: Pairs
    preferences: Preferences
    unit: int
    """Points come in parts of one: so many make a whole point."""
    wished: bool = False
    cohort: Cohort | None = None

    @property
    def pairs(self) -> Pairs:
        """The pairs that may be formed."""
        return self.preferences.pairs


def make_task(listed: Pairs, wishes: Sequence[Wish] | None, *, unit_is_millionth: bool, cohort: Cohort | None = None) -> Task:
    """With wishes, both must have named each other; without, both like best what has most points."""
    unit = UNIT if unit_is_millionth else 1
    if wishes is None:
        return Task(listed=listed, preferences=Preferences.by_points(listed), unit=unit, cohort=cohort)
    ranks = {(wish.person, wish.other): wish.rank for wish in wishes}
    names = [
        (listed.proteges[row], listed.mentors[column]) for row, column in zip(listed.rows.tolist(), listed.columns.tolist(), strict=True)
    ]
    wanted = np.array([(one, other) in ranks and (other, one) in ranks for one, other in names], dtype=bool)
    both = [pair for pair, accepted in zip(names, wanted.tolist(), strict=True) if accepted]
    preferences = Preferences(
        pairs=listed.only(wanted),
        by_protege=_dense([ranks[one, other] for one, other in both]),
        by_mentor=_dense([ranks[other, one] for one, other in both]),
    )
    return Task(listed=listed, preferences=preferences, unit=unit, wished=True, cohort=cohort)


def _dense(ranks: list[int]) -> Longs:
    """The same order in small numbers, however large the ranks are that somebody has given."""
    steps = {rank: place for place, rank in enumerate(sorted(set(ranks)))}
    return np.array([steps[rank] for rank in ranks], dtype=np.int64)
