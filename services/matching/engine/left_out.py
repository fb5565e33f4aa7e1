"""Why somebody has no partner: nobody fits, or those who fit have too few places."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.cohort import Cohort
from services.matching.engine.rules import Mask, allowed

NO_ELIGIBLE_MENTOR = "no_eligible_mentor"
TOO_FEW_PLACES = "too_few_places"


@dataclass(frozen=True, kw_only=True)
class Group:
    """People who can only be paired with these mentors, who have fewer places than they are (a Hall set)."""

    proteges: int
    mentor_ids: tuple[str, ...]
    places: int


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A protégé without a partner. `rules`: how many mentors each hard rule excludes. `group`: where places are short."""

    person_id: str
    reason: str
    rules: dict[str, int] = field(default_factory=dict)
    eligible: int = 0
    group: Group | None = None


def explain(cohort: Cohort, broken: Mapping[str, Mask], places: NDArray[np.int64], chosen: NDArray[np.intp]) -> list[LeftOut]:
    """The reason for each protégé whose `chosen` mentor is -1. `places` are those the match could give out."""
    rows = np.flatnonzero(chosen < 0)
    if not rows.size:
        return []
    eligible = allowed(cohort, broken)
    reach = _reach(eligible, chosen)
    taken_by = np.bincount(chosen[chosen >= 0], minlength=len(cohort.mentors))
    groups: dict[bytes, Group] = {}  # most of those who are left out share one
    reasons = []
    for row in rows:
        group = eligible[row] @ reach
        if group.any() and group.tobytes() not in groups:
            groups[group.tobytes()] = _group(cohort, group, eligible, places, taken_by)
        counts = {rule: int(mask[row].sum()) for rule, mask in broken.items() if mask[row].any()}
        reasons.append(
            LeftOut(
                person_id=cohort.proteges[row].person_id,
                reason=TOO_FEW_PLACES if group.any() else NO_ELIGIBLE_MENTOR,
                rules=counts,
                eligible=int(eligible[row].sum()),
                group=groups.get(group.tobytes()),
            )
        )
    return reasons


def _reach(eligible: Mask, chosen: NDArray[np.intp]) -> Mask:
    """From each mentor, those one gets to by letting the people there move on.

    None of them has a free place if the one who starts is left out: somebody would have moved there.
    """
    mentors = eligible.shape[1]
    reach = np.eye(mentors, dtype=bool)
    for row in np.flatnonzero(chosen >= 0):
        reach[chosen[row]] |= eligible[row]
    for through in range(mentors):  # transitive closure (Warshall), a row at a time
        reach[reach[:, through]] |= reach[through]
    return reach


def _group(cohort: Cohort, group: Mask, eligible: Mask, places: NDArray[np.int64], taken_by: NDArray[np.intp]) -> Group:
    only_there = eligible.any(axis=1) & ~(eligible & ~group[None, :]).any(axis=1)
    return Group(
        proteges=int(only_there.sum()),
        mentor_ids=tuple(cohort.mentors[column].person_id for column in np.flatnonzero(group)),
        places=int(np.maximum(places, taken_by)[group].sum()),
    )
