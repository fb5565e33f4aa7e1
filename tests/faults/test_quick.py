"""The quick ones of all fault scenarios, as part of every test run."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.faults import scenarios
from tests.faults.changes import PROTECTIONS
from tests.faults.chaos import plan
from tests.faults.document import DOCUMENT, written
from tests.faults.scenario import HEAD, SCENARIOS, Scenario, by_world, play
from tests.faults.world import Plan, World, a_world

assert scenarios.__all__

QUICK = by_world(one for one in SCENARIOS if one.quick)


class Worlds:
    """One world at a time, kept for as long as the scenarios that follow each other want the same."""

    def __init__(self) -> None:
        self._plan: Plan | None = None
        self._stack = AsyncExitStack()
        self._world: World | None = None

    async def of(self, wanted: Plan) -> World:
        if self._world is None or self._plan != wanted:
            await self.end()
            self._world = await self._stack.enter_async_context(a_world(wanted))
            self._plan = wanted
        return self._world

    async def end(self) -> None:
        await self._stack.aclose()
        self._stack, self._world = AsyncExitStack(), None


@pytest.fixture(scope="session")
async def worlds(request: pytest.FixtureRequest) -> AsyncIterator[Worlds]:
    found = Worlds()
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{HEAD}")  # noqa: T201 - the table of what was survived
    yield found
    await found.end()


@pytest.mark.parametrize("chosen", QUICK, ids=[one.number for one in QUICK])
async def test_nothing_is_lost_doubled_or_out_of_order(chosen: Scenario, worlds: Worlds, capsys: pytest.CaptureFixture[str]) -> None:
    result = await play(chosen, await worlds.of(chosen.plan))
    with capsys.disabled():
        print(result.row())  # noqa: T201 - see above
    assert not result.findings.problems


def test_each_scenario_names_a_protection_that_can_be_taken_out() -> None:
    assert {one.without for one in SCENARIOS} <= set(PROTECTIONS)
    assert len({one.number for one in SCENARIOS}) == len(SCENARIOS)


def test_the_document_tells_of_all_of_them() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == written(), "run python -m tests.faults.document"


def test_enough_scenarios_are_quick_enough_for_every_run() -> None:
    assert len(QUICK) >= 15


def test_the_same_seed_plans_the_same_faults() -> None:
    assert plan(7, 600, ["a", "b"]) == plan(7, 600, ["a", "b"])
    assert plan(7, 600, ["a", "b"]) != plan(8, 600, ["a", "b"])
