"""What can be asked about publishing a draft: ask everybody in it, take it all back. Both go in portions that fit a transaction."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from services.matching.domain import AlreadyAnswered, DraftOutdated, MatchRun, Pair, Proposal
from services.matching.handlers.cohort import Surveys
from services.matching.handlers.runs import managed_run
from services.matching.handlers.stores import Programmes, Proposals, Runs

PORTION = 500
"""Pairs in one transaction: with their proposals, timers and events they stay far below what MongoDB commits at once."""


@dataclass(frozen=True, kw_only=True)
class PublishRun:
    run_id: str
    by: str
    at: datetime


async def publish_run(command: PublishRun, runs: Runs, programmes: Programmes, surveys: Surveys, proposals: Proposals) -> int:
    """Ask everybody who is paired in a draft; how many pairs that are. The programme's other drafts are superseded."""
    run = await managed_run(command.run_id, command.by, runs, programmes)
    programme = await programmes.get(run.programme_id)
    programme.must_be_open()
    run.publish(command.at)
    pairings = await runs.draft_of(run).pairings()
    field = await surveys.of(programme)
    places_hold = all(field.places.get(person_id, 0) >= places for person_id, places in Counter(chain(*pairings)).items())
    if not places_hold or not await asyncio.to_thread(field.allows, run, pairings):  # which others need not wait for
        raise DraftOutdated
    run.must_fill_circles(programme.terms.circle.smallest, field.partners, pairings)
    for other in await runs.drafts(programme.id):
        if other.id != run.id:
            other.supersede()
            runs.save(other)
    await _ask_portion(run, command.at, runs, surveys, proposals)
    runs.save(run)
    return run.paired


@dataclass(frozen=True, kw_only=True)
class GoOn:
    run_id: str
    at: datetime


async def go_on_publishing(command: GoOn, runs: Runs, surveys: Surveys, proposals: Proposals) -> None:
    """Ask the next portion of a draft that is being published."""
    run = await runs.get(command.run_id)
    await _ask_portion(run, command.at, runs, surveys, proposals)
    runs.save(run)


async def _ask_portion(run: MatchRun, at: datetime, runs: Runs, surveys: Surveys, proposals: Proposals) -> None:
    """Between two portions somebody may have found a partner or left: their pair is passed over, the others are asked."""
    portion = await runs.draft_of(run).portion(run.asked_up_to, PORTION)
    free = await surveys.free(run.programme_id, {person_id for pair in portion for person_id in pair.pairing})
    passed_over: list[Pair] = []
    for pair in portion:
        protege, mentor = (free.get(person_id) for person_id in pair.pairing)
        if protege is None or mentor is None or protege.places < 1 or mentor.places < 1:
            passed_over.append(pair)
            continue
        for one in (protege, mentor):
            one.places -= 1
            surveys.enrolments.hold(one.enrolment)
        proposals.save(Proposal.make(pair, protege.enrolment, mentor.enrolment, run_id=run.id, at=run.published_at or at))
    run.ask(portion, passed_over, at)


@dataclass(frozen=True, kw_only=True)
class UndoPublishing:
    run_id: str
    by: str
    at: datetime


async def undo_publishing(command: UndoPublishing, runs: Runs, programmes: Programmes, proposals: Proposals) -> None:
    """Take all questions of a run back, as long as nobody has answered."""
    run = await managed_run(command.run_id, command.by, runs, programmes)
    if await proposals.any_answered(run.id, run.published_at):
        raise AlreadyAnswered
    run.undo()
    await _take_back_portion(run, command.at, proposals)
    runs.save(run)


async def go_on_undoing(command: GoOn, runs: Runs, proposals: Proposals) -> None:
    """Take the next portion of questions back."""
    run = await runs.get(command.run_id)
    await _take_back_portion(run, command.at, proposals)
    runs.save(run)


async def _take_back_portion(run: MatchRun, at: datetime, proposals: Proposals) -> None:
    portion = await proposals.awaited_of(run.id, run.published_at, PORTION)
    for proposal in portion:
        proposal.withdraw(at)
        proposals.save(proposal)
    if len(portion) < PORTION:
        run.finish_undoing(at)
