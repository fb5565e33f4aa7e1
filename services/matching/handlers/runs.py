"""What can be asked about match runs: start one, work on it, end it."""

import asyncio
import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.matching.domain import (
    Failure,
    HardRuleBroken,
    LeftOut,
    Limits,
    MatchRun,
    MentorPlaces,
    Outcome,
    Pair,
    PartnershipForm,
    RunMode,
    RunOptions,
    Shortage,
)
from services.matching.engine import Cohort, ScoredPair
from services.matching.engine.runs import Form, Order
from services.matching.handlers.cohort import Field, Surveys
from services.matching.handlers.foresight import must_make_sense
from services.matching.handlers.stores import Meanings, Programmes, Runs


@dataclass(frozen=True, kw_only=True)
class StartRun:
    programme_id: str
    by: str
    at: datetime
    options: RunOptions = field(default_factory=RunOptions)
    allowed: Limits = field(default_factory=Limits)
    """The most time and memory a run may have."""


async def start_run(command: StartRun, programmes: Programmes, runs: Runs, surveys: Surveys) -> str:
    """Match now; the run's id. Raises Invalid or RulesExcludeEverybody for what no run could do with the people there are."""
    programme = await programmes.get(command.programme_id)
    latest = await runs.latest(programme.id)
    run = MatchRun.start(programme, latest, options=command.options, allowed=command.allowed, by=command.by, at=command.at)
    seen = await surveys.of(programme, meanings=False)
    await asyncio.to_thread(must_make_sense, run, seen)
    runs.add(run)
    return run.id


@dataclass(frozen=True, kw_only=True)
class LookAhead:
    programme_id: str
    by: str


async def look_ahead(command: LookAhead, programmes: Programmes, surveys: Surveys) -> Cohort:
    """What a run would be made from now."""
    programme = await programmes.get(command.programme_id)
    programme.must_be_managed_by(command.by)
    seen = await surveys.of(programme, meanings=False)
    return await asyncio.to_thread(seen.cohort)


@dataclass(frozen=True, kw_only=True)
class CancelRun:
    run_id: str
    by: str
    at: datetime


async def cancel_run(command: CancelRun, runs: Runs, programmes: Programmes) -> None:
    """Nobody wants this run any more."""
    run = await managed_run(command.run_id, command.by, runs, programmes)
    run.cancel()
    runs.save(run)


# ---------------------------------------------------------------- the work

FORMS = {
    PartnershipForm.ONE_TO_ONE: Form.ONE_TO_ONE,
    PartnershipForm.REVERSE: Form.ONE_TO_ONE,
    PartnershipForm.CIRCLE: Form.CIRCLES,
    PartnershipForm.FLASH: Form.ROUNDS,
    PartnershipForm.PEER: Form.PEERS,
}


@dataclass(frozen=True, kw_only=True)
class BeginRun:
    run_id: str


async def begin_run(command: BeginRun, runs: Runs, programmes: Programmes, surveys: Surveys) -> tuple[Order, Limits]:
    """Take a run up; what it is to be made from, and within what limits of its own."""
    run = await runs.get(command.run_id)
    programme = await programmes.get(run.programme_id)
    run.begin()
    runs.save(run)
    terms, seen = programme.terms, await surveys.of(programme)
    order = Order(
        cohort=await asyncio.to_thread(seen.cohort, run),  # which others need not wait for
        stable=run.options.mode is RunMode.STABLE,
        form=FORMS[run.form],
        smallest=terms.circle.smallest,
        largest=terms.circle.largest,
        meetings=terms.flash.meetings,
        rounds=terms.flash.rounds,
    )
    return order, run.options.limits


@dataclass(frozen=True, kw_only=True)
class KeepPortion:
    """A part of a draft that nobody sees before the run has ended in it. `said`: some pairs, people, groups or mentors, by the engine."""

    run_id: str
    draft_id: str
    said: dict[str, Any]


async def keep_portion(command: KeepPortion, runs: Runs) -> None:
    """Write down a part of what the engine has found."""
    draft = runs.new_draft(command.run_id, command.draft_id)
    for pair in command.said.get("pairs", ()):
        draft.put_pair(Pair(**pair))
    for one in command.said.get("left_out", ()):
        draft.put_left_out(LeftOut(**one))
    for group in command.said.get("groups", ()):
        draft.put_shortage(Shortage(**group))
    for mentor in command.said.get("mentors", ()):
        draft.put_mentor(MentorPlaces(**mentor))
    for part in command.said.get("candidates", ()):
        draft.put_candidates(part["number"], base64.b64decode(part["packed"]))


@dataclass(frozen=True, kw_only=True)
class KeepMeanings:
    """What the engine's language model made of phrases that nobody had looked up before."""

    vectors: dict[str, str]


async def keep_meanings(command: KeepMeanings, meanings: Meanings) -> None:
    """Spare the next run the work, and give looks at single pairs the same points."""
    meanings.keep(command.vectors)


@dataclass(frozen=True, kw_only=True)
class FinishRun:
    run_id: str
    draft_id: str
    found: dict[str, Any]
    """The figures of the engine's match."""
    took: timedelta


async def finish_run(command: FinishRun, runs: Runs) -> None:
    """End a run in the draft that was kept."""
    run = await runs.get(command.run_id)
    run.finish(Outcome(draft_id=command.draft_id, **command.found), run.requested_at + command.took)
    runs.save(run)


@dataclass(frozen=True, kw_only=True)
class FailRun:
    run_id: str
    failure: Failure
    took: timedelta


async def fail_run(command: FailRun, runs: Runs) -> None:
    """End a run without a draft."""
    run = await runs.get(command.run_id)
    run.fail(command.failure, run.requested_at + command.took)
    runs.save(run)


# ---------------------------------------------------------------- what others need


async def managed_run(run_id: str, by: str, runs: Runs, programmes: Programmes) -> MatchRun:
    """A run for one of its programme's managers. Raises NotItsProgrammeManager."""
    run = await runs.get(run_id)
    (await programmes.get(run.programme_id)).must_be_managed_by(by)
    return run


def one_scored(field: Field, protege_id: str, mentor_id: str, run: MatchRun | None = None, *, everybody: bool = True) -> ScoredPair:
    """The pair with its points, as a run would see it. Raises HardRuleBroken when one of the two is not free at all."""
    for scored in field.scored(field.cohort(run, everybody=everybody), [(protege_id, mentor_id)]):
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
