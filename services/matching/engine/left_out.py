"""Why somebody has no partner: nobody fits, or those who fit have too few places."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.factors import Mask
from services.matching.engine.scoring import Scorer

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


def explain(scorer: Scorer, eligible: Mask, chosen: NDArray[np.intp]) -> list[LeftOut]:
    """The reason for each protégé whose `chosen` mentor is -1. `eligible`: the pairs that no rule forbids."""
    rows = np.flatnonzero(chosen < 0)
    if not rows.size:
        return []
    reach = _reach(eligible, chosen)
    taken_by = np.bincount(chosen[chosen >= 0], minlength=len(scorer.mentors))
    groups: dict[bytes, Group] = {}  # most of those who are left out share one
    reasons = []
    for row in rows:
        group = eligible[row] @ reach
        if group.any() and group.tobytes() not in groups:
            groups[group.tobytes()] = _group(scorer, group, eligible, taken_by)
        counts = {rule: int(mask.sum()) for rule, mask in scorer.broken(int(row)).items() if mask.any()}
        reasons.append(
            LeftOut(
                person_id=scorer.proteges[row],
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


def _group(scorer: Scorer, group: Mask, eligible: Mask, taken_by: NDArray[np.intp]) -> Group:
    only_there = eligible.any(axis=1) & ~(eligible & ~group[None, :]).any(axis=1)
    return Group(
        proteges=int(only_there.sum()),
        mentor_ids=tuple(scorer.mentors[column] for column in np.flatnonzero(group)),
        places=int(np.maximum(scorer.places, taken_by)[group].sum()),
    )
