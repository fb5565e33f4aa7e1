"""What a cohort asks of the solver: who is to be decided on, and everything that counts besides points."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from services.matching.engine.balance import Balance
from services.matching.engine.blocks import Held
from services.matching.engine.cohort import Cohort, Pairing
from services.matching.engine.pairs import Longs
from services.matching.engine.problem import Extra, Problem
from services.matching.engine.scoring import Scorer


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The problem that is left when some pairs are kept; `kept` has the column of each row, or -1."""

    problem: Problem
    kept: Longs
    released: list[Pairing]
    """Pairs that were to be kept, and that a rule, a leaver or a lack of places no longer allows."""


def asked_of(scorer: Scorer) -> Asked:
    """What the scorer's cohort asks. Bonuses come from those of the two, from whom they have named, and from having been partners."""
    cohort = scorer.cohort
    kept, released = _kept(scorer)
    taken = np.bincount(kept[kept >= 0], minlength=len(scorer.mentors))
    problem = Problem.plain(Held(scorer))
    problem = replace(
        problem,
        places=np.minimum(scorer.places - taken, len(scorer.proteges)),
        settled=kept >= 0,
        protege_bonus=np.array([one.bonus for one in cohort.proteges], dtype=np.int64),
        mentor_bonus=np.array([one.bonus for one in cohort.mentors], dtype=np.int64),
        extra=_extra(scorer),
        balance=_balance(cohort, kept, taken),
    )
    return Asked(problem=problem, kept=kept, released=released)


def contradictions(cohort: Cohort) -> list[str]:
    """Why the fixed pairs cannot all be kept, whatever the rules say: a sentence for each reason, with the ids of the people."""
    fixed = sorted(set(cohort.fixed))
    places = {one.person_id: one.places for one in cohort.mentors}
    mentors = Counter(mentor_id for _, mentor_id in fixed)
    several = Counter(protege_id for protege_id, _ in fixed)
    return [
        *(f"{one} is fixed to {times} mentors, and can have one." for one, times in several.items() if times > 1),
        *(f"{one} with {other} is fixed, and forbidden." for one, other in fixed if (one, other) in cohort.forbidden),
        *(
            f"{one} is fixed to {times} protégés, and has places for {places[one]}."
            for one, times in mentors.items()
            if times > places.get(one, times)
        ),
    ]


def _kept(scorer: Scorer) -> tuple[Longs, list[Pairing]]:
    cohort = scorer.cohort
    rows, columns = ({name: place for place, name in enumerate(names)} for names in (scorer.proteges, scorer.mentors))
    kept = np.full(len(rows), -1, dtype=np.int64)
    released, left = [], scorer.places.copy()
    for protege_id, mentor_id in (*cohort.fixed, *(cohort.running if cohort.aims.stickiness is None else ())):
        row, column = rows.get(protege_id), columns.get(mentor_id)
        if row is not None and kept[row] == column:
            continue
        if row is None or column is None or kept[row] >= 0 or left[column] < 1 or scorer.points(row, row + 1)[0, column] < 0:
            released.append((protege_id, mentor_id))
            continue
        kept[row], left[column] = column, left[column] - 1
    return kept, released


def _extra(scorer: Scorer) -> Extra:
    """First what each side has named, the best rank of each, then what keeps partners together."""
    aims, points = scorer.cohort.aims, Counter[Pairing]()
    ranks: dict[tuple[Pairing, str], int] = {}
    for choice in scorer.cohort.choices:
        named = (choice.protege_id, choice.mentor_id), choice.by
        ranks[named] = min(choice.rank, ranks.get(named, choice.rank))
    for (pairing, _), rank in ranks.items():
        points[pairing] += aims.first_choice // rank
    for pairing in scorer.cohort.running:
        points[pairing] += aims.stickiness or 0
    rows, columns = ({name: place for place, name in enumerate(names)} for names in (scorer.proteges, scorer.mentors))
    return Extra.of({(rows[one], columns[other]): more for (one, other), more in points.items() if one in rows and other in columns})


def _balance(cohort: Cohort, kept: Longs, taken: Longs) -> Balance:
    """Group 0 is everybody for whom there is no floor. Whoever is kept is paired already."""
    names = {group: place for place, group in enumerate(sorted(cohort.aims.floors), start=1)}
    groups = np.array([names.get(one.group, 0) for one in cohort.proteges], dtype=np.int64)
    people, paired = (np.bincount(groups[rows], minlength=len(names) + 1) for rows in (slice(None), kept >= 0))
    shares = np.array([0, *(cohort.aims.floors[group] for group in names)], dtype=np.int64)
    return Balance(
        groups=groups,
        floors=np.maximum(-(-people * shares // 100) - paired, 0),
        spread=cohort.aims.spread,
        taken=taken + np.array([one.partners for one in cohort.mentors], dtype=np.int64),
    )
