"""`python -m tests.faults.chaos --minutes 15 --seed 1`: all dies, freezes or stops at random under load; then all must be well.

The same seed plans the same faults at the same times.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.faults.scenario import HEAD, PLAIN, Scenario, Trial, play
from tests.faults.world import World, a_world

POINTS = (
    "command-written",
    "command-committed",
    "batch-written",
    "batch-committed",
    "batch-taken",
    "relay-read",
    "relay-sending",
    "relay-sent",
)
SERVERS = ("mongodb", "kafka")
SHORTEST_PAUSE, LONGEST_PAUSE = 1.5, 7.0


@dataclass(frozen=True)
class Fault:
    """At so many seconds after the start something happens to a replica or a server, for so many seconds."""

    at: float
    kind: str
    target: str
    seconds: float
    point: str = ""

    def __str__(self) -> str:
        point = f" at {self.point}" if self.point else ""
        return f"{self.at:6.1f} s  {self.kind} {self.target}{point} for {self.seconds:.1f} s"


def plan(seed: int, seconds: float, replicas: list[str]) -> list[Fault]:
    """What will happen when: a matter of the seed alone."""
    dice = random.Random(seed)  # noqa: S311 - a game's dice
    faults, at = [], 3.0
    while at < seconds:
        kind = dice.choices(("kill", "die", "terminate", "freeze", "server"), (4, 6, 2, 3, 1))[0]
        target = dice.choice(SERVERS if kind == "server" else replicas)
        point = dice.choice(POINTS) if kind == "die" else ""
        faults.append(Fault(at, kind, target, dice.choice((0.5, 2.0, 5.0, 14.0)), point))
        at += dice.uniform(SHORTEST_PAUSE, LONGEST_PAUSE)
    return faults


async def befall(world: World, fault: Fault) -> None:
    """Have it happen, and put it right."""
    if fault.kind == "server":
        await _server(world, fault)
        return
    replica = world.replicas[fault.target]
    match fault.kind:
        case "kill":
            replica.kill()
        case "terminate":
            replica.terminate()
        case "die":
            replica.arm(fault.point)
        case _:
            replica.freeze()
            await asyncio.sleep(fault.seconds)
            replica.resume()


async def _server(world: World, fault: Fault) -> None:
    nodes = world.mongodb if fault.target == "mongodb" else world.kafka
    if not nodes.answering():
        return  # It is down already.
    nodes.kill(0)
    await asyncio.sleep(fault.seconds)
    nodes.restart(0)
    await nodes.ready()


def chaos(faults: list[Fault], seconds: float) -> Callable[[Trial], Awaitable[None]]:
    """All these faults under mixed load."""

    async def run(trial: Trial) -> None:
        began, going = time.monotonic(), set()
        async with trial.load():
            for fault in faults:
                await asyncio.sleep(max(0.0, began + fault.at - time.monotonic()))
                trial.faults += 1
                going.add(asyncio.create_task(befall(trial.world, fault)))
            await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
            await asyncio.gather(*going)

    return run


async def main() -> int:
    """0 when nothing was lost, doubled or out of order, and all came back by itself."""
    parser = argparse.ArgumentParser("python -m tests.faults.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    async with a_world() as world:
        faults = plan(given.seed, given.minutes * 60, list(world.replicas))
        print("\n".join(map(str, faults)), flush=True)
        scenario = Scenario(f"#{given.seed}", f"{given.minutes:g} minutes of chaos", chaos(faults, given.minutes * 60), "", False, PLAIN)
        result = await play(scenario, world, seed=given.seed)
    print(HEAD, result.row(), *(f"      {problem}" for problem in result.findings.problems), sep="\n")
    print(f"{'survived' if result.survived else 'not survived'}: seed {given.seed}, outcomes {dict(world.book.counts())}")
    return 0 if result.survived else 1


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
