"""What helps before a match: the words there are, and what the rules would leave."""

import asyncio

from fastapi import APIRouter
from pydantic import BaseModel

from services.matching.api.queries import can_see, programme_of
from services.matching.domain import NotItsProgrammeManager
from services.matching.engine.outlook import outlook
from services.matching.engine.suggestions import suggestions
from services.matching.engine.words import vocabulary
from services.matching.handlers.runs import LookAhead, look_ahead
from shared.auth import Person
from shared.errors import NotFound
from shared.problems import problems
from shared.service import Running

LONGEST = 80
"""Of what is typed, so many letters are looked at: as many as a word may have."""

router = APIRouter(prefix="/programmes/{programme_id}", tags=["programmes"])


class ExclusionView(BaseModel):
    """What a hard rule excludes: pairs, those of them that no other rule excludes, and protégés to whom it alone leaves nobody."""

    rule: str
    pairs: int
    alone: int
    proteges: int


class OutlookView(BaseModel):
    """What the rules would leave in a run now, of all protégés and mentors who could be in it.

    `excludes_everybody`: rules each of which leaves no pair at all.
    """

    proteges: int
    pairs: int
    allowed: int
    without_anybody: int
    rules: list[ExclusionView]
    excludes_everybody: list[str]


@router.get("/outlook", responses=problems(NotFound, NotItsProgrammeManager))
async def what_rules_leave(programme_id: str, person: Person, service: Running) -> OutlookView:
    """What the hard rules would exclude in a run now, by rule."""
    cohort = await service.run(look_ahead, LookAhead(programme_id=programme_id, by=person.id))
    found = await asyncio.to_thread(outlook, cohort)
    return OutlookView(
        proteges=found.proteges,
        pairs=found.pairs,
        allowed=found.allowed,
        without_anybody=found.without_anybody,
        rules=[ExclusionView(rule=rule, **vars(excluded)) for rule, excluded in found.rules.items()],
        excludes_everybody=found.excludes_everybody(),
    )


@router.get("/words", responses=problems(NotFound))
async def words(programme_id: str, typed: str, person: Person, service: Running) -> list[str]:
    """Words that somebody may mean who types this, to choose from: slips in writing are forgiven. Nobody's own words are among them."""
    programme = await programme_of(service, programme_id)
    if not can_see(programme, person):
        raise NotFound
    known = vocabulary(tuple(map(tuple, programme.terms.aliases)), tuple(programme.terms.no_aliases)).known
    return suggestions(typed[:LONGEST], (word for _, word in known))
