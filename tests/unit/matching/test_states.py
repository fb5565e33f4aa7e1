"""No state is a dead end: each has an owner and a deadline, and the tables say exactly what the code does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest

from services.matching.consumers import reactions, work_on_runs
from services.matching.domain import (
    EndReason,
    Enrolment,
    MentorRequest,
    Partnership,
    Programme,
    ProgrammeState,
    Proposal,
    Role,
    Wishes,
)
from services.matching.domain.lives import ENROLMENT, LIVES, PARTNERSHIP, PROGRAMME, PROPOSAL, REQUEST
from services.matching.domain.partnership import DAYS_TO_CLOSE
from services.matching.domain.states import Life, State, Step
from services.matching.handlers.stores import Enrolments, Partnerships, Programmes, Proposals
from shared.aggregate import Aggregate
from shared.errors import Rejected
from tests.support.walking import walk
from tests.unit.matching.builders import (
    LATER,
    MANAGER,
    NOON,
    a_person,
    a_programme,
    a_proposal,
    a_request,
    an_enrolment,
    terms,
)
from tests.unit.matching.memory import Memory

MARCH = date(2027, 3, 1)


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


async def timers_of(*things: Aggregate) -> set[tuple[str, str]]:
    """The timers that saving sets, by kind and subject."""
    memory = Memory()

    async def save(_: None, programmes: Programmes, enrolments: Enrolments, partnerships: Partnerships, proposals: Proposals) -> None:
        stores: dict[type, Any] = {Programme: programmes, Enrolment: enrolments, Partnership: partnerships, Proposal: proposals}
        for thing in things:
            stores[type(thing)].save(thing.model_copy(deep=True))

    await memory.run(save, None)
    return {(row["kind"], row["subject"]) for row in memory.collections["timers"].values()}


async def test_whatever_waits_has_the_timer_that_its_table_names() -> None:
    """A draft and an open programme, somebody who pauses, partners who meet and who pause, a proposal."""
    draft, programme = a_programme(opened=False), a_programme()
    pauses, partnership = an_enrolment(programme, "amara"), a_partnership(programme)
    pauses.pause(programme, MARCH, by="amara", at=NOON)
    proposal, *_ = a_proposal(programme)
    for life, thing in ((PROGRAMME, draft), (PROGRAMME, programme), (ENROLMENT, pauses), (PROPOSAL, proposal), (PARTNERSHIP, partnership)):
        assert (life.at(thing.state).timer, thing.id) in await timers_of(thing)
    partnership.pause(programme, MARCH, by="linh", at=NOON)
    assert await timers_of(partnership) == {("partnership_pause", partnership.id), ("partnership_end", partnership.id)}
    assert ("programme_end", programme.id) in await timers_of(programme)
    programme.close(MANAGER, NOON)
    assert {kind for kind, _ in await timers_of(programme)} == {"let_go", "programme_closed"}


def a_partnership(programme: Programme) -> Partnership:
    return Partnership.start(programme, an_enrolment(programme), an_enrolment(programme, "rui", Role.MENTOR), at=NOON)


def test_a_programme_does_what_its_table_says() -> None:
    over = datetime(2027, 11, 1, tzinfo=UTC)
    acts: list[tuple[str, Callable[[Programme], object]]] = [
        ("revises it", lambda one: one.revise(terms(name="Other"), MANAGER, NOON)),
        ("opens it", lambda one: one.open(MANAGER, NOON)),
        ("closes it", lambda one: one.close(MANAGER, NOON)),
        ("close it", lambda one: one.finish(over)),
        ("tell who waits", tell_who_waits),
        ("lets a year pass", let_a_year_pass),
    ]
    walk(PROGRAMME, a_programme(opened=False), acts, lambda one: one.state)


def tell_who_waits(programme: Programme) -> None:
    programme.must_be_open()
    programme.review(waiting_approval=1, waiting_partner=1, at=LATER)


def let_a_year_pass(programme: Programme) -> None:
    if programme.state is ProgrammeState.OPEN:
        raise Rejected
    programme.review(waiting_approval=0, waiting_partner=0, at=LATER)


def test_an_enrolment_does_what_its_table_says() -> None:
    programme = a_programme()
    day, at = date(2027, 3, 1), datetime(2027, 3, 1, tzinfo=UTC)
    acts: list[tuple[str, Callable[[Enrolment], object]]] = [
        ("revises it", lambda one: one.revise(programme, Wishes(needs=["chess"]), by="linh")),
        ("approves", lambda one: one.approve(programme, by=MANAGER, at=NOON)),
        ("declines", lambda one: one.decline(programme, by=MANAGER, at=NOON)),
        ("withdraws", lambda one: one.withdraw(programme, by="linh", at=NOON)),
        ("leaves", leave),
        ("let them go", lambda one: one.let_go(NOON)),
        ("pauses", lambda one: one.pause(programme, day, by="linh", at=NOON)),
        ("pauses", lambda one: one.pause(programme, date(2027, 4, 1), by="linh", at=NOON)),
        ("resumes", lambda one: one.resume(programme, by="linh", at=NOON)),
        ("wake them", lambda one: one.wake(at)),
        ("become partners", lambda one: one.take_place("partnership")),
        ("part", lambda one: part(one, completed=False)),
        ("complete it", lambda one: part(one, completed=True)),
    ]
    asked = Enrolment.request(programme, a_person(), Role.PROTEGE, Wishes(), by="linh", at=NOON)
    walk(ENROLMENT, asked, acts, lambda one: one.state)


def leave(enrolment: Enrolment) -> None:
    if enrolment.has_partner:
        part(enrolment, completed=False)
    enrolment.leave(NOON)


def part(enrolment: Enrolment, *, completed: bool) -> None:
    if not enrolment.has_partner:
        raise Rejected
    enrolment.free_place(NOON, completed=completed)


@dataclass
class Pair:
    """A partnership with what its end changes."""

    programme: Programme
    protege: Enrolment
    mentor: Enrolment
    partnership: Partnership

    def end(self) -> None:
        self.partnership.end(self.programme, self.protege, self.mentor, EndReason.BY_AGREEMENT, by="linh", at=LATER)

    def complete(self) -> None:
        over = datetime.combine(self.partnership.ends_on or NOON.date(), NOON.time(), UTC) + timedelta(days=DAYS_TO_CLOSE + 1)
        self.partnership.complete(self.programme, self.protege, self.mentor, over)


def test_a_partnership_does_what_its_table_says() -> None:
    programme = a_programme(partnership_weeks=20)
    protege, mentor = an_enrolment(programme), an_enrolment(programme, "rui", Role.MENTOR)
    pair = Pair(programme, protege, mentor, Partnership.start(programme, protege, mentor, at=NOON))
    acts: list[tuple[str, Callable[[Pair], object]]] = [
        ("pauses it", lambda one: one.partnership.pause(programme, date(2027, 2, 1), by="linh", at=LATER)),
        ("pauses it", lambda one: one.partnership.pause(programme, date(2027, 3, 1), by="rui", at=LATER)),
        ("resumes it", lambda one: one.partnership.resume(programme, by=MANAGER, at=LATER)),
        ("wake it", lambda one: one.partnership.wake(datetime(2027, 3, 1, tzinfo=UTC))),
        ("prolongs it", lambda one: one.partnership.prolong(programme, date(2027, 5, 1), by="linh", at=LATER)),
        ("ends it", Pair.end),
        ("complete it", Pair.complete),
    ]
    walk(PARTNERSHIP, pair, acts, lambda one: one.partnership.state)


# ---------------------------------------------------------------- requests


def every_act() -> list[tuple[str, Callable[[MentorRequest], None]]]:
    """What can be done to a request of Linh's to two mentors, in the words of the table."""
    programme, closed = a_programme(), a_programme()
    closed.close(MANAGER, NOON)
    linh, partnered = an_enrolment(programme), an_enrolment(programme)
    partnered.take_place("p")
    refused, _, _ = a_proposal(programme)
    refused.decline("linh", "", NOON)
    free, nobody = {"rui", "amara"}, set[str]()

    def review(request: MentorRequest, about: Programme, protege: Enrolment | None, *, proposal: Proposal | None = None) -> None:
        request.review(about, protege, proposal, free, LATER)

    ends = "end it when a partner is found, the protégé takes no part, or the programme closes"
    acts: list[tuple[str, Callable[[MentorRequest], None]]] = [
        ("says yes", lambda one: one.accept(one.mentor_ids[0], "p", LATER)),
        ("says yes", lambda one: one.accept(one.mentor_ids[1], "p", LATER)),
        ("says no", lambda one: one.decline(one.mentor_ids[0], "", programme, free, LATER)),
        ("says no", lambda one: one.decline(one.mentor_ids[1], "", programme, nobody, LATER)),
        ("lets the deadline pass", lambda one: one.lapse(programme, free, LATER)),
        ("lets the deadline pass", lambda one: one.lapse(programme, nobody, LATER)),
        ("pass over a mentor who is not free any more", lambda one: one.review(programme, linh, None, free - {one.mentor_ids[0]}, LATER)),
        ("pass over a mentor who is not free any more", lambda one: one.review(programme, linh, None, nobody, LATER)),
        ("puts those who wait in another order", lambda one: one.reorder([], by="linh", at=LATER)),
        ("withdraws", lambda one: one.withdraw(by="linh", at=LATER)),
        ("pairs by hand", lambda one: one.pair(programme, "ines", "p", by=MANAGER, at=LATER)),
        ("proposes another", lambda one: one.propose(programme, "ines", "x", LATER, by=MANAGER, at=LATER)),
        ("closes it kindly", lambda one: one.close_kindly(programme, "Sorry.", by=MANAGER, at=LATER)),
        ("says no to the proposal", lambda one: review(one, programme, linh, proposal=refused)),
        (ends, lambda one: review(one, closed, linh)),
        (ends, lambda one: review(one, programme, partnered)),
        (ends, lambda one: review(one, programme, None)),
    ]
    return [(does, as_if_now(act)) for does, act in acts]


def as_if_now(act: Callable[[MentorRequest], None]) -> Callable[[MentorRequest], None]:
    """The act without what grows for ever: how often managers had it, and when."""

    def acting(request: MentorRequest) -> None:
        act(request)
        request.turn, request.since = min(request.turn, 1), LATER
        request.deadline_at = LATER if request.is_open else None

    return acting


def a_request_to_two() -> MentorRequest:
    request = a_request(None, "rui", "amara")
    request.since = request.deadline_at = LATER
    return request


def test_a_request_does_what_its_table_says_and_ends_by_itself_from_wherever_it_stands() -> None:
    reached = walk(REQUEST, a_request_to_two(), every_act(), lambda one: one.state)
    assert {one.state for one in reached} == {row.state for row in REQUEST.states}
    programme = a_programme()
    for one in reached:
        for free in ({"rui", "amara"}, set[str]()):
            request, lapses = one.model_copy(deep=True), 0
            while request.deadline_at is not None:
                request.lapse(programme, free, request.deadline_at)
                lapses += 1
            assert REQUEST.at(request.state).is_end
            assert lapses <= len(request.wishes) + 3
