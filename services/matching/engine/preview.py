"""What a run by other weights would find, in solving time: what each pair is worth in every criterion is known already."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from services.matching.engine.candidate_pairs import Candidates
from services.matching.engine.cohort import Pairing
from services.matching.engine.differences import Differences, differences
from services.matching.engine.modes import Listed, find
from services.matching.engine.pairs import Longs, Mask, Pairs
from services.matching.engine.terms import PARTS, apportioned


@dataclass(frozen=True, kw_only=True)
class ByHand:
    """What was decided on a match since it was found. `formed` pairs have their points; those of `apart` have nobody any more."""

    formed: Mapping[Pairing, int] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()
    locked: frozenset[Pairing] = frozenset()
    forbidden: frozenset[Pairing] = frozenset()

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "ByHand":
        """`formed` as protégé, mentor and points, `locked` and `forbidden` as protégé and mentor."""
        return cls(
            formed={(protege_id, mentor_id): points for protege_id, mentor_id, points in document["formed"]},
            apart=frozenset(document["apart"]),
            **{name: frozenset(map(tuple, document[name])) for name in ("locked", "forbidden")},
        )


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The match by other weights among the candidates, and how the one there is looks by these weights. Not proven for all pairs.

    A pair formed by hand that is none of the candidates keeps the points it had.
    """

    weights: dict[str, int]
    match: dict[Pairing, int]
    now: dict[Pairing, int]

    @classmethod
    def of(cls, found: Candidates, weights: Mapping[str, int], by_hand: ByHand) -> "Preview":
        """By weights of which only the proportion matters. Raises ValueError for a criterion there is not, or if none counts."""
        if unknown := weights.keys() - found.values.keys():
            raise ValueError(f"There is no criterion {min(unknown)}.")
        if not any(weights.values()) or min(weights.values()) < 0:
            raise ValueError("At least one criterion must count, and none less than nothing.")
        shares = apportioned(PARTS, {name: weight for name, weight in weights.items() if weight})
        pairs, kept = found.weighed_by(shares)
        stays = dict(zip(named(pairs, *found.kept), kept.tolist(), strict=True))
        now = {pairing: points for pairing, points in (_formed(pairs, found.formed) | stays).items() if pairing[0] not in by_hand.apart}
        moved = {protege_id for protege_id, _ in by_hand.formed}
        beside = {pairing: _points(pairs, stays, pairing, points) for pairing, points in by_hand.formed.items()}
        now = {pairing: points for pairing, points in now.items() if pairing[0] not in moved} | beside
        locked = {pairing: points for pairing, points in now.items() if pairing in by_hand.locked}
        free = _without(pairs, locked.keys() - stays.keys(), by_hand.forbidden)
        return cls(weights=shares, match=_formed(free, matched_anew(found, free)) | stays | locked, now=now)

    @property
    def changes(self) -> Differences:
        """What would be different."""
        return differences(self.now, self.match)

    def to_json(self) -> dict[str, Any]:
        """The figures of both, and the changes, in what JSON knows."""
        changes = self.changes
        return {
            "weights": self.weights,
            "now": _figures(self.now),
            "then": _figures(self.match),
            "changes": [vars(change) for change in changes.changes],
            "mentors": changes.mentors,
            "kept": changes.kept,
        }


def matched_anew(found: Candidates, pairs: Pairs) -> Longs:
    """The best match of these pairs, in the mode of the one that was found; by their places in the list."""
    answer, _ = find(Listed(pairs=pairs, seed=found.seed), found.mode)
    return np.searchsorted(pairs.keys, answer.formed.keys)


def named(pairs: Pairs, rows: Longs, columns: Longs) -> list[Pairing]:
    """Who these are."""
    return [(pairs.proteges[row], pairs.mentors[column]) for row, column in zip(rows.tolist(), columns.tolist(), strict=True)]


def _formed(pairs: Pairs, match: Longs) -> dict[Pairing, int]:
    return dict(zip(named(pairs, pairs.rows[match], pairs.columns[match]), pairs.points[match].tolist(), strict=True))


def _points(pairs: Pairs, stays: Mapping[Pairing, int], pairing: Pairing, otherwise: int) -> int:
    places = np.flatnonzero(_these(pairs, [pairing]))
    return int(pairs.points[places[0]]) if len(places) else stays.get(pairing, otherwise)


def _without(pairs: Pairs, settled: Collection[Pairing], forbidden: Collection[Pairing]) -> Pairs:
    """What is left to decide where some pairs are settled beforehand, and some must not be."""
    rows, columns = _known(pairs.proteges, (one for one, _ in settled)), _known(pairs.mentors, (other for _, other in settled))
    balance = replace(
        pairs.balance,
        floors=np.maximum(pairs.balance.floors - pairs.balance.covered(rows), 0),
        taken=pairs.balance.taken + np.bincount(columns, minlength=len(pairs.mentors)),
    )
    left = pairs.only(~_these(pairs, forbidden) & ~np.isin(pairs.rows, rows))
    return replace(left, places=np.maximum(pairs.places - np.bincount(columns, minlength=len(pairs.mentors)), 0), balance=balance)


def _these(pairs: Pairs, pairings: Collection[Pairing]) -> Mask:
    there = [pairing for pairing in pairings if pairing[0] in pairs.proteges and pairing[1] in pairs.mentors]
    rows, columns = _known(pairs.proteges, (one for one, _ in there)), _known(pairs.mentors, (other for _, other in there))
    return np.isin(pairs.keys, rows * len(pairs.mentors) + columns)


def _known(names: tuple[str, ...], wanted: Iterable[str]) -> Longs:
    """Where those are who were there when the match was found; names are sorted."""
    places = {name: place for place, name in enumerate(names)}
    return np.array([places[name] for name in wanted if name in places], dtype=np.int64)


def _figures(match: Mapping[Pairing, int]) -> dict[str, int | None]:
    return {"paired": len(match), "total_points": sum(match.values()), "smallest_points": min(match.values(), default=None)}
