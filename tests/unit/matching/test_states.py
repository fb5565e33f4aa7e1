"""No state is a dead end: each has an owner and a deadline, and the tables say exactly what the code does."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import pytest

from services.matching.consumers import reactions, work_on_runs
from services.matching.domain import Proposal
from services.matching.domain.lives import LIVES, PROPOSAL
from services.matching.domain.states import Life, State, Step
from shared.errors import Rejected
from tests.support.walking import walk
from tests.unit.matching.builders import LATER, a_proposal


class Lamp(StrEnum):
    OFF = "off"
    ON = "on"
    BROKEN = "broken"


GLOWING = State(
    state=Lamp.ON, owner="you", deadline="at night", timer="dusk", overdue="it breaks", steps=(Step("you", "break it", Lamp.BROKEN),)
)
DARK = State(
    state=Lamp.OFF, owner="you", deadline="at dusk", timer="dusk", overdue="it is dark", steps=(Step("you", "switch it on", Lamp.ON),)
)


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.name)
def test_no_state_is_without_owner_deadline_and_a_way_to_an_end(life: Life) -> None:
    assert list(life.faults()) == []
    assert {row.timer for row in life.states if not row.is_end} <= {*reactions.timers, work_on_runs.__name__}


@pytest.mark.parametrize(
    ("states", "fault"),
    [
        ((DARK, GLOWING), "broken is not in the table"),
        ((State(state=Lamp.OFF, owner="you", steps=DARK.steps), GLOWING, State(state=Lamp.BROKEN)), "off has no owner, or no deadline"),
        ((GLOWING, DARK, State(state=Lamp.BROKEN)), "nothing leads to off"),
        (
            (DARK, State(state=Lamp.ON, owner="you", deadline="d", timer="t", overdue="o", steps=(Step("you", "wait", Lamp.ON),))),
            "nothing leads from on to an end",
        ),
    ],
)
def test_a_dead_end_is_found(states: tuple[State, ...], fault: str) -> None:
    assert any(fault in found for found in Life("lamp", states).faults())


@dataclass
class Desk:
    """A desk with a lamp."""

    lamp: Lamp = Lamp.OFF

    def switch_on(self) -> None:
        if self.lamp is not Lamp.OFF:
            raise Rejected
        self.lamp = Lamp.ON

    def drop(self) -> None:
        self.lamp = Lamp.BROKEN


def test_a_walk_finds_what_the_table_does_not_say_and_what_the_code_cannot_do() -> None:
    lamp = Life("lamp", (DARK, GLOWING, State(state=Lamp.BROKEN)))
    with pytest.raises(AssertionError):
        walk(lamp, Desk(), [("switch it on", Desk.switch_on)], lambda desk: desk.lamp)
    with pytest.raises(AssertionError):
        walk(lamp, Desk(), [("switch it on", Desk.switch_on), ("break it", Desk.drop)], lambda desk: desk.lamp)


def test_a_proposal_does_what_its_table_says() -> None:
    proposal, _, _ = a_proposal()
    acts: list[tuple[str, Callable[[Proposal], object]]] = [
        ("says yes", lambda one: one.accept(one.protege_id, LATER)),
        ("says yes", lambda one: one.accept(one.mentor_id, LATER)),
        ("says no", lambda one: one.decline(one.mentor_id, "", LATER)),
        ("takes it back", lambda one: one.withdraw(LATER)),
        ("lets the deadline pass", lambda one: one.expire(one.deadline_at)),
    ]
    walk(PROPOSAL, proposal, acts, lambda one: one.state)
