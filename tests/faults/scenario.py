"""A scenario: load, a fault, its end, and then what must hold. This module knows how one is played, not which there are."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.faults.invariants import Findings, look
from tests.faults.load import Load, under_load
from tests.faults.quiet import RECOVERS_WITHIN_SECONDS, NotQuiet, come_to_rest
from tests.faults.topics import everything_told
from tests.faults.world import Plan, World
from tests.support.probe import eventually

WARM_UP_SECONDS = 1.5
MORE_MB, MORE_FILES = 80, 40


@dataclass
class Trial:
    """One scenario being played in a world."""

    world: World
    faults: int = 0
    problems: list[str] = field(default_factory=list)
    seed: int = 1

    @asynccontextmanager
    async def load(self, pause: float = 0.08) -> AsyncIterator[Load]:
        """People at work, from a moment before the block until its end."""
        self.world.loads += 1
        async with under_load(self.world, self.world.book, seed=self.seed * 1000 + self.world.loads, pause=pause) as load:
            await asyncio.sleep(WARM_UP_SECONDS)
            yield load

    def expect(self, holds: object, what: str) -> None:
        """Something that only this scenario asks for."""
        if not holds:
            self.problems.append(what)

    async def eventually(self, look: Callable[[], Awaitable[object]], what: str) -> None:
        """Wait for something that comes about by itself."""
        await eventually(look, what, within=120.0)

    async def rest(self) -> None:
        """Wait until nothing is left to be done."""
        await come_to_rest(self.world)


Play = Callable[[Trial], Awaitable[None]]


@dataclass(frozen=True)
class Scenario:
    """`number` is the handbook's. `without` names the protection without which it must fail. `plan` is the world it needs."""

    number: str
    says: str
    play: Play
    without: str
    quick: bool
    plan: Plan


@dataclass
class Result:
    """How it went."""

    scenario: Scenario
    findings: Findings
    faults: int
    seconds: float
    recovered: float | None

    @property
    def survived(self) -> bool:
        return not self.findings.problems

    def row(self) -> str:
        """A line of the table."""
        counts = f"{self.findings.events:6} {self.faults:6} {self.findings.lost:5} {self.findings.doubled:7} {self.findings.disordered:8}"
        recovered = "   never" if self.recovered is None else f"{self.recovered:8.1f}"
        return f"{self.scenario.number:>5} {self.scenario.says[:64]:64} {counts} {recovered}  {'ok' if self.survived else 'FAILED'}"


HEAD = f"{'':5} {'scenario':64} events faults  lost doubled disorder  seconds"

SCENARIOS: list[Scenario] = []
PLAIN = Plan()


def scenario(number: str, says: str, *, without: str, quick: bool = False, plan: Plan = PLAIN) -> Callable[[Play], Play]:
    """Put a scenario into the table."""

    def register(play: Play) -> Play:
        SCENARIOS.append(Scenario(number, says, play, without, quick, plan))
        return play

    return register


def by_world(chosen: Iterable[Scenario]) -> list[Scenario]:
    """Those that are played in the same world next to each other."""
    scenarios, plans = list(chosen), list[Plan]()
    for one in scenarios:
        if one.plan not in plans:
            plans.append(one.plan)
    return sorted(scenarios, key=lambda one: plans.index(one.plan))


async def play(chosen: Scenario, world: World, *, within: float = RECOVERS_WITHIN_SECONDS, seed: int = 1) -> Result:
    """Play a scenario in a world, have the world come to rest, and hold it against the invariants."""
    trial = Trial(world, seed=seed)
    before = {replica.name: replica.holds() for replica in world.replicas.values()}
    events_before = world.events
    began = time.monotonic()
    recovered: float | None = None
    try:
        await chosen.play(trial)
        healed = time.monotonic()
        await world.everybody_ready()
        await come_to_rest(world, within)
        recovered = time.monotonic() - healed
        told = await everything_told(world.kafka.bootstrap_servers)
        findings = await look(world, world.book, told, world.bad)
        _holdings(before, world, findings)
    except NotQuiet as unrest:
        told = await everything_told(world.kafka.bootstrap_servers)
        findings = await look(world, world.book, told, world.bad)
        findings.problems.append(str(unrest))
    except AssertionError as failure:
        findings = Findings()
        findings.problems.append(str(failure))
    findings.problems += trial.problems
    world.events, findings.events = max(findings.events, events_before), max(0, findings.events - events_before)
    return Result(chosen, findings, trial.faults, time.monotonic() - began, recovered)


def _holdings(before: dict[str, tuple[int, int, int] | None], world: World, findings: Findings) -> None:
    """H: a process that lived through it holds no more memory and files than before, but for what it has learnt."""
    grown = []
    for replica in world.replicas.values():
        then, now = before[replica.name], replica.holds()
        if then and now and then[0] == now[0] and (now[1] > then[1] + MORE_MB or now[2] > then[2] + MORE_FILES):
            grown.append(f"{replica.name}: {then[1]} MB and {then[2]} files became {now[1]} and {now[2]}")
    findings.add("H", "processes hold more than before", grown)
