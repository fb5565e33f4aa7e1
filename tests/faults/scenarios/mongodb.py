"""MongoDB whose members die, freeze, hand over, disagree, run out of space, or cannot say whether they did what they were told."""

import asyncio
import time
import uuid
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from typing import Any

from shared.contracts.goals import GoalProgressed
from shared.mongo import Document, PyMongoError, aggregate
from shared.outbox import outbox_rows
from tests.faults.disk import fill, free, small_disk
from tests.faults.scenario import Trial, scenario
from tests.faults.world import Plan, World

THREE_MEMBERS = Plan(members=3)
# The driver's own look at a frozen member takes 15 s to fail; an election 2 s more.
OUTAGE_SECONDS = 25.0
IN_FLIGHT_SECONDS = 0.3
AFTER_IT_SECONDS = 3.0
DISK_MB = 900
BLOCKED_SECONDS = 8

# The commit is done, and the answer says that nobody knows whether it will last.
NOT_SURE: dict[str, Any] = {
    "failCommands": ["commitTransaction"],
    "writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out", "errInfo": {"wtimeout": True}},
}
# The oplog has rolled past the place of a change stream.
HISTORY_LOST: dict[str, Any] = {"failCommands": ["getMore"], "namespace": "tandem_goals.outbox", "errorCode": 286}


# ---------------------------------------------------------------- answers that do not say what was done


async def _unsure(trial: Trial, seconds: float) -> None:
    """Commits are done and answered as if they might not be."""
    await trial.world.mongodb.misanswer("alwaysOn", **NOT_SURE)
    await asyncio.sleep(seconds)
    commits = await trial.world.mongodb.misanswer("off")
    trial.expect(commits, "no commit was misanswered")
    trial.faults += commits


@scenario("7", "commits are answered with an error, though they were done", without="unknown-commits-are-asked-again", quick=True)
async def unknown_commits(trial: Trial) -> None:
    async with trial.load():
        await _unsure(trial, 1.0)
        await asyncio.sleep(AFTER_IT_SECONDS)
        await _unsure(trial, 1.0)


@scenario("26", "the oplog rolls past the change stream while a writer dies", without="outbox-is-polled", quick=True)
async def change_stream_lost(trial: Trial) -> None:
    async with trial.load():
        await asyncio.sleep(1)
    await trial.rest()
    world = trial.world
    await world.mongodb.misanswer("alwaysOn", **HISTORY_LOST)
    await _end_streams(world)
    await asyncio.sleep(1)
    await world.database("goals").outbox.insert_many([row for _ in range(30) for row in _left_behind()])
    await asyncio.sleep(1)
    trial.faults += await world.mongodb.misanswer("off")
    trial.expect(trial.faults, "no change stream was ended")


async def _end_streams(world: World) -> None:
    """Have the server forget all change streams of an outbox."""
    database = world.database("goals")
    asked: list[Document] = [
        {"$currentOp": {"allUsers": True, "idleCursors": True}},
        {"$match": {"ns": "tandem_goals.outbox", "cursor.tailable": True}},
    ]
    for stream in await aggregate(database.client.admin, asked):
        await database.command("killCursors", "outbox", cursors=[stream["cursor"]["cursorId"]])


def _left_behind() -> list[Document]:
    """What a writer leaves in the outbox that dies after its commit."""
    at, key = datetime.now(UTC), f"made-by-test-{uuid.uuid4()}"
    event = GoalProgressed(goal_id=key, partnership_id="none", protege_id="none", percent=50, state="open", at=at)
    row = {
        "id": str(uuid.uuid4()),
        "type": event.event_type,
        "topic": event.topic,
        "key": key,
        "sequence": 1,
        "stamp": int(at.timestamp() * 1000),
        "time": at,
        "value": event.body(),
        "correlation_id": "made-by-test",
        "causation_id": None,
        "traceparent": None,
    }
    return outbox_rows([row], "made-by-test")


# ---------------------------------------------------------------- members that are away


@scenario("6", "the primary of three is killed, the next one frozen", without="all-members-are-known", plan=THREE_MEMBERS)
async def primary_away(trial: Trial) -> None:
    members = trial.world.mongodb
    async with trial.load():
        killed = await members.primary()
        members.kill(killed)
        await _others_go_on(trial, "the killed primary")
        members.restart(killed)
        await members.ready()
        frozen = await members.primary()
        members.freeze(frozen)
        await _others_go_on(trial, "the frozen primary")
        members.resume(frozen)
        await asyncio.sleep(AFTER_IT_SECONDS)


async def _others_go_on(trial: Trial, without: str) -> None:
    """People are served again while a member is still away."""
    trial.faults += 1
    away_since = time.monotonic()
    await asyncio.sleep(1)
    while time.monotonic() < away_since + OUTAGE_SECONDS:
        await asyncio.sleep(0.2)
        if trial.world.book.done_between(away_since + 1, time.monotonic()) > len(trial.world.pairs):
            return
    trial.expect(None, f"{OUTAGE_SECONDS:.0f} s after it nobody was served without {without}")


@scenario("7x", "the primary hands over three times, and commits are unsure", without="unknown-commits-are-asked-again", plan=THREE_MEMBERS)
async def stepping_down(trial: Trial) -> None:
    async with trial.load(pause=0.02):
        for _ in range(3):
            await _unsure(trial, 0.5)
            await trial.world.mongodb.step_down(seconds=5)
            trial.faults += 1
            await asyncio.sleep(AFTER_IT_SECONDS)


@scenario("8", "two of three members are away: there is no majority", without="majority-writes", plan=THREE_MEMBERS)
async def no_majority(trial: Trial) -> None:
    members = trial.world.mongodb
    async with trial.load(pause=0.02):
        secondaries = await _secondaries(trial)
        for index in secondaries:
            members.freeze(index)
        trial.faults += 2
        since = time.monotonic() + IN_FLIGHT_SECONDS
        await asyncio.sleep(12)
        until = time.monotonic()
        for index in secondaries:
            members.resume(index)
        await members.ready()
        await asyncio.sleep(AFTER_IT_SECONDS)
    served = trial.world.book.done_between(since, until)
    trial.expect(not served, f"{served} things were acknowledged without a majority")


@scenario("9", "writes that were not replicated are rolled back", without="majority-writes", plan=THREE_MEMBERS)
async def rolled_back(trial: Trial) -> None:
    members = trial.world.mongodb
    async with trial.load(pause=0.02):
        primary, secondaries = await members.primary(), await _secondaries(trial)
        # Not frozen: the primary sends without being asked, and they would find it in their sockets.
        for index in secondaries:
            members.kill(index)
        await asyncio.sleep(1.5)  # it steps down after 2 s
        members.kill(primary)
        for index in secondaries:
            members.restart(index)
        trial.faults += 3
        await members.primary()
        members.restart(primary)
        await members.ready()
        await asyncio.sleep(AFTER_IT_SECONDS)


async def _secondaries(trial: Trial) -> list[int]:
    primary = await trial.world.mongodb.primary()
    return [index for index in range(trial.world.mongodb.count) if index != primary]


# ---------------------------------------------------------------- no space left


def _a_small_disk(world: World) -> AbstractContextManager[None]:
    return small_disk(world.mongodb.place(0), DISK_MB)


@scenario("21a", "the disk of MongoDB is full", without="outbox-in-the-transaction", plan=Plan(places=_a_small_disk))
async def disk_full(trial: Trial) -> None:
    members, (service, _) = trial.world.mongodb, trial.world.of("goals")
    async with trial.load(pause=0.02):
        # Somebody has just committed, and comes to himself when nothing can be written any more.
        service.arm("command-committed", f"block {BLOCKED_SECONDS}")
        await service.misbehaved("command-committed")
        blocked_until = time.monotonic() + BLOCKED_SECONDS
        fill(members.place(0))
        trial.faults += 1
        await _made_to_write(trial)
        # Longer than a driver looks for its server.
        await asyncio.sleep(max(0.0, blocked_until - time.monotonic()) + 6)
        free(members.place(0))
        members.restart(0)
        await members.ready()
        await asyncio.sleep(AFTER_IT_SECONDS)


async def _made_to_write(trial: Trial) -> None:
    """The journal has space set aside; what is in memory has not, and must go to the disk sooner or later."""
    for _ in range(50):
        await asyncio.sleep(0.2)
        if not trial.world.mongodb.answering():
            return
        with suppress(PyMongoError, TimeoutError):
            await asyncio.wait_for(trial.world.database("goals").client.admin.command("fsync"), 2)
    trial.expect(None, "MongoDB has not noticed")
