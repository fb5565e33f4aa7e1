"""What one match does differently from another, person by person."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.matching.engine.cohort import Pairing

Partners = tuple[tuple[str, int], ...]
"""The mentors of one protégé with the points of each pair, in the order of their ids."""


class ChangeKind(StrEnum):
    """What has become of a protégé."""

    GAINED = "gained"
    """Had nobody, has somebody."""
    LOST = "lost"
    """Had somebody, has nobody."""
    MOVED = "moved"
    """Has somebody else, or others besides."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A protégé for whom the two matches are not the same."""

    protege_id: str
    kind: ChangeKind
    before: Partners
    after: Partners


@dataclass(frozen=True, kw_only=True)
class Differences:
    """`changes` by protégé; `mentors` whose number of protégés is another, with the number before and after; `kept` pairs are in both."""

    changes: tuple[Change, ...]
    mentors: Mapping[str, tuple[int, int]]
    kept: int


def differences(before: Mapping[Pairing, int], after: Mapping[Pairing, int]) -> Differences:
    """Compare two matches: the points of each pair they have formed."""
    had, has = _by_protege(before), _by_protege(after)
    changes = [
        Change(protege_id=one, kind=_kind(had[one], has[one]), before=had[one], after=has[one])
        for one in sorted(had.keys() | has.keys())
        if [mentor_id for mentor_id, _ in had[one]] != [mentor_id for mentor_id, _ in has[one]]
    ]
    first, second = (Counter(mentor_id for _, mentor_id in match) for match in (before, after))
    return Differences(
        changes=tuple(changes),
        mentors={one: (first[one], second[one]) for one in sorted(first.keys() | second.keys()) if first[one] != second[one]},
        kept=len(before.keys() & after.keys()),
    )


def _by_protege(match: Mapping[Pairing, int]) -> defaultdict[str, Partners]:
    partners: defaultdict[str, Partners] = defaultdict(tuple)
    for protege_id, mentor_id in sorted(match):
        partners[protege_id] += ((mentor_id, match[protege_id, mentor_id]),)
    return partners


def _kind(before: Partners, after: Partners) -> ChangeKind:
    if not before:
        return ChangeKind.GAINED
    return ChangeKind.MOVED if after else ChangeKind.LOST
