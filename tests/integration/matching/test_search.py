"""Looking for a mentor over HTTP: who is shown to whom, and how soon a change is seen."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from services.matching.store import Pools
from services.matching.store.pools import TRIES
from shared.service import Service, Worker
from tests.integration.matching.conftest import MANAGER, Matching
from tests.support.loops import running
from tests.support.probe import eventually

PEOPLE: dict[str, dict[str, Any]] = {
    "linh": {"role": "protege", "needs": ["negotiation"], "goals": ["public speaking"], "answers": {"why": "My secret reason."}},
    "amara": {"role": "protege", "needs": ["chess"]},
    "rui": {"role": "mentor", "capacity": 1, "strengths": ["negotiating"], "needs": ["chess"], "hours": ["mon 09:00-12:00"]},
    "deborah": {"role": "mentor", "capacity": 1, "strengths": ["public speaking"]},
}


class Searching:
    """A programme in which Linh and Amara look for a mentor."""

    def __init__(self, matching: Matching) -> None:
        self.matching = matching
        self.ask, self.try_ = matching.ask, matching.try_
        self.programme_id = ""
        self.enrolments: dict[str, str] = {}

    async def begin(self, **terms: Any) -> None:
        self.programme_id = await self.matching.programme(**terms)
        self.enrolments = await self.matching.take_part(self.programme_id, PEOPLE)

    async def found(self, who: str = "linh", **params: Any) -> dict[str, Any]:
        return dict(await self.ask(who, "GET", f"/programmes/{self.programme_id}/mentor-suggestions", params=params))

    async def names(self, who: str = "linh", **params: Any) -> list[str]:
        return [one["mentor_id"] for one in (await self.found(who, **params))["mentors"]]


@pytest.fixture
async def searching(matching: Matching) -> Searching:
    one = Searching(matching)
    await one.begin()
    return one


@dataclass
class Watching:
    """One of the loops that keep a service's pools as they should be."""

    loop: Worker
    service: Service

    async def run(self) -> None:
        await self.loop(self.service)


def pools_of(searching: Searching) -> Pools:
    return searching.matching.running.app.state.pools  # type: ignore[no-any-return] # put there by `create_app`


@pytest.fixture
async def watching(searching: Searching) -> AsyncIterator[Searching]:
    """The same with a pool that is kept, and told what changes."""
    pools = pools_of(searching)
    async with running(*(Watching(loop, searching.matching.service) for loop in (pools.watch_changes, pools.refresh_pools))):

        async def kept() -> bool:
            await searching.names()
            return searching.programme_id in pools._kept

        await eventually(kept, "a pool that is kept")
        yield searching


async def test_a_protege_sees_who_fits_why_and_whether_there_is_a_place(searching: Searching) -> None:
    seen = await searching.found()
    assert seen["total"] == 2
    first, second = seen["mentors"]
    assert (first["mentor_id"], second["mentor_id"]) == ("rui", "deborah")
    assert first["points"] > second["points"]
    assert first["reasons"]["needs"] == ["negotiation · negotiating"]
    assert first["strengths"] == ["negotiating"]
    assert (first["level"], first["department"], first["location"], first["has_place"]) == (3, "Network", "Lisbon", True)
    assert first.keys() == {"mentor_id", "points", "reasons", "level", "department", "location", "strengths", "has_place"}


async def test_the_points_are_those_of_a_match(searching: Searching) -> None:
    run = await searching.matching.draft(searching.programme_id)
    candidates = await searching.ask(MANAGER, "GET", f"/runs/{run['run_id']}/candidates?protege_id=linh")
    seen = await searching.found()
    assert [(one["mentor_id"], one["points"]) for one in seen["mentors"]] == [(one["mentor_id"], one["points"]) for one in candidates]


async def test_filters_narrow_it_down_and_wrong_ones_are_refused(searching: Searching) -> None:
    assert await searching.names(words="public speeking") == ["deborah"]
    assert await searching.names(words=["chess", "negotiation"]) == ["rui"]
    assert await searching.names(department="sales") == []
    assert await searching.names(language="en", location="Lisbon", least_level=3, most_level=3, limit=1, after=1) == ["deborah"]
    url = f"/programmes/{searching.programme_id}/mentor-suggestions"
    for wrong in ("limit=0", "limit=51", "shared_hours=-1", "least_level=high", "words=a&words=b&words=c&words=d&words=e&words=f"):
        answer = await searching.try_("linh", "GET", f"{url}?{wrong}")
        assert answer.status_code == 422, wrong
        assert answer.json()["errors"][0]["field"] == wrong.partition("=")[0]


async def test_only_proteges_of_the_programme_and_its_managers_look(searching: Searching) -> None:
    url = f"/programmes/{searching.programme_id}/mentor-suggestions"
    for stranger in ("rui", "nobody"):
        assert (await searching.try_(stranger, "GET", url)).status_code == 404
    assert (await searching.try_("amara", "GET", f"{url}?protege_id=linh")).status_code == 403
    assert await searching.names(MANAGER, protege_id="linh") == await searching.names()
    assert (await searching.try_("linh", "GET", "/programmes/nothing/mentor-suggestions")).status_code == 404


async def test_where_managers_match_nobody_else_looks(matching: Matching) -> None:
    searching = Searching(matching)
    await searching.begin(self_service={"offered": False})
    answer = await searching.try_("linh", "GET", f"/programmes/{searching.programme_id}/mentor-suggestions")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no-self-service")
    assert await searching.names(MANAGER, protege_id="linh") == ["rui", "deborah"]


async def test_whoever_is_full_has_said_no_pauses_or_has_left_is_not_shown(watching: Searching) -> None:
    request = await watching.ask("linh", "POST", f"/programmes/{watching.programme_id}/requests", {"mentor_ids": ["rui"]})
    await watching.ask("rui", "POST", f"/requests/{request['request_id']}/decline", {})

    async def linh_sees(*names: str) -> bool:
        return await watching.names() == list(names)

    await eventually(lambda: linh_sees("deborah"), "Rui is gone")
    assert sorted(await watching.names("amara")) == ["deborah", "rui"], "he said no to Linh alone"
    offer = {"protege_id": "amara", "mentor_id": "deborah"}
    proposal = await watching.ask(MANAGER, "POST", f"/programmes/{watching.programme_id}/offers", offer)
    for who in ("amara", "deborah"):
        await watching.ask(who, "POST", f"/proposals/{proposal['proposal_id']}/accept")
    await eventually(linh_sees, "nobody has a place")
    full = (await watching.found(full="true"))["mentors"]
    assert [(one["mentor_id"], one["has_place"]) for one in full] == [("deborah", False)]
    await watching.matching.know("deborah", active=False)

    async def deborah_is_gone() -> bool:
        return await watching.names(full="true") == []

    await eventually(deborah_is_gone, "who has left is gone")


async def test_whoever_comes_or_says_something_else_is_found_by_it(watching: Searching) -> None:
    await watching.matching.take_part(watching.programme_id, {"mei": {"role": "mentor", "strengths": ["knitting"]}})
    await watching.ask("deborah", "PUT", f"/enrolments/{watching.enrolments['deborah']}", {"strengths": ["weaving"]})

    async def both_are_found() -> bool:
        return await watching.names(words=["knitting", "weaving"], limit=2) in (["mei", "deborah"], ["deborah", "mei"])

    await eventually(both_are_found, "the pool is prepared anew")
    await watching.ask("linh", "PUT", f"/enrolments/{watching.enrolments['linh']}", {"needs": ["weaving"]})
    assert (await watching.names())[0] == "deborah", "what she says herself counts at once"


async def test_what_changes_while_the_change_stream_is_broken_is_told_afterwards(searching: Searching) -> None:
    pools, service = pools_of(searching), searching.matching.service

    async def kept() -> bool:
        await searching.names()
        return searching.programme_id in pools._kept

    async def rui_is_gone() -> bool:
        return await searching.names(full="true") == ["deborah"]

    async with running(Watching(pools.watch_changes, service)):
        await eventually(kept, "a pool that is kept")
    await searching.matching.know("rui", active=False)
    assert not await rui_is_gone(), "nobody has told the pool"
    async with running(Watching(pools.watch_changes, service)):
        await eventually(rui_is_gone, "the pool is told")


async def test_a_pool_that_may_have_missed_something_is_not_kept(watching: Searching) -> None:
    pools = pools_of(watching)
    no_database: Any = SimpleNamespace(database=None)
    for _ in range(TRIES):
        with pytest.raises(AttributeError):
            await pools.watch_changes(no_database)
        assert pools._kept
    with pytest.raises(AttributeError):
        await pools.watch_changes(no_database)
    assert pools._kept == {}
    assert await watching.names() == ["rui", "deborah"]
