"""Free places, offered to the first in the queue."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import islice

from services.matching.domain import Enrolment, NotYetMatched, Proposal, Role, queue
from services.matching.engine import ScoredPair, served
from services.matching.handlers.cohort import Field, Surveys
from services.matching.handlers.programmes import ProgrammeDue
from services.matching.handlers.runs import pair_of
from services.matching.handlers.stores import Programmes, Proposals

LOOKED_EVERY = timedelta(hours=1)
"""Not whenever a place becomes free: two hundred who accept at once would all want to write the same row."""
MOST_LOOKED_AT = 500
PORTION = 20
"""Offers in one transaction; the others follow at once."""


async def offer_free_places(command: ProgrammeDue, programmes: Programmes, surveys: Surveys, proposals: Proposals) -> None:
    """Ask the first in the queue whether they want the best mentor who still has a place. Whom no such mentor fits is passed over."""
    programme = await programmes.get(command.programme_id)
    try:
        programme.must_offer_places(command.at.date())
    except NotYetMatched:
        programmes.offer_again(programme.id, command.at + LOOKED_EVERY)
        return
    field = await surveys.of(programme)
    offered = await asyncio.to_thread(_offers, field)  # which others need not wait for
    for best in offered:
        surveys.hold(field, best.protege_id, best.mentor_id)
        protege, mentor = field.enrolments[best.protege_id], field.enrolments[best.mentor_id]
        proposals.save(Proposal.make(pair_of(best), protege, mentor, run_id=None, at=command.at))
    programmes.offer_again(programme.id, command.at if len(offered) == PORTION else command.at + LOOKED_EVERY)


def _offers(field: Field) -> list[ScoredPair]:
    cohort, line = field.cohort(everybody=True), [one.person_id for one in _line(field)[:MOST_LOOKED_AT]]
    free = replace(cohort, mentors=tuple(one for one in cohort.mentors if one.places > 0))
    return list(islice(served(free, line), PORTION))


def _line(field: Field) -> list[Enrolment]:
    """The protégés whom nobody has asked yet, the first in the queue in front."""
    free = (one for one in field.enrolments.values() if one.role is Role.PROTEGE and field.places[one.person_id] > 0)
    return queue([one for one in free if not one.is_left_out(field.published_at)])
