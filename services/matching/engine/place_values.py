"""What one place more or fewer with each mentor would change, from the prices: nobody has to match again to know."""

from dataclasses import dataclass, replace

import numpy as np

from services.matching.engine.pairs import Longs
from services.matching.engine.problem import Problem
from services.matching.engine.solver import Searched
from services.matching.engine.worth import Change


@dataclass(frozen=True, kw_only=True)
class PlaceValue:
    """What one more place with this mentor would add, and what one fewer would take away, if there is one."""

    mentor_id: str
    one_more: Change
    one_fewer: Change | None


def place_values(problem: Problem, answer: Searched) -> list[PlaceValue]:
    """Of every mentor, in their order. Nothing where the answer is not proven: prices mean nothing then."""
    if not answer.proven:
        return []
    balance, worth = problem.balance, answer.worth
    cost = balance.spread * worth.scale
    lowest = np.where(problem.places > 0, answer.prices.mentors, _of_first_places(problem, answer))
    more = np.maximum(lowest - cost * (balance.taken + problem.places), 0)
    load = np.bincount(answer.formed.columns, minlength=len(problem.mentors))
    fewer = np.where(load < problem.places, 0, answer.highest.mentors - cost * (balance.taken + problem.places - 1))
    return [
        PlaceValue(
            mentor_id=mentor_id,
            one_more=worth.change(one_more),
            one_fewer=worth.change(one_fewer) if places else None,
        )
        for mentor_id, one_more, one_fewer, places in zip(
            problem.mentors, more.tolist(), fewer.tolist(), problem.places.tolist(), strict=True
        )
    ]


def _of_first_places(problem: Problem, answer: Searched) -> Longs:
    """What those who have no places would be worth at most to somebody, beyond what they gain now."""
    best = np.zeros(len(problem.mentors), dtype=np.int64)
    without = np.flatnonzero(problem.places == 0)
    if not without.size:
        return best
    worth, bonuses = answer.worth, answer.prices.groups[problem.balance.groups]
    for strip in replace(problem, places=np.maximum(problem.places, 1)).strips():
        counted = strip.least(answer.least)[:, without].astype(np.int64)
        beyond = counted * worth.scale + worth.base + (bonuses - answer.gains)[strip.rows, None]
        best[without] = np.maximum(best[without], beyond.max(axis=0, initial=0, where=counted >= 0))
    return best
