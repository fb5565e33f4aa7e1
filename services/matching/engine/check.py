"""Checks anybody's match against all pairs there are, from prices alone: knows nothing of how it was found, trusts nothing but the pairs.

A proof gives each mentor a price. A pair counts `scale` times its points and `pair` more. What a protégé gains is the most that a pair of
theirs counts beyond its mentor's price, or nothing. Each pair of any match whatever counts at most gain and price; each gain is paid once,
each price at most once a place: so no match counts more than all gains and all prices times places (linear programming duality).

Where groups have floors, each person whom a floor asks for counts `reward` more. A proof then gives each group a bonus, from nothing to
the reward: gains are counted with it, and the rest of the reward is paid once for each of the floor. Where places cost something, a price
pays only for what it is more than that.
"""

import math
from functools import partial

import numpy as np

from services.matching.engine.evidence import Bound, Evidence, Proof, Verdict, Whole
from services.matching.engine.pairs import Longs, Mask, Numbers, Pairs

SMALL = 2**61


def covers(proof: Proof, pairs: Pairs) -> Mask:
    """The pairs a proof is about."""
    enough = True if proof.least is None else np.asarray(pairs.points >= proof.least, dtype=bool)
    return (pairs.places[pairs.columns] > 0) & enough


def bound(proof: Proof, whole: Whole) -> Bound:
    """What a proof proves. Raises ValueError for prices and bonuses that prove nothing."""
    prices, bonuses, balance = proof.prices.tolist(), proof.bonuses.tolist(), whole.balance
    if min(prices, default=0) < 0 or min(bonuses) < 0 or max(bonuses) > proof.reward or proof.scale < 0:
        raise ValueError("A price or points count less than nothing, or a bonus more than the reward, so it proves nothing.")
    least, highest, step = [], [], 0
    gains: Numbers = np.zeros(len(whole.proteges), dtype=np.int64)
    for part in whole.parts():
        wanted = covers(proof, part)
        rows, columns, counted = part.rows[wanted], part.columns[wanted], part.counted[wanted]
        highest += [int(part.counted.max())] if len(part.rows) else []
        if not len(rows):
            continue
        least.append(int(counted.min()))
        step = step if step == 1 else math.gcd(step, int(np.gcd.reduce(counted)))
        most = max(abs(least[-1]), abs(highest[-1])) * max(proof.scale, 1) + abs(proof.pair) + proof.reward + max(prices, default=0)
        number = object if most >= SMALL else np.int64
        gains = gains.astype(object) if number is object else gains
        gained = proof.bonuses.astype(number)[balance.groups[rows]] + proof.pair
        np.maximum.at(gains, rows, counted.astype(number) * proof.scale + gained - proof.prices.astype(number)[columns])
    paid = sum(map(partial(_paid, proof), prices, whole.places.tolist(), balance.taken.tolist(), [balance.spread] * len(prices)))
    kept: int = sum((proof.reward - bonus) * floor for bonus, floor in zip(bonuses, balance.floors.tolist(), strict=True))
    return Bound(most=sum(gains.tolist()) + paid + kept, least=min(least, default=0), highest=max(highest, default=0), step=step or 1)


def _paid(proof: Proof, price: int, places: int, taken: int, spread: int) -> int:
    if not spread:
        return price * places
    return sum(max(0, price - proof.scale * spread * place) for place in range(taken, taken + places))


def faults(whole: Whole, match: Longs) -> list[str]:
    """Why these pairs cannot all be formed."""
    formed = whole.formed(match)
    times = np.bincount(formed.rows, minlength=len(whole.proteges))
    taken = np.bincount(formed.columns, minlength=len(whole.mentors))
    twice = [f"{whole.proteges[row]} has {times[row]} mentors" for row in np.flatnonzero(times > 1)]
    full = np.flatnonzero(taken > whole.places)
    return twice + [f"{whole.mentors[column]} has {taken[column]} protégés and {whole.places[column]} places" for column in full]


def judge(whole: Whole, match: Longs, evidence: Evidence) -> Verdict:
    """How good a match without faults is, as far as the evidence shows. Raises ValueError for evidence of something else."""
    formed, balance, proof = whole.formed(match), whole.balance, evidence.total
    points_first, worst_first = evidence.mode == "most points", evidence.mode == "worst first"
    first = proof if points_first or evidence.people is None else evidence.people
    if proof.scale < 1 or first.least is not None or (proof.least is not None and not worst_first):
        raise ValueError("The proof is not about the points of all pairs.")
    points = formed.points.tolist()
    matched, smallest, kept = len(points), min(points, default=None), balance.kept_up(formed.rows)
    value = sum(formed.counted.tolist()) - balance.burden(formed.columns)
    proven = bound(proof, whole)
    among = proven if first is proof else bound(first, whole)
    least = first.pair + first.scale * among.least  # each pair of any match counts as much
    cost = formed.most * balance.heaviest(whole.places)  # the places of no match cost more than this
    reach = among.most + first.scale * cost
    most_kept = int(balance.floors.sum())
    if points_first:
        if proof.pair < 0:
            raise ValueError("More people count less, so it says nothing of how many points there can be.")
        most_people, beyond = formed.most, proven.most - proof.reward * kept
        if proof.reward:
            most_kept = min(most_kept, (reach - min(least, 0) * formed.most) // proof.reward)
        step = math.gcd(proven.step, balance.spread)  # every value is so many of these
        upper = beyond // proof.scale // step * step
        optimal = kept == most_kept and value == upper and beyond - proof.scale * value < proof.pair * (matched + 1)
    else:
        if least < 1:
            raise ValueError("A pair counts for nothing, so it does not say how many there can be.")
        most_people = reach // least
        if first.reward:
            most_kept = min(most_kept, (reach - least * matched) // first.reward)
        upper = min((proven.most - proof.pair * matched - proof.reward * kept) // proof.scale, matched * proven.highest)
        optimal = matched == most_people and kept == most_kept and value == upper
    if worst_first and smallest is not None:
        upper = upper if proof.least is None or smallest >= proof.least else matched * proven.highest
        optimal = (
            optimal and (proof.least is None or smallest >= proof.least) and _none_above(smallest, matched, kept, evidence.worst, whole)
        )
    return Verdict(
        matched=matched,
        total_points=sum(points),
        smallest_points=smallest,
        kept=kept,
        value=value,
        matched_upper_bound=most_people,
        kept_upper_bound=most_kept,
        upper_bound=upper,
        optimal=optimal,
    )


def _none_above(smallest: int, matched: int, kept: int, proof: Proof | None, whole: Whole) -> bool:
    """Whether it is proven that no match with as many people, and as many of those whom floors ask for, has more points in each pair."""
    if proof is None or proof.scale or (proof.least is not None and proof.least > smallest + 1):
        return False
    return bound(proof, whole).most < proof.pair * matched + proof.reward * kept
