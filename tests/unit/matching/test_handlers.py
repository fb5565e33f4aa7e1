"""What matching does when asked, over a database without a server."""

from datetime import timedelta
from typing import Any

import pytest

from services.matching.domain import (
    AlreadyEnrolled,
    AlreadyProposed,
    DraftOutdated,
    EndReason,
    HardRuleBroken,
    NoPlaceLeft,
    Role,
    Wishes,
)
from services.matching.engine import Cohort, match
from services.matching.engine.runs import Order
from services.matching.engine.runs import run as engine_run
from services.matching.handlers.cohort import FIRST_IN_QUEUE, NEXT_IN_QUEUE
from services.matching.handlers.enrolments import (
    ApproveAll,
    RememberPerson,
    RequestEnrolment,
    SettleProposals,
    approve_all,
    remember_person,
    request_enrolment,
    settle_proposals,
)
from services.matching.handlers.imports import ImportEnrolments, import_enrolments, read_enrolments
from services.matching.handlers.partnerships import EndPartnership, end_partnership
from services.matching.handlers.programmes import (
    DraftProgramme,
    OpenProgramme,
    ReviseProgramme,
    draft_programme,
    open_programme,
    revise_programme,
)
from services.matching.handlers.proposals import (
    AcceptProposal,
    DeclineProposal,
    OfferPair,
    accept_proposal,
    decline_proposal,
    offer_pair,
)
from services.matching.handlers.publishing import PublishRun, UndoPublishing, publish_run, undo_publishing
from services.matching.handlers.runs import (
    BeginRun,
    FinishRun,
    KeepPortion,
    LookAhead,
    StartRun,
    begin_run,
    finish_run,
    keep_portion,
    look_ahead,
    start_run,
)
from shared.aggregate import new_id
from shared.contracts.matching import PartnershipStarted, ProposalMade, ProposalWithdrawn
from tests.unit.matching.builders import LATER, MANAGER, NOON, a_person, terms
from tests.unit.matching.memory import Memory

PEOPLE = {"linh": Role.PROTEGE, "amara": Role.PROTEGE, "rui": Role.MENTOR}


class Story:
    """A programme with people in it, and what can be asked about them."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.run = self.memory.run
        self.programme_id = ""

    async def begin(self, people: dict[str, Role]) -> None:
        self.programme_id = await self.run(
            draft_programme, DraftProgramme(terms=terms(), by=MANAGER, roles=frozenset({"administrator"}), at=NOON)
        )
        await self.run(open_programme, OpenProgramme(programme_id=self.programme_id, by=MANAGER, at=NOON))
        for person_id, role in people.items():
            await self.know(person_id)
            await self.enrol(person_id, role)
        await self.run(approve_all, ApproveAll(programme_id=self.programme_id, by=MANAGER, at=NOON))

    async def know(self, person_id: str, **fields: Any) -> None:
        await self.run(remember_person, RememberPerson(person=a_person(person_id, **fields), at=NOON))

    async def enrol(self, person_id: str, role: Role) -> str:
        command = RequestEnrolment(programme_id=self.programme_id, person_id=person_id, role=role, wishes=Wishes(), by=person_id, at=NOON)
        return str(await self.run(request_enrolment, command))

    async def order(self) -> tuple[str, Order]:
        run_id = await self.run(start_run, StartRun(programme_id=self.programme_id, by=MANAGER, at=NOON))
        order, _ = await self.run(begin_run, BeginRun(run_id=run_id))
        return run_id, order

    async def cohort(self) -> tuple[str, Cohort]:
        run_id, order = await self.order()
        return run_id, order.cohort

    async def draft(self) -> str:
        run_id, order = await self.order()
        draft_id = new_id()
        *portions, last = engine_run(order, lambda _percent, _step: None)
        for said in portions:
            await self.run(keep_portion, KeepPortion(run_id=run_id, draft_id=draft_id, said=said))
        await self.run(finish_run, FinishRun(run_id=run_id, draft_id=draft_id, found=last["found"], took=timedelta(seconds=2)))
        return run_id

    async def offer(self, protege_id: str = "linh", mentor_id: str = "rui") -> str:
        command = OfferPair(programme_id=self.programme_id, protege_id=protege_id, mentor_id=mentor_id, by=MANAGER, at=NOON)
        return str(await self.run(offer_pair, command))

    async def accept(self, proposal_id: str, by: str) -> str | None:
        found: str | None = await self.run(accept_proposal, AcceptProposal(proposal_id=proposal_id, by=by, at=LATER))
        return found

    def told(self, kind: type) -> list[Any]:
        return [event for event in self.memory.events if isinstance(event, kind)]

    def enrolment(self, person_id: str) -> dict[str, Any]:
        return next(row for row in self.memory.collections["enrolments"].values() if row["person_id"] == person_id)

    def states(self) -> list[str]:
        return [row["state"] for row in self.memory.collections["proposals"].values()]


@pytest.fixture
async def story() -> Story:
    one = Story()
    await one.begin(PEOPLE)
    return one


async def test_nobody_enrols_twice(story: Story) -> None:
    with pytest.raises(AlreadyEnrolled):
        await story.enrol("linh", Role.MENTOR)


async def test_a_draft_is_published_with_a_deadline_for_each_and_can_be_undone(story: Story) -> None:
    run_id = await story.draft()
    assert await story.run(publish_run, PublishRun(run_id=run_id, by=MANAGER, at=LATER)) == 1
    assert min(timer["due_at"] for timer in story.memory.timers("proposal_deadline")) >= LATER + timedelta(days=14)
    await story.run(undo_publishing, UndoPublishing(run_id=run_id, by=MANAGER, at=LATER))
    assert story.memory.timers("proposal_deadline") == []
    assert len(story.told(ProposalMade)) == len(story.told(ProposalWithdrawn)) == 1


async def test_the_same_place_is_offered_to_several_and_whoever_completes_first_has_it(story: Story) -> None:
    first, second = await story.offer("linh"), await story.offer("amara")
    with pytest.raises(AlreadyProposed):
        await story.offer("linh")
    for proposal_id, protege in ((first, "linh"), (second, "amara")):
        await story.accept(proposal_id, protege)
    assert await story.accept(first, "rui")
    with pytest.raises(NoPlaceLeft):
        await story.accept(second, "rui")
    assert [event.protege_id for event in story.told(PartnershipStarted)] == ["linh"]

    due = {timer["subject"] for timer in story.memory.timers("settle_proposals")}
    assert story.enrolment("rui")["_id"] in due
    await story.run(settle_proposals, SettleProposals(enrolment_id=story.enrolment("rui")["_id"], at=LATER))
    assert sorted(story.states()) == ["accepted", "withdrawn"]
    assert story.enrolment("amara")["put_back_at"] == LATER


async def test_whoever_was_let_down_has_a_bonus_in_the_next_run(story: Story) -> None:
    for protege in ("linh", "amara"):
        proposal_id = await story.offer(protege)
        await story.run(decline_proposal, DeclineProposal(proposal_id=proposal_id, reason="", by="rui", at=LATER))
    await story.know("deborah")
    await story.enrol("deborah", Role.MENTOR)
    await story.run(approve_all, ApproveAll(programme_id=story.programme_id, by=MANAGER, at=LATER))
    _, cohort = await story.cohort()
    bonus = {one.person_id: one.bonus for one in cohort.proteges}
    assert sorted(bonus.values()) == [FIRST_IN_QUEUE - NEXT_IN_QUEUE, FIRST_IN_QUEUE]
    assert cohort.declined == {("linh", "rui"), ("amara", "rui")}


async def test_whoever_is_asked_or_has_a_partner_is_not_in_the_next_run(story: Story) -> None:
    proposal_id = await story.offer("linh")
    _, cohort = await story.cohort()
    assert ([one.person_id for one in cohort.proteges], [one.places for one in cohort.mentors]) == (["amara"], [0])
    assert [(one.reason, one.eligible) for one in match(cohort).left_out] == [("too_few_places", 1)], "who fits is full"
    await story.accept(proposal_id, "linh")
    partnership_id = await story.accept(proposal_id, "rui")
    assert partnership_id is not None
    command = EndPartnership(partnership_id=partnership_id, reason=EndReason.COMPLETED, by="linh", at=LATER)
    await story.run(end_partnership, command)
    assert story.enrolment("linh")["state"] == "ended"
    assert story.enrolment("rui")["places_taken"] == 0


async def test_partners_of_before_are_not_partners_of_now(story: Story) -> None:
    proposal_id = await story.offer("linh")
    await story.accept(proposal_id, "linh")
    partnership_id = await story.accept(proposal_id, "rui")
    _, cohort = await story.cohort()
    assert (sorted(cohort.partnered), sorted(cohort.earlier_partners)) == ([("linh", "rui")], [])
    command = EndPartnership(partnership_id=str(partnership_id), reason=EndReason.NOT_WORKING, by="linh", at=LATER)
    await story.run(end_partnership, command)
    cohort = await story.run(look_ahead, LookAhead(programme_id=story.programme_id, by=MANAGER))
    assert (sorted(cohort.partnered), sorted(cohort.earlier_partners)) == ([], [("linh", "rui")])
    with pytest.raises(HardRuleBroken, match="already_partnered"):
        await story.offer("linh")
    again = terms(rules={"never_again": False})
    await story.run(revise_programme, ReviseProgramme(programme_id=story.programme_id, terms=again, by=MANAGER, at=LATER))
    await story.offer("linh")


async def test_a_draft_that_has_become_wrong_is_not_published(story: Story) -> None:
    run_id = await story.draft()
    await story.know("linh", manager_id="rui")
    await story.know("amara", manager_id="rui")
    with pytest.raises(DraftOutdated):
        await story.run(publish_run, PublishRun(run_id=run_id, by=MANAGER, at=LATER))
    assert story.told(ProposalMade) == []
    with pytest.raises(HardRuleBroken):
        await story.offer("linh")


async def test_a_draft_whose_mentor_has_given_the_place_away_is_not_published(story: Story) -> None:
    run_id = await story.draft()
    await story.offer("linh")
    with pytest.raises(DraftOutdated):
        await story.run(publish_run, PublishRun(run_id=run_id, by=MANAGER, at=LATER))


async def test_an_import_writes_nothing_until_it_is_asked_to(story: Story) -> None:
    await story.know("mei")
    table = read_enrolments(b"email,role,needs\nMEI@example.org,protege,finance; chess\nlinh@example.org,protege,chess\n")

    async def import_(*, commit: bool) -> tuple[int, int]:
        command = ImportEnrolments(programme_id=story.programme_id, rows=table.rows, seen={}, commit=commit, by=MANAGER, at=NOON)
        plan = await story.run(import_enrolments, command)
        return plan.count("new"), plan.count("changed")

    before = len(story.memory.collections["enrolments"])
    assert await import_(commit=False) == await import_(commit=False) == (1, 1)
    assert len(story.memory.collections["enrolments"]) == before
    assert await import_(commit=True) == (1, 1)
    assert await import_(commit=True) == (0, 0)
    assert story.enrolment("mei")["needs"] == ["finance", "chess"]
