"""Who can be matched now, in the words of the engine."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import chain

from services.matching.domain import Enrolment, EnrolmentState, MatchRun, PartnershipForm, Person, Programme, Role, RunOptions, queue
from services.matching.domain.run import Pairing
from services.matching.engine import Choice, Cohort, Participant, ScoredPair, all_allowed, candidates, score_pairs, score_peers
from services.matching.engine.meaning import possible_phrases
from services.matching.handlers.engine_words import aims_of, participant_of, terms_of
from services.matching.handlers.stores import Enrolments, Meanings, Partnerships, People, Proposals, Requests, Runs
from shared.errors import NotFound

FIRST_IN_QUEUE = 10_000
"""Points by which the solver prefers whoever has waited the longest: as much as a perfect pair has. Never shown as points of a pair."""
NEXT_IN_QUEUE = 100
"""How many fewer the next one in the queue has."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """What a match of a programme is made from, as it stands now."""

    programme: Programme
    enrolments: dict[str, Enrolment]
    """Of everybody who takes part, by person."""
    people: dict[str, Person]
    places: dict[str, int]
    """How many partners each can still be proposed to."""
    managers: dict[str, str]
    partnered: Mapping[Pairing, bool]
    """Who is or was partners, and whether they still are."""
    declined: frozenset[Pairing]
    published_at: datetime | None = None
    """When a match was last published: who has said since then to sit out is in no cohort of a run."""
    meanings: Mapping[str, str] = field(default_factory=dict)
    """Of people's phrases, as far as a run has looked them up."""
    wishes: Mapping[str, list[str]] = field(default_factory=dict)
    """The mentors that protégés ask for themselves, the one they would like most first."""

    def cohort(self, run: MatchRun | None = None, *, everybody: bool = False) -> Cohort:
        """The protégés who are free and all mentors, for full ones explain a lot; without who sits out.

        With `everybody` all there are, for a look at single pairs. What a run has found is looked at with the weights it was found by.
        """
        options = run.options if run and not everybody else RunOptions()
        running = self._running(options)
        moving = Counter(chain.from_iterable(running))
        waiting = {one.person_id: place for place, one in enumerate(queue([one for one in self.enrolments.values() if one.put_back_at]))}
        people = {
            role: tuple(
                self._participant(one, waiting.get(one.person_id), run, moving[one.person_id])
                for one in self.enrolments.values()
                if one.role is role and (everybody or self._is_in(one, options, moving[one.person_id]))
            )
            for role in Role
        }
        found = Cohort(
            proteges=people[Role.PROTEGE] or people[Role.PEER],
            mentors=people[Role.MENTOR] or people[Role.PEER],
            **terms_of(self.programme.terms),
            aims=aims_of(options),
            meanings=self.meanings,
            managers=self.managers,
            forbidden=self._either_way(run.forbidden if run else ()),
            partnered=self._either_way(self._together() - (set(running) if self.among_peers else set())),
            earlier_partners=self._either_way(pairing for pairing, partners in self.partnered.items() if not partners),
            declined=self._either_way(self.declined),
            fixed=tuple(run.locked) if run else (),
            running=tuple(sorted(self._either_way(running))),
            choices=tuple(
                Choice(protege_id=protege_id, mentor_id=mentor_id, by="protege", rank=rank)
                for protege_id, mentor_ids in (self.wishes.items() if options.first_choice else ())
                for rank, mentor_id in enumerate(mentor_ids, 1)
            ),
            year=self.programme.terms.starts_on.year,
        )
        weights = (run.weights or run.options.weights) if run else None
        return found.weighted_by(weights) if weights else found

    def _together(self) -> set[Pairing]:
        """Who are partners now."""
        return {pairing for pairing, partners in self.partnered.items() if partners}

    def _running(self, options: RunOptions) -> list[Pairing]:
        """The partners who may be matched anew, if a run is to suggest that."""
        together = [pairing for pairing in self._together() if set(pairing) <= self.enrolments.keys()]
        return [
            (protege_id, mentor_id)
            for protege_id, mentor_id in (together if options.suggests else ())
            if options.proteges.has(self.people[protege_id]) and options.mentors.has(self.people[mentor_id])
        ]

    def _is_in(self, one: Enrolment, options: RunOptions, moving: int) -> bool:
        sides = {Role.PROTEGE: (options.proteges,), Role.MENTOR: (options.mentors,), Role.PEER: (options.proteges, options.mentors)}
        free = one.role is Role.MENTOR or self.places[one.person_id] + moving > 0
        wanted = all(among.has(self.people[one.person_id]) for among in sides[one.role])
        return free and wanted and not one.is_left_out(self.published_at)

    @property
    def among_peers(self) -> bool:
        """Whether there is one pool, in which a pair is worth what each is to the other."""
        return self.programme.terms.form is PartnershipForm.PEER

    def _either_way(self, pairings: Iterable[Pairing]) -> frozenset[Pairing]:
        """Among peers what is so of two is so whoever is named first."""
        named = frozenset(pairings)
        return named | {(other, one) for one, other in named} if self.among_peers else named

    def scored(self, cohort: Cohort, pairings: Iterable[Pairing]) -> list[ScoredPair]:
        """The points of some pairs and the hard rules they break; without pairs of somebody who is not in the cohort."""
        return (score_peers if self.among_peers else score_pairs)(cohort, pairings)

    def allows(self, run: MatchRun, pairings: Collection[Pairing]) -> bool:
        """Whether all of these are still in the run's cohort, and none breaks a hard rule."""
        back = [(other, one) for one, other in pairings] if self.among_peers else []
        return all_allowed(self.cohort(run), [*pairings, *back])

    def candidates(self, cohort: Cohort, person_id: str, explained: slice) -> list[ScoredPair]:
        """All mentors for one protégé, or peers for one, the best first; shares and reasons are told at least of these places."""
        if not self.among_peers:
            return candidates(cohort, person_id, explained)
        others = ((person_id, one.person_id) for one in cohort.mentors if one.person_id != person_id)
        return sorted(score_peers(cohort, others), key=lambda pair: (bool(pair.broken_rules), -pair.points, pair.mentor_id))

    def must_have(self, protege_id: str, mentor_id: str | None = None) -> None:
        """Raises NotFound unless they take part in these roles."""
        roles = {protege_id: Role.PROTEGE} | ({mentor_id: Role.MENTOR} if mentor_id is not None else {})
        for person_id, role in roles.items():
            if person_id not in self.enrolments or self.enrolments[person_id].role not in {role, Role.PEER}:
                raise NotFound(f"Nobody with this id takes part as {role}.")

    def _participant(self, enrolment: Enrolment, waiting: int | None, run: MatchRun | None, moving: int) -> Participant:
        person, floors = self.people[enrolment.person_id], run.options.floors if run else None
        had = self._meetings_had(enrolment)
        one = participant_of(
            enrolment,
            person,
            run.requested_at if run else None,
            places=self.places[person.id] + moving,
            partners=max(self.partners[person.id] - moving, 0) if had is None else had,
            bonus=0 if waiting is None else max(FIRST_IN_QUEUE - NEXT_IN_QUEUE * waiting, NEXT_IN_QUEUE),
        )
        return replace(one, group=floors.group_of(person, enrolment.answers)) if floors else one

    def _meetings_had(self, enrolment: Enrolment) -> int | None:
        """Of a protégé's short meetings, how many have been, or are arranged or asked about; None where there are none."""
        meetings = self.programme.terms.meetings if enrolment.role is Role.PROTEGE else None
        return None if meetings is None else max(meetings - self.places[enrolment.person_id], 0)

    @cached_property
    def partners(self) -> Counter[str]:
        """How many partners each mentor has now."""
        return Counter(mentor_id for (_, mentor_id), running in self.partnered.items() if running)


@dataclass
class Free:
    """Somebody who takes part, and how many partners this one can still be proposed to."""

    enrolment: Enrolment
    places: int


@dataclass(frozen=True, kw_only=True)
class Surveys:
    """Looks at a programme as it stands now. Leavers are not in it."""

    enrolments: Enrolments
    people: People
    proposals: Proposals
    requests: Requests
    runs: Runs
    partnerships: Partnerships
    meanings: Meanings

    async def of(self, programme: Programme, *, meanings: bool = True) -> Field:
        """Everything a match of this programme depends on. Whoever has been asked by proposal and not yet answered holds a place.

        Without `meanings` points are not those of a run, and rules are.
        """
        found = await self._field(programme, await self.enrolments.approved(programme.id), await self._asked(programme))
        return await self._understood(found) if meanings else found

    async def around(self, programme: Programme, protege_id: str) -> Field:
        """The same as far as one protégé's pairs depend on it: with all mentors, and nobody else."""
        taking_part = await self.enrolments.mentors_for(programme.id, protege_id)
        return await self._understood(await self._field(programme, taking_part, await self._asked(programme), protege_id))

    async def _asked(self, programme: Programme) -> Counter[str]:
        """How many proposals each person is to answer."""
        awaited = await self.proposals.open_in(programme.id)
        return Counter(person_id for proposal in awaited for person_id in (proposal.protege_id, proposal.mentor_id))

    async def between(self, programme: Programme, protege_id: str, mentor_ids: Collection[str]) -> Field:
        """What the pairs of one protégé with some mentors depend on. A place others are asked about is free: whoever is quicker has it."""
        enrolled = await self.enrolments.of_people(programme.id, {protege_id, *mentor_ids})
        approved = [one for one in enrolled.values() if one.state is EnrolmentState.APPROVED]
        return await self._understood(await self._field(programme, approved, Counter(), protege_id))

    def hold(self, field: Field, *person_ids: str) -> None:
        """These are asked something now: whoever gives away their last place meanwhile, or takes it, has this done anew."""
        for person_id in person_ids:
            self.enrolments.hold(field.enrolments[person_id])

    async def _field(
        self, programme: Programme, approved: Iterable[Enrolment], asked: Counter[str], protege_id: str | None = None
    ) -> Field:
        enrolled = {one.person_id: one for one in approved}
        known = {person.id: person for person in (await self.people.many(enrolled)).values() if person.active}
        taking_part = {person_id: one for person_id, one in enrolled.items() if person_id in known}
        if programme.terms.form is PartnershipForm.PEER:
            protege_id = None  # whose partners may have been the first of the two
        declined = [await store.declined_in(programme.id, protege_id) for store in (self.proposals, self.requests)]
        return Field(
            programme=programme,
            enrolments=taking_part,
            people=known,
            places={person_id: max(one.free_places - asked[person_id], 0) for person_id, one in taking_part.items()},
            managers=dict(await self.people.managers_above(known)),
            partnered=await self.partnerships.pairings_in(programme.id, protege_id),
            declined=frozenset(chain(*declined)),
            published_at=await self.runs.last_published(programme.id),
            wishes=await self.requests.wishes_in(programme.id, protege_id),
        )

    async def _understood(self, found: Field) -> Field:
        terms = found.programme.terms
        if not terms.compare_meanings:
            return found
        close = [question for question in terms.questions if question.kind == "text" and question.counts == "close"]
        asked = {one for question in close for one in (question.id, question.against or question.id)}
        # In a thread: with ten thousand people it takes long enough for those who search meanwhile to notice.
        phrases = await asyncio.to_thread(possible_phrases, found.enrolments.values(), asked, terms.aliases, terms.no_aliases)
        return replace(found, meanings=await self.meanings.of(phrases))

    async def free(self, programme_id: str, person_ids: Collection[str]) -> dict[str, Free]:
        """Of these people those who take part and have not left, with the places that no open proposal holds."""
        enrolled = await self.enrolments.of_people(programme_id, person_ids)
        known = await self.people.many(enrolled)
        awaited = await self.proposals.awaited_by(enrolled, programme_id)
        return {
            person_id: Free(enrolment=one, places=max(one.free_places - awaited[person_id], 0))
            for person_id, one in enrolled.items()
            if person_id in known and known[person_id].active
        }
