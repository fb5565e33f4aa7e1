"""Processes that are killed or frozen, each at the worst moment there is for it."""

import asyncio

from shared.leases import LEASE_MS
from tests.faults.replica import Replica
from tests.faults.scenario import Trial, scenario
from tests.faults.topics import everything_told

# A lease ends, another takes the bucket at its next renewal, and looks.
LONGER_THAN_A_LEASE = LEASE_MS / 1000 * 2
LONGER_THAN_A_SESSION = 13.0
AFTER_IT_SECONDS = 1.5


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


@scenario("S1", "consumer killed in a transaction that would lock for minutes", without="sessions-of-the-dead-end", quick=True)
async def killed_in_the_transaction(trial: Trial) -> None:
    await trial.world.keep_transactions_of_the_dead(300)
    try:
        await _killed_at(trial, "notifications", "batch-written", times=1)
    finally:
        await trial.world.keep_transactions_of_the_dead(10)


async def _frozen_at(trial: Trial, frozen: Replica, point: str, seconds: float) -> None:
    """Have one replica freeze at a place, for so long, while people go on with the others."""
    async with trial.load():
        frozen.arm(point, "freeze")
        await frozen.misbehaved(point)
        trial.faults += 1
        frozen.held = True
        await asyncio.sleep(seconds)
        frozen.resume()
        frozen.held = False
        await asyncio.sleep(AFTER_IT_SECONDS)


async def _repeated(trial: Trial) -> int:
    """How many records on the topics are there more than once."""
    told = await everything_told(trial.world.kafka.bootstrap_servers)
    return len(told) - len({one.id for one in told})


@scenario("4", "relay frozen beyond its lease before it looks at it", without="lease-guard")
async def frozen_before_the_guard(trial: Trial) -> None:
    before = await _repeated(trial)
    await _frozen_at(trial, trial.world.of("goals")[0], "relay-read", LONGER_THAN_A_LEASE)
    trial.expect(await _repeated(trial) == before, "the relay that came back sent what another had sent")


@scenario("S14", "relay frozen beyond its lease after it looked at it", without="cursor")
async def frozen_after_the_guard(trial: Trial) -> None:
    before = await _repeated(trial)
    await _frozen_at(trial, trial.world.of("goals")[0], "relay-sending", LONGER_THAN_A_LEASE)
    trial.expect(await _repeated(trial) > before, "no late repeat on a topic: nothing was tried")


@scenario("5", "consumer frozen in a batch beyond its session", without="cursor", quick=True)
async def frozen_in_a_batch(trial: Trial) -> None:
    await _frozen_at(trial, trial.world.of("notifications")[0], "batch-written", LONGER_THAN_A_SESSION)


@scenario("29", "event loop blocked for 15 s", without="cursor")
async def blocked_loop(trial: Trial) -> None:
    blocked = trial.world.of("notifications")[0]
    async with trial.load():
        blocked.arm("batch-written", "block 15")
        await blocked.misbehaved("batch-written")
        trial.faults += 1
        await asyncio.sleep(17)
    trial.expect(await blocked.metric("tandem_event_loop_blocked_seconds_total") > 5, "nobody was told that the loop did not turn")


@scenario("D1", "killed between the mail server's answer and the delivery's end", without="deliveries-are-claimed")
async def killed_before_the_delivery_s_end(trial: Trial) -> None:
    before = trial.world.letterbox.doubles
    await _killed_at(trial, "notifications", "delivery-sent", times=1)
    await trial.rest()
    doubles = trial.world.letterbox.doubles - before
    trial.expect(doubles <= trial.faults, f"{doubles} letters came twice, and {trial.faults} senders died")
