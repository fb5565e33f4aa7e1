"""What a match is made from: the people, what counts how much, and what must not be."""

import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

Pairing = tuple[str, str]
"""Person id of the protégé, person id of the mentor."""


@dataclass(frozen=True, kw_only=True)
class Participant:
    """One who takes part, as far as matching needs to know. What was not answered is empty, or None."""

    person_id: str
    needs: tuple[str, ...] = ()
    strengths: tuple[str, ...] = ()
    goals: tuple[str, ...] = ()
    level: int | None = None
    location: str = ""
    zone: str = ""
    languages: tuple[str, ...] = ()
    places: int = 1
    """How many more partners this one can have."""
    bonus: int = 0
    """Points by which the solver prefers this one to others, for having waited. Never shown as points of a pair."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """How much each criterion counts, in whole numbers; only their proportion matters."""

    needs: int = 40
    goals: int = 20
    level: int = 15
    location: int = 15
    languages: int = 10


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Everything a match depends on: the same cohort gives the same match, byte for byte, in whatever order people come."""

    proteges: tuple[Participant, ...]
    mentors: tuple[Participant, ...]
    weights: Weights = field(default_factory=Weights)
    never_own_line: bool = True
    shared_language: bool = True
    managers: Mapping[str, str] = field(default_factory=dict)
    """The manager of each person, up to the top, for everybody above somebody in the cohort."""
    forbidden: frozenset[Pairing] = frozenset()
    partnered: frozenset[Pairing] = frozenset()
    """Pairs that are or were partners in this programme."""
    declined: frozenset[Pairing] = frozenset()
    """Pairs of whom one has said no in this programme."""
    fixed: tuple[Pairing, ...] = ()
    """Pairs the match must keep."""
    year: int = 2026
    """Zones are compared in the middle of this year's winter and summer."""

    def in_order(self) -> "Cohort":
        """The same cohort with everything in the one order that counts. Raises ValueError where a person comes twice."""
        return Cohort(
            proteges=_sorted(self.proteges),
            mentors=_sorted(self.mentors),
            weights=self.weights,
            never_own_line=self.never_own_line,
            shared_language=self.shared_language,
            managers=self.managers,
            forbidden=self.forbidden,
            partnered=self.partnered,
            declined=self.declined,
            fixed=tuple(sorted(set(self.fixed))),
            year=self.year,
        )

    def to_json(self) -> dict[str, Any]:
        """The cohort in what JSON knows."""
        return asdict(self) | {name: sorted(getattr(self, name)) for name in ("forbidden", "partnered", "declined")}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Cohort":
        """What `to_json` made."""
        return cls(
            proteges=tuple(_participant(row) for row in document["proteges"]),
            mentors=tuple(_participant(row) for row in document["mentors"]),
            weights=Weights(**document["weights"]),
            never_own_line=document["never_own_line"],
            shared_language=document["shared_language"],
            managers=document["managers"],
            forbidden=frozenset(_pairings(document["forbidden"])),
            partnered=frozenset(_pairings(document["partnered"])),
            declined=frozenset(_pairings(document["declined"])),
            fixed=_pairings(document["fixed"]),
            year=document["year"],
        )


def _sorted(people: tuple[Participant, ...]) -> tuple[Participant, ...]:
    in_order = tuple(sorted(people, key=lambda one: one.person_id))
    if any(one.person_id == other.person_id for one, other in itertools.pairwise(in_order)):
        raise ValueError("A person is in the cohort twice in the same role.")
    return in_order


def _participant(row: Mapping[str, Any]) -> Participant:
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Participant(**fields)


def _pairings(rows: list[list[str]]) -> tuple[Pairing, ...]:
    return tuple((protege_id, mentor_id) for protege_id, mentor_id in rows)
