"""Free places are offered to the first in the queue, where the programme says so."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.matching.domain import PlacesByHand, Role
from services.matching.handlers.offers import LOOKED_EVERY, offer_free_places
from services.matching.handlers.programmes import ProgrammeDue, ReviseProgramme, revise_programme
from services.matching.handlers.proposals import DeclineProposal, decline_proposal
from tests.unit.matching.builders import LATER, MANAGER, NOON, terms
from tests.unit.matching.test_handlers import Story


class Queue(Story):
    """A programme that offers free places."""

    async def settle(self, **settings: Any) -> None:
        command = ReviseProgramme(programme_id=self.programme_id, terms=terms(free_places="offered", **settings), by=MANAGER, at=NOON)
        await self.run(revise_programme, command)

    async def offer_free(self) -> None:
        await self.run(offer_free_places, ProgrammeDue(programme_id=self.programme_id, at=LATER))

    def asked(self) -> list[str]:
        return [row["protege_id"] for row in self.memory.collections["proposals"].values() if row["state"] == "open"]

    def next_look(self) -> Any:
        return self.memory.timers("offer_places")[0]["due_at"]


@pytest.fixture
async def line() -> Queue:
    """Two protégés, the first one in front, and a mentor with one place."""
    one = Queue()
    await one.begin({"linh": Role.PROTEGE, "amara": Role.PROTEGE, "rui": Role.MENTOR})
    return one


async def test_the_first_in_the_queue_is_offered_the_place_and_the_next_one_when_it_is_free_again(line: Queue) -> None:
    await line.settle()
    await line.offer_free()
    assert line.asked() == ["linh"], "there is one place"
    assert line.next_look() == LATER + LOOKED_EVERY
    await line.offer_free()
    assert line.asked() == ["linh"], "nobody is asked twice"
    (proposal_id,) = line.memory.collections["proposals"]
    await line.run(decline_proposal, DeclineProposal(proposal_id=proposal_id, reason="", by="linh", at=LATER))
    await line.offer_free()
    assert line.asked() == ["amara"]


async def test_whom_nobody_fits_does_not_stand_in_the_way_of_the_others(line: Queue) -> None:
    await line.settle()
    await line.know("linh", manager_id="rui")
    await line.offer_free()
    assert line.asked() == ["amara"]


async def test_where_places_are_given_by_hand_nobody_is_asked(line: Queue) -> None:
    with pytest.raises(PlacesByHand):
        await line.offer_free()
    assert line.asked() == []


async def test_before_the_day_of_matching_nothing_is_offered_and_it_is_looked_again(line: Queue) -> None:
    await line.settle(matching_on=LATER.date())
    await line.offer_free()
    assert (line.asked(), line.next_look()) == ([], LATER + timedelta(hours=1))
    await line.settle(matching_on=date(2026, 11, 1))
    await line.offer_free()
    assert line.asked() == ["linh"]
