"""What can be asked about a draft: keep or forbid pairs, pair and part by hand, look for others."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from services.matching.domain import PairNotInDraft, Role
from services.matching.engine import ScoredPair
from services.matching.engine import candidates as engine_candidates
from services.matching.handlers.cohort import Surveys
from services.matching.handlers.runs import managed_run, one_scored, pair_of
from services.matching.handlers.stores import Enrolments, Programmes, Runs
from shared.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class ChangePair:
    run_id: str
    protege_id: str
    mentor_id: str
    by: str
    at: datetime


async def lock_pair(command: ChangePair, runs: Runs, programmes: Programmes) -> None:
    """Keep a pair whatever later runs find."""
    run = await managed_run(command.run_id, command.by, runs, programmes)
    run.lock(await runs.draft_of(run).pair(command.protege_id, command.mentor_id))
    runs.save(run)


async def unlock_pair(command: ChangePair, runs: Runs, programmes: Programmes) -> None:
    """Let the next run decide again."""
    run = await managed_run(command.run_id, command.by, runs, programmes)
    run.unlock(await runs.draft_of(run).pair(command.protege_id, command.mentor_id))
    runs.save(run)


async def forbid_pair(command: ChangePair, runs: Runs, programmes: Programmes, enrolments: Enrolments) -> None:
    """Never pair these two. If they are a pair in this draft, they no longer are."""
    run = await managed_run(command.run_id, command.by, runs, programmes)
    await _must_take_part(run.programme_id, command.protege_id, command.mentor_id, enrolments)
    run.forbid((command.protege_id, command.mentor_id))
    draft = runs.draft_of(run)
    pair = await draft.pair_of(command.protege_id)
    if pair is not None and pair.mentor_id == command.mentor_id:
        mentor = await draft.mentor(pair.mentor_id)
        draft.take_apart(pair, mentor, run.part(pair, mentor))
    runs.save(run)


async def allow_pair(command: ChangePair, runs: Runs, programmes: Programmes) -> None:
    """Let these two be paired again."""
    run = await managed_run(command.run_id, command.by, runs, programmes)
    run.allow((command.protege_id, command.mentor_id))
    runs.save(run)


async def pair_by_hand(command: ChangePair, runs: Runs, programmes: Programmes, surveys: Surveys) -> None:
    """Give a protégé this mentor. The hard rules still hold."""
    run = await managed_run(command.run_id, command.by, runs, programmes)
    field = await surveys.of(await programmes.get(run.programme_id))
    field.must_have(command.protege_id, command.mentor_id)
    scored = one_scored(field.cohort(run), command.protege_id, command.mentor_id)
    draft = runs.draft_of(run)
    mentor = await draft.mentor(command.mentor_id)
    mentor.places = field.places[command.mentor_id]
    pair = pair_of(scored).model_copy(update={"by_hand": True})
    had = await draft.pair_of(command.protege_id)
    before = (had, mentor if had.mentor_id == mentor.mentor_id else await draft.mentor(had.mentor_id)) if had else None
    run.pair_by_hand(pair, mentor, scored.broken_rules, before)
    draft.replace(before, pair, mentor)
    runs.save(run)


@dataclass(frozen=True, kw_only=True)
class Unpair:
    run_id: str
    protege_id: str
    by: str
    at: datetime


async def unpair(command: Unpair, runs: Runs, programmes: Programmes) -> None:
    """Leave a protégé without a mentor."""
    run = await managed_run(command.run_id, command.by, runs, programmes)
    draft = runs.draft_of(run)
    pair = await draft.pair_of(command.protege_id)
    if pair is None:
        raise PairNotInDraft
    mentor = await draft.mentor(pair.mentor_id)
    draft.take_apart(pair, mentor, run.unpair(pair, mentor))
    runs.save(run)


@dataclass(frozen=True, kw_only=True)
class ShowCandidates:
    """All mentors are told of, and those from the one `after` so many on with what speaks for them, `most` of them."""

    run_id: str
    protege_id: str
    by: str
    after: int = 0
    most: int = 0


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A mentor for one protégé, with the places this draft leaves."""

    pair: ScoredPair
    free_places: int


async def show_candidates(command: ShowCandidates, runs: Runs, programmes: Programmes, surveys: Surveys) -> list[Candidate]:
    """All mentors for one protégé of a draft, the best first."""
    run = await managed_run(command.run_id, command.by, runs, programmes)
    field = await surveys.around(await programmes.get(run.programme_id), command.protege_id)
    field.must_have(command.protege_id)
    taken = await runs.draft_of(run).places_taken()

    def ranked() -> list[Candidate]:
        explained = slice(command.after, command.after + command.most)
        return [
            Candidate(pair=pair, free_places=max(field.places[pair.mentor_id] - taken.get(pair.mentor_id, 0), 0))
            for pair in engine_candidates(field.cohort(run, everybody=True), command.protege_id, explained)
        ]

    return await asyncio.to_thread(ranked)  # which others need not wait for


@dataclass(frozen=True, kw_only=True)
class ScorePair:
    run_id: str
    protege_id: str
    mentor_id: str
    by: str


async def score_pair(command: ScorePair, runs: Runs, programmes: Programmes, surveys: Surveys) -> Candidate:
    """Two as this run would see them now, with the rules they break and all the places of the mentor that nobody has."""
    run = await managed_run(command.run_id, command.by, runs, programmes)
    field = await surveys.between(await programmes.get(run.programme_id), command.protege_id, [command.mentor_id])
    field.must_have(command.protege_id, command.mentor_id)
    scored = one_scored(field.cohort(run, everybody=True), command.protege_id, command.mentor_id)
    return Candidate(pair=scored, free_places=field.places[command.mentor_id])


async def _must_take_part(programme_id: str, protege_id: str, mentor_id: str, enrolments: Enrolments) -> None:
    enrolled = await enrolments.of_people(programme_id, [protege_id, mentor_id])
    roles = {person_id: enrolment.role for person_id, enrolment in enrolled.items()}
    if roles.get(protege_id) is not Role.PROTEGE or roles.get(mentor_id) is not Role.MENTOR:
        raise NotFound
