"""Networks that lose, delay and break what is said between a service and its servers, and answers that are errors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from tests.faults.replica import Replica
from tests.faults.scenario import Trial, scenario
from tests.faults.world import Plan, World
from tests.support.proxy import DOWN, UP, Api, Proxy, bootstrap_of, kafka_proxies

# Those that reach the servers through proxies; the others of their service are beside them.
FAR = ("goals-1", "notifications-1")
AFTER_IT_SECONDS = 2.0
ROUND_TRIP_SECONDS = 0.2
# The driver looks for a server for 5 s by itself; only then it cannot say what became of a commit.
LONGER_THAN_A_SEARCH_SECONDS = 7.0
UNKNOWN_SERVER_ERROR, COORDINATOR_LOADING, NOT_COORDINATOR, GROUP_AUTHORIZATION_FAILED = -1, 14, 16, 30
WATCHDOG_EXIT = 70
# Python takes a minute to start where many want the processor.
PATIENT_SECONDS = 150.0


@asynccontextmanager
async def _proxies(world: World) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for name in FAR:
            proxy = await stack.enter_async_context(Proxy(world.mongodb.address(0)))
            (broker,) = await stack.enter_async_context(kafka_proxies(world.kafka.bootstrap_servers))
            world.to_mongodb[name], world.to_kafka[name] = proxy, broker
            url = world.mongodb.url_of(name.partition("-")[0]).replace(world.mongodb.address(0), proxy.address)
            world.mongodb_urls[name] = url.replace("replicaSet=", "directConnection=true&appName=")
            world.bootstrap_servers[name] = bootstrap_of([broker])
        yield


FAR_AWAY = Plan(routes=_proxies)


# ---------------------------------------------------------------- answers that are errors


async def _watchdog_ends(trial: Trial, api: Api, code: int) -> None:
    """One answer stops the consumer for ever: its process leaves, and is started again."""
    struck = trial.world.replicas["notifications-1"]
    exits = len(struck.exits)
    trial.world.to_kafka[struck.name].fail(api, code)
    trial.faults += 1
    await struck.ended_again(exits)
    trial.expect(struck.exits[-1] == WATCHDOG_EXIT, f"it ended with {struck.exits[-1]}")
    await struck.ready(within=PATIENT_SECONDS)


@scenario("13", "a heartbeat is answered with an unknown error", without="consumers-are-watched", quick=True, plan=FAR_AWAY)
async def heartbeat_unknown(trial: Trial) -> None:
    async with trial.load():
        await _watchdog_ends(trial, Api.HEARTBEAT, UNKNOWN_SERVER_ERROR)


@scenario("K3", "a heartbeat is forbidden, once", without="consumers-are-watched", plan=FAR_AWAY)
async def heartbeat_forbidden(trial: Trial) -> None:
    async with trial.load():
        await _watchdog_ends(trial, Api.HEARTBEAT, GROUP_AUTHORIZATION_FAILED)


@scenario("K2", "the coordinator loads or has moved when offsets are asked for", without="offsets-are-found-or-all-is-read", plan=FAR_AWAY)
async def offsets_not_there_yet(trial: Trial) -> None:
    stays, goes = trial.world.of("notifications")
    exits = len(stays.exits)

    async def asked_in_each() -> bool:
        return bool(trial.world.to_kafka[stays.name].failed[Api.OFFSET_FETCH] >= trial.faults)

    async with trial.load():
        for code in (COORDINATOR_LOADING, NOT_COORDINATOR):
            trial.world.to_kafka[stays.name].fail(Api.OFFSET_FETCH, code, whole=True)
            trial.faults += 1
            await _rejoin(goes)
            await trial.eventually(asked_in_each, f"offsets asked for in rejoin {trial.faults}")
    trial.expect(len(stays.exits) == exits, "the process has ended, though asking again was enough")


async def _rejoin(goes: Replica) -> None:
    """Have a member of the group die and come back, so that the others ask for the offsets of what it had."""
    goes.kill()
    await goes.ended()
    await goes.ready(within=PATIENT_SECONDS)
    await asyncio.sleep(AFTER_IT_SECONDS)


# ---------------------------------------------------------------- nothing comes through


async def _before_a_commit(trial: Trial, name: str) -> None:
    """Return while a replica has written a transaction and is a second away from committing it."""
    replica = trial.world.replicas[name]
    point = "command-written" if replica.service == "goals" else "batch-written"
    replica.disarm()
    replica.arm(point, "block 1")
    await replica.misbehaved(point)


async def _cut_off(trial: Trial, way: Proxy, directions: tuple[str, ...], *, silent: float, gone: float) -> None:
    """Nothing comes through, in these directions; then what was on its way is lost and nobody answers; then all is well."""
    way.swallow(*directions)
    trial.faults += 1
    await asyncio.sleep(silent)
    await way.cut()
    await asyncio.sleep(gone)
    await way.heal()
    await asyncio.sleep(AFTER_IT_SECONDS)


@scenario(
    "22",
    "answers of MongoDB do not reach a service, then it is cut off",
    without="unknown-commits-are-asked-again",
    quick=True,
    plan=FAR_AWAY,
)
async def answers_lost(trial: Trial) -> None:
    async with trial.load(pause=0.04):
        await _before_a_commit(trial, "goals-1")
        await _cut_off(trial, trial.world.to_mongodb["goals-1"], (DOWN,), silent=2, gone=LONGER_THAN_A_SEARCH_SECONDS)


@scenario("22x", "MongoDB is cut off, in either direction and in both", without="unknown-commits-are-asked-again", plan=FAR_AWAY)
async def mongodb_cut_off(trial: Trial) -> None:
    async with trial.load(pause=0.04):
        for directions in ((DOWN,), (UP,), (UP, DOWN)):
            for name in FAR:
                await _before_a_commit(trial, name)
                await _cut_off(trial, trial.world.to_mongodb[name], directions, silent=2, gone=LONGER_THAN_A_SEARCH_SECONDS)


@scenario("22k", "Kafka is cut off, in either direction and in both", without="cursor", plan=FAR_AWAY)
async def kafka_cut_off(trial: Trial) -> None:
    async with trial.load(pause=0.04):
        for directions in ((DOWN,), (UP,), (UP, DOWN)):
            # Longer than a session, so that others take over what it has.
            await asyncio.gather(*(_cut_off(trial, trial.world.to_kafka[name], directions, silent=12, gone=2) for name in FAR))


# ---------------------------------------------------------------- little comes through


@scenario(
    "23", "connections reset in the middle of an answer, then a slow network", without="unknown-commits-are-asked-again", plan=FAR_AWAY
)
async def slow_network(trial: Trial) -> None:
    ways: list[Proxy] = [*trial.world.to_mongodb.values(), *trial.world.to_kafka.values()]
    async with trial.load(pause=0.04):
        for _ in range(3):
            await _before_a_commit(trial, "goals-1")
            for way in ways:
                way.reset_answers(10_000)
            trial.faults += 1
            await asyncio.sleep(AFTER_IT_SECONDS)
            for way in ways:
                await way.cut()
            await asyncio.sleep(LONGER_THAN_A_SEARCH_SECONDS)
            for way in ways:
                await way.heal()
            await asyncio.sleep(AFTER_IT_SECONDS)
        for bytes_per_second, seconds in ((20_000, 8), (2_000, 5)):
            for way in ways:
                way.slow_down(latency=ROUND_TRIP_SECONDS / 2, bytes_per_second=bytes_per_second)
            trial.faults += 1
            await asyncio.sleep(seconds)
        for way in ways:
            await way.heal()
        await asyncio.sleep(AFTER_IT_SECONDS)
