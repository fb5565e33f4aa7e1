"""A MongoDB that stands still: nobody waits for it for ever, and the service goes on when it does."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.mongodb import MongoDB
from deploy.local.parts import start
from deploy.local.ports import free_ports
from shared.mongo import PyMongoError, close_client, in_transaction, open_client
from tests.support.probe import eventually

# Far beyond what any of it takes: whoever is not back by then hangs.
FOR_EVER = 60.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoDB]:
    """A mongod of these tests' own."""
    directory: Path = tmp_path_factory.mktemp("mongodb")
    mongodb = MongoDB(directory, free_ports(1)[0], directory / "log")
    start(mongodb)
    yield mongodb
    mongodb.stop()


@pytest.fixture
def signalled(server: MongoDB) -> Iterator[Callable[[signal.Signals], None]]:
    """Stop it without closing a connection, and have it go on; at the end it does."""
    process = server.process
    assert process is not None

    def send(number: signal.Signals) -> None:
        process.send_signal(number)
        if number == signal.SIGSTOP:
            os.waitid(os.P_PID, process.pid, os.WSTOPPED)  # until each of its threads stands still

    yield send
    process.send_signal(signal.SIGCONT)


@pytest.fixture
async def client(server: MongoDB, driver: str) -> AsyncIterator[Any]:
    opened = open_client(server.url_of("goals"))
    await opened.get_default_database().notes.delete_many({})
    yield opened
    await close_client(opened)


async def test_an_operation_ends_with_an_error_and_later_ones_work_again(client: Any, signalled: Callable[[signal.Signals], None]) -> None:
    notes = client.get_default_database().notes
    signalled(signal.SIGSTOP)
    async with asyncio.timeout(FOR_EVER):
        with pytest.raises(PyMongoError):
            await notes.insert_one({"_id": 1})
    signalled(signal.SIGCONT)

    async def works() -> bool:
        try:
            await notes.replace_one({"_id": 2}, {}, upsert=True)
        except PyMongoError:
            return False
        return True

    await eventually(works, "a write")


async def test_a_task_cancelled_inside_a_transaction_comes_back(client: Any, signalled: Callable[[signal.Signals], None]) -> None:
    notes = client.get_default_database().notes
    written = asyncio.Event()

    async def work(session: Any) -> None:
        await notes.insert_one({"_id": "first"}, session=session)
        signalled(signal.SIGSTOP)
        written.set()
        await notes.insert_one({"_id": "second"}, session=session)

    task = asyncio.create_task(in_transaction(client, work))
    await written.wait()
    await asyncio.sleep(0.2)  # until the second write is on its way
    task.cancel()
    async with asyncio.timeout(FOR_EVER):
        with pytest.raises(asyncio.CancelledError):
            await task
    signalled(signal.SIGCONT)

    async def writes(session: Any) -> None:
        await notes.replace_one({"_id": "first"}, {}, upsert=True, session=session)

    async def works() -> bool:
        try:
            await in_transaction(client, writes)
        except PyMongoError:  # it may take a while to be itself again
            return False
        return True

    await eventually(works, "another transaction")
    # What the test before sent to the frozen server may only be done now: it has ids of its own.
    assert [row["_id"] async for row in notes.find({"_id": {"$in": ["first", "second"]}})] == ["first"]
