"""A programme's people as those see them who look for a mentor: in memory, as of a moment ago."""

from collections import defaultdict

import numpy as np

from services.matching.domain import Enrolment, EnrolmentState, Person
from services.matching.engine import HIDDEN, Finder, Found, Participant, Wanted
from services.matching.handlers.cohort import Field
from services.matching.handlers.engine_words import participant_of

BESIDE = 20
"""Protégés it was not prepared for that are kept in mind."""


class Pool:
    """Prepared from all a programme holds, and then told what changes.

    Free places and who takes no part any more are right at once; who says something else makes it `stale`: it is to be prepared anew.
    """

    def __init__(self, field: Field) -> None:
        self.stale = False
        self._people, self._enrolments, self._managers = dict(field.people), dict(field.enrolments), field.managers
        self._never_after_no = field.programme.terms.rules.never_after_no
        self._finder = Finder(field.cohort(everybody=True))
        self._beside: dict[str, Finder] = {}
        self._places = np.full(len(self._finder.columns), HIDDEN, dtype=np.int32)
        self._said = {person_id: self._participant(person_id) for person_id in self._enrolments}
        self._barred: dict[str, set[str]] = defaultdict(set)
        for person_id in self._finder.columns:
            self._places[self._finder.columns[person_id]] = self._enrolments[person_id].free_places

    # ------------------------------------------------------------ looking

    def finder_for(self, protege: Participant) -> Finder | None:
        """One that knows the protégé as this one is now; None for who is new, or has said something new."""
        finders = (self._finder, self._beside.get(protege.person_id))
        return next((finder for finder in finders if finder is not None and finder.knows(protege)), None)

    def prepare_for(self, protege: Participant) -> Finder:
        """One that does. Takes a while, once."""
        finder = self._finder.beside(protege)
        self._beside = dict([(protege.person_id, finder), *self._beside.items()][:BESIDE])
        return finder

    def find(self, finder: Finder, protege_id: str, wanted: Wanted, *, most: int, after: int) -> Found:
        """The mentors for a protégé whom the finder knows."""
        return finder.find(protege_id, wanted, self._places, self._barred.get(protege_id, ()), most=most, after=after)

    def has_place(self, mentor_id: str) -> bool:
        """Whether this mentor could take somebody now."""
        return bool(self._places[self._finder.columns[mentor_id]] > 0)

    def mentor(self, person_id: str) -> Participant:
        """What a mentor has said."""
        return self._said[person_id]

    # ------------------------------------------------------------ changes

    def enrolment_changed(self, enrolment: Enrolment) -> None:
        """An enrolment of this programme is like this now."""
        known = self._enrolments.get(enrolment.person_id)
        if known is None or known.id != enrolment.id:
            # Somebody new, or who has enrolled anew; or else an older enrolment, which does not count.
            self.stale |= enrolment.state is EnrolmentState.APPROVED
        elif known.version < enrolment.version:
            self._enrolments[enrolment.person_id] = enrolment
            self._look_at(enrolment.person_id)

    def person_changed(self, person: Person) -> None:
        """Somebody is like this now."""
        self.stale |= person.id in self._managers and self._managers[person.id] != person.manager_id
        if person.id in self._people:
            self._people[person.id] = person
            self._look_at(person.id)

    def declined(self, protege_id: str, mentor_id: str) -> None:
        """One of the two has said no."""
        if self._never_after_no:
            self._barred[protege_id].add(mentor_id)

    def partnered(self, protege_id: str, mentor_id: str) -> None:
        """The two are partners, or were."""
        self._barred[protege_id].add(mentor_id)

    def _look_at(self, person_id: str) -> None:
        if person_id in self._finder.columns:
            enrolment = self._enrolments[person_id]
            there = enrolment.state is EnrolmentState.APPROVED and self._people[person_id].active
            self._places[self._finder.columns[person_id]] = enrolment.free_places if there else HIDDEN
        self.stale |= self._participant(person_id) != self._said[person_id]

    def _participant(self, person_id: str) -> Participant:
        return participant_of(self._enrolments[person_id], self._people[person_id], None)
