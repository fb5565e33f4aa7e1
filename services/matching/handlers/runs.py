"""What can be asked about match runs: start one, work on it, change its draft."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.matching.domain import HardRuleBroken, MatchRun, Outcome, Pair, Role
from services.matching.engine import Cohort, ScoredPair, score_pairs
from services.matching.engine import candidates as engine_candidates
from services.matching.handlers.cohort import Surveys
from services.matching.handlers.stores import Enrolments, Programmes, Runs
from shared.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class StartRun:
    programme_id: str
    by: str
    at: datetime


async def start_run(command: StartRun, programmes: Programmes, runs: Runs) -> str:
    """Match now; the run's id."""
    programme = await programmes.get(command.programme_id)
    run = MatchRun.start(programme, await runs.latest(programme.id), by=command.by, at=command.at)
    runs.add(run)
    return run.id


# ---------------------------------------------------------------- the work


@dataclass(frozen=True, kw_only=True)
class BeginRun:
    run_id: str


async def begin_run(
    command: BeginRun,
    runs: Runs,
    programmes: Programmes,
    surveys: Surveys,
) -> Cohort:
    """Take a run up; what it is to be made from."""
    run = await runs.get(command.run_id)
    programme = await programmes.get(run.programme_id)
    run.begin()
    runs.save(run)
    return (await surveys.of(programme)).cohort(run)


@dataclass(frozen=True, kw_only=True)
class FinishRun:
    run_id: str
    match: dict[str, Any]
    """`Match.to_json` of the engine."""
    took: timedelta


async def finish_run(command: FinishRun, runs: Runs) -> None:
    """End a run in a draft."""
    run = await runs.get(command.run_id)
    run.finish(_outcome(command.match), run.requested_at + command.took)
    runs.save(run)


@dataclass(frozen=True, kw_only=True)
class FailRun:
    run_id: str
    took: timedelta


async def fail_run(command: FailRun, runs: Runs) -> None:
    """End a run without a draft."""
    run = await runs.get(command.run_id)
    run.fail(run.requested_at + command.took)
    runs.save(run)


def _outcome(match: dict[str, Any]) -> Outcome:
    fields = {name: match[name] for name in ("left_out", "idle_mentor_ids", "released", "proteges", "places", "rounds", "pairs_checked")}
    pairs = [{name: value for name, value in pair.items() if name != "broken_rules"} for pair in match["pairs"]]
    return Outcome(pairs=pairs, **fields)


# ---------------------------------------------------------------- the draft


@dataclass(frozen=True, kw_only=True)
class ChangePair:
    run_id: str
    protege_id: str
    mentor_id: str
    by: str
    at: datetime


async def lock_pair(command: ChangePair, runs: Runs, programmes: Programmes) -> None:
    """Keep a pair whatever later runs find."""
    run = await _managed(command.run_id, command.by, runs, programmes)
    run.lock(command.protege_id, command.mentor_id)
    runs.save(run)


async def unlock_pair(command: ChangePair, runs: Runs, programmes: Programmes) -> None:
    """Let the next run decide again."""
    run = await _managed(command.run_id, command.by, runs, programmes)
    run.unlock(command.protege_id, command.mentor_id)
    runs.save(run)


async def forbid_pair(command: ChangePair, runs: Runs, programmes: Programmes, enrolments: Enrolments) -> None:
    """Never pair these two."""
    run = await _managed(command.run_id, command.by, runs, programmes)
    await _must_take_part(run.programme_id, command.protege_id, command.mentor_id, enrolments)
    run.forbid(command.protege_id, command.mentor_id)
    runs.save(run)


async def allow_pair(command: ChangePair, runs: Runs, programmes: Programmes) -> None:
    """Let these two be paired again."""
    run = await _managed(command.run_id, command.by, runs, programmes)
    run.allow(command.protege_id, command.mentor_id)
    runs.save(run)


async def pair_by_hand(
    command: ChangePair,
    runs: Runs,
    programmes: Programmes,
    surveys: Surveys,
) -> None:
    """Give a protégé this mentor. The hard rules still hold."""
    run = await _managed(command.run_id, command.by, runs, programmes)
    field = await surveys.of(await programmes.get(run.programme_id))
    field.must_have(command.protege_id, command.mentor_id)
    scored = one_scored(field.cohort(run), command.protege_id, command.mentor_id)
    run.pair_by_hand(pair_of(scored), scored.broken_rules, field.places[command.mentor_id])
    runs.save(run)


@dataclass(frozen=True, kw_only=True)
class Unpair:
    run_id: str
    protege_id: str
    by: str
    at: datetime


async def unpair(command: Unpair, runs: Runs, programmes: Programmes) -> None:
    """Leave a protégé without a mentor."""
    run = await _managed(command.run_id, command.by, runs, programmes)
    run.unpair(command.protege_id)
    runs.save(run)


@dataclass(frozen=True, kw_only=True)
class ShowCandidates:
    run_id: str
    protege_id: str
    by: str


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A mentor for one protégé, with the places this draft leaves."""

    pair: ScoredPair
    free_places: int


async def show_candidates(
    command: ShowCandidates,
    runs: Runs,
    programmes: Programmes,
    surveys: Surveys,
) -> list[Candidate]:
    """All mentors for one protégé of a draft, the best first."""
    run = await _managed(command.run_id, command.by, runs, programmes)
    field = await surveys.of(await programmes.get(run.programme_id))
    field.must_have(command.protege_id)
    return [
        Candidate(pair=pair, free_places=max(field.places[pair.mentor_id] - run.places_used(pair.mentor_id), 0))
        for pair in engine_candidates(field.cohort(run, everybody=True), command.protege_id)
    ]


async def _managed(run_id: str, by: str, runs: Runs, programmes: Programmes) -> MatchRun:
    run = await runs.get(run_id)
    (await programmes.get(run.programme_id)).must_be_managed_by(by)
    return run


async def _must_take_part(programme_id: str, protege_id: str, mentor_id: str, enrolments: Enrolments) -> None:
    enrolled = await enrolments.of_people(programme_id, [protege_id, mentor_id])
    roles = {person_id: enrolment.role for person_id, enrolment in enrolled.items()}
    if roles.get(protege_id) is not Role.PROTEGE or roles.get(mentor_id) is not Role.MENTOR:
        raise NotFound


def one_scored(cohort: Cohort, protege_id: str, mentor_id: str) -> ScoredPair:
    """The pair with its points. Raises HardRuleBroken when one of the two is not free at all."""
    for scored in score_pairs(cohort, [(protege_id, mentor_id)]):
        return scored
    raise HardRuleBroken("One of the two is not free: a partnership, an open proposal, or no place left.")


def pair_of(scored: ScoredPair) -> Pair:
    """The engine's pair in the domain's words."""
    return Pair(
        protege_id=scored.protege_id,
        mentor_id=scored.mentor_id,
        points=scored.points,
        shares=scored.shares,
        reasons=scored.reasons,
        unanswered=scored.unanswered,
    )
