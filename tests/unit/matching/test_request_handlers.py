"""What becomes of requests, from the first click to the end, over a database without a server."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.matching.consumers import reactions
from services.matching.domain import AlreadyAsking, HardRuleBroken, NoPlaceLeft, Role
from services.matching.handlers.enrolments import DecideEnrolment, withdraw_enrolment
from services.matching.handlers.programmes import CloseProgramme, close_programme
from services.matching.handlers.proposals import DeclineProposal, decline_proposal
from services.matching.handlers.requests import (
    AcceptRequest,
    CloseRequest,
    DeclineRequest,
    GiveMentor,
    MakeRequest,
    ReorderWishes,
    WithdrawRequest,
    accept_request,
    close_request,
    decline_request,
    make_request,
    pair_requester,
    propose_to_requester,
    reorder_wishes,
    withdraw_request,
)
from services.matching.handlers.runs import BeginRun, StartRun, begin_run, start_run
from shared.contracts.matching import PartnershipStarted, RequestClosed, RequestForwarded, RequestReferred
from shared.errors import Invalid, NotFound
from shared.timers import Timer
from tests.unit.matching.builders import LATER, MANAGER, NOON
from tests.unit.matching.memory import MemoryUnit
from tests.unit.matching.test_handlers import Story

PEOPLE = {"linh": Role.PROTEGE, "amara": Role.PROTEGE, "rui": Role.MENTOR, "deborah": Role.MENTOR, "ines": Role.MENTOR}


class Asking(Story):
    """A programme in which protégés ask."""

    async def ask(self, *mentor_ids: str, by: str = "linh", words: str = "") -> str:
        command = MakeRequest(programme_id=self.programme_id, mentor_ids=mentor_ids, words=words, by=by, at=NOON)
        return str(await self.run(make_request, command))

    async def say_yes(self, request_id: str, by: str) -> str:
        return str(await self.run(accept_request, AcceptRequest(request_id=request_id, by=by, at=LATER)))

    async def say_no(self, request_id: str, by: str) -> None:
        await self.run(decline_request, DeclineRequest(request_id=request_id, reason="", by=by, at=LATER))

    async def with_manager(self) -> str:
        """A request that no mentor has said yes to."""
        request_id = await self.ask("rui")
        await self.say_no(request_id, "rui")
        return request_id

    async def fire(self, *kinds: str) -> None:
        """Fire all timers of these kinds, in this order."""
        for kind in kinds:
            for row in self.memory.timers(kind):
                unit: Any = MemoryUnit(self.memory, row["due_at"])
                unit.remove("timers", row["_id"])
                await reactions.timers[kind](Timer.from_document({**row, "set_for": row["due_at"]}), unit)
                await unit.flush()

    def request(self, request_id: str) -> dict[str, Any]:
        return self.memory.collections["requests"][request_id]

    def asked(self, request_id: str) -> list[str]:
        return [wish["mentor_id"] for wish in self.request(request_id)["wishes"] if wish["state"] == "asked"]


@pytest.fixture
async def story() -> Asking:
    one = Asking()
    await one.begin(PEOPLE)
    return one


async def test_a_yes_makes_a_partnership_and_the_same_click_twice_makes_one(story: Asking) -> None:
    request_id = await story.ask("rui")
    partnership_id = await story.say_yes(request_id, "rui")
    assert await story.say_yes(request_id, "rui") == partnership_id
    assert [event.partnership_id for event in story.told(PartnershipStarted)] == [partnership_id]
    assert (story.enrolment("rui")["places_taken"], story.enrolment("linh")["partnership_id"]) == (1, partnership_id)
    assert story.memory.timers("request_deadline") == []


async def test_a_protege_asks_once_at_a_time_and_again_afterwards(story: Asking) -> None:
    request_id = await story.ask("rui")
    with pytest.raises(AlreadyAsking):
        await story.ask("deborah")
    await story.run(withdraw_request, WithdrawRequest(request_id=request_id, by="linh", at=LATER))
    assert await story.ask("deborah")


async def test_only_a_mentor_of_the_programme_whom_no_rule_excludes_can_be_asked(story: Asking) -> None:
    await story.know("ines", manager_id="linh")
    for place, mentor_ids in ((0, ["amara"]), (0, ["nobody"]), (1, ["rui", "ines"])):
        with pytest.raises(Invalid) as refusal:
            await story.ask(*mentor_ids)
        assert refusal.value.field == f"mentor_ids.{place}"
    for stranger in ("nobody", "rui"):
        with pytest.raises(NotFound):
            await story.ask("deborah", by=stranger)


async def test_whoever_has_said_no_to_a_request_is_not_asked_or_matched_with_the_same_protege(story: Asking) -> None:
    request_id = await story.ask("rui", "deborah")
    await story.say_no(request_id, "rui")
    assert story.asked(request_id) == ["deborah"]
    await story.run(withdraw_request, WithdrawRequest(request_id=request_id, by="linh", at=LATER))
    with pytest.raises(Invalid):
        await story.ask("rui")
    assert await story.ask("rui", by="amara")
    run_id = await story.run(start_run, StartRun(programme_id=story.programme_id, by=MANAGER, at=LATER))
    order, _ = await story.run(begin_run, BeginRun(run_id=run_id))
    assert order.cohort.declined == {("linh", "rui")}


async def test_a_new_order_counts_when_the_turn_comes(story: Asking) -> None:
    request_id = await story.ask("rui", "deborah", "ines")
    await story.run(reorder_wishes, ReorderWishes(request_id=request_id, mentor_ids=["ines", "deborah"], by="linh", at=LATER))
    await story.say_no(request_id, "rui")
    assert story.asked(request_id) == ["ines"]


async def test_whoever_asked_a_mentor_whose_last_place_is_gone_is_passed_on_at_once(story: Asking) -> None:
    first, second = await story.ask("rui"), await story.ask("rui", "deborah", by="amara")
    await story.say_yes(first, "rui")
    with pytest.raises(NoPlaceLeft):
        await story.say_yes(second, "rui")
    await story.fire("settle_requests", "review_request")
    assert story.asked(second) == ["deborah"]
    assert [event.mentor_id for event in story.told(RequestForwarded)] == ["deborah"]


async def test_a_mentor_who_leaves_or_withdraws_is_passed_over(story: Asking) -> None:
    request_id = await story.ask("rui", "deborah", "ines")
    await story.know("rui", active=False)
    await story.fire("leaver", "review_request")
    assert story.asked(request_id) == ["deborah"]
    await story.run(withdraw_enrolment, DecideEnrolment(enrolment_id=story.enrolment("deborah")["_id"], by="deborah", at=LATER))
    await story.fire("settle_requests", "review_request")
    assert story.asked(request_id) == ["ines"]


async def test_a_protege_who_leaves_or_withdraws_asks_nobody_any_more(story: Asking) -> None:
    first, second = await story.ask("rui"), await story.ask("rui", by="amara")
    await story.know("linh", active=False)
    await story.run(withdraw_enrolment, DecideEnrolment(enrolment_id=story.enrolment("amara")["_id"], by="amara", at=LATER))
    await story.fire("leaver", "settle_requests", "review_request")
    assert {story.request(one)["reason"] for one in (first, second)} == {"not_taking_part"}


async def test_whoever_finds_a_partner_another_way_asks_nobody_any_more(story: Asking) -> None:
    request_id = await story.ask("rui")
    proposal_id = await story.offer("linh", "deborah")
    for one in ("linh", "deborah"):
        await story.accept(proposal_id, one)
    await story.fire("settle_requests", "review_request")
    assert story.request(request_id)["reason"] == "partner_found"
    assert [event.mentor_id for event in story.told(RequestClosed)] == ["rui"]


async def test_all_requests_end_with_the_programme(story: Asking) -> None:
    requests = [await story.ask("rui"), await story.ask("rui", by="amara")]
    await story.run(close_programme, CloseProgramme(programme_id=story.programme_id, by=MANAGER, at=LATER))
    await story.fire("programme_closed", "review_request")
    assert {story.request(one)["reason"] for one in requests} == {"programme_closed"}
    assert story.memory.collections["request_seats"] == {}


async def test_nobody_answers_and_the_protege_is_first_in_the_queue(story: Asking) -> None:
    request_id = await story.ask("rui", "deborah")
    for expected in (["deborah"], [], [], []):
        await story.fire("request_deadline")
        assert story.asked(request_id) == expected
    assert story.request(request_id)["reason"] == "nobody_answered"
    assert story.enrolment("linh")["put_back_at"] is not None
    assert story.memory.timers("request_deadline") == []


async def test_a_deadline_that_fires_long_after_its_time_leaves_the_next_one_all_of_theirs(story: Asking) -> None:
    request_id = await story.ask("rui", "deborah")
    (row,) = story.memory.timers("request_deadline")
    row["due_at"] = story.request(request_id)["deadline_at"]
    before = datetime.now(row["due_at"].tzinfo)
    await story.fire("request_deadline")
    assert story.request(request_id)["deadline_at"] >= before + timedelta(days=3)


async def test_a_manager_brings_two_together_unless_a_rule_or_a_full_mentor_forbids_it(story: Asking) -> None:
    request_id = await story.with_manager()

    async def give(mentor_id: str) -> str:
        return str(await story.run(pair_requester, GiveMentor(request_id=request_id, mentor_id=mentor_id, by=MANAGER, at=LATER)))

    with pytest.raises(HardRuleBroken):
        await give("rui")
    with pytest.raises(NotFound):
        await give("amara")
    await story.say_yes(await story.ask("deborah", by="amara"), "deborah")
    with pytest.raises(NoPlaceLeft):
        await give("deborah")
    partnership_id = await give("ines")
    assert story.request(request_id)["partnership_id"] == partnership_id
    assert story.enrolment("ines")["places_taken"] == 1


async def test_a_proposal_for_a_request_comes_back_when_it_is_declined_and_ends_it_when_both_say_yes(story: Asking) -> None:
    request_id = await story.with_manager()

    async def propose(mentor_id: str) -> str:
        return str(await story.run(propose_to_requester, GiveMentor(request_id=request_id, mentor_id=mentor_id, by=MANAGER, at=LATER)))

    proposal_id = await propose("ines")
    assert story.request(request_id)["state"] == "proposed"
    await story.run(decline_proposal, DeclineProposal(proposal_id=proposal_id, reason="", by="linh", at=LATER))
    await story.fire("review_request")
    assert [event.turn for event in story.told(RequestReferred)] == [1, 2]
    proposal_id = await propose("deborah")
    for one in ("linh", "deborah"):
        await story.accept(proposal_id, one)
    await story.fire("settle_requests", "review_request")
    assert story.request(request_id)["reason"] == "partner_found"


async def test_a_manager_closes_a_request_with_words(story: Asking) -> None:
    request_id = await story.with_manager()
    await story.run(close_request, CloseRequest(request_id=request_id, words="We try again in May.", by=MANAGER, at=LATER))
    assert story.request(request_id)["closing_words"] == "We try again in May."
    assert story.enrolment("linh")["put_back_at"] is None


PRIVATE = ("my words", "my reason", "my closing")


async def test_private_words_are_in_no_event_and_no_timer(story: Asking) -> None:
    request_id = await story.ask("rui", words=PRIVATE[0])
    await story.run(decline_request, DeclineRequest(request_id=request_id, reason=PRIVATE[1], by="rui", at=LATER))
    await story.run(close_request, CloseRequest(request_id=request_id, words=PRIVATE[2], by=MANAGER, at=LATER))
    told: Sequence[str] = [*(event.body().decode() for event in story.memory.events), str(story.memory.collections["timers"])]
    assert not any(words in one for words in PRIVATE for one in told)
