"""Checks that a match is the best there is, from its prices alone: knows nothing of how it was found, trusts nothing but the problem."""

import numpy as np

from services.matching.engine.solver import Problem, Solution


class NotProven(Exception):  # noqa: N818 - a statement about a match
    """The prices do not prove that the match is the best."""


def check(problem: Problem, solution: Solution) -> None:
    """Raise NotProven unless no match whatever can pair more people, or as many with more points.

    The prices bound the worth of every match from above: each pair is worth at most the protégé's gain and the mentor's price together,
    each protégé gains once, and each mentor's price is paid at most as often as there are places. So a match worth the whole bound is the
    best there is.
    """
    chosen = solution.chosen
    paired = np.flatnonzero(chosen >= 0)
    taken = np.bincount(chosen[paired], minlength=len(problem.places))
    if chosen.shape != (len(problem.worth),) or (taken[: len(problem.places)] > problem.places).any() or len(taken) > len(problem.places):
        raise NotProven("A mentor has more partners than places.")
    worth = problem.worth[paired, chosen[paired]]
    if (worth <= 0).any():
        raise NotProven("A pair breaks a hard rule.")
    if (solution.prices < 0).any() or (solution.gains < 0).any():
        raise NotProven("A price or a gain is less than nothing.")
    if ((problem.worth > 0) & (problem.worth > solution.gains[:, None] + solution.prices[None, :])).any():
        raise NotProven("A pair is worth more than its prices say.")
    bound = _exact_sum(solution.gains) + sum(
        int(price) * int(places) for price, places in zip(solution.prices, problem.places, strict=True)
    )
    if _exact_sum(worth) != bound:
        raise NotProven("The match is worth less than its prices allow.")


def _exact_sum(values: np.typing.NDArray[np.int64]) -> int:
    """In Python's own numbers, which do not overflow."""
    return sum(int(value) for value in values)
