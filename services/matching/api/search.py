"""Looking for a mentor, over HTTP."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from services.matching.api.queries import programme_of
from services.matching.domain import (
    Enrolment,
    EnrolmentState,
    NoSelfService,
    NotItsProgrammeManager,
    Programme,
    ProgrammeNotOpen,
    Role,
)
from services.matching.domain import Person as Known
from services.matching.engine import Participant, Wanted
from services.matching.engine import ScoredPair as Pair
from services.matching.handlers.engine_words import participant_of
from services.matching.handlers.pool import Pool
from services.matching.store import Pools
from shared.auth import Person
from shared.errors import Invalid, NotFound
from shared.problems import problems
from shared.service import Running, Service

router = APIRouter(tags=["search"])

SAID = frozenset({"needs", "learning", "goals", "level", "department", "location", "languages", "hours"})
"""The criteria whose reasons a protégé sees. Answers to the programme's own questions are for its managers."""
MOST_WORDS = 5


async def _pools(request: Request) -> Pools:
    return request.app.state.pools  # type: ignore[no-any-return] # put there by `create_app`


class Filters(BaseModel):
    """Which mentors one would like to see; of several words, places and so on, any will do."""

    words: list[str] = []
    department: list[str] = []
    location: list[str] = []
    language: list[str] = []
    least_level: int | None = None
    most_level: int | None = None
    shared_hours: Annotated[int, Query(ge=0, le=168, description="a week, in which both can meet")] = 0
    full: Annotated[bool, Query(description="also mentors who have no free place now")] = False
    limit: Annotated[int, Query(ge=1, le=50)] = 20
    after: Annotated[int, Query(ge=0, le=10_000, description="leave out so many of the best")] = 0
    protege_id: Annotated[str | None, Query(description="for a manager who looks for somebody else")] = None

    def wanted(self) -> Wanted:
        """In the words of the engine. Raises Invalid."""
        words = [word.strip() for word in self.words if word.strip()]
        if len(words) > MOST_WORDS:
            raise Invalid(f"Look for at most {MOST_WORDS} at a time.", field="words")
        return Wanted(
            words=tuple(words),
            departments=tuple(self.department),
            locations=tuple(self.location),
            languages=tuple(self.language),
            least_level=self.least_level,
            most_level=self.most_level,
            shared_hours=self.shared_hours,
            full_too=self.full,
        )


class Suggestion(BaseModel):
    """A mentor whom the protégé may ask: points out of 10,000, and what speaks for the two, by criterion."""

    mentor_id: str
    points: int
    reasons: dict[str, list[str]]
    level: int | None
    department: str
    location: str
    strengths: list[str]
    has_place: bool


class Suggestions(BaseModel):
    """How many mentors there are, and some of them, those who fit best in front."""

    total: int
    mentors: list[Suggestion]


@router.get(
    "/programmes/{programme_id}/mentor-suggestions",
    responses=problems(NotFound, NotItsProgrammeManager, NoSelfService, ProgrammeNotOpen, Invalid),
)
async def suggest(
    programme_id: str,
    filters: Annotated[Filters, Query()],
    person: Person,
    service: Running,
    pools: Annotated[Pools, Depends(_pools)],
) -> Suggestions:
    """The mentors one may ask, by the same points as in a match. Nobody who pauses or takes no part any more is among them."""
    programme = await programme_of(service, programme_id)
    if filters.protege_id in {None, person.id}:
        programme.must_let_ask()
    else:
        programme.must_be_managed_by(person.id)
    protege = await _protege(service, programme, filters.protege_id or person.id)
    pool = await pools.of(service, programme.id)
    wanted = filters.wanted()
    finder = pool.finder_for(protege)
    if finder is None:
        finder = await asyncio.to_thread(pool.prepare_for, protege)
    found = pool.find(finder, protege.person_id, wanted, most=filters.limit, after=filters.after)
    return Suggestions(total=found.total, mentors=[_suggestion(pool, pair) for pair in found.pairs])


async def _protege(service: Service, programme: Programme, person_id: str) -> Participant:
    """As this one is now. Raises NotFound for who does not take part as a protégé."""
    looking = {"role": {"$ne": Role.MENTOR.value}, "state": EnrolmentState.APPROVED.value}
    mine = {"programme_id": programme.id, "person_id": person_id, **looking}
    enrolment, known = await asyncio.gather(
        service.database.enrolments.find_one(mine), service.database.people.find_one({"_id": person_id})
    )
    if enrolment is None or known is None:
        raise NotFound("Nobody with this id takes part as protege.")
    return participant_of(Enrolment.from_document(enrolment), Known.from_document(known), None)


def _suggestion(pool: Pool, pair: Pair) -> Suggestion:
    mentor = pool.mentor(pair.mentor_id)
    return Suggestion(
        mentor_id=pair.mentor_id,
        points=pair.points,
        reasons={name: words for name, words in pair.reasons.items() if name in SAID},
        level=mentor.level or None,
        department=mentor.department,
        location=mentor.location,
        strengths=list(mentor.strengths),
        has_place=pool.has_place(pair.mentor_id),
    )
