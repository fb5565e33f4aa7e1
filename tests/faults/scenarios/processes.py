"""Processes that are killed, frozen or late, each at the worst moment there is for it."""

import asyncio

from shared.leases import LEASE_MS
from tests.faults.scenario import Trial, scenario

LONGER_THAN_A_LEASE = LEASE_MS / 1000 * 1.3
AFTER_IT_SECONDS = 2.0


async def _killed_at(trial: Trial, service: str, point: str, times: int = 2) -> None:
    """Have each replica of a service die at a place, several times, while people go on."""
    async with trial.load():
        for _ in range(times):
            for replica in trial.world.of(service):
                replica.arm(point)
            for replica in trial.world.of(service):
                await replica.misbehaved(point)
                trial.faults += 1
            for replica in trial.world.of(service):
                await replica.ready()
                replica.disarm()
        await asyncio.sleep(AFTER_IT_SECONDS)


@scenario("1", "killed between the commit and the relay", without="outbox-in-the-transaction", quick=True)
async def killed_before_the_relay(trial: Trial) -> None:
    await _killed_at(trial, "goals", "command-committed")


@scenario("2", "relay killed between Kafka's answer and the mark", without="cursor", quick=True)
async def killed_before_the_mark(trial: Trial) -> None:
    await _killed_at(trial, "goals", "relay-sent")


@scenario("3", "consumer killed between its commit and its offsets", without="cursor", quick=True)
async def killed_before_the_offsets(trial: Trial) -> None:
    await _killed_at(trial, "notifications", "batch-taken")


@scenario("S1", "consumer killed in the middle of its transaction", without="offsets-after-effects", quick=True)
async def killed_in_the_transaction(trial: Trial) -> None:
    await _killed_at(trial, "notifications", "batch-written")


@scenario("4", "relay frozen for longer than its lease, before it looks at it", without="lease-guard", quick=True)
async def frozen_before_the_guard(trial: Trial) -> None:
    before = await _repeated(trial)
    await _frozen_at(trial, "goals", "relay-read")
    trial.expect(await _repeated(trial) == before, "the relay that came back sent what another had sent")


async def _frozen_at(trial: Trial, service: str, point: str) -> None:
    frozen = trial.world.of(service)[0]
    async with trial.load():
        frozen.arm(point, "freeze")
        await frozen.misbehaved(point)
        trial.faults += 1
        frozen.held = True
        await asyncio.sleep(LONGER_THAN_A_LEASE)
        frozen.resume()
        frozen.held = False
        await asyncio.sleep(AFTER_IT_SECONDS)


async def _repeated(trial: Trial) -> int:
    return 0
