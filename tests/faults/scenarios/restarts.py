"""Starting, stopping and coming and going, while people go on."""

import asyncio

from deploy.local.parts import answers
from tests.faults.replica import Replica
from tests.faults.scenario import Trial, scenario

# The service's own 20 s for open answers, and what it needs to say goodbye.
GRACE_SECONDS = 25.0


async def _stopped_and_started(trial: Trial, replica: Replica) -> None:
    """SIGTERM, as a new version is rolled out."""
    replica.held = True
    replica.terminate()
    await replica.ended(within=GRACE_SECONDS)
    trial.faults += 1
    trial.expect(replica.process is not None and replica.process.returncode in {0, -15, 143}, f"{replica.name} ended with an error")
    member = f"{replica.service}-.*-{replica.address.rpartition(':')[2]}$"
    left = await trial.world.database(replica.service).leases.count_documents({"owner": {"$regex": member}})
    trial.expect(not left, f"{replica.name} has kept {left} leases")
    replica.held = False
    await replica.ready()


async def _rolling_restarts(trial: Trial, count: int) -> None:
    async with trial.load():
        while trial.faults < count:
            for replica in trial.world.replicas.values():
                if trial.faults < count:
                    await _stopped_and_started(trial, replica)


@scenario("24", "one rolling restart of everything", without="leases-are-given-back", quick=True)
async def one_rolling_restart(trial: Trial) -> None:
    await _rolling_restarts(trial, len(trial.world.replicas))


@scenario("24x", "50 restarts in a row", without="leases-are-given-back")
async def fifty_restarts(trial: Trial) -> None:
    await _rolling_restarts(trial, 50)


@scenario("15", "members come and go every two seconds", without="offsets-after-effects")
async def churn(trial: Trial) -> None:
    for replica in trial.world.of("notifications"):
        replica.arm("handler-slow", "wait 0.05", "always")
    async with trial.load(pause=0.04):
        for number in range(16):
            replica = trial.world.of("notifications")[number % 2]
            replica.kill() if number % 4 < 2 else replica.terminate()
            trial.faults += 1
            await asyncio.sleep(2)
            await replica.ready()
        for replica in trial.world.of("notifications"):
            replica.disarm()


@scenario("25", "started while the broker is away", without="a-failed-start-ends", quick=True)
async def started_without_a_broker(trial: Trial) -> None:
    world, late = trial.world, trial.world.of("goals")[1]
    late.held = True
    late.kill()
    await late.ended()
    world.kafka.kill(0)
    trial.faults += 2
    exits = len(late.exits)
    late.start(world.plan.changes)
    await late.ended_again(exits)
    trial.expect(late.exits[-1] not in {0, -9}, f"it ended with {late.exits[-1]}, as if nothing were wrong")
    trial.expect(not answers(f"{late.address}/health/ready"), "it says that it is ready")
    world.kafka.restart(0)
    await world.kafka.ready()
    async with trial.load():
        await late.ready()
