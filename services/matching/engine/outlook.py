"""What the hard rules leave, said before a run: a rule that excludes everybody is better known then than afterwards."""

from dataclasses import dataclass

import numpy as np

from services.matching.engine.cohort import Cohort
from services.matching.engine.scoring import Scorer


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """What one rule excludes."""

    pairs: int
    alone: int
    """Of these, the pairs that no other rule excludes: so many there would be more without it."""
    proteges: int
    """To whom it alone leaves nobody, whatever the other rules say."""


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Of the pairs that were looked at, how many may be formed, and what each rule excludes."""

    proteges: int
    pairs: int
    allowed: int
    without_anybody: int
    """Protégés whom all rules together leave nobody."""
    rules: dict[str, Exclusion]

    def excludes_everybody(self) -> list[str]:
        """The rules each of which leaves no pair at all."""
        return [name for name, excluded in self.rules.items() if self.pairs and excluded.pairs == self.pairs]


def outlook(cohort: Cohort) -> Outlook:
    """Count what the rules exclude, mentors without places included."""
    scorer = Scorer(cohort)
    rows, mentors = range(len(scorer.proteges)), len(scorer.mentors)
    names: list[str] = []
    counts = np.zeros((0, 3), dtype=np.int64)
    allowed = without_anybody = 0
    for row in rows:
        broken = scorer.broken(row)
        if not names:
            names, counts = list(broken), np.zeros((len(broken), 3), dtype=np.int64)
        masks = np.array(list(broken.values()), dtype=bool).reshape(len(names), mentors)
        times = masks.sum(axis=0)
        counts[:, 0] += masks.sum(axis=1)
        counts[:, 1] += (masks & (times == 1)).sum(axis=1)
        counts[:, 2] += masks.all(axis=1) & (mentors > 0)
        allowed += int((times == 0).sum())
        without_anybody += not (times == 0).any()
    of_each = zip(names, counts.tolist(), strict=True)
    rules = {name: Exclusion(pairs=pairs, alone=alone, proteges=people) for name, (pairs, alone, people) in of_each}
    return Outlook(proteges=len(rows), pairs=len(rows) * mentors, allowed=allowed, without_anybody=without_anybody, rules=rules)


def shut_out(cohort: Cohort) -> list[str]:
    """The rules that together leave not a single pair, those first that do so alone; none where there is a pair, or nobody to be paired."""
    scorer = Scorer(cohort)
    rows, everybody = range(len(scorer.proteges)), {*scorer.proteges, *scorer.mentors}
    if not scorer.mentors or len(everybody) == 1 or any(not np.logical_or.reduce([*scorer.broken(row).values()]).all() for row in rows):
        return []
    found = outlook(cohort)
    return found.excludes_everybody() or [name for name, excluded in found.rules.items() if excluded.pairs]
