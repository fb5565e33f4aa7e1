"""The health of one pair: its state, the cause, and what a manager can do next."""

from dataclasses import dataclass
from datetime import datetime

from services.goals.health.codes import CauseCode, NextStepCode, State
from services.goals.health.facts import Facts
from services.goals.health.signals import SIGNALS, Cause, NextStep, person_left
from services.goals.health.thresholds import SIGNALS_UNTIL_HELP

UNHAPPY_ENDS = frozenset({"not_working", "needs_changed", "left"})
"""Reasons after which somebody may want a new match."""


@dataclass(frozen=True)
class Health:
    """A state, and for all but NEW and WELL the cause. A pair that ended as planned needs no next step."""

    state: State
    cause: Cause | None = None
    next_step: NextStep | None = None


def assess(facts: Facts, at: datetime) -> Health:
    """How the pair is doing at a moment."""
    if facts.ended_at is not None:
        return _ended(facts, facts.ended_at, at)
    looked_at = (person_left,) if facts.is_paused(at) else SIGNALS
    out = [signal for signal in (look(facts, at) for look in looked_at) if signal is not None]
    if not out:
        return Health(State.WELL if facts.met and facts.charter.signed else State.NEW)
    worst = next((signal for signal in out if signal.state is State.HELP), out[0])
    state = State.HELP if len(out) >= SIGNALS_UNTIL_HELP else worst.state
    return Health(state, worst.cause, worst.next_step)


def _ended(facts: Facts, ended_at: datetime, at: datetime) -> Health:
    cause = Cause(CauseCode.ENDED, {"reason": facts.reason, "days": max((at - ended_at).days, 0)})
    if facts.reason not in UNHAPPY_ENDS:
        return Health(State.ENDED, cause)
    stays = facts.mentor_id if facts.protege_id in facts.left_ids else facts.protege_id
    return Health(State.ENDED, cause, NextStep(NextStepCode.OFFER_NEW_MATCH, {"person_id": stays}))
