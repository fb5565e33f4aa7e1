"""What the handlers of matching need of the outside world. Every `save` also publishes the aggregate's events."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from services.matching.domain import (
    Enrolment,
    LeftOut,
    MatchRun,
    MentorPlaces,
    MentorRequest,
    Pair,
    Partnership,
    Person,
    Programme,
    Proposal,
    Shortage,
)
from services.matching.domain.run import Pairing


class Programmes(Protocol):
    """The programmes."""

    async def get(self, programme_id: str) -> Programme:
        """Raises NotFound."""
        ...

    def save(self, programme: Programme) -> None:
        """Has timers for its review and its last day; who waits and what is asked in a closed one ends afterwards."""
        ...

    def offer_again(self, programme_id: str, at: datetime) -> None:
        """Has free places offered at a time."""
        ...

    def go_on_letting_go(self, programme_id: str) -> None:
        """Has `let_go` done once more."""
        ...


class Enrolments(Protocol):
    """Who takes part in which programme: a person at most once in each."""

    async def get(self, enrolment_id: str) -> Enrolment:
        """Raises NotFound."""
        ...

    async def of_person(self, programme_id: str, person_id: str) -> Enrolment | None:
        """The person's enrolment that is neither declined nor withdrawn."""
        ...

    async def of_people(self, programme_id: str, person_ids: Iterable[str]) -> dict[str, Enrolment]:
        """The same for many, by person."""
        ...

    async def everywhere(self, person_id: str) -> list[Enrolment]:
        """The person's enrolments in all programmes that are neither declined nor withdrawn."""
        ...

    async def requested(self, programme_id: str) -> list[Enrolment]:
        """Some hundreds of those a manager has still to decide on."""
        ...

    async def count_requested(self, programme_id: str) -> int:
        """How many a manager has still to decide on."""
        ...

    async def without_partner(self, programme_id: str) -> list[Enrolment]:
        """Some hundreds of those who take part, pause, or have asked to, and are nobody's partner."""
        ...

    async def approved(self, programme_id: str) -> list[Enrolment]:
        """Those who take part."""
        ...

    async def mentors_for(self, programme_id: str, protege_id: str) -> list[Enrolment]:
        """Of those who take part this one, and everybody who could be a mentor."""
        ...

    def add(self, enrolment: Enrolment) -> None:
        """A new one; the unit raises AlreadyEnrolled if the person has one."""
        ...

    def save(self, enrolment: Enrolment) -> None:
        """Has a timer for the end of a pause; proposals and requests are settled afterwards for who can take no further partner."""
        ...

    def hold(self, enrolment: Enrolment) -> None:
        """Has the unit begin anew if the enrolment has changed by the end of it: a place that was free when it was read still is."""
        ...


class Draft(Protocol):
    """The pairs, people left out and mentors of one draft, a row each: a change touches only those it is about."""

    async def pair(self, protege_id: str, mentor_id: str) -> Pair:
        """Raises PairNotInDraft."""
        ...

    async def pairs_of(self, *protege_ids: str) -> list[Pair]:
        """The pairs of protégés."""
        ...

    async def pairs_with(self, *person_ids: str) -> list[Pair]:
        """The pairs of people on whichever side they are."""
        ...

    async def mentor(self, mentor_id: str) -> MentorPlaces:
        """A mentor's places; none of one who was not there when the draft was made."""
        ...

    async def places_taken(self, *, both_sides: bool = False) -> dict[str, int]:
        """How many places of each mentor, or of everybody, it gives out, where any."""
        ...

    async def pairings(self) -> list[Pairing]:
        """Who with whom."""
        ...

    async def portion(self, after: Pairing | None, most: int) -> list[Pair]:
        """So many of its pairs in their order, beginning after one of them."""
        ...

    def put_pair(self, pair: Pair) -> None: ...

    def put_left_out(self, one: LeftOut) -> None: ...

    def put_shortage(self, shortage: Shortage) -> None: ...

    def put_mentor(self, mentor: MentorPlaces) -> None: ...

    def put_candidates(self, number: int, packed: bytes) -> None:
        """A part of what the engine can tell from what else could have been; kept for a while."""
        ...

    def take_apart(self, pair: Pair, mentor: MentorPlaces | None, left_out: Iterable[LeftOut]) -> None:
        """Write down that two are no pair any more, and who has nobody now."""
        ...

    def put_together(self, pair: Pair, mentor: MentorPlaces | None, placed: Iterable[str]) -> None:
        """Write down that two are a pair, by which these have somebody."""
        ...


class Runs(Protocol):
    """The match runs."""

    async def get(self, run_id: str) -> MatchRun:
        """Raises NotFound."""
        ...

    async def latest(self, programme_id: str) -> MatchRun | None:
        """The programme's newest run."""
        ...

    async def last_published(self, programme_id: str) -> datetime | None:
        """When a run of the programme was last published, and not undone since."""
        ...

    async def drafts(self, programme_id: str) -> list[MatchRun]:
        """All of its runs that could be published."""
        ...

    def add(self, run: MatchRun) -> None:
        """A new one; the unit raises RunUnderWay if somebody has started one of the same number."""
        ...

    def save(self, run: MatchRun) -> None:
        """Has publishing or undoing gone on with, where it is under way."""
        ...

    def draft_of(self, run: MatchRun) -> Draft:
        """The draft a run has ended in."""
        ...

    def new_draft(self, run_id: str, draft_id: str) -> Draft:
        """One that is being made."""
        ...


class Proposals(Protocol):
    """The proposals. An open one has a timer for its deadline."""

    async def get(self, proposal_id: str) -> Proposal:
        """Raises NotFound."""
        ...

    async def awaited_of(self, run_id: str, at: datetime | None, most: int) -> list[Proposal]:
        """So many of those that a run's publishing at this time made and that await answers."""
        ...

    async def any_answered(self, run_id: str, at: datetime | None) -> bool:
        """Whether anybody has answered what a run's publishing at this time has asked."""
        ...

    async def awaited_by(self, person_ids: Iterable[str], programme_id: str) -> Counter[str]:
        """How many open proposals each of these people has in a programme."""
        ...

    async def open_in(self, programme_id: str) -> list[Proposal]:
        """Those of a programme that await answers."""
        ...

    async def open_of(self, enrolment_id: str) -> list[Proposal]:
        """Those of one participant that await answers."""
        ...

    async def declined_in(self, programme_id: str, protege_id: str | None = None) -> list[Pairing]:
        """The pairs of whom one has said no; all, or those of one protégé."""
        ...

    def save(self, proposal: Proposal) -> None:
        """Has the request it was made for reviewed afterwards when it has ended."""
        ...


class Requests(Protocol):
    """The requests. An open one has a timer for its deadline, and there is one for each protégé."""

    async def get(self, request_id: str) -> MentorRequest:
        """Raises NotFound."""
        ...

    async def concerning(self, enrolment_id: str) -> list[str]:
        """The open ones of this protégé, or that wait for this mentor's answer."""
        ...

    async def open_in(self, programme_id: str) -> list[str]:
        """All open ones of a programme."""
        ...

    async def wishes_in(self, programme_id: str, protege_id: str | None = None) -> dict[str, list[str]]:
        """Whom protégés, all or one, ask for in the open ones of a programme; by protégé, the first wish in front."""
        ...

    async def declined_in(self, programme_id: str, protege_id: str | None = None) -> list[Pairing]:
        """The pairs of whom the mentor has said no; all, or those of one protégé."""
        ...

    def add(self, request: MentorRequest) -> None:
        """A new one; the unit raises AlreadyAsking if the protégé has one."""
        ...

    def save(self, request: MentorRequest) -> None: ...

    def look_again(self, request_id: str) -> None:
        """Has it reviewed afterwards."""
        ...


class Partnerships(Protocol):
    """The partnerships."""

    async def get(self, partnership_id: str) -> Partnership:
        """Raises NotFound."""
        ...

    async def running_of(self, enrolment_id: str) -> list[Partnership]:
        """Those of one participant that have not ended."""
        ...

    async def pairings_in(self, programme_id: str, protege_id: str | None = None) -> dict[Pairing, bool]:
        """Who is or was partners in a programme, and whether they still are; all, or those of one protégé."""
        ...

    def save(self, partnership: Partnership) -> None:
        """Has timers for the end of a pause and for its last day."""
        ...


class Meanings(Protocol):
    """What a language model makes of people's phrases, as the engine writes it."""

    async def of(self, phrases: Collection[str]) -> dict[str, str]:
        """Of those that were looked up before."""
        ...

    def keep(self, vectors: Mapping[str, str]) -> None:
        """For half a year: then it is looked up again."""
        ...


class People(Protocol):
    """Those who work here."""

    async def get(self, person_id: str) -> Person:
        """Raises PersonUnknown."""
        ...

    async def many(self, person_ids: Iterable[str]) -> dict[str, Person]:
        """Those of them who are known."""
        ...

    async def by_keys(self, employee_ids: Iterable[str], emails: Iterable[str]) -> tuple[dict[str, Person], dict[str, Person]]:
        """By employee id, and by e-mail in lower case."""
        ...

    async def managers_above(self, person_ids: Iterable[str]) -> Mapping[str, str]:
        """The manager of each of them and of everybody above them."""
        ...

    def save(self, person: Person) -> None:
        """Has `dismiss_leaver` done afterwards for somebody who has left."""
        ...
