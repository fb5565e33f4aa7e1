"""What can be asked about a draft: keep or forbid pairs, pair and part by hand, look for others."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from services.matching.domain import MatchRun, MentorPlaces, Pair, PairNotInDraft, Role
from services.matching.engine import ScoredPair
from services.matching.handlers.cohort import Surveys
from services.matching.handlers.runs import managed_run, one_scored, pair_of
from services.matching.handlers.stores import Draft, Enrolments, Programmes, Runs
from shared.errors import Invalid, NotFound


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
    run.lock(await runs.draft_of(run).pair(*run.pairing(command.protege_id, command.mentor_id)))
    runs.save(run)


async def unlock_pair(command: ChangePair, runs: Runs, programmes: Programmes) -> None:
    """Let the next run decide again."""
    run = await managed_run(command.run_id, command.by, runs, programmes)
    run.unlock(await runs.draft_of(run).pair(*run.pairing(command.protege_id, command.mentor_id)))
    runs.save(run)


async def forbid_pair(command: ChangePair, runs: Runs, programmes: Programmes, enrolments: Enrolments) -> None:
    """Never pair these two. If they are a pair in this draft, they no longer are."""
    run = await managed_run(command.run_id, command.by, runs, programmes)
    await _must_take_part(run, command.protege_id, command.mentor_id, enrolments)
    pairing = run.pairing(command.protege_id, command.mentor_id)
    run.forbid(pairing)
    draft = runs.draft_of(run)
    pairs = await draft.pairs_of(pairing[0])
    for pair in (pair for pair in pairs if pair.pairing == pairing):
        mentor = await _places_of(pair, run, draft)
        draft.take_apart(pair, mentor, run.part(pair, mentor, others=len(pairs) > 1))
    runs.save(run)


async def allow_pair(command: ChangePair, runs: Runs, programmes: Programmes) -> None:
    """Let these two be paired again."""
    run = await managed_run(command.run_id, command.by, runs, programmes)
    run.allow(run.pairing(command.protege_id, command.mentor_id))
    runs.save(run)


async def pair_by_hand(command: ChangePair, runs: Runs, programmes: Programmes, surveys: Surveys) -> None:
    """Give a protégé this mentor, or a peer this one. The hard rules still hold."""
    run = await managed_run(command.run_id, command.by, runs, programmes)
    field = await surveys.of(await programmes.get(run.programme_id))
    pairing = run.pairing(command.protege_id, command.mentor_id)
    field.must_have(*pairing)
    scored = await asyncio.to_thread(one_scored, field, *pairing, run, everybody=False)  # which others need not wait for
    draft, pair = runs.draft_of(run), pair_of(scored).model_copy(update={"by_hand": True})
    had = await (draft.pairs_with(*pairing) if run.among_peers else draft.pairs_of(pair.protege_id))
    mentors = {one.mentor_id: await _places_of(one, run, draft) for one in (*had, pair)}
    if mentor := mentors[pair.mentor_id]:
        mentor.places = field.places[pair.mentor_id]
    alone = run.pair_by_hand(pair, mentor, scored.broken_rules, *((one, mentors[one.mentor_id]) for one in had))
    for one in had:
        draft.take_apart(one, mentors[one.mentor_id], ())
    for left in alone:
        draft.put_left_out(left)
    draft.put_together(pair, mentor, run.placed_by(pair))
    runs.save(run)


@dataclass(frozen=True, kw_only=True)
class Unpair:
    """Without a `mentor_id` whomever the protégé is paired with."""

    run_id: str
    protege_id: str
    mentor_id: str | None = None
    by: str
    at: datetime


async def unpair(command: Unpair, runs: Runs, programmes: Programmes) -> None:
    """Leave a protégé, or two peers, without each other."""
    run = await managed_run(command.run_id, command.by, runs, programmes)
    draft = runs.draft_of(run)
    pairs = await (draft.pairs_with if run.among_peers else draft.pairs_of)(command.protege_id)
    wanted = [pair for pair in pairs if command.mentor_id is None or command.mentor_id in pair.pairing]
    if not wanted:
        raise PairNotInDraft
    if len(wanted) > 1:
        raise Invalid("There are several: say which of them.", field="mentor_id")
    (pair,) = wanted
    mentor = await _places_of(pair, run, draft)
    draft.take_apart(pair, mentor, run.unpair(pair, mentor, others=len(pairs) > 1))
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
    taken = await runs.draft_of(run).places_taken(both_sides=run.among_peers)
    explained = slice(command.after, command.after + command.most)

    def ranked() -> list[Candidate]:
        return [
            Candidate(pair=pair, free_places=max(field.places[pair.mentor_id] - taken.get(pair.mentor_id, 0), 0))
            for pair in field.candidates(field.cohort(run, everybody=True), command.protege_id, explained)
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
    scored = one_scored(field, command.protege_id, command.mentor_id, run)
    return Candidate(pair=scored, free_places=field.places[command.mentor_id])


async def _places_of(pair: Pair, run: MatchRun, draft: Draft) -> MentorPlaces | None:
    """The mentor's, and none among peers, who have none to give."""
    return None if run.among_peers else await draft.mentor(pair.mentor_id)


async def _must_take_part(run: MatchRun, protege_id: str, mentor_id: str, enrolments: Enrolments) -> None:
    enrolled = await enrolments.of_people(run.programme_id, [protege_id, mentor_id])
    roles = [enrolled[person_id].role if person_id in enrolled else None for person_id in (protege_id, mentor_id)]
    if roles != ([Role.PEER, Role.PEER] if run.among_peers else [Role.PROTEGE, Role.MENTOR]):
        raise NotFound
