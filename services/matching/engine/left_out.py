"""Why somebody has no partner: nobody fits, those who fit have too few places, or others come before."""

from dataclasses import dataclass, field

import numpy as np

from services.matching.engine.eligible import Chances
from services.matching.engine.pairs import Longs
from services.matching.engine.problem import Problem
from services.matching.engine.scoring import Scorer
from services.matching.engine.shortage import Shortage, Shortages

NO_ELIGIBLE_MENTOR = "no_eligible_mentor"
TOO_FEW_PLACES = "too_few_places"
MORE_POINTS_WITHOUT = "more_points_without"
OTHERS_PREFERRED = "others_preferred"
SEARCH_STOPPED = "search_stopped"


@dataclass(frozen=True, kw_only=True)
class Group:
    """People who can only be paired with these mentors, who have fewer places than they are (a Hall set)."""

    protege_ids: tuple[str, ...]
    mentor_ids: tuple[str, ...]
    places: int


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A protégé without a partner. `rules`: how many mentors each hard rule excludes. `group`: where places are short.

    `eligible`: how many mentors no rule excludes, with places or not. `best_points`: of the best pair with one who has.
    """

    person_id: str
    reason: str
    rules: dict[str, int] = field(default_factory=dict)
    eligible: int = 0
    best_points: int | None = None
    group: Group | None = None


def explain(scorer: Scorer, problem: Problem, chances: Chances, chosen: Longs, otherwise: str) -> list[LeftOut]:
    """The reason for each protégé to be decided on whose `chosen` mentor is -1. Many may share one group, and the very object."""
    rows = np.flatnonzero((chosen < 0) & ~problem.settled)
    shortages = Shortages(chances.eligible, chosen).of(rows)
    distinct = {id(shortage): shortage for shortage in shortages.values() if shortage is not None}
    groups = {key: _group(scorer, shortage) for key, shortage in distinct.items()}
    return [_explained(scorer, chances, row, groups.get(id(shortages[row])), otherwise) for row in rows.tolist()]


def _explained(scorer: Scorer, chances: Chances, row: int, group: Group | None, otherwise: str) -> LeftOut:
    eligible, best = len(chances.eligible.mentors_of(row)), int(chances.best[row])
    if not eligible:
        reason = NO_ELIGIBLE_MENTOR
    elif group is not None:
        reason = TOO_FEW_PLACES
    else:
        reason = otherwise
    return LeftOut(
        person_id=scorer.proteges[row],
        reason=reason,
        rules={rule: int(mask.sum()) for rule, mask in scorer.broken(row).items() if mask.any()},
        eligible=eligible,
        best_points=best if best >= 0 else None,
        group=group,
    )


def _group(scorer: Scorer, shortage: Shortage) -> Group:
    return Group(
        protege_ids=tuple(scorer.proteges[row] for row in shortage.rows),
        mentor_ids=tuple(scorer.mentors[column] for column in shortage.columns),
        places=shortage.places,
    )
