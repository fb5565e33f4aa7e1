"""What a match is made from: the people, and what their programme has decided."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from services.matching.engine.aims import Aims, Choice
from services.matching.engine.terms import HardRules, Question, Weights, Wished

Pairing = tuple[str, str]
"""Person id of the protégé, person id of the mentor."""

Span = tuple[int, int, int]
"""A part of every week in somebody's own zone: day (0 is Monday), from and to in minutes after midnight, at most 1,440."""


@dataclass(frozen=True, kw_only=True)
class Participant:
    """One who takes part, as far as matching needs to know. What was not answered is empty, or None."""

    person_id: str
    needs: tuple[str, ...] = ()
    """Of a protégé, what is to be learnt from the mentor; of a mentor, what is to be learnt from the protégé."""
    strengths: tuple[str, ...] = ()
    goals: tuple[str, ...] = ()
    level: int | None = None
    department: str = ""
    location: str = ""
    zone: str = ""
    languages: tuple[str, ...] = ()
    hours: tuple[Span, ...] = ()
    """When this one can meet, in the own zone."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """To the programme's own questions, by their ids."""
    days_waited: int | None = None
    places: int = 1
    """How many more partners this one can have."""
    partners: int = 0
    """How many this one has already, besides the cohort's running pairs."""
    group: str = ""
    """Of protégés: whom the aims have a floor for. Everybody is in one group or in none."""
    bonus: int = 0
    """Points by which the solver prefers this one to others, for having waited. Never shown as points of a pair."""


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Everything a match depends on: the same cohort gives the same match, byte for byte, in whatever order people come."""

    proteges: tuple[Participant, ...]
    mentors: tuple[Participant, ...]
    weights: Weights = field(default_factory=Weights)
    rules: HardRules = field(default_factory=HardRules)
    wished: Wished = field(default_factory=Wished)
    aims: Aims = field(default_factory=Aims)
    questions: tuple[Question, ...] = ()
    aliases: tuple[tuple[str, ...], ...] = ()
    """Words that mean the same in this programme, besides those everybody knows."""
    no_aliases: tuple[str, ...] = ()
    """Words that in this programme mean nothing but themselves."""
    compare_meanings: bool = True
    """Whether the language model is asked, which knows English."""
    meanings: Mapping[str, str] = field(default_factory=dict)
    """What the language model makes of people's phrases, as `meaning.written`; a phrase that is missing has only its words."""
    reverse: bool = False
    """Whether the junior teaches. Roles say who teaches, so needs and strengths go with them as ever: the senior is the protégé, and the
    mentor is the junior whose strengths meet the needs. Levels count the other way round: how far the protégé is above the mentor."""
    managers: Mapping[str, str] = field(default_factory=dict)
    """The manager of each person, up to the top, for everybody above somebody in the cohort."""
    forbidden: frozenset[Pairing] = frozenset()
    partnered: frozenset[Pairing] = frozenset()
    """Pairs that are partners now."""
    earlier_partners: frozenset[Pairing] = frozenset()
    """Pairs that were partners before."""
    declined: frozenset[Pairing] = frozenset()
    """Pairs of whom one has said no in this programme."""
    fixed: tuple[Pairing, ...] = ()
    """Pairs the match must keep."""
    running: tuple[Pairing, ...] = ()
    """Partners who may be matched anew: their places count as free. The aims say how much keeps them together."""
    choices: tuple[Choice, ...] = ()
    """Whom people have named."""
    year: int = 2026
    """Zones are compared in the middle of this year's winter and summer."""

    def in_order(self) -> "Cohort":
        """The same cohort with everything in the one order that counts. Raises ValueError where a person comes twice."""
        fixed, running = (tuple(sorted(set(pairings))) for pairings in (self.fixed, self.running))
        return replace(self, proteges=_sorted(self.proteges), mentors=_sorted(self.mentors), fixed=fixed, running=running)

    def weighted_by(self, weights: Mapping[str, int]) -> "Cohort":
        """The same cohort with other weights for all criteria, also those of its questions; those not named count for nothing.

        Where none of these is a criterion any more, it stays as it is.
        """
        of_criteria = {name: weights.get(name, 0) for name in vars(self.weights)}
        questions = tuple(replace(question, weight=weights.get(question.criterion, 0)) for question in self.questions)
        if not any(of_criteria.values()) and not any(question.weight for question in questions):
            return self
        return replace(self, weights=Weights(**of_criteria), questions=questions)

    def to_json(self) -> dict[str, Any]:
        """The cohort in what JSON knows. What a person has not answered is left out."""
        terms = {name: vars(getattr(self, name)) for name in _TERMS}
        people = {name: [_answered(one) for one in getattr(self, name)] for name in ("proteges", "mentors")}
        pairings = {name: sorted(getattr(self, name)) for name in _PAIRINGS}
        listed = {name: [vars(one) for one in getattr(self, name)] for name in _LISTED}
        return {**vars(self), **terms, **people, **pairings, **listed, "aims": vars(self.aims)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Cohort":
        """What `to_json` made."""
        read: dict[str, Any] = _read(document)
        read |= {name: frozenset(read[name]) for name in _PAIRINGS}
        read |= {name: tuple(Participant(**_read(row)) for row in document[name]) for name in ("proteges", "mentors")}
        read |= {name: kind(**document[name]) for name, kind in _TERMS.items()}
        read |= {name: tuple(kind(**_read(row)) for row in document[name]) for name, kind in _LISTED.items()}
        return cls(**read | {"aims": Aims.from_json(document["aims"])})


_TERMS: Mapping[str, type] = {"weights": Weights, "rules": HardRules, "wished": Wished}
_LISTED: Mapping[str, type] = {"questions": Question, "choices": Choice}
_PAIRINGS = ("forbidden", "partnered", "earlier_partners", "declined")
_NOTHING_SAID = {one.name: getattr(Participant(person_id=""), one.name) for one in fields(Participant)}


def _sorted(people: tuple[Participant, ...]) -> tuple[Participant, ...]:
    in_order = tuple(sorted(people, key=lambda one: one.person_id))
    if any(one.person_id == other.person_id for one, other in itertools.pairwise(in_order)):
        raise ValueError("A person is in the cohort twice in the same role.")
    return in_order


def _answered(one: Participant) -> dict[str, Any]:
    return {name: value for name, value in vars(one).items() if value != _NOTHING_SAID[name]}


def _read(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _tuples(value) for name, value in row.items()}


def _tuples(value: Any) -> Any:
    """JSON has lists where we have tuples."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
