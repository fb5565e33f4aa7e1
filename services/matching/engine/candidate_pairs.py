"""The pairs among which a match was found, with what each is worth in every criterion: enough to ask what would be if."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.balance import Balance
from services.matching.engine.match import Matched
from services.matching.engine.modes import Mode
from services.matching.engine.pairs import Longs, Pairs
from services.matching.engine.prices import Prices
from services.matching.engine.scoring import weighed
from services.matching.engine.worth import Worth


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """`formed`: those of the `pairs` that the match has formed. `kept` ones, by row and column, were not to be decided on."""

    pairs: Pairs
    formed: Longs
    kept: Longs
    """Shape (2, how many)."""
    values: Mapping[str, NDArray[np.int16]]
    """By criterion, 0 to 1,000: of the pairs, and after them of the kept ones."""
    bonuses: tuple[Longs, Longs]
    """By how much each pair of a protégé, and of a mentor, counts more than its points."""
    worth: Worth
    prices: Prices
    """The lowest ones that prove the match."""
    mode: Mode
    seed: int
    weights: Mapping[str, int]

    @classmethod
    def of(cls, found: Matched) -> "Candidates":
        """What was known when a match was found."""
        problem, aims, pairs = found.asked.problem, found.scorer.cohort.aims, found.known
        rows = np.flatnonzero(found.asked.kept >= 0)
        kept = np.array([rows, found.asked.kept[rows]], dtype=np.int64)
        order = np.argsort(np.concatenate((pairs.rows, kept[0])), kind="stable")
        together = np.concatenate(([pairs.rows, pairs.columns], kept), axis=1)
        values = found.scorer.values_at(*together[:, order])
        back = np.argsort(order, kind="stable")
        return cls(
            pairs=pairs,
            formed=np.searchsorted(pairs.keys, found.answer.formed.keys),
            kept=kept,
            values={name: numbers[back] for name, numbers in values.items()},
            bonuses=(problem.protege_bonus, problem.mentor_bonus),
            worth=found.answer.worth,
            prices=found.answer.prices,
            mode=aims.mode,
            seed=aims.seed,
            weights=found.match.weights,
        )

    def weighed_by(self, weights: Mapping[str, int]) -> tuple[Pairs, Longs]:
        """The pairs with their points by other weights, in ten-thousandths, and the points of the kept ones."""
        points = weighed(self.values, weights)
        mine, kept = np.split(points, [len(self.pairs.rows)])
        beside = self.pairs.counted - self.pairs.points
        return replace(self.pairs, points=mine, counted=mine + beside), kept

    def to_bytes(self) -> bytes:
        """All of it, packed."""
        pairs, packed = self.pairs, io.BytesIO()
        np.savez_compressed(
            packed,
            allow_pickle=False,
            **{name: getattr(pairs, name) for name in _PAIRS},
            **{name: getattr(pairs.balance, name) for name in _BALANCE},
            **{f"value {name}": numbers for name, numbers in self.values.items()},
            proteges=np.array(pairs.proteges, dtype=np.str_),
            mentors=np.array(pairs.mentors, dtype=np.str_),
            formed=self.formed,
            kept=self.kept,
            protege_bonus=self.bonuses[0],
            mentor_bonus=self.bonuses[1],
            prices=self.prices.mentors,
            group_prices=self.prices.groups,
            worth=np.array([self.worth.scale, self.worth.base, self.worth.least, self.worth.unit, self.worth.reward], dtype=np.int64),
            spread=np.int64(pairs.balance.spread),
            seed=np.str_(self.seed),
            mode=np.str_(self.mode),
            weighted=np.array(list(self.weights), dtype=np.str_),
            weights=np.array(list(self.weights.values()), dtype=np.int64),
        )
        return packed.getvalue()

    @classmethod
    def from_bytes(cls, packed: bytes) -> "Candidates":
        """What `to_bytes` made."""
        with np.load(io.BytesIO(packed), allow_pickle=False) as file:
            read: dict[str, Any] = dict(file)
        scale, base, least, unit, reward = read["worth"].tolist()
        balance = Balance(spread=int(read["spread"]), **{name: read[name] for name in _BALANCE})
        return cls(
            pairs=Pairs(
                proteges=tuple(read["proteges"].tolist()),
                mentors=tuple(read["mentors"].tolist()),
                balance=balance,
                **{name: read[name] for name in _PAIRS},
            ),
            formed=read["formed"],
            kept=read["kept"],
            values={name.removeprefix("value "): numbers for name, numbers in read.items() if name.startswith("value ")},
            bonuses=(read["protege_bonus"], read["mentor_bonus"]),
            worth=Worth(scale=scale, base=base, least=least, unit=unit, reward=reward),
            prices=Prices(mentors=read["prices"], groups=read["group_prices"]),
            mode=Mode(str(read["mode"])),
            seed=int(str(read["seed"])),
            weights=dict(zip(read["weighted"].tolist(), read["weights"].tolist(), strict=True)),
        )


_PAIRS = ("rows", "columns", "points", "counted", "places")
_BALANCE = ("groups", "floors", "taken")
